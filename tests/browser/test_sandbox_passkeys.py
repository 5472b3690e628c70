"""A real browser registers a passkey of the sandbox and signs in with it, without our portal."""

import functools
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Error, Page

from tests.browser.conftest import OPTIONAL
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox

POOL = f"eu-central-1_{OPTIONAL['pool']}"
PHONE = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "defaultBackupEligibility": True,
    "defaultBackupState": True,
}


class Quiet(SimpleHTTPRequestHandler):
    """Files of this folder; nothing is logged."""

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def site() -> Iterator[str]:
    """A web site of its own; browsers let http://localhost use passkeys."""
    handler = functools.partial(Quiet, directory=str(Path(__file__).parent))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://localhost:{server.server_port}"
        server.shutdown()


@pytest.fixture
def somebody(sandbox: Sandbox) -> Somebody:
    return People(sandbox, POOL).make()


@pytest.fixture
def page(new_context: Any, site: str, sandbox: Sandbox, somebody: Somebody) -> Page:
    """The page, with an authenticator that verifies its user."""
    opened: Page = new_context().new_page()
    devtools = opened.context.new_cdp_session(opened)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": PHONE})
    query = {
        "api": sandbox.api,
        "client": OPTIONAL["client_id"],
        "username": somebody.username,
    }
    opened.goto(f"{site}/passkey.html?{urlencode(query)}")
    return opened


def test_passkey_from_registration_to_sign_in(
    page: Page, somebody: Somebody, sandbox: Sandbox
) -> None:
    [registered] = page.evaluate("password => register(password)", somebody.password)
    assert registered["RelyingPartyId"] == "localhost"
    assert registered["AuthenticatorAttachment"] == "platform"
    assert registered["AuthenticatorTransports"] == ["internal"]
    answer = page.evaluate("() => signIn()")
    token = answer["AuthenticationResult"]["AccessToken"]
    user = sandbox.admin().get_user(AccessToken=token)
    assert user["Username"] == somebody.username
    again = page.evaluate("() => signIn()")
    assert "AuthenticationResult" in again


def test_browser_registers_no_device_twice(page: Page, somebody: Somebody) -> None:
    page.evaluate("password => register(password)", somebody.password)
    with pytest.raises(Error, match="InvalidStateError"):
        page.evaluate("password => register(password)", somebody.password)

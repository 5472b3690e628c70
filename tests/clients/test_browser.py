"""aws-amplify in a real browser, on a page of another origin: what CORS lets through."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.browser.chromium import find_chromium, launch_options
from tests.clients.conftest import NODE, MakeRealm
from tests.sandbox.kit import ALL, PASSWORD, Realm, Server, Someone

HTML = '<!doctype html><title></title><script src="page.js"></script>'


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Another origin that serves the page, bundled as an application would be."""
    folder = tmp_path_factory.mktemp("page")
    bundle = ["--bundle", "--format=iife", f"--outfile={folder / 'page.js'}"]
    command = [str(NODE / "node_modules/.bin/esbuild"), "page.mjs", *bundle, "--log-level=warning"]
    subprocess.run(command, cwd=NODE, check=True)
    (Path(folder) / "index.html").write_text(HTML)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def page(origin: str) -> Iterator[Page]:
    """The page, open in Chromium."""
    path = find_chromium()
    assert path, "no Chromium found: apt-get install chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(path))
        page = browser.new_page()
        page.goto(origin)
        page.wait_for_function("document.title === 'ready'")
        yield page
        browser.close()


def call(page: Page, name: str, *given: Any) -> Any:
    """Call one of the functions of page.mjs."""
    return page.evaluate(f"given => window.auth.{name}(...given)", list(given))


def person_in(page: Page, realm: Realm) -> Someone:
    """Somebody new, whose pool the page is set to."""
    someone = realm.person(email=True, phone=True)
    call(
        page,
        "configure",
        {
            "userPoolId": realm.pool_id,
            "userPoolClientId": realm.client_id,
            "userPoolEndpoint": realm.server.api,
        },
    )
    return someone


def sign_in(page: Page, someone: Someone) -> str:
    """The next step after name and password."""
    return str(call(page, "signIn", someone.username, PASSWORD)["nextStep"]["signInStep"])


def test_c012_c110_a_page_of_another_origin_signs_in(
    page: Page, optional: Realm, server: Server
) -> None:
    """SRP, an app set up, the preference, and sign-in with the app's code."""
    someone = person_in(page, optional)
    assert sign_in(page, someone) == "DONE"
    assert call(page, "claims")["username"] == someone.username
    server.stand_still()
    server.settle_in_step()
    secret = call(page, "secret")
    call(page, "verify", server.totp(secret, -1))
    call(page, "prefer", {"totp": "PREFERRED", "sms": "ENABLED"})
    assert call(page, "preference")["preferred"] == "TOTP"
    call(page, "signOut")
    assert sign_in(page, someone) == "CONFIRM_SIGN_IN_WITH_TOTP_CODE"
    answered = call(page, "answer", server.totp(secret))
    assert answered["nextStep"]["signInStep"] == "DONE"
    call(page, "signOut")


def test_c002_the_page_reads_the_names_of_refusals(page: Page, optional: Realm) -> None:
    """A refusal reaches the page with name and words, not as a network error."""
    someone = person_in(page, optional)
    assert call(page, "failedSignIn", someone.username, "Wrong-Horse-7") == (
        "NotAuthorizedException: Incorrect username or password."
    )
    sign_in(page, someone)
    call(page, "secret")
    assert call(page, "failedVerify", "000000") == (
        "EnableSoftwareTokenMFAException: Code mismatch and fail enable Software Token MFA"
    )
    call(page, "signOut")


def test_c118_the_browser_remembers_a_device(
    page: Page, make_realm: MakeRealm, server: Server
) -> None:
    realm = make_realm("OPTIONAL", ALL, DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
    someone = person_in(page, realm)
    someone.prefer(SMS=(True, True))
    assert sign_in(page, someone) == "CONFIRM_SIGN_IN_WITH_SMS_CODE"
    call(page, "answer", server.code_sent_to(someone.phone))
    call(page, "remember")
    assert call(page, "devices") == 1
    call(page, "signOut")
    assert sign_in(page, someone) == "DONE"
    call(page, "signOut")

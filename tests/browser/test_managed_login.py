"""The sandbox's login pages in a real browser, on a phone, under both addresses of a domain."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import cv2
import numpy
import pyotp
import pytest
from playwright.sync_api import Page

from tests.browser.conftest import PHONE
from tests.browser.measure import WIDE, faults_of
from tests.browser.watch import Watch
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
    "defaultBackupEligibility": True,
    "defaultBackupState": True,
}
SMS_SENDER = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "pages"}


@dataclass(frozen=True)
class Door:
    """A pool's domain, and a client that leads people to it and back to its own address."""

    people: People
    base: str
    client_id: str
    callback: str


@dataclass
class Guest:
    """Somebody before the pages of a domain that an application sent them to."""

    page: Page
    door: Door
    somebody: Somebody

    def come(self) -> None:
        """As the application sends people here."""
        request = {
            "response_type": "code",
            "client_id": self.door.client_id,
            "redirect_uri": self.door.callback,
            "scope": "openid email",
            "state": "s1",
        }
        self.page.goto(f"{self.door.base}/oauth2/authorize?{urlencode(request)}")

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def problem(self) -> str:
        return self.page.get_by_role("alert").inner_text()

    def write(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def press(self, name: str) -> None:
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=name).click()

    def give_password(self, password: str = "") -> None:
        self.write("Username", self.somebody.username)
        self.write("Password", password or self.somebody.password)
        self.press("Sign in")

    def give_code(self, code: str) -> None:
        self.write("Code", code)
        self.press("Sign in")

    def scan(self) -> App:
        """Point a camera at the screen: the app knows only what a picture of the page shows."""
        picture = numpy.frombuffer(self.page.screenshot(full_page=True), numpy.uint8)
        camera = cv2.QRCodeDetectorAruco()
        seen = cv2.imdecode(picture, cv2.IMREAD_COLOR)
        assert seen is not None
        read, *_ = camera.detectAndDecode(seen)
        return App(pyotp.parse_uri(read).secret)

    @property
    def arrived(self) -> bool:
        """Whether the application was reached, with a code and the state it sent."""
        told = parse_qs(urlsplit(self.page.url).query)
        came_back = self.page.url.startswith(f"{self.door.callback}?")
        return came_back and told["state"] == ["s1"] and "code" in told


Welcome = Callable[..., Guest]
Address = Callable[[Sandbox, str], str]


class Blank(BaseHTTPRequestHandler):
    """The application: whatever it is asked, an empty page."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<!doctype html><title>The application</title>")

    def log_message(self, *_words: object) -> None:
        """Quietly."""


@pytest.fixture(scope="module")
def callback() -> Iterator[str]:
    """Where the application waits for people to come back."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Blank) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/back"
        server.shutdown()


@pytest.fixture
def welcome(new_context: Any) -> Iterator[Welcome]:
    """Put somebody before a door; nothing may go wrong behind their back."""
    watches: list[tuple[Watch, str]] = []

    def sit_down(door: Door, person: dict[str, Any], **options: Any) -> Guest:
        context = new_context(**options)
        watches.append((Watch(urlsplit(door.base).netloc), door.callback))
        watches[-1][0].follow(context)
        return Guest(context.new_page(), door, door.people.make(**person))

    yield sit_down
    for watch, callback in watches:
        own = urlsplit(callback).netloc
        assert [each for each in watch.problems if own not in each] == []


def by_path(sandbox: Sandbox, domain: str) -> str:
    return f"{sandbox.api}/domains/{domain}"


def by_host(sandbox: Sandbox, domain: str) -> str:
    return f"http://{domain}.auth.localhost:{urlsplit(sandbox.api).port}"


@pytest.mark.parametrize("address", [by_path, by_host])
def test_a_second_step_an_error_and_a_change_of_mind(
    welcome: Welcome, sandbox: Sandbox, callback: str, address: Address
) -> None:
    people = People(sandbox, "eu-central-1_Optional1")
    client_id = _client(sandbox, people.pool_id, callback)
    door = Door(people, address(sandbox, "demo-optional"), client_id, callback)
    person = {"app": True, "on": ("SOFTWARE_TOKEN_MFA",), "preferred": "SOFTWARE_TOKEN_MFA"}
    tom = welcome(door, person, **PHONE)
    tom.come()
    assert tom.heading == "Sign in"
    tom.give_password("wrong")
    assert tom.problem == "Incorrect username or password."
    tom.give_password()
    assert tom.heading == "Enter the code of your app"
    with tom.page.expect_navigation():
        tom.page.get_by_role("link", name="Back to sign-in").click()
    assert tom.heading == "Sign in"
    tom.give_password()
    app = tom.somebody.app
    assert app is not None
    tom.give_code(app.wrong_code())
    assert tom.problem == "Invalid code received for user"
    tom.give_code(app.code())
    assert tom.arrived
    tom.come()
    assert tom.arrived


def test_a_second_step_is_set_up_where_it_is_required(
    welcome: Welcome, sandbox: Sandbox, callback: str
) -> None:
    """C160, with script off: the key of the app is read off the picture of the page."""
    door = _demanding_pool(sandbox, callback)
    rita = welcome(door, {"email": False}, java_script_enabled=False, **PHONE)
    rita.come()
    rita.give_password()
    assert rita.heading == "Set up a second step"
    rita.page.get_by_text("Authenticator app").click()
    rita.press("Continue")
    app = rita.scan()
    key = "".join(rita.page.locator(".key span").all_inner_texts())
    assert app.secret == key
    rita.give_code(app.wrong_code())
    assert rita.problem == "Code mismatch and fail enable Software Token MFA"
    assert rita.scan().secret == key
    rita.give_code(app.code())
    assert rita.arrived
    assert door.people.look(rita.somebody)["UserStatus"] == "CONFIRMED"
    rita.page.context.clear_cookies()
    rita.come()
    rita.give_password()
    assert rita.heading == "Enter the code of your app"


def test_a_passkey_is_made_and_used(welcome: Welcome, sandbox: Sandbox, callback: str) -> None:
    """Browsers let http://localhost use passkeys, so that is where the domain is met."""
    people = People(sandbox, "eu-central-1_Optional1")
    client_id = _client(sandbox, people.pool_id, callback, ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    base = by_path(sandbox, "demo-optional").replace("127.0.0.1", "localhost")
    nora = welcome(Door(people, base, client_id, callback), {})
    devtools = nora.page.context.new_cdp_session(nora.page)
    devtools.send("WebAuthn.enable")
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    nora.come()
    nora.write("Username", nora.somebody.username)
    nora.press("Next")
    nora.write("Password", nora.somebody.password)
    nora.press("Sign in")
    assert nora.arrived
    back = urlencode({"client_id": client_id, "redirect_uri": callback})
    nora.page.goto(f"{base}/passkeys/add?{back}")
    nora.press("Create a passkey")
    assert nora.page.url == callback
    nora.page.context.clear_cookies()
    nora.come()
    nora.write("Username", nora.somebody.username)
    nora.press("Next")
    nora.page.get_by_text("Passkey").click()
    nora.press("Continue")
    assert list(faults_of(nora.page)) == []
    nora.press("Use your passkey")
    assert nora.arrived


def test_every_page_is_for_everybody(welcome: Welcome, sandbox: Sandbox, callback: str) -> None:
    """axe finds nothing, light and dark; 320 px are enough, with wider text too."""
    rita = welcome(_demanding_pool(sandbox, callback), {"email": False}, viewport=WIDE)
    found: list[str] = []

    def measure() -> None:
        found.extend(f"{rita.heading}: {each}" for each in faults_of(rita.page))

    rita.come()
    measure()
    for link in ("Forgot your password?", "New here? Create an account"):
        with rita.page.expect_navigation():
            rita.page.get_by_role("link", name=link).click()
        measure()
        rita.come()
    rita.give_password("wrong")
    measure()
    rita.give_password()
    measure()
    for way, heading in (
        ("Text message", "Set up: text message"),
        ("Authenticator app", "Set up an authenticator app"),
    ):
        rita.come()
        rita.give_password()
        rita.page.get_by_text(way).click()
        rita.press("Continue")
        assert rita.heading == heading
        measure()
    assert found == []


def _demanding_pool(sandbox: Sandbox, callback: str) -> Door:
    """A pool that requires a second step, and its domain."""
    admin, domain = sandbox.admin(), f"pages{secrets.token_hex(4)}"
    pool = admin.create_user_pool(
        PoolName="Pages, and more",
        SmsConfiguration=SMS_SENDER,
        EmailConfiguration={
            "EmailSendingAccount": "DEVELOPER",
            "SourceArn": "arn:aws:ses:eu-central-1:123456789012:identity/a@example.com",
        },
    )["UserPool"]["Id"]
    admin.set_user_pool_mfa_config(
        UserPoolId=pool,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        SmsMfaConfiguration={"SmsConfiguration": SMS_SENDER},
        EmailMfaConfiguration={},
    )
    admin.create_user_pool_domain(UserPoolId=pool, Domain=domain, ManagedLoginVersion=2)
    client_id = _client(sandbox, pool, callback)
    return Door(People(sandbox, pool), by_path(sandbox, domain), client_id, callback)


def _client(sandbox: Sandbox, pool: str, callback: str, **more: Any) -> str:
    made = sandbox.admin().create_user_pool_client(
        UserPoolId=pool,
        ClientName="Pages",
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email"],
        CallbackURLs=[callback],
        **more,
    )["UserPoolClient"]
    return str(made["ClientId"])

"""The portal in frames of other hosts, in a real browser: own site, another site, and enemies."""

import json
import string
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from jsonschema import Draft202012Validator
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Frame,
    Locator,
    Page,
    Playwright,
    expect,
)

from tests.browser.chromium import launch_options
from tests.browser.conftest import OPTIONAL
from tests.browser.readings import Reader, compare
from tests.browser.two_sites import (
    EVIL,
    FAR,
    FOCUSED,
    NEAR,
    PORTAL_HOST,
    RESOLVED,
    TwoSites,
    two_sites,
)
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox

APP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
PROTOCOL = json.loads(Path("portal/embed/protocol.json").read_text())
OF_FRAME = PROTOCOL["directions"]["port"]["frame"]
UNMOVED_MS = 700
PASSKEYS = "publickey-credentials-create $portal; publickey-credentials-get $portal"
# A host that speaks the protocol by hand, so that a test can break it, too.
HOST_PAGE = string.Template("""<!doctype html><html lang="en"><title>A host</title>
<style>iframe { width: 100%; height: 900px; border: 0 } $style</style>
<main><h1>Our app</h1><button id="before">Before</button>
<iframe id="frame" title="Sign-in methods" src="$portal/embed/?client=$client"
  allow="$allow"></iframe>
$more
<button id="after">After</button></main>
<script>
const frame = document.getElementById("frame");
window.events = [];
window.heard = (data) => {
  window.events.push(data);
  if (data.type === "resized") frame.style.height = data.height + "px";
};
addEventListener("message", (event) => {
  if (event.source !== frame.contentWindow || event.origin !== "$portal") return;
  window.greeting = event.data;
  if (!$answers) return;
  const channel = new MessageChannel();
  window.line = channel.port1;
  window.line.onmessage = ({ data }) => heard(data);
  frame.contentWindow.postMessage({ type: "connect", v: 1, nonce: event.data.nonce, ticket: $ticket,
    theme: $theme, locale: "en-GB" }, "$portal", [channel.port2]);
});
$script
</script></html>""")


@pytest.fixture(scope="package")
def sites(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TwoSites]:
    with two_sites(sandbox, tmp_path_factory.mktemp("sites"), **OPTIONAL) as running:
        yield running


@pytest.fixture(scope="package")
def browser_of_sites(playwright: Playwright, chromium: str) -> Iterator[Browser]:
    started = playwright.chromium.launch(**_of_sites(chromium))
    yield started
    started.close()


@pytest.fixture
def keeps_nothing(
    playwright: Playwright, chromium: str, tmp_path: Path
) -> Iterator[Callable[..., BrowserContext]]:
    """A Chromium by whose own setting frames of the portal in the far site's pages keep nothing.

    Its rule for one site in another's pages, as somebody makes it who blocks all of them: the plain
    switch "block third-party cookies" still keeps partitioned ones. Rules are read from a profile.
    """
    rules = {f"[*.]{PORTAL_HOST},[*.]{FAR}": {"setting": 2}}
    wanted = {"profile": {"content_settings": {"exceptions": {"cookies": rules}}}}
    profile = tmp_path / "profile"
    (profile / "Default").mkdir(parents=True)
    (profile / "Default/Preferences").write_text(json.dumps(wanted))
    options = _of_sites(chromium)
    started: list[BrowserContext] = []

    def start(**more: Any) -> BrowserContext:
        context = playwright.chromium.launch_persistent_context(profile, **options, **more)
        started.append(context)
        return context

    yield start
    for context in started:
        context.close()


def _of_sites(chromium: str) -> dict[str, Any]:
    """How a Chromium is started that looks all names of the two sites up on this machine."""
    options = launch_options(chromium)
    return {**options, "args": [*options["args"], f"--host-resolver-rules={RESOLVED}"]}


@dataclass
class Guest:
    """Somebody on a host's page, and the frame in it."""

    page: Page
    sites: TwoSites
    pool: People
    somebody: Somebody
    client: str

    @property
    def lobby(self) -> Frame:
        return next(each for each in self.page.frames if "/embed/?client=" in each.url)

    @property
    def inner(self) -> Frame:
        self.page.wait_for_function(
            "window.events.some(({ type }) => type === 'ready')", timeout=20_000
        )
        return next(each for each in self.page.frames if "/embed/in/" in each.url)

    def events(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("window.events")
        for event in found:
            schema = {"$ref": f"#/$defs/{event['type']}", "$defs": PROTOCOL["$defs"]}
            assert event["type"] in OF_FRAME
            Draft202012Validator(schema).validate(event)
        return found

    def heard(self, **event: Any) -> None:
        """Wait for an event of the frame with exactly these fields."""
        self.page.wait_for_function(
            "(wanted) => window.events.some((one) => JSON.stringify(one) === wanted)",
            arg=json.dumps(event, separators=(",", ":")),
            timeout=20_000,
        )

    def heading(self, words: str) -> None:
        expect(self.inner.locator("h1")).to_have_text(words, timeout=20_000)

    def press(self, what: Locator) -> None:
        """Press it as late as a person could.

        Chromium drops clicks on a frame that has just moved, where that frame wants to be sure
        that it is seen; and what is seen is looked at every 100 ms.
        """
        self.page.wait_for_timeout(UNMOVED_MS)
        what.click()

    def prove(self, within: Frame | Page) -> None:
        """Type the password, and the code of the app."""
        go_on = within.get_by_role("button", name="Continue", exact=True)
        within.get_by_label("Your password", exact=True).fill(self.somebody.password)
        self.press(go_on)
        code = within.locator("input[name=code]")
        code.wait_for(timeout=20_000)
        assert self.somebody.app is not None
        code.fill(self.somebody.app.code())
        self.press(go_on)


Invite = Callable[..., Guest]


@pytest.fixture
def invite(browser_of_sites: Browser, sites: TwoSites, sandbox: Sandbox) -> Iterator[Invite]:
    """Put somebody in front of a host's page, with a fresh ticket in it."""
    contexts: list[BrowserContext] = []

    def sit_down(client: str = "near", page: str = "overview", **more: Any) -> Guest:
        # High enough for all of a page: nothing two frames deep is scrolled to before a click.
        size = {"width": 1280, "height": 2600, **more.pop("size", {})}
        start = more.pop("start", browser_of_sites.new_context)
        context = start(
            ignore_https_errors=True, locale="en-GB", reduced_motion="reduce", viewport=size
        )
        contexts.append(context)
        if before := more.pop("before", ""):
            context.add_init_script(before)
        pool = People(sandbox, sites.portal.pool_id)
        ella = pool.make(phone=True, app=True, on=(APP, SMS), preferred=APP)
        host = more.pop("host", NEAR if client == "near" else FAR)
        ticket = sites.ticket(client, pool.access_token(ella), page)
        filled = {
            "style": "",
            "more": "",
            "script": "",
            "answers": "true",
            "allow": string.Template(PASSKEYS).substitute(portal=sites.portal.url),
            "theme": "null",
            "ticket": json.dumps(ticket),
            **more,
        }
        path = f"/{len(sites.pages)}"
        sites.pages[path] = HOST_PAGE.substitute(portal=sites.portal.url, client=client, **filled)
        tab = context.new_page()
        tab.goto(sites.host(host) + path)
        return Guest(tab, sites, pool, ella, client)

    yield sit_down
    for context in contexts:
        context.close()


def cookies_of(guest: Guest) -> dict[str, Any]:
    return {each["name"]: each for each in guest.page.context.cookies()}


def prefer_text(guest: Guest) -> None:
    inner = guest.inner
    guest.press(inner.get_by_role("link", name="Choose what we ask for").first)


# --- both sites -------------------------------------------------------------------------------


def test_on_our_own_site_a_change_is_made_within_the_frame(invite: Invite):
    """(EMB-07, EMB-09, EMB-10, EMB-17) greeting, session, proof, change; what the host hears."""
    guest = invite()
    guest.heading("How you sign in")
    assert cookies_of(guest)["__Host-mfa-embed"]["sameSite"] == "Lax"
    prefer_text(guest)
    guest.heading("Confirm that it is you")
    guest.heard(type="proof-needed", where="frame")
    guest.prove(guest.inner)
    guest.heading("Choose what we ask for")
    guest.press(guest.inner.get_by_role("group", name="first").get_by_text("Text message"))
    guest.press(guest.inner.get_by_role("button", name="Save"))
    guest.heard(type="changed", factor="preference", act="changed")
    assert guest.pool.preferred(guest.somebody) == SMS
    said = guest.events()
    assert said[0]["type"] in {"ready", "resized"}
    assert {each["type"] for each in said} == {"ready", "resized", "proof-needed", "changed"}
    # Nothing personal, and nothing that opens anything, ever reaches the host's page.
    seen = json.dumps(said) + json.dumps(guest.page.evaluate("window.greeting"))
    for canary in (guest.somebody.username, guest.somebody.email, guest.somebody.phone):
        assert canary not in seen


def test_on_another_site_the_password_is_typed_in_a_window(invite: Invite):
    """(EMB-16, EMB-09, A11-03) a partitioned cookie, a window of the portal, and on by itself."""
    guest = invite("far")
    reader = Reader({guest.sites.origin_of("far"): "(host)"})
    reader.meet(name=guest.somebody)
    guest.heading("How you sign in")
    assert cookies_of(guest)["__Host-mfa-embed"]["sameSite"] == "None"
    prefer_text(guest)
    guest.heading("Confirm that it is you")
    guest.heard(type="proof-needed", where="window")
    assert guest.inner.locator("input[type=password]").count() == 0
    expect(guest.inner.get_by_role("link", name="Confirm in a new window")).to_be_visible()
    reader.read(guest.inner, "proof")
    with guest.page.context.expect_page() as opened:
        guest.press(guest.inner.get_by_role("link", name="Confirm in a new window"))
    window = opened.value
    window.wait_for_load_state()
    guest.heard(type="window-opened", reason="password")
    assert window.evaluate("window.opener") is None
    assert window.url.startswith(guest.sites.portal.url + "/w/")
    expect(window.locator("main")).to_contain_text(guest.somebody.username)
    reader.read(window, "window")
    window.get_by_role("button", name="Go on").click()
    guest.prove(window)
    expect(window.locator("h1")).to_have_text("Thank you, that was you", timeout=20_000)
    reader.read(window, "window-done")
    compare("a_window", reader.readings)
    window.close()
    guest.page.bring_to_front()
    guest.heading("Choose what we ask for")
    guest.press(guest.inner.get_by_role("group", name="first").get_by_text("Text message"))
    guest.press(guest.inner.get_by_role("button", name="Save"))
    guest.heard(type="changed", factor="preference", act="changed")
    assert guest.pool.preferred(guest.somebody) == SMS


def test_where_the_cookie_does_not_come_back_a_window_is_offered_once(
    invite: Invite, keeps_nothing: Callable[..., BrowserContext]
):
    """(EMB-11) the same page in its own window, and no loop."""
    guest = invite("far", "add-app", start=keeps_nothing)
    guest.heard(type="error", code="cookies-blocked")
    expect(guest.lobby.locator("h1:visible")).to_have_text("Open it in its own window")
    with guest.page.context.expect_page() as opened:
        guest.press(guest.lobby.get_by_role("link", name="Open Demo"))
    guest.heard(type="window-opened", reason="cookies")
    window = opened.value
    window.get_by_role("button", name="Go on").click()
    guest.prove(window)
    expect(window.locator("h1")).to_contain_text("uthenticator app", timeout=20_000)
    assert window.url.endswith("/w/in/enrolment/totp/")
    assert [each["type"] for each in guest.events()].count("error") == 1
    # The window's own cookie is there: what is blocked is the frame's alone.
    assert {"__Host-mfa-window", "__Host-mfa-embed"} & set(cookies_of(guest)) == {
        "__Host-mfa-window"
    }


def _connect(guest: Guest, ticket: str | None = None) -> None:
    """Answer the frame's greeting by hand."""
    guest.page.wait_for_function("window.greeting")
    ticket = ticket or guest.sites.ticket(
        guest.client, guest.pool.access_token(guest.somebody), "add-app"
    )
    guest.page.evaluate(
        """([ticket, portal]) => {
          const channel = new MessageChannel();
          window.line = channel.port1;
          window.line.onmessage = ({ data }) => heard(data);
          frame.contentWindow.postMessage({ type: "connect", v: 1, nonce: window.greeting.nonce,
            ticket, theme: null, locale: null }, portal, [channel.port2]);
        }""",
        [ticket, guest.sites.portal.url],
    )


@pytest.mark.parametrize("is_allowed", [True, False])
def test_a_frame_without_passkeys_offers_a_window_for_them(invite: Invite, is_allowed: bool):
    """(EMB-11, EMB-17) one whose host gave it no `allow`; the host hears of it, and why."""
    guest = invite("near", "passkeys", **({} if is_allowed else {"allow": ""}))
    guest.heading("Your passkeys")
    guest.press(guest.inner.get_by_role("link", name="Add a passkey"))
    guest.heading("Confirm that it is you")
    guest.prove(guest.inner)
    guest.heading("Add a passkey")
    create = guest.inner.get_by_role("button", name="Create a passkey")
    window_link = guest.inner.get_by_role("link", name="Go on in a new window")
    if is_allowed:
        expect(create).to_be_visible()
        expect(window_link).to_have_count(0)
        assert "error" not in {each["type"] for each in guest.events()}
        return
    guest.heard(type="error", code="passkeys-not-allowed")
    expect(create).to_be_hidden()
    with guest.page.context.expect_page() as opened:
        guest.press(window_link)
    guest.heard(type="window-opened", reason="passkey")
    window = opened.value
    window.get_by_role("button", name="Go on").click()
    guest.prove(window)
    expect(window.get_by_role("button", name="Create a passkey")).to_be_visible(timeout=20_000)


def test_where_the_browser_does_not_tell_a_window_is_offered_once_it_has_refused(invite: Invite):
    """(EMB-11) Firefox and Safari have no `document.featurePolicy`; the form stays beside it."""
    guest = invite("near", "passkeys", allow="", before="delete Document.prototype.featurePolicy")
    guest.heading("Your passkeys")
    guest.press(guest.inner.get_by_role("link", name="Add a passkey"))
    guest.heading("Confirm that it is you")
    guest.prove(guest.inner)
    guest.heading("Add a passkey")
    window_link = guest.inner.get_by_role("link", name="Go on in a new window")
    expect(window_link).to_have_count(0)
    create = guest.inner.get_by_role("button", name="Create a passkey")
    guest.press(create)
    expect(window_link).to_be_visible(timeout=20_000)
    expect(create).to_be_visible()
    with guest.page.context.expect_page() as opened:
        guest.press(window_link)
    guest.heard(type="window-opened", reason="passkey")
    opened.value.get_by_role("button", name="Go on").click()
    expect(opened.value.locator("input[type=password]")).to_be_visible(timeout=20_000)


# --- the host's words -------------------------------------------------------------------------


def test_a_theme_a_new_ticket_the_end(invite: Invite):
    """(EMB-18, EMB-13, EMB-24) what a host may say while the frame is open."""
    theme = {
        "scheme": "dark",
        "background": "#101010",
        "surface": "#181818",
        "text": "#ffffff",
        "accent": "#a0c8ff",
        "accentText": "#000",
    }
    guest = invite(theme=json.dumps(theme))
    colour = "getComputedStyle(document.documentElement).backgroundColor"
    guest.heading("How you sign in")
    assert guest.inner.evaluate(colour) == "rgb(16, 16, 16)"
    assert Axe().run(guest.inner).response["violations"] == []  # type: ignore[arg-type]
    _say(guest, {"type": "theme", "theme": {**theme, "text": "#333333"}})
    guest.heard(type="error", code="theme-refused")
    _say(guest, {"type": "focus"})
    guest.inner.wait_for_function("document.activeElement.id === 'main'")
    # The session is over: the frame says so, and goes on with another ticket.
    guest.page.context.clear_cookies()
    guest.press(guest.inner.get_by_role("link", name="What happened"))
    guest.heard(type="session-expired")
    ticket = guest.sites.ticket("near", guest.pool.access_token(guest.somebody), "history")
    _say(guest, {"type": "ticket", "ticket": ticket})
    guest.page.wait_for_function("window.events.filter(({ type }) => type === 'ready').length > 1")
    guest.heading("What happened")
    _say(guest, {"type": "ticket", "ticket": ticket})
    guest.heard(type="error", code="ticket-refused")
    _say(guest, {"type": "end"})
    guest.heard(type="closed")


def _say(guest: Guest, message: Any) -> None:
    guest.page.evaluate("(message) => window.line.postMessage(message)", message)


def test_the_keyboard_crosses_the_border_in_order(invite: Invite):
    """(EMB-24, A11-08) into the frame, through it, and out behind it."""
    guest = invite()
    guest.heading("How you sign in")
    guest.page.locator("#before").focus()
    stops = []
    for _ in range(40):
        guest.page.keyboard.press("Tab")
        stop = guest.page.evaluate(FOCUSED)
        if stop == "after":
            break
        stops.append(stop)
        assert stop == "frame"
    assert stop == "after"
    assert len(stops) >= guest.inner.locator("main a[href], main button").count()
    guest.page.keyboard.press("Shift+Tab")
    assert guest.page.evaluate(FOCUSED) == "frame"


def test_the_frame_is_as_high_as_its_content_and_axe_finds_nothing(invite: Invite):
    """(A11-01, A11-06, EMB-29) from 320 px, without a bar to scroll."""
    guest = invite(size={"width": 336})
    guest.heading("How you sign in")
    assert guest.somebody.username in guest.inner.locator("header").inner_text()
    width = guest.inner.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width[0] <= width[1] <= 320
    height = guest.inner.evaluate("document.body.getBoundingClientRect().height")
    guest.heard(type="resized", height=int(-(-height // 1)))
    assert Axe().run(guest.inner).response["violations"] == []  # type: ignore[arg-type]


# --- enemies ----------------------------------------------------------------------------------


@pytest.mark.parametrize("client", ["near", "far"])
def test_another_hosts_page_cannot_show_the_frame(invite: Invite, client: str):
    """(EMB-02, HLP-11) nor one that a listed host lies within."""
    guest = invite(client, host=EVIL)
    guest.page.wait_for_timeout(500)
    assert guest.page.evaluate("window.greeting") is None
    assert not [each for each in guest.page.frames if each.url.startswith("https://mfa")]


def test_a_page_without_an_origin_cannot_show_the_frame(invite: Invite, sites: TwoSites):
    """(EMB-07) a listed host's page in a sandbox has the origin null."""
    listed = invite(answers="false")
    path = "/null"
    address = listed.page.url
    sites.pages[path] = f'<iframe sandbox="allow-scripts" src="{address}"></iframe>'
    listed.page.goto(sites.host(NEAR) + path)
    listed.page.wait_for_timeout(500)
    framed = listed.page.frames[1]
    assert framed.evaluate("window.greeting") is None


BAD = """([how, ticket, portal]) => {
  const channel = new MessageChannel();
  const { nonce } = window.greeting;
  const right = { type: "connect", v: 1, nonce, ticket, theme: null, locale: null };
  const said = {
    nonce: { ...right, nonce: "x".repeat(22) },
    version: { ...right, v: 2 },
    field: { ...right, css: "*{}" },
    missing: { type: "connect", v: 1, nonce: right.nonce, ticket },
    ticket: { ...right, ticket: 7 },
    text: JSON.stringify(right),
    nothing: null,
    port: right,
    ports: right,
  }[how];
  const two = [channel.port2, new MessageChannel().port1];
  const ports = { port: [], ports: two }[how] ?? [channel.port2];
  frame.contentWindow.postMessage(said, portal, ports);
}"""


def test_what_does_not_fit_is_dropped_unanswered(invite: Invite):
    """(EMB-07) and the greeting's own answer still works afterwards, once."""
    guest = invite(answers="false")
    guest.page.wait_for_function("window.greeting")
    asked: list[str] = []
    guest.page.on("request", lambda request: asked.append(request.url))
    ticket = guest.sites.ticket("near", guest.pool.access_token(guest.somebody), "add-app")
    for how in (
        "nonce",
        "version",
        "field",
        "missing",
        "ticket",
        "text",
        "nothing",
        "port",
        "ports",
    ):
        guest.page.evaluate(BAD, [how, ticket, guest.sites.portal.url])
    # A sibling frame of the right origin is not the parent, whatever it says.
    guest.page.evaluate(
        """([ticket, portal]) => new Promise((done) => {
          const sibling = document.createElement("iframe");
          sibling.onload = () => {
            const script = sibling.contentDocument.createElement("script");
            const said = JSON.stringify({ type: "connect", v: 1, ticket, theme: null, locale: null,
              nonce: window.greeting.nonce });
            script.textContent =
              `parent.frames[0].postMessage(${said}, "${portal}", [new MessageChannel().port1])`;
            sibling.contentDocument.body.append(script);
            done();
          };
          sibling.srcdoc = "<p>Sibling</p>";
          document.body.append(sibling);
        })""",
        [ticket, guest.sites.portal.url],
    )
    guest.page.wait_for_timeout(300)
    assert not [url for url in asked if "/embed/session" in url]
    _connect(guest, ticket)
    guest.heard(type="ready")
    assert len([url for url in asked if "/embed/session" in url]) == 1
    _connect(guest, ticket)
    guest.page.wait_for_timeout(300)
    assert len([url for url in asked if "/embed/session" in url]) == 1
    # Secrets are in no address that anybody could log (EMB-03).
    assert not [url for url in asked if ticket in url]


def test_a_click_that_was_stolen_changes_nothing(invite: Invite):
    """(EMB-14) before a proof it is led to one; after it, a covered button sends nothing."""
    guest = invite(
        "near",
        style="#bait { position: absolute; inset: 0; background: #fff; pointer-events: none; "
        "visibility: hidden } main { position: relative }",
        more='<div id="bait">Win a prize</div>',
    )
    guest.heading("How you sign in")
    before = guest.pool.look(guest.somebody)["UserLastModifiedDate"]
    prefer_text(guest)
    guest.prove(guest.inner)
    guest.heading("Choose what we ask for")
    guest.press(guest.inner.get_by_role("group", name="first").get_by_text("Text message"))
    guest.page.evaluate("bait.style.visibility = 'visible'")
    guest.page.wait_for_timeout(400)
    box = guest.inner.get_by_role("button", name="Save").bounding_box()
    assert box is not None
    guest.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    guest.heard(type="error", code="covered")
    assert guest.pool.look(guest.somebody)["UserLastModifiedDate"] == before
    guest.page.evaluate("bait.remove()")
    guest.page.wait_for_timeout(400)
    guest.press(guest.inner.get_by_role("button", name="Save"))
    guest.heard(type="changed", factor="preference", act="changed")
    assert guest.pool.preferred(guest.somebody) == SMS

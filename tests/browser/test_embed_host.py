"""The example application, its server and the element, with a real portal inside its page."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from tests.browser.conftest import OPTIONAL
from tests.browser.portal_process import (
    ROOT,
    Portal,
    _environment,
    _process,
    _wait_for,
    free_port,
    running_portal,
)
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox

APP, SMS = "SOFTWARE_TOKEN_MFA", "SMS_MFA"
CLIENT = OPTIONAL["client_id"]


@dataclass(frozen=True)
class Host:
    """Where the example is, which portal it embeds, and what each of them wrote down."""

    url: str
    portal: Portal
    data: Path
    variables: dict[str, str]
    key: str

    def embed(self, *arguments: str) -> str:
        return _embed(self.variables, *arguments)


def _embed(variables: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "manage.py", "embed", *arguments]
    ended = subprocess.run(
        command, cwd=ROOT, env=variables, check=True, stdout=subprocess.PIPE, text=True
    )
    return ended.stdout


@pytest.fixture(scope="module")
def host(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """The example, started as `make demo-embed` does; the portal writes down what it is asked."""
    data, port = tmp_path_factory.mktemp("host"), free_port()
    url = f"http://localhost:{port}"
    log = {"GUNICORN_CMD_ARGS": f"--access-logfile {data / 'asked.log'}"}
    with running_portal(sandbox, data, **OPTIONAL, PORTAL_EMBED="true", **log) as portal:
        variables = _environment(sandbox, data, portal, CLIENT) | {"PORTAL_EMBED": "true"}
        added = _embed(
            variables, *("client", "add", "acme", "--origin", url, "--app-client", CLIENT)
        )
        example = os.environ | {
            "HOST_PORT": str(port),
            "COGNITO_ENDPOINT": sandbox.api,
            "COGNITO_CLIENT_ID": CLIENT,
            "PORTAL_URL": portal.url,
            "PORTAL_EMBED_KEY": added.split()[-1],
            "PORTAL_SNIPPET": _embed(variables, "snippet", "acme", "--html"),
        }
        with _process(["examples/embed/host.py"], example, data / "host.log") as server:
            _wait_for(url, server, data / "host.log")
            yield Host(url, portal, data, variables, added.split()[-1])


def press(wanted: Locator) -> None:
    """Press it by keyboard, once it can be seen.

    Chromium drops what is clicked in a frame that has just moved or grown, and the portal refuses
    what it has not seen to be visible yet.
    """
    wanted.evaluate(
        """(element) => new Promise((done) => new IntersectionObserver(([entry]) => {
             if (entry.isVisible) done();
           }, { trackVisibility: true, delay: 100 }).observe(element))"""
    )
    wanted.press("Enter")


@dataclass
class Guest:
    """Somebody on the example's page."""

    page: Page
    people: People
    somebody: Somebody
    seen: list[str]

    @property
    def inner(self) -> Frame:
        self.told("ready")
        return next(each for each in self.page.frames if "/embed/in/" in each.url)

    def told(self, line: str, times: int = 1) -> None:
        """Wait until the page was told this so many times."""
        lines = self.page.locator("#told li").get_by_text(line, exact=True)
        expect(lines).to_have_count(times, timeout=30_000)


@pytest.fixture
def guest(new_context: Any, sandbox: Sandbox, host: Host) -> Guest:
    """Sign somebody in at the example, with name, password and the code it asks for."""
    people = People(sandbox, host.portal.pool_id)
    ella = people.make(phone=True, app=True, on=(APP, SMS), preferred=APP)
    page = new_context(viewport={"width": 1000, "height": 2600}).new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(f"{request.url} {request.headers}"))
    page.on("console", lambda message: seen.append(message.text))
    page.goto(host.url)
    page.get_by_label("Username").fill(ella.username)
    page.get_by_label("Password").fill(ella.password)
    page.get_by_role("button", name="Sign in").click()
    assert ella.app is not None
    page.get_by_label("Answer to SOFTWARE_TOKEN_MFA").fill(ella.app.code())
    page.get_by_role("button", name="Continue").click()
    return Guest(page, people, ella, seen)


def test_a_change_in_the_frame_is_told_and_nothing_else_is(guest: Guest, host: Host):
    """(EMB-03, EMB-17, EMB-29) from the host's sign-in to its list of events; no canary in it."""
    frame = guest.inner
    expect(frame.locator("h1")).to_have_text("How you sign in")
    press(frame.get_by_role("link", name="Choose what we ask for").first)
    guest.told("proof-needed frame")
    frame.get_by_label("Your password").fill(guest.somebody.password)
    press(frame.get_by_role("button", name="Continue", exact=True))
    code = frame.locator("input[name=code]")
    code.wait_for()
    assert guest.somebody.app is not None
    code.fill(guest.somebody.app.code())
    group = frame.get_by_role("group", name="first")
    if not group.is_visible() and frame.get_by_role("button", name="Continue").is_visible():
        press(frame.get_by_role("button", name="Continue", exact=True))
    group.get_by_role("radio", name="Text message").press("Space")
    press(frame.get_by_role("button", name="Save"))
    guest.told("changed preference changed")
    assert guest.people.preferred(guest.somebody) == SMS
    # What the page can see: its own document, what it asked for, what it was told, the frame's
    # address and name; and what the two servers wrote down.
    page = guest.page
    outer = page.evaluate(
        """() => { const e = document.querySelector("mfa-portal");
             return document.documentElement.outerHTML + e.shadowRoot.innerHTML
               + JSON.stringify([name, Object.values(localStorage), document.cookie]); }"""
    )
    written = "".join(path.read_text() for path in host.data.glob("*.log"))
    assert "/embed/tickets" in written
    tickets = page.evaluate("document.querySelector('mfa-portal').fetchTicket()")
    assert len(tickets) == 43
    urls = " ".join(line.partition(" ")[0] for line in guest.seen) + written
    for canary in (guest.somebody.email, guest.somebody.phone, guest.somebody.password):
        assert canary not in outer + urls + "".join(guest.seen)
    assert guest.somebody.username not in outer + urls
    for secret in ("ticket=", "eyJ", "access_token", host.key):
        assert secret not in outer + urls
    lobby = f"{host.portal.url}/embed/?client=acme "
    (asked,) = [line for line in guest.seen if line.startswith(lobby)]
    assert f"'referer': '{host.url}/'" in asked


def test_the_script_is_the_one_whose_hash_was_printed(guest: Guest, host: Host):
    """(WEB-07) the served file fits its integrity, and is kept for ever."""
    tag = guest.page.locator("script[integrity]")
    address = tag.get_attribute("src")
    assert address
    with urlopen(address) as served:  # noqa: S310  (the portal of this test)
        assert "immutable" in served.headers["Cache-Control"]
        assert served.headers["Access-Control-Allow-Origin"] == "*"
    assert guest.page.evaluate("Boolean(customElements.get('mfa-portal'))")
    snippet = host.embed("snippet", "acme")
    for part in (
        address,
        "frame-src",
        "/embed/tickets",
        f"/embed/check?client=acme&origin={host.url}",
    ):
        assert part in snippet


def test_a_session_that_ended_goes_on_with_a_fresh_ticket(guest: Guest):
    """(EMB-13) the frame says so, the element asks its host, and the person is where they were."""
    frame = guest.inner
    guest.page.context.clear_cookies(name="mfa-embed")
    press(frame.get_by_role("link", name="Choose what we ask for").first)
    guest.told("session-expired")
    guest.told("ready", times=2)
    again = next(each for each in guest.page.frames if "/embed/in/" in each.url)
    expect(again.locator("h1")).to_have_text("How you sign in")


def test_the_keyboard_goes_in_and_out(guest: Guest):
    """(EMB-24) Tab from the host's button into the frame, through it, and on; and back."""
    page = guest.page
    inner = guest.inner
    assert page.locator("mfa-portal iframe").get_attribute("title") == "Sign-in settings"
    page.evaluate(
        """() => { const after = document.createElement("button"); after.id = "after";
             document.querySelector("main").append(after); }"""
    )
    page.get_by_role("button", name="Sign out").focus()
    where = "document.activeElement.id || document.activeElement.localName"
    walked = []
    for _ in range(60):
        page.keyboard.press("Tab")
        walked.append(page.evaluate(where))
        if walked[-1] == "after":
            break
    assert walked[0] == "mfa-portal"
    assert walked[-1] == "after"
    stops = len(walked)
    for _ in range(stops):
        page.keyboard.press("Shift+Tab")
    assert page.evaluate(where) == "button"
    # And at once to the beginning, for a host that wants it so.
    page.evaluate("document.querySelector('mfa-portal').focus()")
    expect(inner.locator("#main")).to_be_focused()


def test_the_check_page_names_what_is_missing(guest: Guest, host: Host):
    """(EMB-02, EMB-09) all is well in the example; then one thing after the other is taken away."""
    page = guest.page
    guest.told("ready")

    def findings(change: str) -> dict[str, str]:
        page.evaluate(
            """(change) => { const old = document.querySelector("mfa-portal");
                 const fresh = old.cloneNode(); fresh.setAttribute("check", "");
                 fresh.removeAttribute("style");
                 fresh.fetchTicket = old.fetchTicket; old.replaceWith(fresh);
                 const frame = fresh.shadowRoot.firstChild;
                 new Function("element", "frame", change)(fresh, frame); }""",
            change,
        )
        within = page.frame_locator("iframe[src*='/embed/check']")
        expect(within.locator("[data-finding]")).to_have_count(15, timeout=20_000)
        expect(within.locator("[data-state=waiting]")).to_have_count(0, timeout=20_000)
        states: dict[str, str] = within.locator("[data-finding]").evaluate_all(
            "all => Object.fromEntries(all.map(({ dataset: d }) => [d.finding, d.state]))"
        )
        return {name: state for name, state in states.items() if state != "good"}

    assert findings("") == {}
    reload = "const room = frame.parentNode; frame.remove(); room.append(frame);"
    assert findings(f"frame.allow = ''; {reload}").keys() == {
        "publickey-credentials-create",
        "publickey-credentials-get",
        "clipboard-write",
        "otp-credentials",
    }
    assert findings(f"frame.referrerPolicy = 'no-referrer'; {reload}") == {"referrer": "bad"}
    assert findings("element.style.opacity = '0.5'") == {"visible": "bad"}
    assert findings("element.style.width = '300px'") == {"width": "bad"}
    assert findings("element.fetchTicket = async () => null") == {"ticket": "bad"}
    alone = "const bare = frame.cloneNode(); bare.width = 900; element.replaceWith(bare);"
    assert findings(alone) == {"script": "bad", "ticket": "bad"}
    page.goto(f"{host.portal.url}/embed/check?client=acme&origin={host.url}/settings")
    assert "Its origin" in page.locator("[data-verdict=bad]").inner_text()
    page.get_by_label("Is this one of them?").fill(host.url)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("[data-verdict=good]")).to_contain_text("is registered for acme")

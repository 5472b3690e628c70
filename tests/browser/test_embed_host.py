"""The example application, its server and the element, with a real portal inside its page."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import Frame, Locator, Page, expect

from tests.browser.example_host import Host, running_host, sign_in
from tests.browser.measure import WIDE, keep_pictures, problems_of
from tests.browser.readings import Reader, compare
from tests.browser.two_sites import FOCUSED
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox

APP, SMS = "SOFTWARE_TOKEN_MFA", "SMS_MFA"
SEEN_FOR_MS = 700


@pytest.fixture(scope="module")
def host(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    with running_host(sandbox, tmp_path_factory.mktemp("host")) as started:
        yield started


def press(wanted: Locator) -> None:
    """Press it by keyboard, as late as a person could who has to find it first.

    Chromium drops what is clicked in a frame that has just moved or grown, and the portal refuses
    what it has not seen to be visible yet: its own look at it is one of every 100 ms, and later on
    a busy machine.
    """
    wanted.evaluate(
        """(element, later) => new Promise((done) => new IntersectionObserver(([entry]) => {
             if (entry.isVisible) setTimeout(done, later);
           }, { trackVisibility: true, delay: 100 }).observe(element))""",
        SEEN_FOR_MS,
    )
    wanted.press("Enter")


MOST_STOPS = 60


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
def guest(new_context: Any, sandbox: Sandbox, host: Host) -> Iterator[Guest]:
    """Sign somebody in at the example, with name, password and the code it asks for.

    No script of the page or of a frame may fail meanwhile.
    """
    people = People(sandbox, host.portal.pool_id)
    ella = people.make(phone=True, app=True, on=(APP, SMS), preferred=APP)
    context = new_context(viewport={"width": 1000, "height": 2600}, timezone_id="Asia/Kolkata")
    page = context.new_page()
    seen: list[str] = []
    failed: list[str] = []
    context.on("weberror", lambda error: failed.append(str(error.error)))
    page.on("request", lambda request: seen.append(f"{request.url} {request.headers}"))
    page.on("console", lambda message: seen.append(message.text))
    sign_in(page, host, ella)
    yield Guest(page, people, ella, seen)
    assert failed == []


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


def test_the_next_page_is_seen_from_its_top(guest: Guest):
    """(A11-06, EMB-24) on a phone, where it is the host's page that scrolls; and nobody else's."""
    page = guest.page
    frame = guest.inner
    page.set_viewport_size({"width": 390, "height": 844})
    last = frame.get_by_role("link", name="What happened").last
    last.scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")
    assert scrolled > 844
    press(last)
    expect(frame.locator("h1")).to_have_text("What happened")
    expect(frame.locator(".frame-header")).to_be_in_viewport()
    page.wait_for_function("(before) => scrollY < before", arg=scrolled)
    box = page.locator("mfa-portal").bounding_box()
    assert box
    assert box["y"] > -100
    # Whoever is elsewhere on the host's page stays where they are.
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    page.get_by_role("button", name="Sign out").evaluate("(e) => e.focus({ preventScroll: true })")
    stays = page.evaluate("scrollY")
    assert stays > 0
    frame.evaluate("location.reload()")
    page.wait_for_timeout(1500)
    assert page.evaluate("scrollY") == stays


@pytest.mark.parametrize("locale", ["", "de-CH"])
def test_times_in_the_frame_are_the_readers(guest: Guest, locale: str):
    """(WEB-17) of this device's zone, whether or not the host names a language."""
    expect(guest.inner.locator(".frame-footer time").first).not_to_contain_text("UTC")
    guest.page.evaluate("(tag) => { document.querySelector('mfa-portal').locale = tag }", locale)
    if locale:  # the page within is loaded again, in that language
        expect(guest.inner.locator("html")).to_have_attribute("lang", "de")
    press(guest.inner.locator("a[href$='/activity/']").first)
    expect(guest.inner.locator("time[data-local-time=full]").first).to_be_visible()
    shown = guest.inner.locator("time[data-local-time=full]").first
    at = guest.inner.evaluate(
        "(iso) => new Date(iso).getMinutes()", shown.get_attribute("datetime")
    )
    expect(shown).to_contain_text(f":{at:02}")


def test_axe_finds_nothing_on_any_page_of_a_frame(guest: Guest, host: Host):
    """(A11-01, A11-04, A11-05, A11-06, EMB-29) light and dark, from 320 px; all say whose it is.

    A11-03: and they are read as somebody has read them.
    """
    guest.told("ready")
    page = guest.page.context.new_page()
    page.set_viewport_size(WIDE)
    found, reader = [], Reader({host.url: "(host)"})
    reader.meet(name=guest.somebody)
    for state in _states_of_a_frame(page, host, guest.somebody):
        reader.read(page, state)
        found += [f"{state}: {problem}" for problem in problems_of(page)]
        keep_pictures(page, f"frame-{state}")
        if page.locator("[data-frame=page], [data-frame=prove]").count():
            expect(page.locator(".frame-header")).to_contain_text(guest.somebody.username)
    assert found == []
    compare("a_frame", reader.readings)


def _press(page: Page, name: str) -> None:
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).click()


def _states_of_a_frame(page: Page, host: Host, somebody: Somebody) -> Iterator[str]:
    """Its pages with the frame's own cookie, each in the whole of a window so that it is measured.

    The frame's pages know no other difference: address, cookie, layout and scripts are the same.
    """
    within = f"{host.portal.url}/embed/in/"
    page.goto(within)
    yield "overview"
    page.goto(f"{within}preference/")
    yield "proof"
    go_on = page.get_by_role("button", name="Continue", exact=True)
    page.get_by_label("Your password").fill("not this one")
    _press(page, "Continue")
    yield "proof-wrong"
    page.get_by_label("Your password").fill(somebody.password)
    _press(page, "Continue")
    yield "proof-code"
    assert somebody.app is not None
    page.locator("input[name=code]").fill(somebody.app.code())
    if go_on.is_visible():
        go_on.click()
    expect(page.locator("h1")).to_have_text("Choose what we ask for")
    yield "preference"
    for address in ("prefer/sms/", "turn-off/sms/", "enrolment/totp/"):
        page.goto(within + address)
        yield address.strip("/").replace("/", "-")
    page.get_by_role("button", name="Show").first.click()
    page.locator("input[name=code]").fill(somebody.app.wrong_code())
    page.locator("main form:has(input[name=code]) button").first.click()
    expect(page.get_by_role("alert")).to_be_visible()
    yield "app-wrong-code"
    others = ("enrolment/sms/", "enrolment/email/", "enrolment/passkeys/", "activity/")
    for address in (*others, "activity/devices/", "activity/sessions/", "nothing-here/"):
        page.goto(within + address)
        yield address.strip("/").replace("/", "-")
    for state, address in (
        ("alone", "?client=acme"),
        ("check", f"check?client=acme&origin={host.url}/"),
        ("check-nobody", "check?client=nobody"),
    ):
        page.goto(f"{host.portal.url}/embed/{address}")
        expect(page.locator("h1:visible")).to_have_count(1)
        # The check looks at one thing after the other, and its text has all of them.
        expect(page.locator("[data-state=waiting]")).to_have_count(0, timeout=20_000)
        yield state
    page.context.clear_cookies(name="mfa-embed")
    page.goto(f"{host.portal.url}/embed/over/")
    yield "over"


def test_the_script_is_the_one_whose_hash_was_printed(guest: Guest, host: Host):
    """(WEB-07) the served file fits its integrity, and is kept for ever."""
    tag = guest.page.locator("script[integrity]")
    address = tag.get_attribute("src")
    assert address
    with urlopen(address) as served:  # noqa: S310  (the portal of this test)
        assert "immutable" in served.headers["Cache-Control"]
        assert served.headers["Access-Control-Allow-Origin"] == "*"
    guest.page.wait_for_function("Boolean(customElements.get('mfa-portal'))")
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


def _stops(page: Page, key: str, last: str) -> list[str]:
    """Where the host's page has the focus after each press, until it is at the last one."""
    stops: list[str] = []
    while len(stops) < MOST_STOPS and last not in stops:
        page.keyboard.press(key)
        stops.append(page.evaluate(FOCUSED))
    return stops


def test_the_keyboard_goes_in_and_out(guest: Guest):
    """(EMB-24) Tab from the host's button into the frame, through it, and on; and back."""
    page = guest.page
    inner = guest.inner
    inner.wait_for_load_state()
    assert page.locator("mfa-portal iframe").get_attribute("title") == "Sign-in settings"
    page.evaluate(
        """() => { const after = document.createElement("button"); after.id = "after";
             document.querySelector("main").append(after); }"""
    )
    before = page.get_by_role("button", name="Sign out")
    before.focus()
    expect(before).to_be_focused()
    walked = _stops(page, "Tab", "after")
    assert walked[0] == "mfa-portal", walked
    assert walked[-1] == "after"
    assert _stops(page, "Shift+Tab", "button")[-1] == "button"
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
    # In a sandbox its script cannot run, with or without leave: the page says so by itself.
    page.goto(host.url)
    guest.told("ready")
    page.evaluate(
        """() => { const frame = document.querySelector("mfa-portal").shadowRoot.firstChild;
             frame.sandbox = "allow-scripts";
             frame.src = frame.src.replace("/embed/", "/embed/check"); }"""
    )
    boxed = page.frame_locator("iframe[src*='/embed/check']")
    expect(boxed.locator("[data-without-script]")).to_contain_text("leave it out")
    expect(boxed.locator("[data-findings]")).to_be_hidden()
    page.goto(f"{host.portal.url}/embed/check?client=acme&origin={host.url}/settings")
    assert "Its origin" in page.locator("[data-verdict=bad]").inner_text()
    page.get_by_label("Is this one of them?").fill(host.url)
    page.get_by_role("button", name="Check").click()
    expect(page.locator("[data-verdict=good]")).to_contain_text("is registered for acme")


def _say(guest: Guest, locale: str | None) -> None:
    guest.page.evaluate("(tag) => { document.querySelector('mfa-portal').locale = tag }", locale)


def test_the_host_changes_the_language_at_once(guest: Guest):
    """(EMB-18) of the page and of the lobby around it, and where they begin; and back again."""
    inner = guest.inner
    lobby = inner.parent_frame
    assert lobby
    assert inner.locator("html").get_attribute("lang") == "en"
    for locale, lang, direction in (
        ("ar", "ar", "rtl"),
        ("de-CH", "de", "ltr"),
        (None, "en", "ltr"),
    ):
        _say(guest, locale)
        for frame in (inner, lobby):
            expect(frame.locator("html")).to_have_attribute("lang", lang)
            expect(frame.locator("html")).to_have_attribute("dir", direction)
    expect(inner.locator("h1")).to_have_text("How you sign in")
    guest.told("ready", 1)


def test_a_language_waits_for_what_is_typed(guest: Guest):
    """(EMB-18) and for a page that answers it; the next one has it."""
    frame = guest.inner
    press(frame.get_by_role("link", name="Choose what we ask for").first)
    password = frame.get_by_label("Your password")
    password.fill("not this one")
    _say(guest, "ar")
    guest.page.wait_for_timeout(1500)
    expect(frame.locator("html")).to_have_attribute("lang", "en")
    expect(password).to_have_value("not this one")
    press(frame.get_by_role("button", name="Continue", exact=True))
    html = frame.locator("html[lang=ar][dir=rtl][data-answer]")
    html.wait_for()
    _say(guest, "de")
    guest.page.wait_for_timeout(1500)
    expect(html).to_have_count(1)
    press(frame.locator("main form a.button-quiet"))
    expect(frame.locator("html")).to_have_attribute("lang", "de")

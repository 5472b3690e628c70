"""The end of a session in front of a person: a warning in time, a key to stay, no surprise."""

import re

from playwright.sync_api import Locator, Route, expect

from tests.browser.conftest import Visit
from tests.browser.visitor import Visitor

UNTIL_WARNING_MS = 13 * 60 * 1000 + 2000
SECONDS = re.compile(r"in (\d+) seconds")


def _warned(visit: Visit, **options: object) -> Visitor:
    """Somebody who has done nothing for thirteen minutes."""
    nora = visit(**options)
    nora.page.clock.install()
    nora.sign_in()
    nora.page.clock.fast_forward(UNTIL_WARNING_MS)
    return nora


def test_a_warning_comes_two_minutes_before_the_end(visit: Visit):
    """SES-03, A11-07, A11-08: said aloud, with the focus on what helps, and usable by keyboard."""
    nora = _warned(visit)
    dialog = nora.page.get_by_role("alertdialog", name="You will be signed out soon")
    expect(dialog).to_be_visible()
    expect(dialog).to_have_accessible_description(
        "Nothing has happened here for a while, so you will be signed out in 2 minutes. "
        "What you have typed would be lost."
    )
    expect(nora.button("Stay signed in")).to_be_focused()
    with nora.page.expect_response("**/session/stay/") as answer:
        nora.page.keyboard.press("Enter")
    assert answer.value.status == 200
    expect(dialog).not_to_be_visible()
    # By the clock of British English, as when the page came.
    expect(nora.page.locator("[data-session-until] time")).to_have_text(re.compile(r"^\d\d:\d\d$"))
    nora.page.clock.fast_forward(UNTIL_WARNING_MS)
    expect(dialog).to_be_visible()


def test_the_warning_can_be_closed_and_what_was_typed_stays(visit: Visit):
    """SES-03, A11-08: Escape closes it; the page behind is as it was."""
    nora = visit({"phone": True})
    nora.page.clock.install()
    nora.sign_in()
    nora.open("/enrolment/sms/")
    nora.write("Phone number", "07400 123456")
    nora.page.clock.fast_forward(UNTIL_WARNING_MS)
    dialog = nora.page.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    nora.page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
    expect(nora.field("Phone number")).to_have_value("07400 123456")


def test_the_seconds_of_the_last_minute_are_shown_and_every_twentieth_is_spoken(visit: Visit):
    """SES-03, A11-07: whoever sees has the exact time; whoever listens is not talked over."""
    nora = _warned(visit)
    shown, spoken = _told(nora, "text"), _told(nora, "spoken")
    expect(shown).to_contain_text("in 2 minutes")
    nora.page.clock.pause_at(nora.page.evaluate("Date.now() / 1000") + 65)
    first = _seconds_of(shown)
    assert 43 < first < 60
    expect(spoken).to_contain_text("in 60 seconds")
    nora.page.clock.run_for(3000)
    assert _seconds_of(shown) == first - 3
    expect(spoken).to_contain_text("in 60 seconds")
    nora.page.clock.run_for(17_000)
    expect(spoken).to_contain_text("in 40 seconds")


def _told(visitor: Visitor, how: str) -> Locator:
    return visitor.page.locator(f"[data-session-{how}]")


def _seconds_of(text: Locator) -> int:
    expect(text).to_contain_text(SECONDS)
    found = SECONDS.search(text.text_content() or "")
    assert found
    return int(found[1])


def test_one_can_sign_out_in_the_warning(visit: Visit):
    """SES-03, SES-05: whoever has finished need not close it first."""
    nora = _warned(visit)
    dialog = nora.page.get_by_role("alertdialog")
    expect(dialog).to_be_visible()
    nora.page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Sign out")).to_be_focused()
    with nora.page.expect_navigation():
        nora.page.keyboard.press("Enter")
    assert nora.heading == "Sign in"
    nora.page.go_back()
    assert nora.heading == "Sign in"


def test_where_nothing_prolongs_it_enter_signs_nobody_out(visit: Visit):
    """SES-03: the focus is on what changes nothing, since a key may be on its way."""
    nora = visit()
    nora.page.clock.install()
    nora.sign_in()
    nora.page.route("**/preference/", _as_in_the_last_minutes)
    nora.open("/preference/")
    nora.page.clock.fast_forward(UNTIL_WARNING_MS)
    dialog = nora.page.get_by_role("alertdialog")
    expect(dialog).to_have_accessible_description(re.compile("as long as is allowed"))
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()


def _as_in_the_last_minutes(route: Route) -> None:
    """The page as the portal draws it where twelve hours are nearly over, which no test waits."""
    answer = route.fetch()
    page = re.sub(r"<button[^>]*data-session-extend.*?</button>", "", answer.text())
    route.fulfill(
        response=answer, body=page.replace("data-session data-", "data-session data-final data-")
    )


def test_the_end_shows_nothing_of_the_person(visit: Visit):
    """SES-03, SES-05, WEB-07: the page leaves by itself; back shows the sign-in, not the page."""
    nora = _warned(visit)
    nora.page.context.clear_cookies(name="mfa-session")
    with nora.page.expect_navigation():
        nora.page.clock.fast_forward(3 * 60 * 1000)
    assert nora.heading == "Sign in"
    nora.page.go_back()
    assert nora.heading == "Sign in"
    assert nora.somebody.username not in nora.page.content()


def test_without_script_the_page_says_until_when_and_a_button_extends_it(visit: Visit):
    """SES-03, WEB-17."""
    nora = visit(java_script_enabled=False)
    nora.sign_in()
    expect(nora.page.get_by_text("You are signed in until")).to_be_visible()
    nora.press("Stay signed in longer")
    assert "How you sign in" in nora.heading
    nora.press("End now")
    assert "Changes are closed." in nora.words
    expect(nora.page.get_by_text("You can make changes until")).to_have_count(0)


def test_the_back_button_shows_nothing_after_signing_out_everywhere(visit: Visit):
    """SES-05, WEB-07."""
    nora = visit()
    nora.sign_in()
    nora.follow("Sign out everywhere")
    nora.press("Sign out everywhere")
    assert nora.heading == "Sign in"
    nora.page.go_back()
    assert nora.heading == "Sign in"
    assert nora.somebody.username not in nora.page.content()

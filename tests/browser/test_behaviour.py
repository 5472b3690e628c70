"""What script and browser add to a page: comfort, never a way that is the only one."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit
from tests.browser.measure import BARE
from tests.browser.visitor import Visitor
from tests.marked_words import BEGIN, END, unmarked
from tests.people import App

TOTP, SMS, EMAIL = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
# What both presses may end on: the receipt, or that the first one has already changed it.
AFTER_SAVING = re.compile("Saved|Something changed")
SCRIPT = pytest.mark.parametrize("script", [True, False], ids=["script", "script-off"])


def test_the_copy_button_copies_the_key(visit: Visit):
    """A11-02: nothing must be copied by eye; the app's own link holds the same key."""
    nora = visit(permissions=["clipboard-read", "clipboard-write"])
    app = _begin_an_app(nora)
    nora.button("Copy the key").click()
    expect(nora.page.get_by_text("Copied", exact=True)).to_be_visible()
    assert nora.page.evaluate("navigator.clipboard.readText()") == app.secret
    link = nora.link("Add it on this device").get_attribute("href")
    assert link is not None
    assert f"secret={app.secret}" in link


def test_a_pasted_code_loses_its_spaces(visit: Visit):
    """A11-02: paste works, also as an e-mail or an app shows the code."""
    nora = visit(permissions=["clipboard-read", "clipboard-write"])
    _begin_an_app(nora)
    nora.page.evaluate("navigator.clipboard.writeText(' 123 456 ')")
    nora.field("Six-digit code").focus()
    nora.page.keyboard.press("Control+V")
    expect(nora.field("Six-digit code")).to_have_value("123456")


def test_a_typed_code_keeps_only_digits(visit: Visit):
    """A11-03: one field, with the numeric keyboard and the system's own suggestion."""
    nora = visit()
    _begin_an_app(nora)
    field = nora.field("Six-digit code")
    field.press_sequentially("12-34 56")
    expect(field).to_have_value("123456")
    expect(field).to_have_attribute("inputmode", "numeric")
    expect(field).to_have_attribute("autocomplete", "one-time-code")


def _begin_an_app(visitor: Visitor) -> App:
    visitor.sign_in()
    visitor.open("/enrolment/totp/")
    visitor.press("Show the QR code")
    return visitor.read_key()


def test_whoever_proves_themselves_types_and_presses_enter(visit: Visit):
    """A11-08: the page begins in its one field, behind the name that only a manager reads."""
    nora = visit()
    nora.sign_in()
    nora.open("/confirm/")
    expect(nora.field("Your password")).to_be_focused()
    nora.page.keyboard.type(nora.somebody.password)
    nora.page.keyboard.press("Enter")
    nora.page.wait_for_url(f"{nora.portal.url}/")


def test_another_code_can_be_asked_for_once_the_wait_is_over(visit: Visit):
    """A11-07: the seconds are shown, and the end is said."""
    nora = visit({"phone": True, "phone_verified": False})
    nora.page.clock.install()
    nora.sign_in()
    nora.open("/enrolment/sms/")
    nora.press("Send a code")
    again = nora.button("Send another code")
    expect(again).to_have_attribute("aria-disabled", "true")
    expect(nora.page.get_by_text("You can ask for another code in")).to_be_visible()
    nora.page.clock.fast_forward(31_000)
    expect(again).not_to_have_attribute("aria-disabled", "true")
    expect(nora.page.get_by_role("status").filter(has_text="now")).to_have_count(1)


def test_an_early_request_for_another_code_is_answered_by_the_server(visit: Visit):
    """OTP-11, WEB-17: without script the wait holds as well, and is said."""
    nora = visit({"phone": True, "phone_verified": False}, java_script_enabled=False)
    nora.sign_in()
    nora.open("/enrolment/sms/")
    nora.press("Send a code")
    nora.press("Send another code")
    assert "You can ask for another code in" in nora.words
    assert len(nora.sandbox.inbox(nora.somebody.phone)) == 1


def test_the_summary_of_errors_gets_the_focus_and_leads_to_the_field(visit: Visit):
    """A11-07: errors are text, in the title, in a summary and beside the field."""
    nora = visit()
    nora.open("/sign-in/")
    nora.press("Sign in")
    assert unmarked(nora.page.title()).startswith("Error: ")
    expect(nora.page.locator(".error-summary")).to_be_focused()
    nora.page.get_by_role("link", name="Enter your password.").click()
    expect(nora.field("Password")).to_be_focused()
    expect(nora.field("Password")).to_have_attribute("aria-invalid", "true")
    expect(nora.field("Password")).to_have_accessible_description("Error: Enter your password.")


def test_the_first_field_has_the_focus_where_there_is_nothing_to_read_first(visit: Visit):
    """A11-02: a code can be typed at once."""
    ella = visit({"phone": True, "on": (SMS,)})
    ella.open("/sign-in/")
    expect(ella.field("Username")).to_be_focused()
    ella.give_password()
    expect(ella.field("Six-digit code")).to_be_focused()


def test_the_back_button_shows_nothing_after_signing_out(visit: Visit):
    """SES-05, WEB-07: no page of the person comes back out of the browser's memory."""
    nora = visit()
    nora.sign_in()
    assert "How you sign in" in nora.heading
    nora.sign_out()
    nora.page.go_back()
    assert nora.heading == "Sign in"
    assert nora.somebody.username not in nora.page.content()


@SCRIPT
def test_a_double_click_makes_one_change(visit: Visit, script: bool):
    """RES-05: the same form twice has one effect."""
    ella = visit({"phone": True, "on": (SMS, EMAIL), "preferred": SMS}, java_script_enabled=script)
    ella.sign_in()
    ella.open("/preference/")
    ella.choose("E-mail", "Which one shall we ask for first?")
    ella.sandbox.forget_calls()
    # The second press may break off the way to the first answer: only what is read at last counts.
    ella.button("Save").dblclick(no_wait_after=True)
    expect(ella.page.locator("main")).to_contain_text(AFTER_SAVING)
    assert ella.sandbox.count_calls()["SetUserMFAPreference"] == 1
    assert ella.people.preferred(ella.somebody) == EMAIL


def test_a_button_can_be_pressed_again_after_going_back(visit: Visit):
    """RES-05: what rests after a press must not rest for ever."""
    ella = visit({"phone": True, "on": (SMS, EMAIL)})
    ella.sign_in()
    ella.open("/preference/")
    ella.press("Save")
    ella.page.go_back()
    expect(ella.button("Save")).to_be_enabled()


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_the_scheme_of_the_system_is_followed(visit: Visit, scheme: str, is_dark: bool):
    """A11-05: light and dark; the picture to scan stays dark on white in both."""
    nora = visit(color_scheme=scheme)
    app = _begin_an_app(nora)
    assert (_brightness(nora.page) < 64) is is_dark
    assert nora.scan().secret == app.secret


def _brightness(page: Page) -> float:
    """Of the ground of the page, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    parts = [float(part) for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    return sum(parts) / len(parts)


def test_times_are_those_of_the_reader(visit: Visit):
    """Until when changes are open stands in the reader's zone, and goes when it is over."""
    nora = visit(timezone_id="Asia/Kolkata")
    nora.page.clock.install()
    nora.sign_in()
    nora.open("/enrolment/totp/")
    shown = nora.page.locator(".changes-until time")
    here = nora.page.evaluate(
        "(iso) => new Date(iso).toTimeString().slice(0, 5)",
        shown.get_attribute("datetime"),
    )
    expect(shown).to_have_text(here)
    nora.page.clock.fast_forward("05:01")
    expect(shown).to_have_count(0)


@pytest.mark.parametrize("width", [360, 390, 412])
def test_nothing_jumps_when_times_become_those_of_the_reader(visit: Visit, width: int):
    """What the server wrote, with its zone, takes no line more than what the script writes."""
    nora = visit(viewport={"width": width, "height": 800})
    nora.sign_in()
    nora.open("/enrolment/totp/")
    as_read = _top_of_the_heading(nora.page)
    nora.page.locator(".changes-until time").evaluate("shown => shown.append(' UTC')")
    assert _top_of_the_heading(nora.page) == as_read


def test_until_when_one_can_make_changes_takes_one_line_on_a_phone(visit: Visit):
    """Also where the time of day is written at its longest."""
    nora = visit(viewport={"width": 390, "height": 800})
    nora.sign_in()
    nora.open("/enrolment/totp/")
    nora.page.evaluate(BARE, [True, BEGIN, END])
    said = nora.page.locator(".changes-until > span")
    said.locator("time").evaluate("time => { time.textContent = '10:58\u202fPM'; }")
    height, line = said.evaluate(
        "said => [said.offsetHeight, parseFloat(getComputedStyle(said).lineHeight)]"
    )
    assert round(height / line) == 1


def _top_of_the_heading(page: Page) -> float:
    box = page.locator("h1").bounding_box()
    assert box is not None
    return box["y"]

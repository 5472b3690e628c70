"""By keyboard alone, where no other file goes without a mouse: after each page, where one is."""

import re
from dataclasses import dataclass, field

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.portal_process import Portal
from tests.browser.visitor import MOST_TABS, KeyboardVisitor
from tests.journeys.steps import APP, SMS
from tests.marked_words import unmarked

TOP, ERRORS, MESSAGES, CODE = "the top", "the errors", "the messages", "Six-digit code"
AFTER_THE_WAIT_MS = 31_000

WHERE_IT_BEGINS = """() => {
  const element = document.activeElement;
  if (element === document.body) return 'the top';
  if (element.matches('[data-error-summary]')) return 'the errors';
  if (element.matches('[data-messages]')) return 'the messages';
  return element.labels?.[0]?.textContent.trim() ?? element.outerHTML.slice(0, 120);
}"""
# False once Tab leads to where it was: it went round, by way of the browser's own bars.
IS_NEW_STOP = """() => {
  const element = document.activeElement;
  window.stops ??= new Set();
  if (window.stops.has(element)) return false;
  if (element !== document.body) window.stops.add(element);
  return true;
}"""
# Of radio buttons of one name, Tab leads to one.
NOT_REACHED = """() => {
  const all = 'a[href], button, input, select, textarea, summary, [tabindex="0"]';
  const names = new Set([...window.stops].map((each) => each.type === 'radio' && each.name));
  return [...document.querySelectorAll(all)]
    .filter((each) => each.checkVisibility() && !each.disabled && each.type !== 'hidden')
    .filter((each) => !window.stops.has(each) && !(each.type === 'radio' && names.has(each.name)))
    .map((each) => each.outerHTML.slice(0, 120));
}"""
# Whether something lies over all of what has the focus, or over all of its row.
IS_COVERED = """() => {
  const element = document.activeElement;
  if (element === document.body) return false;
  const places = [element, element.closest('.option')].filter(Boolean);
  return !places.some((each) => [...each.getClientRects()].some((line) =>
    [0.1, 0.5, 0.9].some((share) => each.contains(document.elementFromPoint(
      line.left + line.width * share, line.top + line.height * share)))));
}"""
IS_BEFORE_THE_FIRST = """() =>
  [document.body, [...window.stops].at(-1)].includes(document.activeElement)"""


@dataclass
class Careful(KeyboardVisitor):
    """Looks where each page begins, and goes round it once, forward to the end and a step back."""

    rounds: set[str] = field(default_factory=set)

    def arrived(self, heading: str, begins: str = TOP) -> None:
        assert self.heading == heading
        assert unmarked(self.page.evaluate(WHERE_IT_BEGINS)) == begins
        assert self.page.evaluate("scrollY") == 0 or begins != TOP
        if heading not in self.rounds:
            self.rounds.add(heading)
            self._go_round()

    def press_one_that_begins(self, words: str) -> None:
        """A button that names the thing it is about behind its own words."""
        self._enter("button", words)

    def follow_one_that_begins(self, words: str) -> None:
        self._enter("link", words)

    def tick(self, label: str) -> None:
        self._reach(self.field(label))
        self.page.keyboard.press("Space")
        assert self.field(label).is_checked()

    def arrive_by_name_and_trust(self) -> None:
        """Sign in where the name comes first, and let this browser be trusted."""
        self.open("/")
        self.write("Username", self.somebody.username)
        self.press("Continue")
        self.write("Password", self.somebody.password)
        self.press("Sign in")
        self.tick("Trust this browser")
        self.give_code(self.fresh_code())
        self.press("Continue")

    def _enter(self, role: str, words: str) -> None:
        kind = "link" if role == "link" else "button"
        self._reach(self.page.get_by_role(kind, name=re.compile(f"^{words}")).first)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def pick(self, option: str, label: str) -> None:
        """From the top of the list down."""
        self._reach(self.field(label))
        self.page.keyboard.press("Home")
        super().pick(option, label)

    def _tab(self) -> None:
        super()._tab()
        assert not self.page.evaluate(IS_COVERED)

    def _go_round(self) -> None:
        for _ in range(MOST_TABS):
            self._tab()
            if not self.page.evaluate(IS_NEW_STOP):
                break
        assert self.page.evaluate(NOT_REACHED) == []
        self.page.keyboard.press("Shift+Tab")
        assert self.page.evaluate(IS_BEFORE_THE_FIRST)


def _sit_down(visit: Visit, person: dict[str, object], **options: Portal) -> Careful:
    visitor = visit(person, kind=Careful, **options)
    assert isinstance(visitor, Careful)
    return visitor


def test_a_method_is_turned_off_and_on_again(visit: Visit):
    """A11-04, A11-08: its number is still the account's, so no code is needed."""
    nora = _sit_down(visit, {"phone": True, "app": True, "on": (APP, SMS), "preferred": APP})
    nora.sign_in()
    nora.arrived("How you sign in")
    nora.follow("Turn off text message")
    nora.arrived("Turn off text message?")
    nora.press("Turn off text message")
    nora.arrived("Saved")
    assert nora.people.on(nora.somebody) == {APP}
    nora.follow("Done")
    nora.follow_one_that_begins("Turn on text message|Set up text message")
    nora.arrived("Codes by text message")
    nora.press("Turn on")
    nora.arrived("Text message is on")
    assert nora.people.on(nora.somebody) == {APP, SMS}


def test_trust_ends_and_so_do_all_sessions(visit: Visit, choosing_portal: Portal):
    """A11-04, A11-08: of one device, of all of them, and everywhere at once."""
    nora = _sit_down(visit, {"app": True, "on": (APP,)}, at=choosing_portal)
    nora.arrive_by_name_and_trust()
    nora.follow("Trusted devices")
    nora.arrived("Trusted devices")
    nora.press_one_that_begins("Stop trusting")
    nora.arrived("Trusted devices", MESSAGES)
    nora.press("Forget all devices")
    nora.arrived("Trusted devices", MESSAGES)
    assert "No device is known yet." in nora.words
    nora.follow("Sign out everywhere")
    nora.arrived("Sign out everywhere?")
    nora.press("Sign out everywhere")
    nora.arrived("Sign in", MESSAGES)


def test_what_happened_is_filtered_and_denied(visit: Visit):
    """A11-04, A11-08: from the list to an account that is secured."""
    nora = _sit_down(visit, {"app": True, "on": (APP,)})
    nora.sign_in()
    nora.follow("Recovery codes")
    nora.press("Make recovery codes")
    nora.press("I have kept them")
    nora.follow("How you sign in")
    nora.follow("What happened")
    nora.arrived("What happened")
    nora.pick("Changes", "Show")
    nora.press("Show")
    nora.arrived("What happened")
    nora.follow_one_that_begins("This was not me")
    nora.arrived("Was this not you?")
    nora.press("This was not me: secure the account")
    nora.arrived("The account is secured")


def test_text_messages_are_set_up(visit: Visit):
    """A11-04, A11-07, A11-08: with a slip, a wait, and a code that is asked for too early."""
    nora = _sit_down(visit, {})
    nora.sign_in()
    nora.follow("Set up text message")
    nora.arrived("Codes by text message")
    nora.write("Phone number", "12")
    nora.press("Send me a code")
    nora.arrived("Codes by text message", ERRORS)
    nora.pick("Choose", "Country")
    nora.pick("United Kingdom", "Country")
    nora.write("Phone number", nora.somebody.phone.replace("+44", "0"))
    nora.press("Send me a code")
    nora.arrived("Enter the code", CODE)
    nora.page.clock.install()
    nora.page.clock.fast_forward(AFTER_THE_WAIT_MS)
    # The page looks at its clock four times a second.
    expect(nora.page.locator("button[aria-disabled]")).to_have_count(0)
    nora.press("Send another code")
    nora.arrived("Enter the code", MESSAGES)
    nora.give_code(nora.fresh_code())
    nora.press("Turn on")
    nora.arrived("Text message is on")
    assert nora.people.on(nora.somebody) == {SMS}


def test_an_address_and_a_language_are_changed(visit: Visit):
    """A11-04, A11-07, A11-08."""
    nora = _sit_down(visit, {})
    nora.sign_in()
    nora.follow("Your e-mail address")
    nora.arrived("Your e-mail address")
    nora.somebody.email = f"new-{nora.somebody.email}"
    nora.write("E-mail address", nora.somebody.email)
    nora.press("Send me a code")
    nora.arrived("Enter the code", CODE)
    nora.give_code("12")
    nora.press("Confirm")
    nora.arrived("Enter the code", ERRORS)
    nora.give_code(nora.fresh_code())
    nora.press("Confirm")
    nora.arrived("Saved")
    nora.follow("Done")
    nora.follow_one_that_begins("Language")
    nora.arrived("Language")
    nora.press("Deutsch")
    assert nora.page.locator("html").get_attribute("lang") == "de"

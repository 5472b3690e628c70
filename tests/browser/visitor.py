"""A person in front of a real browser: reads words, presses buttons, writes into fields."""

from dataclasses import dataclass
from urllib.parse import urlsplit

import cv2
import numpy
import pyotp
from playwright.sync_api import Locator, Page

from tests.browser.portal_process import Portal
from tests.marked_words import unmarked
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox

# A page has fewer stops than this; who presses Tab more often goes in circles.
MOST_TABS = 60


@dataclass
class Visitor:
    """One person, one page, one portal; everything by the words that stand on the page."""

    page: Page
    portal: Portal
    people: People
    somebody: Somebody

    @property
    def sandbox(self) -> Sandbox:
        return self.people.sandbox

    @property
    def heading(self) -> str:
        return unmarked(self.page.locator("h1").inner_text()).strip()

    @property
    def path(self) -> str:
        return urlsplit(self.page.url).path

    @property
    def words(self) -> str:
        return " ".join(unmarked(self.page.locator("main").inner_text()).split())

    def open(self, path: str = "/") -> None:
        self.page.goto(self.portal.url + path)

    def field(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def link(self, name: str) -> Locator:
        """The first link of this name: two may lead to the same page."""
        return self.page.get_by_role("link", name=name, exact=True).first

    def write(self, label: str, text: str) -> None:
        self.field(label).fill(text)

    def press(self, name: str) -> None:
        """Press a button that leads to the next page."""
        with self.page.expect_navigation():
            self.button(name).click()

    def follow(self, name: str) -> None:
        with self.page.expect_navigation():
            self.link(name).click()

    def follow_first(self, words: str) -> None:
        """Of several links that say more than these words, each of its own thing, the first."""
        with self.page.expect_navigation():
            self.page.get_by_role("link", name=words).first.click()

    def choose(self, option: str, question: str) -> None:
        """Choose among a question's answers, wherever on its row one would tap."""
        self.page.get_by_role("group", name=question).get_by_text(option, exact=True).click()

    def unfold(self, summary: str) -> None:
        self.page.locator("summary", has_text=summary).click()

    def sign_in(self, at: str = "/") -> None:
        """Sign in with name, password and whatever the account asks for."""
        self.open(at)
        self.give_password()
        self.answer_challenges()

    def give_password(self) -> None:
        self.write("Username", self.somebody.username)
        if not self.field("Password").count():
            self.press("Continue")
        self.write("Password", self.somebody.password)
        self.press("Sign in")

    def answer_challenges(self) -> None:
        if self.path == "/sign-in/choose/":
            self.choose_way("app" if self.somebody.app else "text message")
        if self.path == "/sign-in/code/":
            self.give_code(self.fresh_code())
            self.press("Continue")

    def choose_way(self, way: str) -> None:
        words = "A code from my authenticator app" if way == "app" else f"A code by {way}"
        self.choose(words, "Choose how")
        self.press("Continue")

    def give_code(self, code: str) -> None:
        self.write("Six-digit code", code)

    def fresh_code(self) -> str:
        """The code from wherever this page says that it is."""
        words = self.words
        if "authenticator app" in words:
            assert self.somebody.app is not None
            return self.somebody.app.code()
        by_text = "text message" in words
        return self.sandbox.newest_code(self.somebody.phone if by_text else self.somebody.email)

    def scan(self) -> App:
        """Point a camera at the screen: the app knows only what a picture of the page shows."""
        picture = numpy.frombuffer(self.page.screenshot(full_page=True), numpy.uint8)
        # The other detector of OpenCV misses one sharp picture in fifty.
        camera = cv2.QRCodeDetectorAruco()
        read, *_ = camera.detectAndDecode(cv2.imdecode(picture, cv2.IMREAD_COLOR))
        return App(pyotp.parse_uri(read).secret)

    def read_key(self) -> App:
        """Copy the key by eye, out of its groups of four."""
        self.unfold("I cannot scan it")
        return App("".join(self.page.locator(".key-text span").all_inner_texts()))

    def sign_out(self) -> None:
        self.press("Sign out")


class KeyboardVisitor(Visitor):
    """Somebody without a mouse: Tab until it is reached, then Enter, space or the arrows."""

    def write(self, label: str, text: str) -> None:
        self._reach(self.field(label))
        self.page.keyboard.press("Control+A")
        self.page.keyboard.type(text)

    def press(self, name: str) -> None:
        self._reach(self.button(name))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def follow(self, name: str) -> None:
        self._reach(self.link(name))
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")

    def choose(self, option: str, question: str) -> None:
        group = self.page.get_by_role("group", name=question)
        wanted = group.get_by_role("radio", name=option)
        self._reach(group.locator("input:checked, input:not(:checked)"))
        self.page.keyboard.press("Space")
        for _ in range(group.get_by_role("radio").count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {option!r}")

    def pick(self, option: str, label: str) -> None:
        """Walk down a list until one that begins so."""
        self._reach(self.field(label))
        chosen = "list => list.selectedOptions[0].textContent"
        for _ in range(self.field(label).locator("option").count()):
            if unmarked(self.field(label).evaluate(chosen)).strip().startswith(option):
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"the arrows do not lead to {option!r}")

    def unfold(self, summary: str) -> None:
        self._reach(self.page.locator("summary", has_text=summary))
        self.page.keyboard.press("Enter")

    def _reach(self, wanted: Locator) -> None:
        for _ in range(MOST_TABS):
            if wanted.evaluate_all("them => them.includes(document.activeElement)"):
                return
            self._tab()
        raise AssertionError(f"Tab does not lead to {wanted} on {self.page.url}")

    def _tab(self) -> None:
        self.page.keyboard.press("Tab")
        unseen = self.page.evaluate(FOCUS_NOT_SEEN)
        assert not unseen, f"the focus cannot be seen on {unseen}"


# Empty where the focus is seen: an outline of 2 px or more on it or on its row, on the screen.
FOCUS_NOT_SEEN = """() => {
  const element = document.activeElement;
  if (element === document.body) return '';
  const drawn = [element, element.closest('.option')].filter(Boolean).some((each) => {
    const style = getComputedStyle(each);
    return style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
  });
  const box = element.getBoundingClientRect();
  const shown = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  return drawn && shown ? '' : element.outerHTML.slice(0, 120);
}"""

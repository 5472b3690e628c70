"""Somebody in front of an application's page that embeds the portal by its element."""

import json
import string
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

from tests.browser.two_sites import TwoSites
from tests.people import People, Somebody

PAGE = string.Template("""<!doctype html><html lang="en"><meta charset="utf-8"><title>A host</title>
<style>
  main { position: relative }
  #bait { position: absolute; inset: 0; background: #fff; pointer-events: none; visibility: hidden }
</style>
$script
<main><h1>Our app</h1>$element<p id="bait">Win a prize</p></main>
<script>
const element = document.querySelector("mfa-portal");
const tickets = $tickets;
window.events = [];
for (const type of $types) {
  element.addEventListener(type, ({ detail }) => window.events.push({ type, ...detail }));
}
element.fetchTicket = async () => tickets.shift() ?? null;
</script></html>""")
# As late as a person could press: Chromium looks every 100 ms whether a button can be seen, and
# drops clicks on a frame that has just moved.
UNMOVED_SECONDS = 0.7
ANSWERS_WITHIN_SECONDS = 60
Found = TypeVar("Found")


@dataclass
class Guest:
    """One person, and one engine. client: `near` or `far`."""

    driver: WebDriver
    sites: TwoSites
    pool: People
    somebody: Somebody

    def visit(self, client: str, types: list[str], page: str = "overview") -> None:
        """Open the application's page, with one ticket in it."""
        script, element = self.sites.snippet(client).splitlines()
        ticket = self.sites.ticket(client, self.pool.access_token(self.somebody), page)
        path = f"/{len(self.sites.pages)}"
        self.sites.pages[path] = PAGE.substitute(
            script=script, element=element, types=json.dumps(types), tickets=json.dumps([ticket])
        )
        self.driver.get(self.sites.origin_of(client) + path)

    # --- where one is -------------------------------------------------------------------------

    def to_host(self) -> None:
        self.driver.switch_to.default_content()

    def to_lobby(self) -> None:
        self.to_host()
        find = "return document.querySelector('mfa-portal').shadowRoot.querySelector('iframe')"
        self.driver.switch_to.frame(self.driver.execute_script(find))

    def to_page(self, heading: str) -> None:
        """Into the page within the frame, once it is the one with this heading."""

        def go() -> bool:
            self.to_lobby()
            self.driver.switch_to.frame(self._one("iframe[data-pages]"))
            return self._one("h1").text == heading

        self.wait(go, heading)

    def to_new_window(self, press: Callable[[], None]) -> None:
        before = set(self.driver.window_handles)
        press()
        opened = self.wait(lambda: set(self.driver.window_handles) - before, "a window")
        self.driver.switch_to.window(opened.pop())

    # --- what one does and sees ---------------------------------------------------------------

    def press(self, words: str) -> None:
        """A link or a button with these words."""
        found = self.named(words)
        time.sleep(UNMOVED_SECONDS)
        found.click()

    def prefer(self, factor: str) -> None:
        """Choose what is asked for first, and save it."""
        # A person presses the words beside the circle, which is under them.
        field = f"input[name=preferred][value={factor}] ~ label"
        self.wait(lambda: self._one(field), field)
        time.sleep(UNMOVED_SECONDS)
        self._one(field).click()
        self.press("Save")

    def named(self, words: str) -> WebElement:
        path = f"//*[self::a or self::button][contains(normalize-space(), '{words}')]"

        def look() -> WebElement | None:
            shown = [each for each in self.driver.find_elements(By.XPATH, path) if _is_shown(each)]
            return shown[0] if shown else None

        return self.wait(look, words)

    def type(self, selector: str, text: str) -> None:
        self.wait(lambda: self._one(selector), selector).send_keys(text)

    def has(self, selector: str) -> bool:
        return bool(self.driver.find_elements(By.CSS_SELECTOR, selector))

    def text(self, selector: str) -> str:
        return self._one(selector).text

    def prove(self) -> None:
        """Type the password, and the code of the app."""
        self.type("input[type=password]", self.somebody.password)
        self.press("Continue")
        assert self.somebody.app is not None
        self.wait(lambda: self._one("input[name=code]"), "the code's field")
        self.type("input[name=code]", self.somebody.app.code())
        self.press("Continue")

    def events(self) -> list[dict[str, Any]]:
        self.to_host()
        found: list[dict[str, Any]] = self.driver.execute_script("return window.events")
        return found

    def heard(self, **event: Any) -> None:
        self.wait(lambda: event in self.events(), event)

    def look(self) -> dict[str, Any]:
        return self.pool.look(self.somebody)

    def wait(self, look: Callable[[], Found], what: object) -> Found:
        """Until it is there: pages are loaded, and frames exchanged, while one looks."""
        deadline = time.monotonic() + ANSWERS_WITHIN_SECONDS
        while True:
            try:
                if found := look():
                    return found
                problem: object = "not there"
            except WebDriverException as gone:
                problem = gone.msg
            if time.monotonic() > deadline:
                raise AssertionError(f"{what}: {problem}; {self._where()}")
            time.sleep(0.1)

    def _one(self, selector: str) -> WebElement:
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def _where(self) -> str:
        said: str = self.driver.execute_script(
            "return location.pathname + ': ' + document.body.innerText.slice(0, 1500)"
        )
        return said


def _is_shown(element: WebElement) -> bool:
    return bool(element.text.strip())

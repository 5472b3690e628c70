"""A walker that also goes to the pool's own sign-in pages, and comes back as a browser does."""

from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from bs4 import Tag

from tests.walker import Page, Walker

MOST_REDIRECTS = 12


class Traveller(Walker):
    """Follows redirects between the portal (`localhost`) and the pool; keeps cookies of both."""

    def __init__(self) -> None:
        super().__init__()
        self.abroad = requests.Session()
        # Every address on the way, for tests of what may not be in one.
        self.addresses: list[str] = []

    def go(self, url: str) -> Page:
        """Open an address of either side."""
        return self._follow("GET", url)

    def fill(self, button: str, **typed: str) -> Page:
        """Fill and send the form of the pool's page that has this button."""
        forms = [
            form
            for form in self.page.soup.find_all("form")
            if button in [each.get_text(strip=True) for each in form.find_all("button")]
        ]
        assert len(forms) == 1, f"{len(forms)} forms with {button!r} on {self.page.title}"
        return self._follow("POST", _action(self.page, forms[0]), _held(forms[0]) | typed)

    def press(self, button: str, **typed: Any) -> Page:
        """Like `send`, where a form of the portal may lead abroad."""
        form = self.page.form(button)
        return self._follow("POST", _action(self.page, form), _held(form) | typed)

    def _follow(self, method: str, url: str, data: dict[str, str] | None = None) -> Page:
        url = urljoin(self.page.url, url)
        for _ in range(MOST_REDIRECTS):
            self.addresses.append(url)
            status, headers, html = self._ask(method, url, data)
            if status not in {302, 303}:
                self.page = Page(url, status, html, headers)
                self.visited.append(self.page)
                return self.page
            method, url, data = "GET", urljoin(url, headers["Location"]), None
        raise AssertionError(f"no end of redirects: {self.addresses[-MOST_REDIRECTS:]}")

    def _ask(self, method: str, url: str, data: dict[str, str] | None) -> tuple[int, Any, str]:
        parts = urlsplit(url)
        if parts.hostname in {None, "localhost"}:
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            send = self.client.get if method == "GET" else self.client.post
            mine = send(path, data or {}) if method == "POST" else send(path)
            return mine.status_code, mine.headers, mine.content.decode()
        theirs = self.abroad.request(method, url, data=data, allow_redirects=False, timeout=30)
        return theirs.status_code, theirs.headers, theirs.text


def _action(page: Page, form: Tag) -> str:
    return urljoin(page.url, str(form.get("action") or page.url))


def _held(form: Tag) -> dict[str, str]:
    """What the form would send untouched; of radio buttons the one that is chosen."""
    kept = {}
    for field in form.find_all("input"):
        chosen = field.get("type") not in {"radio", "checkbox"} or field.has_attr("checked")
        if field.get("name") and chosen:
            kept[str(field["name"])] = str(field.get("value", ""))
    return kept

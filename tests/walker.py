"""A browser without a screen or script: it reads the page, follows links, fills and sends forms.

It sends only what a page's own form holds, cookies and CSRF token included, so a journey breaks
where a person would be stuck.
"""

import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from bs4 import BeautifulSoup, Tag
from django.test import Client

from tests.people import Somebody
from tests.sandbox_process import Sandbox

OWN_ORIGIN = "http://localhost"


@dataclass
class Page:
    """A page as it was answered: its address, status, text and forms."""

    url: str
    status: int
    html: str
    headers: Any

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @property
    def heading(self) -> str:
        h1 = self.soup.find("h1")
        return _words(h1) if isinstance(h1, Tag) else ""

    @property
    def title(self) -> str:
        return _words(self.soup.title) if self.soup.title else ""

    @property
    def text(self) -> str:
        return _words(self.soup.body or self.soup)

    @property
    def errors(self) -> list[str]:
        """What the error summary lists."""
        return [_words(item) for item in self.soup.select(".error-summary li")]

    @property
    def secret(self) -> str:
        """The key for an authenticator app, as shown in groups of four."""
        return "".join(_words(group) for group in self.soup.select(".key-text span"))

    def form(self, button: str | None = None) -> Tag:
        """The form with this button, or the only one in the main part of the page."""
        forms = [form for form in self.soup.select(_where(button)) if _has_button(form, button)]
        where = f"{self.url}: {self.heading}"
        assert len(forms) == 1, f"{len(forms)} forms with button {button!r} on {where}"
        return forms[0]

    def link(self, words: str) -> str:
        links = [a for a in self.soup.find_all("a") if words in _words(a)]
        assert links, f"no link {words!r} on {self.url}"
        return urljoin(self.url, str(links[0]["href"]))


def _where(button: str | None) -> str:
    """The page's own forms, unless the button is one of those around every page."""
    if button in {"Sign out", "End now", "Stay signed in longer"}:
        return "form:not(dialog form)"
    return "main form:not(.changes-until)"


def _words(tag: Tag) -> str:
    return " ".join(tag.get_text(" ").split())


def _has_button(form: Tag, words: str | None) -> bool:
    return words is None or any(words in _words(b) for b in form.find_all("button"))


def _fields(form: Tag) -> dict[str, Any]:
    """What the form would send untouched."""
    sent: dict[str, Any] = {}
    for field in form.find_all(["input", "select"]):
        name, kind = field.get("name"), field.get("type", "text")
        if not name:
            continue
        if field.name == "select":
            chosen = field.find("option", selected=True) or field.find("option")
            sent[str(name)] = chosen["value"] if isinstance(chosen, Tag) else ""
        elif kind in {"checkbox", "radio"}:
            if field.has_attr("checked"):
                sent.setdefault(str(name), []).append(field.get("value", "on"))
        elif str(name) in sent:
            earlier = sent[str(name)]
            several = earlier if isinstance(earlier, list) else [earlier]
            sent[str(name)] = [*several, field.get("value", "")]
        else:
            sent[str(name)] = field.get("value", "")
    return sent


class Walker:
    """Walks the portal from page to page as a person does."""

    def __init__(self) -> None:
        # Every browser names the origin of a form or a script.
        self.client = Client(
            enforce_csrf_checks=True, SERVER_NAME="localhost", headers={"origin": OWN_ORIGIN}
        )
        self.page = Page("/", 0, "", {})
        self.visited: list[Page] = []

    def open(self, url: str) -> Page:
        return self._arrive(self.client.get(url, follow=True), url)

    def send(self, button: str | None = None, **typed: Any) -> Page:
        """Fill the form with this button and press it. None leaves a field out."""
        form = self.page.form(button)
        fields = {**_fields(form), **typed}
        named = [b for b in form.find_all("button") if b.get("name")]
        pressed = next((b for b in named if button and button in _words(b)), None)
        if pressed is not None:
            fields[str(pressed["name"])] = pressed.get("value", "")
        data = {name: value for name, value in fields.items() if value is not None}
        action = urljoin(self.page.url, str(form.get("action") or self.page.url))
        # Browsers name the page a form stands on, to its own site.
        came_from = urljoin("http://localhost", self.page.url)
        return self._arrive(
            self.client.post(action, data, follow=True, headers={"referer": came_from}), action
        )

    def post(self, url: str, data: dict[str, Any], *, token: bool = True) -> Page:
        """Post by hand, as an attacker or a broken client would."""
        if token:
            data = {**data, "csrfmiddlewaretoken": self.csrf_token()}
        return self._arrive(self.client.post(url, data, follow=True), url)

    def csrf_token(self) -> str:
        field = self.page.soup.find("input", attrs={"name": "csrfmiddlewaretoken"})
        return str(field["value"]) if isinstance(field, Tag) else ""

    def json(
        self, method: str, url: str, body: Any = None, *, token: bool = True, headers: Any = None
    ) -> Any:
        """Call the JSON room as a script of this page would; returns Django's response."""
        headers = {"accept": "application/json", **(headers or {})}
        if token:
            headers["x-csrftoken"] = self.csrf_token()
        data = body if isinstance(body, str) else json.dumps(body) if body is not None else ""
        return self.client.generic(
            method, url, data, content_type="application/json", headers=headers
        )

    def _arrive(self, response: Any, url: str) -> Page:
        last = response.redirect_chain[-1][0] if response.redirect_chain else url
        html = response.content.decode() if not response.streaming else ""
        self.page = Page(last, response.status_code, html, response.headers)
        self.visited.append(self.page)
        return self.page

    def sign_in(self, somebody: Somebody, *, sandbox: Sandbox | None = None, at: str = "/") -> Page:
        """Sign in by name, password and whatever is asked for; choose the app where asked."""
        self.open("/sign-in/" if at == "/" else at)
        if self.page.soup.select_one("[name=password]"):
            self.send("Sign in", login=somebody.username, password=somebody.password)
        else:
            self._give_name_first(somebody)
        return self.answer_challenges(somebody, sandbox)

    def _give_name_first(self, somebody: Somebody) -> None:
        self.send("Continue", login=somebody.username)
        if "/sign-in/ways/" in self.page.url:
            self.send("Continue", way="PASSWORD")
        self.send("Sign in", password=somebody.password)

    def answer_challenges(self, somebody: Somebody, sandbox: Sandbox | None = None) -> Page:
        if "/sign-in/choose/" in self.page.url:
            self.send("Continue", factor="SOFTWARE_TOKEN_MFA" if somebody.app else "SMS_MFA")
        if "/sign-in/code/" in self.page.url:
            self.send("Continue", code=self._code(somebody, sandbox))
        return self.page

    def _code(self, somebody: Somebody, sandbox: Sandbox | None) -> str:
        if "authenticator app" in self.page.text:
            assert somebody.app is not None
            return somebody.app.code()
        assert sandbox is not None
        by_text = "text message" in self.page.text
        return sandbox.newest_code(somebody.phone if by_text else somebody.email)

    def prove_again(self, somebody: Somebody, sandbox: Sandbox | None = None) -> Page:
        """Answer "Confirm that it is you"."""
        self.send("Continue", password=somebody.password)
        return self.answer_challenges(somebody, sandbox)

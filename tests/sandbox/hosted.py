"""A browser without script before the pages of a domain, and the application that sent it there."""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import requests
from bs4 import BeautifulSoup, Tag

from tests.sandbox.kit import Realm, Server, claims

CALLBACK = "http://localhost:8000/accounts/amazon-cognito/login/callback/"
GOODBYE = "http://localhost:8000/bye"
SCOPES = ["openid", "email", "phone", "profile", "aws.cognito.signin.user.admin"]
OAUTH: dict[str, Any] = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code", "implicit"],
    "AllowedOAuthScopes": SCOPES,
    "CallbackURLs": [CALLBACK],
    "LogoutURLs": [GOODBYE],
    "SupportedIdentityProviders": ["COGNITO"],
}


@dataclass
class Page:
    """What a browser shows; `landed` is where it left the domain to, if it did."""

    url: str
    status: int
    headers: Any
    html: str
    landed: str = ""

    @cached_property
    def soup(self) -> BeautifulSoup:
        return BeautifulSoup(self.html, "html.parser")

    @property
    def heading(self) -> str:
        return _words(self.soup.select_one("h1"))

    @property
    def text(self) -> str:
        return _words(self.soup.body)

    @property
    def problem(self) -> str:
        return _words(self.soup.select_one(".problem"))

    @property
    def notice(self) -> str:
        return _words(self.soup.select_one(".notice"))

    @property
    def key(self) -> str:
        """The key of an app that is being set up."""
        return "".join(_words(span) for span in self.soup.select(".key span"))

    @property
    def choices(self) -> list[str]:
        return [str(radio["value"]) for radio in self.soup.select("input[type=radio]")]

    @property
    def back(self) -> dict[str, str]:
        """What the application was told, in the query or the fragment."""
        parts = urlsplit(self.landed)
        return dict(parse_qsl(parts.query or parts.fragment))

    @property
    def path(self) -> str:
        return urlsplit(self.url).path


def _words(tag: Tag | None) -> str:
    return " ".join(tag.get_text(" ").split()) if tag else ""


@dataclass
class Browser:
    """Follows links and sends forms; stops where it is sent to another site."""

    base: str
    session: requests.Session = field(default_factory=requests.Session)
    page: Page = field(init=False)

    def open(self, url: str) -> Page:
        return self._go("GET", url)

    def send(self, button: str | None = None, **typed: str | None) -> Page:
        """Fill the form with this button, or the first one, and send it. None omits a field."""
        form = next(each for each in self.page.soup.select("form") if _has(each, button))
        sent: dict[str, Any] = {}
        for line in form.select("input"):
            if line.get("type") != "radio":
                sent[str(line["name"])] = line.get("value", "")
            elif line.has_attr("checked"):
                sent[str(line["name"])] = line["value"]
        pressed = form.find("button")
        if isinstance(pressed, Tag) and pressed.get("name"):
            sent[str(pressed["name"])] = pressed["value"]
        sent = {name: value for name, value in {**sent, **typed}.items() if value is not None}
        return self._go("POST", urljoin(self.page.url, str(form["action"])), sent)

    def follow(self, words: str) -> Page:
        """Press the link with these words."""
        link = next(each for each in self.page.soup.select("a") if words in _words(each))
        return self.open(urljoin(self.page.url, str(link["href"])))

    def _go(self, method: str, url: str, sent: dict[str, Any] | None = None) -> Page:
        for _ in range(10):
            reply = self.session.request(method, url, data=sent, allow_redirects=False, timeout=60)
            target = reply.headers.get("Location")
            if target is None or reply.status_code not in (302, 303):
                self.page = Page(url, reply.status_code, reply.headers, reply.text)
                return self.page
            method, sent, following = "GET", None, urljoin(url, target)
            if not following.startswith(self.base):
                self.page = Page(url, reply.status_code, reply.headers, "", landed=following)
                return self.page
            url = following
        raise AssertionError("too many redirects")


def _has(form: Tag, words: str | None) -> bool:
    return words is None or any(words in _words(each) for each in form.select("button"))


@dataclass
class App:
    """An application that uses a pool's domain through one client."""

    realm: Realm
    domain: str
    callback: str = CALLBACK

    @property
    def server(self) -> Server:
        return self.realm.server

    @property
    def base(self) -> str:
        return f"{self.server.api}/domains/{self.domain}"

    def request(self, **more: str | None) -> dict[str, str]:
        """Parameters of an authorization request; None leaves one out."""
        usual = {
            "response_type": "code",
            "client_id": self.realm.client_id,
            "redirect_uri": self.callback,
            "scope": "openid email",
            "state": "s1",
        }
        return {name: value for name, value in {**usual, **more}.items() if value is not None}

    def address(self, path: str = "/oauth2/authorize", **more: str | None) -> str:
        return f"{self.base}{path}?{urlencode(self.request(**more))}"

    def browser(self) -> Browser:
        return Browser(self.base)

    def visit(self, **more: str | None) -> Browser:
        """A fresh browser, sent here by the application."""
        browser = self.browser()
        browser.open(self.address(**more))
        return browser

    def token(self, auth: tuple[str, str] | None = None, **form: str) -> requests.Response:
        """POST /oauth2/token."""
        return requests.post(f"{self.base}/oauth2/token", data=form, auth=auth, timeout=60)

    def exchange(self, code: str, **more: str) -> requests.Response:
        """A code for tokens."""
        named = {} if self.realm.secret else {"client_id": self.realm.client_id}
        secret = self.realm.secret
        auth = (self.realm.client_id, secret) if secret else None
        form = {"code": code, "redirect_uri": self.callback, **named, **more}
        return self.token(auth, grant_type="authorization_code", **form)

    def user_info(self, token: str) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.get(f"{self.base}/oauth2/userInfo", headers=headers, timeout=60)

    def sign_in(self, username: str, password: str, **more: str | None) -> dict[str, Any]:
        """Tokens of a sign-in that asks for nothing but the password."""
        page = self.visit(**more).send(username=username, password=password)
        assert page.landed, page.text
        tokens: dict[str, Any] = self.exchange(page.back["code"]).json()
        return tokens

    def another(self, **settings: Any) -> App:
        """Another client of the same pool and domain."""
        return App(self.realm.client(**{**OAUTH, **settings}), self.domain, self.callback)


def app_of(realm: Realm, *, version: int = 2, **settings: Any) -> App:
    """Give a pool a domain and a client that uses it."""
    name = f"t{secrets.token_hex(6)}"
    realm.server.admin.create_user_pool_domain(
        Domain=name, UserPoolId=realm.pool_id, ManagedLoginVersion=version
    )
    return App(realm.client(**{**OAUTH, **settings}), name)


def pkce() -> tuple[str, dict[str, str]]:
    """A verifier, and what the authorization request says of it."""
    verifier = secrets.token_urlsafe(48)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return verifier, {"code_challenge": challenge, "code_challenge_method": "S256"}


def scope_of(token: str) -> set[str]:
    """The scopes an access token carries."""
    return set(claims(token)["scope"].split())


@contextmanager
def removed(app: App) -> Iterator[None]:
    """Take the domain away after the block."""
    yield
    app.server.admin.delete_user_pool_domain(Domain=app.domain, UserPoolId=app.realm.pool_id)

"""One request to a domain, and what every page and endpoint needs to answer it."""

from __future__ import annotations

import hmac
import secrets
from functools import cached_property
from typing import Any

from sandbox.core import Call, Sandbox
from sandbox.managed_login.web import Request, Response
from sandbox.operations.registry import OPERATIONS, Answer
from sandbox.people import Person
from sandbox.pools import Client, Pool
from sandbox.protocol import Refusal
from sandbox.sso import MINUTE, SsoSession, validity_minutes
from sandbox.validation import validator

BROWSER = "cognito"
PROGRESS = "page-data"
CSRF = "XSRF-TOKEN"
LANGUAGE = "lang"
SSO_SESSION = "SSO_SESSION"
IN_PROGRESS = "LOGIN_PAGES"
LONGEST_SESSION = 129600 * MINUTE
TOKEN_BYTES = 24


class Elsewhere(Exception):
    """This request ends with another answer than its page."""

    def __init__(self, response: Response) -> None:
        super().__init__()
        self.response = response


class Turn:
    """A request, the pool whose domain it came to, and the cookies that go with the answer."""

    def __init__(self, sandbox: Sandbox, request: Request) -> None:
        self.sandbox = sandbox
        self.request = request
        self.pool: Pool = sandbox.pools.get(request.domain.pool_id)
        self._cookies: list[tuple[str, str, int | None]] = []

    @property
    def now(self) -> float:
        """The sandbox's time."""
        return self.sandbox.clock.now()

    @cached_property
    def client(self) -> Client:
        """The client of this pool that the query names; refuses an unknown one."""
        return self.sandbox.pools.client(self.request.query.get("client_id", ""), self.pool.id)

    def run(self, operation: str, **given: Any) -> Answer:
        """An operation of the API, as the login pages may use it; raises its Refusal.

        It is committed or rolled back by itself, so that the page can go on from a refusal.
        """
        clean = validator(operation)({"ClientId": self.client.id, **given})
        call = Call(self.sandbox, operation, clean, self.request.visit, managed=True)
        with self.sandbox.database.transaction():
            return OPERATIONS[operation](call) or {}

    # What the browser keeps

    def set_cookie(self, name: str, value: str, seconds: int | None = None) -> None:
        """Send a cookie with the answer."""
        self._cookies.append((name, value, seconds))

    def sealed(self, response: Response) -> Response:
        """The answer with its cookies."""
        for name, value, seconds in self._cookies:
            response.set_cookie(name, value, f"{self.request.base}/", seconds)
        return response

    @cached_property
    def csrf(self) -> str:
        """What every form of these pages carries, and the browser's cookie too."""
        known = self.request.cookies.get(CSRF)
        token = known or secrets.token_urlsafe(TOKEN_BYTES)
        if not known:
            self.set_cookie(CSRF, token)
        return token

    def form_is_ours(self) -> bool:
        """Whether a form was sent from one of our own pages."""
        cookie, sent = self.request.cookies.get(CSRF), self.request.form.get("_csrf")
        return bool(cookie and sent) and hmac.compare_digest(
            str(cookie).encode(), str(sent).encode()
        )

    # How far somebody has come

    def keep(self, stage: str, seconds: int, **state: Any) -> None:
        """Remember how far this browser has come, for so long; under a new name each time."""
        flow = {"challenge": IN_PROGRESS, "client": self.client.id, "stage": stage, **state}
        self.set_cookie(PROGRESS, self.sandbox.flows.open(flow, seconds))

    def progress(self, *stages: str) -> dict[str, Any] | None:
        """How far this browser has come with this client; None if nowhere, or too long ago."""
        flow = self._flow(PROGRESS, IN_PROGRESS)
        fits = flow and flow["client"] == self.client.id and flow["stage"] in stages
        return flow if fits else None

    def forget_progress(self) -> None:
        """Nothing is half done any more."""
        if token := self.request.cookies.get(PROGRESS):
            self.sandbox.flows.consume(token)
        self.set_cookie(PROGRESS, "", 0)

    # Who is signed in

    def open_session(self, person: Person) -> SsoSession:
        """Somebody proved who they are: this browser need not ask again for an hour."""
        visit = self.request.visit
        session = self.sandbox.sso.open(self.pool, self.client.id, person, visit)
        flow = {"challenge": SSO_SESSION, "session": session.id}
        self.set_cookie(BROWSER, self.sandbox.flows.open(flow, LONGEST_SESSION), LONGEST_SESSION)
        return session

    def session(self) -> tuple[Person, SsoSession] | None:
        """Who is signed in with this browser, and since when; not extended by use."""
        session = self._session()
        if session is None:
            return None
        minutes = validity_minutes(self.pool, self.client.id)
        if self.now >= session.auth_time + minutes * MINUTE:
            return None
        person = self.sandbox.people.by_sub(self.pool.id, session.sub)
        return (person, session) if person and person.enabled else None

    def close_session(self) -> None:
        """Sign this browser out."""
        if session := self._session():
            self.sandbox.sso.revoke(session.id)
        self.set_cookie(BROWSER, "", 0)

    def _session(self) -> SsoSession | None:
        flow = self._flow(BROWSER, SSO_SESSION)
        return self.sandbox.sso.get(flow["session"]) if flow else None

    def _flow(self, cookie: str, kind: str) -> dict[str, Any] | None:
        token = self.request.cookies.get(cookie)
        if not token:
            return None
        try:
            flow = self.sandbox.flows.read(token)
        except Refusal:
            return None
        return flow if flow["challenge"] == kind else None

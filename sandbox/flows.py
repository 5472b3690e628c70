"""Sign-ins half done: what a Session string stands for. Source: contract 5.5."""

from __future__ import annotations

import hashlib
import json
import secrets
from typing import Any

from sandbox.clock import Clock
from sandbox.database import Database, packed
from sandbox.protocol import refusal

SESSION_BYTES = 180
# As the pool's own begin. A random first sign could be "-", which a shell takes for an option.
SESSION_START = "AYAB"
KEPT_AFTER_EXPIRY = 86400.0

Flow = dict[str, Any]


def new_session() -> str:
    """A Session string that stands for nothing yet."""
    return SESSION_START + secrets.token_urlsafe(SESSION_BYTES)


class Flows:
    """Stores flows under the digest of their Session; each Session answers once."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open(self, flow: Flow, seconds: float, session: str | None = None) -> str:
        """Keep a flow for that long; returns the Session that stands for it."""
        session = session or new_session()
        now = self._clock.now()
        self._database.write("DELETE FROM flows WHERE expires < ?", now - KEPT_AFTER_EXPIRY)
        self._database.write(
            "INSERT OR REPLACE INTO flows (key, expires, used, document) VALUES (?, ?, 0, ?)",
            _key(session),
            now + seconds,
            packed(flow),
        )
        return session

    def read(self, session: str) -> Flow:
        """The flow of a Session that is known, fresh and unused; refuses any other."""
        row = self._database.row(
            "SELECT expires, used, document FROM flows WHERE key = ?", _key(session)
        )
        if row is None:
            raise refusal("session_invalid")
        expires, used, document = row
        if used:
            raise refusal("session_used")
        if self._clock.now() >= expires:
            raise refusal("session_expired")
        flow: Flow = json.loads(document)
        return flow

    def consume(self, session: str) -> None:
        """This Session has answered."""
        self._database.write("UPDATE flows SET used = 1 WHERE key = ?", _key(session))


def _key(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()

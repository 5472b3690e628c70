"""SSO sessions: browsers that are signed in at a pool's domain. Sources: contract 8.3 and 8.7."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from uuid import uuid4

from sandbox.clock import Clock
from sandbox.database import Database, marks
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.tokens import Visit

MINUTE = 60
DEFAULT_MINUTES = 60


@dataclass
class SsoSession:
    """One browser that was signed in; each client says for how long that counts."""

    id: str
    pool_id: str
    sub: str
    client_id: str
    auth_time: int
    until: float
    last_active: float
    address: str
    agent: str
    revoked: bool = False


class SsoSessions:
    """Finds and stores SSO sessions."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def open(self, pool: Pool, client_id: str, person: Person, visit: Visit) -> SsoSession:
        """Somebody has proved who they are in a browser."""
        now = self._clock.now()
        until = now + validity_minutes(pool, client_id) * MINUTE
        session = SsoSession(
            id=str(uuid4()),
            pool_id=pool.id,
            sub=person.sub,
            client_id=client_id,
            auth_time=int(now),
            until=until,
            last_active=now,
            address=visit.address,
            agent=visit.agent,
        )
        self._database.write(
            f"INSERT INTO sso_sessions VALUES ({marks(astuple(session))})",  # noqa: S608
            *astuple(session),
        )
        return session

    def get(self, session_id: str) -> SsoSession | None:
        """The session of that id, unless it was ended."""
        row = self._database.row(
            "SELECT * FROM sso_sessions WHERE id = ? AND NOT revoked", session_id
        )
        return SsoSession(*row) if row else None

    def active(self, person: Person) -> list[SsoSession]:
        """The sessions of a person that still count, the least recently used one first."""
        rows = self._database.rows(
            "SELECT * FROM sso_sessions WHERE pool = ? AND sub = ? AND NOT revoked"
            " AND valid_until > ? ORDER BY last_active, rowid",
            person.pool_id,
            person.sub,
            self._clock.now(),
        )
        return [SsoSession(*row) for row in rows]

    def note_activity(self, session_id: str, visit: Visit) -> None:
        """Tokens came of it, now and there; that does not make it last longer."""
        self._database.write(
            "UPDATE sso_sessions SET last_active = ?, address = ?, agent = ? WHERE id = ?",
            self._clock.now(),
            visit.address,
            visit.agent,
            session_id,
        )

    def revoke(self, session_id: str) -> None:
        """The browser is signed out."""
        self._database.write("UPDATE sso_sessions SET revoked = 1 WHERE id = ?", session_id)

    def revoke_sign_ins(self, session: SsoSession) -> None:
        """End every sign-in that came through it."""
        self._database.write("UPDATE sign_ins SET revoked = 1 WHERE sso = ?", session.id)


def validity_minutes(pool: Pool, client_id: str) -> int:
    """How long a client takes an earlier sign-in of the same browser for granted."""
    known = pool.document.get("client_sessions", {}).get(client_id, {})
    return int(known.get("MaxValidityMinutes", DEFAULT_MINUTES))

"""Cognito's own sender of e-mail: so many a day for a whole account. Source: contract 4.2."""

from __future__ import annotations

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.pools import Pool
from sandbox.protocol import refusal

DAY = 86400
NEW_DAY_AT = 9 * 3600
NAME = "default_sender"


def sends_itself(pool: Pool) -> bool:
    """Whether a pool has no sender of its own."""
    sender: str | None = pool.settings.get("EmailConfiguration", {}).get("EmailSendingAccount")
    return sender != "DEVELOPER"


class DefaultSender:
    """Counts what it sends from nine to nine, UTC."""

    def __init__(self, database: Database, clock: Clock, most: int) -> None:
        self._database = database
        self._clock = clock
        self._most = most

    def count(self) -> None:
        """One more e-mail, or a refusal when the day has had all of its own."""
        day = int(self._clock.now() - NEW_DAY_AT) // DAY
        sent = self._sent_on(day)
        if sent >= self._most:
            raise refusal("daily_email_limit", counts=True)
        self._database.write(
            "INSERT OR REPLACE INTO meta (name, value) VALUES (?, ?)", NAME, f"{day} {sent + 1}"
        )

    def _sent_on(self, day: int) -> int:
        row = self._database.row("SELECT value FROM meta WHERE name = ?", NAME)
        last, sent = row[0].split() if row else (0, 0)
        return int(sent) if int(last) == day else 0

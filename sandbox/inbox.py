"""What a real pool would have sent: text messages and e-mails, kept to be read."""

from __future__ import annotations

from typing import Any

from sandbox.clock import Clock
from sandbox.database import Database
from sandbox.default_sender import DefaultSender

KEPT = 1000
SMS = "SMS"
EMAIL = "EMAIL"


class Inbox:
    """Every phone and mailbox there is, in one list."""

    def __init__(self, database: Database, clock: Clock, default_sender: DefaultSender) -> None:
        self._database = database
        self._clock = clock
        self.default_sender = default_sender

    def deliver(
        self,
        medium: str,
        destination: str,
        text: str,
        *,
        code: str | None = None,
        subject: str | None = None,
        late: float = 0.0,
    ) -> None:
        """Put a message in; medium: SMS or EMAIL, code: what the person has to type.

        late: seconds until it arrives.
        """
        self._database.write(
            "INSERT INTO messages (medium, destination, code, subject, text, sent_at, arrives_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            medium,
            destination,
            code,
            subject,
            text,
            self._clock.stamp(),
            self._clock.stamp() + late if late else None,
        )
        self._database.write(
            "DELETE FROM messages WHERE id <= (SELECT MAX(id) FROM messages) - ?", KEPT
        )

    def messages(self, destination: str | None = None) -> list[dict[str, Any]]:
        """Messages, newest first, to one destination or to all."""
        columns = ("id", "medium", "destination", "code", "text", "sent_at", "subject")
        rows = self._database.rows(
            f"SELECT {', '.join(columns)} FROM messages"  # noqa: S608 - our own columns
            " WHERE (?1 IS NULL OR destination = ?1) AND coalesce(arrives_at, ?2) <= ?2"
            " ORDER BY id DESC",
            destination,
            self._clock.stamp(),
        )
        messages = [dict(zip(columns, row, strict=True)) for row in rows]
        for message in messages:
            if message["subject"] is None:
                del message["subject"]
        return messages

    def clear(self) -> None:
        """Throw every message away."""
        self._database.write("DELETE FROM messages")

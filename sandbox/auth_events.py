"""What happened to an account: sign-ins and what else threat protection records.

Kept for two years in pools that have it switched on. Source: contract 9.
"""

from __future__ import annotations

import json
import secrets
from typing import Any
from uuid import uuid4

from sandbox.agents import device_type
from sandbox.clock import Clock
from sandbox.database import Database, packed
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.tokens import Visit

SIGN_IN, SIGN_UP = "SignIn", "SignUp"
FORGOT_PASSWORD = "ForgotPassword"  # noqa: S105 - a kind of event
PASSWORD_CHANGE = "PasswordChange"  # noqa: S105 - likewise
RESEND_CODE = "ResendCode"
PASS, FAIL, IN_PROGRESS = "Pass", "Fail", "InProgress"
KEPT_SECONDS = 2 * 365 * 86400
NO_RISK = {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False}
Event = dict[str, Any]


def is_watched(pool: Pool) -> bool:
    """Whether threat protection is on, to look or to act."""
    mode: str = pool.settings.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF")
    return mode != "OFF"


class Events:
    """Stores events, newest last."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def add(
        self, pool: Pool, person: Person, kind: str, visit: Visit, response: str = PASS
    ) -> str | None:
        """Record something that happened; its id, or None where nothing is recorded."""
        if not is_watched(pool):
            return None
        event_id, now = str(uuid4()), self._clock.stamp()
        self._database.write("DELETE FROM auth_events WHERE created < ?", now - KEPT_SECONDS)
        self._database.write(
            "INSERT INTO auth_events (event, pool, sub, created, document) VALUES (?, ?, ?, ?, ?)",
            event_id,
            pool.id,
            person.sub,
            now,
            packed(_new(event_id, kind, now, visit, response)),
        )
        return event_id

    def change(self, event_id: str | None, **members: object) -> None:
        """Record how something went on; nothing where nothing is recorded."""
        found = self._read(event_id) if event_id else None
        if found:
            self._write(found | members)

    def answered(self, event_id: str | None, challenge: str, response: str) -> None:
        """Record the answer to one challenge of a sign-in: Password or Mfa, Success or Failure."""
        found = self._read(event_id) if event_id else None
        if found:
            given = {"ChallengeName": challenge, "ChallengeResponse": response}
            failed = response == "Failure"
            self._write(
                found
                | {
                    "ChallengeResponses": [*found.get("ChallengeResponses", []), given],
                    "EventResponse": FAIL if failed else IN_PROGRESS,
                }
            )

    def of(self, person: Person) -> list[Event]:
        """A person's events, newest first."""
        rows = self._database.rows(
            "SELECT document FROM auth_events WHERE pool = ? AND sub = ? AND created >= ?"
            " ORDER BY id DESC",
            person.pool_id,
            person.sub,
            self._clock.now() - KEPT_SECONDS,
        )
        return [json.loads(row[0]) for row in rows]

    def find(self, person: Person, event_id: str) -> Event | None:
        """One event of a person."""
        return next((each for each in self.of(person) if each["EventId"] == event_id), None)

    def _read(self, event_id: str) -> Event | None:
        row = self._database.row("SELECT document FROM auth_events WHERE event = ?", event_id)
        return json.loads(row[0]) if row else None

    def _write(self, event: Event) -> None:
        self._database.write(
            "UPDATE auth_events SET document = ? WHERE event = ?", packed(event), event["EventId"]
        )


def _new(event_id: str, kind: str, now: float, visit: Visit, response: str) -> Event:
    context = {"DeviceName": device_type(visit.agent)}
    if visit.address:
        context["IpAddress"] = visit.address
    return {
        "EventId": event_id,
        "EventType": kind,
        "CreationDate": now,
        "EventResponse": response,
        "EventRisk": NO_RISK,
        "EventContextData": context,
        "token": secrets.token_urlsafe(32),
    }

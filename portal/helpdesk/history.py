"""One timeline of an account: what its owner did, what operators did, and every sign-in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from accounts import audit, notices
from accounts.audit import PastEvent
from accounts.cognito import people
from accounts.cognito.errors import EventsNotRecorded
from accounts.cognito.people import AuthEvent
from accounts.subjects import Subject
from portal.activity.timeline import SAID

SHOWN_FOR = timedelta(days=365)
SHORT, LONG = 8, 100
ENDED = {"Pass": "done", "Fail": "refused", "InProgress": "unknown"}
KIND_OF_SIGN_IN = {
    "SignIn": "A sign-in at the pool",
    "SignUp": "A new account at the pool",
    "ForgotPassword": "A forgotten password at the pool",
    "PasswordChange": "A change of password at the pool",
    "ResendCode": "A code was sent again by the pool",
}


@dataclass(frozen=True)
class Line:
    """One thing that happened. by: "themselves", "you", "an operator" or "the pool"."""

    at: datetime
    what: str
    outcome: str
    by: str
    where: str = ""
    reason: str = ""
    ticket: str = ""
    reference: str = ""


def recent(subject: Subject, operator_sub: str) -> list[Line]:
    """The newest few from our own records: no call."""
    return _own(subject, operator_sub, SHORT)


def full(subject: Subject, username: str, operator_sub: str) -> list[Line]:
    """Both together, the newest first. One call, which answers for Plus pools only."""
    lines = [*_own(subject, operator_sub, LONG), *_sign_ins(username)]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:LONG]


def _own(subject: Subject, operator_sub: str, at_most: int) -> list[Line]:
    since = datetime.now(UTC) - SHOWN_FOR
    found = audit.past_events(subject, since=since, at_most=at_most)
    return [_line(event, subject, operator_sub) for event in found]


def _line(event: PastEvent, subject: Subject, operator_sub: str) -> Line:
    said = SAID[event.event]
    return Line(
        at=event.created_at,
        what=said.refused if event.outcome == "refused" else said.done,
        outcome=event.outcome,
        by=_by(event, subject.sub, operator_sub),
        where=notices.roughly_where(event.client_address),
        reason=event.reason,
        ticket=event.ticket,
        reference=str(event.id),
    )


def _by(event: PastEvent, owner: str, operator_sub: str) -> str:
    actor = event.actor
    if event.event == "drift_found":
        return "somebody elsewhere"
    if actor == owner:
        return "themselves"
    known = {operator_sub: "you", "portal": "the portal", "anonymous": "somebody not signed in"}
    return known.get(actor, "an operator")


def _sign_ins(username: str) -> Iterable[Line]:
    try:
        return [_sign_in(event) for event in people.auth_events(username)]
    except EventsNotRecorded:
        return []


def _sign_in(event: AuthEvent) -> Line:
    risk = f" – risk: {event.risk.lower()}" if event.risk not in {"", "NoRisk"} else ""
    return Line(
        at=event.created_at,
        what=KIND_OF_SIGN_IN.get(event.kind, event.kind) + risk,
        outcome=ENDED.get(event.response, "unknown"),
        by="the pool",
        where=event.place or notices.roughly_where(event.address),
    )

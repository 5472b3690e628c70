"""One timeline of an account: what its owner did, what operators did, and every sign-in."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, notices, reasons
from accounts.audit import PastEvent
from accounts.cognito import people
from accounts.cognito.errors import EventsNotRecorded
from accounts.cognito.people import AuthEvent
from accounts.subjects import Subject
from portal.activity.said import SAID
from portal.factors import drift
from portal.helpdesk import words

SHOWN_FOR = timedelta(days=365)
SHORT, LONG = 8, 100
ENDED = {"Pass": "done", "Fail": "refused", "InProgress": "unknown"}
KIND_OF_SIGN_IN = {
    "SignIn": gettext_noop("A sign-in at the pool"),
    "SignUp": gettext_noop("A new account at the pool"),
    "ForgotPassword": gettext_noop("A forgotten password at the pool"),
    "PasswordChange": gettext_noop("A change of password at the pool"),
    "ResendCode": gettext_noop("A code was sent again by the pool"),
}
# Translators: how likely the pool thinks it that a sign-in was somebody else's.
RISK = {
    "Low": gettext_noop("low"),
    "Medium": gettext_noop("medium"),
    "High": gettext_noop("high"),
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


def what(event: str, *, refused: bool) -> str:
    """In words that speak of the person, and not to them."""
    said = SAID[event]
    done_or_refused = words.SEEN.get(event, (said.done, said.refused))
    return _(done_or_refused[refused])


def _line(event: PastEvent, subject: Subject, operator_sub: str) -> Line:
    return Line(
        at=event.created_at,
        what=_what(event),
        outcome=event.outcome,
        by=_by(event, subject.sub, operator_sub),
        where=notices.roughly_where(event.client_address),
        reason=reasons.said(event.reason),
        ticket=event.ticket,
        reference=str(event.id),
    )


def _what(event: PastEvent) -> str:
    told = what(event.event, refused=event.outcome == "refused")
    if event.event == "drift_found":
        return _("{what}: {details}").format(what=told, details=" ".join(drift.said(event.detail)))
    return told


def _by(event: PastEvent, owner: str, operator_sub: str) -> str:
    actor = event.actor
    if event.event == "drift_found":
        return _("somebody elsewhere")
    if actor == owner:
        return _("themselves")
    known = {
        operator_sub: _("you"),
        "portal": _("the portal"),
        "anonymous": _("somebody not signed in"),
        "command": _("a command on the portal’s machine"),
    }
    return known.get(actor, _("an operator"))


def _sign_ins(username: str) -> Iterable[Line]:
    try:
        return [_sign_in(event) for event in people.auth_events(username)]
    except EventsNotRecorded:
        return []


def _sign_in(event: AuthEvent) -> Line:
    return Line(
        at=event.created_at,
        what=_kind(event),
        outcome=ENDED.get(event.response, "unknown"),
        by=_("the pool"),
        where=event.place or notices.roughly_where(event.address),
    )


def _kind(event: AuthEvent) -> str:
    kind = KIND_OF_SIGN_IN.get(event.kind, "")
    said = _(kind) if kind else event.kind
    if event.risk in {"", "NoRisk"}:
        return said
    risk = RISK.get(event.risk, "")
    return _("{what} – risk: {risk}").format(what=said, risk=_(risk) if risk else event.risk)

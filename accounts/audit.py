"""Everything worth remembering, one function per event.

A change writes two rows: what was intended, before the call, and how it ended, after it.
A change whose intention cannot be written is not made (AUD-06). No row holds a token, code,
secret, password, or a full number or address (AUD-03).
"""

import json
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import DatabaseError
from django.db.models import BooleanField, ExpressionWrapper, F, Q, QuerySet
from django.db.models.functions import JSONObject

from accounts import ends
from accounts.beside import Beside
from accounts.cognito.errors import CognitoError, CutShort, may_have_happened
from accounts.ends import FOUND_OUT
from accounts.models import AuditHead, AuditRecord
from accounts.noted import Refusal
from accounts.prepared import Prepared, Ready
from accounts.sessions import Origin, SignedInPerson
from accounts.subjects import Known, Subject, Visitor, subject_of
from accounts.watch.metrics import AUDIT_FAILURES, count_event
from accounts.webhooks import outbox

Outcome = AuditRecord.Outcome
# What the portal writes of the audit itself: nobody's own.
PURGED, SEALED = "audit_purged", "audit_sealed"
# How a method that is set up in the middle of a sign-in is recorded, by Cognito's name.
SET_UP_AT_SIGN_IN = {"SOFTWARE_TOKEN_MFA": "totp_enrolled", "EMAIL_OTP": "email_enrolled"}


@dataclass
class Act:
    """A change while it is being made. `detail` may be filled until it ends.

    beside: what stands with the row of its end, however it ends.
    """

    id: UUID
    created_at: datetime
    detail: dict[str, Any] = field(default_factory=dict)
    beside: Beside = field(default_factory=Beside)


@dataclass(frozen=True)
class Mandate:
    """Why an operator acts on somebody else's account: whose, the reason, and their ticket.

    caller_check, approval: the id of the check that the caller passed, and of what a second
    operator agreed to.
    """

    subject: Subject
    reason: str = ""
    ticket: str = ""
    caller_check: str = ""
    approval: str = ""


class NotDone(Exception):
    """We did not do it ourselves, after all: its intention was written, and so is this."""


@contextmanager
def change(
    person: Known,
    event: str,
    *,
    factor: str = "",
    detail: Mapping[str, Any] | None = None,
    mandate: Mandate | None = None,
) -> Iterator[Act]:
    """Record a change around the calls that make it; refusals and silence are outcomes too.

    Whoever is to be told is told within the block: then no row says done without its notice,
    wherever a process dies.
    person: who does it, signed in or on the way back in. mandate: where it is somebody else's
    account.
    """
    intended = _write(
        person, event, Outcome.INTENDED, factor=factor, detail=detail, mandate=mandate
    )
    act = Act(intended.id, intended.created_at)
    try:
        yield act
    except (CognitoError, NotDone) as refusal:
        outcome = Outcome.UNKNOWN if may_have_happened(refusal) else Outcome.REFUSED
        # How far it came, where it was cut between two calls.
        counts = refusal.counts if isinstance(refusal, CutShort) else {}
        detail = {**act.detail, **counts, "reason": str(refusal)}
        _conclude(person, intended, outcome, detail, act.beside)
        raise
    _conclude(person, intended, Outcome.DONE, act.detail, act.beside)


def was_tried(person: Known, event: str, *, since: datetime) -> bool:
    """Whether such a change was begun, however it ended."""
    subject = subject_of(person)
    tries = AuditRecord.objects.filter(pool_id=subject.pool_id, sub=subject.sub, event=event)
    return tries.filter(created_at__gte=since).exists()


def preference_mismatch(person: SignedInPerson, receipt: UUID, detail: Mapping[str, Any]) -> None:
    """The pool says something else than what was asked a moment ago."""
    _write(person, "preference_mismatch", Outcome.DONE, detail={**detail, "receipt": str(receipt)})


def drift_found(whose: Known, detail: Mapping[str, Any]) -> UUID:
    """The account was changed by another way than this portal; the row's id.

    Who did it, and from where, is not known: only who looked when it was found.
    detail: changed, before, after, without any number or address.
    """
    event = "drift_found"
    with outbox.beside(event, Outcome.DONE) as tell:
        row = AuditRecord.objects.create(
            event=event,
            outcome=Outcome.DONE,
            pool_id=whose.pool_id,
            sub=whose.sub,
            actor="portal",
            detail=dict(detail),
            request_id=whose.origin.request_id,
        )
        return tell(row).id


def signed_in(person: SignedInPerson) -> None:
    second_step = {"second_step": "trusted browser"} if person.came_by_device else None
    _write(person, "signed_in", Outcome.DONE, detail=second_step)


def reauthenticated(person: SignedInPerson) -> None:
    _write(person, "reauthenticated", Outcome.DONE)


def reauthentication_refused(person: Known, reason: str) -> None:
    """Somebody signed in gave a proof that the pool refused. reason: Cognito's own."""
    _write(person, "reauthenticated", Outcome.REFUSED, detail={"reason": reason})


def reauthenticated_as_somebody_else(person: SignedInPerson) -> None:
    _write(person, "reauthenticated", Outcome.REFUSED, detail={"reason": "another person"})


def helpdesk_entered(person: SignedInPerson) -> None:
    _write(person, "helpdesk_entered", Outcome.DONE)


def helpdesk_left(person: SignedInPerson) -> None:
    _write(person, "helpdesk_left", Outcome.DONE)


def helpdesk_searched(person: SignedInPerson, by: str, *, prefix: bool) -> None:
    """An operator looks for somebody. by: kind of what was typed, which itself is kept nowhere."""
    _write(person, "helpdesk_searched", Outcome.DONE, detail={"by": by, "prefix": prefix})


def helpdesk_looked(person: SignedInPerson, mandate: Mandate, what: str) -> None:
    """An operator opens somebody's page (HLP-10). what: account, devices, sessions or history."""
    _write(person, "helpdesk_looked", Outcome.DONE, detail={"what": what}, mandate=mandate)


def helpdesk_refused(person: SignedInPerson, subject: Subject, act: str, why: str) -> None:
    """An operator asked for what the rules do not allow (HLP-06)."""
    detail = {"act": act, "why": why}
    _write(person, "helpdesk_refused", Outcome.REFUSED, detail=detail, mandate=Mandate(subject))


def helpdesk_began(operator: Known, act: str, mandate: Mandate, detail: Mapping[str, Any]) -> UUID:
    """An operator begins an act of several steps, each of which has rows of its own; its id."""
    return _write(operator, f"helpdesk_{act}", Outcome.DONE, detail=detail, mandate=mandate).id


def alarm_raised(by: Known, mandate: Mandate, pattern: str) -> UUID:
    """Something happens too often, or was done without its approval; the row's id."""
    detail = {"pattern": pattern}
    return _write(by, "alarm_raised", Outcome.DONE, detail=detail, mandate=mandate).id


def caller_check_begun(operator: Known, mandate: Mandate) -> None:
    _write(operator, "caller_check_begun", Outcome.DONE, mandate=mandate)


def caller_check_closed(by: Known, mandate: Mandate) -> None:
    _write(by, "caller_check_closed", Outcome.DONE, mandate=mandate)


def caller_asked(operator: Known, mandate: Mandate, way: str) -> None:
    """A code was sent, a phrase shown, or a vouch asked for. way: never a code or a phrase."""
    _write(operator, "caller_asked", Outcome.DONE, detail={"way": way}, mandate=mandate)


def caller_proved(by: Known, mandate: Mandate, detail: Mapping[str, Any]) -> UUID:
    """The caller is the person. by: the operator, or whoever vouched. detail: the way."""
    return _write(by, "caller_proved", Outcome.DONE, detail=detail, mandate=mandate).id


def caller_not_proved(operator: Known, mandate: Mandate, way: str, reason: str) -> None:
    detail = {"way": way, "reason": reason}
    _write(operator, "caller_proved", Outcome.REFUSED, detail=detail, mandate=mandate)


def call_denied(person: Known, mandate: Mandate) -> None:
    """The person says that they are not speaking with the helpdesk."""
    _write(person, "call_denied", Outcome.DONE, mandate=mandate)


def call_was_denied(subject: Subject, *, since: datetime) -> bool:
    """Whether they said so since then."""
    rows = AuditRecord.objects.filter(pool_id=subject.pool_id, sub=subject.sub, event="call_denied")
    return rows.filter(created_at__gte=since).exists()


def vouch_refused(voucher: Known, mandate: Mandate, reason: str) -> None:
    detail = {"reason": reason}
    _write(voucher, "caller_vouched", Outcome.REFUSED, detail=detail, mandate=mandate)


def approval_asked(operator: Known, mandate: Mandate, detail: Mapping[str, Any]) -> None:
    _write(operator, "approval_asked", Outcome.DONE, detail=detail, mandate=mandate)


def approval_given(approver: Known, mandate: Mandate, detail: Mapping[str, Any]) -> UUID:
    return _write(approver, "approval_given", Outcome.DONE, detail=detail, mandate=mandate).id


def approval_refused(approver: Known, mandate: Mandate, detail: Mapping[str, Any]) -> UUID:
    return _write(approver, "approval_given", Outcome.REFUSED, detail=detail, mandate=mandate).id


def approval_withdrawn(operator: Known, mandate: Mandate, detail: Mapping[str, Any]) -> None:
    _write(operator, "approval_withdrawn", Outcome.DONE, detail=detail, mandate=mandate)


def glass_broken(operator: Known, mandate: Mandate, detail: Mapping[str, Any]) -> UUID:
    """An act without the approval it needs."""
    return _write(operator, "glass_broken", Outcome.DONE, detail=detail, mandate=mandate).id


def embed_ticket_issued(person: Known, page: str) -> None:
    """An application asked for a frame for this person, and showed their token."""
    _write(person, "embed_ticket_issued", Outcome.DONE, detail={"page": page})


def embed_opened(person: SignedInPerson, *, window: bool) -> None:
    """A frame of another application is open, or the portal's own window in its place."""
    _write(person, "embed_opened", Outcome.DONE, detail={"window": window})


def embed_closed(person: SignedInPerson) -> None:
    _write(person, "embed_closed", Outcome.DONE)


def embed_client_added(by: SignedInPerson | None, detail: Mapping[str, Any]) -> None:
    """An application may embed the portal. detail: client, origins, pages, app_clients.

    by: here and below, an administrator, or None for the command on the portal's own machine.
    """
    _of_embed_client(by, "embed_client_added", detail)


def embed_client_changed(by: SignedInPerson | None, detail: Mapping[str, Any]) -> None:
    """It may embed it elsewhere, or other pages. detail: as above, and the same of before."""
    _of_embed_client(by, "embed_client_changed", detail)


def embed_client_removed(by: SignedInPerson | None, client: str) -> None:
    _of_embed_client(by, "embed_client_removed", {"client": client})


def embed_key_made(by: SignedInPerson | None, client: str) -> None:
    """A further key of an application; the key itself stands nowhere."""
    _of_embed_client(by, "embed_key_made", {"client": client})


def embed_keys_ended(by: SignedInPerson | None, client: str) -> None:
    """All keys of an application but the newest."""
    _of_embed_client(by, "embed_keys_ended", {"client": client})


def _of_embed_client(by: SignedInPerson | None, event: str, detail: Mapping[str, Any]) -> None:
    if by is None:
        _by_command(event, detail)
    else:
        _write(by, event, Outcome.DONE, detail=detail)


def signed_out(person: SignedInPerson) -> None:
    _write(person, "signed_out", Outcome.DONE)


def code_sent(person: SignedInPerson, factor: str) -> None:
    _write(person, "code_sent", Outcome.DONE, factor=factor)


def code_refused(person: Known, factor: str, reason: str) -> None:
    _write(person, "code_refused", Outcome.REFUSED, factor=factor, detail={"reason": reason})


def sign_in_refused(origin: Origin, reason: str) -> None:
    """Nobody is known yet: only where it came from and Cognito's own reason."""
    _anonymous(origin, "signed_in", Outcome.REFUSED, {"reason": reason})


def request_refused(
    refusal: Refusal, by: Known | None, origin: Origin, *, is_last: bool = False
) -> None:
    """A request that a guard, a limit, the origin or the CSRF token stopped (AUD-02).

    is_last: further ones of this kind stand in the log alone, until the window of the limit ends.
    """
    detail = {"what": refusal.what, **({"further": "in the log"} if is_last else {})}
    if by is None:
        _anonymous(origin, refusal.event, Outcome.REFUSED, detail)
    else:
        _write(by, refusal.event, Outcome.REFUSED, detail=detail)


def password_reset_asked(origin: Origin) -> None:
    """A code for a forgotten password was asked for; whether anybody got one is not said."""
    _anonymous(origin, "password_reset_asked", Outcome.DONE)


def password_was_reset(person: SignedInPerson) -> UUID:
    """Whose password it was, known now that they are in; `request_id` leads to the change."""
    return _write(person, "password_was_reset", Outcome.DONE).id


def method_set_up(person: SignedInPerson, factor: str, *, is_certain: bool) -> UUID:
    """The pool asked for a method at sign-in and got it; who it was is known only after that.

    factor: one of SET_UP_AT_SIGN_IN. is_certain: false where a sign-in before this one was cut,
    and nothing shows that the method is there.
    """
    outcome = Outcome.DONE if is_certain else Outcome.UNKNOWN
    detail = {"where": "sign-in"}
    return _write(person, SET_UP_AT_SIGN_IN[factor], outcome, factor=factor, detail=detail).id


def recovery_codes_kept(person: SignedInPerson) -> None:
    _write(person, "recovery_codes_kept", Outcome.DONE)


def not_me_said(person: Known, detail: Mapping[str, Any]) -> None:
    """Somebody said of a change that it was not theirs; `about` is its receipt."""
    _write(person, "not_me_said", Outcome.DONE, detail=detail)


def browser_trusted(person: SignedInPerson) -> None:
    _write(person, "browser_trusted", Outcome.DONE)


@contextmanager
def change_before_sign_in(origin: Origin, event: str) -> Iterator[None]:
    """Record a change by somebody who is not signed in, before and after it, like `change`."""
    intended = _anonymous(origin, event, Outcome.INTENDED)
    outcome, detail = Outcome.DONE, {}
    try:
        yield
    except CognitoError as refusal:
        outcome = Outcome.UNKNOWN if may_have_happened(refusal) else Outcome.REFUSED
        detail = {"reason": str(refusal)}
        raise
    finally:
        _anonymous(origin, event, outcome, detail, completes=intended)


def audit_read(person: SignedInPerson, what: str, asked: Mapping[str, str]) -> None:
    """An auditor reads the audit. what: list, row or table. asked: what they looked for."""
    _write(person, "audit_read", Outcome.DONE, detail={"what": what, "asked": dict(asked)})


def purged(pool_id: str, detail: Mapping[str, Any]) -> None:
    """Rows whose time was over are gone; what they were, and what the rest hangs on now."""
    _by_portal(pool_id, PURGED, detail)


def resealed(pool_id: str, detail: Mapping[str, Any]) -> None:
    """All rows up to one were found whole under the keys of before, and hang on this seal now."""
    _by_portal(pool_id, SEALED, detail)


def _created(beside: Beside, **values: Any) -> AuditRecord:
    """Write one row, and count it; one that cannot be written rings an alarm."""
    row = AuditRecord(**values)
    try:
        row.save(also=beside.steps)
    except DatabaseError:
        AUDIT_FAILURES.inc()
        raise
    beside.stand()
    count_event(row.event, str(row.outcome))
    return row


def _by_portal(pool_id: str, event: str, detail: Mapping[str, Any]) -> AuditRecord:
    return _created(
        Beside(),
        event=event,
        outcome=Outcome.DONE,
        pool_id=pool_id,
        actor="portal",
        detail=dict(detail),
    )


def _by_command(event: str, detail: Mapping[str, Any]) -> AuditRecord:
    """Somebody with a shell on the portal's machine; who, only that machine could say."""
    return _created(
        Beside(),
        event=event,
        outcome=Outcome.DONE,
        pool_id=settings.COGNITO_USER_POOL_ID,
        actor="command",
        detail=dict(detail),
    )


def _anonymous(
    origin: Origin,
    event: str,
    outcome: Outcome,
    detail: Mapping[str, Any] | None = None,
    *,
    completes: AuditRecord | None = None,
) -> AuditRecord:
    return _created(
        Beside(),
        event=event,
        outcome=outcome,
        completes=completes,
        pool_id=settings.COGNITO_USER_POOL_ID,
        actor="anonymous",
        detail=dict(detail or {}),
        **_where(origin),
    )


@dataclass(frozen=True)
class _End:
    """Of which intention a row is the end, if of any, and what stands with it."""

    of: AuditRecord | None = None
    beside: Beside = field(default_factory=Beside)


def _write(
    person: Known,
    event: str,
    outcome: Outcome,
    *,
    factor: str = "",
    detail: Mapping[str, Any] | None = None,
    mandate: Mandate | None = None,
    end: _End | None = None,
) -> AuditRecord:
    end = end or _End()
    mandate = mandate or Mandate(subject_of(person))
    whose = mandate.subject
    with outbox.beside(event, outcome) as tell:
        return tell(
            _created(
                end.beside,
                event=event,
                outcome=outcome,
                completes=end.of,
                pool_id=whose.pool_id,
                sub=whose.sub,
                actor=person.sub,
                factor=factor,
                reason=mandate.reason,
                ticket=mandate.ticket,
                caller_check=mandate.caller_check,
                approval=mandate.approval,
                detail=dict(detail or {}),
                **_where(person.origin),
            )
        )


def _conclude(
    person: Known,
    intended: AuditRecord,
    outcome: Outcome,
    detail: Mapping[str, Any],
    beside: Beside | None = None,
) -> None:
    _write(
        person,
        intended.event,
        outcome,
        factor=intended.factor,
        detail=detail,
        mandate=Mandate(
            Subject(intended.pool_id, intended.sub),
            reason=intended.reason,
            ticket=intended.ticket,
            caller_check=intended.caller_check,
            approval=intended.approval,
        ),
        end=_End(intended, beside or Beside()),
    )


def found_out(person: Known, receipt: UUID, outcome: Outcome, detail: Mapping[str, Any]) -> None:
    """Write the outcome of a change whose end nobody saw, once the pool was read.

    A change that has its outcome keeps it. receipt: of the intention.
    """
    intended = AuditRecord.objects.get(pk=receipt)
    ended = intended.completed_by.exclude(outcome=Outcome.UNKNOWN)
    if not ended.exists():
        _conclude(person, intended, outcome, {**detail, FOUND_OUT: True})


def _where(origin: Origin) -> dict[str, str]:
    return {
        "client_address": origin.client_address,
        "session_hash": origin.session_hash,
        "request_id": origin.request_id,
        "embed_client": origin.embed_client,
    }


@dataclass(frozen=True)
class OwnChange:
    """A change of one's own, as its two rows tell it together."""

    id: UUID
    created_at: datetime
    event: str
    factor: str
    outcome: str
    detail: dict[str, Any]


def own_change(person: SignedInPerson | Subject, receipt: UUID) -> OwnChange | None:
    """Find the change behind a receipt, among those of one account only (AUZ-02)."""
    rows = _change(receipt)
    if not rows:
        return None
    pool_id, sub, began_as, began_at, event, factor, intended, outcome, ended = rows[0]
    if (pool_id, sub, began_as) != (person.pool_id, person.sub, Outcome.INTENDED):
        return None
    return OwnChange(
        receipt, began_at, event, factor, outcome or Outcome.UNKNOWN, {**intended, **(ended or {})}
    )


# By its key alone, and whose it is is asked of the row: a PostgreSQL that has not counted its rows
# yet takes another index for the rest, and walks through all intentions of the pool.
_change = Prepared(
    lambda receipt: (
        AuditRecord.objects.filter(pk=receipt)
        # One that was found out later than it ended counts as it was found out.
        .order_by("-completed_by__number")
        .values_list(
            "pool_id",
            "sub",
            "outcome",
            "created_at",
            "event",
            "factor",
            "detail",
            "completed_by__outcome",
            "completed_by__detail",
        )[:1]
    ),
    UUID,
)


def own_event(person: SignedInPerson, receipt: UUID) -> OwnChange | None:
    """Find any entry of one's own history, a change or not (AUZ-02)."""
    row = AuditRecord.objects.filter(
        pk=receipt, pool_id=person.pool_id, sub=person.sub, completes__isnull=True
    ).first()
    if row is None:
        return None
    return own_change(person, receipt) or OwnChange(
        row.id, row.created_at, row.event, row.factor, row.outcome, dict(row.detail)
    )


@dataclass(frozen=True)
class Named:
    """The name and time of an event, and nothing of anybody."""

    created_at: datetime
    event: str


def event_named(receipt: UUID) -> Named | None:
    """For whoever holds a receipt: what kind of event it was, and when."""
    row = AuditRecord.objects.filter(pk=receipt).values_list("created_at", "event").first()
    return Named(*row) if row else None


def newly_proved(subject: Subject, since: datetime) -> dict[str, datetime]:
    """Methods whose number or address became another one since then, and when. One query."""
    rows = AuditRecord.objects.filter(
        pool_id=subject.pool_id,
        sub=subject.sub,
        created_at__gt=since,
        outcome=Outcome.DONE,
        detail__new=True,
    )
    return dict(rows.order_by("created_at").values_list("factor", "created_at"))


@dataclass(frozen=True)
class LastWord:
    """What somebody last asked for themselves: the receipt of it, and its detail."""

    id: UUID
    detail: dict[str, Any]


def last_change(person: SignedInPerson, events: Collection[str]) -> LastWord | None:
    """The newest of one's own changes by these names, unless somebody else made one since.

    One query. None as well where an operator changed something later: then theirs counts.
    """
    rows = _last_changes(tuple(events))(person.pool_id, person.sub)
    return last_word(rows[0][0], person.sub) if rows else None


@cache
def _last_changes(events: tuple[str, ...]) -> Prepared:
    return Prepared(lambda pool_id, sub: last_changes(pool_id, sub, events), str, str)


def last_changes(pool_id: str, sub: str, events: Collection[str]) -> QuerySet[AuditRecord, Any]:
    """The same as a query, which another one may hold; `last_word` reads what it gives."""
    by_others = Q(completes__isnull=False) & ~Q(actor=F("sub"))
    told = JSONObject(
        actor="actor", began="completes_id", detail="detail", intended="completes__detail"
    )
    return (
        AuditRecord.objects.filter(
            Q(event__in=events) | by_others, pool_id=pool_id, sub=sub, outcome=Outcome.DONE
        )
        .order_by("-created_at")
        .values_list(told)[:1]
    )


def last_word(told: Mapping[str, Any] | None, sub: str) -> LastWord | None:
    """Read a row of `last_changes`: what its owner asked for, if nobody else acted since."""
    if told is None or told["began"] is None or told["actor"] != sub:
        return None
    return LastWord(UUID(told["began"]), {**_object(told["intended"]), **_object(told["detail"])})


def _object(value: Any) -> dict[str, Any]:
    """SQLite gives JSON within JSON as its text."""
    found: dict[str, Any] = json.loads(value) if isinstance(value, str) else value
    return found


def newest_before(
    pool_id: str, sub: str, events: Collection[str], moment: datetime
) -> QuerySet[AuditRecord, Any]:
    """The number of the newest of these events on one account before a moment, as a query.

    In the order of the numbers: in that of time, a PostgreSQL that has not counted its rows yet
    walks through those of everybody.
    """
    return (
        AuditRecord.objects.filter(
            pool_id=pool_id, sub=sub, event__in=events, created_at__lte=moment
        )
        .order_by("-number")
        .values("number")[:1]
    )


def newest_beside(whose: Known, events: Collection[str], act: Act, since: datetime) -> Ready:
    """The number of the newest of these events on one account since a moment, but for this act."""
    return _newest_beside(tuple(events)).ready(whose.pool_id, whose.sub, act.id, since)


@cache
def _newest_beside(events: tuple[str, ...]) -> Prepared:
    def build(pool_id: str, sub: str, own: UUID, since: datetime) -> Any:
        rows = AuditRecord.objects.filter(
            pool_id=pool_id, sub=sub, event__in=events, created_at__gte=since
        )
        # In the order of the numbers, for the reason that `newest_before` gives.
        return rows.exclude(id=own).order_by("-number").values_list("number")[:1]

    return Prepared(build, str, str, UUID, datetime)


@dataclass(frozen=True)
class Since:
    """A row as `events_since` finds it. is_open: whether its end is to be found out (`ends`).

    began_at: of an end that was found out later, and not seen, when it was begun; else None.
    """

    id: UUID
    created_at: datetime
    event: str
    outcome: str
    is_open: bool
    began_at: datetime | None


def events_since(
    whose: Known, events: Collection[str], *, through: int, unfinished: datetime
) -> list[Since]:
    """Which of these events happened on one account after a record, however they ended.

    unfinished: those whose end nobody saw count from this moment on.
    """
    ask = _events_since(tuple(events))
    rows = ask(whose.pool_id, whose.sub, through, unfinished, ends.remembered_since())
    return [_since(*row) for row in rows]


def _since(own: UUID, at: datetime, event: str, outcome: str, *more: Any) -> Since:
    detail, is_open, began_at = more
    return Since(own, at, event, outcome, is_open, began_at if FOUND_OUT in detail else None)


@cache
def _events_since(events: tuple[str, ...]) -> Prepared:
    def build(pool_id: str, sub: str, through: int, unfinished: datetime, told: datetime) -> Any:
        is_open = ends.is_open(told)
        ends_unseen = Q(outcome=Outcome.UNKNOWN) | is_open
        rows = AuditRecord.objects.filter(
            Q(number__gt=through) | ends_unseen & Q(created_at__gte=unfinished),
            pool_id=pool_id,
            sub=sub,
            event__in=events,
        )
        # In an order that the index of the person has, and none of those that tie with it where
        # PostgreSQL has not counted its rows yet.
        return rows.order_by("number").values_list(
            "id",
            "created_at",
            "event",
            "outcome",
            "detail",
            ExpressionWrapper(is_open, BooleanField()),
            "completes__created_at",
        )

    return Prepared(build, str, str, int, datetime, datetime)


def unfinished(pool_id: str, *, since: datetime, until: datetime) -> list[AuditRecord]:
    """Intentions of one pool between two moments whose end is to be found out. One query."""
    rows = AuditRecord.objects.filter(pool_id=pool_id, created_at__gt=since, created_at__lte=until)
    return list(rows.filter(ends.is_open(ends.remembered_since())))


def still_unfinished(receipts: Collection[UUID]) -> list[AuditRecord]:
    """Those of these intentions whose end is still to be found out."""
    rows = AuditRecord.objects.filter(pk__in=receipts)
    return list(rows.filter(ends.is_open(ends.remembered_since())))


def end_unseen(intended: AuditRecord, outcome: Outcome) -> bool:
    """Write the end of an intention that nobody saw; false where somebody did, or told of it.

    Within a transaction, which from here on is the only one that writes to the chain: of two that
    come at once, the second finds what the first wrote. What ended as not certain and still is
    gets no second end.
    """
    AuditHead.held(intended.pool_id)
    if not still_unfinished([intended.pk]):
        return False
    if outcome is not Outcome.UNKNOWN or not intended.completed_by.exists():
        by = Visitor(intended.pool_id, intended.actor, origin_of(intended))
        _conclude(by, intended, outcome, {FOUND_OUT: True})
    return True


def origin_of(row: AuditRecord) -> Origin:
    return Origin(row.client_address, row.session_hash, row.request_id, row.embed_client)


def was_noted(person: SignedInPerson, receipt: UUID, detail: Mapping[str, Any]) -> bool:
    """Whether this very mismatch stands in the audit already."""
    return AuditRecord.objects.filter(
        pool_id=person.pool_id,
        sub=person.sub,
        event="preference_mismatch",
        detail={**detail, "receipt": str(receipt)},
    ).exists()


@dataclass(frozen=True)
class PastEvent:
    """One thing that happened to an account, its intention and its outcome in one.

    actor: the `sub` of whoever did it. outcome: done, refused or unknown.
    """

    id: UUID
    created_at: datetime
    event: str
    outcome: str
    factor: str
    actor: str
    client_address: str
    detail: dict[str, Any]
    reason: str = ""
    ticket: str = ""


def past_events(
    person: SignedInPerson | Subject,
    *,
    since: datetime,
    before: datetime | None = None,
    events: Collection[str] | None = None,
    outcomes: Collection[str] | None = None,
    at_most: int | None = None,
) -> list[PastEvent]:
    """What happened to one account, the newest first: one's own (AUZ-02), or one in reach.

    An intention whose outcome was written is told by that outcome alone; one without any is
    unknown, as after a process that died between the two rows.
    """
    rows = AuditRecord.objects.filter(
        pool_id=person.pool_id, sub=person.sub, created_at__gte=since
    ).exclude(outcome=Outcome.INTENDED, completed_by__isnull=False)
    if before is not None:
        rows = rows.filter(created_at__lt=before)
    if events is not None:
        rows = rows.filter(event__in=events)
    if outcomes is not None:
        wanted = {*outcomes, *({Outcome.INTENDED} if Outcome.UNKNOWN in outcomes else ())}
        rows = rows.filter(outcome__in=wanted)
    ordered = rows.select_related("completes").order_by("-created_at", "-id")
    return [_past(row) for row in (ordered[:at_most] if at_most else ordered)]


def _past(row: AuditRecord) -> PastEvent:
    asked = row.completes.detail if row.completes else {}
    outcome = Outcome.UNKNOWN if row.outcome == Outcome.INTENDED else row.outcome
    return PastEvent(
        id=row.completes_id or row.id,
        created_at=row.created_at,
        event=row.event,
        outcome=str(outcome),
        factor=row.factor,
        actor=row.actor,
        client_address=row.client_address,
        detail={**asked, **row.detail},
        reason=row.reason,
        ticket=row.ticket,
    )

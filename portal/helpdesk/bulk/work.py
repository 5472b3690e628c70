"""One row at a time: look at an account, or change it, so that nothing is ever done twice.

A worker takes a row by moving its `opens_at` on in one conditional UPDATE. Just before the call
the row says that it is intended; after it, how it ended. Where a worker died or no answer came,
the row stays intended: whoever takes it next reads the pool first (RES-04), and acts only on what
is not done yet.
"""

import random
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists
from django.utils import timezone

from accounts import audit, vault
from accounts.audit import Mandate
from accounts.cognito.errors import (
    CognitoError,
    CognitoUnreachable,
    CutShort,
    DevicesNotTracked,
    Misconfigured,
    PersonUnknown,
    SessionsNotListed,
    TryLater,
)
from accounts.cognito.people import Someone
from accounts.locks import LockBusy, locked
from accounts.models import AuditRecord
from accounts.sessions import Origin
from accounts.subjects import Subject, Visitor
from portal.factors import services as factors
from portal.factors.domain import Factor
from portal.helpdesk.bulk import budget, progress, reading, telling
from portal.helpdesk.bulk.budget import BudgetBusy, Quota
from portal.helpdesk.bulk.models import BulkChange, BulkRow
from portal.helpdesk.bulk.planning import Kind, Skip, Verdict, Wanted, judge
from portal.helpdesk.matrix import Operator

log = structlog.get_logger(__name__)
State, Row = BulkChange.State, BulkRow.State
MOST_TRIES = 8
# What cannot be told by reading: once it was perhaps done, it is not done again.
UNREADABLE = "not_certain"
AWAY = (TryLater, CognitoUnreachable, BudgetBusy, LockBusy)


class Standstill(Exception):
    """Nothing of this change can go on now; an operator must look. note: why."""

    def __init__(self, note: str) -> None:
        super().__init__(note)
        self.note = note


def wanted_of(change: BulkChange) -> Wanted:
    return Wanted(Kind(change.kind), Factor(change.factor) if change.factor else None)


def take(change: BulkChange) -> BulkRow | None:
    """Take one row that nobody works on; None where there is none now."""
    looking = change.state == State.LOOKING
    states = progress.TO_LOOK if looking else progress.TO_DO
    now = timezone.now()
    for row in change.rows.filter(state__in=states, opens_at__lte=now).order_by("line")[:8]:
        until = now + settings.BULK_LEASE
        if _moved(row, change.state, opens_at=until, tries=row.tries + 1):
            return row
    return None


def _moved(row: BulkRow, change_is: str, **to: Any) -> bool:
    """Write to a row that is as we know it, of a change that still is in that state."""
    # No join: a worker that waited for another's write must see the row as it is then.
    still = Exists(BulkChange.objects.filter(pk=row.change_id, state=change_is))
    mine = BulkRow.objects.filter(still, pk=row.pk, state=row.state, opens_at=row.opens_at)
    if not mine.update(**to):
        return False
    for name, value in to.items():
        setattr(row, name, value)
    return True


def do(change: BulkChange, row: BulkRow, operators: Collection[Operator]) -> None:
    """Look at one row, or change what it is about. Errors: Standstill."""
    try:
        if change.state == State.LOOKING:
            _look(change, row, operators)
        else:
            _change(change, row, operators)
    except AWAY as trouble:
        _later(row, trouble)
        if isinstance(reason := _reason(trouble), Misconfigured):
            raise _standstill(change, reason) from trouble
    except Misconfigured as trouble:
        _back(row, timedelta())
        raise _standstill(change, trouble) from trouble


def _standstill(change: BulkChange, trouble: CognitoError) -> Standstill:
    log.error("bulk_misconfigured", change=str(change.pk), reason=str(trouble))
    return Standstill("misconfigured")


def _reason(trouble: Exception) -> BaseException | None:
    """Why some of several calls were made and no more; else the trouble itself."""
    return trouble.__cause__ if isinstance(trouble, CutShort) else trouble


# --- looking ------------------------------------------------------------------------------------


def _look(change: BulkChange, row: BulkRow, operators: Collection[Operator]) -> None:
    try:
        who = reading.someone(row.sub or vault.unseal(row.sealed))
        verdict = _judged(change, who, operators)
    except (PersonUnknown, vault.SealBroken):
        _ended(row, Row.SKIPPED, Skip.NOBODY)
        return
    try:
        with transaction.atomic():
            BulkRow.objects.filter(pk=row.pk).update(sub=who.sub)
    except IntegrityError:
        _ended(row, Row.SKIPPED, Skip.TWICE, sub="")
        return
    if verdict.skip:
        _ended(row, Row.SKIPPED, verdict.skip)
        return
    plan = {
        "now": factors.asked_detail(verdict.now)["asked"],
        "after": factors.asked_detail(verdict.after)["asked"],
    }
    now = timezone.now()
    ready = {"plan": plan, "writes": verdict.writes, "tries": 0, "opens_at": now, "sealed": ""}
    BulkRow.objects.filter(pk=row.pk, state=Row.GIVEN).update(state=Row.PLANNED, **ready)


def _judged(change: BulkChange, who: Someone, operators: Collection[Operator]) -> Verdict:
    wanted, policy = wanted_of(change), factors.current_policy()
    try:
        found = reading.found(who, wanted, change.pool_id, policy)
    except DevicesNotTracked:
        return Verdict(Skip.NOT_TRACKED)
    return judge(wanted, operators, found, policy)


# --- changing -----------------------------------------------------------------------------------


def _change(change: BulkChange, row: BulkRow, operators: Collection[Operator]) -> None:
    """Under the person's lock, as if they changed it themselves (FAC-03)."""
    # Whoever holds it is busy with a page; the row comes again, and others go first.
    with locked(factors.lock_name(Subject(change.pool_id, row.sub)), wait_seconds=1):
        try:
            who = reading.someone(row.sub)
            verdict = _judged(change, who, operators)
        except PersonUnknown:
            who, verdict = None, Verdict(Skip.NOBODY)
        if _may_be_made_already(row) and _is_settled(change, row, who, verdict):
            return
        if who is None or verdict.skip:
            _ended(row, Row.SKIPPED, verdict.skip or Skip.NOBODY)
            return
        budget.spend(Quota.WRITE)
        _act(change, row, who, verdict)


def _may_be_made_already(row: BulkRow) -> bool:
    """The receipt is written down before the call: without one, no call was made."""
    return row.state == Row.INTENDED and row.receipt is not None


def _is_settled(change: BulkChange, row: BulkRow, who: Someone | None, verdict: Verdict) -> bool:
    """Whether a change, of which nothing was heard, was made or cannot be made any more."""
    if verdict.skip is Skip.ALREADY:
        _conclude(change, row, who, Row.DONE)
        return True
    if verdict.skip:
        _conclude(change, row, who, Row.REFUSED, verdict.skip)
        return True
    is_told_by_reading = change.kind != Kind.END_SESSIONS
    return False if is_told_by_reading or who is None else _sessions_are_settled(change, row, who)


def _sessions_are_settled(change: BulkChange, row: BulkRow, who: Someone) -> bool:
    """A second time would also end what was begun since: not where the pool shows no sessions."""
    assert row.receipt is not None  # noqa: S101  (asked before)
    intended = AuditRecord.objects.get(pk=row.receipt)
    try:
        is_to_do = reading.is_signed_in_since_before(who, intended.created_at)
    except SessionsNotListed:
        _conclude(change, row, who, Row.UNKNOWN, UNREADABLE)
        return True
    if not is_to_do:
        _conclude(change, row, who, Row.DONE)
    return not is_to_do


def _act(change: BulkChange, row: BulkRow, who: Someone, verdict: Verdict) -> None:
    """Say what is intended, do it, say how it ended."""
    until, older = timezone.now() + settings.BULK_LEASE, row.receipt
    if not _moved(row, State.RUNNING, state=Row.INTENDED, opens_at=until):
        return
    wanted = wanted_of(change)
    detail = {"approved_by": change.decided_by}
    event, factor = telling.EVENT[wanted.kind], change.factor
    mandate = Mandate(
        Subject(change.pool_id, row.sub),
        reason=change.reason,
        ticket=change.ticket,
        approval=str(change.pk),
    )
    try:
        with audit.change(
            _planner(change), event, factor=factor, detail=detail, mandate=mandate
        ) as act:
            act.detail["asked"] = factors.asked_detail(verdict.after)["asked"]
            _intends(row, act.id)
            reading.make(wanted, who, verdict)
    except (TryLater, Misconfigured):
        # Cognito looked at nothing, so this call is not to be read after. An older one is.
        _intends(row, older)
        raise
    except AWAY:
        raise
    except CognitoError as refused:
        log.warning("bulk_refused", reason=str(refused))
        _ended(row, Row.REFUSED, "refused")
        return
    _done(change, row, who)


def _intends(row: BulkRow, receipt: UUID | None) -> None:
    row.receipt = receipt
    BulkRow.objects.filter(pk=row.pk).update(receipt=receipt)


def _planner(change: BulkChange) -> Visitor:
    return Visitor(change.pool_id, change.planned_by, Origin(request_id=change.request_id))


def _done(change: BulkChange, row: BulkRow, who: Someone) -> None:
    """The row and the notices in one: a person is told once, whatever is cut here."""
    with transaction.atomic():
        if _ended(row, Row.DONE):
            telling.tell(change, row, who.account)


def _conclude(
    change: BulkChange, row: BulkRow, who: Someone | None, end: BulkRow.State, reason: str = ""
) -> None:
    """Write down, for a change of which nothing was heard, what the pool says of it now."""
    assert row.receipt is not None  # noqa: S101  (asked before)
    outcome, detail = AuditRecord.Outcome(end.value), {"reason": reason} if reason else {}
    audit.found_out(_planner(change), row.receipt, outcome, detail)
    if end is Row.DONE and who is not None:
        _done(change, row, who)
    else:
        _ended(row, end, reason)


# --- how a row ends, or waits -------------------------------------------------------------------


def _ended(row: BulkRow, state: BulkRow.State, reason: str = "", **more: Any) -> bool:
    end = {"state": state, "reason": reason, "sealed": "", "ended_at": timezone.now()}
    return bool(BulkRow.objects.filter(pk=row.pk, state=row.state).update(**end, **more))


def _later(row: BulkRow, trouble: Exception) -> None:
    """Try again, later each time. TryLater changed nothing; silence leaves the row intended."""
    if isinstance(trouble, BudgetBusy | LockBusy):
        row.tries -= 1
    elif row.tries >= MOST_TRIES:
        _give_up(row)
        return
    reason = _reason(trouble)
    if isinstance(reason, TryLater):
        _slow_down(reason, row.tries)
    longest = min(2**row.tries, 60)
    _back(row, timedelta(seconds=longest * random.uniform(0.5, 1)))  # noqa: S311  (no secret)


def _give_up(row: BulkRow) -> None:
    intended = row.state == Row.INTENDED and row.receipt is not None
    _ended(row, Row.UNKNOWN if intended else Row.REFUSED, Skip.NOT_READ)


def _slow_down(trouble: TryLater, tries: int) -> None:
    writing = trouble.operation in telling.WRITES
    for quota in (Quota.WRITE,) if writing else (Quota.USER_READ, Quota.RESOURCE_READ):
        budget.hold(quota, tries)
    log.warning("bulk_slows_down", operation=trouble.operation, tries=tries)


def _back(row: BulkRow, wait: timedelta) -> None:
    opens_at: datetime = timezone.now() + wait
    mine = BulkRow.objects.filter(pk=row.pk, state=row.state)
    mine.update(opens_at=opens_at, tries=max(row.tries, 0))

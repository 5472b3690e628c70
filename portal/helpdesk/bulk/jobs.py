"""The jobs of a change for many people: short ones, each of which queues the next.

A change has a few lanes, so that waiting for Cognito does not waste the budget. A job first takes
its lane's turn in one conditional UPDATE and queues the next one for later, in the same
transaction: if its worker dies, that one goes on. Done in time, it queues the next one for now;
of the two, only the first gets the turn. So a lane never stops, and never runs twice at once for
longer than it takes to lose a lease.
"""

from datetime import datetime, timedelta
from time import monotonic

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django_tasks import task

from accounts.cognito.errors import (
    CognitoError,
    CognitoUnreachable,
    GroupUnknown,
    Misconfigured,
    PersonUnknown,
    TryLater,
)
from portal.helpdesk.bulk import budget, gathering, progress, reading, work
from portal.helpdesk.bulk.budget import BudgetBusy, Quota
from portal.helpdesk.bulk.models import BulkChange, BulkLane
from portal.helpdesk.bulk.work import Standstill
from portal.helpdesk.matrix import Act, Operator, may

log = structlog.get_logger(__name__)
State = BulkChange.State
LANES = 2
SLICE_ROWS = 20
SLICE_SECONDS = 10
DECISION_WITHIN = timedelta(hours=24)
AT_ONCE, A_MOMENT = timedelta(), timedelta(seconds=2)


def begin(change: BulkChange) -> None:
    """Let the lanes run from now on; whatever of them is still queued loses its turn."""
    with transaction.atomic():
        for number in range(LANES):
            lane, _ = BulkLane.objects.get_or_create(change=change, number=number)
            BulkLane.objects.filter(pk=lane.pk).update(turn=F("turn") + 1)
            lane.refresh_from_db()
            go_on.enqueue(str(change.pk), number, lane.turn)


@task()
def go_on(change_id: str, lane: int, turn: int) -> None:
    """One slice of one lane of a change."""
    change = BulkChange.objects.filter(pk=change_id, state__in=progress.AT_WORK).first()
    if change is None or not _take_turn(change, lane, turn):
        return
    wait = _slice(change)
    if wait is not None:
        _queue(change, lane, turn + 1, wait)


def _take_turn(change: BulkChange, lane: int, turn: int) -> bool:
    with transaction.atomic():
        mine = BulkLane.objects.filter(change=change, number=lane, turn=turn)
        if not mine.update(turn=turn + 1):
            return False
        _queue(change, lane, turn + 1, settings.BULK_LEASE)
    return True


def _queue(change: BulkChange, lane: int, turn: int, wait: timedelta) -> None:
    later = timezone.now() + wait
    job = go_on.using(run_after=later) if wait else go_on
    job.enqueue(str(change.pk), lane, turn)


def _slice(change: BulkChange) -> timedelta | None:
    """Work for a while; in how long to go on, or None where there is nothing left to do."""
    try:
        operators = _operators(change)
        if not change.gathered:
            gathering.one_page(change)
            return AT_ONCE
        return _rows(change, operators)
    except (BudgetBusy, CognitoUnreachable):
        return A_MOMENT
    except TryLater:
        for quota in (Quota.RESOURCE_READ, Quota.LIST):
            budget.hold(quota, 2)
        return A_MOMENT
    except Standstill as standstill:
        _stand_still(change, standstill.note)
    except GroupUnknown:
        _stand_still(change, "group")
    except Misconfigured:
        _stand_still(change, "misconfigured")
    except CognitoError as refused:
        log.error("bulk_refused", change=str(change.pk), reason=str(refused))
        _stand_still(change, "refused")
    return None


def _operators(change: BulkChange) -> list[Operator]:
    """Whoever planned and whoever agreed, as they are now: a role that is gone ends it (HLP-06)."""
    subs = [change.planned_by, *([change.decided_by] if change.decided_by else [])]
    found = []
    for sub in subs:
        try:
            operator = reading.operator(sub)
        except PersonUnknown as gone:
            raise Standstill("role") from gone
        if not may(Act.PLAN_BULK, operator.roles):
            raise Standstill("role")
        found.append(operator)
    return found


def _rows(change: BulkChange, operators: list[Operator]) -> timedelta | None:
    ends = monotonic() + SLICE_SECONDS
    for _ in range(SLICE_ROWS):
        row = work.take(change)
        if row is None:
            return _nothing_to_take(change)
        work.do(change, row, operators)
        if monotonic() > ends:
            break
    return AT_ONCE


def _nothing_to_take(change: BulkChange) -> timedelta | None:
    """The end of a phase, or a pause until the next row may be taken."""
    change.refresh_from_db()
    if change.state not in progress.AT_WORK:
        return None
    states = progress.TO_LOOK if change.state == State.LOOKING else progress.TO_DO
    left = change.rows.filter(state__in=states).order_by("opens_at")
    opens_at: datetime | None = left.values_list("opens_at", flat=True).first()
    if opens_at is not None:
        return max(opens_at - timezone.now(), timedelta(milliseconds=200))
    if change.state == State.LOOKING:
        expires_at = timezone.now() + DECISION_WITHIN
        progress.move(change, State.WAITING, of=(State.LOOKING,), expires_at=expires_at)
    else:
        progress.move(change, State.FINISHED, of=(State.RUNNING,))
    return None


def _stand_still(change: BulkChange, note: str) -> None:
    """What runs waits for an operator; what is only looked at is over, and can be planned anew."""
    if not progress.move(change, State.PAUSED, of=(State.RUNNING,), note=note):
        progress.move(change, State.CANCELLED, of=(State.LOOKING,), note=note)

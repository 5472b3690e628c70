"""One budget of calls for all workers on all machines, so that people's own are never throttled.

Each quota of Cognito's has one row: when its next call may be made. A call takes the next place
in that queue by one conditional UPDATE, waits for it, and is made. So calls come evenly, at
`PORTAL_BULK_SHARE` of what Cognito allows (contract 12), however many workers there are.
"""

import random
import time
from enum import StrEnum

from django.conf import settings
from django.db import transaction
from django.db.models import BigIntegerField, Case, F, Value, When

from portal.helpdesk.bulk.models import Pace

SECOND = 1_000_000
# Whoever would wait longer gives the worker back to others.
LONGEST_QUEUE_SECONDS = 3
LONGEST_HOLD_SECONDS = 60


class Quota(StrEnum):
    """Cognito's categories as far as changes for many people use them."""

    USER_READ = "UserRead"
    RESOURCE_READ = "UserResourceRead"
    LIST = "UserList"
    # UserUpdate and UserResourceUpdate together: twice as careful as need be.
    WRITE = "writes"


READS = {Quota.USER_READ: 120.0, Quota.RESOURCE_READ: 50.0, Quota.LIST: 30.0}


class BudgetBusy(Exception):
    """So many calls wait for their turn that it is better to come back later."""


def rate(quota: Quota) -> float:
    """Calls a second for changes for many people, all of them together."""
    return settings.BULK_SHARE * READS.get(quota, settings.COGNITO_WRITE_RPS)


def spend(quota: Quota) -> None:
    """Take the next place in the queue, and wait for it. Errors: BudgetBusy (nothing taken)."""
    time.sleep(reserve(quota))


def spend_patiently(quota: Quota) -> None:
    """The same in the middle of a change, which is not left half done for a long queue."""
    while True:
        try:
            return spend(quota)
        except BudgetBusy:
            time.sleep(1)


def reserve(quota: Quota) -> float:
    """Take the next place; return in how many seconds it is. Errors: BudgetBusy."""
    now = _now()
    step = round(SECOND / rate(quota))
    latest = now + LONGEST_QUEUE_SECONDS * SECOND
    taken = _advance(quota, now, step, latest) or _begin(quota, now, step, latest)
    if taken is None:
        raise BudgetBusy(quota)
    return max(0, taken - step - now) / SECOND


def hold(quota: Quota, tries: int) -> None:
    """Cognito said that it was too much: nobody calls for a while, longer each time."""
    longest = min(LONGEST_HOLD_SECONDS, 2**tries)
    until = _now() + round(SECOND * longest * random.uniform(0.5, 1))  # noqa: S311  (no secret)
    Pace.objects.get_or_create(quota=quota, defaults={"free_at": 0})
    Pace.objects.filter(quota=quota, free_at__lt=until).update(free_at=until)


def _now() -> int:
    return time.time_ns() // 1000


def _advance(quota: Quota, now: int, step: int, latest: int) -> int | None:
    """The end of the place that was taken, or None; who is late begins now."""
    # The row stays ours until the transaction ends: what is read here is what we took.
    with transaction.atomic():
        late = When(free_at__lt=now, then=Value(now + step, output_field=BigIntegerField()))
        taken = Pace.objects.filter(quota=quota, free_at__lte=latest).update(
            free_at=Case(late, default=F("free_at") + step)
        )
        if not taken:
            return None
        return Pace.objects.values_list("free_at", flat=True).get(quota=quota)


def _begin(quota: Quota, now: int, step: int, latest: int) -> int | None:
    Pace.objects.bulk_create([Pace(quota=quota, free_at=0)], ignore_conflicts=True)
    return _advance(quota, now, step, latest)

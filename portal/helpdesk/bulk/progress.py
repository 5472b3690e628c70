"""How far a change for many people is: its numbers, its steps from state to state, its end."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Q, Sum
from django.utils import timezone

from portal.helpdesk.bulk import budget
from portal.helpdesk.bulk.budget import Quota
from portal.helpdesk.bulk.models import BulkChange, BulkRow

State, Row = BulkChange.State, BulkRow.State
KEPT = timedelta(days=90)
# Rows that still have to be looked at, or done.
TO_LOOK, TO_DO = (Row.GIVEN,), (Row.PLANNED, Row.INTENDED)
AT_WORK = (State.LOOKING, State.RUNNING)
OVER = (State.FINISHED, State.REFUSED, State.CANCELLED)
# Reads for one account while it is changed: of itself, and of its groups or devices.
READS = {Quota.USER_READ: 2, Quota.RESOURCE_READ: 2}


@dataclass(frozen=True)
class Numbers:
    """Rows by state, and how long the rest takes at least, at the share that is ours."""

    given: int
    planned: int
    intended: int
    done: int
    skipped: int
    refused: int
    unknown: int
    writes: int

    @property
    def all(self) -> int:
        return self.given + self.to_do + self.skipped + self.ended

    @property
    def to_do(self) -> int:
        return self.planned + self.intended

    @property
    def ended(self) -> int:
        return self.done + self.refused + self.unknown

    @property
    def looked(self) -> int:
        return self.all - self.given

    @property
    def seconds_left(self) -> int:
        """By the slowest quota of those that are needed."""
        read = max(self.to_do * calls / budget.rate(quota) for quota, calls in READS.items())
        return round(max(self.writes / budget.rate(Quota.WRITE), read)) or 1


def numbers_of(change: BulkChange) -> Numbers:
    """One query."""
    counts = {state.value: Count("pk", filter=Q(state=state)) for state in Row}
    found: dict[str, Any] = change.rows.aggregate(
        **counts, writes=Sum("writes", filter=Q(state__in=TO_DO))
    )
    return Numbers(**{name: number or 0 for name, number in found.items()})


def skipped_because(change: BulkChange) -> list[tuple[str, int]]:
    """Why how many were left out, the most frequent reason first."""
    rows = change.rows.filter(state=Row.SKIPPED).values_list("reason")
    return list(rows.annotate(number=Count("pk")).order_by("-number", "reason"))


def move(
    change: BulkChange, to: BulkChange.State, *, of: Collection[BulkChange.State], **more: Any
) -> bool:
    """Go from one of these states to another, once; false where somebody else was quicker."""
    if to in OVER:
        more["ended_at"] = timezone.now()
    moved = BulkChange.objects.filter(pk=change.pk, state__in=of).update(state=to, **more)
    if moved:
        change.refresh_from_db()
    return bool(moved)


def purge() -> int:
    """Delete what was planned so long ago, unless it is at work; with all its rows."""
    old = BulkChange.objects.filter(planned_at__lte=timezone.now() - KEPT)
    gone, by_table = old.exclude(state__in=AT_WORK).delete()
    return by_table.get("helpdesk_bulk.BulkChange", 0) if gone else 0

"""What a manager asks: how much was done, why, how long it took, and what waits.

Counted from the audit, the cases and the approvals; nobody is named. Days and hours are UTC.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from django.db.models import Count, QuerySet
from django.db.models.functions import ExtractHour, TruncDate

from accounts.models import AuditRecord, Case
from portal.activity.timeline import SAID
from portal.helpdesk import charts, words
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import Approval

# What an operator does to an account, by the names of its events.
ACTS = ("helpdesk_", "bulk_")
# Of these, what only looks, or is no act on an account.
NO_ACTS = frozenset({
    "helpdesk_entered", "helpdesk_left", "helpdesk_searched", "helpdesk_looked", "helpdesk_refused",
    "bulk_planned", "bulk_approved", "bulk_refused", "bulk_paused", "bulk_resumed",
    "bulk_cancelled", "helpdesk_reveal", "helpdesk_open_case", "helpdesk_close_case",
})  # fmt: skip
CHECK = "caller_proved"
Outcome = AuditRecord.Outcome
Rows = QuerySet[Any, Any]


@dataclass(frozen=True)
class Table:
    """One question answered: its words, what is counted by what, and its picture."""

    name: str
    title: str
    says: str
    by: str
    counted: str
    rows: tuple[tuple[str, int], ...]
    # Its labels are words, not days or hours.
    in_words: bool = False

    @property
    def chart(self) -> str:
        shown = self.rows[::-1] if self.in_words else self.rows
        labels, values = [row[0] for row in shown], [row[1] for row in shown]
        return charts.bars(labels, values, said=f"{self.title}: {self.says}", lying=self.in_words)


@dataclass(frozen=True)
class Waiting:
    """What waits for a second operator now. longest: since when."""

    approvals: int
    longest: datetime | None
    open_cases: int


def tables(pool_id: str, now: datetime, days: int) -> list[Table]:
    """Every table of the page. days: how many, today included."""
    first = (now - timedelta(days=days - 1)).date()
    since = datetime.combine(first, datetime.min.time(), UTC)
    rows = AuditRecord.objects.filter(pool_id=pool_id, created_at__gte=since).order_by()
    names = [event for event in SAID if event.startswith(ACTS) and event not in NO_ACTS]
    acts = rows.filter(event__in=names, outcome=Outcome.DONE)
    checks = rows.filter(event=CHECK, outcome=Outcome.REFUSED)
    cases = Case.objects.filter(pool_id=pool_id, opened_at__gte=since)
    every_day = [first + timedelta(days=each) for each in range(days)]
    return [
        _per_day("acts", "Resets and other acts", "acts", every_day, acts),
        _per_name("kinds", "What was done", "act", acts.values_list("event")),
        _per_name("cases", "Why people needed help", "case", cases.values_list("kind")),
        _to_resolve(pool_id, since),
        _per_day("checks", "Checks of callers that failed", "checks", every_day, checks),
        _per_hour(acts),
    ]


def waiting(pool_id: str, now: datetime) -> Waiting:
    asked = Approval.objects.filter(pool_id=pool_id, state=Approval.State.OPEN, ends_at__gt=now)
    oldest = asked.order_by("asked_at").values_list("asked_at", flat=True).first()
    cases = Case.objects.filter(pool_id=pool_id, state=Case.State.OPEN)
    return Waiting(asked.count(), oldest, cases.count())


def as_rows(found: Iterable[Table]) -> Iterable[tuple[str, str, str]]:
    """All tables as one, for a spreadsheet."""
    for table in found:
        for label, value in table.rows:
            yield table.title, label, str(value)


def _per_day(name: str, title: str, counted: str, days: Sequence[date], rows: Rows) -> Table:
    found = dict(
        rows.annotate(day=TruncDate("created_at", tzinfo=UTC))
        .values_list("day")
        .annotate(number=Count("pk"))
    )
    each = tuple((day.isoformat(), found.get(day, 0)) for day in days)
    return Table(name, title, f"{sum(found.values())} in all", "day", counted, each)


def _per_name(name: str, title: str, by: str, rows: Rows) -> Table:
    found = Counter(dict(rows.order_by().annotate(number=Count("pk"))))
    each = tuple((_words(which), number) for which, number in found.most_common())
    return Table(name, title, f"{found.total()} in all", by, "number", each, in_words=True)


def _words(name: str) -> str:
    act = name.removeprefix("helpdesk_")
    said = words.ACT[Act(act)] if act in set(Act) else act.replace("_", " ")
    return said[:1].upper() + said[1:]


def _per_hour(rows: Rows) -> Table:
    found = dict(
        rows.annotate(hour=ExtractHour("created_at", tzinfo=UTC))
        .values_list("hour")
        .annotate(number=Count("pk"))
    )
    each = tuple((f"{hour:02d}:00", found.get(hour, 0)) for hour in range(24))
    busiest = max(found, key=lambda hour: found[hour], default=None)
    says = "nothing yet" if busiest is None else f"most from {busiest:02d}:00 on"
    return Table("hours", "Busiest hours", says, "hour (UTC)", "acts", each)


BANDS = (
    ("up to 15 minutes", timedelta(minutes=15)),
    ("up to an hour", timedelta(hours=1)),
    ("up to 4 hours", timedelta(hours=4)),
    ("up to a day", timedelta(days=1)),
    ("longer", timedelta.max),
)


def _to_resolve(pool_id: str, since: datetime) -> Table:
    closed = Case.objects.filter(pool_id=pool_id, closed_at__gte=since)
    took = [end - begun for begun, end in closed.values_list("opened_at", "closed_at") if end]
    bands = Counter(next(name for name, most in BANDS if each <= most) for each in took)
    each = tuple((name, bands[name]) for name, _ in BANDS)
    title = "Time to resolve a case"
    return Table("resolve", title, _typical(took), "time", "cases", each, in_words=True)


def _typical(took: Sequence[timedelta]) -> str:
    minutes = [each.total_seconds() / 60 for each in took]
    if not minutes:
        return "no case was closed"
    late = quantiles(minutes, n=10)[-1] if len(minutes) > 1 else minutes[0]
    return f"half within {median(minutes):.0f} minutes, nine in ten within {late:.0f}"

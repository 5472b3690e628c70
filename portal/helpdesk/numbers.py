"""What a manager asks: how much was done, why, how long it took, and what waits.

Counted from the audit, the cases and the approvals; nobody is named. Days and hours are UTC.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import median, quantiles
from typing import Any

from django.db.models import Case as Either
from django.db.models import Count, QuerySet, Value, When
from django.db.models.functions import ExtractHour, TruncDate
from django.utils.dateformat import format as written
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.models import AuditRecord, Case
from accounts.reasons import REASONS
from portal.activity.said import SAID
from portal.helpdesk import charts, words
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
COLUMN: Mapping[str, str] = {
    "act": gettext_noop("Act"),
    "acts": gettext_noop("Acts"),
    "case": gettext_noop("Case"),
    "cases": gettext_noop("Cases"),
    "checks": gettext_noop("Checks"),
    "day": gettext_noop("Day"),
    "hour": gettext_noop("Hour (UTC)"),
    "number": gettext_noop("Number"),
    "reason": gettext_noop("Reason"),
    "time": gettext_noop("Time"),
}
Outcome = AuditRecord.Outcome
Rows = QuerySet[Any, Any]


@dataclass(frozen=True)
class Table:
    """One question answered: its words, what is counted by what, and its picture.

    by, counted: keys of COLUMN.
    """

    name: str
    title: str
    says: str
    by: str
    counted: str
    rows: tuple[tuple[str, int], ...]
    # Its labels are words, not days or hours.
    in_words: bool = False

    @property
    def columns(self) -> tuple[str, str]:
        return _(COLUMN[self.by]), _(COLUMN[self.counted])

    @property
    def chart(self) -> str:
        shown = self.rows[::-1] if self.in_words else self.rows
        values = [row[1] for row in shown]
        labels = [_short(row[0]) if self.by == "day" else row[0] for row in shown]
        return charts.bars(labels, values, said=f"{self.title}: {self.says}", lying=self.in_words)


def _short(day: str) -> str:
    """As there is room for in a picture; its table has the year, too."""
    return written(date.fromisoformat(day), "j M")


@dataclass(frozen=True)
class Waiting:
    """What waits for a second operator now. longest: since when."""

    approvals: int
    longest: datetime | None
    open_cases: int


def counted() -> list[str]:
    """The names of the events that are acts."""
    return [event for event in SAID if event.startswith(ACTS) and event not in NO_ACTS]


def tables(pool_id: str, now: datetime, days: int) -> list[Table]:
    """Every table of the page. days: how many, today included."""
    first = (now - timedelta(days=days - 1)).date()
    since = datetime.combine(first, datetime.min.time(), UTC)
    rows = AuditRecord.objects.filter(pool_id=pool_id, created_at__gte=since).order_by()
    # The steps of an act of several are that one act.
    acts = rows.filter(event__in=counted(), outcome=Outcome.DONE).exclude(
        completes__detail__has_key="within"
    )
    checks = rows.filter(event=CHECK, outcome=Outcome.REFUSED)
    cases = Case.objects.filter(pool_id=pool_id, opened_at__gte=since)
    every_day = [first + timedelta(days=each) for each in range(days)]
    return [
        _per_day("acts", _("Resets and other acts"), "acts", every_day, acts),
        _per_name("kinds", _("What was done"), "act", acts.values_list("event")),
        _per_reason(acts.filter(event__startswith="helpdesk_")),
        _per_name("cases", _("Why people needed help"), "case", cases.values_list("kind")),
        _to_resolve(pool_id, since),
        _per_day("checks", _("Checks of callers that failed"), "checks", every_day, checks),
        _per_hour(acts),
        _waiting_by_act(_asked(pool_id, now)),
    ]


def waiting(pool_id: str, now: datetime) -> Waiting:
    asked = _asked(pool_id, now)
    oldest = asked.order_by("asked_at").values_list("asked_at", flat=True).first()
    cases = Case.objects.filter(pool_id=pool_id, state=Case.State.OPEN)
    return Waiting(asked.count(), oldest, cases.count())


def _asked(pool_id: str, now: datetime) -> QuerySet[Approval]:
    """What was asked of a second operator and is not late yet."""
    return Approval.objects.filter(pool_id=pool_id, state=Approval.State.OPEN, ends_at__gt=now)


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
    return Table(name, title, _in_all(sum(found.values())), "day", counted, each)


def _in_all(number: int) -> str:
    return ngettext("{number} in all", "{number} in all", number).format(number=number)


def _per_name(name: str, title: str, by: str, rows: Rows) -> Table:
    found = Counter(dict(rows.order_by().annotate(number=Count("pk"))))
    each = tuple((called(which), number) for which, number in found.most_common())
    return Table(name, title, _in_all(found.total()), by, "number", each, in_words=True)


def _per_reason(rows: Rows) -> Table:
    """By the first words of a reason, which operators choose from a list."""
    listed = [When(reason__startswith=each, then=Value(each)) for each in REASONS]
    chosen = Either(*listed, default=Value(REASONS[-1]))
    title = _("Why operators acted")
    return _per_name("reasons", title, "reason", rows.annotate(chosen=chosen).values_list("chosen"))


def _waiting_by_act(asked: QuerySet[Approval]) -> Table:
    return _per_name(
        "waiting", _("Waits for a second operator now"), "act", asked.values_list("act")
    )


# What is no act of the matrix, or one of many people.
OTHERS: Mapping[str, str] = {
    "helpdesk_freeze": gettext_noop("Freeze"),
    "helpdesk_revoke_passes": gettext_noop("Revoke passes"),
    "bulk_preferred": gettext_noop("Preferred, one of many people"),
    "bulk_turned_off": gettext_noop("Turned off, one of many people"),
    "bulk_app_removed": gettext_noop("App removed, one of many people"),
    "bulk_sessions_ended": gettext_noop("Sessions ended, one of many people"),
    "bulk_devices_forgotten": gettext_noop("Devices forgotten, one of many people"),
}


def called(name: str) -> str:
    """Of an event, an act, a kind of case, or what an operator chose as a reason."""
    known = words.KIND_OF_CASE.get(name) or OTHERS.get(name)
    return _(known or words.TITLE.get(name.removeprefix("helpdesk_"), name))


def _per_hour(rows: Rows) -> Table:
    found = dict(
        rows.annotate(hour=ExtractHour("created_at", tzinfo=UTC))
        .values_list("hour")
        .annotate(number=Count("pk"))
    )
    each = tuple((f"{hour:02d}:00", found.get(hour, 0)) for hour in range(24))
    busiest = max(found, key=lambda hour: found[hour], default=None)
    says = (
        _("nothing yet")
        if busiest is None
        else _("most from {hour} on").format(hour=f"{busiest:02d}:00")
    )
    return Table("hours", _("Busiest hours"), says, "hour", "acts", each)


BANDS = (
    (gettext_noop("up to 15 minutes"), timedelta(minutes=15)),
    (gettext_noop("up to an hour"), timedelta(hours=1)),
    (gettext_noop("up to 4 hours"), timedelta(hours=4)),
    (gettext_noop("up to a day"), timedelta(days=1)),
    (gettext_noop("longer"), timedelta.max),
)


def _to_resolve(pool_id: str, since: datetime) -> Table:
    closed = Case.objects.filter(pool_id=pool_id, closed_at__gte=since)
    took = [end - begun for begun, end in closed.values_list("opened_at", "closed_at") if end]
    bands = Counter(next(name for name, most in BANDS if each <= most) for each in took)
    each = tuple((_(name), bands[name]) for name, _most in BANDS)
    title = _("Time to resolve a case")
    return Table("resolve", title, _typical(took), "time", "cases", each, in_words=True)


def _typical(took: Sequence[timedelta]) -> str:
    minutes = [each.total_seconds() / 60 for each in took]
    if not minutes:
        return _("no case was closed")
    late = quantiles(minutes, n=10)[-1] if len(minutes) > 1 else minutes[0]
    half, most = f"{median(minutes):.0f}", f"{late:.0f}"
    said = ngettext(
        "half within {half} minute, nine in ten within {most}",
        "half within {half} minutes, nine in ten within {most}",
        int(half),
    )
    return said.format(half=half, most=most)

"""What the pages of a change for many people show."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts.sessions import SignedInPerson
from portal.helpdesk.bulk import budget, progress, services, words
from portal.helpdesk.bulk.models import BulkChange, BulkRow
from portal.helpdesk.bulk.progress import Numbers

State, Row = BulkChange.State, BulkRow.State
SAMPLE = 10
COLUMNS = (
    gettext_noop("line"),
    gettext_noop("account id"),
    gettext_noop("outcome"),
    gettext_noop("reason"),
    gettext_noop("time (UTC)"),
    gettext_noop("reference"),
)
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Sample:
    """One row of the plan, before and after."""

    line: int
    now: str
    after: str


@dataclass(frozen=True)
class Shown:
    """One change as a list or a page shows it."""

    change: BulkChange
    title: str
    state: str
    is_mine: bool
    is_expired: bool

    @property
    def waits(self) -> bool:
        return self.change.state == State.WAITING and not self.is_expired


def shown(change: BulkChange, person: SignedInPerson) -> Shown:
    late = change.expires_at is not None and change.expires_at <= timezone.now()
    is_expired = change.state == State.WAITING and late
    state = _(words.EXPIRED if is_expired else words.STATE[change.state])
    is_mine = change.planned_by == person.sub
    return Shown(change, words.title(change), state, is_mine, is_expired)


def page_of(change: BulkChange, person: SignedInPerson) -> dict[str, Any]:
    """Everything the page of one change shows."""
    numbers, reasons = progress.numbers_of(change), words.said(words.REASON)
    return {
        "shown": shown(change, person),
        "change": change,
        "numbers": numbers,
        "bar": _bar(change, numbers),
        "reasons": [
            (reasons.get(why, why), many) for why, many in progress.skipped_because(change)
        ],
        "sample": list(_sample(change)) if change.state == State.WAITING else [],
        "takes": words.takes(numbers.seconds_left, round(budget.rate(budget.Quota.WRITE), 1)),
        "left": words.left(numbers.seconds_left),
        "note": words.said(words.NOTE).get(change.note, ""),
        "whom": words.whom(change),
        "at_work": change.state in progress.AT_WORK,
        "cancellable": change.state in services.CANCELLABLE,
    }


def _bar(change: BulkChange, numbers: Numbers) -> tuple[int, int] | None:
    """How much of how much, of the phase it is in."""
    if change.state == State.LOOKING:
        return numbers.looked, numbers.all
    if change.state in {State.RUNNING, State.PAUSED, State.FINISHED}:
        return numbers.ended, numbers.ended + numbers.to_do
    return None


def _sample(change: BulkChange) -> Iterator[Sample]:
    for row in change.rows.filter(state=Row.PLANNED).order_by("line")[:SAMPLE]:
        now, after = words.effect(row)
        yield Sample(row.line, now, after)


def report(change: BulkChange) -> Iterator[tuple[str, ...]]:
    """Every row as a line of a table; read in parts, so that a long one needs no memory.

    Its words are looked up now: the lines are read when the request is over, and with it its
    language.
    """
    return _lines(change, words.said(words.OUTCOME), words.said(words.REASON), _headings())


def _headings() -> tuple[str, ...]:
    return tuple(_(each) for each in COLUMNS)


def _lines(
    change: BulkChange,
    outcomes: Mapping[str, str],
    reasons: Mapping[str, str],
    headings: tuple[str, ...],
) -> Iterator[tuple[str, ...]]:
    yield headings
    for row in change.rows.order_by("line").iterator(chunk_size=500):
        ended = row.ended_at.astimezone(UTC).isoformat(timespec="seconds") if row.ended_at else ""
        outcome, reason = outcomes[row.state], reasons.get(row.reason, row.reason)
        yield _plain(row.line, row.sub, outcome, reason, ended, row.receipt or "")


def _plain(*cells: object) -> tuple[str, ...]:
    return tuple(f"'{cell}" if str(cell).startswith(FORMULA) else str(cell) for cell in cells)


def all_shown(changes: Iterable[BulkChange], person: SignedInPerson) -> list[Shown]:
    return [shown(change, person) for change in changes]

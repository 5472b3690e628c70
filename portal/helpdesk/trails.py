"""The audit as auditors search it: pages by number, quick at a million rows (AUD-01, AUZ-03)."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from accounts import trail
from accounts.models import AuditRecord
from accounts.trail import Finding

PAGE_SIZE = 50
# Machines write by clocks of their own: rows this near may stand in another order than their times.
OUT_OF_ORDER = 1000
READ_AT_ONCE = 2000
# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")
COLUMNS = (
    "number", "time (UTC)", "event", "outcome", "person", "by", "method", "address", "reason",
    "ticket", "check", "approval", "request", "reference", "completes", "hash",
    "detail",
)  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What an auditor looks for; empty where it does not matter. Times are UTC."""

    sub: str = ""
    actor: str = ""
    ticket: str = ""
    event: str = ""
    outcome: str = ""
    request_id: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def said(self) -> dict[str, str]:
        """What was asked, for the row that says so."""
        return {name: str(value) for name, value in asdict(self).items() if value}


@dataclass(frozen=True)
class Page:
    """Some rows, the newest first. older: the `before` of the next page, if there is one."""

    rows: tuple[AuditRecord, ...]
    older: int | None


@dataclass(frozen=True)
class Whole:
    """An act as its rows tell it together, and what is wrong with the chain around them."""

    rows: tuple[AuditRecord, ...]
    findings: tuple[Finding, ...]


def page_of(pool_id: str, question: Question, before: int | None = None) -> Page:
    """Read one page. before: only rows of a lower number."""
    rows = rows_asked(pool_id, question).order_by("-number")
    if before is not None:
        rows = rows.filter(number__lt=before)
    found = list(rows[: PAGE_SIZE + 1])
    older = found[PAGE_SIZE - 1].number if len(found) > PAGE_SIZE else None
    return Page(tuple(found[:PAGE_SIZE]), older)


def as_table(pool_id: str, question: Question) -> Iterator[tuple[str, ...]]:
    """All that was asked for as rows of COLUMNS, the oldest first; no cell is a formula."""
    rows = rows_asked(pool_id, question).order_by("number")
    for row in rows.iterator(chunk_size=READ_AT_ONCE):
        yield tuple(plain(cell) for cell in _cells(row))


def whole_act(pool_id: str, record: UUID) -> Whole | None:
    """The row, its intention and its outcome; None where this pool has no such row."""
    row = AuditRecord.objects.filter(pool_id=pool_id, pk=record).first()
    if row is None:
        return None
    first = row.completes or row
    rows = (first, *first.completed_by.order_by("number"))
    around = [finding for each in rows for finding in trail.around(each)]
    return Whole(rows, tuple(dict.fromkeys(around)))


def plain(cell: Any) -> str:
    text = str(cell)
    return f"'{text}" if text.startswith(FORMULA) else text


def rows_asked(pool_id: str, question: Question) -> QuerySet[AuditRecord]:
    """All rows that were asked for, in no order yet."""
    equal = {name: value for name, value in asdict(question).items() if value}
    since, until = equal.pop("since", None), equal.pop("until", None)
    rows = AuditRecord.objects.filter(pool_id=pool_id, **equal)
    if since:
        rows = rows.filter(created_at__gte=since, number__gte=_number_at(pool_id, since))
    if until:
        highest = _number_at(pool_id, until) + 2 * OUT_OF_ORDER
        rows = rows.filter(created_at__lt=until, number__lte=highest)
    return rows


def _number_at(pool_id: str, moment: datetime) -> int:
    """A number that is not higher than that of any row from this moment on."""
    later = AuditRecord.objects.filter(pool_id=pool_id, created_at__gte=moment)
    first = later.order_by("created_at").values_list("number", flat=True).first()
    if first is None:
        head = trail.anchor(pool_id)
        first = head.number if head else 0
    return first - OUT_OF_ORDER


def _cells(row: AuditRecord) -> tuple[Any, ...]:
    return (
        row.number,
        row.created_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        row.event,
        row.outcome,
        row.sub,
        row.actor,
        row.factor,
        row.client_address,
        row.reason,
        row.ticket,
        row.caller_check,
        row.approval,
        row.request_id,
        row.id,
        row.completes_id or "",
        row.hash,
        json.dumps(row.detail, ensure_ascii=False) if row.detail else "",
    )

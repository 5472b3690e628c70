"""The audit as a whole: whether its chains hold, and what is left where old rows are deleted.

Where rows are deleted because their time is over, a row of the same chain says which they were
and what the hash of the last one was; so the rest still hangs on something (AUD-04, DAT-01).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, chain
from accounts.models import AuditHead, AuditRecord

Row = Mapping[str, Any]
READ_AT_ONCE = 2000
# Rows deleted in one transaction, in which nobody can write: well under a second.
PURGED_AT_ONCE = 5000


@dataclass(frozen=True)
class Finding:
    """What is wrong with a chain. number: of the row, where it is about one.

    sentence: marked by `gettext_noop`. about: the rows or the record in it.
    """

    pool_id: str
    number: int
    sentence: str
    about: tuple[str, ...] = ()

    def __str__(self) -> str:
        """As logs and commands say it."""
        return f"{self.pool_id} row {self.number}: {self.says}"

    @property
    def says(self) -> str:
        return self.sentence.format(*self.about)

    @property
    def said(self) -> str:
        """As a page says it."""
        told = _("{pool} row {number}: {finding}")
        finding = _(self.sentence).format(*self.about)
        return told.format(pool=self.pool_id, number=self.number, finding=finding)


@dataclass(frozen=True)
class Anchor:
    """The newest row of a chain. Kept elsewhere, it proves that no row up to it is gone."""

    pool_id: str
    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.pool_id} {self.number}:{self.hash}"


def pools() -> list[str]:
    """Every pool that has or had rows."""
    seen = set(AuditHead.objects.values_list("pool_id", flat=True))
    return sorted(seen | set(AuditRecord.objects.order_by().values_list("pool_id", flat=True)))


def anchor(pool_id: str) -> Anchor | None:
    head = AuditHead.objects.filter(pool_id=pool_id).first()
    return Anchor(pool_id, head.number, head.hash) if head else None


def rows_between(
    pool_id: str, since: datetime | None = None, until: datetime | None = None
) -> Iterator[AuditRecord]:
    """The rows of one pool in their order, from one moment up to another."""
    rows = _rows(pool_id).select_related("completes").order_by("number")
    rows = rows.filter(created_at__gte=since) if since else rows
    rows = rows.filter(created_at__lt=until) if until else rows
    return rows.iterator(chunk_size=READ_AT_ONCE)


# --- does it hold? ----------------------------------------------------------------------------


def findings(pool_id: str) -> Iterator[Finding]:
    """Walk one chain from its first row to its head; yield what was changed, dropped or moved.

    What is written meanwhile is not looked at. Not to be run beside a purge.
    """
    # In this order: a row and its head are written together, so no row is ever ahead of it.
    newest = _rows(pool_id).order_by("number").values_list("number", flat=True).last() or 0
    head = anchor(pool_id)
    vouched = _vouched_through(pool_id)
    number, digested = _begins_after(pool_id, vouched)
    rows = _rows(pool_id).filter(number__lte=max(newest, head.number if head else 0))
    for row in rows.order_by("number").values().iterator(chunk_size=READ_AT_ONCE):
        yield from _wrong_with(row, number, digested, vouched)
        number, digested = row["number"], row["hash"]
    yield from _wrong_with_head(head, Anchor(pool_id, number, digested))


def around(row: AuditRecord) -> list[Finding]:
    """What is wrong with one row and the two beside it. Two or three queries, however long."""
    pool_id, vouched = row.pool_id, _vouched_through(row.pool_id)
    beside = _rows(pool_id).filter(number__range=(row.number - 1, row.number + 1))
    found: list[Finding] = []
    before: Row | None = None
    for each in beside.order_by("number").values():
        follows = before or {"number": each["number"] - 1, "hash": each["previous"]}
        found += _wrong_with(each, follows["number"], follows["hash"], vouched)
        before = each
    return found


def _rows(pool_id: str) -> QuerySet[AuditRecord]:
    return AuditRecord.objects.filter(pool_id=pool_id)


def _begins_after(pool_id: str, vouched: int) -> tuple[int, str]:
    """Number and hash of the last row that was deleted in time; zero where none was."""
    for row in _rows(pool_id).filter(event=audit.PURGED).order_by("-number").values():
        if is_whole(row, vouched):
            return row["detail"]["through"], row["detail"]["hash"]
    return 0, chain.BEGINNING


def _vouched_through(pool_id: str) -> int:
    """The last row whose seal need not fit any key of today: a newer seal stands for it."""
    for row in _rows(pool_id).filter(event=audit.SEALED).order_by("-number").values():
        if is_whole(row):
            through: int = row["detail"]["through"]
            return through
    return 0


def is_whole(row: Row, vouched: int = 0) -> bool:
    """Whether a row by itself says what the portal wrote."""
    sealed = row["number"] <= vouched or chain.seal_fits(row["hash"], row["seal"])
    return sealed and chain.digest(row) == row["hash"]


def _wrong_with(row: Row, number: int, digested: str, vouched: int) -> Iterator[Finding]:
    """What is wrong with a row, after the one of that number and hash."""
    pool_id, own = row["pool_id"], row["number"]
    if own > number + 1:
        one = own == number + 2
        says = gettext_noop("missing ({0})") if one else gettext_noop("missing ({0} to {1})")
        yield Finding(pool_id, number + 1, says, (str(number + 1), str(own - 1)))
    elif row["previous"] != digested or own <= number:
        yield Finding(pool_id, own, gettext_noop("does not follow row {0}"), (str(number),))
    if chain.digest(row) != row["hash"]:
        yield Finding(pool_id, own, gettext_noop("was changed ({0})"), (str(row["id"]),))
    elif own > vouched and not chain.seal_fits(row["hash"], row["seal"]):
        yield Finding(
            pool_id, own, gettext_noop("was not sealed by this portal ({0})"), (str(row["id"]),)
        )


def _wrong_with_head(head: Anchor | None, last: Anchor) -> Iterator[Finding]:
    if head is None:
        yield Finding(last.pool_id, last.number, gettext_noop("the chain has no head"))
    elif head.number > last.number:
        gone = (str(last.number + 1), str(head.number))
        yield Finding(
            head.pool_id, last.number + 1, gettext_noop("missing, the newest ({0} to {1})"), gone
        )
    elif (head.number, head.hash) != (last.number, last.hash):
        yield Finding(
            head.pool_id, head.number, gettext_noop("is not what the head of the chain names")
        )


def holds_at(anchored: Anchor) -> Finding | None:
    """Compare a row with what was noted of it elsewhere; None where both agree.

    A row that was deleted in time is held by what is left of it, if it was the last of them.
    """
    row = _rows(anchored.pool_id).filter(number=anchored.number).first()
    through, digested = _begins_after(anchored.pool_id, _vouched_through(anchored.pool_id))
    if row is None and anchored.number < through:
        return None
    found = row.hash if row else digested if anchored.number == through else None
    if found is None:
        return Finding(
            anchored.pool_id,
            anchored.number,
            gettext_noop("missing, though it was noted elsewhere"),
        )
    if found != anchored.hash:
        return Finding(
            anchored.pool_id, anchored.number, gettext_noop("is not what was noted elsewhere")
        )
    return None


# --- keys and time go by ----------------------------------------------------------------------


def reseal(pool_id: str) -> list[Finding]:
    """Let today's key vouch for all that is there; only for a chain that holds.

    After it, keys of before may be forgotten. Returns what stands against it.
    """
    found = list(findings(pool_id))
    head = anchor(pool_id)
    if not found and head:
        audit.resealed(pool_id, {"through": head.number, "hash": head.hash})
    return found


def purge(pool_id: str, before: datetime, through: int | None = None) -> int:
    """Delete the rows of before, oldest first, and leave a row that says so; how many are gone.

    through: the last that may go, where not all may.
    """
    gone = 0
    old = _rows(pool_id).filter(created_at__lte=before)
    while old.exists() and (deleted := _purge_some(pool_id, before, through)):
        gone += deleted
    return gone


def _purge_some(pool_id: str, before: datetime, through: int | None) -> int:
    with transaction.atomic():
        AuditHead.held(pool_id)
        last = _last_to_go(pool_id, before, through)
        # Past the guard that rows have: here alone.
        old = AuditRecord._base_manager.filter(pool_id=pool_id, number__lte=last)
        rows = list(old.order_by("number").values("number", "hash", "created_at", "event"))
        if not rows:
            return 0
        old.filter(completes__isnull=False).delete()
        old.delete()
        audit.purged(pool_id, _summary(rows))
    return len(rows)


def _last_to_go(pool_id: str, before: datetime, through: int | None) -> int:
    """The end of a piece that begins with the oldest row and cuts no change in two."""
    rows = _rows(pool_id).order_by("number")
    kept = rows.filter(created_at__gt=before).values_list("number", flat=True).first()
    first = rows.values_list("number", flat=True).first() or 0
    last = (kept - 1) if kept else rows.values_list("number", flat=True).last() or 0
    last = min(last, first + PURGED_AT_ONCE - 1)
    last = last if through is None else min(last, through)
    # An intention whose outcome stays, stays too.
    while parted := (
        rows.filter(number__lte=last, completed_by__number__gt=last)
        .values_list("number", flat=True)
        .first()
    ):
        last = parted - 1
    return last


def _summary(rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "from": rows[0]["number"],
        "through": rows[-1]["number"],
        "hash": rows[-1]["hash"],
        "since": min(row["created_at"] for row in rows).isoformat(),
        "until": max(row["created_at"] for row in rows).isoformat(),
        "events": dict(Counter(row["event"] for row in rows)),
    }

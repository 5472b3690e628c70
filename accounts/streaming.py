"""The audit on its way to whoever collects it: each row at least once, in order (AUD-04).

What is delivered is noted only after it has arrived, so a crash in between sends it again and
never skips it. A receiver tells a row that came twice by its `metadata.uid`.
"""

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
import urllib3
from django.conf import settings
from django.db.models import Count, Min
from django.utils import timezone
from django.utils.crypto import salted_hmac
from urllib3.exceptions import HTTPError

from accounts import ocsf
from accounts.doctor import Finding, Grade
from accounts.locks import locked
from accounts.models import AuditCursor, AuditHead, AuditRecord

log = structlog.get_logger(__name__)

BATCH = 200
SALT = "accounts.streaming"
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=10), timedelta(minutes=15)
# Together shorter than the lock of accounts.locks lasts.
PATIENCE = urllib3.Timeout(connect=5, read=10)
# So long nobody need be told: a receiver that is mended, or a timer of once a day.
PATIENT_FOR = timedelta(days=1)


class NotDelivered(Exception):
    """Nothing of this batch counts as delivered; it is sent again later."""


@dataclass(frozen=True)
class Target:
    """Where rows go. deliver: takes lines of JSON; raises NotDelivered."""

    name: str
    deliver: Callable[[bytes], None]


def targets() -> list[Target]:
    """What the settings name: a webhook, a file, both or none."""
    known = [("webhook", settings.AUDIT_WEBHOOK, _post), ("file", settings.AUDIT_FILE, _append)]
    return [Target(name, deliver) for name, is_set, deliver in known if is_set]


def delivered_through(pool_id: str) -> int | None:
    """The last row that is wherever it is to go; None where it is to go nowhere.

    Zero where one target was not served yet: nothing may be deleted before it has left.
    """
    cursors = AuditCursor.objects.filter(pool_id=pool_id)
    reached = dict(cursors.values_list("target", "number"))
    return min((reached.get(target.name, 0) for target in targets()), default=None)


def findings() -> Iterator[Finding]:
    """What the doctor says: a target that takes nothing keeps rows from the purge for ever."""
    for target in targets():
        pools = AuditHead.objects.values_list("pool_id", flat=True)
        waiting = [_waiting(pool_id, target) for pool_id in pools]
        since = min((oldest for _, oldest in waiting if oldest), default=None)
        if since is None:
            continue
        setting = f"PORTAL_AUDIT_{target.name.upper()}"
        yield Finding(
            Grade.WARNING,
            "audit-undelivered",
            f"Rows of the audit that wait for more than a day to reach {setting}: "
            f"{sum(rows for rows, _ in waiting)}, the oldest since {since:%Y-%m-%d %H:%M} UTC. "
            "Until they do, manage.py purge deletes none of them, however old.",
            "Run manage.py audit stream beside the portal, and see in its log what is in the way; "
            f"or leave {setting} empty, where nobody collects the audit there.",
        )


def _waiting(pool_id: str, target: Target) -> tuple[int, datetime | None]:
    """How many rows of a pool are overdue at a target, and when the oldest was written."""
    reached = AuditCursor.objects.filter(pool_id=pool_id, target=target.name)
    through = reached.values_list("number", flat=True).first() or 0
    late = AuditRecord.objects.filter(
        pool_id=pool_id, number__gt=through, created_at__lte=timezone.now() - PATIENT_FOR
    )
    told = late.aggregate(rows=Count("pk"), oldest=Min("created_at"))
    return told["rows"], told["oldest"]


def deliver_some(pool_id: str, target: Target) -> int:
    """Deliver the next rows; how many. None where all are there, or after a failure for a while.

    Errors: NotDelivered, LockBusy.
    """
    with locked(f"audit-stream:{target.name}:{pool_id}"):
        cursor, _ = AuditCursor.objects.get_or_create(target=target.name, pool_id=pool_id)
        if cursor.opens_at and cursor.opens_at > timezone.now():
            return 0
        waiting = AuditRecord.objects.filter(pool_id=pool_id, number__gt=cursor.number)
        waiting = waiting.select_related("completes")
        rows = list(waiting.order_by("number")[:BATCH])
        if rows:
            _deliver(cursor, target, rows)
        return len(rows)


def _deliver(cursor: AuditCursor, target: Target, rows: list[AuditRecord]) -> None:
    lines = "".join(f"{json.dumps(ocsf.event_of(row))}\n" for row in rows)
    try:
        target.deliver(lines.encode())
    except NotDelivered as trouble:
        wait = min(FIRST_WAIT * (1 << min(cursor.failures, 10)), LONGEST_WAIT)
        cursor.failures, cursor.opens_at = cursor.failures + 1, timezone.now() + wait
        cursor.save()
        log.warning("audit not delivered", target=target.name, why=str(trouble))
        raise
    cursor.number, cursor.failures, cursor.opens_at = rows[-1].number, 0, None
    cursor.save()


def signature(at: str, body: bytes) -> str:
    """What a receiver computes, too, with the same key: docs/audit.md."""
    signed = at.encode() + b"." + body
    key = settings.AUDIT_WEBHOOK_KEY
    return salted_hmac(SALT, signed, secret=key, algorithm="sha256").hexdigest()


def _post(body: bytes) -> None:
    at = str(int(time.time()))
    headers = {
        "Content-Type": "application/x-ndjson",
        "Portal-Audit-Time": at,
        "Portal-Audit-Signature": signature(at, body),
    }
    try:
        reply = urllib3.request(
            "POST",
            settings.AUDIT_WEBHOOK,
            body=body,
            headers=headers,
            redirect=False,
            retries=False,
            timeout=PATIENCE,
        )
    except HTTPError as silence:
        raise NotDelivered(type(silence).__name__) from silence
    if not 200 <= reply.status < 300:
        raise NotDelivered(f"status {reply.status}")


def _append(body: bytes) -> None:
    try:
        opened = os.open(settings.AUDIT_FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(opened, "r+b", buffering=0) as file:
            # Half a line is what a crash left; its row comes again.
            size = file.seek(0, os.SEEK_END)
            file.seek(max(size - 1, 0))
            cut = size and file.read(1) != b"\n"
            written = (b"\n" if cut else b"") + body
            if file.write(written) != len(written):
                # They all come again, so none of them may stand here already.
                file.truncate(size)
                raise NotDelivered("the disk is full")
            os.fsync(file.fileno())
    except OSError as trouble:
        raise NotDelivered(type(trouble).__name__) from trouble

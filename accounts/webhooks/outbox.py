"""Write down what is to be told, in the transaction of what it tells of: both stand, or neither."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import freezes
from accounts.envelope import instant
from accounts.models import AuditRecord, Case, RecoveryPass
from accounts.subjects import Subject
from accounts.webhooks import endpoints, jobs
from accounts.webhooks.endpoints import Endpoint
from accounts.webhooks.events import OF_AUDIT, Event
from accounts.webhooks.models import Message


class Whose(Protocol):
    """Whose account it is about; nothing else of them is ever told."""

    @property
    def pool_id(self) -> str: ...

    @property
    def sub(self) -> str: ...


@contextmanager
def beside(event: str, outcome: str) -> Iterator[Callable[[AuditRecord], AuditRecord]]:
    """Write a row of the audit, and what is told of it, if anything: both stand, or neither."""
    told = OF_AUDIT.get(event) if outcome == AuditRecord.Outcome.DONE else None
    if told is None or not settings.WEBHOOKS:
        yield lambda row: row
        return
    with transaction.atomic():
        yield lambda row: _of_audit(told, row)


def _of_audit(event: Event, row: AuditRecord) -> AuditRecord:
    more: dict[str, Any] = {"change": row.event, "factor": row.factor or None}
    if event is Event.ALARM_RAISED:
        more = {"pattern": row.detail["pattern"]}
    if event is Event.ACCOUNT_FROZEN:
        more["until"] = _frozen_until(row)
    receipt = row.completes_id or row.id
    _tell(event, row, {**more, "by": _by(row), "receipt": str(receipt), "ticket": row.ticket})
    return row


def _frozen_until(whose: Whose) -> str | None:
    """The freeze stands before its row does; null where it was over by then."""
    until = freezes.frozen_until(Subject(whose.pool_id, whose.sub))
    return instant(until) if until else None


def _by(row: AuditRecord) -> str:
    if row.event == "drift_found":
        return "elsewhere"
    if row.actor == row.sub:
        return "person"
    return "portal" if row.actor == "portal" else "helpdesk"


def case_opened(case: Case) -> None:
    _tell(Event.CASE_OPENED, case, {"case": case.number, "kind": case.kind})


def case_closed(case: Case) -> None:
    _tell(Event.CASE_CLOSED, case, {"case": case.number, "kind": case.kind})


def pass_issued(issued: RecoveryPass) -> None:
    by = "portal" if issued.issued_by == "portal" else "helpdesk"
    moments = {"opens_at": instant(issued.opens_at), "ends_at": instant(issued.ends_at)}
    _tell(Event.PASS_ISSUED, issued, {"by": by, **moments})


def sample(endpoint: Endpoint) -> Message:
    """A message to try an endpoint with: written down nowhere."""
    return _made(endpoint, Event.TEST, {"endpoint": endpoint.name})


def _tell(event: Event, whose: Whose, more: dict[str, Any]) -> None:
    if not settings.WEBHOOKS:
        return
    data = {"pool": whose.pool_id, "sub": whose.sub, **more}
    for endpoint in endpoints.told(event):
        _write(endpoint, event, data)


def _write(endpoint: Endpoint, event: Event, data: dict[str, Any]) -> Message:
    message = _made(endpoint, event, data)
    with transaction.atomic():
        message.save(force_insert=True)
        # A row of the same database: it is there exactly if the message is.
        jobs.deliver.enqueue(str(message.id), 0)
    return message


def _made(endpoint: Endpoint, event: Event, data: dict[str, Any]) -> Message:
    body = {"type": event.value, "timestamp": instant(timezone.now()), "data": data}
    return Message(endpoint=endpoint.name, type=event.value, body=json.dumps(body))

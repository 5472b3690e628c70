"""Jobs whose worker died, or whose store was away: they are done by another worker.

A job counts as abandoned when it began longer ago than any job may last: a message at most
some tens of seconds, a slice of a change for many people some twenty. So none is lost; a message
whose worker died between sending it and writing that down is sent twice, which is the lesser evil.

A job that failed for no reason of its own is tried again for a day: its worker was ended in the
middle of it, or database or cache were away.

Whoever else has something to look for now and then listens to `looked`.
"""

import time
from datetime import datetime, timedelta
from threading import Event, Thread

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django.db.models import Q
from django.dispatch import Signal
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts.watch import health

log = structlog.get_logger(__name__)
LOOK_EVERY_SECONDS = 15
TRIED_FOR = timedelta(days=1)
# Sent by each worker, by one that ends when all is done as well. since: when this worker looked
# before, or None. Who listens only asks and queues: the next word of life waits for it.
looked = Signal()
# As they stand in the table: what ends a worker in the middle of a job, and what a store raises.
NOT_ITS_OWN = (
    "builtins.KeyboardInterrupt",
    "builtins.SystemExit",
    "accounts.stores.StoreAway",
    "django.db.utils.InterfaceError",
    "django.db.utils.OperationalError",
    "redis.exceptions.ConnectionError",
    "redis.exceptions.TimeoutError",
)


def take_back() -> int:
    """Queue abandoned jobs again; how many. One UPDATE: two workers never take back the same."""
    now = timezone.now()
    abandoned = Q(status=TaskResultStatus.RUNNING, started_at__lte=now - settings.JOB_LEASE)
    unlucky = Q(
        status=TaskResultStatus.FAILED,
        exception_class_path__in=NOT_ITS_OWN,
        finished_at__lte=now - timedelta(seconds=LOOK_EVERY_SECONDS),
        enqueued_at__gt=now - TRIED_FOR,
    )
    number: int = DBTaskResult.objects.filter(abandoned | unlucky).update(
        status=TaskResultStatus.READY, started_at=None, finished_at=None, exception_class_path=""
    )
    if number:
        log.warning("jobs_taken_back", number=number)
    return number


def look(since: datetime | None = None) -> datetime:
    """What is to be looked for now and then; when this look began."""
    now = timezone.now()
    take_back()
    looked.send(look, since=since)
    return now


class Watch(Thread):
    """Take back abandoned jobs now and then, beside a worker's own work."""

    def __init__(self) -> None:
        super().__init__(name="abandoned-jobs", daemon=True)
        self.ended = Event()
        self.looked_at: datetime | None = None

    def run(self) -> None:
        try:
            self._look()
        finally:
            # A thread's own connections; kept open, they outlive it.
            connections.close_all()

    def _look(self) -> None:
        while not self.ended.is_set():
            began = time.monotonic()
            health.note_worker()
            try:
                self.looked_at = look(self.looked_at)
            except (DatabaseError, InterfaceError) as trouble:
                log.warning("jobs_not_looked_at", reason=type(trouble).__name__)
            close_old_connections()
            self.ended.wait(max(0.0, LOOK_EVERY_SECONDS - (time.monotonic() - began)))

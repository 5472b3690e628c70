"""Jobs whose worker died: a job that was taken and never ended is done by another worker.

A job counts as abandoned when it began longer ago than any job may last: a message at most
some tens of seconds, a slice of a change for many people some twenty. So none is lost; a message
whose worker died between sending it and writing that down is sent twice, which is the lesser evil.
"""

import time
from threading import Event, Thread

import structlog
from django.conf import settings
from django.db import DatabaseError, close_old_connections, connections
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

log = structlog.get_logger(__name__)
LOOK_EVERY_SECONDS = 15


def take_back() -> int:
    """Queue abandoned jobs again; how many. One UPDATE: two workers never take back the same."""
    begun_before = timezone.now() - settings.JOB_LEASE
    abandoned = DBTaskResult.objects.filter(
        status=TaskResultStatus.RUNNING, started_at__lte=begun_before
    )
    number: int = abandoned.update(status=TaskResultStatus.READY, started_at=None)
    if number:
        log.warning("jobs_taken_back", number=number)
    return number


class Watch(Thread):
    """Take back abandoned jobs now and then, beside a worker's own work."""

    def __init__(self) -> None:
        super().__init__(name="abandoned-jobs", daemon=True)
        self.ended = Event()

    def run(self) -> None:
        try:
            self._look()
        finally:
            # A thread's own connections; kept open, they outlive it.
            connections.close_all()

    def _look(self) -> None:
        while not self.ended.is_set():
            began = time.monotonic()
            try:
                take_back()
            except DatabaseError as trouble:
                log.warning("jobs_not_looked_at", reason=type(trouble).__name__)
            close_old_connections()
            self.ended.wait(max(0.0, LOOK_EVERY_SECONDS - (time.monotonic() - began)))

"""Send notices and do what else is queued, and what a worker that died has left."""

import time
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections
from django_tasks_db.management.commands import db_worker

from accounts import jobs, stores

log = structlog.get_logger(__name__)
LOOK_AGAIN_SECONDS = 2


class Command(db_worker.Command):
    help = "Do what is queued, and again what a worker that died had begun."

    def handle(self, *args: Any, **options: Any) -> None:
        if options["batch"]:
            jobs.look()
            self._work(*args, **options)
            return
        watch = jobs.Watch()
        watch.start()
        try:
            self._work_on(*args, **options)
        finally:
            watch.ended.set()
            watch.join(timeout=5)

    def configure_logging(self, verbosity: int) -> None:
        """Levels are those of the settings: each job is a line of `accounts.watch.work`."""
        if verbosity == 0:
            super().configure_logging(verbosity)

    def _work_on(self, *args: Any, **options: Any) -> None:
        """Wait for a database that is away, and go on; what was at work then is done again."""
        while True:
            try:
                return self._work(*args, **options)
            except (DatabaseError, InterfaceError) as trouble:
                if not stores.is_away(trouble):
                    raise
                log.warning("worker_waits", reason=type(trouble).__name__)
                connections.close_all()
                time.sleep(LOOK_AGAIN_SECONDS)

    def _work(self, *args: Any, **options: Any) -> None:
        """Find jobs in the database, or hear of them by RQ."""
        if settings.TASKS_URL:
            self._work_by_rq(**options)
        else:
            super().handle(*args, **options)

    def _work_by_rq(self, **options: Any) -> None:
        from accounts import rq_worker  # noqa: PLC0415  (RQ is an extra)

        self.configure_logging(options["verbosity"])
        queues = queues_of(options["queue_name"], options["exclude_queues"])
        orders = rq_worker.Orders(queues, options["worker_id"], options["max_tasks"])
        if options["batch"]:
            rq_worker.work_off(orders)
        else:
            rq_worker.work(orders, options["interval"])


def queues_of(named: str, excluded: str) -> list[str]:
    """Names of queues as a command line has them: `*` is all there are."""
    names = settings.TASKS["default"]["QUEUES"] if named == "*" else named.split(",")
    return [each for each in names if each not in excluded.split(",")]

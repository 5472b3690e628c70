"""A worker of RQ that does jobs whose rows it can take, and hands over those that are due."""

import secrets
import time
from collections.abc import Collection
from dataclasses import dataclass
from threading import Event, Thread
from typing import Any

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, close_old_connections, connections
from django_tasks_db.management.commands import db_worker
from django_tasks_db.models import DBTaskResult
from django_tasks_db.utils import exclusive_transaction
from redis import Redis
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.serializers import JSONSerializer

from accounts import rq_backend, stores

log = structlog.get_logger(__name__)
LOOK_AGAIN_SECONDS = 2
# A Redis that went without a word is missed after this time, less what RQ leaves for its answer.
TTL_SECONDS = 60
# Only who gets this key looks for due jobs: once for each interval, however many workers there are.
LOOKS = "portal:{}:looks:{}"


class RowJob(Job):
    """Of what RQ holds only the id counts; a function and its arguments are never looked at."""

    def perform(self) -> None:
        do(self.id, (self.worker_name or "").rpartition(":")[0])


class RowWorker(SimpleWorker):
    """One process, as without RQ: a fork for each job would cost it its connections."""

    max_connection_wait_time = float(LOOK_AGAIN_SECONDS)
    told_to_end = False

    def handle_warm_shutdown_request(self) -> None:
        self.told_to_end = True


@dataclass(frozen=True)
class Orders:
    """Whose jobs a worker does, what it is called, and after how many it ends."""

    queues: Collection[str]
    name: str
    most: int | None = None


def work(orders: Orders, interval: float) -> None:
    """Do jobs until told to end, or until so many are done."""
    due = Due(orders.queues, interval)
    due.start()
    try:
        while not _until_the_end(orders):
            time.sleep(LOOK_AGAIN_SECONDS)
    except StopRequested:
        # Told so while it waited for Redis.
        return
    finally:
        due.ended.set()
        due.join(timeout=5)


def work_off(orders: Orders) -> None:
    """Do everything that is due, and what that asks for, then end."""
    rq_backend.hand_over_due(orders.queues, most=None)
    _worker(orders).work(burst=True, max_jobs=orders.most)


def _until_the_end(orders: Orders) -> bool:
    """Be a worker of RQ until it is told to end; False where Redis ended it."""
    worker = None
    try:
        worker = _worker(orders)
        worker.work(max_jobs=orders.most)
    except rq_backend.AWAY as trouble:
        log.warning("worker_waits", reason=type(trouble).__name__)
        return worker is not None and worker.told_to_end
    return orders.most is not None or worker.told_to_end


def _worker(orders: Orders) -> RowWorker:
    """With a connection that may be silent for as long as there is nothing to do."""
    connection = Redis.from_url(
        settings.TASKS_URL,
        socket_connect_timeout=settings.STORE_TIMEOUT_SECONDS,
        socket_keepalive=True,
    )
    return RowWorker(
        rq_backend.queue_names(orders.queues),
        # RQ lets none begin under the name of one that was killed just now.
        name=f"{orders.name}:{secrets.token_hex(4)}",
        connection=connection,
        job_class=RowJob,
        serializer=JSONSerializer,
        worker_ttl=TTL_SECONDS,
    )


def do(job: str, worker: str) -> None:
    """Do a job where its row can be taken: where nobody has it, or has done it."""
    close_old_connections()
    try:
        row = _taken(job, worker)
        if row is not None:
            _runner.run_task(row)
    except (DatabaseError, InterfaceError) as trouble:
        if not stores.is_away(trouble):
            raise
        # Its row stays as it is, and is handed over again.
        log.warning("worker_waits", reason=type(trouble).__name__)
        connections.close_all()
        time.sleep(LOOK_AGAIN_SECONDS)
    close_old_connections()


def _taken(job: str, worker: str) -> Any:
    ready = DBTaskResult.objects.ready().filter(pk=job)
    with exclusive_transaction(ready.db):
        row = ready.get_locked()
        if row is not None:
            row.claim(worker)
    return row


# Runs what it is given, and writes down how it ended; what it looks for itself is never asked.
_runner = db_worker.Worker(
    queue_names=[],
    interval=0,
    batch=True,
    backend_name="default",
    startup_delay=False,
    max_tasks=None,
    worker_id="",
    excluded_queue_names=[],
)


class Due(Thread):
    """Hand over what is due and RQ has not got, beside a worker's own work."""

    def __init__(self, queues: Collection[str], interval: float) -> None:
        super().__init__(name="due-jobs", daemon=True)
        self.queues = queues
        self.interval = max(interval, 0.1)
        self.ended = Event()

    def run(self) -> None:
        try:
            while not self.ended.wait(self.interval):
                self._look()
                close_old_connections()
        finally:
            # A thread's own connections; kept open, they outlive it.
            connections.close_all()

    def _look(self) -> None:
        try:
            if self._is_its_turn():
                rq_backend.hand_over_due(self.queues)
        except (DatabaseError, InterfaceError, *rq_backend.AWAY) as trouble:
            log.warning("jobs_not_handed_over", reason=type(trouble).__name__)
            self.ended.wait(LOOK_AGAIN_SECONDS)

    def _is_its_turn(self) -> bool:
        key = LOOKS.format(settings.COGNITO_USER_POOL_ID, ",".join(sorted(self.queues)))
        held = int(self.interval * 900)
        return bool(rq_backend.client().set(key, 1, nx=True, px=held))

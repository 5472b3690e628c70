"""Jobs by RQ, where TASKS_URL says so: Redis tells a worker at once which job there is.

The job itself stays a row of the database, as without RQ. It is written in the transaction of the
change that asks for it; after the commit its id, and no more of it, is handed to RQ. A worker does
a job only where it can take its row (`accounts.rq_worker`), and hands over again what is due and
RQ has not got: jobs whose time has come, those taken back, those whose process died between commit
and hand-over, and all of them where Redis forgot. So nothing is lost with Redis or done twice.
"""

from collections.abc import Collection, Iterable
from functools import cache, partial
from typing import Any

import structlog
from django.conf import settings
from django.db import transaction
from django_tasks_db.models import DBTaskResult
from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from accounts.job_backend import JobBackend

log = structlog.get_logger(__name__)
AWAY = (OSError, RedisError)
# RQ has no priorities, but does one queue before the next.
PARTS = ("first", "usual", "last")
# So many due jobs are looked at in one go, in the order in which they are to be done.
AT_ONCE = 500
# What the worker's own class of jobs replaces: nothing of this name is ever called.
NOT_CALLED = "accounts.rq_worker"
NO_LIMIT = -1
FAILURES_KEPT_SECONDS = 3600


class RQBackend(JobBackend):
    """The database's backend, which also tells RQ of what may be done at once."""

    def enqueue(self, task: Any, args: Any, kwargs: Any) -> Any:
        result: Any = super().enqueue(task, args, kwargs)
        if task.run_after is None:
            self.tell(result.db_result)
        return result

    def tell(self, row: Any) -> None:
        """Hand over what may be done at once, as soon as its row is committed."""
        transaction.on_commit(partial(_tell, row), using=row._state.db)


def _tell(row: Any) -> None:
    """Hand over a job that was just committed; where Redis is away, a worker does so later."""
    try:
        hand_over([row])
    except AWAY as trouble:
        log.warning("job_not_handed_over", reason=type(trouble).__name__)


def hand_over(rows: Iterable[Any]) -> None:
    """Put the ids of jobs into RQ's queues; once more than needed does no harm."""
    with client().pipeline() as pipe:
        for row in rows:
            queue = _queue(queue_name(row.queue_name, row.priority), settings.TASKS_URL)
            queue.enqueue_job(_job(queue, row), pipeline=pipe)
        pipe.execute()


def _job(queue: Queue, row: Any) -> Job:
    return queue.create_job(
        NOT_CALLED,
        job_id=str(row.pk),
        description=row.task_path,
        # As without RQ: the lease alone says how long a job may last.
        timeout=NO_LIMIT,
        # What waits for longer, or fell out of its queue, is handed over again.
        ttl=int(settings.JOB_LEASE.total_seconds()),
        result_ttl=0,
        failure_ttl=FAILURES_KEPT_SECONDS,
    )


def hand_over_due(queues: Collection[str], most: int | None = AT_ONCE) -> int:
    """Hand over the jobs that are due and RQ has not got; how many. One query."""
    due = DBTaskResult.objects.ready().filter(queue_name__in=queues)
    rows = list(due.only("queue_name", "priority", "task_path")[:most])
    with client().pipeline(transaction=False) as pipe:
        for row in rows:
            pipe.hget(Job.key_for(str(row.pk)), "status")
        statuses = pipe.execute()
    missing = [row for row, status in zip(rows, statuses, strict=True) if status != b"queued"]
    hand_over(missing)
    return len(missing)


def queue_name(queue: str, priority: int) -> str:
    """RQ's queue for jobs of this priority: above none, none, below none."""
    part = PARTS[0] if priority > 0 else PARTS[2] if priority < 0 else PARTS[1]
    return f"portal:{settings.COGNITO_USER_POOL_ID}:{queue}:{part}"


def queue_names(queues: Iterable[str]) -> list[str]:
    """RQ's queues, in the order in which a worker looks into them."""
    return [queue_name(each, priority) for priority in (1, 0, -1) for each in queues]


def is_away() -> str:
    """Why RQ's Redis cannot be used; empty where it can."""
    try:
        client().ping()
    except AWAY as trouble:
        return type(trouble).__name__
    return ""


def client() -> Redis:
    """For a word that is quickly said: people wait for it, and it can be said later."""
    return _client(settings.TASKS_URL)


@cache
def _client(url: str) -> Redis:
    seconds = settings.STORE_TIMEOUT_SECONDS
    once = Retry(NoBackoff(), 0)
    return Redis.from_url(url, socket_connect_timeout=seconds, socket_timeout=seconds, retry=once)


@cache
def _queue(name: str, url: str) -> Queue:
    return Queue(name, connection=_client(url), serializer=JSONSerializer)

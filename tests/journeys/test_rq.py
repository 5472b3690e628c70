"""Jobs that RQ carries: what its Redis holds, forgets or never got (docs/deployment.md).

Everything else that is told of jobs is told by the same tests as without RQ: make test-rq.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as portal
from django.core import mail
from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from accounts import messages
from accounts.doctor import Grade
from accounts.watch import deployment, health
from accounts.watch.exposition import queue
from tests.clock import Clock
from tests.ship.kit import until

if not portal.TASKS_URL:
    pytest.skip("needs the Redis of TASKS_URL: make test-rq", allow_module_level=True)

from accounts import rq_backend, rq_worker

pytestmark = pytest.mark.usefixtures("transactional_db", "empty_redis")

done: list[str] = []


@pytest.fixture
def empty_redis() -> None:
    rq_backend.client().flushdb()
    done.clear()


@task()
def note(name: str) -> None:
    done.append(name)


def work() -> None:
    call_command("worker", batch=True, interval=0, verbosity=0)


def send(address: str) -> None:
    until = timezone.now() + timedelta(hours=1)
    messages.send_email(address, "Hello", "There", until=until)


def in_redis() -> set[str]:
    """The ids of the jobs that RQ holds."""
    keys = rq_backend.client().keys("rq:job:*")
    return {key.decode().removeprefix("rq:job:") for key in keys}


def rows() -> set[str]:
    return {str(key) for key in DBTaskResult.objects.values_list("pk", flat=True)}


def test_a_job_is_told_of_after_the_commit_and_not_without_it():
    """(RES-06, RES-08) nothing is begun before its change is made, or whose change was not."""
    with transaction.atomic():
        send("nora@example.com")
        assert in_redis() == set()
    assert in_redis() == rows()
    with transaction.atomic():
        send("ella@example.com")
        transaction.set_rollback(True)
    assert in_redis() == rows()
    work()
    assert [message.to for message in mail.outbox] == [["nora@example.com"]]
    assert in_redis() == set()


def test_redis_holds_nothing_of_what_a_job_is_about():
    """(DAT-02) its id and the name of the task: no address, and nothing sealed."""
    send("nora@example.com")
    redis = rq_backend.client()
    held = repr([redis.hgetall(f"rq:job:{key}") for key in in_redis()])
    assert "accounts.messages.deliver" in held
    assert "nora" not in held
    assert "gAAAA" not in held


def test_what_redis_never_got_or_forgot_is_done(settings: Any):
    """(RES-08) Redis away at the commit, as when a process dies just after it; and one emptied."""
    really, settings.TASKS_URL = settings.TASKS_URL, "redis://127.0.0.1:1/0"
    send("nora@example.com")
    settings.TASKS_URL = really
    send("ella@example.com")
    rq_backend.client().flushdb()
    work()
    sent = sorted(message.to[0] for message in mail.outbox)
    assert sent == ["ella@example.com", "nora@example.com"]


def test_what_fell_out_of_its_queue_is_told_of_again(settings: Any):
    """(RES-08) taken from Redis by a worker that died before it took the row."""
    settings.JOB_LEASE = timedelta(seconds=1)
    note.enqueue("once")
    rq_backend.client().delete(f"rq:queue:{rq_backend.queue_name('default', 0)}")
    assert rq_backend.hand_over_due(["default"]) == 0
    assert until(lambda: rq_backend.hand_over_due(["default"]) == 1, seconds=5)
    work()
    assert done == ["once"]


def test_a_job_handed_over_twice_is_done_once():
    """(RES-06) the row decides."""
    note.enqueue("once")
    rq_backend.hand_over(DBTaskResult.objects.all())
    call_command("worker", batch=True, interval=0, verbosity=0, worker_id="here")
    assert DBTaskResult.objects.get().worker_ids == ["here"]
    rq_backend.hand_over(DBTaskResult.objects.all())
    work()
    assert done == ["once"]


def test_a_job_whose_row_another_worker_has_is_left_alone():
    """(RES-06)"""
    note.enqueue("another's")
    DBTaskResult.objects.get().claim("another")
    work()
    assert done == []
    assert DBTaskResult.objects.get().worker_ids == ["another"]


def test_a_job_waits_for_its_time(clock: Clock):
    """Told of when it has come, and not before."""
    note.using(run_after=timezone.now() + timedelta(minutes=5)).enqueue("later")
    assert in_redis() == set()
    work()
    assert done == []
    clock.forward(minutes=5)
    work()
    assert done == ["later"]


def test_what_is_more_urgent_comes_first():
    """As without RQ."""
    for name, priority in (("last", -5), ("usual", 0), ("also usual", 0), ("first", 10)):
        note.using(priority=priority).enqueue(name)
    work()
    assert done == ["first", "usual", "also usual", "last"]


def test_a_job_of_a_worker_that_died_is_done_by_the_next():
    """(RES-08) Redis knows it as begun, and nobody will end it there."""
    note.enqueue("again")
    row = DBTaskResult.objects.get()
    redis = rq_backend.client()
    redis.lpop(f"rq:queue:{rq_backend.queue_name('default', 0)}")
    redis.hset(f"rq:job:{row.pk}", "status", "started")
    row.claim("dead")
    work()
    assert done == []
    DBTaskResult.objects.update(started_at=timezone.now() - portal.JOB_LEASE)
    work()
    assert done == ["again"]


def test_one_of_all_workers_looks_for_due_jobs():
    """A query for each interval, however many workers there are."""
    first, second = (rq_worker.Due(["default"], interval=60) for _ in range(2))
    assert first._is_its_turn()
    assert not second._is_its_turn()


def test_a_database_that_is_away_leaves_the_job_as_it_is(monkeypatch: pytest.MonkeyPatch):
    """(RES-08) the worker waits, and the job is told of again."""
    monkeypatch.setattr(rq_worker, "LOOK_AGAIN_SECONDS", 0)
    note.enqueue("after all")

    def away(execute: Any, sql: str, *more: Any) -> Any:
        if "UPDATE" in sql and "dbtaskresult" in sql:
            raise OperationalError("gone")
        return execute(sql, *more)

    with connection.execute_wrapper(away):
        rq_worker.work_off(rq_worker.Orders(["default"], "waits"))
    assert done == []
    assert DBTaskResult.objects.get().status == TaskResultStatus.READY
    work()
    assert done == ["after all"]


def test_what_waits_is_counted_where_it_lies():
    """The age of the queue is that of rows, whatever Redis knows."""
    note.enqueue("waits")
    rq_backend.client().flushdb()
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(minutes=11))
    assert queue()["queue_due"][1] == 1
    assert queue()["queue_oldest_seconds"][1] > 600


def test_a_redis_that_is_away_takes_no_process_out_and_is_told(settings: Any):
    """(RES-08) people are served; the doctor and the probe say that jobs wait."""
    assert health.Check(health.JOBS, health.State.OK) in health.checks()
    settings.TASKS_URL = "redis://user:canary@127.0.0.1:1/0"
    found = health.checks()
    assert health.Check(health.JOBS, health.State.DEGRADED, "ConnectionError") in found
    assert health.is_ready(found)
    said = {each.name: each for each in deployment.findings()}
    assert said["jobs-away"].grade is Grade.WARNING
    assert "canary" not in repr(said)

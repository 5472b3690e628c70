"""Jobs whose worker died are done by another one, and only those."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError, MetadataRetrievalError, ParamValidationError
from botocore.parsers import ResponseParserError
from django.conf import settings
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError
from django.utils import timezone
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from accounts import jobs, messages
from accounts.cognito.errors import cognito_errors

QUOTING: dict[str, Callable[[], Exception]] = {
    "ResponseParserError": lambda: ResponseParserError("Unable to parse response: canary"),
    "ClientError": lambda: ClientError({"Error": {"Code": "Any", "Message": "canary"}}, "GetUser"),
    "MetadataRetrievalError": lambda: MetadataRetrievalError(error_msg="Not JSON: canary"),
    "ParamValidationError": lambda: ParamValidationError(report="Invalid type, value: canary"),
}


@task()
def asks_in_vain(kind: str) -> None:
    with cognito_errors("GetUser"):
        raise QUOTING[kind]()


def queued(address: str, *, begun: timedelta | None) -> Any:
    """An e-mail that is queued; where it was begun, so long ago, by a worker that is gone."""
    later = timezone.now() + timedelta(hours=1)
    messages.send_email(address, "Hello", "There", until=later)
    job = DBTaskResult.objects.latest("enqueued_at")
    if begun is not None:
        job.claim("gone")
        DBTaskResult.objects.filter(pk=job.pk).update(started_at=timezone.now() - begun)
    return job


@pytest.mark.django_db(transaction=True)
def test_what_a_dead_worker_began_is_done_by_the_next() -> None:
    """(RES-08): past its lease a job is done; one that may still be at work is left alone."""
    lost = queued("lost@example.com", begun=settings.JOB_LEASE)
    at_work = queued("at-work@example.com", begun=settings.JOB_LEASE - timedelta(seconds=10))
    assert jobs.take_back() == 1
    call_command("worker", batch=True, interval=0, verbosity=0)
    assert [message.to for message in mail.outbox] == [["lost@example.com"]]
    lost.refresh_from_db()
    at_work.refresh_from_db()
    assert (lost.status, at_work.status) == (
        TaskResultStatus.SUCCESSFUL,
        TaskResultStatus.RUNNING,
    )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", QUOTING)
def test_what_is_kept_of_a_failed_job_quotes_no_answer(kind: str) -> None:
    """(AUD-03) of an exception of botocore its kind and its frames; of ours what it says."""
    asks_in_vain.enqueue(kind)
    call_command("worker", batch=True, interval=0, verbosity=0)
    job = DBTaskResult.objects.get()
    assert job.status == TaskResultStatus.FAILED
    assert "canary" not in job.traceback
    assert kind in job.traceback
    assert ": GetUser: " in job.traceback
    assert "raise QUOTING[kind]()" in job.traceback


def test_a_database_that_is_away_does_not_end_the_watch(
    monkeypatch: pytest.MonkeyPatch, memory_cache: None
) -> None:
    """(RES-08): it looks again later."""
    watch = jobs.Watch()

    def away() -> int:
        watch.ended.set()
        raise DatabaseError("away")

    monkeypatch.setattr(jobs, "take_back", away)
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)
    watch.run()

"""Each job as it is watched: one line of log, and its id on every line that it causes."""

from contextvars import ContextVar
from time import perf_counter
from typing import Any

import structlog
from django_tasks_db.compat import task_finished, task_started

from accounts import logs

log = structlog.get_logger(__name__)
_began: ContextVar[float] = ContextVar("began")


def begin() -> None:
    """Once, in each process: one that does no job hears of none."""
    task_started.connect(_starts, dispatch_uid=__name__)
    task_finished.connect(_ends, dispatch_uid=__name__)


def _starts(task_result: Any, **_: Any) -> None:
    _began.set(perf_counter())
    logs.begin(job=str(task_result.id))


def _ends(task_result: Any, **_: Any) -> None:
    """What it is about stands in its row, never here; nor why it failed: that is its own line."""
    now = perf_counter()
    log.info(
        "job",
        task=task_result.task.module_path,
        outcome=str(task_result.status).lower(),
        milliseconds=round((now - _began.get(now)) * 1000, 1),
    )
    logs.begin()

"""Rows that stand or fall with another one, and are written in the same statement where it can be.

A job is such a row, too: the one that `django_tasks_db` would write. Where RQ tells workers of
their jobs, it hears of this one once it stands.
"""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db.models import Model
from django_tasks_db.models import DBTaskResult, get_date_max

from accounts.prepared import PreparedInsert, Ready, together


@dataclass
class Beside:
    """What is to stand with a row that is still to be written."""

    steps: list[Ready] = field(default_factory=list)
    jobs: list[tuple[Any, DBTaskResult[..., Any]]] = field(default_factory=list)

    def row(self, row: Model) -> None:
        self.steps.append(_writing(type(row)).ready(row))

    def job(self, task: Any, *args: Any) -> None:
        """A job to be done at once; its arguments as JSON knows them."""
        row: DBTaskResult[..., Any] = DBTaskResult(
            args_kwargs={"args": list(args), "kwargs": {}},
            priority=task.priority,
            task_path=task.module_path,
            queue_name=task.queue_name,
            run_after=get_date_max(),
            backend_name=task.backend,
        )
        self.row(row)
        self.jobs.append((task, row))

    def write(self) -> None:
        """All of them by themselves: there is no other row."""
        if self.steps:
            together(*self.steps)
        self.stand()

    def stand(self) -> None:
        """They are written, or will be with the transaction at work."""
        for task, row in self.jobs:
            backend = task.get_backend()
            if hasattr(backend, "tell"):
                backend.tell(row)


@cache
def _writing(model: type[Model]) -> PreparedInsert:
    return PreparedInsert()

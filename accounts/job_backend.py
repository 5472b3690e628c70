"""Jobs as rows of the database. What is kept of one that failed quotes no answer (AUD-03)."""

from typing import Any

from django_tasks_db.backend import DatabaseBackend
from django_tasks_db.compat import Task

from accounts import quotes


class QuotingNobody(Task[Any, Any]):
    """The library writes down the words of whatever leaves a job, and of all that led to it."""

    __slots__ = ()

    def call(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().call(*args, **kwargs)
        except BaseException as failure:
            for each in quotes.quoting(failure):
                each.args = ()
            raise


class JobBackend(DatabaseBackend):
    """The library's, with such jobs."""

    task_class = QuotingNobody

"""Send notices and do what else is queued, and what a worker that died has left."""

from typing import Any

from django_tasks_db.management.commands import db_worker

from accounts import jobs


class Command(db_worker.Command):
    help = "Do what is queued, and again what a worker that died had begun."

    def handle(self, *args: Any, **options: Any) -> None:
        watch = jobs.Watch()
        watch.start()
        try:
            super().handle(*args, **options)
        finally:
            watch.ended.set()
            watch.join(timeout=5)

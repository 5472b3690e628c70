"""Everything that is counted, in the form Prometheus reads; of all processes, where they share."""

from collections.abc import Iterator
from datetime import datetime

from django.conf import settings
from django.db import DatabaseError
from django.db.models import Case, Count, F, Min, Q, When
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult, get_date_max
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from accounts.watch.metrics import NAMESPACE, OWN

CONTENT_TYPE = CONTENT_TYPE_LATEST
NOTICE = "accounts.notices.send_notice"
UNFINISHED = (TaskResultStatus.READY, TaskResultStatus.RUNNING, TaskResultStatus.FAILED)


def exposition() -> bytes:
    """What was counted here or, with PROMETHEUS_MULTIPROC_DIR, by all processes; one query."""
    counted = OWN
    if settings.METRICS_FOLDER:
        counted = CollectorRegistry()
        MultiProcessCollector(counted, settings.METRICS_FOLDER)  # type: ignore[no-untyped-call]
    looked_up = CollectorRegistry(auto_describe=False)
    looked_up.register(Queue())
    return generate_latest(counted) + generate_latest(looked_up)


class Queue(Collector):
    """Jobs in the database, notices among them."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            found = queue()
        except DatabaseError:
            # The rest can still be told; an alert is on what is missing.
            return
        for name, (says, value) in found.items():
            yield GaugeMetricFamily(f"{NAMESPACE}_{name}", says, value)


def queue() -> dict[str, tuple[str, float]]:
    """What waits, by the name of its metric: what it means, and how many or how old."""
    now = timezone.now()
    ready = Q(status=TaskResultStatus.READY)
    # A job without a time is one for the end of days, in this table.
    due = ready & (Q(run_after__lte=now) | Q(run_after=get_date_max()))
    since = Case(When(run_after__lte=now, then=F("run_after")), default=F("enqueued_at"))
    row = DBTaskResult.objects.filter(status__in=UNFINISHED).aggregate(
        due=Count("pk", filter=due),
        later=Count("pk", filter=ready & ~due),
        running=Count("pk", filter=Q(status=TaskResultStatus.RUNNING)),
        failed=Count("pk", filter=Q(status=TaskResultStatus.FAILED)),
        notices=Count("pk", filter=ready & Q(task_path=NOTICE)),
        since=Min(since, filter=due),
    )
    return {
        "queue_due": ("Jobs that nobody has begun", row["due"]),
        "queue_later": ("Jobs whose time has not come", row["later"]),
        "queue_running": ("Jobs that are being done", row["running"]),
        "queue_failed": ("Jobs given up, until they are purged", row["failed"]),
        "queue_oldest_seconds": ("How long the oldest due job waits", _age(row["since"], now)),
        "notices_waiting": ("Messages to people that were not sent yet", row["notices"]),
    }


def _age(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0

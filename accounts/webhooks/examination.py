"""What the doctor says of webhooks: who takes nothing, and since when."""

from collections.abc import Iterator
from datetime import timedelta

from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.utils import timezone

from accounts.doctor import Finding, Grade
from accounts.webhooks import endpoints
from accounts.webhooks.models import Message

# So long nobody need be told: a receiver that is being started anew.
PATIENT_FOR = timedelta(hours=1)


def findings() -> Iterator[Finding]:
    """Endpoints that are dead, or that cannot be. Two queries for each."""
    try:
        known = endpoints.known()
    except ImproperlyConfigured as wrong:
        yield Finding(Grade.ERROR, "webhook-settings", str(wrong), "Mend the settings.")
        return
    for endpoint in known:
        yield from _of(endpoint.name)


def _of(name: str) -> Iterator[Finding]:
    own = Message.objects.filter(endpoint=name, delivered_at__isnull=True)
    lost = own.filter(given_up_at__isnull=False)
    if lost.exists():
        yield Finding(
            Grade.ERROR,
            "webhook-given-up",
            f"{lost.count()} messages to {name} were given up: {_trouble(lost)}.",
            f"Mend the receiver, then `manage.py webhooks test {name}` and `redeliver {name}`.",
        )
    late = own.filter(given_up_at__isnull=True, created_at__lte=timezone.now() - PATIENT_FOR)
    if late.exists():
        yield Finding(
            Grade.WARNING,
            "webhook-dead",
            f"{late.count()} messages to {name} wait for more than an hour: {_trouble(late)}.",
            "See whether the receiver answers 2xx within ten seconds, and whether a worker runs "
            "(`manage.py worker`).",
        )


def _trouble(messages: QuerySet[Message]) -> str:
    return messages.order_by("-created_at").values_list("trouble", flat=True)[0] or "never tried"

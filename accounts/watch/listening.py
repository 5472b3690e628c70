"""Who listens to the gateway, from the start of a process."""

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.cognito import breaker, calls
from accounts.watch import health, metrics


def begin() -> None:
    """Once: a listener heard twice would count twice."""
    if metrics.count_call in calls.observers:
        return
    calls.observers.append(metrics.count_call)
    if settings.TRACING:
        calls.observers.append(import_string("accounts.watch.tracing.observe"))
    breaker.cognito.listeners += [metrics.count_breaker, health.note_breaker]

"""Who listens to the gateway, from the start of a process."""

from functools import partial

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.cognito import breaker, calls
from accounts.watch import health, metrics, work


def begin() -> None:
    """Once: a listener heard twice would count twice."""
    if metrics.count_call in calls.observers:
        return
    work.begin()
    calls.observers.append(metrics.count_call)
    if settings.TRACING:
        calls.observers.append(import_string("accounts.watch.tracing.observe"))
    for each in breaker.ALL:
        metrics.show_breaker(each.name)
        each.listeners += [
            partial(metrics.count_breaker, each.name),
            partial(health.note_breaker, each.name),
        ]

"""Who listens to the gateway, from the start of a process."""

from accounts.cognito import breaker, calls
from accounts.watch import health, metrics


def begin() -> None:
    """Once: a listener heard twice would count twice."""
    if metrics.count_call in calls.observers:
        return
    calls.observers.append(metrics.count_call)
    breaker.cognito.listeners += [metrics.count_breaker, health.note_breaker]

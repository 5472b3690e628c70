"""What the doctor says of the deployment: what this machine sees, and what is asked of it."""

from collections.abc import Iterator

from django.conf import settings

from accounts.doctor import Finding, Grade
from accounts.watch import health
from accounts.watch.exposition import queue
from accounts.watch.health import State

WAITS_TOO_LONG_SECONDS = 600
WHAT_HELPS = {
    "database": "Check DATABASE_URL, and that the database answers from here.",
    "cache": "Check CACHE_URL, and that the cache answers from here.",
    "migrations": "Run manage.py prepare.",
}


def findings() -> list[Finding]:
    """Three queries, no call."""
    return list(_all())


def _all() -> Iterator[Finding]:
    found = health.checks()
    for each in found:
        if each.state is State.FAILED:
            says = f"The {each.name} cannot be used ({each.says}): this process serves nobody."
            yield Finding(Grade.ERROR, f"deployment-{each.name}", says, WHAT_HELPS[each.name])
    if health.is_away_somewhere():
        yield Finding(
            Grade.WARNING,
            "cognito-away",
            "A process of the portal stopped calling Cognito within the last minute, because no "
            "answer came.",
            "Look at the network of that machine and at the region's status page.",
        )
    if found[0].state is State.OK and _waits() > WAITS_TOO_LONG_SECONDS:
        yield Finding(
            Grade.WARNING,
            "queue",
            "Jobs wait for more than ten minutes: messages to people are not sent.",
            "Run manage.py db_worker, one or more of it, all the time.",
        )
    if settings.HTTPS and not settings.WATCH_TOKEN:
        yield Finding(
            Grade.ADVICE,
            "unwatched",
            "PORTAL_WATCH_TOKEN is empty, so nobody can read the portal's metrics.",
            "Set it and let Prometheus show it (docs/operations.md).",
        )


def _waits() -> float:
    """For how many seconds the oldest job that is due has waited."""
    _, seconds = queue()["queue_oldest_seconds"]
    return seconds

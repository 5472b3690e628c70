"""What the doctor says of the deployment: what this machine sees, and what is asked of it."""

from collections.abc import Iterator
from contextlib import closing
from typing import Any

from django.conf import settings
from django.core.checks import run_checks
from django.core.mail import get_connection
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, connections

from accounts.cognito import breaker, tokens
from accounts.doctor import Finding, Grade
from accounts.watch import health
from accounts.watch.exposition import queue
from accounts.watch.health import Check, State

WAITS_TOO_LONG_SECONDS = 600
MOST_SECONDS_WRONG = tokens.CLOCK_SKEW_SECONDS
MAIL_SECONDS = 5
# Of the connections that PostgreSQL takes: beyond it a busy hour may find none left.
MUCH_IN_USE = 0.8
WHAT_HELPS = {
    "database": "Check DATABASE_URL, and that the database answers from here.",
    "cache": "Check CACHE_URL, and that the cache answers from here.",
    "migrations": "Run manage.py prepare.",
    "files": "Run manage.py prepare, or collectstatic alone, and start the portal again.",
}
# Where one of these is found, the portal's tables cannot be asked for anything.
NO_TABLES = frozenset({"deployment-database", "deployment-migrations"})
CALLED = {
    breaker.cognito.name: "Cognito",
    breaker.keys.name: "for the pool's public keys",
    breaker.managed_login.name: "the domain of the pool's own sign-in pages",
}


def findings() -> list[Finding]:
    """Three queries (on PostgreSQL four), of Cognito its keys alone, and a word with the mail."""
    return list(_all())


def _all() -> Iterator[Finding]:
    found = health.checks()
    yield from _stores(found)
    for service in health.away_somewhere():
        yield Finding(
            Grade.WARNING,
            f"{service}-away",
            f"A process of the portal stopped calling {CALLED[service]} within the last minute, "
            "because no answer came.",
            "Look at the network of that machine and at the region's status page.",
        )
    if found[0].state is State.OK:
        yield from _connections()
    if found[0].state is State.OK and _waits() > WAITS_TOO_LONG_SECONDS:
        yield Finding(
            Grade.WARNING,
            "queue",
            "Jobs wait for more than ten minutes: messages to people are not sent.",
            "Run manage.py worker, one or more of it, all the time.",
        )
    if settings.HTTPS and not health.a_worker_is_alive():
        yield Finding(
            Grade.WARNING,
            "workers",
            "No worker said within the last minute that it is alive: messages to people wait, and "
            "accounts on the way back in are not closed in time.",
            "Run manage.py worker, one or more of it, all the time.",
        )
    yield from _mail()
    yield from _clock()
    if settings.HTTPS:
        yield from _settings()
    if settings.HTTPS and not settings.WATCH_TOKEN:
        yield Finding(
            Grade.ADVICE,
            "unwatched",
            "PORTAL_WATCH_TOKEN is empty, so nobody can read the portal's metrics.",
            "Set it and let Prometheus show it (docs/operations.md).",
        )


def _stores(found: list[Check]) -> Iterator[Finding]:
    """What serving needs and has not; and what tells workers of jobs, where it is away."""
    for each in found:
        if each.state is State.FAILED:
            says = f"The {each.name} cannot be used ({each.says}): this process serves nobody."
            yield Finding(Grade.ERROR, f"deployment-{each.name}", says, WHAT_HELPS[each.name])
        if each.name == health.JOBS and each.state is State.DEGRADED:
            yield Finding(
                Grade.WARNING,
                "jobs-away",
                f"The Redis of TASKS_URL cannot be used ({each.says}): jobs wait in the database, "
                "and messages to people with them.",
                "Check TASKS_URL, and that it answers from here; or run a manage.py worker without "
                "TASKS_URL meanwhile.",
            )


def _connections() -> Iterator[Finding]:
    """Each thread of each web process keeps one: with many machines a server soon has no more."""
    if connection.vendor != "postgresql":
        return
    # Django's published types know no backend but their own.
    ours: Any = connections[DEFAULT_DB_ALIAS]
    bounds = ours.in_use()
    for have, bound in bounds:
        if have >= MUCH_IN_USE * bound:
            yield Finding(
                Grade.WARNING,
                "connections",
                f"{have} of the {bound} connections that PostgreSQL takes are in use: where none "
                "is left, people read that it is not possible right now.",
                "Raise its max_connections or the bound of this database, or lower PORTAL_THREADS "
                "(docs/deployment.md).",
            )
            return


def _mail() -> Iterator[Finding]:
    """Whether the mail server lets us in; nothing is sent."""
    try:
        with closing(get_connection(timeout=MAIL_SECONDS)) as mail:
            mail.open()
    except OSError as trouble:
        yield Finding(
            Grade.ERROR,
            "mail",
            f"The mail server cannot be used ({type(trouble).__name__}): nobody is told of "
            "changes, until it can; messages are tried again for a day.",
            "Check EMAIL_URL, and that the server answers from here.",
        )


def _clock() -> Iterator[Finding]:
    """Tokens are judged by the clock: one that is wrong refuses them all."""
    behind = tokens.seconds_behind()
    if behind is not None and abs(behind) > MOST_SECONDS_WRONG:
        direction = "behind" if behind > 0 else "ahead of"
        yield Finding(
            Grade.ERROR,
            "clock",
            f"The clock of this machine is {abs(behind):.0f} seconds {direction} Cognito's: people "
            "cannot sign in, or stay signed in for longer than they may.",
            "Let NTP (chrony, systemd-timesyncd) set the clock of every machine.",
        )


def _settings() -> Iterator[Finding]:
    """What `manage.py check --deploy` says."""
    for each in run_checks(include_deployment_checks=True):
        if not each.is_silenced():
            grade = Grade.ERROR if each.is_serious() else Grade.WARNING
            yield Finding(grade, f"settings-{each.id}", each.msg, each.hint or "See the settings.")


def _waits() -> float:
    """For how many seconds the oldest job that is due has waited."""
    try:
        _, seconds = queue()["queue_oldest_seconds"]
    except DatabaseError:
        # Tables that are missing are told of above.
        return 0.0
    return seconds

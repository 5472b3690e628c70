"""Whether this process can serve: what a balancer, a doctor and a person on call ask.

Nothing here calls Cognito: of the pool it says what the last calls of this process found.
"""

import sys
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import structlog
from django.core.cache import cache, caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from accounts.cognito import breaker

log = structlog.get_logger(__name__)

# Once all tables are there they stay; while some are missing, one look serves for so long.
LOOK_AGAIN_SECONDS = 10
# The word that a process leaves for others, such as the doctor's, while its breaker is open.
AWAY_KEY = "watch:cognito-away"
AWAY_KEPT_SECONDS = 60


class State(StrEnum):
    """failed: this process cannot serve. degraded: it can, and says what it cannot do."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILED = "failed"


@dataclass(frozen=True)
class Check:
    """One thing that serving needs. says: why it is as it is; holds nothing of anybody."""

    name: str
    state: State
    says: str = ""


def checks() -> list[Check]:
    """Look at everything: one query and one look into the cache, once all tables are there."""
    database = _database()
    if database.state is State.FAILED:
        return [database, _cache(), _cognito()]
    return [database, _cache(), _migrations(), _cognito()]


def is_ready(found: list[Check]) -> bool:
    """A pool that is away is no reason to take a process out: it tells people so itself."""
    return all(each.state is not State.FAILED for each in found)


def _database() -> Check:
    try:
        MigrationRecorder(connection).migration_qs.exists()
    except DatabaseError as trouble:
        return Check("database", State.FAILED, type(trouble).__name__)
    return Check("database", State.OK)


def _cache() -> Check:
    try:
        cache.get(AWAY_KEY)
    except _cache_trouble() as trouble:
        return Check("cache", State.FAILED, type(trouble).__name__)
    return Check("cache", State.OK)


def _cache_trouble() -> tuple[type[Exception], ...]:
    """What a cache raises that cannot be used. Redis' own only where it is in use: it is slow."""
    redis: Any = sys.modules.get("redis.exceptions")
    return (DatabaseError, OSError, *([redis.RedisError] if redis else []))


def _migrations() -> Check:
    known: int | None = caches["process"].get("unapplied")
    if known is None:
        known = _unapplied()
        caches["process"].set("unapplied", known, LOOK_AGAIN_SECONDS if known else None)
    if known:
        return Check("migrations", State.FAILED, f"{known} not applied: manage.py migrate")
    return Check("migrations", State.OK)


def _unapplied() -> int:
    """How many this version has and the database has not; more of a newer version are fine."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _cognito() -> Check:
    if breaker.cognito.is_open:
        return Check("cognito", State.DEGRADED, "no answer: the circuit breaker is open")
    return Check("cognito", State.OK)


def note_breaker(is_open: bool) -> None:
    """Say it in the log, and where other processes see it. Called when it opens and closes."""
    if is_open:
        log.error("breaker_opened")
    else:
        log.warning("breaker_closed")
    try:
        if is_open:
            cache.set(AWAY_KEY, True, AWAY_KEPT_SECONDS)
        else:
            cache.delete(AWAY_KEY)
    except _cache_trouble() as trouble:
        log.warning("breaker_not_noted", reason=type(trouble).__name__)


def is_away_somewhere() -> bool:
    """Whether a process said within the last minute that Cognito does not answer it."""
    try:
        return bool(cache.get(AWAY_KEY))
    except _cache_trouble():
        return False

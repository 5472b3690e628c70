"""Whether this process can serve: what a balancer, a doctor and a person on call ask.

Nothing here calls Cognito: of the pool it says what the last calls of this process found.
"""

from dataclasses import dataclass
from enum import StrEnum

import structlog
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.cache import cache, caches
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from accounts import stores
from accounts.cognito import breaker
from accounts.cognito.breaker import Breaker

log = structlog.get_logger(__name__)

# The check of what tells workers of jobs.
JOBS = "jobs"
# The word of each worker, while it lives.
WORKER_KEY = "watch:worker"
WORKER_KEPT_SECONDS = 60
# Once all tables are there they stay; while some are missing, one look serves for so long.
LOOK_AGAIN_SECONDS = 10
# The word that a process leaves for others, such as the doctor's, while a breaker of it is open.
AWAY_KEY = "watch:away:{}"
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
        return [database, _cache(), _files(), *_jobs(), *_services()]
    return [database, _cache(), _migrations(), _files(), *_jobs(), *_services()]


def is_ready(found: list[Check]) -> bool:
    """A pool that is away is no reason to take a process out: it tells people so itself."""
    return all(each.state is not State.FAILED for each in found)


def _database() -> Check:
    try:
        MigrationRecorder(connection).migration_qs.exists()
    except DatabaseError as trouble:
        # One that is there and has no tables yet lacks migrations, and that is said below.
        if stores.is_away(trouble):
            return Check("database", State.FAILED, type(trouble).__name__)
    return Check("database", State.OK)


def _cache() -> Check:
    try:
        cache.get(AWAY_KEY.format(breaker.cognito.name))
    except stores.cache_troubles() as trouble:
        return Check("cache", State.FAILED, type(trouble).__name__)
    return Check("cache", State.OK)


def _migrations() -> Check:
    known: int | None = caches["process"].get("unapplied")
    if known is None:
        try:
            known = _unapplied()
        except DatabaseError as trouble:
            return Check("migrations", State.FAILED, type(trouble).__name__)
        caches["process"].set("unapplied", known, LOOK_AGAIN_SECONDS if known else None)
    if known:
        return Check("migrations", State.FAILED, f"{known} not applied: manage.py migrate")
    return Check("migrations", State.OK)


def _unapplied() -> int:
    """How many this version has and the database has not; more of a newer version are fine."""
    executor = MigrationExecutor(connection)
    return len(executor.migration_plan(executor.loader.graph.leaf_nodes()))


def _files() -> Check:
    """Pages name their files as collectstatic wrote it down; without that none can be drawn."""
    if not getattr(staticfiles_storage, "hashed_files", True):
        return Check("files", State.FAILED, "none collected: manage.py collectstatic")
    return Check("files", State.OK)


def _jobs() -> list[Check]:
    """Whether workers can be told of jobs, where RQ does so; without it they find them."""
    if not settings.TASKS_URL:
        return []
    from accounts import rq_backend  # noqa: PLC0415  (RQ is an extra)

    trouble = rq_backend.is_away()
    return [Check(JOBS, State.DEGRADED, trouble) if trouble else Check(JOBS, State.OK)]


def _services() -> list[Check]:
    """What the calls of this process found, by breaker; of the pool's domain where its door is."""
    return [_service(each) for each in breaker.ALL if each.name in in_use()]


def in_use() -> frozenset[str]:
    """The breakers of what these settings make the portal call."""
    by_domain = {breaker.managed_login.name} if "managed" in settings.DOORS else set()
    return frozenset({breaker.cognito.name, breaker.keys.name, *by_domain})


def _service(circuit: Breaker) -> Check:
    if circuit.is_open:
        return Check(circuit.name, State.DEGRADED, "no answer: the circuit breaker is open")
    return Check(circuit.name, State.OK)


def note_breaker(name: str, is_open: bool) -> None:
    """Say it in the log, and where other processes see it. Called when it opens and closes."""
    if is_open:
        log.error("breaker_opened", service=name)
    else:
        log.warning("breaker_closed", service=name)
    try:
        if is_open:
            cache.set(AWAY_KEY.format(name), True, AWAY_KEPT_SECONDS)
        else:
            cache.delete(AWAY_KEY.format(name))
    except stores.cache_troubles() as trouble:
        log.warning("breaker_not_noted", reason=type(trouble).__name__)


def away_somewhere() -> list[str]:
    """What did not answer some process within the last minute, by the names of the breakers."""
    try:
        found = cache.get_many([AWAY_KEY.format(each.name) for each in breaker.ALL])
    except stores.cache_troubles():
        return []
    return [each.name for each in breaker.ALL if AWAY_KEY.format(each.name) in found]


def note_worker() -> None:
    """A worker is alive: said by each of them, more often than the word is kept."""
    try:
        cache.set(WORKER_KEY, True, WORKER_KEPT_SECONDS)
    except stores.cache_troubles() as trouble:
        log.warning("worker_not_noted", reason=type(trouble).__name__)


def a_worker_is_alive() -> bool:
    """Whether any did say so within the last minute; true where nobody can know."""
    try:
        return bool(cache.get(WORKER_KEY))
    except stores.cache_troubles():
        return True

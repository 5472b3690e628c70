"""The chain under many hands: threads, processes and machines write it, and it never forks."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor

from accounts import audit, trail
from accounts.models import AuditHead, AuditRecord
from tests.http_walker import all_at_once
from tests.ship import stores
from tests.unit.persons import somebody

POOL = "eu-central-1_Unit00001"
# Of each process: threads, and changes of each thread; a change has two rows.
PROCESSES, THREADS, CHANGES = 3, 4, 6
WRITER = f"""
from concurrent.futures import ThreadPoolExecutor
from accounts import audit
from tests.unit.persons import somebody

def write(_):
    for _ in range({CHANGES}):
        with audit.change(somebody(), "totp_enrolled"):
            pass

with ThreadPoolExecutor({THREADS}) as threads:
    list(threads.map(write, range({THREADS})))
"""


def _manage(database: str, *arguments: str) -> str:
    variables = {**os.environ, "DATABASE_URL": database}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=settings.BASE_DIR,
        env=variables | {"DJANGO_SETTINGS_MODULE": "tests.settings"},
        stdout=subprocess.PIPE,
        text=True,
        timeout=120,
        check=True,
    ).stdout


def test_many_processes_write_one_chain(tmp_path: Path):
    """(AUD-04, QA-04) a database on disk: each row has its place, and nobody overtakes."""
    _write_by_many(f"sqlite:///{tmp_path}/portal.sqlite3")


def _write_by_many(database: str) -> None:
    _manage(database, "migrate", "--verbosity", "0")
    write = partial(_manage, database, "shell", "--command", WRITER)
    all_at_once([write] * PROCESSES)
    said = _manage(database, "audit", "verify")
    rows = PROCESSES * THREADS * CHANGES * 2
    assert said.startswith(f"{POOL} {rows}:")
    assert said.endswith(": holds\n")


needs_a_server = pytest.mark.skipif(
    connection.vendor == "sqlite", reason="in memory, threads share one table lock"
)


@needs_a_server
def test_many_processes_write_one_chain_on_a_server():
    """(AUD-04, QA-04) the same, where each believes in the head that it saw last."""
    with stores.postgresql() as database:
        _write_by_many(database)


@needs_a_server
@pytest.mark.django_db(transaction=True)
def test_many_threads_write_one_chain():
    """(AUD-04, QA-04) the first rows of a pool, too, and two pools beside each other."""

    def write(pool_id: str) -> None:
        try:
            for _ in range(CHANGES):
                with audit.change(somebody(pool_id=pool_id), "totp_enrolled"):
                    pass
        finally:
            connections.close_all()

    other = "eu-central-1_Other0001"
    all_at_once([partial(write, pool_id) for pool_id in (POOL, other) for _ in range(8)])
    for pool_id in (POOL, other):
        assert list(trail.findings(pool_id)) == []
        assert AuditRecord.objects.filter(pool_id=pool_id).count() == 8 * CHANGES * 2


@needs_a_server
@pytest.mark.django_db(transaction=True)
def test_a_chain_that_somebody_holds_stops_the_change():
    """(AUD-06) nothing is made before its row is there."""
    audit.signed_in(somebody())
    made = []

    def change() -> None:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '200ms'")
            with audit.change(somebody(), "totp_enrolled"):
                made.append("change")
        finally:
            connections.close_all()

    away = pytest.raises(DatabaseError, match="lock timeout")
    with ThreadPoolExecutor(1) as threads, _held_by_another(), away:
        threads.submit(change).result()
    assert made == []
    assert AuditRecord.objects.count() == 1


@contextmanager
def _held_by_another() -> Iterator[None]:
    with transaction.atomic():
        AuditHead.held(POOL)
        yield


BEFORE = ("accounts", "0008_case_alarm")


@pytest.mark.django_db(transaction=True)
def test_rows_of_before_are_chained_in_their_order():
    """(AUD-04) by the migration, for each pool, and new ones follow them."""
    latest = MigrationExecutor(connection).loader.graph.leaf_nodes()
    executor = MigrationExecutor(connection)
    records = executor.migrate([BEFORE]).apps.get_model("accounts", "AuditRecord").objects
    for number in range(6):
        asked = records.create(
            event="totp_enrolled",
            outcome="intended",
            pool_id=(POOL, "eu-central-1_Other0001")[number % 2],
            sub=f"person-{number}",
            actor="nora",
            detail={"a": 1.0},
        )
        records.create(
            event="totp_enrolled",
            outcome="done",
            completes=asked,
            pool_id=asked.pool_id,
            sub=asked.sub,
            actor="nora",
        )
    MigrationExecutor(connection).migrate(latest)
    for pool_id in trail.pools():
        assert list(trail.findings(pool_id)) == []
    audit.signed_in(somebody())
    assert list(trail.findings(POOL)) == []
    rows = AuditRecord.objects.filter(pool_id=POOL).order_by("number")
    assert list(rows.values_list("number", flat=True)) == [1, 2, 3, 4, 5, 6, 7]
    assert [row.sub for row in rows][:6] == [f"person-{n}" for n in (0, 0, 2, 2, 4, 4)]
    call_command("audit", "verify")

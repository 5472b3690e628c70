"""A backup is taken, restored elsewhere, looked at and lived with."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.browser.portal_process import free_port
from tests.commands.table import AS_IT_BEGINS, BACKUP, beginning_of
from tests.documents import commands
from tests.http_walker import HttpWalker
from tests.journeys.steps import OVERVIEW, enrol_app
from tests.people import People
from tests.sandbox_process import Sandbox, running_sandbox
from tests.ship import stores
from tests.ship.kit import POOL_ID, ROOT, environment, running, wait_for

AS_IT_BEGINS_HERE = {key for key, runner in AS_IT_BEGINS.items() if runner == BACKUP}
COMMAND = [sys.executable, "-m", "portal.cli"]


@dataclass
class Site:
    """A pool, the secrets of one portal, and databases it may be started on."""

    sandbox: Sandbox
    data: Path
    url: str
    variables: dict[str, str]

    def run(self, database: str, *words: str) -> int:
        variables = {**self.variables, "DATABASE_URL": database}
        return subprocess.run([*COMMAND, *words], cwd=ROOT, env=variables, check=False).returncode

    @contextmanager
    def portal(self, database: str) -> Iterator[HttpWalker]:
        """A portal on this database, with a Redis that knows nobody."""
        with stores.redis(self.data) as cache:
            variables = {**self.variables, "DATABASE_URL": database, "CACHE_URL": cache}
            log = self.data / "portal.log"
            command = [*COMMAND, "run", "--bind", self.url.removeprefix("http://")]
            with running(command, variables, log):
                wait_for(f"{self.url}/sign-in/", log)
                yield HttpWalker(self.url)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with running_sandbox() as sandbox:
        url = f"http://localhost:{free_port()}"
        variables = environment(sandbox, url, PORTAL_STATIC_ROOT=str(tmp_path / "static"))
        yield Site(sandbox, tmp_path, url, variables)


def taken_and_restored(site: Site, first: str, second: str) -> None:
    """By the commands of docs/upgrades.md, as they stand there; on this machine's server."""
    server = urlsplit(second)
    stores.drop(second)
    variables = {
        "PATH": os.environ["PATH"],
        "PGHOST": server.hostname or "",
        "PGPORT": str(server.port or 5432),
        "PGUSER": server.username or "",
        "PGPASSWORD": server.password or "",
        "DATABASE_URL": first,
        "RESTORED_URL": second,
    }
    typed = [each.text for each in commands() if beginning_of(each) in AS_IT_BEGINS_HERE]
    assert [text.split()[0] for text in typed] == ["pg_dump", "createdb", "pg_restore"]
    for text in typed:
        filled = text.replace("portal_restored", server.path.strip("/"))
        subprocess.run(["/bin/sh", "-ec", filled], cwd=site.data, env=variables, check=True)


def test_a_restored_backup_holds_the_audit_and_lets_people_in(site: Site) -> None:
    """(RES-08) the chain of the audit holds, and whoever had an account signs in as before."""
    with ExitStack() as stack:
        first, second = (stack.enter_context(stores.postgresql()) for _ in range(2))
        assert site.run(first, "migrate", "-v0") == 0
        assert site.run(first, "collectstatic", "--no-input", "-v0") == 0
        somebody = People(site.sandbox, POOL_ID).make()
        with site.portal(first) as walker:
            walker.sign_in(somebody)
            somebody.app, _ = enrol_app(walker)
        taken_and_restored(site, first, second)
        assert site.run(second, "audit", "verify") == 0
        assert site.run(second, "migrate", "--check") == 0
        with site.portal(second) as walker:
            assert walker.sign_in(somebody).heading == OVERVIEW
            assert "authenticator app" in walker.open("/activity/").text
        assert site.run(second, "audit", "verify") == 0
        with psycopg.connect(second, autocommit=True) as connection:
            connection.execute("UPDATE accounts_auditrecord SET factor = 'SMS' WHERE number = 1")
        assert site.run(second, "audit", "verify") != 0

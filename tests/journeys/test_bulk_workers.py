"""Workers of a change for many people: killed, at once, and beside people's own doings (QA-04)."""

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.browser.portal_process import Portal, running_portal, running_worker
from tests.http_walker import HttpWalker
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.steps import APP, SMS, calls_counted
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.ship import stores

CLIENT = "demoportaloptional00000001"
SET = "AdminSetUserMFAPreference"
LONGEST_WAIT = 120
HELPDESK = {
    "PORTAL_HELPDESK": "true",
    "PORTAL_ROLE_GROUPS": ",".join(f"{role}={group}" for role, group in ROLE_GROUPS.items()),
}

LEASES_PASS = (
    "UPDATE helpdesk_bulk_bulkrow SET opens_at = '2020-01-01 00:00:00'",
    "UPDATE django_tasks_database_dbtaskresult SET run_after = '2020-01-01 00:00:00'"
    " WHERE status = 'READY'",
    "DELETE FROM portal_cache WHERE cache_key LIKE '%lock:person%'",
)
FAST = {"PORTAL_COGNITO_WRITE_RPS": "200", "PORTAL_BULK_SHARE": "1"}


@dataclass
class Desk:
    """A portal with a helpdesk, two seniors at work in it, and workers to start."""

    sandbox: Sandbox
    portal: Portal
    data: Path
    people: People
    planner: HttpWalker
    second: HttpWalker
    variables: dict[str, str]

    @contextmanager
    def workers(self, number: int, **more: str) -> Iterator[list[subprocess.Popen[bytes]]]:
        """Start workers, which do what is queued. more: variables of theirs."""
        variables = self.variables | more
        with ExitStack() as stack:
            yield [
                stack.enter_context(
                    running_worker(self.sandbox, self.data, self.portal, CLIENT, **variables)
                )
                for _ in range(number)
            ]

    def some(self, number: int) -> list[Somebody]:
        """People with an app and text messages on."""
        return [self.people.make(phone=True, app=True, on=(APP, SMS)) for _ in range(number)]

    def plan(self, people: list[Somebody]) -> str:
        """Write down a change; its address."""
        self.planner.open("/helpdesk/bulk/new/")
        names = "\n".join(each.username for each in people)
        page = self.planner.send(
            "Write it down",
            kind="turn_off",
            factor=SMS,
            people=names,
            reason="No more text messages",
            ticket="HD-77",
        )
        return page.url

    def look(self, url: str, people: int) -> None:
        """Let the trial run end; it changes nothing."""
        self.planner.open(url)
        self.planner.send("Begin the trial run")
        wait_for(lambda: "It would change" in self.planner.open(url).text)
        assert f"It would change {people} account" in self.planner.page.text

    def agree(self, url: str) -> None:
        self.second.open(url)
        self.second.send("Agree")

    def wait_until_finished(self, url: str) -> None:
        wait_for(lambda: self.planner.open(url).soup.h2.get_text() == "Finished")

    def let_the_lease_pass(self) -> None:
        """What waits for somebody who is silent is free now."""
        with closing(self._connected()) as database, database:
            for statement in LEASES_PASS:
                database.cursor().execute(statement)

    def lose_the_database(self) -> None:
        """End every connection to it, as a restart does; a file is only held for a while."""
        with closing(self._connected()) as database:
            if "DATABASE_URL" in self.variables:
                database.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
                return
            database.execute("BEGIN EXCLUSIVE")
            time.sleep(3)
            database.rollback()

    def _connected(self) -> Any:
        """To the portal's own database, beside the portal."""
        if "DATABASE_URL" in self.variables:
            return stores.connected(self.variables["DATABASE_URL"])
        return sqlite3.connect(self.data / "portal.sqlite3", timeout=20)


def wait_for(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_WAIT
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.1)


@contextmanager
def running_desk(sandbox: Sandbox, data: Path, **more: str) -> Iterator[Desk]:
    with _running_portal(sandbox, data, **more) as portal:
        yield _desk(sandbox, portal, data, **more)


def _running_portal(sandbox: Sandbox, data: Path, **more: str) -> AbstractContextManager[Portal]:
    return running_portal(sandbox, data, pool="Optional1", client_id=CLIENT, **HELPDESK | more)


def _desk(sandbox: Sandbox, portal: Portal, data: Path, **more: str) -> Desk:
    people = People(sandbox, portal.pool_id)
    seniors = [_senior(people, portal) for _ in range(2)]
    return Desk(sandbox, portal, data, people, *seniors, HELPDESK | more)


def _senior(people: People, portal: Portal) -> HttpWalker:
    tom = people.make(app=True, on=(APP,))
    people.join(tom, ROLE_GROUPS["senior"])
    walker = HttpWalker(portal.url)
    walker.sign_in(tom)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    return walker


@pytest.fixture(scope="module")
def served(
    sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Portal, Path, dict[str, str]]]:
    """One portal for all: each test has operators, people and workers of its own."""
    data = tmp_path_factory.mktemp("bulk")
    with _database() as where, _running_portal(sandbox, data, **where) as portal:
        yield portal, data, where


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    """A database of its own on the PostgreSQL that the suite runs on; else the portal's SQLite."""
    if not os.environ.get("DATABASE_URL", "").startswith("postgres"):
        yield {}
        return
    with stores.postgresql() as url:
        yield {"DATABASE_URL": url}


@pytest.fixture
def desk(sandbox: Sandbox, served: tuple[Portal, Path, dict[str, str]]) -> Desk:
    portal, data, where = served
    return _desk(sandbox, portal, data, **where)


def test_a_killed_worker_is_replaced_and_nothing_is_done_twice(desk: Desk, sandbox: Sandbox):
    """(RES-04, RES-06, RES-08) cut after the call and before its answer, twice."""
    many = desk.some(5)
    url = desk.plan(many)

    def begin() -> None:
        desk.look(url, len(many))
        desk.agree(url)

    with calls_counted(sandbox) as calls:
        for before_the_cut in (begin, desk.let_the_lease_pass):
            with (
                sandbox.trouble(SET, "silence", times=1, seconds=20),
                desk.workers(1, **FAST) as (worker,),
            ):
                before_the_cut()
                wait_for(lambda: not sandbox.ask("GET", "/trouble"))
                worker.kill()
                worker.wait()
        desk.let_the_lease_pass()
        with desk.workers(1, **FAST):
            desk.wait_until_finished(url)
    assert calls[SET] == len(many)
    assert [desk.people.on(each) for each in many] == [{APP}] * len(many)
    report = desk.planner.client.get(f"{url}report.csv").content.decode()
    assert report.count(",done,") == len(many)


def test_a_database_and_a_cognito_that_go_away_are_waited_for(desk: Desk, sandbox: Sandbox):
    """(RES-04, RES-06, RES-08) in the middle of it; a worker that fell is started again."""
    many = desk.some(6)
    url = desk.plan(many)
    slow = {"PORTAL_COGNITO_WRITE_RPS": "3", "PORTAL_BULK_SHARE": "1"}
    # One that lost its slice and lives takes it up again when its lease has passed.
    slow["PORTAL_BULK_LEASE_SECONDS"] = "15"
    with ExitStack() as stack:
        calls = stack.enter_context(calls_counted(sandbox))
        (worker,) = stack.enter_context(desk.workers(1, **slow))
        desk.look(url, len(many))
        desk.agree(url)
        wait_for(lambda: bool(sandbox.count_calls().get(SET)))
        desk.lose_the_database()
        with sandbox.trouble("AdminGetUser", "reset", times=4):
            # One that fell meets no trouble any more: the next one does.
            wait_for(lambda: worker.poll() is not None or not sandbox.ask("GET", "/trouble"))
            if worker.poll() is not None:
                desk.let_the_lease_pass()
                stack.enter_context(desk.workers(1, **slow))
            wait_for(lambda: not sandbox.ask("GET", "/trouble"))
        desk.wait_until_finished(url)
    assert calls[SET] == len(many)
    assert [desk.people.on(each) for each in many] == [{APP}] * len(many)
    report = desk.planner.client.get(f"{url}report.csv").content.decode()
    assert report.count(",done,") == len(many)


def test_two_workers_do_each_row_once_and_people_are_never_throttled(desk: Desk, sandbox: Sandbox):
    """(RES-05, LIM-06) the quotas are on, it runs at its half, and somebody saves as they like."""
    ella = desk.people.make(phone=True, app=True, on=(APP, SMS))
    many = desk.some(8)
    person = HttpWalker(desk.portal.url)
    person.sign_in(ella)
    url = desk.plan(many)
    half = {"PORTAL_COGNITO_WRITE_RPS": "6", "PORTAL_BULK_SHARE": "0.5"}
    with (
        calls_counted(sandbox) as calls,
        desk.workers(2, **half),
        _quotas(sandbox, {"UserResourceUpdate": 6}),
    ):
        desk.look(url, len(many))
        desk.agree(url)
        for preferred in (APP, SMS):
            person.open("/preference/")
            assert person.send("Save", preferred=preferred).heading == "Saved"
        assert "Running" in desk.planner.open(url).text
        desk.wait_until_finished(url)
        assert _throttled(sandbox) == {}
    assert calls[SET] == len(many)
    assert desk.people.preferred(ella) == SMS
    assert [desk.people.on(each) for each in many] == [{APP}] * len(many)


@contextmanager
def _quotas(sandbox: Sandbox, rates: dict[str, int]) -> Iterator[None]:
    sandbox.ask("POST", "/quotas", {"rates": rates})
    try:
        yield
    finally:
        sandbox.ask("POST", "/quotas", {"rates": "off"})


def _throttled(sandbox: Sandbox) -> dict[str, Any]:
    told = sandbox.ask("GET", "/quotas")["categories"]
    return {name: each["throttled"] for name, each in told.items() if each["throttled"]}

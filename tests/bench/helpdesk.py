"""Measures the helpdesk before 100,000 people and a million rows of audit; writes what it found.

`make bench-helpdesk`. A portal as an operator starts it (gunicorn, SQLite, the cache in the
database), its worker, and the local Cognito, each a process of its own on this machine.
"""

import argparse
import os
import platform
import sqlite3
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sandbox import running
from sandbox.core import Sandbox as Box
from sandbox.people import Person
from sandbox.switches import Switches
from tests.bench import million
from tests.bench.share import share
from tests.browser.portal_process import Portal, running_portal, running_worker
from tests.http_walker import HttpWalker
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.steps import APP, EMAIL, SMS
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox

REGION, POOL, CLIENT = "eu-central-1", "Optional1", "demoportaloptional00000001"
# The smaller one is there to be compared with: of a share one is enough.
SIZES = (100, share(100_000, least=200))[-share(2) :]
ROUNDS = share(15)
ROWS = share(1_000_000, least=2_000)
IN_BULK = share(100, least=5)
DOCUMENT = Path(__file__).parents[2] / "docs" / "helpdesk-performance.md"
HELPDESK = {
    "PORTAL_HELPDESK": "true",
    "PORTAL_ROLE_GROUPS": ",".join(f"{role}={group}" for role, group in ROLE_GROUPS.items()),
}
INTRODUCTION = """\
# How fast the helpdesk is

Written by `make bench-helpdesk`: a portal (gunicorn, SQLite, the cache in the database), its worker
and the local Cognito, each a process of its own on one machine: {machine}.

Every figure is a median of {rounds} requests one after the other, in milliseconds, with the least
and the most. A request is what an operator waits for, from the press of a button to the whole page.
With Cognito itself each call takes its way over the network as well: finding somebody makes one to
three, the page of a person three.

The load of the machine over the last five minutes was {load} when it ended: above the number of its
cores, other work took its part, and the columns say more beside each other than alone.

| What an operator does | {sizes} |
|---|{lines}|
"""
BULK = """
## Many people

The trial run of a change for {count} people reads each account, at the budget that
`PORTAL_BULK_SHARE` (half) leaves it of Cognito's quotas: the pace is Cognito's, not the portal's.

| people in the pool | seconds | people a second |
|---|---:|---:|
"""
AUDIT = """
## The audit of {rows:,} rows

| An auditor looks for | milliseconds |
|---|---:|
"""


@dataclass(frozen=True)
class Desk:
    """A portal with a helpdesk, before a pool of some size."""

    portal: Portal
    database: Path
    people: People
    agent: HttpWalker
    senior: HttpWalker
    auditor: HttpWalker
    known: Somebody
    sub: str

    def forget_counts(self) -> None:
        """Whoever measures searches more often than any operator may."""
        with closing(sqlite3.connect(self.database, timeout=30)) as connection, connection:
            connection.execute("DELETE FROM accounts_tally")


def main() -> int:
    argparse.ArgumentParser(description=__doc__).parse_args()
    for each in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ.setdefault(each, "sandbox")
    pages: dict[str, list[str]] = {}
    bulk, audit = [], []
    for size in SIZES:
        with tempfile.TemporaryDirectory() as folder, desk_of(size, Path(folder)) as desk:
            for name, ask in _pages(desk).items():
                pages.setdefault(name, []).append(_told(_measured(desk, ask)))
            bulk.append(_trial_run(desk, size))
            if size == max(SIZES):
                million.write_rows(desk.database, desk.portal.pool_id, ROWS)
                audit = [
                    f"| {name} | {_told(_measured(desk, ask))} |\n"
                    for name, ask in _look_ups(desk).items()
                ]
    text = _document(pages, bulk, audit)
    DOCUMENT.write_text(text)
    sys.stdout.write(text)
    return 0


@contextmanager
def desk_of(size: int, folder: Path) -> Iterator[Desk]:
    """A pool of so many people, and a helpdesk before it."""
    state, data = folder / "sandbox", folder / "portal"
    data.mkdir()
    pool_id = f"{REGION}_{POOL}"
    with running.running_sandbox("--scene", "demo", "--data", str(state)) as first:
        pattern = People(Sandbox(**vars(first)), pool_id).make(phone=True, on=(SMS, EMAIL))
    _fill(state, pool_id, pattern.username, size)
    with running.running_sandbox("--scene", "demo", "--data", str(state)) as started:
        sandbox = Sandbox(**vars(started))
        with (
            running_portal(sandbox, data, pool=POOL, client_id=CLIENT, **HELPDESK) as portal,
            running_worker(sandbox, data, portal, CLIENT, **HELPDESK),
        ):
            people = People(sandbox, pool_id)
            agent, senior, auditor = (
                _at_work(people, portal, role) for role in ("agent", "senior", "auditor")
            )
            number = size // 2
            known = Somebody(_username(number), f"{_username(number)}@example.com", _phone(number))
            sub = str(people.look(known)["attributes"]["sub"])
            file = data / "portal.sqlite3"
            yield Desk(portal, file, people, agent, senior, auditor, known, sub)


def _username(number: int) -> str:
    return f"crowd-{number:06}"


def _phone(number: int) -> str:
    return f"+447400{number:06}"


def _fill(state: Path, pool_id: str, pattern: str, size: int) -> None:
    """Everybody straight into the file, with the methods of one whom the pool made itself."""
    box = Box(REGION, state, Switches(), "", "")
    pool = box.pools.get(pool_id)
    made = box.people.by_username(pool, pattern)
    assert made is not None
    with box.database.transaction():
        for number in range(size):
            attributes = {
                **made.attributes,
                "email": f"{_username(number)}@example.com",
                "phone_number": _phone(number),
                "name": f"Crowd {number:06}",
            }
            changed = {"username": _username(number), "sub": str(uuid.uuid4())}
            box.people.add(pool, Person(**{**vars(made), **changed, "attributes": attributes}))
    box.database.close()


def _at_work(people: People, portal: Portal, role: str) -> HttpWalker:
    somebody = people.make(app=True, on=(APP,))
    people.join(somebody, ROLE_GROUPS[role])
    walker = HttpWalker(portal.url)
    walker.sign_in(somebody)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    return walker


# --- what is measured -------------------------------------------------------------------------


def _pages(desk: Desk) -> dict[str, Callable[[], None]]:
    known, page = desk.known, f"/helpdesk/people/{desk.sub}/"
    typed = {
        "find by username": known.username,
        "find by e-mail address": known.email,
        "find by phone number": known.phone,
        "find by id": desk.sub,
        "find by name": f"Crowd {known.username[-6:]}",
        "find nobody": "nobody-of-that-name",
    }
    asked: dict[str, Callable[[], None]] = {
        name: _find(desk, text, found=name != "find nobody") for name, text in typed.items()
    }
    asked["find by the beginning of a name"] = _find(desk, known.username[:-2], beginning="on")
    asked["the page of a person"] = _open(desk.agent, page, "What happened last")
    asked["the page of an act, with its preview"] = _open(
        desk.agent, f"{page}do/end_sessions/", "Then"
    )
    asked["the whole history"] = _open(desk.agent, f"{page}history/", "Back to the account")
    return asked


def _find(desk: Desk, text: str, *, found: bool = True, **more: str) -> Callable[[], None]:
    def ask() -> None:
        desk.agent.open("/helpdesk/") if not desk.agent.page.soup.select(".find") else None
        page = desk.agent.send("Find", typed=text, **more)
        assert bool(page.soup.select("[data-results] tbody tr")) == found, text

    return ask


def _open(walker: HttpWalker, path: str, holds: str) -> Callable[[], None]:
    def ask() -> None:
        page = walker.open(path)
        assert page.status == 200, page.text
        assert holds in page.text, page.text

    return ask


def _look_ups(desk: Desk) -> dict[str, Callable[[], None]]:
    asked = {
        "anything, the newest": "",
        "a person": f"sub={million.person(777)}",
        "an operator": f"actor={million.person(30_003)}",
        "a ticket": "ticket=HD-42",
        "a request": f"request_id={million.request(123_456)}",
        "an event that was refused": "event=helpdesk_end_sessions&outcome=refused",
        "a day": "since=2026-01-01&until=2026-01-01",
    }
    return {
        name: _open(desk.auditor, f"/helpdesk/audit/?{query}", "Download as a table")
        for name, query in asked.items()
    }


def _measured(desk: Desk, ask: Callable[[], None]) -> list[float]:
    """Milliseconds of each round; the first one warms up and counts for nothing."""
    desk.forget_counts()
    ask()
    times = []
    for _ in range(ROUNDS):
        begun = time.perf_counter()
        ask()
        times.append((time.perf_counter() - begun) * 1000)
    return times


def _trial_run(desk: Desk, size: int) -> str:
    desk.senior.open("/helpdesk/bulk/new/")
    names = "\n".join(_username(number % size) for number in range(min(IN_BULK, size)))
    count = names.count("\n") + 1
    url = desk.senior.send(
        "Write it down", kind="turn_off", factor=SMS, people=names, reason="Bench", ticket="HD-1"
    ).url
    begun = time.perf_counter()
    desk.senior.send("Begin the trial run")
    while "It would change" not in desk.senior.open(url).text:
        time.sleep(0.1)
    passed = time.perf_counter() - begun
    return f"| {size:,} | {passed:.1f} ({count} people) | {count / passed:.0f} |\n"


# --- how it is told ---------------------------------------------------------------------------


def _told(times: list[float]) -> str:
    return f"{median(times):.0f} ({min(times):.0f}–{max(times):.0f})"


def _document(pages: dict[str, list[str]], bulk: list[str], audit: list[str]) -> str:
    machine = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    text = INTRODUCTION.format(
        machine=f"{machine}, Python {platform.python_version()}",
        rounds=ROUNDS,
        load=f"{os.getloadavg()[1]:.0f}",
        sizes=" | ".join(f"{size:,} people" for size in SIZES),
        lines="---:|" * (len(SIZES) - 1) + "---:",
    )
    rows = [f"| {name} | {' | '.join(told)} |\n" for name, told in pages.items()]
    heads = BULK.format(count=IN_BULK), AUDIT.format(rows=ROWS)
    return "".join([text, *rows, heads[0], *bulk, heads[1], *audit])


if __name__ == "__main__":
    sys.exit(main())

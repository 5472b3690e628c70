"""The arithmetic of docs/scale.md against the sandbox with its quotas on: `make scale-simulation`.

Quotas and people are a share of the real ones, so that two cores can play the largest pool. What
runs is what ships: pages over HTTP, PostgreSQL, Redis. Takes about six minutes, and writes the
table between the markers of docs/scale.md.
"""

import argparse
import itertools
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Lock, Thread

import boto3
import psycopg
import redis as redis_client
from botocore.config import Config

# Sets the variables that any client of the sandbox needs.
import tests.settings  # noqa: F401
from sandbox.quota_rates import CATEGORIES, category_of
from tests.browser.portal_process import ROOT, Portal, running_portal
from tests.http_walker import HttpWalker
from tests.journeys.steps import APP
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox, running_sandbox
from tests.ship import stores
from tests.walker import Page

CLIENT = "demoportaloptional00000001"
DOCUMENT = ROOT / "docs/scale.md"
BEGIN, END = "<!-- begin: make scale-simulation -->", "<!-- end: make scale-simulation -->"
READS, WRITES = "UserRead", "UserResourceUpdate"
# The largest pool, in its busiest hour (the table of people in docs/scale.md).
VISITS_A_SECOND = 44_000 / 3600
# Where a pool has passkeys or asks everybody, a look at the overview costs two reads.
LOOKS, READS_OF_A_LOOK, WRITES_OF_AN_APP = 4, 2, 3
BUSY = 503


@dataclass
class Told:
    """What people were told: pages, "try again" with a time, and anything else."""

    answers: Counter[str] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def note(self, page: Page) -> Page:
        with self.lock:
            self.answers[_kind(page)] += 1
        return page


def _kind(page: Page) -> str:
    if page.status < 400:
        return "served"
    says_when = page.headers.get("Retry-After", "").isdigit() and "try again" in page.text
    return "told when" if page.status == BUSY and says_when else f"status {page.status}"


@dataclass(frozen=True)
class Play:
    """One row of the table. each: calls that each person costs, by the arithmetic; at_least: so
    many seconds it takes, by the arithmetic."""

    name: str
    arrivals: int
    each: int
    at_least: float
    seconds: float
    calls: int
    throttled: int
    told: Counter[str]
    done: int

    @property
    def let_through(self) -> float:
        return (self.calls - self.throttled) / self.arrivals

    def row(self) -> str:
        others = {name: n for name, n in self.told.items() if name not in {"served", "told when"}}
        failed = ", ".join(f"{n} x {name}" for name, n in sorted(others.items())) or "0"
        return (
            f"| {self.name} | {self.arrivals} | {self.each} | {self.let_through:.1f} |"
            f" {self.throttled} | {self.told['served']} | {self.told['told when']} | {failed} |"
            f" {self.done} of {self.arrivals} | {self.at_least:.0f} s | {self.seconds:.0f} s |"
        )

    def is_as_written(self) -> bool:
        """Everybody got there in the end, was told nothing but the truth, and cost what we say."""
        told_well = set(self.told) <= {"served", "told when"}
        # A page that is refused in the middle has cost its first read already.
        costs = 0.95 * self.each <= self.let_through <= 1.25 * self.each
        return self.done == self.arrivals and told_well and costs


@dataclass
class Stage:
    """A portal before a sandbox, and its quotas. share: of the real ones."""

    sandbox: Sandbox
    portal: Portal
    people: People
    share: float

    @contextmanager
    def quotas(self, category: str) -> Iterator[Callable[[], tuple[int, int]]]:
        """Switch them on; the function tells calls in a category and how many were refused."""
        rates = {name: max(1.0, each.rate * self.share) for name, each in CATEGORIES.items()}
        self.sandbox.ask("POST", "/quotas", {"rates": rates})
        self.sandbox.forget_calls()

        def told() -> tuple[int, int]:
            calls = self.sandbox.calls()
            number = sum(n for name, n in calls.items() if category_of(name) == category)
            every = self.sandbox.ask("GET", "/quotas")["categories"]
            return number, every[category]["throttled"]

        try:
            yield told
        finally:
            self.sandbox.ask("POST", "/quotas", {"rates": "off"})

    def rate(self, category: str) -> float:
        return CATEGORIES[category].rate * self.share


def _arrive(acts: Sequence[Callable[[], bool]], rate: float) -> tuple[int, float]:
    """Begin each at its time, whether or not those before are done; how many ended well, and when.

    rate: a second; at random, as people come.
    """
    chance = random.Random(7)  # noqa: S311  (the same crowd in each run)
    begun = time.monotonic()
    with ThreadPoolExecutor(min(len(acts), 48)) as threads:
        at, running = 0.0, []
        for act in acts:
            time.sleep(max(0, begun + at - time.monotonic()))
            running.append(threads.submit(act))
            at += chance.expovariate(rate)
        done = sum(each.result() for each in running)
    return done, time.monotonic() - begun


def _browser(stage: Stage) -> HttpWalker:
    """From an address of its own, as a proxy would tell: limits of one are not the matter."""
    walker = HttpWalker(stage.portal.url)
    one, two = next(_addresses)
    walker.client.session.headers["X-Forwarded-For"] = f"198.18.{one}.{two}"
    return walker


_addresses = itertools.product(range(256), range(256))


def _visit(stage: Stage, somebody: Somebody, told: Told) -> Callable[[], bool]:
    """Sign in, which shows the overview, and look at it three times more."""

    def visit() -> bool:
        walker = _browser(stage)
        walker.open("/sign-in/")
        page = told.note(
            walker.send("Sign in", login=somebody.username, password=somebody.password)
        )
        if _kind(page) == "told when":
            page = _patiently(lambda: walker.open("/"), told)
        for _ in range(LOOKS - 1):
            page = _patiently(lambda: walker.open("/"), told)
        return page.status == 200

    return visit


def _patiently(act: Callable[[], Page], told: Told) -> Page:
    """Do as the page says: wait as long as it tells, then once more, as often as needed."""
    page = told.note(act())
    while _kind(page) == "told when":
        # People are not clocks.
        time.sleep(int(page.headers["Retry-After"]) * random.uniform(1, 1.5))  # noqa: S311
        page = told.note(act())
    return page


def _add_app(walker: HttpWalker, told: Told) -> Callable[[], bool]:
    def add() -> bool:
        _patiently(lambda: walker.open("/enrolment/totp/"), told)
        form = walker.page

        def show() -> Page:
            walker.page = form
            return walker.send("Show")

        page = _patiently(show, told)
        key = walker.page
        app = App(page.secret)

        def prove() -> Page:
            walker.page = key
            return walker.send("Turn on", code=app.code())

        page = _patiently(prove, told)
        while page.heading == NOT_ON_YET:
            page = _turn_on(walker, told)
        return page.status == 200

    return add


def _turn_on(walker: HttpWalker, told: Told) -> Page:
    """As the page says where the pool took the proof and refused to turn the app on."""
    overview = _patiently(lambda: walker.open("/"), told)
    address = overview.link("Turn on")
    form = _patiently(lambda: walker.open(address), told)

    def save() -> Page:
        walker.page = form
        return walker.send("Save", activated=[APP], preferred="")

    return _patiently(save, told)


def _signed_in(stage: Stage, number: int) -> list[HttpWalker]:
    walkers = []
    for _ in range(number):
        walkers.append(_browser(stage))
        walkers[-1].sign_in(stage.people.make())
    return walkers


def visits(stage: Stage, name: str, times: float, seconds: int) -> Play:
    """The busiest hour of the largest pool, or more of it, for so many seconds."""
    rate = VISITS_A_SECOND * stage.share * times
    people = [stage.people.make() for _ in range(max(1, round(rate * seconds)))]
    told = Told()
    with stage.quotas(READS) as count:
        done, took = _arrive([_visit(stage, each, told) for each in people], rate)
        calls, throttled = count()
    each = LOOKS * READS_OF_A_LOOK
    at_least = max(len(people) / rate, len(people) * each / stage.rate(READS))
    return Play(name, len(people), each, at_least, took, calls, throttled, told.answers, done)


def mandate(stage: Stage, name: str, number: int, pace: float) -> Play:
    """Everybody adds an app, while others write with half of the quota.

    pace: how much of the other half those who are invited would use.
    """
    free = stage.rate(WRITES) / 2
    walkers = _signed_in(stage, number)
    told = Told()
    with stage.quotas(WRITES) as count, _others(stage, free) as others:
        done, took = _arrive(
            [_add_app(each, told) for each in walkers], free * pace / WRITES_OF_AN_APP
        )
        calls, refused = count()
        own, throttled = calls - others.made, refused - others.refused
    at_least = number * WRITES_OF_AN_APP / free / min(1, pace)
    return Play(name, number, WRITES_OF_AN_APP, at_least, took, own, throttled, told.answers, done)


@dataclass
class Others:
    """What other programs of the account asked for, and how much of it was refused."""

    made: int = 0
    refused: int = 0


@contextmanager
def _others(stage: Stage, rate: float) -> Iterator[Others]:
    """Other programs of the account, which write so often a second."""
    ended, others = Event(), Others()
    somebody = stage.people.make(app=True, on=(APP,))
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client(
        "cognito-idp",
        endpoint_url=stage.sandbox.api,
        region_name="eu-central-1",
        config=once,
    )

    def write() -> None:
        while not ended.wait(1 / rate):
            others.made += 1
            try:
                client.admin_set_user_mfa_preference(
                    UserPoolId=stage.portal.pool_id,
                    Username=somebody.username,
                    SoftwareTokenMfaSettings={"Enabled": True, "PreferredMfa": False},
                )
            except client.exceptions.TooManyRequestsException:
                others.refused += 1

    thread = Thread(target=write)
    thread.start()
    try:
        yield others
    finally:
        ended.set()
        thread.join()


NOT_ON_YET = "Authenticator app is not on yet"
HEAD = (
    "| what | people | calls of each, by the arithmetic | let through | refused by Cognito |"
    " pages served | told when to try again | anything else | ended well |"
    " takes, by the arithmetic | took |\n"
    "|---|---|---|---|---|---|---|---|---|---|---|"
)


def _measured(stage: Stage, cpu: float, pages: int, database: str, cache: str) -> list[str]:
    """What machines are made for: processor, memory and bytes, each from this run."""
    with psycopg.connect(database) as connection:
        rows, size = connection.execute(
            "SELECT count(*), avg(pg_column_size(row.*)) FROM accounts_auditrecord row"
        ).fetchone() or (0, 0)
    store = redis_client.Redis.from_url(cache)
    sessions = [key for key in store.scan_iter(count=1000) if b"session" in key]
    bytes_of = [int(store.memory_usage(key) or 0) for key in sessions]
    return [
        f"processor time of the portal: {1000 * cpu / pages:.0f} ms a request",
        f"memory of its web process: {stage.portal.memory() / 1024:.0f} MiB",
        f"audit in PostgreSQL, without indexes: {size or 0:.0f} bytes a row ({rows} rows)",
        f"a session in Redis: {sum(bytes_of) / max(1, len(bytes_of)):.0f} bytes"
        f" ({len(bytes_of)} sessions)",
    ]


def _processor_seconds(portal: Portal) -> float:
    ticks = 0
    children = Path(f"/proc/{portal.process}/task/{portal.process}/children")
    for child in children.read_text().split():
        values = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        ticks += int(values[11]) + int(values[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=0.1, help="of quotas and people")
    parser.add_argument("--seconds", type=int, default=60, help="of each row of visits")
    parser.add_argument("--apps", type=int, default=24, help="people of the mandate")
    parser.add_argument("--dry", action="store_true", help="leave the document as it is")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        with (
            running_sandbox() as sandbox,
            stores.postgresql() as database,
            stores.redis(data) as cache,
            running_portal(
                sandbox,
                data,
                pool="Optional1",
                client_id=CLIENT,
                DATABASE_URL=database,
                CACHE_URL=cache,
                COGNITO_SIGN_IN_FLOW="USER_PASSWORD_AUTH",
                PORTAL_TRUSTED_PROXIES="1",
            ) as portal,
        ):
            stage = Stage(sandbox, portal, People(sandbox, portal.pool_id), asked.share)
            plays, lines = _run(stage, asked, database, cache)
    text = _text(asked.share, plays, lines)
    sys.stdout.write(text + "\n")
    if not asked.dry:
        page = DOCUMENT.read_text()
        before, after = page.partition(BEGIN)[0], page.partition(END)[2]
        DOCUMENT.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}")
    return int(not all(each.is_as_written() for each in plays))


def _run(
    stage: Stage, asked: argparse.Namespace, database: str, cache: str
) -> tuple[list[Play], list[str]]:
    before = _processor_seconds(stage.portal)
    plays = [
        visits(stage, "the busiest hour of 40 million people", 1, asked.seconds),
        visits(stage, "three times as many", 3, asked.seconds // 2),
        mandate(stage, "a mandate by groups, at 90 % of the free half", asked.apps, 0.9),
        mandate(stage, "a mandate for everybody at once, 4 times the free half", asked.apps, 4),
    ]
    cpu = _processor_seconds(stage.portal) - before
    pages = sum(sum(each.told.values()) for each in plays)
    return plays, _measured(stage, cpu, pages, database, cache)


def _text(share: float, plays: list[Play], lines: list[str]) -> str:
    reads, writes = (CATEGORIES[name].rate * share for name in (READS, WRITES))
    intro = (
        f"Quotas and people at {share:.0%} of the real ones: {READS} {reads:g} and"
        f" {WRITES} {writes:g} a second. {READS} in the first two rows, {WRITES} in the others,\n"
        f"where other programs write {writes / 2:g} a second meanwhile."
    )
    rows = "\n".join(each.row() for each in plays)
    return f"{intro}\n\n{HEAD}\n{rows}\n\n" + "\n".join(f"* {line}" for line in lines)


if __name__ == "__main__":
    sys.exit(main())

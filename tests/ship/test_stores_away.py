"""PostgreSQL and Redis gone and back, under a portal and a worker that go on (docs/faults.md)."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
import requests

from tests.browser.portal_process import free_port
from tests.http_walker import HttpWalker
from tests.journeys.steps import APP, OVERVIEW, enrol_app, notices
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox, running_sandbox
from tests.ship import stores
from tests.ship.kit import POOL_ID, ROOT, environment, running, until
from tests.ship.proxy import Wire, wire

COMMAND = [sys.executable, "-m", "portal.cli"]
OURS = "Not possible right now"
TOKEN = "a-token-that-prometheus-shows"


@dataclass
class Site:
    """A portal and a worker; the wire to its database, and the Redis it has for itself."""

    url: str
    sandbox: Sandbox
    database: str
    wire: Wire
    redis_port: int
    data: Path
    variables: dict[str, str]
    cache: "subprocess.Popen[bytes] | None" = None
    worker: "subprocess.Popen[bytes] | None" = None

    @property
    def people(self) -> People:
        return People(self.sandbox, POOL_ID)

    def browser(self) -> HttpWalker:
        return HttpWalker(self.url)

    def start_redis(self) -> None:
        command = ["redis-server", "--port", str(self.redis_port), "--bind", "127.0.0.1"]
        # What it holds outlives it, as where it writes its log of changes to disk.
        keep = ["--save", "", "--appendonly", "yes", "--appendfsync", "always"]
        with (self.data / "redis.log").open("ab") as lines:
            self.cache = subprocess.Popen(
                [*command, *keep, "--dir", str(self.data)],
                cwd=self.data,
                env={"PATH": os.environ["PATH"]},
                stdout=lines,
                stderr=lines,
            )
        assert until(self._redis_answers)

    def kill_redis(self) -> None:
        assert self.cache is not None
        self.cache.send_signal(signal.SIGKILL)
        self.cache.wait()

    def _redis_answers(self) -> bool:
        try:
            with redis.Redis(port=self.redis_port) as asking:
                return bool(asking.ping())
        except redis.RedisError:
            return False

    def is_ready(self) -> bool:
        return self.reasons()[0] == 200

    def reasons(self) -> tuple[int, set[str]]:
        """The status of the probe, and the names of what failed."""
        shown = {"Authorization": f"Bearer {TOKEN}"}
        reply = requests.get(f"{self.url}/health/ready", headers=shown, timeout=30)
        said = reply.json()
        checks = (said.get("data") or said["error"]["details"])["checks"]
        return reply.status_code, {
            name for name, each in checks.items() if each["state"] == "failed"
        }

    def worker_waits(self) -> bool:
        """Whether it said so of the database: with RQ only who looks for due jobs meets it."""
        event = "jobs_not_handed_over" if "TASKS_URL" in self.variables else "worker_waits"
        return event in (self.data / "worker.log").read_text()

    def worker_lives(self) -> bool:
        return self.worker is not None and self.worker.poll() is None

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(query).fetchall()  # type: ignore[arg-type]


@contextmanager
def _started(site: Site) -> Iterator[Site]:
    site.start_redis()
    try:
        for words in (["migrate", "-v0"], ["collectstatic", "--no-input", "-v0"]):
            subprocess.run([*COMMAND, *words], cwd=ROOT, env=site.variables, check=True)
        bind = site.url.removeprefix("http://")
        serve = [*COMMAND, "run", "--bind", bind]
        work = [*COMMAND, "worker", "--interval", "0.2"]
        with (
            running(serve, site.variables, site.data / "portal.log"),
            running(work, site.variables, site.data / "worker.log") as worker,
        ):
            site.worker = worker
            assert until(lambda: _answers(site.url), seconds=90), (
                site.data / "portal.log"
            ).read_text()
            yield site
    finally:
        site.kill_redis()


def _answers(url: str) -> bool:
    try:
        return requests.get(f"{url}/health/live", timeout=5).status_code == 200
    except requests.RequestException:
        return False


@pytest.fixture(scope="module", params=["jobs in the database", "jobs by RQ"])
def site(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    data = tmp_path_factory.mktemp("stores")
    with ExitStack() as stack:
        sandbox = stack.enter_context(running_sandbox())
        database = stack.enter_context(stores.postgresql())
        server = urlsplit(database)
        line = stack.enter_context(wire(server.port or 5432))
        through = server._replace(netloc=f"{server.username}@127.0.0.1:{line.port}").geturl()
        url, redis_port = f"http://localhost:{free_port()}", free_port()
        variables = environment(
            sandbox,
            url,
            DATABASE_URL=through,
            CACHE_URL=f"redis://127.0.0.1:{redis_port}/0",
            PORTAL_STATIC_ROOT=str(data / "static"),
            PORTAL_DEFAULT_COUNTRY="GB",
            PORTAL_WATCH_TOKEN=TOKEN,
            COGNITO_SIGN_IN_FLOW="USER_PASSWORD_AUTH",
        )
        if request.param == "jobs by RQ":
            # One Redis for both: they come and go together.
            variables["TASKS_URL"] = f"redis://127.0.0.1:{redis_port}/1"
        made = Site(url, sandbox, database, line, redis_port, data, variables)
        yield stack.enter_context(_started(made))


def _signed_in(site: Site) -> tuple[Somebody, HttpWalker]:
    nora, walker = site.people.make(), site.browser()
    assert walker.sign_in(nora).heading == OVERVIEW
    return nora, walker


def _in_the_middle(walker: HttpWalker) -> App:
    """A set-up whose code is about to be sent."""
    walker.open("/enrolment/totp/")
    return App(walker.send("Show").secret)


def test_a_database_that_goes_and_comes_back(site: Site) -> None:
    """(RES-08, AUD-06, LIM-03) no code tried and nothing changed meanwhile; then all as before."""
    nora, walker = _signed_in(site)
    app = _in_the_middle(walker)
    form = walker.page
    stranger = site.browser()
    stranger.open("/sign-in/")
    site.wire.cut()
    site.sandbox.forget_calls()
    page = walker.send("Turn on", code=app.code())
    assert (page.status, page.heading) == (503, OURS)
    assert page.headers["Retry-After"] == "30"
    page = stranger.send("Sign in", login=nora.username, password=nora.password)
    assert (page.status, page.heading) == (503, OURS)
    made = site.sandbox.count_calls()
    assert not {"VerifySoftwareToken", "InitiateAuth", "SetUserMFAPreference"} & set(made)
    assert site.people.on(nora) == set()
    assert site.reasons() == (503, {"database"})
    # A worker looks five times a second: what is shorter than that it need not notice.
    assert until(site.worker_waits)
    site.wire.mend()
    assert until(site.is_ready)
    walker.page = form
    app.used.clear()
    assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"
    assert site.people.on(nora) == {APP}
    # The worker that has waited goes on, and the notice of the change comes.
    assert until(lambda: notices(site.sandbox, nora))
    assert site.worker_lives()


def test_connections_that_the_server_ends(site: Site) -> None:
    """(RES-08) its restart: whoever comes next gets a new connection, and knows nothing of it."""
    _, walker = _signed_in(site)
    name = urlsplit(site.database).path.lstrip("/")
    end = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"  # noqa: S608  (our own name)
        f" WHERE datname = '{name}' AND pid <> pg_backend_pid()"
    )
    site.rows(end)
    assert until(lambda: walker.open("/").heading == OVERVIEW, seconds=10)
    assert enrol_app(walker)[1].heading == "Authenticator app is on"


def test_a_cache_that_goes_and_comes_back(site: Site) -> None:
    """(RES-08, SES-01) nobody is called signed out; limits hold; the session is there again."""
    nora, walker = _signed_in(site)
    app = _in_the_middle(walker)
    form = walker.page
    before = site.rows("SELECT count(*) FROM accounts_tally")
    site.kill_redis()
    site.sandbox.forget_calls()
    page = walker.send("Turn on", code=app.code())
    assert (page.status, page.heading) == (503, OURS)
    page = walker.open("/")
    assert (page.status, page.heading) == (503, OURS)
    assert "Nothing was changed." in page.text
    answer = walker.json("GET", "/api/v1/mfa")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "STORE_AWAY")
    assert site.sandbox.count_calls() == {}
    assert site.reasons() == (503, {"cache"})
    assert requests.get(f"{site.url}/health/live", timeout=30).status_code == 200
    site.start_redis()
    assert until(site.is_ready)
    assert site.rows("SELECT count(*) FROM accounts_tally") == before
    walker.page = form
    app.used.clear()
    assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"
    assert site.people.on(nora) == {APP}
    # A worker that hears of jobs by the same Redis does so again.
    assert until(lambda: notices(site.sandbox, nora))
    assert site.worker_lives()


def test_a_cache_that_forgot_everything(site: Site) -> None:
    """(RES-08, OTP-02) signed out, which is true; failures are still counted: not kept there."""
    tom = site.people.make(app=True, on=(APP,))
    assert tom.app
    guesser = site.browser()
    guesser.open("/sign-in/")
    guesser.send("Sign in", login=tom.username, password=tom.password)
    for _ in range(5):
        guesser.send("Continue", code=tom.app.wrong_code())
    with redis.Redis(port=site.redis_port) as forgetting:
        forgetting.flushall()
    assert guesser.open("/").heading == "Sign in"
    # The pool has locked the account for a second of its own (contract 5.7): what counts is ours.
    with site.sandbox.later(2):
        page = guesser.send("Sign in", login=tom.username, password=tom.password)
    assert "/sign-in/code/" in page.url, page.text
    page = guesser.send("Continue", code=tom.app.code())
    assert page.errors[0].startswith("There were too many wrong codes. Wait ")

"""Two portals and two workers behind the nginx that is shipped, on PostgreSQL and Redis."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import psycopg
import pytest
import requests

from accounts.limits import PROOFS
from tests.browser.portal_process import Portal, free_port
from tests.http_walker import HttpWalker, all_at_once
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.steps import ALL, APP, OVERVIEW, SMS, calls_counted, enrol_app
from tests.journeys.test_bulk_workers import Desk
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox, running_sandbox
from tests.ship import stores
from tests.ship.kit import CLIENT_ID, POOL_ID, ROOT, environment, running, until

COMMAND = [sys.executable, "-m", "portal.cli"]
SAVE = "/api/v1/mfa/preference"
# How long a job of a dead worker waits: the least that settings take, and how often they look.
TAKEN_BACK_WITHIN = 60 + 15 + 30
AT_ONCE = 6
HOST = "https://app.acme.example"
# What changes for many people may write in a second, all workers together: half of six.
WRITES, SHARE = 6, 0.5


@dataclass
class Cluster:
    """The address of the proxy, what is behind it, and how to kill it."""

    url: str
    sandbox: Sandbox
    database: str
    data: Path
    variables: dict[str, str]
    portals: list[int]
    stack: ExitStack
    members: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def people(self) -> People:
        return People(self.sandbox, POOL_ID)

    def browser(self) -> HttpWalker:
        return HttpWalker(self.url)

    def start(self, name: str, *words: str) -> None:
        log = self.data / f"{name}.log"
        # A session of its own: whoever is killed is killed with all it started.
        command = ["setsid", *COMMAND, *words]
        self.members[name] = self.stack.enter_context(running(command, self.variables, log))

    def start_portal(self, number: int) -> None:
        port = self.portals[number]
        self.start(f"web-{number}", "run", "--bind", f"127.0.0.1:{port}")
        assert until(lambda: _answers(port), seconds=90), self.log(f"web-{number}")

    def start_worker(self, name: str) -> None:
        self.start(name, "worker", "--interval", "0.1", "--worker-id", name)

    def signal(self, name: str, number: int) -> None:
        """Send it to the member and all it started."""
        os.killpg(self.members[name].pid, number)

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.database, autocommit=True) as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[arg-type]

    def log(self, name: str) -> str:
        return (self.data / f"{name}.log").read_text()[-4000:]

    def served(self) -> Counter[str]:
        """Which machine answered how many requests since the start."""
        ports = re.findall(r"127\.0\.0\.1:(\d+) 200", (self.data / "upstreams").read_text())
        return Counter(ports)


def _answers(port: int) -> bool:
    try:
        reply = requests.get(
            f"http://127.0.0.1:{port}/health/live",
            headers={"Host": "localhost", "X-Forwarded-Proto": "https"},
            timeout=2,
        )
    except requests.RequestException:
        return False
    return reply.status_code == 200


@pytest.fixture(scope="module", params=["jobs in the database", "jobs by RQ"])
def cluster(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    data = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        sandbox = stack.enter_context(running_sandbox())
        database = stack.enter_context(stores.postgresql())
        cache = stack.enter_context(stores.redis(data))
        port, portals = free_port(), [free_port(), free_port()]
        url = f"https://localhost:{port}"
        variables = environment(
            sandbox,
            url,
            DATABASE_URL=database,
            CACHE_URL=cache,
            PORTAL_STATIC_ROOT=str(data / "static"),
            PORTAL_TRUSTED_PROXIES="1",
            PORTAL_JOB_LEASE_SECONDS="60",
            PORTAL_DEFAULT_COUNTRY="GB",
            PORTAL_EMBED="true",
            PORTAL_HELPDESK="true",
            PORTAL_ROLE_GROUPS=f"senior={ROLE_GROUPS['senior']}",
            PORTAL_COGNITO_WRITE_RPS=str(WRITES),
            PORTAL_BULK_SHARE=str(SHARE),
        )
        if request.param == "jobs by RQ":
            variables["TASKS_URL"] = cache.removesuffix("/0") + "/1"
        for words in (["migrate"], ["collectstatic", "--no-input", "-v0"]):
            subprocess.run([*COMMAND, *words], cwd=ROOT, env=variables, check=True)
        stack.enter_context(_proxy(data, port, portals))
        made = Cluster(url, sandbox, database, data, variables, portals, ExitStack())
        stack.enter_context(made.stack)
        for number in (0, 1):
            made.start_portal(number)
            made.start_worker(f"worker-{number}")
        yield made


@contextmanager
def _proxy(data: Path, port: int, portals: list[int]) -> Iterator[None]:
    """The site that is shipped, with two machines, a port and a certificate of this test."""
    certificate = data / "fullchain.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", data / "privkey.pem", "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    site = (ROOT / "deploy/nginx/portal.conf").read_text()
    machine = "server web:8000 max_fails=2 fail_timeout=5s;"
    assert machine in site
    for old, new in {
        machine: "\n".join(machine.replace("web:8000", f"127.0.0.1:{each}") for each in portals),
        "/etc/nginx/certificates": str(data),
        "listen 8443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen 8080": f"listen 127.0.0.1:{free_port()}",
        "access_log off;": f"access_log {data}/upstreams machine;",
    }.items():
        site = site.replace(old, new)
    temporary = " ".join(
        f"{kind}_temp_path {data}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (data / "nginx.conf").write_text(
        f"daemon off; pid {data}/nginx.pid; error_log {data}/nginx.log; events {{}}\n"
        f"http {{ {temporary} log_format machine '$upstream_addr $status'; {site} }}"
    )
    nginx = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert nginx, "apt-get install nginx-light"
    command = [nginx, "-p", str(data), "-c", str(data / "nginx.conf")]
    with (
        running(command, {}, data / "nginx.out"),
        pytest.MonkeyPatch.context() as browsers,
    ):
        browsers.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        yield


def test_a_session_is_at_home_on_every_machine(cluster: Cluster) -> None:
    """(SES-01) sign-in, proof, enrolment: each step may be answered by another machine."""
    before = cluster.served()
    somebody = cluster.people.make()
    walker = cluster.browser()
    assert walker.sign_in(somebody).heading == OVERVIEW
    enrol_app(walker)
    assert cluster.people.on(somebody) == {APP}
    answered = cluster.served() - before
    assert set(answered) == {str(port) for port in cluster.portals}


def test_failures_are_counted_for_all_machines_together(cluster: Cluster) -> None:
    """(OTP-02) as many wrong codes as one machine allows, and the next has to wait."""
    tom = cluster.people.make(app=True, on=(APP,))
    assert tom.app
    browsers = [cluster.browser() for _ in range(PROOFS.free + 1)]
    for walker in browsers:
        walker.open("/sign-in/")
        walker.send("Sign in", login=tom.username, password=tom.password)
    *guessing, last = browsers
    for walker in guessing:
        page = walker.send("Continue", code=tom.app.wrong_code())
        assert page.errors == ["That code is not right. Check it and try again."]
    page = last.send("Continue", code=tom.app.code())
    assert page.errors[0].startswith("There were too many wrong codes. Wait ")


def test_one_lock_holds_all_machines(cluster: Cluster) -> None:
    """(FAC-03, QA-04) of changes at once, drawn from one state, one is made."""
    _, walker = _ella(cluster)
    digest = walker.json("GET", "/api/v1/mfa").json()["data"]["digest"]
    acts: list[Callable[[], Any]] = []
    for activated, preferred in (([APP], APP), ([SMS], SMS), ([APP, SMS], SMS), ([APP, SMS], None)):
        tab = walker.same_browser()
        body = {"activated": activated, "preferred": preferred, "digest": digest}
        acts.append(partial(tab.json, "PUT", SAVE, body))
    answers = [each.status_code for each in all_at_once(acts)]
    assert sorted(answers) == [200, 409, 409, 409]


def test_a_ticket_is_used_up_for_all_machines(cluster: Cluster) -> None:
    """(EMB-04) issued by one machine, handed to both at the same moment: one frame opens."""
    add = ["embed", "client", "add", "acme", "--origin", HOST, "--app-client", CLIENT_ID]
    said = subprocess.run(
        [*COMMAND, *add], cwd=ROOT, env=cluster.variables, check=True, capture_output=True
    )
    key = said.stdout.decode().split()[-1]
    before = cluster.served()
    token = cluster.people.access_token(cluster.people.make())
    body = {"access_token": token, "origin": HOST, "page": "overview"}
    shown = {"Authorization": f"Bearer {key}"}
    asked = requests.post(f"{cluster.url}/embed/tickets", json=body, headers=shown, timeout=60)
    assert asked.status_code == 201, asked.content
    ticket = asked.json()["data"]["ticket"]
    answers = all_at_once([_exchange(cluster.browser(), ticket) for _ in range(AT_ONCE)])
    opened = [each for each in answers if each.status_code == 200]
    assert len(opened) == 1
    refused = {each.json()["error"]["code"] for each in answers if each not in opened}
    assert refused == {"TICKET_REFUSED"}
    assert set(cluster.served() - before) == {str(port) for port in cluster.portals}


def _exchange(walker: HttpWalker, ticket: str) -> Callable[[], Any]:
    """What the lobby's script sends, once the lobby has been opened."""
    lobby = walker.open("/embed/?client=acme").soup.select("[data-lobby]")[0]["data-lobby"]
    body = {"lobby": lobby, "ticket": ticket, "origin": HOST, "theme": None, "locale": None}
    post = walker.client.generic
    sent, headers = json.dumps(body), {"accept": "application/json"}
    return partial(
        post, "POST", "/embed/session", sent, content_type="application/json", headers=headers
    )


def test_both_workers_share_one_budget(cluster: Cluster) -> None:
    """(LIM-06) the quota is on: both change accounts, evenly, and together no faster than half."""
    desk = Desk(
        cluster.sandbox,
        Portal(cluster.url, POOL_ID),
        cluster.data,
        cluster.people,
        _senior(cluster),
        _senior(cluster),
        {},
    )
    many = desk.some(12)
    url = desk.plan(many)
    desk.look(url, len(many))
    cluster.sandbox.ask("POST", "/quotas", {"rates": {"UserResourceUpdate": WRITES}})
    try:
        with calls_counted(cluster.sandbox) as calls:
            desk.agree(url)
            desk.wait_until_finished(url)
        told = cluster.sandbox.ask("GET", "/quotas")["categories"]["UserResourceUpdate"]
    finally:
        cluster.sandbox.ask("POST", "/quotas", {"rates": "off"})
    assert told["throttled"] == 0
    assert calls["AdminSetUserMFAPreference"] == len(many)
    assert [cluster.people.on(each) for each in many] == [{APP}] * len(many)
    ends = [row[0] for row in cluster.rows("SELECT ended_at FROM helpdesk_bulk_bulkrow")]
    took = (max(ends) - min(ends)).total_seconds()
    # Of one worker's call and another's, either may be written down late.
    assert took > (len(many) - 1) / (WRITES * SHARE) - 1
    workers = cluster.rows(
        "SELECT DISTINCT jsonb_array_elements_text(worker_ids)"
        " FROM django_tasks_database_dbtaskresult WHERE task_path LIKE 'portal.helpdesk.bulk%%'"
    )
    assert {row[0] for row in workers} == {"worker-0", "worker-1"}


def _senior(cluster: Cluster) -> HttpWalker:
    made = cluster.people.make(app=True, on=(APP,))
    cluster.people.join(made, ROLE_GROUPS["senior"])
    walker = cluster.browser()
    walker.sign_in(made)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    return walker


def _ella(cluster: Cluster) -> tuple[Somebody, HttpWalker]:
    ella = cluster.people.make(phone=True, app=True, on=ALL, preferred=APP)
    walker = cluster.browser()
    walker.sign_in(ella)
    return ella, walker


@dataclass
class Doings:
    """What one person did under load: receipts of what was said to be done, and what failed."""

    somebody: Somebody
    walker: HttpWalker
    receipts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def until(self, ended: Event) -> None:
        preferred = None
        while not ended.is_set():
            preferred = None if preferred else SMS
            # Two requests a change, and a person has 120 JSON requests a minute.
            ended.wait(60 / 120 * 2 + 0.2)
            try:
                self._change(preferred)
            except (requests.RequestException, KeyError) as failure:
                self.failed.append(repr(failure))

    def _change(self, preferred: str | None) -> None:
        now = self.walker.json("GET", "/api/v1/mfa").json()["data"]
        body = {"activated": [*ALL], "preferred": preferred, "digest": now["digest"]}
        answer = self.walker.json("PUT", SAVE, body)
        if answer.status_code == 200:
            # After one that failed this may be how it is already, which nobody is told of.
            if (saved := answer.json()["data"])["changed"]:
                self.receipts.append(saved["id"])
        else:
            self.failed.append(f"{answer.status_code} {answer.content[:200]!r}")


def test_one_killed_under_load_loses_nothing(cluster: Cluster) -> None:
    """(RES-08) no request but those in flight; no audit row, no notice, no job."""
    crowd = [Doings(*_ella(cluster)) for _ in range(AT_ONCE)]
    ended = Event()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        working = [threads.submit(each.until, ended) for each in crowd]
        try:
            assert until(lambda: all(each.receipts for each in crowd))
            _kill_in_the_middle_of_a_job(cluster, "worker-1")
            cluster.signal("web-1", signal.SIGKILL)
            killed_at = [len(each.receipts) for each in crowd]
            assert until(
                lambda: all(
                    len(each.receipts) > before + 2
                    for each, before in zip(crowd, killed_at, strict=True)
                ),
                seconds=60,
            )
        finally:
            # Whatever happened: those at work would never end.
            ended.set()
        for each in working:
            each.result()
    failures = [words for each in crowd for words in each.failed]
    assert len(failures) <= AT_ONCE, failures
    _nothing_is_lost(cluster, crowd)
    cluster.start_portal(1)
    before = cluster.served()
    assert until(lambda: _again(cluster)[str(cluster.portals[1])] > before[str(cluster.portals[1])])


def _again(cluster: Cluster) -> Counter[str]:
    cluster.browser().open("/sign-in/")
    return cluster.served()


def _kill_in_the_middle_of_a_job(cluster: Cluster, name: str) -> None:
    """Stop the worker again and again until it stands still with a job begun and not ended."""
    deadline = time.monotonic() + 60
    begun = (
        "SELECT id FROM django_tasks_database_dbtaskresult"
        " WHERE status = 'RUNNING' AND worker_ids->>-1 = %s"
    )
    with psycopg.connect(cluster.database, autocommit=True) as connection:
        while time.monotonic() < deadline:
            cluster.signal(name, signal.SIGSTOP)
            if connection.execute(begun, [name]).fetchone():
                cluster.signal(name, signal.SIGKILL)
                return
            cluster.signal(name, signal.SIGCONT)
            time.sleep(0.02)
    raise AssertionError(f"never in the middle of a job: {cluster.log(name)}")


def _nothing_is_lost(cluster: Cluster, crowd: list[Doings]) -> None:
    receipts = {receipt for each in crowd for receipt in each.receipts}
    done = cluster.rows("SELECT id, completes_id FROM accounts_auditrecord WHERE outcome = 'done'")
    assert receipts <= {str(each) for row in done for each in row}
    open_jobs = (
        "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status <> 'SUCCESSFUL'"
    )
    assert until(lambda: cluster.rows(open_jobs) == [(0,)], seconds=TAKEN_BACK_WITHIN)
    for each in crowd:
        told = [
            message
            for message in cluster.sandbox.inbox(each.somebody.email)
            if "If it was not you" in message["text"]
        ]
        assert len(told) >= len(each.receipts)
    verify = [*COMMAND, "audit", "verify"]
    subprocess.run(verify, cwd=ROOT, env=cluster.variables, check=True)

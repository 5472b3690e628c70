"""What machines may ask, what is counted, and what happens while Cognito does not answer."""

import io
import json
import logging
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
import time_machine
from django.conf import settings as portal
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.cache import cache, caches
from django.core.mail import EmailMultiAlternatives
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django_tasks_db.models import DBTaskResult
from prometheus_client.parser import text_string_to_metric_families

from accounts import jobs
from accounts.cognito import breaker
from accounts.doctor import Grade
from accounts.examination import examine
from accounts.models import AuditRecord
from accounts.watch import deployment, health
from tests.clock import Clock
from tests.journeys.steps import APP, OVERVIEW, enrol_app, session_id
from tests.people import App, People
from tests.sandbox_process import Sandbox
from tests.ship.kit import ROOT, environment
from tests.walker import Walker

TOKEN = "a-token-that-prometheus-shows"
SHOWN = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def watched(settings: Any) -> None:
    settings.WATCH_TOKEN = TOKEN


@pytest.fixture
def probe(db: None) -> Client:
    """A balancer: by an address of the machine, as nobody."""
    return Client(SERVER_NAME="10.1.2.3")


def _values(client: Client) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample of /metrics by its name and labels."""
    response = client.get("/metrics", headers=SHOWN)
    assert response.status_code == 200
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


class Counted:
    """What was counted since it began."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._before = _values(client)

    def __call__(self, name: str, **labels: str) -> float:
        key = (f"mfa_portal_{name}", frozenset(labels.items()))
        return _values(self._client).get(key, 0) - self._before.get(key, 0)


# --- probes -----------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/health/live", "/health/ready"])
def test_a_probe_is_answered_whatever_it_calls_us(probe: Client, path: str, settings: Any):
    """(SES-13, WEB-02) by any host, by plain http, with no cookie and in no frame."""
    settings.SECURE_SSL_REDIRECT = True
    response = probe.get(path)
    assert (response.status_code, response.cookies) == (200, {})
    assert response["X-Frame-Options"] == "DENY"
    assert response["Cache-Control"] == "no-store"
    assert set(response.json()["data"]) == {"status"}
    assert probe.post(path).status_code in {403, 405}


def test_other_addresses_keep_their_host(probe: Client):
    """(WEB-14)"""
    assert probe.get("/sign-in/").status_code == 400


def test_who_shows_the_token_sees_why(probe: Client, watched: None):
    by_rq = ["jobs"] if portal.TASKS_URL else []
    assert probe.get("/health/ready", headers=SHOWN).json()["data"]["checks"] == {
        name: {"state": "ok", "says": ""}
        for name in ("database", "cache", "migrations", "files", *by_rq, "cognito", "keys")
    }
    forged = {"authorization": f"Bearer {TOKEN}x"}
    assert set(probe.get("/health/ready", headers=forged).json()["data"]) == {"status"}


def test_tables_that_are_missing(probe: Client, watched: None):
    """A process of a newer version than its database serves nobody."""
    caches["process"].clear()
    MigrationRecorder.Migration.objects.filter(app="accounts").latest("id").delete()
    response = probe.get("/health/ready", headers=SHOWN)
    assert response.status_code == 503
    checks = response.json()["error"]["details"]["checks"]
    assert checks["migrations"] == {"state": "failed", "says": "1 not applied: manage.py migrate"}
    assert probe.get("/health/live").status_code == 200
    caches["process"].clear()


def test_files_that_nobody_collected(
    probe: Client, watched: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """No page can be drawn, so no request should come here; and the doctor says what to do."""
    settings.STATIC_ROOT = tmp_path
    monkeypatch.setattr(health, "staticfiles_storage", ManifestStaticFilesStorage())
    response = probe.get("/health/ready", headers=SHOWN)
    assert response.status_code == 503
    checks = response.json()["error"]["details"]["checks"]
    assert checks["files"] == {"state": "failed", "says": "none collected: manage.py collectstatic"}
    (found,) = (each for each in deployment.findings() if each.name == "deployment-files")
    assert found.grade is Grade.ERROR
    assert "manage.py prepare" in found.do


def test_a_cache_that_is_away(probe: Client, watched: None, settings: Any):
    """(RES-08) named; nothing of where it is or how one signs in there is told."""
    away = {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": "redis://user:canary@127.0.0.1:1/0",
    }
    settings.CACHES = {**settings.CACHES, "default": away}
    response = probe.get("/health/ready", headers=SHOWN)
    assert response.status_code == 503
    checks = response.json()["error"]["details"]["checks"]
    assert checks["cache"] == {"state": "failed", "says": "ConnectionError"}
    assert b"canary" not in response.content
    assert health.away_somewhere() == []
    # Whoever opens or closes goes on without the word for others.
    health.note_breaker("cognito", is_open=False)


def test_a_database_that_is_away(probe: Client, watched: None):
    """(RES-08) metrics that lie in no database are still told."""

    def away(*_: Any) -> None:
        raise OperationalError("canary")

    with connection.execute_wrapper(away):
        response = probe.get("/health/ready", headers=SHOWN)
        assert "mfa_portal_queue_due" not in {name for name, _ in _values(probe)}
    assert response.status_code == 503
    checks = response.json()["error"]["details"]["checks"]
    assert checks["database"] == {"state": "failed", "says": "OperationalError"}
    assert "migrations" not in checks
    assert b"canary" not in response.content


# --- metrics ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers", [{}, {"authorization": "Bearer "}, {"authorization": "Bearer x"}]
)
@pytest.mark.parametrize("token", ["", TOKEN])
def test_metrics_are_nobodys_without_the_token(
    probe: Client, settings: Any, token: str, headers: dict[str, str]
):
    """(AUZ-01) closed unless a token is set, and open to nobody else."""
    settings.WATCH_TOKEN = token
    assert probe.get("/metrics", headers=headers).status_code == 404


def test_an_enrolment_as_it_is_counted(
    walker: Walker, probe: Client, pool: People, sandbox: Sandbox, watched: None
):
    """(AUD-03) from the page that begins to the method that is on; and nobody is named."""
    nora = pool.make()
    counted = Counted(probe)
    walker.sign_in(nora)
    enrol_app(walker)
    assert counted("enrolments_total", factor="totp", step="opened") == 1
    assert counted("enrolments_total", factor="totp", step="done") == 1
    assert counted("audit_events_total", event="signed_in", outcome="done") == 1
    call = {"operation": "AssociateSoftwareToken"}
    assert counted("cognito_calls_total", outcome="ok", **call) == 1
    assert counted("cognito_call_seconds_count", **call) == 1
    assert counted("requests_total", route="factors:overview", method="GET", status="200") >= 1
    assert counted("lock_wait_seconds_count", kind="person") == 1
    walker.open("/enrolment/sms/")
    walker.send("Send me a code", country="", number=nora.phone)
    assert counted("code_sends_total", channel="sms", outcome="sent") == 1
    text = probe.get("/metrics", headers=SHOWN).content.decode()
    sub = pool.look(nora)["attributes"]["sub"]
    for canary in (nora.username, nora.email, nora.phone, sub, session_id(walker)):
        assert canary not in text


def test_jobs_that_wait(walker: Walker, probe: Client, pool: People, watched: None):
    """A message that nobody has sent yet is seen, and how long it waits."""
    walker.sign_in(pool.make())
    enrol_app(walker)
    found = {name: value for (name, labels), value in _values(probe).items() if not labels}
    assert found["mfa_portal_notices_waiting"] == 1
    assert found["mfa_portal_queue_due"] >= 1
    assert 0 < found["mfa_portal_queue_oldest_seconds"] < 60
    assert found["mfa_portal_queue_failed"] == 0


def test_throttles_are_counted_each_time(
    walker: Walker, probe: Client, pool: People, sandbox: Sandbox, watched: None
):
    """(LIM-06) a read is repeated once, so one page meets two of them."""
    walker.sign_in(pool.make())
    counted = Counted(probe)
    with sandbox.trouble("GetUser", "throttle", times=2):
        assert walker.open("/").status == 503
    throttled = {"operation": "GetUser"}
    assert counted("cognito_throttles_total", **throttled) == 2
    assert counted("cognito_calls_total", outcome="TooManyRequestsException", **throttled) == 1
    assert not breaker.cognito.is_open


def test_a_row_that_cannot_be_written_is_counted(
    walker: Walker, probe: Client, pool: People, watched: None
):
    """(AUD-06) and the change is not made."""
    walker.sign_in(pool.make())
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    counted = Counted(probe)

    def full(execute: Any, sql: str, *rest: Any) -> Any:
        if 'INSERT INTO "accounts_auditrecord"' in sql:
            raise OperationalError("disk full")
        return execute(sql, *rest)

    with connection.execute_wrapper(full), pytest.raises(OperationalError):
        walker.send("Turn on", code=app.code())
    assert counted("audit_write_failures_total") == 1
    assert counted("enrolments_total", factor="totp", step="done") == 0


# --- the log ----------------------------------------------------------------------------------


def test_each_request_is_one_line_that_names_nobody(
    walker: Walker, pool: People, caplog: pytest.LogCaptureFixture
):
    """(AUD-01, AUD-03) id, route, outcome, duration, and whose by a hash that stays the same."""
    nora = pool.make()
    walker.sign_in(nora)
    caplog.clear()
    with caplog.at_level(logging.INFO):
        walker.open("/")
        walker.open("/activity/")
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    requests = [line for line in lines if line["event"] == "request"]
    assert [line["route"] for line in requests] == ["factors:overview", "activity:history"]
    assert all(line["status"] == 200 and line["milliseconds"] > 0 for line in requests)
    assert len({line["request_id"] for line in requests}) == 2
    calls = [line for line in lines if line["event"] == "cognito"]
    assert {line["operation"] for line in calls} >= {"GetUser"}
    (whose,) = {line["person"] for line in (*requests, *calls)}
    assert len(whose) == 16
    assert pool.look(nora)["attributes"]["sub"] not in json.dumps(lines, default=str)


def test_each_job_is_one_line_and_so_are_its_calls(
    walker: Walker, pool: People, deliver_notices: Any, monkeypatch: Any, caplog: Any
):
    """(AUD-01, AUD-03) which, how it ended, how long; its id on what it causes; nobody is named."""
    nora = pool.make()
    walker.sign_in(nora)
    enrol_app(walker)
    send = EmailMultiAlternatives.send
    told = structlog.get_logger("accounts.test")
    monkeypatch.setattr(
        EmailMultiAlternatives, "send", lambda self: (told.info("on_its_way"), send(self))[1]
    )
    caplog.clear()
    with caplog.at_level(logging.INFO):
        deliver_notices()
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    (sent,) = (line for line in lines if line["event"] == "on_its_way")
    (job,) = (line for line in lines if line["event"] == "job")
    assert (job["task"], job["outcome"]) == ("accounts.notices.send_notice", "successful")
    assert job["milliseconds"] > 0
    assert sent["job"] == job["job"] == str(DBTaskResult.objects.get().pk)
    assert "request_id" not in job
    assert nora.email not in json.dumps(lines, default=str)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What the portal's own handler writes, as a collector of logs reads it."""
    (handler,) = (h for h in logging.getLogger().handlers if h.name == "stderr")
    assert isinstance(handler, logging.StreamHandler)
    stream = io.StringIO()
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before)


def test_a_link_that_opens_something_is_in_no_line(walker: Walker, written: io.StringIO):
    """(AUD-03) nor where it is refused: Django would name its path."""
    walker.open("/not-me/a-link-that-is-secret/")
    walker.open("/no-such-page/a-link-that-is-secret/")
    walker.client.post("/not-me/a-link-that-is-secret/", headers={"origin": "https://evil.example"})
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert "Not Found: no route" in [line["event"] for line in lines]
    assert "a-link-that-is-secret" not in written.getvalue()


# --- while Cognito is away --------------------------------------------------------------------


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Let the breaker believe that it is so many seconds later."""

    def move(seconds: float) -> None:
        monkeypatch.setattr(breaker.cognito, "_clock", lambda: time.monotonic() + seconds)

    yield move
    breaker.cognito.forget()
    health.note_breaker("cognito", is_open=False)


def _silence(walker: Walker, sandbox: Sandbox) -> None:
    with sandbox.trouble("GetUser", "reset", times=100):
        for _ in range(breaker.SILENCES):
            assert walker.open("/").status == 504


def test_a_silent_cognito_is_left_alone_and_people_are_told_at_once(
    walker: Walker, probe: Client, pool: People, sandbox: Sandbox, watched: None, later: Any
):
    """(RES-03) nothing is sent, the page says so; then one looks, and all is as it was."""
    walker.sign_in(pool.make(app=True, on=(APP,)))
    form = walker.open("/preference/")
    counted = Counted(probe)
    _silence(walker, sandbox)
    sandbox.forget_calls()
    page = walker.open("/")
    assert (page.status, page.heading) == (503, "The sign‑in service is away")
    assert 0 < int(page.headers["Retry-After"]) <= 10
    assert "Nothing was changed" not in page.text
    walker.page = form
    page = walker.send("Save", preferred=APP)
    assert "Nothing was changed." in page.text
    answer = walker.json("GET", "/api/v1/mfa")
    assert (answer.status_code, answer.json()["error"]["code"]) == (503, "TRY_LATER")
    assert sandbox.count_calls() == {}
    assert counted("cognito_calls_total", operation="GetUser", outcome="not_sent") >= 3
    assert counted("breaker_open_processes", service="cognito") == 1
    assert counted("breaker_opened_total", service="cognito") == 1
    ready = probe.get("/health/ready", headers=SHOWN)
    assert ready.status_code == 200
    assert ready.json()["data"]["checks"]["cognito"]["state"] == "degraded"
    later(11)
    assert walker.open("/").heading == OVERVIEW
    assert counted("breaker_open_processes", service="cognito") == 0
    assert health.away_somewhere() == []


def test_a_breaker_that_never_opened_is_seen_closed(probe: Client, watched: None, settings: Any):
    """(RES-03) by a value from the start on: of what is not there yet no alert sees it grow."""
    told = {key for key in _values(probe) if "breaker" in key[0] and "created" not in key[0]}
    wanted = {"mfa_portal_breaker_open_processes", "mfa_portal_breaker_opened_total"}
    named = {(name, frozenset({("service", each.name)})) for name in wanted for each in breaker.ALL}
    assert named <= told


def test_a_change_that_was_never_sent_is_recorded_as_not_made(
    walker: Walker, pool: People, sandbox: Sandbox, later: Any
):
    """(RES-04, AUD-06) refused, not unknown: the code is there to be tried again."""
    walker.sign_in(pool.make())
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    form = walker.page
    _silence(walker, sandbox)
    walker.page = form
    page = walker.send("Turn on", code=app.code())
    assert (page.status, page.heading) == (503, "The sign‑in service is away")
    rows = AuditRecord.objects.filter(event="totp_enrolled").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "refused"]


def test_refusals_open_nothing(walker: Walker, pool: People, sandbox: Sandbox, later: Any):
    """(RES-03) an answer is an answer, whatever it says."""
    walker.sign_in(pool.make())
    for kind in ("throttle", "error"):
        with sandbox.trouble("GetUser", kind, times=100):
            for _ in range(breaker.SILENCES + 1):
                walker.open("/")
    assert not breaker.cognito.is_open
    assert walker.open("/").heading == OVERVIEW


def test_the_doctor_knows(pool: People, later: Any, settings: Any, capsys: Any):
    """Another process than the one that met the silence; and nobody watches this one."""
    settings.HTTPS = True
    health.note_breaker("cognito", is_open=True)
    health.note_breaker("managed-login", is_open=True)
    found = {each.name: each for each in deployment.findings()}
    assert found["cognito-away"].grade is Grade.WARNING
    assert found["managed-login-away"].grade is Grade.WARNING
    assert found["unwatched"].grade is Grade.ADVICE
    assert found["workers"].grade is Grade.WARNING
    # What `check --deploy` says: these settings were made for plain http.
    assert found["settings-security.W008"].grade is Grade.WARNING
    health.note_breaker("cognito", is_open=False)
    health.note_breaker("managed-login", is_open=False)
    settings.WATCH_TOKEN = TOKEN
    health.note_worker()
    left = {each.name for each in deployment.findings()}
    assert {name for name in left if not name.startswith("settings-")} == set()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite bounds no connections")
@pytest.mark.parametrize(("bound", "told"), [(1, True), (1000, False)])
def test_the_doctor_counts_connections(db: None, bound: int, *, told: bool):
    """(RES-08) before there are none left for a request."""
    name = connection.ops.quote_name(connection.settings_dict["NAME"])
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER DATABASE {name} CONNECTION LIMIT {bound}")
    warned = [each for each in deployment.findings() if f"of the {bound} conn" in each.says]
    assert [each.name for each in warned] == (["connections"] if told else [])
    assert all(each.grade is Grade.WARNING for each in warned)


def test_the_doctor_looks_at_mail_and_clock(pool: People, settings: Any):
    """(NOT-01, TOK-01) a server that lets nobody in, and a machine whose clock is wrong."""
    settings.EMAIL_PORT = 1
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=1), tick=True):
        found = {each.name: each for each in deployment.findings()}
    assert found["mail"].grade is Grade.ERROR
    assert found["clock"].grade is Grade.ERROR
    assert "seconds behind Cognito" in found["clock"].says


@pytest.mark.parametrize(
    ("database", "named"),
    [
        ("sqlite:///{}/new.sqlite3", {"deployment-migrations", "deployment-files"}),
        ("postgres://nobody@127.0.0.1:1/none", {"deployment-database", "deployment-cache"}),
    ],
)
def test_the_doctor_needs_no_database(
    sandbox: Sandbox, tmp_path: Path, database: str, named: set[str]
):
    """(RES-08) on a new machine, and while the database is away: it names that, and the pool's."""
    variables = environment(
        sandbox,
        "http://localhost",
        DATABASE_URL=database.format(tmp_path),
        PORTAL_STATIC_ROOT=str(tmp_path / "files"),
    )
    command = [sys.executable, "manage.py", "doctor", "--json"]
    done = subprocess.run(
        command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr[-2000:]
    found = {each["name"]: each["grade"] for each in json.loads(done.stdout)["findings"]}
    assert named <= {name for name, grade in found.items() if grade == "error"}
    assert "other-clients" in found


def test_a_worker_says_that_it_lives(db: None, monkeypatch: pytest.MonkeyPatch):
    """(RES-08) by its watch, from the first moment on."""
    cache.clear()
    assert not health.a_worker_is_alive()
    watch = jobs.Watch()
    monkeypatch.setattr(jobs, "take_back", watch.ended.set)
    monkeypatch.setattr(jobs, "close_old_connections", lambda: None)
    watch._look()
    assert health.a_worker_is_alive()


def test_the_doctor_sees_jobs_nobody_does(walker: Walker, pool: People, clock: Clock):
    """(NOT-01) messages that are not sent, tables that are missing: by command and on the page."""
    walker.sign_in(pool.make())
    enrol_app(walker)
    assert deployment.findings() == []
    clock.forward(minutes=20)
    MigrationRecorder.Migration.objects.filter(app="accounts").latest("id").delete()
    caches["process"].clear()
    found = {each.name: each.grade for each in examine()}
    assert found["queue"] is Grade.WARNING
    assert found["deployment-migrations"] is Grade.ERROR
    caches["process"].clear()

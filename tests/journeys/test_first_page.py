"""The way in, drawn before there are workers (portal/first_page.py), by `mfa-portal run`."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.browser.portal_process import free_port
from tests.sandbox_process import Sandbox
from tests.ship.kit import ROOT, environment, running, until, wait_for

COMMAND = [sys.executable, "-m", "portal.cli"]


@contextmanager
def _serving(variables: Mapping[str, str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    with running([*COMMAND, "run"], variables, log) as server:
        wait_for(variables["PORTAL_URL"] + "/health/live", log)
        yield server


@pytest.fixture
def variables(sandbox: Sandbox, tmp_path: Path) -> dict[str, str]:
    port = free_port()
    made = environment(
        sandbox,
        f"http://localhost:{port}",
        PORTAL_BIND=f"127.0.0.1:{port}",
        PORTAL_LOG_LEVEL="INFO",
        PORTAL_STATIC_ROOT=str(tmp_path / "static"),
        DATABASE_URL=f"sqlite:///{tmp_path}/portal.sqlite3",
        WEB_CONCURRENCY="2",
    )
    subprocess.run([*COMMAND, "prepare"], cwd=ROOT, env=made, check=True)
    return made


def test_the_first_visitor_finds_all_of_it_worked_out(variables: dict[str, str], tmp_path: Path):
    """(RES-07) the pool is asked before a worker is there, and by none for this page."""
    log = tmp_path / "portal.log"
    with _serving(variables, log):
        with urlopen(variables["PORTAL_URL"] + "/sign-in/", timeout=30) as page:  # noqa: S310
            assert page.status == 200
        said = [json.loads(line) for line in log.read_text().splitlines()]
    events = [each["event"].partition(":")[0] for each in said]
    calls = [place for place, event in enumerate(events) if event == "cognito"]
    assert calls
    assert max(calls) < events.index("Booting worker with pid")
    # What the server asked itself is no visit, and no line of the start is told as part of one.
    assert events.count("request") == 1
    assert "request_id" not in said[events.index("Booting worker with pid")]


def test_no_connection_is_inherited(variables: dict[str, str], tmp_path: Path):
    """(RES-08) two processes that read from one would each take half of the other's answers."""
    with _serving(variables, tmp_path / "portal.log") as server:
        processes = (server.pid, *_workers(server.pid))
        # Whoever asked whether it lives is let go of soon.
        until(lambda: all(len(_sockets(each)) == 1 for each in processes))
        found = [_sockets(each) for each in processes]
    # The one they listen at.
    assert [len(each) for each in found] == [1, 1, 1]
    assert len(set.union(*found)) == 1


def test_where_nobody_answers_the_workers_begin_all_the_same(
    variables: dict[str, str], tmp_path: Path
):
    """(RES-03, RES-08) who comes reads what they would have read before."""
    nowhere = free_port()
    log = tmp_path / "portal.log"
    away = {
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": f"http://127.0.0.1:{nowhere}",
        "DATABASE_URL": f"sqlite:///{tmp_path}/not-there/portal.sqlite3",
        "CACHE_URL": f"redis://127.0.0.1:{nowhere}/0",
    }
    address = variables["PORTAL_URL"] + "/sign-in/"
    with _serving({**variables, **away}, log), urlopen(address, timeout=30) as page:  # noqa: S310
        assert page.status == 200
    events = [json.loads(line)["event"].partition(":")[0] for line in log.read_text().splitlines()]
    assert events.index("cognito") < events.index("Booting worker with pid")


def _sockets(process: int) -> set[str]:
    found = set()
    for each in Path(f"/proc/{process}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed since
            found.add(str(each.readlink()))
    return {each for each in found if each.startswith("socket:")}


def _workers(process: int) -> list[int]:
    """As soon as there are both."""
    children = Path(f"/proc/{process}/task/{process}/children")
    deadline = time.monotonic() + 30
    while len(found := children.read_text().split()) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    return [int(each) for each in found]

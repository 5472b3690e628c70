"""The server as it is shipped: `mfa-portal run`."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.portal_process import ROOT, Portal, free_port, running_portal
from tests.sandbox_process import Sandbox
from tests.ship.kit import until, wait_for

CLIENT = "demoportalrequired00000001"


@pytest.fixture
def portal(sandbox: Sandbox, tmp_path: Path) -> Iterator[Portal]:
    with running_portal(sandbox, tmp_path, pool="Required1", client_id=CLIENT) as running:
        yield running


@contextmanager
def serving(
    portal: Portal, log: Path, port: int = 0, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """`mfa-portal run` with this portal's settings, on another port."""
    port = port or free_port()
    serve = [sys.executable, "-m", "portal.cli", "run", "--bind", f"127.0.0.1:{port}"]
    variables = {**portal.variables, "PORTAL_LOG_LEVEL": "INFO", **more}
    with (
        log.open("wb") as lines,
        subprocess.Popen(serve, cwd=ROOT, env=variables, stdout=lines, stderr=lines) as server,
    ):
        try:
            wait_for(f"http://localhost:{port}/health/live", log)
            yield server
        finally:
            server.terminate()


def test_every_line_is_json(portal: Portal, tmp_path: Path):
    """(AUD-03) what the server itself says, too: that it listens, and that a worker has died."""
    log = tmp_path / "served.log"
    with serving(portal, log) as server:
        children = Path(f"/proc/{server.pid}/task/{server.pid}/children")
        worker = int(children.read_text().split()[0])
        os.kill(worker, signal.SIGKILL)
        assert until(lambda: f"pid:{worker}" in log.read_text())
    said = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    for beginning in ("Listening at: http://127.0.0.1", "Booting worker with pid", "Shutting down"):
        assert any(line.startswith(beginning) for line in said), said


UNREADABLE = (
    b"GET /not-me/canary\r\n\r\n",
    b"GET /not-me/canary HTTP/1.1\r\nHost: localhost\r\nCanary Header: x\r\n\r\n",
    b"CANARY\xff / HTTP/1.1\r\n\r\n",
    b"GET canary HTTP/canary\r\n\r\n",
)


def test_no_line_quotes_a_request(portal: Portal, tmp_path: Path):
    """(AUD-03) one that nobody can read, and one for which not even an error is drawn."""
    log, port = tmp_path / "served.log", free_port()
    # Its files were never collected.
    with serving(portal, log, port, PORTAL_STATIC_ROOT=str(tmp_path / "none")):
        for request in (*UNREADABLE, b"GET /not-me/canary/ HTTP/1.1\r\nHost: localhost\r\n\r\n"):
            with socket.create_connection(("127.0.0.1", port), 20) as connection:
                connection.sendall(request)
                assert connection.recv(100).split()[1] in (b"400", b"500")
        assert until(lambda: "Error handling a request" in log.read_text())
    said = [json.loads(line)["event"] for line in log.read_text().splitlines()]
    assert sum(line.startswith("Invalid request from ip=") for line in said) == len(UNREADABLE)
    assert "canary" not in log.read_text().lower()

"""A real portal, started as an operator would start it: its own process, files and worker."""

import atexit
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from cryptography.fernet import Fernet

from tests.sandbox_process import Sandbox

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 90
# What lies in a portal's folder.
DATABASE, STATIC, KEYS = "portal.sqlite3", "static", "keys"
GUNICORN = ["-m", "gunicorn", "portal.wsgi", "--threads", "8", "--no-control-socket"]


@dataclass(frozen=True)
class Portal:
    """Where a portal answers, and the pool it serves. process: the parent of its workers."""

    url: str
    pool_id: str
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    process: int = 0

    def manage(self, *arguments: str) -> str:
        """Run a command of the portal's own, as its operator would; what it printed."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.variables,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    def kill_workers(self) -> None:
        """Let every worker die at once, wherever it is; the server starts new ones."""
        for worker in self._workers():
            os.kill(worker, signal.SIGKILL)

    def memory(self) -> int:
        """What its workers hold in memory together, in kilobytes."""
        return sum(_resident(worker) for worker in self._workers())

    def _workers(self) -> list[int]:
        children = Path(f"/proc/{self.process}/task/{self.process}/children")
        return [int(worker) for worker in children.read_text().split()]


def _resident(process: int) -> int:
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


@contextmanager
def running_portal(
    sandbox: Sandbox, data: Path, *, pool: str, client_id: str, **more: str
) -> Iterator[Portal]:
    """Start a portal for a pool of the sandbox; end it after the block. more: its variables."""
    port = free_port()
    portal = Portal(f"http://localhost:{port}", f"eu-central-1_{pool}")
    variables = _environment(sandbox, data, portal, client_id) | more
    _prepare(data, variables)
    bind = ["--bind", f"127.0.0.1:{port}"]
    with _process([*GUNICORN, *bind], variables, data / "portal.log") as server:
        # With the redirect door alone, the sign-in page leads away to a pool that may not know us.
        alone = more.get("PORTAL_DOORS") == "managed"
        first_page = "/signed-out/" if alone else "/sign-in/"
        _wait_for(portal.url + first_page, server, data / "portal.log")
        yield replace(portal, variables=variables, process=server.pid)


def _prepare(data: Path, variables: Mapping[str, str]) -> None:
    """Tables and files, as a release has them before its first request; made once, then copied."""
    if variables["DATABASE_URL"] != _database(data) or (data / DATABASE).exists():
        _run_prepare(variables)
        return
    made = _prepared()
    if not (made / DATABASE).exists():
        _run_prepare({**variables, **_kept_in(made)})
    shutil.copytree(made, data, dirs_exist_ok=True)


@cache
def _prepared() -> Path:
    """A folder for an empty portal's tables and files: no address, pool or key is in them."""
    made = Path(tempfile.mkdtemp(prefix="prepared-portal-"))
    atexit.register(shutil.rmtree, made)
    return made


def _kept_in(data: Path) -> dict[str, str]:
    return {"DATABASE_URL": _database(data), "PORTAL_STATIC_ROOT": str(data / STATIC)}


def _run_prepare(variables: Mapping[str, str]) -> None:
    subprocess.run([sys.executable, "manage.py", "prepare"], cwd=ROOT, env=variables, check=True)


def _database(data: Path) -> str:
    return f"sqlite:///{data / DATABASE}"


@contextmanager
def running_worker(
    sandbox: Sandbox, data: Path, portal: Portal, client_id: str, **more: str
) -> Iterator[subprocess.Popen[bytes]]:
    """Start the worker that does the jobs of the portal with the same data. more: as there."""
    worker = ["manage.py", "worker", "--interval", "0.2"]
    variables = _environment(sandbox, data, portal, client_id) | more
    with _process(worker, variables, data / "worker.log") as started:
        yield started


def _environment(sandbox: Sandbox, data: Path, portal: Portal, client_id: str) -> dict[str, str]:
    return {
        **os.environ,
        **_secrets(data),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "PORTAL_URL": portal.url,
        "PORTAL_NAME": "Demo sign-in settings",
        "PORTAL_SUPPORT_URL": f"{portal.url}/help/",
        "PORTAL_DEFAULT_COUNTRY": "GB",
        "PORTAL_LOG_LEVEL": "WARNING",
        **_kept_in(data),
        "CACHE_URL": "dbcache://portal_cache",
        "EMAIL_URL": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "COGNITO_USER_POOL_ID": portal.pool_id,
        "COGNITO_CLIENT_ID": client_id,
        "COGNITO_ISSUER": f"{sandbox.api}/{portal.pool_id}",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": sandbox.api,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
    }


def _secrets(data: Path) -> Mapping[str, str]:
    """The portal and its worker share them; nobody else does."""
    path = data / KEYS
    if not path.exists():
        path.write_text(f"{secrets.token_urlsafe(50)} {Fernet.generate_key().decode()}")
    key, tokens = path.read_text().split()
    return {"PORTAL_SECRET_KEY": key, "PORTAL_TOKEN_KEYS": tokens}


@contextmanager
def _process(
    arguments: list[str], variables: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with (
        log.open("ab") as lines,
        subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, env=variables, stdout=lines, stderr=lines
        ) as started,
    ):
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(timeout=5)
            except subprocess.TimeoutExpired:
                started.kill()


def _wait_for(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(url, timeout=5):  # noqa: S310  (our own address)
                return
        except HTTPError:
            break
        except (URLError, OSError):
            time.sleep(0.05)
    raise RuntimeError(f"The portal does not answer at {url}:\n{log.read_text()[-4000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port

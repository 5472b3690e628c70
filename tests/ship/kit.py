"""Processes as an operator starts them, each with a log to look into when it does not answer."""

import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import urlopen

from cryptography.fernet import Fernet

from tests.sandbox_process import Sandbox

ROOT = Path(__file__).resolve().parents[2]
POOL_ID = "eu-central-1_Optional1"
CLIENT_ID = "demoportaloptional00000001"
START_SECONDS = 60


def environment(sandbox: Sandbox, url: str, **more: str) -> dict[str, str]:
    """The variables of a portal at this address that serves a pool of the sandbox."""
    return {
        "PATH": os.environ["PATH"],
        "PORTAL_SECRET_KEY": secrets.token_urlsafe(50),
        "PORTAL_TOKEN_KEYS": Fernet.generate_key().decode(),
        "PORTAL_URL": url,
        "PORTAL_LOG_LEVEL": "WARNING",
        "EMAIL_URL": f"smtp://127.0.0.1:{sandbox.smtp_port}",
        "COGNITO_USER_POOL_ID": POOL_ID,
        "COGNITO_CLIENT_ID": CLIENT_ID,
        "COGNITO_ISSUER": f"{sandbox.api}/{POOL_ID}",
        "AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER": sandbox.api,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        **more,
    }


@contextmanager
def running(
    command: list[str], variables: Mapping[str, str], log: Path, *, cwd: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """A process, ended after the block."""
    with (
        log.open("ab") as lines,
        subprocess.Popen(command, cwd=cwd, env=variables, stdout=lines, stderr=lines) as started,
    ):
        try:
            yield started
        finally:
            started.terminate()
            try:
                started.wait(timeout=20)
            except subprocess.TimeoutExpired:
                started.kill()


def wait_for(url: str, log: Path) -> None:
    """Wait until an address answers with a page."""
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        try:
            with urlopen(url, timeout=5):  # noqa: S310  (our own address)
                return
        except HTTPError as refused:
            refused.close()
        except (URLError, OSError):
            pass
        time.sleep(0.1)
    raise RuntimeError(f"{url} does not answer:\n{log.read_text()[-4000:]}")


def until(true: Callable[[], object], *, seconds: float = 30) -> bool:
    """Whether it becomes true in time."""
    deadline = time.monotonic() + seconds
    while not (found := true()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return bool(found)

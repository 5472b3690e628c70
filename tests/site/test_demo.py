"""`make demo` and its like, as the documents say it: in a copy, on ports of its own."""

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from urllib.request import urlopen

import pytest

from tests.browser.portal_process import free_port
from tests.commands.copies import repository_in
from tests.commands.table import DEMO, as_they_stand

PORTS = ("PORTAL", "REQUIRED", "COGNITO", "INBOX", "MAIL", "HOST")


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Whoever made `site` has what builds it."""
    return repository_in(tmp_path_factory.mktemp("demo"), ".docs")


@contextmanager
def started(typed: str, copy: Path, ports: dict[str, str]) -> Iterator[IO[str]]:
    """What it says; then Ctrl-C, as in a terminal: to make and to what it has started."""
    with subprocess.Popen(
        shlex.split(typed),
        cwd=copy,
        env={**os.environ, **ports},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        assert process.stdout
        try:
            yield process.stdout
        finally:
            os.killpg(process.pid, signal.SIGINT)
            rest = process.stdout.read()
    assert "The demo has ended." in rest


def _read_to(beginning: str | tuple[str, ...], said: IO[str]) -> str:
    """The line that begins so."""
    lines = []
    for line in said:
        lines.append(line)
        if line.strip().startswith(beginning):
            return line
    raise AssertionError("".join(lines))


def _page(address: str) -> str:
    with urlopen(address, timeout=30) as answer:  # noqa: S310  (our own address)
        return str(answer.read().decode())


@pytest.mark.parametrize("typed", as_they_stand(DEMO))
def test_the_demo_starts_as_the_documents_say(typed: str, copy: Path):
    """The pages are there, and what was done before, unless it is to begin anew."""
    ports = {f"{name}_PORT": str(free_port()) for name in PORTS}
    mine = str(free_port()) if "8100" in typed else ports["PORTAL_PORT"]
    left = copy / ".demo/left"
    left.parent.mkdir(exist_ok=True)
    left.touch()
    with started(typed.replace("8100", mine), copy, ports) as said:
        address = _read_to("Portal ", said).split()[1]
        assert address == f"http://localhost:{mine}/"
        assert "<h1" in _page(f"{address}sign-in/")
        if "embed" in typed:
            host = _page(_read_to("An application", said).split()[2])
            assert "<button>Sign in</button>" in host
        if typed == "make demo":
            built = _read_to(("Documents", "The documents"), said)
            assert "Cognito MFA Portal" in _page(built.split()[1])
        assert left.exists() == ("reset" not in typed)

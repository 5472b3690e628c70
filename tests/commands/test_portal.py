"""The portal's own commands, typed as the documents have them: a shell, SQLite, a real pool."""

import os
import re
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from urllib.request import urlopen

import pytest

from accounts.watch import health
from tests.browser.portal_process import free_port
from tests.commands.table import EXPORT, GOES_ON, IN_A_SHELL, once, words_of
from tests.sandbox_process import Sandbox
from tests.ship.kit import ROOT, environment, until

OURS = f'exec "{sys.executable}" %s "$@"\n'
# What leads to the portal's command line, and what it is there.
ON_THE_PATH = {"mfa-portal": "-m portal.cli", "manage.py": f'"{ROOT}/manage.py"'}


@dataclass(frozen=True)
class Place:
    """Where an operator stands: a folder, and what is set."""

    folder: Path
    variables: Mapping[str, str]

    def type(self, text: str, **more: str) -> str:
        """What it says; its failure is the test's."""
        done = subprocess.run(
            ["/bin/sh", "-ec", text],
            cwd=self.folder,
            env={**self.variables, **more},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:]
        return done.stdout

    @property
    def streamed(self) -> Path:
        return Path(self.variables["PORTAL_AUDIT_FILE"])

    @contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        path = self.variables["DATABASE_URL"].removeprefix("sqlite:///")
        with closing(sqlite3.connect(path, timeout=30)) as connection, connection:
            yield connection

    def empty(self, *tables: str) -> None:
        with self.database() as connection:
            for table in tables:
                connection.execute(f"DELETE FROM {table}")  # noqa: S608  (our own names)

    def cached(self) -> list[str]:
        with self.database() as connection:
            return [key for (key,) in connection.execute("SELECT cache_key FROM portal_cache")]

    @contextmanager
    def started(self, text: str, **more: str) -> Iterator[Path]:
        """What goes on, and its log; ended as a service manager ends it, and then well."""
        log = self.folder / "log"
        with (
            log.open("wb") as lines,
            subprocess.Popen(
                ["/bin/sh", "-c", f"exec env {text}"],
                cwd=self.folder,
                env={**self.variables, **more},
                stdout=lines,
                stderr=lines,
            ) as process,
        ):
            try:
                yield log
                assert process.poll() is None, log.read_text()
            finally:
                process.send_signal(signal.SIGTERM)
                status = process.wait(timeout=30)
        # Nobody waits for what only reads: there the signal itself is the end.
        assert status in (0, -signal.SIGTERM), log.read_text()


@pytest.fixture(scope="module")
def place(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Tables are there, and an application that embeds the portal has left a row in the audit."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "bin").mkdir()
    for name, words in ON_THE_PATH.items():
        (folder / "bin" / name).write_text(f"#!/bin/sh\n{OURS % words}")
        (folder / "bin" / name).chmod(0o755)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "manage.py").symlink_to(ROOT / "manage.py")
    database = f"sqlite:///{folder}/portal.sqlite3"
    variables = environment(
        sandbox,
        "http://localhost",
        PATH=f"{folder}/bin{os.pathsep}{os.environ['PATH']}",
        PYTHONPATH=str(ROOT),
        DATABASE_URL=database,
        RESTORED_URL=database,
        PORTAL_STATIC_ROOT=f"{folder}/static",
        PORTAL_BIND=f"127.0.0.1:{free_port()}",
        PORTAL_AUDIT_FILE=f"{folder}/audit.jsonl",
        PORTAL_EMBED="true",
    )
    made = Place(folder, variables)
    made.type("mfa-portal prepare")
    made.type("manage.py embed client add first --origin https://first.example --app-client 1a")
    return made


# What is set otherwise for a command: in production it is silent; the first database is away.
ELSEWHERE = {
    "--deploy": {"PORTAL_URL": "https://mfa.example.com"},
    "$RESTORED_URL": {"DATABASE_URL": "sqlite:////nowhere/at-all"},
}
# What a command says, or that it says nothing.
SAYS = {
    ".venv/bin/python manage.py": r"^Available subcommands:",
    "settings": r"^PORTAL_SECRET_KEY=",
    "settings > .env": r"\A\Z",
    "check --deploy": r"^System check identified no issues",
    "doctor": r"^error: 0,",
    "prepare": r"\A\Z",
    'DATABASE_URL="$RESTORED_URL" audit verify': r": holds$",
    'DATABASE_URL="$RESTORED_URL" migrate --check': r"\A\Z",
    "migrate": r"No migrations to apply",
    "collectstatic --no-input": r"static files? ",
}


@pytest.mark.parametrize("typed", once(IN_A_SHELL))
def test_typed_into_a_shell(typed: str, place: Place):
    more = next((more for word, more in ELSEWHERE.items() if word in typed), {})
    said = place.type(typed, **more)
    assert re.search(SAYS[words_of(typed)], said, re.MULTILINE), said


def test_the_export_is_in_the_file(place: Place):
    """The days of the document are those of today."""
    (typed,) = once(EXPORT)
    today = datetime.now(UTC).date()
    march, april = str(today), str(today + timedelta(days=1))
    place.type(typed.replace("2026-03-01", march).replace("2026-04-01", april))
    assert '"embed_client_added"' in (place.folder / "march.jsonl").read_text()


@pytest.mark.parametrize("typed", once(GOES_ON))
def test_what_goes_on_until_it_is_ended(typed: str, place: Place):
    """It does what it is there for, and ends well when it is told to."""
    place.empty("portal_cache", "accounts_auditcursor")
    place.streamed.unlink(missing_ok=True)
    sees = next(sees for word, sees in DOES.items() if word in typed)
    # A Redis that is not there: a worker is told to do without.
    more = {"TASKS_URL": "redis://127.0.0.1:1/0"} if "TASKS_URL" in typed else {}
    with place.started(typed, **more) as log:
        assert until(lambda: sees(place), seconds=60), log.read_text()


def _answers(place: Place) -> bool:
    try:
        with urlopen(f"http://{place.variables['PORTAL_BIND']}/health/live", timeout=5) as answer:
            return bool(answer.status == HTTPStatus.OK)
    except OSError:
        return False


DOES: dict[str, Callable[[Place], bool]] = {
    "portal.wsgi": _answers,
    "run": _answers,
    # What it leaves for /health/ready and the doctor.
    "worker": lambda place: any(health.WORKER_KEY in key for key in place.cached()),
    "stream": lambda place: (
        place.streamed.exists() and '"event_code"' in place.streamed.read_text()
    ),
}

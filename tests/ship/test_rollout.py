"""The version before beside this one, on the tables of this one (docs/upgrades.md).

The version before is the last release, by its tag `v…`; before there is one, the last commit before
the newest migration that starts. It is run from the history of this repository, with the libraries
of today.
"""

import io
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.portal_process import free_port
from tests.http_walker import HttpWalker
from tests.journeys.steps import ALL, APP, OVERVIEW, SMS, enrol_app, notices
from tests.people import People
from tests.sandbox_process import Sandbox, running_sandbox
from tests.ship.kit import POOL_ID, ROOT, environment, running, until, wait_for

COMMAND = [sys.executable, "-m", "portal.cli"]
NO_HISTORY = "this needs the history: git fetch --unshallow --tags"
OLD, NEW = "the version before", "this version"


GIT = shutil.which("git") or "git"


def _git(*words: str) -> str:
    done = subprocess.run([GIT, *words], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


# A commit in the middle of a piece of work need not start; so many in a row are a fault.
LOOKED_AT = 10


def versions_before() -> list[str]:
    """Commits, the newest first. Fails where there is no history: nothing is skipped here."""
    assert _git("rev-parse", "--is-shallow-repository") == "false", NO_HISTORY
    tag = _git("describe", "--tags", "--abbrev=0", "--match", "v*", "HEAD^")
    if tag:
        return [tag]
    # The first parent's side alone: a merge brings migrations, and none of its own.
    newest = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", "*/migrations/0*.py")
    assert newest, NO_HISTORY
    found = _git("log", "--first-parent", f"-{LOOKED_AT}", "--format=%H", f"{newest}^").split()
    assert found, NO_HISTORY
    return found


def version_before(folder: Path, variables: dict[str, str]) -> Path:
    """Its code."""
    for commit in versions_before():
        code = unpacked(commit, folder / commit)
        if _starts(code, variables):
            return code
    raise AssertionError(f"none of them starts: {versions_before()}")


def _starts(code: Path, variables: dict[str, str]) -> bool:
    there = {**variables, "PYTHONPATH": str(code)}
    words = [*COMMAND, "check"]
    done = subprocess.run(words, cwd=code, env=there, capture_output=True, check=False)
    return done.returncode == 0


def unpacked(commit: str, folder: Path) -> Path:
    command = [GIT, "archive", commit]
    archive = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as whole:
        whole.extractall(folder, filter="data")
    return folder


@dataclass
class RollOut:
    """Both versions on one database and one cache, behind one name."""

    sandbox: Sandbox
    data: Path
    code: dict[str, Path]
    variables: dict[str, str]
    ports: dict[str, int]

    @property
    def people(self) -> People:
        return People(self.sandbox, POOL_ID)

    def run(self, version: str, *words: str) -> None:
        subprocess.run(
            [*COMMAND, *words], cwd=self.code[version], env=self._of(version), check=True
        )

    @contextmanager
    def serving(self, version: str) -> Iterator[None]:
        port = self.ports[version]
        log = self.data / f"{port}.log"
        serve = [*COMMAND, "run", "--bind", f"127.0.0.1:{port}"]
        with running(serve, self._of(version), log, cwd=self.code[version]):
            wait_for(f"http://localhost:{port}/sign-in/", log)
            yield

    def work(self, version: str) -> None:
        """Do all that is queued."""
        self.run(version, "worker", "--batch", "--interval", "0", "--no-startup-delay")

    def browser(self, version: str, before: HttpWalker | None = None) -> HttpWalker:
        """One that this version answers. before: the same person's, whom the other one answered."""
        walker = HttpWalker(f"http://localhost:{self.ports[version]}")
        # What the balancer in front is called; both versions know no other name.
        walker.client.session.headers["Origin"] = self.variables["PORTAL_URL"]
        if before is not None:
            walker.client.session.cookies.update(before.client.session.cookies)
        return walker

    def _of(self, version: str) -> dict[str, str]:
        return {**self.variables, "PYTHONPATH": str(self.code[version])}


@pytest.fixture(scope="module")
def roll_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RollOut]:
    data = tmp_path_factory.mktemp("roll-out")
    with ExitStack() as stack:
        sandbox = stack.enter_context(running_sandbox())
        variables = environment(
            sandbox,
            "http://localhost",
            DATABASE_URL=f"sqlite:///{data}/portal.sqlite3",
            PORTAL_STATIC_ROOT=str(data / "static"),
            PORTAL_DEFAULT_COUNTRY="GB",
            COGNITO_SIGN_IN_FLOW="USER_PASSWORD_AUTH",
        )
        code = {NEW: ROOT, OLD: version_before(data, variables)}
        made = RollOut(sandbox, data, code, variables, {OLD: free_port(), NEW: free_port()})
        # Lived with as it was, then migrated while it serves.
        made.run(OLD, "migrate", "-v0")
        made.run(OLD, "collectstatic", "--no-input", "-v0")
        stack.enter_context(made.serving(OLD))
        made.run(NEW, "migrate", "-v0")
        made.run(NEW, "collectstatic", "--no-input", "-v0")
        stack.enter_context(made.serving(NEW))
        yield made


def test_the_version_before_lives_on_the_tables_of_this_one(roll_out: RollOut) -> None:
    """(RES-08) a sign-in, an enrolment, a preference and its notices, all by the version before."""
    ella = roll_out.people.make(phone=True)
    walker = roll_out.browser(OLD)
    assert walker.sign_in(ella).heading == OVERVIEW
    _, page = enrol_app(walker)
    assert page.heading == "Authenticator app is on"
    walker.open("/preference/")
    assert walker.send("Save", activated=[APP, SMS], preferred=SMS).heading == "Saved"
    assert roll_out.people.preferred(ella) == SMS
    roll_out.work(OLD)
    assert until(lambda: len(notices(roll_out.sandbox, ella)) == 2)
    roll_out.run(OLD, "audit", "verify")
    roll_out.run(NEW, "audit", "verify")


@pytest.mark.parametrize(("first", "then"), [(OLD, NEW), (NEW, OLD)])
def test_one_goes_on_where_the_other_has_begun(roll_out: RollOut, first: str, then: str) -> None:
    """(RES-08, SES-01) each request by another version: sessions, set-ups, locks, jobs."""
    ella = roll_out.people.make(phone=True, app=True, on=ALL, preferred=APP)
    begun = roll_out.browser(first)
    assert begun.sign_in(ella).heading == OVERVIEW
    form = begun.open("/preference/")
    going_on = roll_out.browser(then, begun)
    going_on.page = form
    assert going_on.send("Save", preferred=SMS).heading == "Saved"
    assert roll_out.people.preferred(ella) == SMS
    back = roll_out.browser(first, going_on)
    assert back.open("/").heading == OVERVIEW
    # Told by the one that did not make the change.
    roll_out.work(first)
    assert until(lambda: notices(roll_out.sandbox, ella))
    roll_out.run(then, "audit", "verify")

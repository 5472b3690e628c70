"""The built wheel, in an environment that has nothing but it and the locked dependencies."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.browser.portal_process import free_port
from tests.http_walker import HttpWalker
from tests.journeys.steps import enrol_app, notices
from tests.people import People
from tests.sandbox_process import Sandbox, running_sandbox
from tests.ship.kit import POOL_ID, ROOT, environment, running, until, wait_for


@dataclass
class Installed:
    """Where the wheel is installed, and a folder with nothing in it to start from."""

    bin: Path
    here: Path

    def run(self, *words: str, **variables: str) -> str:
        """What the command prints; its failure is the test's."""
        done = subprocess.run(
            [self.bin / "mfa-portal", *words],
            cwd=self.here,
            env=variables or {"PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-4000:]
        return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Build the wheels and install the portal's without its sources at hand."""
    room = tmp_path_factory.mktemp("wheel")
    build = [ROOT / ".ship/bin/pyproject-build", "--wheel", "--no-isolation", "--outdir", room]
    for source in (ROOT, ROOT / "sandbox"):
        subprocess.run([*build, source], check=True, stdout=subprocess.DEVNULL)
    [wheel] = room.glob("cognito_mfa_portal-*.whl")
    subprocess.run([sys.executable, "-m", "venv", room / "env"], check=True)
    pip = [room / "env/bin/python", "-m", "pip", "install", "--quiet"]
    locked = ["--require-hashes", "--requirement", ROOT / "requirements/production.txt"]
    subprocess.run([*pip, *locked], check=True)
    subprocess.run([*pip, "--no-deps", wheel], check=True)
    (room / "here").mkdir()
    return Installed(room / "env/bin", room / "here")


@pytest.fixture(scope="module")
def cognito() -> Iterator[Sandbox]:
    with running_sandbox() as started:
        yield started


def test_everything_it_needs_is_declared(installed: Installed) -> None:
    """(SUP-01) What the wheel says it needs is what the lock holds, and it fits together."""
    subprocess.run([installed.bin / "python", "-m", "pip", "check"], check=True)


def test_the_installed_portal_signs_people_in(
    installed: Installed, cognito: Sandbox, tmp_path: Path
) -> None:
    """From the wheel alone: settings, tables, files, server, worker; a change and its notice."""
    url = f"http://localhost:{(port := free_port())}"
    variables = environment(cognito, url, PORTAL_STATIC_ROOT=str(tmp_path / "files"))
    installed.run("check", **variables)
    installed.run("migrate", **variables)
    installed.run("collectstatic", "--no-input", **variables)
    log = tmp_path / "portal.log"
    serve = [str(installed.bin / "mfa-portal"), "run", "--bind", f"127.0.0.1:{port}"]
    work = [str(installed.bin / "mfa-portal"), "worker", "--interval", "0.2"]
    with (
        running(serve, variables, log, cwd=installed.here),
        running(work, variables, tmp_path / "worker.log", cwd=installed.here),
    ):
        wait_for(f"{url}/sign-in/", log)
        walker = HttpWalker(url)
        page = walker.open("/sign-in/")
        for sheet in page.soup.select('link[rel="stylesheet"]'):
            assert walker.client.get(str(sheet["href"])).status_code == 200
        somebody = People(cognito, POOL_ID).make()
        walker.sign_in(somebody)
        enrol_app(walker)
        known = cognito.admin().admin_get_user(UserPoolId=POOL_ID, Username=somebody.username)
        assert known["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
        assert until(lambda: notices(cognito, somebody))
    # SQLite lies where the portal was started, nothing among the installed packages.
    assert (installed.here / "db.sqlite3").exists()


def test_the_sandbox_has_a_wheel_of_its_own(installed: Installed) -> None:
    """(SUP-05) It is not in the portal's wheel; the extra brings it, the same command starts it."""
    assert not list(installed.bin.parent.glob("lib/*/site-packages/sandbox"))
    pip = [installed.bin / "python", "-m", "pip", "install", "--quiet"]
    locked = ["--require-hashes", "--requirement", ROOT / "requirements/sandbox.txt"]
    subprocess.run([*pip, *locked], check=True)
    beside = ["--no-index", "--find-links", installed.here.parent]
    subprocess.run([*pip, *beside, "cognito-mfa-portal[sandbox]"], check=True)
    command = [installed.bin / "mfa-portal", "sandbox", "--scene", "demo"]
    ports = ["--port", "0", "--control-port", "0", "--smtp-port", "0"]
    with subprocess.Popen(
        [*command, *ports], cwd=installed.here, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline().startswith("http://127.0.0.1:")
        started.terminate()


def test_settings_and_usage_are_printed(installed: Installed) -> None:
    assert "PORTAL_SECRET_KEY=" in installed.run("settings")
    assert "worker" in installed.run("--help")

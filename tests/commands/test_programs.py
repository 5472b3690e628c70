"""Programs that are not the portal's own, as the documents name them."""

import ast
import inspect
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from babel.messages.mofile import read_mo

from deploy import lint
from sandbox.running import FREE_PORTS
from tests.commands.table import EXCEPTIONS, PROGRAM, as_they_stand
from tests.ship.kit import ROOT

SENTENCE = (
    b'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "a"\nmsgstr "b"\n'
)


def _run(typed: str, folder: Path = ROOT, *more: str) -> str:
    """What it prints, by the programs of this environment."""
    program, *words = shlex.split(typed)
    if program.startswith("python"):
        program = sys.executable
    elif (here := Path(sys.executable).with_name(program)).exists():
        program = str(here)
    done = subprocess.run(
        [program, *words, *more], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _describes_a_clone(typed: str, folder: Path) -> None:
    """By the commit where there is no tag yet, then by the tag."""
    git = "git -c user.name=a -c user.email=a@example.com -c core.hooksPath=/dev/null"
    for command in ("init -q .", "commit -q --allow-empty -m one"):
        _run(f"{git} {command}", folder)
    assert re.fullmatch(r"[0-9a-f]{7,}\n", _run(typed, folder))
    _run(f"{git} tag -a -m v1 v1.0.0", folder)
    assert _run(typed, folder) == "v1.0.0\n"


def _finds_tests(typed: str, folder: Path) -> None:
    assert re.search(r"^tests/\S+\.py: .*OTP-03", _run(typed), re.MULTILINE)


def _compiles(typed: str, folder: Path) -> None:
    """A sentence of one's own, in the place that docs/languages.md names."""
    where = folder / "en" / "LC_MESSAGES"
    where.mkdir(parents=True)
    (where / "django.po").write_bytes(SENTENCE)
    _run(typed, folder, "--directory", ".", "--domain", "django")
    with (where / "django.mo").open("rb") as file:
        assert {each.id: each.string for each in read_mo(file)}["a"] == "b"


def _answers(typed: str, folder: Path) -> None:
    """On ports of its own: those of the document may be taken by a demo."""
    _, *words = shlex.split(typed)
    command = [sys.executable, *words, *FREE_PORTS]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        said = [server.stdout.readline() for _ in range(2)]
        server.terminate()
        assert server.wait(timeout=30) == 0
    assert re.match(r"http://127\.0\.0\.1:\d+", said[0]), said


def _prints(what: str) -> Callable[[str, Path], None]:
    def check(typed: str, folder: Path) -> None:
        assert re.search(what, _run(typed), re.MULTILINE)

    return check


CHECKS = {
    "git describe --always": _describes_a_clone,
    "grep -r OTP-03 tests": _finds_tests,
    "pybabel compile": _compiles,
    "python -m sandbox": _answers,
    "python -m sandbox destinations": _prints(r"^\| `\+12025550101` \| `opted-out@example.com` \|"),
    "python -m sandbox operations": _prints(r"^\| SetUserMFAPreference \| no \| works \|$"),
    "python -m sandbox quotas": _prints(r"^\| UserAuthentication \| 120 \| yes \|"),
    "python -m sandbox switches": _prints(r"^\| `content_type_is_required` \|"),
    "python3": _prints(r"\Awhsec_[A-Za-z0-9+/]{43}=\n\Z"),
}


@pytest.mark.parametrize("typed", as_they_stand(PROGRAM))
def test_other_programs(typed: str, tmp_path: Path):
    known = max((each for each in CHECKS if typed.startswith(each)), key=len)
    CHECKS[known](typed, tmp_path)


# --- what no test can run -------------------------------------------------------------------------


def test_lint_deploy_asks_it():
    """Podman's file, by hadolint; and CI makes lint-deploy."""
    assert "podman build -t mfa-portal ." in EXCEPTIONS
    assert lint.image in lint.PARTS.values()
    assert '"Containerfile"' in inspect.getsource(lint.image)


def test_nox_knows_it():
    tree = ast.parse((ROOT / "noxfile.py").read_text())
    sessions = {each.name for each in tree.body if isinstance(each, ast.FunctionDef)}
    (typed,) = (each for each in EXCEPTIONS if each.startswith("nox "))
    assert typed.removeprefix("nox -s ") in sessions

"""`make` as the documents say it: run here, or run by CI; what takes long is in tests/typed."""

import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import IO

import pytest
from babel.messages.pofile import read_po
from django.apps import apps

from deploy.released_migrations import OURS
from deploy.released_scripts import LIST
from tests.commands.copies import by_hand, repository_in
from tests.commands.table import (
    CI,
    IN_A_COPY,
    SHORTER,
    as_they_stand,
)
from tests.ship.kit import ROOT

MAKEFILE = (ROOT / "Makefile").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
# What is there is not installed anew.
INSTALLED = ("--assume-old=.venv/.installed", "--assume-old=locale/.compiled")
PYTEST = PROJECT["tool"]["pytest"]["ini_options"]


# --- by CI -------------------------------------------------------------------------------------


@cache
def made_by_ci() -> frozenset[str]:
    """The targets that .ci/run names, and those that they need."""
    script = (ROOT / ".ci/run").read_text().replace("\\\n", " ")
    assert "\nset -euo pipefail\n" in script
    named = re.findall(
        r"^(?:\w+=\S+ +)*make ([a-z][a-z -]*?)(?: [A-Z_]+=.*)?$", script, re.MULTILINE
    )
    return frozenset(_with_needs(word for line in named for word in line.split()))


def _with_needs(targets: Iterable[str]) -> Iterator[str]:
    for target in targets:
        yield target
        found = re.search(rf"^{target}:([^#\n]*)", MAKEFILE, re.MULTILINE)
        assert found, target
        needs = re.findall(r"(?<!\S)[a-z][a-z-]*(?!\S)", found[1])
        yield from _with_needs(needs)


@pytest.mark.parametrize("typed", as_they_stand(CI))
def test_ci_makes_it(typed: str):
    """At every change, and whatever it says then stops the change."""
    assert typed.removeprefix("make ") in made_by_ci()


def test_what_ci_does_not_make_is_seen():
    assert "unit" in made_by_ci()
    assert not {"soak", "scan", "demo"} & made_by_ci()


# --- here, in a copy ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return repository_in(tmp_path_factory.mktemp("copy"))


@pytest.mark.parametrize("typed", as_they_stand(IN_A_COPY))
def test_in_a_copy_of_the_repository(typed: str, copy: Path):
    done = subprocess.run(
        shlex.split(typed), cwd=copy, env=by_hand(), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    AFTERWARDS[typed](copy, done.stdout)


def _nothing_is_left_to_say(copy: Path, said: str) -> None:
    lines = said.splitlines()
    assert lines
    assert all(line.endswith("sentences, 0 to do") for line in lines)
    for path in sorted(ROOT.glob("locale/*/*/LC_MESSAGES/*.po")):
        with path.open("rb") as here, (copy / path.relative_to(ROOT)).open("rb") as there:
            assert _told(here) == _told(there)


def _told(catalogue: IO[bytes]) -> set[tuple[str, str]]:
    return {(str(each.id), str(each.string)) for each in read_po(catalogue) if each.id}


def _every_migration_is_noted(copy: Path, said: str) -> None:
    noted = (copy / "deploy/released_migrations.txt").read_text().split()
    assert noted == sorted(noted)
    files = {
        f"{app.label}.{path.stem}"
        for app in apps.get_app_configs()
        if app.name.partition(".")[0] in OURS
        for path in Path(app.path, "migrations").glob("[0-9]*.py")
    }
    assert set(noted) == files


def _the_script_is_noted(copy: Path, said: str) -> None:
    listed = (copy / LIST.relative_to(ROOT)).read_text()
    newest = max((ROOT / "static/embed").glob("mfa-portal-*.js"))
    assert f'"{newest.name}"' in listed


def _both_are_fresh(copy: Path, said: str) -> None:
    assert re.fullmatch(r"PORTAL_SECRET_KEY=\S{60,}\nPORTAL_TOKEN_KEYS=\S{44}\n", said)


AFTERWARDS: dict[str, Callable[[Path, str], None]] = {
    "make messages": _nothing_is_left_to_say,
    "make released-element": _the_script_is_noted,
    "make released-migrations": _every_migration_is_noted,
    "make secrets": _both_are_fresh,
}


# --- the same tests, and more of them -----------------------------------------------------------


def recipe(typed: str) -> str:
    """What make would do."""
    done = subprocess.run(
        [*shlex.split(typed), *INSTALLED, "--dry-run"],
        cwd=ROOT,
        env=by_hand(),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.replace("\\\n", " ")


@pytest.mark.parametrize("typed", as_they_stand(SHORTER))
def test_a_shorter_one_is_part_of_make_test(typed: str):
    """The same files: with fewer examples, or without writing what they look at."""
    (line,) = (recipe(typed) if typed.startswith("make ") else f"{typed}\n").splitlines()
    more, _, words = line.partition(" -m pytest ")
    paths = [Path(word) for word in words.split() if word.startswith("tests/")]
    assert paths
    for path in paths:
        assert (ROOT / path).is_file()
        assert not {*path.parts} & {*PYTEST["norecursedirs"]}
        assert path.as_posix() not in recipe("make unit")
    for name in re.findall(r"(\w+)=", more):
        assert any(f'"{name}"' in source for source in _sources_beside(paths)), name


def _sources_beside(paths: list[Path]) -> Iterator[str]:
    for folder in {path.parent for path in paths}:
        yield from (path.read_text() for path in (ROOT / folder).glob("*.py"))

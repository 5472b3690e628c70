"""What takes minutes as it stands in the documents, with less to do: it ends, and leaves what it
is there for. Whole it is run by who changes what it looks at (CONTRIBUTING.md)."""

import re
import shlex
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.commands.copies import by_hand
from tests.commands.table import LESS_TO_DO, as_they_stand


@dataclass(frozen=True)
class Less:
    """told: variables beside its words. says: somewhere in what it prints. writes: a file that it
    makes anew. measures: it fails where a target is missed, which so few rounds do not tell."""

    told: Mapping[str, str] = field(default_factory=dict)
    says: str = ""
    writes: str = ""
    measures: bool = False
    before: Callable[[Path], None] | None = None


def _only(test: str, says: str = r"=+ 1 passed") -> Less:
    """One test of many, in one process."""
    return Less({"PYTEST_ADDOPTS": f"-k '{test}'", "WORKERS": "0"}, says)


def _released(copy: Path) -> None:
    """A history: the last release is as this is."""
    git = "git -c user.name=a -c user.email=a@example.com -c core.hooksPath=/dev/null"
    for words in (
        "init -q",
        "add accounts portal templates static locale .env.example",
        "commit -q -m one",
        "tag v0",
        "commit --allow-empty -qm two",
    ):
        subprocess.run(shlex.split(f"{git} {words}"), cwd=copy, check=True)


def _fewer_mutants(copy: Path) -> None:
    """Of one module alone, before its own tests."""
    path = copy / "pyproject.toml"
    text, modules = re.subn(
        r"(?s)(?<=\nsource_paths = )\[.*?\]", f'["{MUTATED}"]', path.read_text()
    )
    text, tests = re.subn(r"(?s)(?<=_test_selection = )\[.*?\]", f'["{NOTICED_BY}"]', text)
    assert (modules, tests) == (1, 1)
    path.write_text(text)


MUTATED, NOTICED_BY = "portal/helpdesk/matrix.py", "tests/unit/test_helpdesk_matrix.py"
SHARE = {"BENCH_SHARE": "0.01"}
LESS = {
    "make accessibility": Less(
        _only("test_a_page_nobody_can_provoke and 500").told,
        r"=+ 1 passed",
        "docs/accessibility.md",
    ),
    "make bench": Less(
        SHARE,
        r"^\| Lighthouse, mobile: overview: accessibility \|",
        "docs/performance.md",
        measures=True,
    ),
    "make bench-helpdesk": Less(
        SHARE, r"^\| the page of a person \|", "docs/helpdesk-performance.md"
    ),
    "make bench-sandbox": Less(
        SHARE, r"^\| GetUser \| 10 ", "docs/sandbox-performance.md", measures=True
    ),
    "make fuzz-api": Less({"OPTIONS": "--examples 1 --people 4"}, r"Tested: \d\d"),
    "make mutation": Less(says=r"^\d+\.\d % of \d+ changes", before=_fewer_mutants),
    "make scale-simulation": Less(
        {"OPTIONS": "--share 1 --seconds 2 --apps 2"},
        r"^\| the busiest hour",
        "docs/scale.md",
        measures=True,
    ),
    "make scan": Less({"OPTIONS": "--only headers"}, r"^headers: 0 found"),
    "make screenshots": Less(writes="docs/images/embed.png"),
    "make soak": Less(
        {**SHARE, "SECONDS": "6"}, r"^\| failed requests", "docs/performance.md", measures=True
    ),
    "make test-backup": _only("restored"),
    "make test-cluster": _only("one_lock and not RQ"),
    "make test-engines": _only("own_site and Chromium-on"),
    "make test-faults": _only("connections_that_the_server_ends and not RQ"),
    "make test-pooler": _only("write_one_chain_on_a_server"),
    "make test-rollout": Less(_only("lives_on_the_tables").told, r"=+ 1 passed", before=_released),
    "make test-wheel": _only("settings_and_usage"),
}


# What needs servers has them soon; all else measures, draws or searches.
WITH_SERVERS = "make test-"


def _by_what_it_takes(typed: str) -> Any:
    marks = () if typed.startswith(WITH_SERVERS) else pytest.mark.minutes
    return pytest.param(typed, marks=marks, id=typed)


@pytest.mark.parametrize("typed", [_by_what_it_takes(each) for each in as_they_stand(LESS_TO_DO)])
def test_with_less_to_do(typed: str, copy: Path):
    less = LESS[typed]
    if less.before:
        less.before(copy)
    written = copy / less.writes
    before = written.stat().st_mtime_ns
    done = subprocess.run(
        shlex.split(typed),
        cwd=copy,
        env={**by_hand(), **less.told},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0 or less.measures, said[-6000:]
    assert re.search(less.says, said, re.MULTILINE), said[-6000:]
    assert not less.writes or written.stat().st_mtime_ns > before

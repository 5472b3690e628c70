"""The npm package of the element: built anew, tested on Node, its types compiled."""

from __future__ import annotations

import subprocess
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "packages/mfa-portal"


def run(*command: str) -> str:
    ended = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def test_what_is_committed_is_what_the_source_gives() -> None:
    """Twice the same bytes, and those of the repository."""
    twice = (
        "import { FILES, built } from './build.mjs';"
        "for (const [path, how] of Object.entries(FILES))"
        " if (await built(...how) !== await built(...how)) throw new Error(path);"
    )
    run("node", "--input-type=module", "--eval", twice)
    run("node", "build.mjs", "--check")


def test_its_own_tests_pass() -> None:
    """(EMB-18) themes, messages and origins, by Node's own runner."""
    said = run("node", "--test", "test/")
    assert "# fail 0" in said
    assert "# pass 0" not in said


def test_applications_in_typescript_compile() -> None:
    """What the types allow, and what they refuse."""
    run("node_modules/.bin/tsc", "-p", ".")

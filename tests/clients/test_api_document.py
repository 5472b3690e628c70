"""The calls of the documents, run as they stand there: curl, httpx, and fetch on Node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.settings  # noqa: F401  (variables that any client of the sandbox needs)
from tests.browser.portal_process import ROOT, Portal, running_portal
from tests.people import People
from tests.sandbox_process import Sandbox, running_sandbox

CLIENT = "demoportaloptional00000001"
AGENTS = "helpdesk"


def blocks(document: str, chapter: str) -> dict[str, str]:
    """The examples of one chapter, by their language."""
    text = (ROOT / document).read_text().partition(chapter)[2].partition("\n## ")[0]
    return dict(re.findall(r"```(\w+)\n(.*?)\n```", text, re.DOTALL))


BLOCKS = blocks("docs/api.md", "## From another app")
DESK = blocks("docs/helpdesk.md", "## For programs")


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Sandbox, Portal]]:
    data = tmp_path_factory.mktemp("api")
    with (
        running_sandbox() as sandbox,
        running_portal(
            sandbox,
            data,
            pool="Optional1",
            client_id=CLIENT,
            PORTAL_API_CLIENTS=CLIENT,
            PORTAL_HELPDESK="true",
            PORTAL_RECOVERY="true",
            PORTAL_ROLE_GROUPS=f"agent={AGENTS}",
            PORTAL_HELPDESK_API_CLIENTS=CLIENT,
        ) as portal,
    ):
        yield sandbox, portal


def run(served: tuple[Sandbox, Portal], command: list[str], *, on: str = "") -> str:
    """What a program prints that has the token of somebody. on: a method turned on since."""
    sandbox, portal = served
    people = People(sandbox, portal.pool_id)
    nora = people.make()
    variables = {**os.environ, "PORTAL": portal.url, "TOKEN": people.access_token(nora)}
    if on:
        people.prefer(nora, (on,), on)
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_curl(served: tuple[Sandbox, Portal]) -> None:
    script = BLOCKS["sh"].replace("$(uuidgen)", "a-key-of-my-own")
    first, second = run(served, ["bash", "-c", script]).split('{"success": true')[1:]
    assert '"activated": []' in first
    assert '"preferred": "EMAIL_OTP"' in second


def test_httpx(served: tuple[Sandbox, Portal]) -> None:
    program = [sys.executable, "-c", BLOCKS["python"]]
    assert run(served, program, on="EMAIL_OTP") == "['EMAIL_OTP'] -> []\n"


def test_fetch(served: tuple[Sandbox, Portal], tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node, "Node is needed"
    program = tmp_path / "example.mjs"
    program.write_text(BLOCKS["javascript"])
    assert run(served, [node, str(program)]) == "true\n"

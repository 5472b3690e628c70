"""The calls of docs/embedding.md, run as they stand there: curl, httpx, and fetch on Node."""

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
from tests.browser.portal_process import ROOT, Portal, _environment, running_portal
from tests.people import People
from tests.sandbox_process import Sandbox, running_sandbox

CLIENT = "demoportaloptional00000001"
CHAPTER = (
    (ROOT / "docs/embedding.md").read_text().partition("## In an hour")[2].partition("\n## ")[0]
)
BLOCKS = dict(re.findall(r"```(\w+)\n(.*?)\n```", CHAPTER, re.DOTALL))
TICKET = re.compile(r"[\w-]{43}", re.ASCII)


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """What an application's server knows: where the portal is, its key, a person's token."""
    data = tmp_path_factory.mktemp("embed")
    with (
        running_sandbox() as sandbox,
        running_portal(
            sandbox, data, pool="Optional1", client_id=CLIENT, PORTAL_EMBED="true"
        ) as portal,
    ):
        key = _registered(sandbox, data, portal)
        people = People(sandbox, portal.pool_id)
        token = people.access_token(people.make())
        yield {**os.environ, "PORTAL": portal.url, "PORTAL_EMBED_KEY": key, "TOKEN": token}


def _registered(sandbox: Sandbox, data: Path, portal: Portal) -> str:
    embed = [sys.executable, "manage.py", "embed", "client", "add", "acme"]
    ended = subprocess.run(
        [*embed, "--origin", "https://app.example.com", "--app-client", CLIENT],
        cwd=ROOT,
        env=_environment(sandbox, data, portal, CLIENT) | {"PORTAL_EMBED": "true"},
        check=True,
        capture_output=True,
        text=True,
    )
    return ended.stdout.split()[-1]


def run(variables: dict[str, str], *command: str) -> str:
    done = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_curl(variables: dict[str, str]) -> None:
    """(EMB-05) a ticket, from server to server."""
    answer = run(variables, "bash", "-c", BLOCKS["sh"])
    assert re.search(r'"ticket": "[\w-]{43}"', answer)


def test_httpx(variables: dict[str, str]) -> None:
    """(EMB-05)"""
    assert TICKET.fullmatch(run(variables, sys.executable, "-c", BLOCKS["python"]).strip())


def test_fetch(variables: dict[str, str], tmp_path: Path) -> None:
    """(EMB-05) Node's fetch is no browser's."""
    node = shutil.which("node")
    assert node, "Node is needed"
    program = tmp_path / "example.mjs"
    program.write_text(BLOCKS["javascript"])
    assert TICKET.fullmatch(run(variables, node, str(program)).strip())

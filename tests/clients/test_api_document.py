"""The calls of the documents, run as they stand there: curl, httpx, and fetch on Node."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import tests.settings  # noqa: F401  (variables that any client of the sandbox needs)
from tests.browser.portal_process import ROOT, Portal, running_portal, running_worker
from tests.http_walker import HttpWalker
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox, running_sandbox

CLIENT = "demoportaloptional00000001"
AGENTS = "helpdesk"
APP = "SOFTWARE_TOKEN_MFA"


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
        running_worker(sandbox, data, portal, CLIENT),
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


# --- the helpdesk -----------------------------------------------------------------------------

# What a desk of one's own would do: ask its operator, and wait for what they type.
ASKING = """
def ask(what):
    print(f"? {what}", flush=True)
    return input()
"""


def at_the_desk(served: tuple[Sandbox, Portal]) -> tuple[Somebody, dict[str, str]]:
    """A caller with an app, and the variables of an agent's program."""
    sandbox, portal = served
    people = People(sandbox, portal.pool_id)
    ella, agent = (people.make(app=True, on=(APP,)) for _ in range(2))
    people.join(agent, AGENTS)
    variables = {"PORTAL": portal.url, "TOKEN": people.access_token(agent), "CALLER": ella.email}
    return ella, {**os.environ, **variables}


def test_an_agents_program_frees_a_caller(served: tuple[Sandbox, Portal], tmp_path: Path) -> None:
    sandbox, portal = served
    ella, variables = at_the_desk(served)
    walker = HttpWalker(portal.url)
    walker.open("/sign-in/")
    walker.send("Sign in", login=ella.username, password=ella.password)
    walker.open(walker.page.link("I can’t use any of these"))
    shown = walker.send("Show the code for the helpdesk").soup.select(".key-text")[0].get_text()
    (tmp_path / "desk.py").write_text(ASKING)
    program = subprocess.Popen(
        [sys.executable, "-c", DESK["python"]],
        env={**variables, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with program as running:
        assert running.stdin is not None
        assert running.stdout is not None
        said = []
        for line in running.stdout:
            said.append(line.strip())
            if line.startswith("? "):
                code = shown if "see" in line else mailed_code(sandbox, ella.email)
                running.stdin.write(f"{code}\n")
                running.stdin.flush()
    assert running.returncode == 0, said
    assert said[-1] == "done"
    walker.open("/recovery/")
    assert "The helpdesk let you in here" in walker.page.text


def mailed_code(sandbox: Sandbox, address: str) -> str:
    """The helpdesk's code in this mailbox, once the worker has sent it."""
    for _ in range(300):
        for message in sandbox.inbox(address):
            found = re.search(r"Your code for the helpdesk: (\d{6})", message["text"])
            if found:
                return found[1]
        time.sleep(0.05)
    raise AssertionError("no code was sent")


def test_curl_at_the_desk(served: tuple[Sandbox, Portal]) -> None:
    _, variables = at_the_desk(served)
    script = DESK["sh"].replace("$(uuidgen)", "a-key-of-my-own")
    done = subprocess.run(
        ["/bin/bash", "-ec", script], env=variables, capture_output=True, text=True, check=True
    )
    assert '"act": "end_sessions"' in done.stdout
    assert '"what": "All sessions were ended"' in done.stdout


def test_fetch_at_the_desk(served: tuple[Sandbox, Portal], tmp_path: Path) -> None:
    node = shutil.which("node")
    assert node, "Node is needed"
    _, variables = at_the_desk(served)
    program = tmp_path / "example.mjs"
    program.write_text(DESK["javascript"])
    done = subprocess.run(
        [node, str(program)], env=variables, capture_output=True, text=True, check=True
    )
    assert "end_sessions open" in done.stdout
    assert "issue_pass check" in done.stdout
    assert "disable role" in done.stdout

"""The examples of docs/sandbox.md, run one after the other as they stand there."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clients.aws_cli import AWS, ROOT
from tests.clients.conftest import NODE
from tests.sandbox.kit import Server, start, stop

DOCUMENT = (ROOT / "docs/sandbox.md").read_text()
BLOCK = re.compile(r"```(\w+)\n(.*?)\n```", re.DOTALL)
# The one of pytest is run by tests/sandbox/test_plugin.py, the others by tests of their own parts.
USES = ("boto3", "AWS CLI", "pycognito", "Amplify JS", "curl", "Tokens")
EXAMPLES = "".join(
    text for text in re.split(r"^##+ ", DOCUMENT, flags=re.M) if text.partition("\n")[0] in USES
)
# Told apart from what stays the same: ids, numbers, times.
CHANGING = re.compile(r"^date: .*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(\.\d+)?", re.M)
BETWEEN = "=====next====="


@pytest.fixture
def here() -> Iterator[Server]:
    """A fresh sandbox with the demo scene."""
    server = start()
    yield server
    stop(server)


def test_c014_every_example_says_what_the_document_says(here: Server, tmp_path: Path) -> None:
    """AWS CLI, boto3, pycognito, Amplify JS, curl: each block gives the output printed below it."""
    blocks = [(language, text) for language, text in BLOCK.findall(EXAMPLES)]
    exports = ""
    ran = []
    for (language, text), (_, output) in zip(blocks, [*blocks[1:], ("", "")], strict=True):
        if language == "console":
            exports += "".join(f"{line[2:]}\n" for line in exported(text))
            compare(in_a_shell(here, exports, commands(text)), outputs(text))
        elif language in ("python", "javascript"):
            compare([on_its_own(here, exports, language, text, tmp_path)], [output])
        ran.append(language)
    assert {"console", "python", "javascript"} <= set(ran)


def exported(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith("$ export ")]


def commands(text: str) -> list[str]:
    return [line[2:] for line in text.splitlines() if line.startswith("$ ")]


def outputs(text: str) -> list[str]:
    """What stands below each command."""
    parts = re.split(r"^\$ .*$", text, flags=re.M)
    return [part.strip() for part in parts[1:]]


def in_a_shell(server: Server, exports: str, lines: list[str]) -> list[str]:
    """What each command prints, all in one shell."""
    script = exports + f"printf '{BETWEEN}'\n".join(f"{line}\n" for line in lines)
    return run(server, ["bash", "-c", moved(server, script)]).split(BETWEEN)


def on_its_own(server: Server, exports: str, language: str, text: str, folder: Path) -> str:
    """What a program prints; Node finds its packages beside the file."""
    if language == "python":
        program = folder / "example.py"
        program.write_text(moved(server, text))
        command = f"{exports}{sys.executable} {program}"
        return run(server, ["bash", "-c", moved(server, command)])
    program = NODE / "node_modules" / f"example-{os.getpid()}.mjs"
    program.write_text(moved(server, text))
    try:
        return run(server, ["node", str(program)])
    finally:
        program.unlink()


def moved(server: Server, text: str) -> str:
    """The same with the ports of this sandbox."""
    return text.replace("http://127.0.0.1:9229", server.api).replace(
        "http://127.0.0.1:9230", server.control
    )


def run(server: Server, command: list[str]) -> str:
    path = f"{AWS.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {"PATH": path, "AWS_PAGER": "", "AWS_CONFIG_FILE": os.devnull}
    ended = subprocess.run(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
    )
    warnings = re.compile(r"^\[WARN\].*\n", re.M)
    text = warnings.sub("", ended.stdout).replace("\r\n", "\n")
    return text.replace(server.api, "http://127.0.0.1:9229").strip()


def compare(printed: list[str], written: list[str]) -> None:
    assert [same(text) for text in printed] == [same(text) for text in written]


def same(text: str) -> str:
    """A text without what changes from run to run."""
    return CHANGING.sub("#", text.strip())

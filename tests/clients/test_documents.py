"""The examples of docs/sandbox.md, run one after the other as they stand there."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import documents
from tests.clients.aws_cli import AWS, ROOT
from tests.clients.conftest import NODE
from tests.commands.table import CURL, as_they_stand, beginning_of
from tests.sandbox.kit import Server, start, stop

DOCUMENT = (ROOT / "docs/sandbox.md").read_text()
BLOCK = re.compile(r"```(\w+)\n(.*?)\n```", re.DOTALL)
# The one of pytest is run by tests/sandbox/test_plugin.py, the others by tests of their own parts.
USES = ("boto3", "AWS CLI", "pycognito", "Amplify JS", "curl", "Tokens")
CHAPTERS = re.split(r"^##+ ", DOCUMENT, flags=re.M)
EXAMPLES = "".join(text for text in CHAPTERS if text.partition("\n")[0] in USES)
OTHERS = "".join(text for text in CHAPTERS if text.partition("\n")[0] not in USES)
# Told apart from what stays the same: ids, numbers, times.
CHANGING = re.compile(r"^date: .*|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\d+(\.\d+)?", re.M)
SETUP = ("docs/cognito-setup.md", "aws cognito-idp ")
SET = {
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ACCESS_KEY_ID": "any",
    "AWS_SECRET_ACCESS_KEY": "any",
    "SENDER_ARN": "arn:aws:ses:eu-central-1:123456789012:identity/example.com",
    "SMS_ROLE_ARN": "arn:aws:iam::123456789012:role/sms",
}
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


def test_every_other_command_says_what_the_document_says(here: Server) -> None:
    """Managed login, clock, trouble: what is no start of a sandbox and no scene is one of these."""
    blocks = [text for language, text in BLOCK.findall(OTHERS) if language == "console"]
    asked = [text for text in blocks if commands(text)[0].startswith("curl ")]
    for text in asked:
        compare(in_a_shell(here, "", commands(text)), outputs(text))
    rest = {line for text in blocks if text not in asked for line in commands(text)}
    assert len(asked) > 2
    assert all(line.startswith(("python -m sandbox", "pytest ")) for line in rest)


def test_a_scene_is_taken_along_as_printed(here: Server, tmp_path: Path) -> None:
    """docs/sandbox.md: out of one, into another, out of a folder, and at a start."""
    (text,) = (text for _, text in BLOCK.findall(DOCUMENT) if "scene export" in text)
    out, into, of_folder, begin = (line.partition(" #")[0].split()[1:] for line in commands(text))
    other = start("--data", str(tmp_path / ".demo"), "--scene", "empty")

    def run_here(*words: str) -> None:
        words = tuple(word.replace("http://127.0.0.1:9330", other.control) for word in words)
        subprocess.run([sys.executable, *words], cwd=tmp_path, env=importable(), check=True)

    run_here(*out, "--control", here.control)
    run_here(*into)
    assert {"nora", "rosa"} <= names(other)
    stop(other)
    (tmp_path / "scene.json").unlink()
    run_here(*of_folder)
    again = start(*begin[2:3], str(tmp_path / begin[3]))
    assert {"nora", "rosa"} <= names(again)
    stop(again)


def importable() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT)}


def names(server: Server) -> set[str]:
    """Whom a sandbox knows, by the page for tests."""
    return {each["username"] for each in server.ask("GET", "/scene.json")["people"]}


def test_the_raw_operation_answers_as_printed(here: Server) -> None:
    """docs/api.md: taken, and refused; in one shell, since the token is asked for once."""
    chapter = (ROOT / "docs/api.md").read_text().partition("## The raw operation")[2]
    blocks = BLOCK.findall(chapter)
    script = f"\nprintf '{BETWEEN}'\n".join(text for language, text in blocks if language == "sh")
    printed = run(here, ["bash", "-c", moved(here, script)]).split(BETWEEN)
    written = [text for language, text in blocks if language == "http"]
    assert len(written) == 2
    for answer, expected in zip(printed, written, strict=True):
        # Which of its headers a reader needs is the document's choice.
        assert {same(line) for line in expected.splitlines()} <= {
            same(line) for line in answer.splitlines()
        }


def test_the_aws_cli_sets_up_a_pool_as_printed(here: Server) -> None:
    """docs/cognito-setup.md: by the CLI itself, in one shell; the first one prints the id."""
    typed = [each.text for each in documents.commands() if beginning_of(each) == SETUP]
    assert [text.split()[2] for text in typed] == [
        "create-user-pool",
        "set-user-pool-mfa-config",
        "create-user-pool-client",
    ]
    exports = "".join(f"export {name}={value}\n" for name, value in SET.items())
    exports += f"export AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER={here.api}\n"
    pool = json.loads(run(here, ["bash", "-ec", f"{exports}{typed[0]}"]))["UserPool"]
    exports += f"POOL_ID={pool['Id']}\n"
    methods = json.loads(run(here, ["bash", "-ec", f"{exports}{typed[1]}"]))
    assert methods["MfaConfiguration"] == "OPTIONAL"
    assert {"SmsMfaConfiguration", "SoftwareTokenMfaConfiguration"} < {*methods}
    client = json.loads(run(here, ["bash", "-ec", f"{exports}{typed[2]}"]))["UserPoolClient"]
    assert (client["UserPoolId"], client["ClientName"]) == (pool["Id"], "portal")


def test_curl_reaches_cognito_or_says_why_not(here: Server) -> None:
    """docs/operations.md: of a region, here the sandbox; and where nobody answers."""
    (typed,) = as_they_stand(CURL)
    address = "https://cognito-idp.REGION.amazonaws.com"
    assert address in typed
    assert "< HTTP/1.1 " in run(here, shlex.split(typed.replace(address, here.api)))
    silent = run(here, shlex.split(typed.replace(address, "http://127.0.0.1:1")))
    assert "Failed to connect" in silent


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

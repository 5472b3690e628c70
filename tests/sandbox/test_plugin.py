"""The pytest plugin, used as a stranger would: in another folder, by its name alone."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.running import ControlRefused, NotStarted, running_sandbox

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "sandbox.md").read_text()


def elsewhere(folder: Path, test: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a test file in a folder that has nothing else."""
    (folder / "test_it.py").write_text(test)
    known = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "sandbox.pytest_plugin", *options],
        cwd=folder,
        env={**known, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_example_of_the_documentation(tmp_path: Path) -> None:
    example = re.search(r"```python\n(# test_sign_in.py\n.*?)```", DOCUMENT, re.DOTALL)
    assert example is not None
    done = elsewhere(tmp_path, example.group(1))
    assert done.returncode == 0, done.stdout
    assert "3 passed" in done.stdout


FOLLOWING = """
import boto3

def test_first(cognito):
    boto3.client("cognito-idp").create_user_pool(PoolName="left over")
    cognito.clock.advance(5000)
    cognito.ask("POST", "/trouble", {"operation": "*", "kind": "throttle"})

def test_second(cognito):
    assert cognito.ask("GET", "/scene.json")["people"] == []
    assert boto3.client("cognito-idp").list_user_pools(MaxResults=5)["UserPools"] == []
    assert cognito.ask("GET", "/clock")["offset"] == 0
    assert cognito.ask("GET", "/trouble") == []

def test_session(cognito_sandbox):
    assert cognito_sandbox.calls() == {"ListUserPools": 1}
"""


def test_each_test_begins_anew_with_the_scene_of_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nsandbox_options = --scene empty\n")
    done = elsewhere(tmp_path, FOLLOWING)
    assert "3 passed" in done.stdout, done.stdout


def test_options_that_make_no_sense_are_named(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\nsandbox_options = --scene nowhere.json\n")
    done = elsewhere(tmp_path, "def test_it(cognito):\n    pass\n")
    assert done.returncode == 1
    assert "NotStarted" in done.stdout
    assert "nowhere.json: No such file" in done.stdout + done.stderr


def test_hands_of_a_running_sandbox() -> None:
    with running_sandbox("--scene", "demo") as cognito:
        assert {each["username"] for each in cognito.reset()["people"]} >= {"nora", "tom"}
        cognito.clock.stand_still()
        stood = cognito.clock.now()
        with cognito.clock.later(100):
            assert cognito.clock.now() - stood == pytest.approx(100, abs=0.01)
        assert cognito.clock.now() == pytest.approx(stood, abs=0.01)
        cognito.clock.run()
        with cognito.trouble("GetUser", "throttle"):
            assert len(cognito.ask("GET", "/trouble")) == 1
        assert cognito.ask("GET", "/trouble") == []
        assert cognito.inbox() == []
        with pytest.raises(LookupError, match="no code was sent to"):
            cognito.newest_code("+61491570156")
        with pytest.raises(ControlRefused, match="scene must be one of"):
            cognito.reset("summer")
        cognito.forget_calls()
        assert cognito.calls() == {}
    assert cognito.process.returncode == 0


def test_a_sandbox_that_does_not_start() -> None:
    with pytest.raises(NotStarted, match="ended with status 2"), running_sandbox("--switch", "x=1"):
        pass

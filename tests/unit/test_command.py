"""`mfa-portal`: each word leads where it says."""

import sys
import tomllib
from contextlib import suppress
from pathlib import Path

import pytest

from portal import cli

EXAMPLE = Path(__file__).parents[2] / ".env.example"


class Became(Exception):
    """What the process would now be."""


def called(monkeypatch: pytest.MonkeyPatch, *words: str) -> list[str]:
    def become(path: str, command: list[str]) -> None:
        assert path == sys.executable
        raise Became(*command[1:])

    monkeypatch.setattr(sys, "argv", ["mfa-portal", *words])
    monkeypatch.setattr(cli.os, "execv", become)
    with pytest.raises(Became) as became:
        cli.main()
    return list(became.value.args)


def test_the_server_and_the_sandbox_become_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a signal reaches them, and their exit status is the command's."""
    server = ["-m", "gunicorn", "--config", "python:portal.server", "portal.wsgi"]
    assert called(monkeypatch, "run", "--workers", "3") == [*server, "--workers", "3"]
    assert called(monkeypatch, "sandbox", "--help") == ["-m", "sandbox", "--help"]


@pytest.mark.parametrize(
    ("words", "seen"),
    [
        ([], "mfa-portal COMMAND"),
        (["--help"], "mfa-portal COMMAND"),
        (["settings"], EXAMPLE.read_text()),
        (["purge", "--help"], "usage: mfa-portal purge"),
    ],
)
def test_other_words_print_or_are_django_s(
    words: list[str],
    seen: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "argv", ["mfa-portal", *words])
    with suppress(SystemExit):
        cli.main()
    assert seen in capsys.readouterr().out


def test_migrating_makes_the_cache_table_too(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr(cli, "django", lambda words: done.append(words[0]))
    monkeypatch.setattr(sys, "argv", ["mfa-portal", "migrate"])
    cli.main()
    assert done == ["migrate", "createcachetable"]


def test_without_the_sandbox_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """(SUP-05)"""
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["mfa-portal", "sandbox"])
    with pytest.raises(SystemExit, match="pip install cognito-mfa-sandbox"):
        cli.main()


def test_the_sandbox_s_package_needs_what_the_extra_names() -> None:
    """So that what is locked here is what it is tested with."""
    ours, its = (
        tomllib.loads((EXAMPLE.parent / name).read_text())["project"]
        for name in ("pyproject.toml", "sandbox/pyproject.toml")
    )
    assert its["dependencies"] == ours["optional-dependencies"]["sandbox"]
    assert its["version"] == ours["version"]

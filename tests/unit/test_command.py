"""`mfa-portal`: each word leads where it says."""

import re
import subprocess
import sys
import tomllib
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from portal import cli

pytestmark = pytest.mark.usefixtures("log_as_it_was")
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


def test_it_loads_next_to_nothing_to_become_the_server() -> None:
    """RES-07: what asks over HTTP, for `health` alone, was more than the rest together."""
    look = "import sys, portal.cli; print({'django', 'http.client'} & sys.modules.keys())"
    done = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"


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


@pytest.mark.parametrize("word", ["run", "worker", "doctor", "migrate", "check"])
def test_what_is_not_set_is_named_in_a_line(word: str, tmp_path: Path) -> None:
    """DAT-03: all of it at once, and where to read what it means; no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "portal.cli", word],
        cwd=EXAMPLE.parent,
        env={"PORTAL_ENV_FILE": str(tmp_path / "none"), "PORTAL_URL": "http://localhost"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.fullmatch(
        "mfa-portal: Set PORTAL_SECRET_KEY, PORTAL_TOKEN_KEYS, COGNITO_USER_POOL_ID,"
        " COGNITO_CLIENT_ID, EMAIL_URL: .+`mfa-portal settings`.\n",
        done.stderr,
    )


@pytest.mark.parametrize(
    ("options", "then"),
    [([], ["createcachetable"]), (["--check"], []), (["--plan"], [])],
)
def test_migrating_makes_the_cache_table_too(
    options: list[str], then: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """But whoever only asks changes nothing."""
    done: list[str] = []
    monkeypatch.setattr(cli, "django", lambda words: done.append(words[0]))
    monkeypatch.setattr(sys, "argv", ["mfa-portal", "migrate", *options])
    cli.main()
    assert done == ["migrate", *then]


def test_without_the_sandbox_the_command_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """(SUP-05)"""
    monkeypatch.setattr(cli, "find_spec", lambda name: None)
    monkeypatch.setattr(sys, "argv", ["mfa-portal", "sandbox"])
    with pytest.raises(SystemExit, match="pip install cognito-mfa-sandbox"):
        cli.main()


def test_the_sandbox_s_package_needs_what_is_locked_for_it() -> None:
    """(SUP-05) what is locked is what it is tested with, and the portal's extra brings it along."""
    ours, its = (
        tomllib.loads((EXAMPLE.parent / name).read_text())
        for name in ("pyproject.toml", "sandbox/pyproject.toml")
    )
    package = its["project"]
    assert package["dependencies"] == ours["dependency-groups"]["sandbox"]
    assert ours["project"]["optional-dependencies"]["sandbox"] == [
        f"{package['name']}=={package['version']}"
    ]
    assert package["version"] == ours["project"]["version"]


def test_production_is_not_locked_with_what_the_sandbox_alone_needs() -> None:
    """(SUP-05) a server for tests, and keys it signs with, have no place in an image."""
    locked = (EXAMPLE.parent / "requirements/production.txt").read_text()
    for name in ("aiosmtpd", "authlib", "joserfc", "pyotp", "uvicorn"):
        assert f"\n{name}==" not in f"\n{locked}"


@pytest.mark.parametrize(("status", "exits"), [(200, 0), (503, 1), (None, 1)])
def test_a_container_asks_its_own_server_whether_it_is_alive(
    status: int | None, exits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """(RES-08): by the port it listens on, as a proxy would."""

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            is_ours = self.path == "/health/live" and self.headers["X-Forwarded-Proto"] == "https"
            self.send_response(status or 500 if is_ours else 404)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Server) as server:
        thread = Thread(target=server.handle_request)
        if status:
            thread.start()
        else:
            server.server_close()
        monkeypatch.setenv("PORTAL_BIND", f"0.0.0.0:{server.server_port}")
        monkeypatch.setattr(sys, "argv", ["mfa-portal", "health"])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert int(end.value.code or 0) == exits
        if status:
            thread.join()

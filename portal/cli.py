"""`mfa-portal`: the portal from the command line, wherever the wheel is installed.

run, worker, migrate and sandbox are said here; every other word (check, doctor, purge, audit,
collectstatic, ...) is one of Django's command line, with the same options.
"""

import os
import sys
from collections.abc import Callable
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

USAGE = """mfa-portal COMMAND [options]

  run            the web server (gunicorn; options are gunicorn's)
  worker         sends notices and does changes for many people; told by RQ where TASKS_URL is set
  prepare        tables, cache table and static files: before the first start, and at each release
  migrate        the tables of it alone
  check          are the settings right? (--deploy: also for production)
  doctor         do user pool and machine fit? says what to do
  purge          delete what is over: once a day
  rotate_keys    seal again what is sealed with a former key
  collectstatic  the static files alone, into PORTAL_STATIC_ROOT: when an image is built
  health         does the server of this machine answer? (for a container's health check)
  settings       every environment variable, with its default
  sandbox        a local Cognito: the extra "sandbox", the package cognito-mfa-sandbox

PORTAL_ENV_FILE names a file of settings; without it .env in the current directory is read.
"""
# With these nothing is made, only told.
ASKS = frozenset({"--check", "--plan"})
PACKAGE = Path(__file__).resolve().parent


def run(arguments: list[str]) -> NoReturn:
    """Become gunicorn: its signals and exit status are the server's own."""
    _become("gunicorn", "--config", "python:portal.server", "portal.wsgi", *arguments)


def sandbox(arguments: list[str]) -> NoReturn:
    # By its name alone: what ships knows nothing of it (SUP-05).
    if find_spec("sandbox") is None:
        sys.exit("The sandbox is a package of its own: pip install cognito-mfa-sandbox")
    _become("sandbox", *arguments)


def _become(module: str, *arguments: str) -> NoReturn:
    sys.stdout.flush()
    os.execv(sys.executable, [sys.executable, "-m", module, *arguments])  # noqa: S606


def health(arguments: list[str]) -> None:
    """Exit status 1 unless the server here says that it is alive."""
    # Half of what `run` would load before it becomes gunicorn.
    from urllib.request import Request, urlopen  # noqa: PLC0415

    port = os.environ.get("PORTAL_BIND", "127.0.0.1:8000").rpartition(":")[2]
    url = f"http://127.0.0.1:{port}/health/live"
    # As the proxy in front would ask: otherwise it is led to https.
    request = Request(url, headers={"X-Forwarded-Proto": "https"})
    try:
        with urlopen(request, timeout=2) as answer:  # noqa: S310
            alive = answer.status == HTTPStatus.OK
    except OSError:
        alive = False
    sys.exit(not alive)


def settings(arguments: list[str]) -> None:
    installed = PACKAGE / "env.example"
    path = installed if installed.exists() else PACKAGE.parent / ".env.example"
    sys.stdout.write(path.read_text())


def migrate(arguments: list[str]) -> None:
    django(["migrate", "--no-input", *arguments])
    if not ASKS.intersection(arguments):
        django(["createcachetable"])


def django(arguments: list[str]) -> None:
    from django.core.exceptions import ImproperlyConfigured  # noqa: PLC0415
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    try:
        execute_from_command_line(["mfa-portal", *arguments])
    except ImproperlyConfigured as wrong:
        # What is to be set, not where in the code that was missed.
        sys.exit(f"mfa-portal: {wrong}")


COMMANDS: dict[str, Callable[[list[str]], None]] = {
    "run": run,
    "sandbox": sandbox,
    "health": health,
    "settings": settings,
    "migrate": migrate,
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    word, *arguments = sys.argv[1:] or ["--help"]
    if word in {"-h", "--help"}:
        sys.stdout.write(USAGE)
    elif word in COMMANDS:
        COMMANDS[word](arguments)
    else:
        django([word, *arguments])


if __name__ == "__main__":
    main()

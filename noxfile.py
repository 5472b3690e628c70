"""Other Pythons and other Djangos than the locked ones: `nox`, or `nox -s django6`.

Each session installs what is locked, then moves Django alone. No test needs a server: SQLite.
"""

import nox

nox.options.default_venv_backend = "venv"
TESTS = ("tests/unit", "tests/journeys", "tests/sandbox")
# What a later Django says will change is not our failure: the locked one is strict.
QUIET = ("-o", "filterwarnings=default")


@nox.session(python=["3.11", "3.12", "3.13"])
def locked(session: nox.Session) -> None:
    """The locked dependencies on each Python."""
    session.install("--require-hashes", "--requirement", "requirements/development.txt")
    session.run("python", "-m", "pytest", *(session.posargs or TESTS))


@nox.session(python=["3.13"])
def django6(session: nox.Session) -> None:
    """The newest Django 6."""
    session.install("--require-hashes", "--requirement", "requirements/development.txt")
    session.install("--upgrade", "django>=6,<7")
    session.run("python", "-m", "pytest", *QUIET, *(session.posargs or TESTS))

"""What every test may ask for: a real sandbox, people in it, and a browser without a screen."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.management import call_command

from accounts.cognito import breaker, client
from tests.clock import Clock, running_clock
from tests.log_watch import nothing_secret_in_the_log  # noqa: F401  (for every test)
from tests.people import People
from tests.requirements import pytest_terminal_summary  # noqa: F401  (a hook of pytest)
from tests.sandbox_process import Sandbox, running_sandbox
from tests.walker import Walker


def pytest_configure() -> None:
    """The portal reads what it says in other languages as `make` compiles it."""
    run_path(str(Path(__file__).parent.parent / "locale" / "catalogues.py"))["compile_all"]()


@pytest.fixture
def log_as_it_was() -> Iterator[None]:
    """A command line sets the log up anew, on the streams of its own test: those end with it."""
    handlers = logging.getLogger().handlers
    before = [*handlers]
    yield
    handlers[:] = before


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One real sandbox per test process; the portal reaches it as it reaches AWS."""
    # The portal's clock is moved in tests, and its SRP answers carry that time.
    with running_sandbox("--switch", "srp_timestamp_tolerance_seconds=1000000") as running:
        os.environ["AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER"] = running.api
        for purpose in client.PURPOSES:
            purpose.cache_clear()  # type: ignore[attr-defined]
        yield running


@pytest.fixture(autouse=True)
def nothing_is_away() -> None:
    """What did not answer one test is asked again by the next."""
    breaker.forget_all()


@pytest.fixture
def pool(sandbox: Sandbox, settings: Any, db: None) -> Iterator[People]:
    """The pool the portal serves in this test: MFA optional, every factor, fresh people."""
    people = serve(sandbox, settings, "eu-central-1_Optional1", "demoportaloptional00000001")
    yield people
    people.leave_groups()
    caches["process"].clear()


@pytest.fixture
def required_pool(sandbox: Sandbox, settings: Any, db: None) -> Iterator[People]:
    """A pool that asks everybody, replaces contacts at once, recovers by e-mail then phone."""
    people = serve(sandbox, settings, "eu-central-1_Required1", "demoportalrequired00000001")
    yield people
    people.leave_groups()
    caches["process"].clear()


def serve(sandbox: Sandbox, settings: Any, pool_id: str, client_id: str) -> People:
    """Let the portal serve this pool, with nothing remembered of another one."""
    settings.COGNITO_USER_POOL_ID = pool_id
    settings.COGNITO_CLIENT_ID = client_id
    settings.COGNITO_ISSUER = f"{sandbox.api}/{pool_id}"
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sandbox.smtp_port
    caches["process"].clear()
    caches["default"].clear()
    return People(sandbox, pool_id)


@pytest.fixture
def clock(sandbox: Sandbox) -> Iterator[Clock]:
    """The time of portal and pool, moved together."""
    yield from running_clock(sandbox)


@pytest.fixture
def walker(db: None) -> Walker:
    """A person's browser without a screen: follows links and forms, keeps cookies."""
    return Walker()


@pytest.fixture
def second_walker(db: None) -> Walker:
    """Another browser of the same or of another person."""
    return Walker()


@pytest.fixture
def deliver_notices(transactional_db: None) -> Any:
    """Let the worker send what is queued; it closes connections, so no transaction may be open."""

    def deliver() -> None:
        call_command("worker", batch=True, interval=0, verbosity=0)

    return deliver

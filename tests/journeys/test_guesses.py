"""Fifty guesses at the same moment, at a portal with real threads and a database on disk.

Each test has a portal of its own: so many tries use up the limits of an address.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.browser.portal_process import Portal, running_portal
from tests.http_walker import HttpWalker, all_at_once
from tests.journeys.steps import calls_counted
from tests.people import People
from tests.sandbox_process import Sandbox

CLIENT = "demoportalrequired00000001"
GUESSES = 50


@pytest.fixture
def portal(sandbox: Sandbox, tmp_path: Path) -> Iterator[Portal]:
    """For the pool that lets people reset their password."""
    with running_portal(sandbox, tmp_path, pool="Required1", client_id=CLIENT) as running:
        yield running


@pytest.fixture
def people(sandbox: Sandbox, portal: Portal) -> People:
    return People(sandbox, portal.pool_id)


def _guess(walker: HttpWalker, button: str, **typed: str) -> set[int]:
    """Press the same button in fifty tabs at once; the statuses of what came back."""
    tabs = [walker.same_browser() for _ in range(GUESSES)]
    pages = all_at_once([partial(tab.send, button, **typed) for tab in tabs])
    return {page.status for page in pages}


def test_at_a_password(people: People, portal: Portal, sandbox: Sandbox):
    """(OTP-03) the count is taken before the check: ten reach the pool, whatever their timing.

    For an account that the pool has locked meanwhile, a second call about nobody takes the time of
    a check (OTP-17).
    """
    rita = people.make()
    walker = HttpWalker(portal.url)
    walker.open("/sign-in/")
    with calls_counted(sandbox) as calls:
        statuses = _guess(walker, "Sign in", login=rita.username, password="Not-The-Password-1")
    assert statuses <= {422, 429}
    assert 1 <= calls["InitiateAuth"] <= 2 * 10


def test_at_a_code(people: People, portal: Portal, sandbox: Sandbox):
    """(OTP-03) thirty of them at most; the pool's own lock stops nearly all of those."""
    ravi = people.make(app=True)
    walker = HttpWalker(portal.url)
    walker.open("/sign-in/")
    walker.send("Sign in", login=ravi.username, password=ravi.password)
    assert walker.page.heading == "Enter the code"
    assert ravi.app
    with calls_counted(sandbox) as calls:
        statuses = _guess(walker, "Continue", code=ravi.app.wrong_code())
    assert statuses <= {422, 429}
    assert 1 <= calls["RespondToAuthChallenge"] <= 30


def test_at_the_code_for_a_new_password(people: People, portal: Portal, sandbox: Sandbox):
    """(OTP-03) ten for a name."""
    rita = people.make()
    walker = HttpWalker(portal.url)
    walker.open("/sign-in/forgotten/")
    walker.send("Send me a code", login=rita.username)
    right = sandbox.newest_code(rita.email)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    with calls_counted(sandbox) as calls:
        statuses = _guess(walker, "Save", code=wrong, new_password="Another-Ferry-52")
    assert statuses <= {422, 429}
    assert 1 <= calls["ConfirmForgotPassword"] <= 10

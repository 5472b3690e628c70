"""Many requests a second against a portal as it is run, for a few seconds.

They say that nothing fails and nothing grows; whether answers are quick, and memory flat for half
an hour, is measured by `make soak`, on a machine that does nothing else.
"""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.browser.portal_process import Portal, running_portal
from tests.http_walker import HttpWalker
from tests.journeys.steps import APP, OVERVIEW
from tests.people import People
from tests.sandbox_process import Sandbox

SECONDS = 3
A_SECOND = 50
# Of one process; what it keeps of templates and pages is there after the first seconds.
MAY_GROW_BY = 1.1
PATHS = ("/", "/preference/", "/activity/", "/static/css/base.css", "/sign-in/")


@pytest.fixture(scope="module")
def portal(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    data: Path = tmp_path_factory.mktemp("load")
    pool = {"pool": "Optional1", "client_id": "demoportaloptional00000001"}
    with running_portal(sandbox, data, **pool) as running:
        yield running


def test_fifty_requests_a_second(sandbox: Sandbox, portal: Portal):
    """(RES-07) no errors, flat memory."""
    people = People(sandbox, portal.pool_id)
    walkers = [HttpWalker(portal.url) for _ in range(8)]
    for walker in walkers:
        assert walker.sign_in(people.make(app=True, on=(APP,))).heading == OVERVIEW
        for path in PATHS:
            walker.open(path)
    before = portal.memory()
    answers = list(_asked(walkers))
    assert answers == [200] * (SECONDS * A_SECOND)
    assert portal.memory() < before * MAY_GROW_BY


def _asked(walkers: list[HttpWalker]) -> Iterator[int]:
    """Send each request when it is due, whether the ones before are answered or not."""
    began = time.monotonic()

    def ask(number: int) -> int:
        due = began + number / A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        walker = walkers[number % len(walkers)].same_browser()
        return int(walker.client.get(PATHS[number % len(PATHS)], follow=True).status_code)

    with ThreadPoolExecutor(32) as threads:
        yield from threads.map(ask, range(SECONDS * A_SECOND))

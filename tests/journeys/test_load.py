"""Many requests a second against a portal as it is run: LOAD_SECONDS says for how long.

A few seconds in every run say that nothing fails and nothing grows; from a minute on, answers must
be quick as well (`make soak`, half an hour), on a machine that does nothing else.
"""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

import pytest

from tests.browser.portal_process import Portal, running_portal
from tests.http_walker import HttpWalker
from tests.journeys.steps import APP, OVERVIEW
from tests.people import People
from tests.sandbox_process import Sandbox

SECONDS = float(os.environ.get("LOAD_SECONDS", "3"))
A_SECOND = 50
SLOWEST_MS = 300
# Of one process; what it keeps of templates and pages is there after the first seconds.
MAY_GROW_BY = 1.1
IS_MEASURED = SECONDS >= 60
PATHS = ("/", "/preference/", "/activity/", "/static/css/base.css", "/sign-in/")


@dataclass(frozen=True)
class Answered:
    """One request: how long it took, from when it was due, and what came."""

    milliseconds: float
    status: int


@pytest.fixture(scope="module")
def portal(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    data: Path = tmp_path_factory.mktemp("load")
    pool = {"pool": "Optional1", "client_id": "demoportaloptional00000001"}
    with running_portal(sandbox, data, **pool) as running:
        yield running


def test_fifty_requests_a_second(sandbox: Sandbox, portal: Portal):
    """(RES-07) no errors, flat memory; in the long run 95 of 100 answered within 300 ms."""
    people = People(sandbox, portal.pool_id)
    walkers = [HttpWalker(portal.url) for _ in range(8)]
    for walker in walkers:
        assert walker.sign_in(people.make(app=True, on=(APP,))).heading == OVERVIEW
        for path in PATHS:
            walker.open(path)
    before = portal.memory()
    answers = list(_asked(walkers))
    assert len(answers) == round(SECONDS * A_SECOND)
    assert {each.status for each in answers} == {200}
    assert portal.memory() < before * MAY_GROW_BY
    if IS_MEASURED:
        assert quantiles([each.milliseconds for each in answers], n=20)[-1] < SLOWEST_MS


def _asked(walkers: list[HttpWalker]) -> Iterator[Answered]:
    """Send each request when it is due, whether the ones before are answered or not."""
    began = time.monotonic()

    def ask(number: int) -> Answered:
        due = began + number / A_SECOND
        time.sleep(max(0.0, due - time.monotonic()))
        walker = walkers[number % len(walkers)].same_browser()
        answer = walker.client.get(PATHS[number % len(PATHS)], follow=True)
        return Answered((time.monotonic() - due) * 1000, answer.status_code)

    with ThreadPoolExecutor(32) as threads:
        yield from threads.map(ask, range(round(SECONDS * A_SECOND)))

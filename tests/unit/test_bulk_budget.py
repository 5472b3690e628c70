"""One queue of calls for all workers."""

from typing import Any

import pytest

from portal.helpdesk.bulk import budget
from portal.helpdesk.bulk.budget import BudgetBusy, Quota
from portal.helpdesk.bulk.models import Pace

pytestmark = pytest.mark.django_db


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that stands still, in seconds."""
    clock = [1_700_000_000.0]
    monkeypatch.setattr(budget, "_now", lambda: int(clock[0] * budget.SECOND))
    return clock


def test_half_of_what_cognito_allows_by_default():
    """Contract 12: people's own traffic keeps the other half."""
    assert budget.rate(Quota.WRITE) == 12.5
    assert budget.rate(Quota.USER_READ) == 60
    assert budget.rate(Quota.RESOURCE_READ) == 25
    assert budget.rate(Quota.LIST) == 15


def test_calls_come_evenly_whoever_makes_them(now: list[float], settings: Any):
    settings.BULK_SHARE, settings.COGNITO_WRITE_RPS = 0.5, 4
    assert [budget.reserve(Quota.WRITE) for _ in range(4)] == [0, 0.5, 1, 1.5]
    now[0] += 1
    assert budget.reserve(Quota.WRITE) == 1


def test_time_that_was_not_used_is_not_saved_up(now: list[float], settings: Any):
    """A burst after a pause would take what people need then."""
    settings.BULK_SHARE, settings.COGNITO_WRITE_RPS = 0.5, 4
    budget.reserve(Quota.WRITE)
    now[0] += 60
    assert [budget.reserve(Quota.WRITE) for _ in range(3)] == [0, 0.5, 1]


def test_a_long_queue_gives_the_worker_back(now: list[float], settings: Any):
    settings.BULK_SHARE, settings.COGNITO_WRITE_RPS = 1, 1
    waits = [budget.reserve(Quota.WRITE) for _ in range(4)]
    with pytest.raises(BudgetBusy):
        budget.reserve(Quota.WRITE)
    assert waits == [0, 1, 2, 3]
    assert budget.reserve(Quota.USER_READ) == 0


@pytest.mark.parametrize("tries", [1, 3, 20])
def test_too_many_makes_everybody_wait_longer_each_time(now: list[float], tries: int):
    """(LIM-06) with jitter, and never longer than a minute."""
    budget.hold(Quota.WRITE, tries)
    held = Pace.objects.get(quota=Quota.WRITE).free_at / budget.SECOND - now[0]
    longest = min(2**tries, 60)
    assert longest / 2 <= round(held, 3) <= longest
    budget.hold(Quota.WRITE, 0)
    assert Pace.objects.get(quota=Quota.WRITE).free_at / budget.SECOND - now[0] == held

"""The one change that is sent again where it was one too many in its second, and when it is not."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from accounts.cognito import again
from accounts.cognito.errors import MEANING, THROTTLES, CognitoError, CognitoUnreachable

# Of one's own, by the hour or after wrong answers, and what is no throttle at all.
OTHERS = sorted(MEANING.keys() - THROTTLES | {"LimitExceededException"})


class Pool:
    """Refuses by these codes, one after another, and then takes what is sent."""

    def __init__(self, *codes: str, after_seconds: float = 0) -> None:
        self.codes: Iterator[str] = iter(codes)
        self.after_seconds = after_seconds
        self.asked = 0

    def take(self) -> None:
        self.asked += 1
        time.sleep(self.after_seconds)
        for code in self.codes:
            raise MEANING.get(code, CognitoUnreachable)("SetUserMFAPreference", code)


@pytest.mark.parametrize("code", ["TooManyRequestsException", "ThrottlingException"])
def test_what_was_one_too_many_is_sent_once_more(code: str):
    """(LIM-06)"""
    pool = Pool(code)
    again.once_if_throttled(pool.take)
    assert pool.asked == 2


def test_it_is_sent_twice_at_most():
    """(LIM-06)"""
    pool = Pool(*["TooManyRequestsException"] * 3)
    with pytest.raises(CognitoError, match="TooManyRequestsException"):
        again.once_if_throttled(pool.take)
    assert pool.asked == 2


@pytest.mark.parametrize("code", [*OTHERS, "ReadTimeoutError", "ConnectionClosedError"])
def test_nothing_else_is_sent_again(code: str):
    """(LIM-06, RES-04) silence least of all: the pool may have acted."""
    pool = Pool(code)
    with pytest.raises(CognitoError, match=code):
        again.once_if_throttled(pool.take)
    assert pool.asked == 1


def test_after_a_slow_refusal_there_is_no_time_for_another(settings: Any):
    """(RES-03) both together take no longer than one call may."""
    settings.COGNITO_READ_TIMEOUT = timedelta(seconds=0.5)
    settings.COGNITO_CALL_TIMEOUT = timedelta(seconds=1.9)
    pool = Pool("TooManyRequestsException", after_seconds=1)
    with pytest.raises(CognitoError, match="TooManyRequestsException"):
        again.once_if_throttled(pool.take)
    assert pool.asked == 1


def test_the_wait_fits_in_the_time_that_a_call_may_take(settings: Any):
    """(RES-03)"""
    longest = again.PAUSE_SECONDS[1] + settings.COGNITO_READ_TIMEOUT.total_seconds()
    assert longest < settings.COGNITO_CALL_TIMEOUT.total_seconds()

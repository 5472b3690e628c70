"""The circuit breaker: when it opens, who looks, what closes it."""

from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from accounts.cognito.breaker import Breaker, CircuitOpen
from accounts.cognito.errors import (
    CognitoAway,
    CognitoUnreachable,
    TryLater,
    is_silence,
    may_have_happened,
)


class Hands:
    """A clock that somebody turns."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def breaker(hands: Hands) -> Breaker:
    return Breaker(silences=3, open_for=timedelta(seconds=10), clock=hands)


def silence(breaker: Breaker, times: int) -> None:
    for _ in range(times):
        breaker.ask()
        breaker.silent()


def is_closed_to(breaker: Breaker) -> float:
    with pytest.raises(CircuitOpen) as refused:
        breaker.ask()
    return refused.value.seconds


def test_it_opens_after_silences_in_a_row(breaker: Breaker):
    """(RES-03) an answer between them begins the row anew."""
    silence(breaker, 2)
    breaker.answered()
    silence(breaker, 2)
    assert not breaker.is_open
    silence(breaker, 1)
    assert breaker.is_open
    assert is_closed_to(breaker) == 10


def test_one_looks_and_the_others_wait(breaker: Breaker, hands: Hands):
    """(RES-03) half open: of many who ask at once one is let through; its silence shuts it."""
    silence(breaker, 3)
    hands.now += 9.5
    assert is_closed_to(breaker) == pytest.approx(0.5)
    hands.now += 0.5
    breaker.ask()
    assert is_closed_to(breaker) == 10
    breaker.silent()
    assert is_closed_to(breaker) == 10
    hands.now += 10
    breaker.ask()
    breaker.answered()
    breaker.ask()
    breaker.ask()
    assert not breaker.is_open


def test_one_who_never_came_back_does_not_keep_it_shut(breaker: Breaker, hands: Hands):
    """(RES-03) the thread that looked may die: the next may look after the same time."""
    silence(breaker, 3)
    hands.now += 10
    breaker.ask()
    hands.now += 10
    breaker.ask()


def test_listeners_hear_changes_only(breaker: Breaker, hands: Hands):
    heard: list[bool] = []
    breaker.listeners.append(heard.append)
    silence(breaker, 3)
    breaker.silent()
    breaker.answered()
    breaker.answered()
    assert heard == [True, False]
    silence(breaker, 3)
    breaker.forget()
    breaker.ask()
    assert heard == [True, False, True]


def test_only_silence_is_silence():
    """(RES-03) what is no answer, in botocore's words and not in ours."""
    assert is_silence(ReadTimeoutError(endpoint_url="https://example.com"))
    assert not is_silence(TimeoutError())


def test_what_was_never_sent_never_happened():
    """(RES-04) unless it was the look after a change that met silence."""
    assert may_have_happened(CognitoUnreachable("GetUser", "ReadTimeoutError"))
    assert not may_have_happened(TryLater("GetUser", "ThrottlingException"))
    assert not may_have_happened(CognitoAway("GetUser", 3))
    away = CognitoAway("GetUser", 3)
    away.__context__ = CognitoUnreachable("SetUserMFAPreference", "ReadTimeoutError")
    assert may_have_happened(away)

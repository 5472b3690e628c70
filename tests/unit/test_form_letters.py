"""Form tokens: Django's, with their letters drawn at once."""

import os
from collections import Counter

import pytest
from django.http import HttpRequest
from django.middleware import csrf

from accounts import form_letters


def test_a_token_is_one_question_for_random_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fails, too, where Django no longer draws by the function that is replaced."""
    asked: list[int] = []
    ask = os.urandom
    monkeypatch.setattr(os, "urandom", lambda count: asked.append(count) or ask(count))
    request = HttpRequest()
    request.META["CSRF_COOKIE"] = "a" * csrf.CSRF_SECRET_LENGTH
    csrf.get_token(request)
    assert len(asked) == 1


def test_django_takes_its_tokens_and_masks_each_anew() -> None:
    request = HttpRequest()
    tokens = [csrf.get_token(request) for _ in range(100)]
    secret = request.META["CSRF_COOKIE"]
    assert len(set(tokens)) == len(tokens)
    for token in tokens:
        csrf._check_token_format(token)  # type: ignore[attr-defined]
        assert csrf._does_token_match(token, secret)  # type: ignore[attr-defined]
    assert not csrf._does_token_match(tokens[0], form_letters.drawn())  # type: ignore[attr-defined]


def test_each_letter_is_as_likely_as_any_other() -> None:
    every_byte = bytes(range(256)).translate(form_letters.LETTER_OF, form_letters.FALLS_AWAY)
    counted = Counter(every_byte.decode())
    assert set(counted) == set(csrf.CSRF_ALLOWED_CHARS)
    assert set(counted.values()) == {256 // form_letters.KINDS}


def test_where_too_many_bytes_fall_away_more_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    given = [b"\xff" * 60 + b"abcd", bytes(range(64))]
    monkeypatch.setattr(os, "urandom", lambda _: given.pop(0))
    assert len(form_letters.drawn()) == csrf.CSRF_SECRET_LENGTH
    assert not given

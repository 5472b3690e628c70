"""The pool's rules for a password, in words: never stricter than the pool."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.doors.passwords import RULES, rules, unmet

EVERY_RULE: dict[str, Any] = {"MinimumLength": 8, **dict.fromkeys(RULES, True)}


@pytest.mark.parametrize(
    ("password", "missing"),
    [
        ("Walnut-Ferry-31", []),
        ("short", ["8 characters or more", "a capital letter", "a digit", "a sign such as - or !"]),
        ("NO SMALL 1!", ["a small letter"]),
        ("no capital 1!", ["a capital letter"]),
        ("No digits, none", ["a digit"]),
        ("No signs 123", ["a sign such as - or !"]),
        ("ÄÖÜß9876!", ["a small letter", "a capital letter"]),
    ],
)
def test_what_is_missing_is_named(password: str, missing: list[str]):
    assert unmet(password, EVERY_RULE) == missing


def test_a_pool_without_rules_shows_none():
    assert rules({}) == []
    assert unmet("", {}) == []
    assert rules({"MinimumLength": 6, "RequireNumbers": False}) == ["6 characters or more"]


@given(st.text(max_size=20), st.sets(st.sampled_from(sorted(RULES))))
def test_what_is_missing_is_among_the_rules_shown(password: str, on: set[str]):
    """QA-02: and nothing is missing where nothing is asked for."""
    policy = {"MinimumLength": 8, **dict.fromkeys(on, True)}
    assert set(unmet(password, policy)) <= set(rules(policy))

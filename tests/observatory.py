"""The MDN HTTP Observatory's rules, as a table for one answer of ours (WEB-13).

Source: developer.mozilla.org/en-US/observatory/docs/tests_and_scoring. 100 points, less what is
wrong; from 90 on, what is better than needed is added. A redirection to https is a test of its
own elsewhere, and preloading is decided by browsers, not by a header.
"""

import re
from collections.abc import Callable, Mapping
from http.cookies import Morsel
from typing import Any

from bs4 import BeautifulSoup

SIX_MONTHS = 15_768_000
PRIVATE = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
BROAD = {"*", "data:", "http:", "https:", "'unsafe-inline'", "'unsafe-eval'"}
Answer = Any


def score(answer: Answer, cookies: Mapping[str, Morsel[str]]) -> tuple[int, dict[str, int]]:
    """The points of an answer, and each rule's share of them."""
    given = {rule.__name__.strip("_"): rule(answer, cookies) for rule in RULES}
    base = 100 + sum(points for points in given.values() if points < 0)
    bonus = sum(points for points in given.values() if points > 0) if base >= 90 else 0
    return max(0, base + bonus), given


def _policy(answer: Answer) -> dict[str, set[str]]:
    header = answer.headers.get("Content-Security-Policy", "")
    parts = [part.split() for part in header.split(";") if part.strip()]
    return {name: set(sources) for name, *sources in parts}


def _sources(policy: dict[str, set[str]], directive: str) -> set[str]:
    return policy.get(directive, policy.get("default-src", {"*"}))


def content_security_policy(answer: Answer, _: Any) -> int:
    policy = _policy(answer)
    if not policy:
        return -25
    if (_sources(policy, "script-src") | _sources(policy, "object-src")) & (
        BROAD - {"'unsafe-eval'"}
    ):
        return -20
    if "'unsafe-eval'" in _sources(policy, "script-src"):
        return -10
    if _sources(policy, "style-src") & BROAD:
        return 0
    return 10 if policy.get("default-src") == {"'none'"} else 5


def cookies_(answer: Answer, cookies: Mapping[str, Morsel[str]]) -> int:
    if not cookies:
        return 0
    kept = cookies.values()
    if not all(each["httponly"] for each in kept):
        return -30
    if not all(each["secure"] for each in kept):
        return -40
    return 5 if all(each["samesite"] in {"Lax", "Strict"} for each in kept) else -20


def cross_origin_sharing(answer: Answer, _: Any) -> int:
    return -50 if answer.headers.get("Access-Control-Allow-Origin") else 0


def strict_transport_security(answer: Answer, _: Any) -> int:
    found = re.search(r"max-age=(\d+)", answer.headers.get("Strict-Transport-Security", ""))
    if found is None:
        return -20
    return 0 if int(found[1]) >= SIX_MONTHS else -10


def referrer_policy(answer: Answer, _: Any) -> int:
    policy = answer.headers.get("Referrer-Policy")
    if policy is None:
        return 0
    return 5 if policy in PRIVATE else -5


def subresource_integrity(answer: Answer, _: Any) -> int:
    """Nothing to add where every script comes from here."""
    scripts = BeautifulSoup(answer.content, "html.parser").find_all("script", src=True)
    return 0 if all(re.match(r"/(?!/)", str(script["src"])) for script in scripts) else -50


def content_type_options(answer: Answer, _: Any) -> int:
    return 0 if answer.headers.get("X-Content-Type-Options") == "nosniff" else -5


def frame_options(answer: Answer, _: Any) -> int:
    if "frame-ancestors" in _policy(answer):
        return 5
    return 0 if answer.headers.get("X-Frame-Options") in {"DENY", "SAMEORIGIN"} else -20


def cross_origin_resource_policy(answer: Answer, _: Any) -> int:
    policy = answer.headers.get("Cross-Origin-Resource-Policy")
    # The published table gives a missing header the bonus, which cannot be meant.
    return 0 if policy in {"same-origin", "same-site"} else -20


RULES: tuple[Callable[[Answer, Mapping[str, Morsel[str]]], int], ...] = (
    content_security_policy,
    cookies_,
    cross_origin_sharing,
    strict_transport_security,
    referrer_policy,
    subresource_integrity,
    content_type_options,
    frame_options,
    cross_origin_resource_policy,
)

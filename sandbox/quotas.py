"""Request rates, when they are switched on: a bucket for each category, pool and person.

A bucket holds one second's worth of requests and fills evenly, by the sandbox's clock. Source:
contract 12.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

from sandbox.clock import Clock
from sandbox.protocol import refusal
from sandbox.quota_rates import (
    ANSWERS,
    ANSWERS_SHARE,
    CATEGORIES,
    PER_PERSON,
    PER_POOL_AND_OPERATION,
    category_of,
)

ALMOST_ONE = 1 - 1e-6
MOST_BUCKETS = 10_000
Key = tuple[str, ...]


@dataclass
class Bucket:
    """Requests that may still be made."""

    level: float
    at: float

    def fill(self, rate: float, now: float) -> None:
        """Let pass what passed since it was last looked at; a clock set back adds nothing."""
        self.level = min(most(rate), self.level + max(0.0, now - self.at) * rate)
        self.at = now


class Quotas:
    """Off until rates are set."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._factor = 1.0
        self._rates: dict[str, float] = {}
        self.on = False
        self.provisioned: dict[str, int] = {}
        self._buckets: dict[Key, Bucket] = {}
        self._throttled: Counter[str] = Counter()

    def set(self, wanted: object) -> None:
        """Switch on with default rates, a part of them or chosen ones, or off.

        wanted: "default", "off", a factor (0.1), or a rate for each of some categories. Raises
        ValueError for anything else.
        """
        factor, rates = _parsed(wanted)
        self.on = wanted != "off"
        self._factor, self._rates = factor, rates
        self._buckets.clear()
        self._throttled.clear()

    def rate(self, category: str) -> float:
        """What a category may do in a second now."""
        if category in self._rates:
            return self._rates[category]
        default = self.provisioned.get(category, CATEGORIES[category].rate)
        return default * self._factor

    def spend(self, operation: str, pool: str | None, person: str | None, challenge: str) -> None:
        """Count one request, or refuse it; a refused one is not counted.

        pool: the pool it names, if it names one. person: whom it is about, if about somebody.
        """
        category = category_of(operation, challenge)
        if not self.on or category is None:
            return
        buckets = self._buckets_for(category, operation, pool, person)
        if operation in ANSWERS and category == "UserAuthentication":
            own = self._bucket(("answers",), ANSWERS_SHARE * self.rate(category))
            buckets = [own] if own.level >= ALMOST_ONE else buckets
        if any(bucket.level < ALMOST_ONE for bucket in buckets):
            self._throttled[category] += 1
            raise refusal("throttled")
        for bucket in buckets:
            bucket.level -= 1

    def described(self) -> dict[str, Any]:
        """Every category with its rate, what is left of it and how much was refused."""
        return {"on": self.on, "categories": {name: self._shown(name) for name in CATEGORIES}}

    def _shown(self, name: str) -> dict[str, Any]:
        rate = self.rate(name)
        return {
            "rate": rate,
            "default": CATEGORIES[name].rate,
            "left": int(self._bucket((name,), rate).level + 1 - ALMOST_ONE),
            "throttled": self._throttled[name],
            "operations": list(CATEGORIES[name].operations),
        }

    def _buckets_for(
        self, category: str, operation: str, pool: str | None, person: str | None
    ) -> list[Bucket]:
        known = CATEGORIES[category]
        buckets = [self._bucket((category,), self.rate(category))]
        if known.per_pool and pool:
            rate = PER_POOL_AND_OPERATION * self._factor
            buckets.append(self._bucket((operation, pool), rate))
        if known.of_person and person:
            rate = PER_PERSON * self._factor
            buckets.append(self._bucket((known.of_person, pool or "", person), rate))
        return buckets

    def _bucket(self, key: Key, rate: float) -> Bucket:
        now = self._clock.now()
        if key not in self._buckets and len(self._buckets) >= MOST_BUCKETS:
            self._buckets.clear()
        bucket = self._buckets.setdefault(key, Bucket(most(rate), now))
        bucket.fill(rate, now)
        return bucket


def most(rate: float) -> float:
    """What a bucket of that rate holds when it is full: a second's worth, but one at least."""
    return max(rate, 1.0)


def _parsed(wanted: object) -> tuple[float, dict[str, float]]:
    if wanted in ("default", "off"):
        return 1.0, {}
    if isinstance(wanted, int | float) and not isinstance(wanted, bool) and wanted > 0:
        return float(wanted), {}
    if isinstance(wanted, dict) and wanted:
        return 1.0, {name: _rate(name, each) for name, each in wanted.items()}
    raise ValueError('quotas are "default", "off", a factor above 0 or {"UserRead": 5}')


def _rate(name: str, given: object) -> float:
    if name not in CATEGORIES:
        raise ValueError(f"unknown category {name!r}; known: {', '.join(CATEGORIES)}")
    if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
        raise ValueError(f"the rate of {name} must be a number above 0")
    return float(given)


def parsed_option(text: str) -> object:
    """What `--quotas` was given: a word, or JSON."""
    if text in ("default", "off"):
        return text
    try:
        wanted = json.loads(text)
    except (ValueError, RecursionError):
        wanted = text
    _parsed(wanted)
    return wanted

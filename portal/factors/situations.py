"""Where somebody stands, and what follows from it: worked out once for all who stand there.

Of a number and an address it knows whether there is one and whether it is confirmed, and nothing
else: what is kept here is of nobody.
"""

from dataclasses import dataclass
from functools import cached_property, lru_cache

from portal.factors import planner, policy
from portal.factors.domain import Factor, MfaPreference, MfaState, NextChallenge, PoolPolicy

# More than there are in one pool, or are said in the languages that are spoken.
MOST = 2048


@dataclass(frozen=True, eq=False)
class Situation:
    """There is one of each, so it is known by itself. state: without what is somebody's own."""

    state: MfaState
    policy: PoolPolicy

    @cached_property
    def preference(self) -> MfaPreference:
        return planner.current(self.state, self.policy)

    @cached_property
    def effective(self) -> frozenset[Factor]:
        return policy.effective(self.state, self.policy)

    @cached_property
    def next_challenge(self) -> NextChallenge:
        return policy.next_challenge(self.state, self.policy)

    @cached_property
    def choosable(self) -> tuple[Factor, ...]:
        """What can be on or off without setting anything up: enrolled and usable."""
        return policy.in_order(
            factor
            for factor in Factor
            if factor in self.preference.activated
            or (
                policy.is_enrolled(factor, self.state)
                and policy.is_offered(factor, self.policy)
                and policy.is_usable(factor, self.state, self.policy)
            )
        )


def of(state: MfaState, rules: PoolPolicy) -> Situation:
    return _of(state.nameless(), rules)


_of = lru_cache(MOST)(Situation)

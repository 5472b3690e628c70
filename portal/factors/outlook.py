"""The sentence of the overview: what the next sign-in asks, what it does not, and why.

Pure: from one reading of the pool, and whether this browser is trusted.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache

from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from portal.factors import policy, situations, words
from portal.factors.domain import Factor, Mode, Next, PasskeyUse
from portal.factors.services import Factors
from portal.factors.situations import Situation

NOT_HERE = gettext_noop("Not in this browser: you trusted it, so it asks for your password alone.")
PASSKEY_INSTEAD = gettext_noop("You can choose your passkey instead.")
NO_SECOND_STEPS = gettext_noop("Nobody here is asked for a second step at present, whatever is on.")
USED_AT = frozenset({Next.ONE, Next.CHOICE})


def outlook(factors: Factors, *, browser_is_trusted: bool = False) -> words.NextSignIn:
    """What the next sign-in will be. The most important sentence is the headline."""
    return _outlook(factors.situation, browser_is_trusted, get_language())


@lru_cache(situations.MOST)
def _outlook(
    situation: Situation, browser_is_trusted: bool, language: str | None
) -> words.NextSignIn:
    """language: that of now, since words are kept."""
    factors = Factors.of_anybody(situation)
    plain = factors.next_sign_in
    more = tuple(_details(factors, browser_is_trusted=browser_is_trusted))
    return replace(plain, details=plain.details + more)


def _details(factors: Factors, *, browser_is_trusted: bool) -> Iterator[str]:
    challenge = factors.next_challenge
    if browser_is_trusted and challenge.kind in USED_AT:
        yield _(NOT_HERE)
    if _may_use_passkey(factors):
        yield _(PASSKEY_INSTEAD)
    if challenge.kind is Next.ONE:
        others = policy.in_order(factors.effective - set(challenge.factors))
        if others:
            yield words.not_offered_beside(others)
    yield from _what_does_not_work(factors)


def _may_use_passkey(factors: Factors) -> bool:
    use = policy.passkey_use(factors.state, factors.policy)
    return factors.state.has_passkey and use in {PasskeyUse.OFFERED, PasskeyUse.INSTEAD_OF_CODE}


def _what_does_not_work(factors: Factors) -> Iterator[str]:
    """What the account says is on, or comes first, and what sign-in makes of it (contract 2.6)."""
    stored = factors.state.stored
    if factors.policy.mode is Mode.OFF:
        if stored.activated:
            yield _(NO_SECOND_STEPS)
        return
    for factor in policy.in_order(stored.activated - factors.effective):
        why = _why_not(factor, factors)
        yield words.will_not_work(factor, why, was_first=factor is stored.preferred)


def _why_not(factor: Factor, factors: Factors) -> words.WhyNot:
    if factor not in factors.policy.offered:
        return words.WhyNot.NOT_OFFERED
    if factor == policy.primary_recovery(factors.state, factors.policy):
        return words.WhyNot.RECOVERY
    return words.WhyNot.NOWHERE

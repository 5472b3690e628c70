"""The guided desk: every script says what the rules say, and what sign-in will do."""

import itertools
from dataclasses import replace

import pytest

from accounts.roles import Role
from portal.factors import policy
from portal.factors.domain import Contact, Factor, MfaPreference, MfaState, Mode, PoolPolicy
from portal.helpdesk import foresight, guide_words, words
from portal.helpdesk.guide import PRESSES, Hand, Situation, script
from portal.helpdesk.matrix import RULES, Act, Operator, Strength, Target, Tier, refusals, rule_for

CELLS = list(itertools.product(Situation, Role, Tier))
APP = MfaState(
    MfaPreference(frozenset({Factor.TOTP}), Factor.TOTP),
    totp_enrolled=True,
    email=Contact("n@example.com", verified=True),
)
POOL = PoolPolicy(Mode.OPTIONAL, frozenset(Factor))


def operator(role: Role) -> Operator:
    return Operator("operator", frozenset({role}))


@pytest.mark.parametrize(("situation", "role", "tier"), CELLS)
def test_a_script_and_the_rules_say_the_same(situation: Situation, role: Role, tier: Tier):
    """(HLP-02, HLP-04, HLP-06) walked press by press against the table that the acts ask."""
    target = Target("person", tier)
    made = script(situation, operator(role), target)
    assert tuple(press.act for press in made.presses) == PRESSES[situation]
    for press in made.presses:
        rule = rule_for(press.act, tier)
        assert rule is not None
        assert press.check == rule.check
        alone = refusals(press.act, operator(role), target, check=press.check)
        agreed = refusals(press.act, operator(role), target, check=press.check, approved=True)
        expected = (
            Hand.MINE if not alone else Hand.WITH_APPROVAL if not agreed else Hand.SOMEBODY_ELSE
        )
        assert press.hand is expected
        if press.check:
            weaker = Strength(press.check - 1)
            assert refusals(press.act, operator(role), target, check=weaker, approved=True)
    assert made.check == max((press.check for press in made.presses), default=Strength.NONE)


@pytest.mark.parametrize("situation", Situation)
def test_a_hold_is_said_beforehand(situation: Situation):
    """(HLP-04)"""
    made = script(
        situation, operator(Role.SENIOR), Target("person", Tier.ORDINARY), held=frozenset(Act)
    )
    assert {press.hand for press in made.presses} <= {Hand.WITH_APPROVAL}


@pytest.mark.parametrize("situation", Situation)
def test_a_script_tells_what_sign_in_will_do(situation: Situation):
    """(HLP-02) from the same policy as the overview: now, and after each press."""
    made = script(
        situation, operator(Role.SENIOR), Target("person", Tier.ORDINARY), methods=(APP, POOL)
    )
    told = words.next_sign_in(policy.next_challenge(APP, POOL))
    assert made.now == told == "A code by authenticator app."
    for press in made.presses:
        if press.act in foresight.CLOSING:
            assert "cannot get in" in press.then
        else:
            after = policy.next_challenge(foresight.after(press.act, APP), POOL)
            assert press.then.endswith(words.next_sign_in(after))


def test_removing_the_app_is_foreseen():
    """(HLP-02) what is left is asked for, and where nothing is left that is said."""
    both = replace(APP, stored=MfaPreference(frozenset({Factor.TOTP, Factor.EMAIL}), Factor.TOTP))
    assert foresight.next_sign_in(Act.REMOVE_APP, both, POOL) == "A code by e-mail."
    assert foresight.next_sign_in(Act.REMOVE_APP, APP, POOL).startswith("Nothing more")


def test_every_situation_has_its_words():
    """(HLP-02) questions, sentences to say and the trick to beware of."""
    assert set(guide_words.SAID) == set(PRESSES) == set(Situation)
    for said in guide_words.SAID.values():
        assert said.ask
        assert said.say
        assert said.beware
    assert set(guide_words.HAND) == set(Hand)
    assert set(guide_words.CHECK) == set(Strength)
    assert set(words.EFFECT) == set(RULES)


def test_hurry_presses_nothing():
    """(HLP-02) rank and haste open nothing."""
    made = script(Situation.HURRY, operator(Role.SENIOR), Target("p", Tier.PRIVILEGED))
    assert made.presses == ()

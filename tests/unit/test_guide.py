"""The guided desk: every script says what the rules say, and what sign-in will do."""

import itertools
import re
from dataclasses import replace

import pytest

from accounts.roles import Role
from portal.helpdesk import guide_words, orders, plans, previews, words
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.guide import PRESSES, Foreseen, Hand, Situation, script
from portal.helpdesk.matrix import RULES, Act, Operator, Strength, Target, Tier, refusals, rule_for
from portal.helpdesk.plans import NotPossible
from tests.unit.test_helpdesk_plans import ADDRESS, APP_ALONE, BOTH, account

CELLS = list(itertools.product(Situation, Role, Tier))
BOTH_ON, APP_ALONE_ON = account(BOTH), account(APP_ALONE)
BOTH_AND_MAIL = replace(BOTH, email=ADDRESS)
FROZEN = account(BOTH, frozen=True)


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
@pytest.mark.parametrize("seen", [BOTH_ON, APP_ALONE_ON, FROZEN], ids=["both", "app", "frozen"])
def test_a_script_tells_what_the_page_of_the_act_shows(situation: Situation, seen: Dossier):
    """(HLP-02) does, next sign-in and what stands against it: all from the plan of the act."""
    acts = PRESSES[situation]
    made = script(
        situation,
        operator(Role.SENIOR),
        Target("person", Tier.ORDINARY),
        now=plans.outlook(seen).next_sign_in,
        foreseen=previews.foreseen_all(acts, seen),
    )
    assert made.now.startswith("A c")
    for press in made.presses:
        if press.foreseen.problem:
            with pytest.raises(NotPossible, match=re.escape(press.foreseen.problem)):
                orders.previews(press.act, seen)
            continue
        ((_, plan),) = orders.previews(press.act, seen)
        assert press.foreseen.does == plan.does
        assert press.foreseen.then == (("", plan.after.next_sign_in),)


def test_each_choice_is_foreseen():
    """(HLP-04) whoever agrees reads what follows for each method."""
    foreseen = previews.foreseen_all([Act.TURN_OFF, Act.LEAVER, Act.REVEAL], BOTH_ON)
    assert foreseen[Act.TURN_OFF] == Foreseen(
        then=(
            ("authenticator app", "A code by text message."),
            ("text message", "A code by authenticator app."),
        )
    )
    assert "cannot get in" in foreseen[Act.LEAVER].then[0][1]
    assert foreseen[Act.REVEAL] == Foreseen()


def test_what_the_account_stands_against_is_no_promise():
    """(FAC-01, HLP-02) the script promises nothing that its button would refuse."""
    foreseen = previews.foreseen_all([Act.REMOVE_APP, Act.RESET_PASSWORD], APP_ALONE_ON)
    assert "left with the password alone" in foreseen[Act.REMOVE_APP].problem
    assert "can send no code" in foreseen[Act.RESET_PASSWORD].problem


def test_where_nothing_is_possible_nothing_is_promised():
    """(HLP-02) the sentences to say hang on the plan, too."""
    senior, target = operator(Role.SENIOR), Target("person", Tier.ORDINARY)
    for seen, possible in ((account(BOTH, resets=False), False), (account(BOTH_AND_MAIL), True)):
        foreseen = previews.foreseen_all([Act.RESET_PASSWORD], seen)
        made = script(Situation.FORGOT_PASSWORD, senior, target, foreseen=foreseen)
        assert made.is_possible is possible
    assert script(Situation.HURRY, senior, target).is_possible
    assert script(Situation.LEAVER, senior, target).is_possible


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

"""The rules of the helpdesk, walked cell by cell."""

import ast
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from accounts import audit
from accounts.roles import RANK, Role
from portal.helpdesk import audit_events, words
from portal.helpdesk.compounds import TAKEN
from portal.helpdesk.deeds import DEEDS
from portal.helpdesk.management.commands.helpdesk import table
from portal.helpdesk.matrix import (
    GENERAL,
    RULES,
    Act,
    Operator,
    Strength,
    Target,
    Tier,
    Why,
    may,
    refusals,
    rule_for,
)

CELLS = list(itertools.product(RULES, Role, Tier))
ME = "operator"


def operator(*roles: Role, scope: frozenset[str] | None = None) -> Operator:
    return Operator(ME, frozenset(roles), scope)


def target(tier: Tier, *, rank: int = 0, groups: frozenset[str] = frozenset()) -> Target:
    return Target("person", tier, groups, rank)


def test_every_act_has_its_rule_and_its_words():
    """(HLP-06, AUZ-01) none is left to chance."""
    assert set(RULES) | set(GENERAL) == set(Act)
    assert not set(RULES) & set(GENERAL)
    assert set(words.ACT) == set(Act)
    assert set(words.WHY) == set(Why)


@pytest.mark.parametrize(("act", "role", "tier"), CELLS)
def test_an_act_is_done_by_the_roles_of_its_rule_only(act: Act, role: Role, tier: Tier):
    """(HLP-06) act x role x tier, all else being right."""
    rule = rule_for(act, tier)
    found = refusals(act, operator(role), target(tier), check=Strength.STRONG, approved=True)
    assert (found == ()) == (rule is not None and role in rule.roles)
    assert found in {(), (Why.ROLE,)}


@pytest.mark.parametrize(("act", "role", "tier"), CELLS)
def test_whoever_is_refused_more_is_never_allowed_more(act: Act, role: Role, tier: Tier):
    """(HLP-02, HLP-04, HLP-05) each missing condition refuses by its own name."""
    best = refusals(act, operator(role), target(tier), check=Strength.STRONG, approved=True)
    rule = rule_for(act, tier)
    assert rule is not None
    for check in Strength:
        found = refusals(act, operator(role), target(tier), check=check, approved=True)
        assert (Why.CHECK in found) == (check < rule.check)
    alone = refusals(act, operator(role), target(tier), check=Strength.STRONG)
    assert (Why.APPROVAL in alone) == rule.approval
    assert set(best) <= set(alone)


@pytest.mark.parametrize(("act", "role"), [*itertools.product(RULES, Role)])
def test_nobody_acts_on_themselves_an_equal_or_a_higher_one(act: Act, role: Role):
    """(HLP-05) looking at an equal is no act on them; oneself is never a case."""
    for rank in range(1, 5):
        equal = target(Tier.PRIVILEGED, rank=rank)
        found = refusals(act, operator(role), equal, check=Strength.STRONG, approved=True)
        assert (Why.RANK in found) == (act is not Act.LOOK and RANK[role] <= rank)
    myself = Target(ME, Tier.PRIVILEGED, frozenset(), RANK[role])
    assert Why.SELF in refusals(act, operator(role), myself)


@pytest.mark.parametrize("act", list(RULES))
def test_a_scope_is_kept(act: Act):
    """(HLP-06) an operator of one region reaches nobody of another."""
    emea = operator(*Role, scope=frozenset({"emea"}))
    assert Why.SCOPE in refusals(act, emea, target(Tier.ORDINARY, groups=frozenset({"apac"})))
    assert Why.SCOPE in refusals(act, emea, target(Tier.ORDINARY))
    inside = target(Tier.ORDINARY, groups=frozenset({"emea", "apac"}))
    assert Why.SCOPE not in refusals(act, emea, inside)


def test_freeing_somebody_always_needs_a_check():
    """(HLP-02) nothing that makes an account easier to enter is done for an unchecked caller."""
    freeing = {
        Act.ISSUE_PASS,
        Act.TURN_OFF,
        Act.REMOVE_APP,
        Act.RESET_PASSWORD,
        Act.ENABLE,
        Act.CORRECT_CONTACT,
        Act.LOST_PHONE,
        Act.LIFT_FREEZE,
        Act.REVEAL,
        Act.PREFER,
    }
    for act, tier in itertools.product(freeing, Tier):
        rule = rule_for(act, tier)
        assert rule is not None
        assert rule.check > Strength.NONE, (act, tier)


@pytest.mark.parametrize(("act", "tier"), [*itertools.product(RULES, Tier)])
def test_what_has_to_wait_says_so_once_nobody_else_is_asked(act: Act, tier: Tier):
    """(HLP-04) an approval first, where one is needed; then the wait; nothing is let through."""
    rule = rule_for(act, tier)
    assert rule is not None
    (role, *_) = rule.roles
    for approved in (False, True):
        found = refusals(
            act, operator(role), target(tier), check=Strength.STRONG, approved=approved, held=True
        )
        assert found == ((Why.APPROVAL,) if rule.approval and not approved else (Why.HOLD,))


# Written by hand: what the rules must never become by accident.
CORNERS = [
    (Act.ISSUE_PASS, Tier.ORDINARY, Role.AGENT, ()),
    (Act.ISSUE_PASS, Tier.PRIVILEGED, Role.AGENT, (Why.CHECK, Why.APPROVAL)),
    (Act.TURN_OFF, Tier.ORDINARY, Role.AGENT, ()),
    (Act.TURN_OFF, Tier.PRIVILEGED, Role.AGENT, (Why.ROLE, Why.CHECK, Why.APPROVAL)),
    (Act.REMOVE_APP, Tier.ORDINARY, Role.AGENT, (Why.CHECK,)),
    (Act.CORRECT_CONTACT, Tier.ORDINARY, Role.SENIOR, (Why.CHECK, Why.APPROVAL)),
    (Act.DISABLE, Tier.ORDINARY, Role.AGENT, (Why.ROLE,)),
    (Act.DISABLE, Tier.PRIVILEGED, Role.SENIOR, ()),
    (Act.LOOK, Tier.PRIVILEGED, Role.VIEWER, ()),
    (Act.LOOK, Tier.ORDINARY, Role.AUDITOR, (Why.ROLE,)),
]


@pytest.mark.parametrize(("act", "tier", "role", "stands_against"), CORNERS)
def test_what_a_code_to_a_channel_opens(
    act: Act, tier: Tier, role: Role, stands_against: tuple[Why, ...]
):
    """(HLP-02, HLP-04, HLP-06) with that check and nothing more."""
    found = refusals(act, operator(role), target(tier), check=Strength.CHANNEL)
    assert found == stands_against


def test_what_is_about_nobody_in_particular_has_its_roles():
    """(HLP-06)"""
    assert may(Act.FIND, frozenset({Role.VIEWER}))
    assert not may(Act.FIND, frozenset({Role.AUDITOR}))
    assert may(Act.READ_AUDIT, frozenset({Role.AUDITOR}))
    assert not may(Act.READ_AUDIT, frozenset({Role.SENIOR}))
    assert not may(Act.FIND, frozenset())


def test_viewers_and_auditors_change_nothing():
    """(HLP-01)"""
    changing = set(RULES) - {Act.LOOK}
    assert not [act for act in changing if may(act, frozenset({Role.VIEWER}))]
    assert not [act for act in changing if may(act, frozenset({Role.AUDITOR}))]


def test_the_list_of_events_is_the_codes():
    """(AUD-02) docs/audit.md names each one; `manage.py helpdesk --events` prints the table."""
    page = Path(settings.BASE_DIR, "docs/audit.md").read_text()
    assert "\n".join(audit_events.table()) in page
    found = set(_written())
    acts_ = {f"helpdesk_{each}" for each in (*DEEDS, *TAKEN, Act.REVEAL, Act.CLOSE_CASE)}
    assert {"account_confirmed", "password_reset", "totp_enrolled", "signed_in"} <= found
    assert found | acts_ | {audit.PURGED, audit.SEALED} <= set(audit_events.EVENTS)


WRITERS = {"change", "change_before_sign_in", "_write", "_anonymous", "_by_portal"}


def _written() -> Iterator[str]:
    """Each event that stands in the code as a word of its own, where a row is written."""
    for room in ("accounts", "portal"):
        for source in Path(settings.BASE_DIR, room).rglob("*.py"):
            for call in ast.walk(ast.parse(source.read_text())):
                if isinstance(call, ast.Call) and _name(call.func) in WRITERS:
                    texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
                    yield from texts[:1]  # type: ignore[misc]


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def test_the_document_is_the_table():
    """(HLP-06) docs/helpdesk.md shows what the code does."""
    page = Path(settings.BASE_DIR, "docs/helpdesk.md").read_text()
    assert "\n".join(table()) in page

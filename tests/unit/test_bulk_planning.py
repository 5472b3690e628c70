"""What a change for many people would do to each: the pure part."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.roles import Role
from portal.factors import planner, policy
from portal.factors.domain import (
    Contact,
    Factor,
    MfaPreference,
    MfaState,
    Mode,
    PoolPolicy,
)
from portal.helpdesk.bulk import words
from portal.helpdesk.bulk.planning import (
    ACT,
    OF_FACTORS,
    OF_WHY,
    Found,
    Kind,
    Skip,
    Wanted,
    judge,
)
from portal.helpdesk.matrix import Act, Operator, Target, Tier, Why
from tests.unit import strategies

SENIOR = Operator("senior", frozenset({Role.SENIOR}))
SECOND = Operator("second", frozenset({Role.SENIOR}))
BOTH = (SENIOR, SECOND)
SOMEBODY = Target("nora", Tier.ORDINARY)
OPTIONAL = PoolPolicy(Mode.OPTIONAL, frozenset(Factor))
REQUIRED = PoolPolicy(Mode.REQUIRED, frozenset(Factor))
PHONE = Contact("+447400123456", verified=True)
EMAIL = Contact("nora@example.com", verified=True)
EVERY_CHANGE = [
    *(Wanted(kind, factor) for kind in (Kind.PREFER, Kind.TURN_OFF) for factor in Factor),
    Wanted(Kind.REMOVE_APP),
    Wanted(Kind.END_SESSIONS),
    Wanted(Kind.FORGET_DEVICES),
]


def state(*on: Factor, preferred: Factor | None = None, app: bool = True) -> MfaState:
    return MfaState(MfaPreference(frozenset(on), preferred), app, PHONE, EMAIL)


def found(**given: object) -> Found:
    return Found(SOMEBODY, **{"devices": 2, "state": state(*Factor), **given})  # type: ignore[arg-type]


def test_every_change_has_its_act_and_every_reason_its_words():
    assert set(ACT) == set(words.KIND) == set(words.HINT) == set(Kind)
    assert set(Skip) <= set(words.REASON)
    # Conditions that a change for many people meets in another way.
    assert set(OF_WHY) == set(Why) - {Why.CHECK, Why.APPROVAL, Why.HOLD}


def test_nothing_that_lets_somebody_in_more_easily_is_for_many():
    """(HLP-02) no password, no pass, no address, no account that was closed."""
    freeing = {Act.ISSUE_PASS, Act.RESET_PASSWORD, Act.ENABLE, Act.CORRECT_CONTACT, Act.DISABLE}
    assert not freeing & set(ACT.values())


@pytest.mark.parametrize("wanted", EVERY_CHANGE)
def test_privileged_people_are_left_out(wanted: Wanted):
    """(HLP-04, HLP-05) by tier, and operators of an equal or a higher role."""
    for rank in range(5):
        target = Target("tom", Tier.PRIVILEGED, frozenset({"directors"}), rank)
        verdict = judge(wanted, BOTH, Found(target, state(*Factor), devices=1), OPTIONAL)
        assert verdict.skip is Skip.PRIVILEGED


@pytest.mark.parametrize("wanted", EVERY_CHANGE)
def test_each_operator_must_be_allowed_to_do_it_to_each_person(wanted: Wanted):
    """(HLP-06) of whoever planned and whoever agreed: role, scope, and never themselves."""
    emea = Operator("emea", SENIOR.roles, frozenset({"emea"}))
    viewer = Operator("viewer", frozenset({Role.VIEWER}))
    for first, second in itertools.permutations((SENIOR, emea)):
        assert judge(wanted, (first, second), found(), OPTIONAL).skip is Skip.SCOPE
    assert judge(wanted, (SENIOR, viewer), found(), OPTIONAL).skip is Skip.ROLE
    own = Found(Target("second", Tier.ORDINARY), state(*Factor), devices=1)
    assert judge(wanted, BOTH, own, OPTIONAL).skip is Skip.SELF


@pytest.mark.parametrize("wanted", EVERY_CHANGE)
def test_a_frozen_account_keeps_how_it_signs_in(wanted: Wanted):
    """A session may be ended all the same."""
    for condition, why in (("is_frozen", Skip.FROZEN), ("is_federated", Skip.ELSEWHERE)):
        skip = judge(wanted, BOTH, found(**{condition: True}), OPTIONAL).skip
        assert (skip is why) == (wanted.kind in OF_FACTORS)


def test_a_method_goes_off_only_where_another_stays():
    """(FAC-01)"""
    sms_off = Wanted(Kind.TURN_OFF, Factor.SMS)
    verdict = judge(sms_off, BOTH, found(state=state(Factor.TOTP, Factor.SMS)), OPTIONAL)
    assert verdict.after == MfaPreference(frozenset({Factor.TOTP}))
    assert verdict.blocks == {"SMSMfaSettings": {"Enabled": False, "PreferredMfa": False}}
    last = judge(sms_off, BOTH, found(state=state(Factor.SMS)), OPTIONAL)
    assert last.skip is Skip.LAST
    off = judge(sms_off, BOTH, found(state=state(Factor.TOTP)), OPTIONAL)
    assert off.skip is Skip.ALREADY
    assert judge(sms_off, BOTH, found(), REQUIRED).skip is Skip.REQUIRED


def test_nobody_is_given_another_first_method_in_its_place():
    """Whoever preferred what goes off is asked each time."""
    before = state(Factor.TOTP, Factor.SMS, Factor.EMAIL, preferred=Factor.SMS)
    verdict = judge(Wanted(Kind.TURN_OFF, Factor.SMS), BOTH, found(state=before), OPTIONAL)
    assert verdict.after == MfaPreference(frozenset({Factor.TOTP, Factor.EMAIL}), None)
    kept = judge(Wanted(Kind.TURN_OFF, Factor.EMAIL), BOTH, found(state=before), OPTIONAL)
    assert kept.after.preferred is Factor.SMS


def test_preferring_turns_nothing_on():
    app = Wanted(Kind.PREFER, Factor.TOTP)
    assert judge(app, BOTH, found(state=state(Factor.SMS)), OPTIONAL).skip is Skip.NOT_SET_UP
    verdict = judge(app, BOTH, found(state=state(Factor.TOTP, Factor.SMS)), OPTIONAL)
    assert verdict.blocks == {"SoftwareTokenMfaSettings": {"Enabled": True, "PreferredMfa": True}}
    chosen = state(Factor.TOTP, preferred=Factor.TOTP)
    assert judge(app, BOTH, found(state=chosen), OPTIONAL).skip is Skip.ALREADY


def test_an_app_is_removed_only_where_another_method_stays():
    """(FAC-01) whether everybody is asked or not; one that is off may go."""
    remove = Wanted(Kind.REMOVE_APP)
    assert judge(remove, BOTH, found(state=state(Factor.TOTP)), OPTIONAL).skip is Skip.LAST
    assert judge(remove, BOTH, found(state=state(Factor.SMS)), OPTIONAL).skip is None
    assert (
        judge(remove, BOTH, found(state=state(*Factor, app=False)), OPTIONAL).skip is Skip.ALREADY
    )
    assert judge(remove, BOTH, found(state=state()), REQUIRED).skip is None
    alone = MfaState(totp_enrolled=True)
    assert judge(remove, BOTH, found(state=alone), REQUIRED).skip is Skip.LAST


def test_devices_are_counted_as_calls():
    forget = Wanted(Kind.FORGET_DEVICES)
    assert judge(forget, BOTH, found(devices=3), OPTIONAL).writes == 3
    assert judge(forget, BOTH, found(devices=0), OPTIONAL).skip is Skip.ALREADY


@given(strategies.states(), strategies.policies, st.sampled_from(EVERY_CHANGE))
def test_nobody_loses_the_last_second_step_and_twice_is_once(
    before: MfaState, pool: PoolPolicy, wanted: Wanted
):
    """(FAC-01, RES-05) from any state; what was done is found to be done."""
    verdict = judge(wanted, BOTH, Found(SOMEBODY, before, devices=1), pool)
    if verdict.skip or wanted.kind not in OF_FACTORS:
        return
    after = MfaState(
        verdict.after,
        before.totp_enrolled and wanted.kind is not Kind.REMOVE_APP,
        before.phone,
        before.email,
        passkey_counts=before.passkey_counts,
    )
    if policy.effective(before, pool):
        assert policy.effective(after, pool)
    again = judge(wanted, BOTH, Found(SOMEBODY, after, devices=1), pool)
    assert again.skip is Skip.ALREADY
    assert planner.current(after, pool).preferred in {None, *policy.effective(after, pool)} or (
        before.stored.preferred == after.stored.preferred
    )

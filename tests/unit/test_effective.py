"""What the next sign-in will ask: contract 5.4 row by row, then in every state there is.

D08 and D22 (remembered devices) and D23 on (first passwords, passkeys, other flows) are not about
flags and contacts; the page speaks of a browser that is not remembered.
"""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from portal.factors import policy as rules
from portal.factors.domain import (
    Contact,
    Factor,
    MfaPreference,
    MfaState,
    Mode,
    Next,
    NextChallenge,
    PoolPolicy,
)
from sandbox.factors import next_step
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.switches import Switches
from tests.unit.strategies import policies, states

TOTP, SMS, EMAIL = Factor.TOTP, Factor.SMS, Factor.EMAIL
ALL = frozenset(Factor)


def person(
    *on: Factor, first: Factor | None = None, app: bool = False, phone: str = "", email: str = ""
) -> MfaState:
    """phone, email: `verified`, `unverified` or empty."""
    return MfaState(
        MfaPreference(frozenset(on), first),
        totp_enrolled=app,
        phone=Contact("+447400123456", phone == "verified") if phone else Contact(),
        email=Contact("nora@example.com", email == "verified") if email else Contact(),
    )


def pool(mode: Mode, offered: frozenset[Factor] = ALL, recovery: tuple[Factor, ...] = ()):
    return PoolPolicy(mode, offered, recovery)


def optional(*offered: Factor, recovery: tuple[Factor, ...] = ()) -> PoolPolicy:
    return pool(Mode.OPTIONAL, frozenset(offered) or ALL, recovery)


def required(*offered: Factor, recovery: tuple[Factor, ...] = ()) -> PoolPolicy:
    return pool(Mode.REQUIRED, frozenset(offered) or ALL, recovery)


NOTHING, STUCK = NextChallenge(Next.NOTHING), NextChallenge(Next.STUCK)


def asks(factor: Factor) -> NextChallenge:
    return NextChallenge(Next.ONE, (factor,))


def choice(*factors: Factor) -> NextChallenge:
    return NextChallenge(Next.CHOICE, factors)


def set_up(*factors: Factor) -> NextChallenge:
    return NextChallenge(Next.SET_UP, factors)


FULL = {"app": True, "phone": "verified", "email": "verified"}
BY_EMAIL, BY_PHONE = {"recovery": (EMAIL, SMS)}, {"recovery": (SMS, EMAIL)}
ROWS = {
    "D01 everything on": (person(*Factor, first=TOTP, **FULL), pool(Mode.OFF), NOTHING),
    "D01 nothing on": (person(), pool(Mode.OFF), NOTHING),
    "D02": (person(), optional(), NOTHING),
    "D02 app without flag": (person(app=True), optional(), NOTHING),
    "D02 contacts without flag": (person(phone="verified", email="verified"), optional(), NOTHING),
    "D03": (person(TOTP, app=True), optional(), asks(TOTP)),
    "D03 preferred": (person(TOTP, first=TOTP, app=True), optional(), asks(TOTP)),
    "D04": (person(SMS, phone="verified"), optional(), asks(SMS)),
    "D04 preferred": (person(SMS, first=SMS, phone="verified"), optional(), asks(SMS)),
    "D04 unverified number": (person(SMS, phone="unverified"), optional(), asks(SMS)),
    "D05": (person(EMAIL, email="verified"), optional(), asks(EMAIL)),
    "D05 preferred": (person(EMAIL, first=EMAIL, email="verified"), optional(), asks(EMAIL)),
    "D06 app": (person(TOTP, SMS, first=TOTP, **FULL), optional(), asks(TOTP)),
    "D06 phone": (person(TOTP, SMS, first=SMS, **FULL), optional(), asks(SMS)),
    "D06 e-mail of three": (person(*Factor, first=EMAIL, **FULL), optional(), asks(EMAIL)),
    "D07 two": (person(TOTP, SMS, **FULL), optional(), choice(TOTP, SMS)),
    "D07 three": (person(*Factor, **FULL), optional(), choice(TOTP, SMS, EMAIL)),
    "D09 nothing left": (person(SMS, first=SMS), optional(), NOTHING),
    "D09 app left": (person(SMS, TOTP, first=SMS, app=True), optional(), asks(TOTP)),
    "D10 phone": (person(SMS, first=SMS, phone="verified"), optional(TOTP), NOTHING),
    "D10 app stays": (person(TOTP, app=True), optional(SMS), asks(TOTP)),
    "D11 app": (person(TOTP, first=TOTP, **FULL), required(), asks(TOTP)),
    "D11 phone": (person(SMS, first=SMS, **FULL), required(), asks(SMS)),
    "D11 e-mail": (person(EMAIL, first=EMAIL, **FULL), required(), asks(EMAIL)),
    "D11 recovery channel": (
        person(TOTP, EMAIL, first=EMAIL, app=True, email="verified"),
        required(**BY_EMAIL),
        asks(TOTP),
    ),
    "D12": (person(TOTP, app=True), required(), asks(TOTP)),
    "D12 list absent": (person(app=True), required(), asks(TOTP)),
    "D12 only the recovery channel": (
        person(app=True, email="verified"),
        required(**BY_EMAIL),
        asks(TOTP),
    ),
    "D13 phone": (person(app=True, phone="verified"), required(), choice(TOTP, SMS)),
    "D13 e-mail": (person(app=True, email="verified"), required(), choice(TOTP, EMAIL)),
    "D13 both": (person(**FULL), required(), choice(TOTP, SMS, EMAIL)),
    "D13 both, one recovers": (person(**FULL), required(**BY_EMAIL), choice(TOTP, SMS)),
    "D14": (person(phone="verified"), required(), asks(SMS)),
    "D14 unverified number": (person(phone="unverified"), required(), asks(SMS)),
    "D14 e-mail recovers": (
        person(phone="verified", email="verified"),
        required(**BY_EMAIL),
        asks(SMS),
    ),
    "D15": (person(email="verified"), required(), asks(EMAIL)),
    "D15 phone recovers": (
        person(phone="verified", email="verified"),
        required(**BY_PHONE),
        asks(EMAIL),
    ),
    "D16": (person(phone="verified", email="verified"), required(), choice(SMS, EMAIL)),
    "D17": (person(), required(), set_up(TOTP, SMS, EMAIL)),
    "D17 except the recovery one": (person(), required(**BY_EMAIL), set_up(TOTP, SMS)),
    "D17 a phone alone cannot be set up": (person(), required(SMS), STUCK),
    "D17 a phone beside the recovery one": (person(), required(SMS, EMAIL, **BY_EMAIL), STUCK),
    "D18": (person(email="verified"), required(TOTP, EMAIL, **BY_EMAIL), set_up(TOTP)),
    "D18 every factor offered": (person(email="verified"), required(**BY_EMAIL), set_up(TOTP)),
    "D18 phone": (person(phone="verified"), required(TOTP, SMS, **BY_PHONE), set_up(TOTP)),
    "D19": (person(email="verified"), required(EMAIL, **BY_EMAIL), STUCK),
    "D19 a phone offered": (person(email="verified"), required(SMS, EMAIL, **BY_EMAIL), STUCK),
    "D20": (person(), required(TOTP, SMS), set_up(TOTP, SMS)),
    "D21": (person(SMS, first=SMS, app=True, phone="verified"), required(TOTP), asks(TOTP)),
}


@pytest.mark.parametrize("row", ROWS)
def test_the_next_question_is_the_one_of_contract_5_4(row: str):
    """Contract 5.4, D01 to D07, D09 to D21; 2.6."""
    state, policy, expected = ROWS[row]
    assert rules.next_challenge(state, policy) == expected


@given(states(), policies)
def test_only_what_sign_in_can_ask_for_is_effective(state: MfaState, policy: PoolPolicy):
    """Contract 2.6, last paragraph; QA-02."""
    effective = rules.effective(state, policy)
    assert all(rules.is_usable(factor, state, policy) for factor in effective)
    if policy.mode is Mode.OPTIONAL:
        assert effective <= state.stored.activated


@given(states(), policies)
def test_a_pool_that_is_off_asks_for_nothing(state: MfaState, policy: PoolPolicy):
    """Contract 5.4 D01."""
    off = replace(policy, mode=Mode.OFF)
    assert rules.effective(state, off) == frozenset()
    assert rules.next_challenge(state, off) == NOTHING


@given(states(), policies)
def test_the_channel_of_recovery_is_never_asked_for(state: MfaState, policy: PoolPolicy):
    """Contract 4.5, 2.4."""
    primary = rules.primary_recovery(state, policy)
    assert primary not in rules.effective(state, policy)
    assert primary not in rules.next_challenge(state, policy).factors


@given(states(), policies)
def test_only_the_most_important_verified_channel_is_reserved(state: MfaState, policy: PoolPolicy):
    """Contract 4.5: an unverified channel recovers nobody, so it reserves nothing."""
    verified = [each for each in policy.recovery if state.contact(each).verified]
    assert rules.primary_recovery(state, policy) == (verified[0] if verified else None)


@given(states(), policies)
def test_the_next_question_is_about_what_is_effective(state: MfaState, policy: PoolPolicy):
    """Contract 5.4: one or a choice of the effective ones; anything else where there are none."""
    effective = rules.effective(state, policy)
    challenge = rules.next_challenge(state, policy)
    if challenge.kind is Next.ONE:
        assert len(challenge.factors) == 1
        assert set(challenge.factors) <= effective
    elif challenge.kind is Next.CHOICE:
        assert set(challenge.factors) == effective
        assert len(effective) > 1
        assert state.stored.preferred not in effective
    else:
        assert not effective
    if challenge.kind in {Next.SET_UP, Next.STUCK}:
        assert policy.mode is Mode.REQUIRED


@given(states(), policies)
def test_factors_are_named_strongest_first(state: MfaState, policy: PoolPolicy):
    """FAC-06."""
    named = rules.next_challenge(state, policy).factors
    assert list(named) == [factor for factor in (TOTP, SMS, EMAIL) if factor in named]


@given(states(), policies)
def test_what_would_be_usable_is_usable_once_confirmed(state: MfaState, policy: PoolPolicy):
    """Contract 4.5: asked before a code is sent that could never help."""
    confirmed = {
        TOTP: replace(state, totp_enrolled=True),
        SMS: replace(state, phone=Contact("+447400999999", verified=True)),
        EMAIL: replace(state, email=Contact("new@example.com", verified=True)),
    }
    for factor in Factor:
        usable_then = rules.is_usable(factor, confirmed[factor], policy)
        assert rules.would_be_usable(factor, state, policy) == usable_then


@pytest.mark.parametrize("factor", Factor)
def test_a_withheld_factor_is_not_offered_and_one_outside_the_pool_is_not_either(factor: Factor):
    """FAC-06, FAC-07."""
    assert rules.is_offered(factor, optional())
    assert not rules.is_offered(factor, optional(*(ALL - {factor})))
    assert not rules.is_offered(factor, replace(optional(), withheld=frozenset({factor})))


def test_an_unconfirmed_contact_is_not_enrolled_unless_it_is_asked_for():
    """FAC-05."""
    assert not rules.is_enrolled(SMS, person(phone="unverified"))
    assert rules.is_enrolled(SMS, person(phone="verified"))
    assert rules.is_enrolled(SMS, person(SMS, phone="unverified"))
    assert rules.is_enrolled(TOTP, person(app=True))
    assert not rules.is_enrolled(TOTP, person(**(FULL | {"app": False})))


def test_others_leave_nobody_without_the_second_step_they_had():
    """FAC-01: one of two may go and the last may not; whoever had none loses none."""
    both = person(TOTP, SMS, app=True, phone="verified")
    one, none = person(SMS, phone="verified"), person(phone="verified")
    asked_for = optional()
    assert rules.leaves_one(both, one, asked_for)
    assert not rules.leaves_one(one, none, asked_for)
    assert rules.leaves_one(none, none, asked_for)
    assert rules.leaves_one(none, one, asked_for)
    # A flag is no second step where sign-in would not ask for it.
    assert not rules.leaves_one(both, person(TOTP, phone="verified"), asked_for)


def test_a_channel_of_recovery_is_told_even_where_it_is_not_the_first():
    """Contract 4.5, last row: the same channel for both weakens both."""
    assert rules.is_recovery_channel(SMS, optional(recovery=(EMAIL, SMS)))
    assert not rules.is_recovery_channel(SMS, optional(recovery=(EMAIL,)))


SAME_KIND = {
    "tokens": Next.NOTHING,
    "challenge": Next.ONE,
    "choice": Next.CHOICE,
    "setup": Next.SET_UP,
    "dead_end": Next.STUCK,
}
CHANNEL = {SMS: "verified_phone_number", EMAIL: "verified_email"}


@settings(max_examples=400)
@given(states(), policies)
def test_the_portal_foresees_what_the_local_cognito_does(state: MfaState, policy: PoolPolicy):
    """Contract 5.4: written twice, in two packages that never meet, and never at odds."""
    step = next_step(_as_pool(policy), _as_person(state), Switches())
    foreseen = rules.next_challenge(state, policy)
    if step.kind == "setup" and set(step.factors) == {SMS.value}:
        # D17: the pool lists what nobody can set up there; the page says so.
        assert foreseen == STUCK
        return
    assert foreseen.kind is SAME_KIND[step.kind]
    assert {factor.value for factor in foreseen.factors} == set(step.factors)


def _as_pool(policy: PoolPolicy) -> Pool:
    mfa = {
        "MfaConfiguration": policy.mode.value,
        "SoftwareTokenMfaConfiguration": {"Enabled": TOTP in policy.offered},
        **({"SmsMfaConfiguration": {}} if SMS in policy.offered else {}),
        **({"EmailMfaConfiguration": {}} if EMAIL in policy.offered else {}),
    }
    mechanisms = [
        {"Name": CHANNEL[factor], "Priority": place}
        for place, factor in enumerate(policy.recovery, start=1)
    ] or [{"Name": "admin_only", "Priority": 1}]
    recovery = {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}}
    return Pool("eu-central-1_Unit00001", {"settings": recovery, "mfa": mfa})


def _as_person(state: MfaState) -> Person:
    contacts = {"phone_number": state.phone, "email": state.email}
    attributes = {name: each.value for name, each in contacts.items() if each}
    verified = {
        f"{name}_verified": "true" if each.verified else "false"
        for name, each in contacts.items()
        if each
    }
    return Person(
        pool_id="eu-central-1_Unit00001",
        username="nora",
        sub="nora",
        created=0,
        modified=0,
        attributes=attributes | verified,
        totp={"secret": "S"} if state.totp_enrolled else None,
        activated=[factor.value for factor in state.stored.activated],
        preferred=state.stored.preferred.value if state.stored.preferred else None,
    )

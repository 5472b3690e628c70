"""Translations between what Cognito says, what a person wants, and what a record remembers."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.cognito.administration import PoolFacts, facts_from
from accounts.cognito.self_service import Account
from portal.factors import services
from portal.factors.domain import (
    Contact,
    Factor,
    MfaPreference,
    MfaState,
    Mode,
    PoolPolicy,
)
from portal.factors.policy import is_enrolled, is_offered, is_usable
from portal.factors.services import Factors, must_choose_next, state_from
from tests.unit.persons import somebody
from tests.unit.strategies import contact, policies, preferences, states

TOTP, SMS, EMAIL = Factor.TOTP, Factor.SMS, Factor.EMAIL


def account(**reply: Any) -> Account:
    usual = {"Username": "nora", "UserAttributes": [{"Name": "sub", "Value": "s"}]}
    return Account.from_reply({**usual, **reply})


def attributes(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def test_absent_members_mean_nothing_is_on():
    """Contract 2.5: absent, not empty, until a preference is set."""
    assert state_from(account(), totp_enrolled=False) == MfaState()


def test_a_reply_becomes_a_state():
    """Contract 2.5; TOK-03: flags, preference, contacts and whether they were confirmed."""
    reply = account(
        UserMFASettingList=["SMS_MFA", "SOFTWARE_TOKEN_MFA"],
        PreferredMfaSetting="SMS_MFA",
        UserAttributes=attributes(
            phone_number="+447400123456",
            phone_number_verified="true",
            email="nora@example.com",
            email_verified="false",
        ),
    )
    assert state_from(reply, totp_enrolled=True) == MfaState(
        MfaPreference(frozenset({SMS, TOTP}), SMS),
        totp_enrolled=True,
        phone=Contact("+447400123456", verified=True),
        email=Contact("nora@example.com", verified=False),
    )


def test_a_factor_nobody_knows_here_is_left_alone():
    """Contract 2.5: Cognito may list and prefer what this portal has no page for."""
    reply = account(UserMFASettingList=["WEB_AUTHN", "EMAIL_OTP"], PreferredMfaSetting="WEB_AUTHN")
    assert state_from(reply, totp_enrolled=False).stored == MfaPreference(frozenset({EMAIL}))


def test_a_contact_is_confirmed_only_by_the_word_true():
    """FAC-05: anything else is no proof."""
    for said in ("false", "True", "1", ""):
        reply = account(UserAttributes=attributes(email="n@example.com", email_verified=said))
        assert not state_from(reply, totp_enrolled=False).email.verified


def test_an_account_shows_no_contact_in_a_log():
    """FAC-10, AUD-03."""
    reply = account(UserAttributes=attributes(email="canary@example.com", phone_number="+4474"))
    assert "canary" not in repr(reply)
    assert "+4474" not in repr(reply)
    assert "canary" not in repr(state_from(reply, totp_enrolled=False))


RECOVERY = {
    "RecoveryMechanisms": [
        {"Name": "verified_phone_number", "Priority": 2},
        {"Name": "verified_email", "Priority": 1},
    ]
}


@pytest.mark.parametrize(
    ("mfa", "offered"),
    [
        ({}, set()),
        ({"SoftwareTokenMfaConfiguration": {"Enabled": True}}, {"SOFTWARE_TOKEN_MFA"}),
        ({"SoftwareTokenMfaConfiguration": {"Enabled": False}}, set()),
        ({"SoftwareTokenMfaConfiguration": {}}, set()),
        ({"SmsMfaConfiguration": {}}, {"SMS_MFA"}),
        ({"EmailMfaConfiguration": {"Subject": "x"}}, {"EMAIL_OTP"}),
    ],
)
def test_a_factor_is_offered_where_its_block_says_so(mfa: dict[str, Any], offered: set[str]):
    """FAC-07; contract 10.1: an absent block means off."""
    assert facts_from({}, mfa).offered == offered


@pytest.mark.parametrize(
    ("setting", "recovery"),
    [
        ({}, ()),
        (RECOVERY, ("email", "phone_number")),
        ({"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}, ()),
    ],
)
def test_ways_of_recovery_come_most_important_first(
    setting: dict[str, Any], recovery: tuple[str, ...]
):
    """Contract 4.5."""
    pool = {"AccountRecoverySetting": setting} if setting else {}
    assert facts_from(pool, {}).recovery == recovery


def test_the_facts_of_a_pool_become_a_policy(settings: Any):
    """FAC-06, FAC-07; contract 4.3, 4.5."""
    settings.OFFER_SMS, settings.OFFER_EMAIL = False, True
    update = {"AttributesRequireVerificationBeforeUpdate": ["email"]}
    pool = {"AccountRecoverySetting": RECOVERY, "UserAttributeUpdateSettings": update}
    mfa = {
        "MfaConfiguration": "ON",
        "SmsMfaConfiguration": {},
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
    }
    assert services.pool_policy(facts_from(pool, mfa)) == PoolPolicy(
        mode=Mode.REQUIRED,
        offered=frozenset({SMS, TOTP}),
        recovery=(EMAIL, SMS),
        replaces_at_once=frozenset({SMS}),
        withheld=frozenset({SMS}),
    )


def test_an_unknown_mode_is_an_error_and_not_a_guess():
    """RES-02."""
    facts = PoolFacts("SOMETIMES", frozenset(), (), frozenset(), {})
    with pytest.raises(ValueError, match="SOMETIMES"):
        services.pool_policy(facts)


@given(preferences())
def test_a_record_remembers_exactly_what_was_asked(wanted: MfaPreference):
    """AUD-01, QA-02: through JSON, as the database keeps it."""
    remembered = json.loads(json.dumps(services.asked_detail(wanted)))
    assert services.asked_from(remembered) == wanted


def test_a_record_of_something_else_asks_nothing():
    assert services.asked_from({"blocks": {}}) is None


@given(states(), policies)
def test_what_can_be_chosen_is_on_or_only_has_to_be_turned_on(state: MfaState, policy: PoolPolicy):
    """FAC-05, FAC-06: strongest first; nothing that would have to be set up before."""
    factors = Factors(state, policy, {})
    ready = {
        each
        for each in Factor
        if is_enrolled(each, state) and is_offered(each, policy) and is_usable(each, state, policy)
    }
    assert set(factors.choosable) == factors.preference.activated | ready
    assert list(factors.choosable) == sorted(factors.choosable, key=list(Factor).index)


def factors(first: Factor | None, *on: Factor) -> Factors:
    state = MfaState(
        MfaPreference(frozenset(on), first),
        totp_enrolled=True,
        phone=contact("verified", "+447400123456"),
        email=contact("verified", "nora@example.com"),
    )
    return Factors(state, PoolPolicy(Mode.OPTIONAL, frozenset(Factor)), {})


@pytest.mark.parametrize(
    ("now", "off", "asked"),
    [
        (factors(TOTP, TOTP, SMS, EMAIL), TOTP, True),
        (factors(TOTP, TOTP, SMS, EMAIL), SMS, False),
        (factors(TOTP, TOTP, SMS), TOTP, False),
        (factors(None, TOTP, SMS, EMAIL), TOTP, False),
        (factors(TOTP, TOTP), TOTP, False),
    ],
)
def test_who_comes_next_is_asked_only_where_there_is_a_choice(
    now: Factors, off: Factor, asked: bool
):
    """Contract 2.2 row 11: turning off the first one of three leaves a question."""
    assert must_choose_next(now, off) == asked


def test_notices_go_to_the_address_of_the_account():
    """NOT-02."""
    assert factors(None).addresses == {"nora@example.com"}
    assert Factors(MfaState(), factors(None).policy, {}).addresses == set()


def test_one_change_at_a_time_is_a_matter_of_pool_and_sub():
    """FAC-03, AUZ-03."""
    assert services.lock_name(somebody(sub="a")) != services.lock_name(somebody(sub="b"))
    other_pool = somebody(sub="a", pool_id="eu-central-1_Other0001")
    assert services.lock_name(somebody(sub="a")) != services.lock_name(other_pool)


@given(st.sampled_from(Mode))
def test_only_a_pool_that_asks_everybody_keeps_everything_on(mode: Mode):
    """FAC-01; contract 2.6."""
    seen = Factors(MfaState(), PoolPolicy(mode, frozenset(Factor)), {})
    assert seen.may_switch_off == (mode is not Mode.REQUIRED)


IDENTITY = '[{"userId":"113","providerName":"%s","providerType":"%s","primary":"true"}]'


@pytest.mark.parametrize(
    ("username", "identities", "provider"),
    [
        ("nora", "", ""),
        ("Google_113", IDENTITY % ("Google", "Google"), "Google"),
        ("google_113", IDENTITY % ("Google", "Google"), "Google"),
        (
            "signinwithapple_0.1",
            IDENTITY % ("SignInWithApple", "SignInWithApple"),
            "SignInWithApple",
        ),
        ("Acme-SAML_nora@acme.example", IDENTITY % ("Acme-SAML", "SAML"), "Acme-SAML"),
        # Of the pool, and linked with a provider: factors of their own.
        ("nora", IDENTITY % ("Google", "Google"), ""),
        ("Google_113", "no JSON", ""),
        ("Google_113", '{"providerName": "Google"}', ""),
        ("Google_113", '[{"userId": "113"}]', ""),
    ],
)
def test_who_signs_in_elsewhere(username: str, identities: str, provider: str):
    """Contract 2.3, 8.1: EXTERNAL_PROVIDER people are named for their provider."""
    given = account(Username=username, UserAttributes=attributes(sub="s", identities=identities))
    assert given.federated_by == provider

"""What if you lose your phone tonight? Every gap, its next step, and the words for both."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.factors import policy as rules
from portal.factors import words
from portal.factors.domain import Contact, Factor, MfaPreference, MfaState, Mode, PoolPolicy
from portal.factors.outlook import outlook
from portal.factors.readiness import (
    CODES,
    ON_A_PHONE,
    Finding,
    Gap,
    Step,
    due_reminder,
    findings,
)
from portal.factors.services import Factors
from tests.jargon import jargon_in
from tests.unit.strategies import policies, states

TOTP, SMS, EMAIL = Factor.TOTP, Factor.SMS, Factor.EMAIL
EVERYTHING = PoolPolicy(Mode.OPTIONAL, frozenset(Factor))
PHONE, MAILBOX = Contact("+447400123456", verified=True), Contact("nora@example.com", verified=True)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
codes = st.none() | st.integers(0, 10)


def on(*factors: Factor, first: Factor | None = None) -> MfaState:
    return MfaState(
        MfaPreference(frozenset(factors), first),
        totp_enrolled=TOTP in factors,
        phone=PHONE,
        email=MAILBOX,
    )


def gaps(state: MfaState, policy: PoolPolicy = EVERYTHING, left: int | None = None) -> list[Gap]:
    return [each.gap for each in findings(state, policy, left)]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (on(), []),
        (on(TOTP), [Gap.ONLY_METHOD]),
        (on(EMAIL), [Gap.ONLY_METHOD]),
        (on(TOTP, SMS), [Gap.ONE_PHONE]),
        (on(TOTP, SMS, first=TOTP), [Gap.FIRST_HIDES_OTHERS]),
        (on(TOTP, EMAIL, first=TOTP), [Gap.FIRST_HIDES_OTHERS]),
        (on(TOTP, EMAIL, first=EMAIL), []),
        (on(TOTP, EMAIL), []),
        (replace(on(TOTP, EMAIL), email=Contact("nora@example.com")), [Gap.UNCONFIRMED]),
    ],
)
def test_each_gap(state: MfaState, expected: list[Gap]):
    """(FAC-06)"""
    assert gaps(state) == expected


def test_a_channel_that_also_resets_the_password_is_named():
    """(contract 2.4, 4.5) the phone is second in line, so it may be asked for, too."""
    policy = replace(EVERYTHING, recovery=(EMAIL, SMS))
    assert findings(on(SMS, TOTP, first=SMS), policy, 9) == (
        Finding(Gap.ALSO_RECOVERY, SMS, Step.CHOOSE),
    )
    assert findings(on(SMS), policy, 9) == (Finding(Gap.ALSO_RECOVERY, SMS, Step.SET_UP, TOTP),)


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (None, [Gap.ONLY_METHOD]),
        (0, [Gap.ONLY_METHOD, Gap.NO_CODES]),
        (1, [Gap.FEW_CODES]),
        (3, [Gap.FEW_CODES]),
        (4, []),
    ],
)
def test_codes_are_a_way_back_in_while_there_are_some(left: int | None, expected: list[Gap]):
    assert gaps(on(TOTP), left=left) == expected


def test_a_passkey_that_stands_for_the_code_is_a_way_in_of_its_own():
    policy = replace(EVERYTHING, passkeys=True, passkeys_count=True, passkeys_asked=True)
    with_passkey = replace(on(TOTP), has_passkey=True, passkey_counts=True)
    assert gaps(with_passkey, policy) == []
    assert gaps(with_passkey, replace(policy, passkeys_asked=False)) == [Gap.ONLY_METHOD]
    assert gaps(replace(with_passkey, passkey_counts=False), policy) == [Gap.ONLY_METHOD]


def test_the_next_step_is_best_one_that_is_not_on_the_same_phone():
    (only,) = findings(on(SMS), EVERYTHING, None)
    assert (only.step, only.with_factor) == (Step.SET_UP, EMAIL)
    (only,) = findings(on(EMAIL), EVERYTHING, None)
    assert (only.step, only.with_factor) == (Step.SET_UP, TOTP)
    app_alone = PoolPolicy(Mode.OPTIONAL, frozenset({TOTP}))
    assert findings(on(TOTP), app_alone, None)[0].step is Step.NONE
    assert findings(on(TOTP), app_alone, 0)[0].step is Step.GET_CODES
    counting = replace(app_alone, passkeys=True, passkeys_count=True, passkeys_asked=True)
    assert findings(on(TOTP), counting, None)[0].step is Step.ADD_PASSKEY


def test_a_passkey_is_no_step_where_no_way_in_takes_one():
    """Design law 3: codes on paper instead, or nothing."""
    pool = PoolPolicy(Mode.OPTIONAL, frozenset({TOTP}), passkeys=True, passkeys_count=True)
    assert findings(on(TOTP), pool, None)[0].step is Step.NONE
    assert findings(on(TOTP), pool, 0)[0].step is Step.GET_CODES
    (only,) = findings(on(TOTP), replace(pool, offered=frozenset(Factor)), None)
    assert (only.step, only.with_factor) == (Step.SET_UP, EMAIL)


@given(states(), policies, codes)
def test_every_finding_is_true_and_said_in_plain_words(
    state: MfaState, policy: PoolPolicy, left: int | None
):
    """What is advised can be done, and is never on already."""
    usable = rules.effective(state, policy)
    found = findings(state, policy, left)
    assert [each.gap for each in found] == sorted((each.gap for each in found), key=list(Gap).index)
    for each in found:
        assert each.about is None or each.about in usable
        if each.step is Step.SET_UP:
            assert each.with_factor not in usable
            assert rules.is_offered(each.with_factor, policy)  # type: ignore[arg-type]
        said = f"{words.gap(each)} {words.step(each)}"
        assert not jargon_in(said)
        assert "{" not in said


@given(states(), policies)
def test_who_would_be_locked_out_by_losing_the_phone_is_told(state: MfaState, policy: PoolPolicy):
    """Sign-in without the phone, as the policy itself foresees it."""
    usable = rules.effective(state, policy)
    asked = rules.next_challenge(state, policy).factors
    if usable and set(asked) <= ON_A_PHONE:
        assert findings(state, policy, None)[0].gap in {
            Gap.ONLY_METHOD,
            Gap.FIRST_HIDES_OTHERS,
            Gap.ONE_PHONE,
        }


# --- reminders --------------------------------------------------------------------------------


def ago(**how: float) -> datetime:
    return NOW - timedelta(**how)


@pytest.mark.parametrize(
    ("since", "dismissed", "due"),
    [
        ({}, {}, None),
        ({"SMS_MFA": ago(days=27)}, {}, None),
        ({"SMS_MFA": ago(days=28)}, {}, "SMS_MFA"),
        ({"SMS_MFA": ago(days=28)}, {"SMS_MFA": ago(days=1)}, None),
        # Answered for the number before this one.
        ({"SMS_MFA": ago(days=28)}, {"SMS_MFA": ago(days=40)}, "SMS_MFA"),
        ({"SMS_MFA": ago(days=30), "EMAIL_OTP": ago(days=60)}, {}, "EMAIL_OTP"),
        ({CODES: ago(days=364)}, {}, None),
        ({CODES: ago(days=365)}, {}, CODES),
    ],
)
def test_what_is_asked_again_and_when(
    since: dict[str, datetime], dismissed: dict[str, datetime], due: str | None
):
    assert due_reminder(since, dismissed, NOW) == due


# --- the sentence -----------------------------------------------------------------------------


def details(state: MfaState, policy: PoolPolicy, *, trusted: bool = False) -> tuple[str, ...]:
    return outlook(Factors(state, policy, {}), browser_is_trusted=trusted).details


def test_what_comes_first_but_is_not_used_is_named_with_its_reason():
    """(contract 2.6, D09, D10)"""
    no_text = replace(EVERYTHING, offered=frozenset({TOTP, EMAIL}))
    assert details(on(SMS, EMAIL, first=SMS), no_text) == (
        "Text message comes first in your account, but sign-in does not use it: it is not "
        "offered here any more.",
    )
    recovery = replace(EVERYTHING, recovery=(EMAIL,))
    assert details(on(TOTP, EMAIL), recovery) == (
        "E-mail is on, but sign-in does not use it: it is how you get back in when you forget "
        "your password.",
    )
    nowhere = replace(on(TOTP, SMS), phone=Contact())
    assert details(nowhere, EVERYTHING)[-1].endswith("your account has nowhere to send it.")
    off = replace(EVERYTHING, mode=Mode.OFF)
    assert "Nobody here is asked for a second step" in details(on(TOTP), off)[-1]


def test_what_can_be_chosen_instead():
    """(D06, D11) nothing beside the first one; a passkey where it takes the code's place."""
    assert details(on(TOTP, SMS, EMAIL, first=TOTP), EVERYTHING) == (
        "Text message and e-mail are on, too, but not offered then, unless you choose “Ask me "
        "each time”.",
    )
    counting = replace(EVERYTHING, passkeys=True, passkeys_count=True, passkeys_asked=True)
    with_passkey = replace(on(TOTP), has_passkey=True, passkey_counts=True)
    assert details(with_passkey, counting) == ("You can choose your passkey instead.",)
    assert details(with_passkey, replace(counting, passkeys_asked=False)) == ()
    assert details(replace(with_passkey, passkey_counts=False), counting) == ()


def test_a_trusted_browser_is_not_asked():
    """(D08, D22)"""
    assert details(on(TOTP), EVERYTHING, trusted=True)[0].startswith("Not in this browser")
    assert not [each for each in details(on(), EVERYTHING, trusted=True) if "browser" in each]


@given(states(), policies, st.booleans())
def test_every_sentence_about_the_next_sign_in_is_plain(
    state: MfaState, policy: PoolPolicy, trusted: bool
):
    for said in details(state, policy, trusted=trusted):
        assert not jargon_in(said)
        assert "{" not in said

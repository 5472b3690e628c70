"""What an act makes of an account: the preview, the deed and the words come from one plan."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts.cognito.people import Someone
from accounts.cognito.self_service import Account
from accounts.subjects import Subject
from portal.factors.domain import Contact, Factor, MfaPreference, MfaState, Mode, PoolPolicy
from portal.factors.services import Factors
from portal.helpdesk import compounds, plans
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act, Target, Tier
from portal.helpdesk.plans import Choice, NotPossible

TOTP, SMS, EMAIL = Factor.TOTP, Factor.SMS, Factor.EMAIL
NOW = datetime(2026, 5, 1, tzinfo=UTC)
OPEN = PoolPolicy(Mode.OPTIONAL, frozenset(Factor))
STRICT = PoolPolicy(Mode.REQUIRED, frozenset(Factor))
NUMBER = Contact("+447400123456", verified=True)
ADDRESS = Contact("nora@example.com", verified=True)
BOTH = MfaState(MfaPreference(frozenset({TOTP, SMS}), TOTP), totp_enrolled=True, phone=NUMBER)
APP_ALONE = MfaState(MfaPreference(frozenset({TOTP}), TOTP), totp_enrolled=True)


def account(
    state: MfaState | None,
    policy: PoolPolicy = OPEN,
    *,
    enabled: bool = True,
    status: str = "CONFIRMED",
    frozen: bool = False,
    resets: bool = True,
) -> Dossier:
    """An account as it was just read; no state for somebody who signs in elsewhere."""
    read = Account.from_reply({"Username": "nora", "UserAttributes": []})
    someone = Someone(read, "sub-of-nora", status, enabled, NOW, NOW)
    factors = Factors(state, policy, {}) if state is not None else None
    target = Target("sub-of-nora", Tier.ORDINARY)
    seen = Dossier(someone, Subject("pool", "sub-of-nora"), target, factors, resets)
    # What would be read from the database only where it is asked.
    seen.__dict__["frozen_until"] = NOW + timedelta(hours=1) if frozen else None
    return seen


def refused(act: Act, seen: Dossier, choice: Choice | None = None) -> str:
    with pytest.raises(NotPossible) as problem:
        plans.plan(act, seen, choice or Choice())
    return str(problem.value)


@pytest.mark.parametrize(
    ("act", "seen", "choice", "said"),
    [
        (Act.TURN_OFF, account(None), Choice(TOTP), "another provider"),
        (Act.ISSUE_PASS, account(BOTH, frozen=True), Choice(), "are stopped"),
        (Act.REMOVE_APP, account(MfaState()), Choice(), "There is no authenticator app"),
        (Act.REMOVE_APP, account(APP_ALONE), Choice(), "the password alone"),
        (Act.REMOVE_APP, account(replace(APP_ALONE, passkey_counts=True)), Choice(), "passkey"),
        (Act.TURN_OFF, account(BOTH), Choice(EMAIL), "is not on"),
        (Act.TURN_OFF, account(BOTH), Choice(), "is not on"),
        (Act.TURN_OFF, account(APP_ALONE), Choice(TOTP), "the password alone"),
        (Act.TURN_OFF, account(BOTH, STRICT), Choice(TOTP), "no method can be off"),
        (Act.PREFER, account(BOTH), Choice(TOTP), "It is so already"),
        (Act.PREFER, account(BOTH), Choice(EMAIL), "It is not possible now"),
        (Act.ISSUE_PASS, account(BOTH, enabled=False), Choice(), "disabled"),
        (Act.RESET_PASSWORD, account(BOTH, enabled=False), Choice(), "no password to reset"),
        (
            Act.RESET_PASSWORD,
            account(BOTH, status="EXTERNAL_PROVIDER"),
            Choice(),
            "no password to reset",
        ),
        (Act.RESET_PASSWORD, account(BOTH, resets=False), Choice(), "can send no code"),
        (Act.DISABLE, account(BOTH, enabled=False), Choice(), "disabled already"),
        (Act.ENABLE, account(BOTH), Choice(), "enabled already"),
        (Act.LIFT_FREEZE, account(BOTH), Choice(), "not stopped"),
        (
            Act.CORRECT_CONTACT,
            account(BOTH),
            Choice(channel="phone_number", value="+447400654321"),
            "way of signing in now",
        ),
    ],
)
def test_what_the_account_stands_against_is_said(
    act: Act, seen: Dossier, choice: Choice, said: str
):
    """FAC-01, HLP-03: in words for the operator, before anything is sent."""
    assert said in refused(act, seen, choice)


def test_a_method_is_turned_off_by_one_block():
    """The one that was asked first is; nothing is preferred in its place unseen."""
    plan = plans.plan(Act.TURN_OFF, account(BOTH), Choice(TOTP))
    assert plan.wanted == MfaPreference(frozenset({SMS}))
    assert list(plan.blocks) == ["SoftwareTokenMfaSettings"]
    assert plan.after.methods == "text message"


def test_another_one_is_asked_first():
    plan = plans.plan(Act.PREFER, account(BOTH), Choice(SMS))
    assert plan.wanted == MfaPreference(frozenset({TOTP, SMS}), SMS)
    asked = plans.plan(Act.PREFER, account(BOTH), Choice())
    assert "nothing" in asked.does[0]


def test_an_app_goes_and_what_is_left_is_asked():
    plan = plans.plan(Act.REMOVE_APP, account(BOTH), Choice())
    assert plan.wanted == MfaPreference(frozenset({SMS}))
    assert plan.after.first == "nothing"


@pytest.mark.parametrize(
    ("state", "policy", "channel"),
    [
        # A pool without a setting of its own takes the phone first (contract 4.5).
        (MfaState(phone=NUMBER, email=ADDRESS), OPEN, "3456"),
        (MfaState(email=ADDRESS), OPEN, "n•••@e•••"),
        (MfaState(phone=NUMBER, email=ADDRESS), replace(OPEN, recovery=(EMAIL,)), "n•••@e•••"),
        # What is asked first cannot bring the password back.
        (
            MfaState(MfaPreference(frozenset({SMS}), SMS), phone=NUMBER, email=ADDRESS),
            OPEN,
            "n•••@e•••",
        ),
    ],
)
def test_a_password_comes_back_by_the_channel_of_the_pool(
    state: MfaState, policy: PoolPolicy, channel: str
):
    """FAC-10: masked."""
    plan = plans.plan(Act.RESET_PASSWORD, account(state, policy), Choice())
    assert channel in plan.after.next_sign_in


@pytest.mark.parametrize("at_once", [True, False])
def test_a_corrected_address_counts_as_unconfirmed(at_once: bool):
    """HLP-03: whoever holds the new one gets nothing by it yet."""
    policy = replace(OPEN, replaces_at_once=frozenset({EMAIL}) if at_once else frozenset())
    choice = Choice(channel="email", value="new@example.com")
    plan = plans.plan(Act.CORRECT_CONTACT, account(replace(BOTH, email=ADDRESS), policy), choice)
    assert plan.does[0] == (plans.REPLACED if at_once else plans.KEPT)[0]
    assert "new@example.com" not in str(plan)


@pytest.mark.parametrize("act", sorted(plans.FOR_EVERYBODY & set(plans.PLANS)))
def test_somebody_of_another_provider_can_be_kept_out_and_let_in(act: Act):
    seen = account(None, enabled=act is not Act.ENABLE, frozen=act is Act.LIFT_FREEZE)
    plan = plans.plan(act, seen, Choice())
    assert plan.does
    assert plan.after.methods == "kept elsewhere"
    assert plans.options(Act.PREFER, seen) == []


def test_only_what_can_be_chosen_is_offered():
    assert plans.options(Act.TURN_OFF, account(BOTH)) == [TOTP, SMS]
    assert plans.options(Act.PREFER, account(BOTH)) == [SMS, None]
    assert plans.options(Act.PREFER, account(APP_ALONE)) == []


def test_a_disabled_account_stays_what_it_is():
    plan = plans.plan(Act.END_SESSIONS, account(BOTH, enabled=False), Choice())
    assert "cannot get in" in plan.after.next_sign_in
    enabled = plans.plan(Act.ENABLE, account(BOTH, enabled=False), Choice())
    assert "cannot get in" not in enabled.after.next_sign_in


@pytest.mark.parametrize(
    ("channel", "value", "shown"),
    [("phone_number", "+447400123456", "3456"), ("email", "nora@example.com", "n•••@e•••")],
)
def test_what_a_record_keeps_of_a_new_one_is_masked(channel: str, value: str, shown: str):
    """AUD-03, FAC-10."""
    assert shown in plans.masked(channel, value)
    assert value not in plans.masked(channel, value)


@pytest.mark.parametrize("act", [Act.LOST_PHONE, Act.TAKEOVER, Act.LEAVER])
def test_an_act_of_several_steps_names_each_before_it_begins(act: Act):
    plan: Any = compounds.plan(act, account(BOTH))
    assert len(plan.does) == len(compounds.STEPS[act])


@pytest.mark.parametrize(
    ("state", "pool", "does", "then"),
    [
        (BOTH, OPEN, "a code for a new one is sent", "A code to •••"),
        (APP_ALONE, OPEN, compounds.NO_RESET, "A code by authenticator app."),
    ],
)
@pytest.mark.parametrize("frozen", [True, False])
def test_a_takeover_promises_a_code_only_where_one_is_sent(
    state: MfaState, pool: PoolPolicy, does: str, then: str, *, frozen: bool
):
    """(HLP-02, FAC-10) the preview says what the step does, while changes are stopped as well."""
    plan: Any = compounds.plan(Act.TAKEOVER, account(state, pool, frozen=frozen))
    assert any(does in each for each in plan.does)
    assert plan.after.next_sign_in.startswith(then)


def test_nothing_is_freed_while_changes_are_stopped():
    with pytest.raises(NotPossible, match="are stopped"):
        compounds.plan(Act.LOST_PHONE, account(BOTH, frozen=True))

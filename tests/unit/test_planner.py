"""The planner against a model of the pool: from any state, to any wish, under any policy."""

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal.factors import planner
from portal.factors.domain import (
    Contact,
    Factor,
    MfaPreference,
    MfaState,
    Mode,
    PoolPolicy,
    PreferenceRefused,
    Refusal,
)
from tests.unit.pool_model import NAME_OF, PoolModel, PoolRefuses, Request
from tests.unit.strategies import policies, preferences, states, wishes

TOTP, SMS, EMAIL = Factor.TOTP, Factor.SMS, Factor.EMAIL
PHONE, MAILBOX = Contact("+447400123456", True), Contact("nora@example.com", True)
EVERYTHING = MfaState(totp_enrolled=True, phone=PHONE, email=MAILBOX)
OPEN = PoolPolicy(Mode.OPTIONAL, frozenset(Factor))
many = settings(max_examples=300)


def model_of(state: MfaState) -> PoolModel:
    has = {TOTP: state.totp_enrolled, SMS: state.phone.value, EMAIL: state.email.value}
    return PoolModel(
        listed=frozenset(each.value for each in state.stored.activated),
        preferred=state.stored.preferred.value if state.stored.preferred else None,
        ready=frozenset(each.value for each in Factor if has[each]),
    )


def state_after(state: MfaState, request: Request) -> MfaState:
    """What GetUser would tell once the pool has stored the request."""
    after = model_of(state).apply(request)
    preferred = Factor(after.preferred) if after.preferred else None
    return replace(state, stored=MfaPreference(frozenset(map(Factor, after.listed)), preferred))


def in_force(state: MfaState, policy: PoolPolicy) -> MfaPreference:
    """What counts as on: the flags, and in a pool that asks everybody whatever it can ask for."""
    on = set(state.stored.activated)
    if policy.mode is Mode.REQUIRED:
        on |= {each for each in Factor if can_be_asked(each, state, policy)}
    return MfaPreference(frozenset(on), state.stored.preferred)


def can_be_asked(factor: Factor, state: MfaState, policy: PoolPolicy) -> bool:
    """Contract 5.4, definitions: a verified app; or an attribute that is eligible."""
    if factor is TOTP:
        return state.totp_enrolled
    contact = {SMS: state.phone, EMAIL: state.email}[factor]
    verified = {SMS: state.phone.verified, EMAIL: state.email.verified}
    recovers_by = [each for each in policy.recovery if verified[each]][:1]
    return bool(contact.value) and factor in policy.offered and factor not in recovers_by


def must_be_refused(state: MfaState, wanted: MfaPreference, policy: PoolPolicy) -> bool:
    """The rules of refusal, said once more in other words."""
    now = in_force(state, policy)
    proved = {TOTP: state.totp_enrolled, SMS: state.phone.verified, EMAIL: state.email.verified}
    present = {TOTP: state.totp_enrolled, SMS: bool(state.phone), EMAIL: bool(state.email)}
    first, was_first = wanted.preferred, now.preferred
    newly_on = wanted.activated - now.activated
    return (
        # the first one is off
        (first is not None and first not in wanted.activated)
        # a pool that asks everybody keeps everything on
        or (policy.mode is Mode.REQUIRED and not now.activated <= wanted.activated)
        # what is turned on was never proved, is not to be had, or could never be asked for
        or any(
            not proved[each]
            or each not in policy.offered
            or each in policy.withheld
            or not can_be_asked(each, state, policy)
            for each in newly_on
        )
        # what is newly asked first could never be asked for
        or (first is not None and first != was_first and not can_be_asked(first, state, policy))
        # the pool takes no block for what has lost its number or address, unless to turn it off
        or (
            first is None
            and was_first is not None
            and was_first in wanted.activated
            and not present[was_first]
        )
    )


def plan_or_none(state: MfaState, wanted: MfaPreference, policy: PoolPolicy) -> Request | None:
    try:
        return planner.plan(state, wanted, policy)
    except PreferenceRefused:
        return None


@many
@given(states(), wishes, policies)
def test_a_plan_is_refused_exactly_when_it_must_be(
    state: MfaState, wanted: MfaPreference, policy: PoolPolicy
):
    """FAC-01, FAC-05, FAC-06, FAC-07, QA-02; contract 2.3, 2.6, 4.5."""
    refused = plan_or_none(state, wanted, policy) is None
    assert refused == must_be_refused(state, wanted, policy)


@many
@given(states(), wishes, policies)
@example(
    # A preferred phone whose number is gone: the pool takes no block that keeps it on.
    MfaState(MfaPreference(frozenset({TOTP, SMS}), SMS), totp_enrolled=True),
    MfaPreference(frozenset({TOTP, SMS}), None),
    OPEN,
)
def test_applying_a_plan_gives_exactly_the_asked_state(
    state: MfaState, wanted: MfaPreference, policy: PoolPolicy
):
    """QA-02; contract 2.2: the pool takes every plan, and then says what was asked."""
    blocks = plan_or_none(state, wanted, policy)
    if blocks is not None:
        assert in_force(state_after(state, blocks), policy) == wanted


@many
@given(states(), wishes, policies)
def test_a_plan_made_twice_sends_nothing_the_second_time(
    state: MfaState, wanted: MfaPreference, policy: PoolPolicy
):
    """RES-05."""
    blocks = plan_or_none(state, wanted, policy)
    if blocks is not None:
        assert planner.plan(state_after(state, blocks), wanted, policy) == {}


@given(states(), policies)
def test_asking_for_what_is_already_so_sends_nothing(state: MfaState, policy: PoolPolicy):
    """Contract 2.2 row 10."""
    assert planner.plan(state, planner.current(state, policy), policy) == {}


@given(states(), policies)
def test_a_form_starts_from_what_is_in_force(state: MfaState, policy: PoolPolicy):
    """Contract 2.6: in a pool that asks everybody, flags alone do not tell."""
    assert planner.current(state, policy) == in_force(state, policy)


BLOCKS = [None, (True, True), (True, False), (False, False)]
EVERY_REQUEST = sorted(
    (
        {
            key: {"Enabled": flags[0], "PreferredMfa": flags[1]}
            for key, flags in zip(NAME_OF, chosen, strict=True)
            if flags
        }
        for chosen in product(BLOCKS, repeat=len(NAME_OF))
    ),
    key=len,
)


def reaches(request: Request, state: MfaState, wanted: MfaPreference, policy: PoolPolicy) -> bool:
    try:
        return in_force(state_after(state, request), policy) == wanted
    except PoolRefuses:
        return False


@many
@given(states(), wishes, policies)
def test_no_request_with_fewer_blocks_would_do(
    state: MfaState, wanted: MfaPreference, policy: PoolPolicy
):
    """Every one of the 64 possible requests is tried: none that is shorter reaches the wish."""
    blocks = plan_or_none(state, wanted, policy)
    if blocks is not None:
        shorter = [request for request in EVERY_REQUEST if len(request) < len(blocks)]
        assert not any(reaches(request, state, wanted, policy) for request in shorter)


@many
@given(states(), wishes, policies)
def test_every_block_carries_both_flags_and_at_most_one_is_preferred(
    state: MfaState, wanted: MfaPreference, policy: PoolPolicy
):
    """Contract 2.2 rows 4, 8 and 9."""
    blocks = (plan_or_none(state, wanted, policy) or {}).values()
    assert all(block.keys() == {"Enabled", "PreferredMfa"} for block in blocks)
    assert sum(block["PreferredMfa"] for block in blocks) <= 1
    assert all(block["Enabled"] or not block["PreferredMfa"] for block in blocks)


@many
@given(states(), wishes, policies)
def test_untouched_factors_are_left_out(state: MfaState, wanted: MfaPreference, policy: PoolPolicy):
    """Contract 2.2 row 6: an omitted block stays as it is."""
    now = in_force(state, policy)
    sent = {Factor(NAME_OF[key]) for key in plan_or_none(state, wanted, policy) or {}}
    touched = now.activated ^ wanted.activated
    if now.preferred != wanted.preferred:
        touched = touched | ({now.preferred, wanted.preferred} - {None})
    assert sent <= touched


@given(st.sampled_from([None, *Factor]), st.sampled_from(Factor), st.sampled_from(Mode))
def test_preferring_another_factor_sends_only_its_own_block(
    before: Factor | None, after: Factor, mode: Mode
):
    """Contract 2.2 row 7: the preference moves by itself."""
    everything = MfaPreference(frozenset(Factor), before)
    state = replace(EVERYTHING, stored=everything)
    blocks = planner.plan(state, replace(everything, preferred=after), replace(OPEN, mode=mode))
    both = {planner.SETTINGS_KEY[after]: {"Enabled": True, "PreferredMfa": True}}
    assert blocks == ({} if before == after else both)


@many
@given(states(), wishes, policies.map(lambda policy: replace(policy, mode=Mode.REQUIRED)))
def test_a_pool_that_asks_everybody_only_moves_the_preference(
    state: MfaState, wanted: MfaPreference, policy: PoolPolicy
):
    """FAC-01; contract 2.6: flags are only preferences there, and nothing is switched off."""
    blocks = plan_or_none(state, wanted, policy)
    if blocks is not None:
        assert all(block["Enabled"] for block in blocks.values())
        assert state_after(state, blocks).stored.preferred == wanted.preferred


@given(preferences())
def test_disabling_the_preferred_one_never_promotes_another(stored: MfaPreference):
    """Contract 2.2 row 11."""
    if stored.preferred is None:
        return
    rest = MfaPreference(stored.activated - {stored.preferred}, None)
    state = replace(EVERYTHING, stored=stored)
    blocks = planner.plan(state, rest, OPEN)
    assert not any(block["PreferredMfa"] for block in blocks.values())
    assert state_after(state, blocks).stored == rest


def on(*factors: Factor, first: Factor | None = None) -> MfaPreference:
    return MfaPreference(frozenset(factors), first)


UNVERIFIED = Contact("+447400123456", False)
RECOVERS_BY_EMAIL = replace(OPEN, recovery=(EMAIL,))
REQUIRED = PoolPolicy(Mode.REQUIRED, frozenset(Factor))
NO_SMS = replace(OPEN, offered=frozenset({TOTP, EMAIL}))
LOST_PHONE = MfaState(on(TOTP, SMS, first=SMS), totp_enrolled=True)

REFUSALS = [
    ("preferred and off", EVERYTHING, on(SMS, first=TOTP), OPEN, Refusal.PREFERRED_IS_OFF, TOTP),
    ("no app", MfaState(), on(TOTP), OPEN, Refusal.NOT_ENROLLED, TOTP),
    ("no phone", MfaState(), on(SMS), OPEN, Refusal.NOT_ENROLLED, SMS),
    ("unverified phone", MfaState(phone=UNVERIFIED), on(SMS), OPEN, Refusal.NOT_ENROLLED, SMS),
    ("not in the pool", EVERYTHING, on(SMS), NO_SMS, Refusal.NOT_OFFERED, SMS),
    (
        "switched off by the operator",
        EVERYTHING,
        on(SMS),
        replace(OPEN, withheld=frozenset({SMS})),
        Refusal.NOT_OFFERED,
        SMS,
    ),
    ("the way back in", EVERYTHING, on(EMAIL), RECOVERS_BY_EMAIL, Refusal.NOT_USABLE, EMAIL),
    (
        "the way back in, asked first",
        replace(EVERYTHING, stored=on(TOTP, EMAIL)),
        on(TOTP, EMAIL, first=EMAIL),
        RECOVERS_BY_EMAIL,
        Refusal.NOT_USABLE,
        EMAIL,
    ),
    (
        "asked first, gone from the pool",
        replace(EVERYTHING, stored=on(TOTP, SMS)),
        on(TOTP, SMS, first=SMS),
        NO_SMS,
        Refusal.NOT_OFFERED,
        SMS,
    ),
    ("number gone", LOST_PHONE, on(TOTP, SMS), OPEN, Refusal.NOT_ENROLLED, SMS),
    (
        "number gone, asked first",
        replace(LOST_PHONE, stored=on(TOTP, SMS)),
        on(TOTP, SMS, first=SMS),
        OPEN,
        Refusal.NOT_ENROLLED,
        SMS,
    ),
    (
        "the last one in a pool that asks everybody",
        MfaState(totp_enrolled=True),
        on(),
        REQUIRED,
        Refusal.LAST_FACTOR,
        TOTP,
    ),
    (
        "one of several in a pool that asks everybody",
        EVERYTHING,
        on(TOTP, EMAIL),
        REQUIRED,
        Refusal.REQUIRED,
        SMS,
    ),
]


@pytest.mark.parametrize(
    ("state", "wanted", "policy", "why", "factor"),
    [row[1:] for row in REFUSALS],
    ids=[row[0] for row in REFUSALS],
)
def test_a_refusal_names_its_reason_and_the_factor(
    state: MfaState,
    wanted: MfaPreference,
    policy: PoolPolicy,
    why: Refusal,
    factor: Factor,
):
    """FAC-01, FAC-05, FAC-06, FAC-07; contract 2.3, 4.5."""
    with pytest.raises(PreferenceRefused) as refused:
        planner.plan(state, wanted, policy)
    assert (refused.value.refusal, refused.value.factor) == (why, factor)


def test_a_lost_number_may_still_be_turned_off():
    """Contract 5.4 D09: the flag of a deleted attribute can be cleared, and only cleared."""
    assert planner.plan(LOST_PHONE, on(TOTP), OPEN) == {
        "SMSMfaSettings": {"Enabled": False, "PreferredMfa": False}
    }

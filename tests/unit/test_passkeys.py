"""Passkeys as values: what a pool allows, what is sent, what sign-in offers, what is read."""

import json
import tracemalloc
from dataclasses import replace
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st
from webauthn.helpers import bytes_to_base64url, encode_cbor

from accounts.cognito.administration import facts_from
from portal.enrolment.passkey import forms, reading, words
from portal.enrolment.passkey.reading import Unreadable
from portal.enrolment.passkey.services import _is_ours
from portal.factors import planner, policy
from portal.factors.domain import (
    Factor,
    MfaPreference,
    MfaState,
    Mode,
    PasskeyUse,
    PoolPolicy,
    PreferenceRefused,
    Refusal,
)
from portal.factors.planner import PASSKEY_KEY, SETTINGS_KEY
from portal.factors.services import Factors
from portal.factors.statuses import passkey_status
from portal.factors.words import PASSKEY_USE, passkey_use, refused_passkeys
from tests.jargon import jargon_in
from tests.sandbox.authenticator import Authenticator
from tests.unit.strategies import policies, preferences, states

TOTP = Factor.TOTP
OPEN = PoolPolicy(
    Mode.OPTIONAL, frozenset(Factor), passkeys=True, passkeys_count=True, passkeys_asked=True
)
WITH_APP = MfaState(MfaPreference(frozenset({TOTP}), TOTP), totp_enrolled=True)
WEB_AUTHN = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
BOTH = {"WebAuthnConfiguration": {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}}
OPTIONS = {"rp": {"id": "localhost"}, "challenge": "Y2hhbGxlbmdl", "user": {"id": "bm9yYQ"}}


@pytest.mark.parametrize(
    ("pool", "mfa", "offered", "counts"),
    [
        ({}, {}, False, False),
        ({}, BOTH, False, False),
        ({"Policies": WEB_AUTHN}, {}, True, False),
        ({"Policies": WEB_AUTHN}, BOTH, True, True),
        ({"Policies": WEB_AUTHN, "UserPoolTier": "PLUS"}, BOTH, True, True),
        ({"Policies": WEB_AUTHN, "UserPoolTier": "LITE"}, BOTH, False, False),
        (
            {"Policies": WEB_AUTHN},
            {"WebAuthnConfiguration": {"FactorConfiguration": "SINGLE_FACTOR"}},
            True,
            False,
        ),
    ],
)
def test_what_a_pool_says_of_passkeys(
    pool: dict[str, Any], mfa: dict[str, Any], offered: bool, counts: bool
):
    """Contract 7."""
    facts = facts_from(pool, mfa)
    assert (facts.passkeys, facts.passkeys_count) == (offered, counts)


def test_a_passkey_beside_a_method_needs_its_own_block_only():
    """Contract 2.2: untouched factors are left out."""
    assert planner.plan_passkeys(WITH_APP, counts=True, policy=OPEN) == {
        PASSKEY_KEY: {"Enabled": True}
    }


@given(states(), policies)
def test_a_passkey_never_stands_alone(state: MfaState, rules: PoolPolicy):
    """Contract 2.3: another factor has its flag before or by the same request."""
    rules = replace(rules, passkeys=True, passkeys_count=True)
    if not policy.effective(state, rules):
        with pytest.raises(PreferenceRefused) as refused:
            planner.plan_passkeys(state, counts=True, policy=rules)
        assert refused.value.refusal is Refusal.PASSKEY_NEEDS_ANOTHER
        return
    blocks = planner.plan_passkeys(state, counts=True, policy=rules)
    assert blocks[PASSKEY_KEY] == {"Enabled": True}
    along = set(blocks) - {PASSKEY_KEY}
    assert bool(along) != bool(state.stored.activated)
    for factor in Factor:
        if SETTINGS_KEY[factor] in along:
            assert factor in policy.effective(state, rules)
            # It must not move what is asked first: nothing was.
            assert blocks[SETTINGS_KEY[factor]] == {"Enabled": True, "PreferredMfa": False}


@given(states(), policies)
def test_it_can_always_be_switched_off(state: MfaState, rules: PoolPolicy):
    """Design law 4: also where the pool no longer allows it."""
    assert planner.plan_passkeys(state, counts=False, policy=rules) == {
        PASSKEY_KEY: {"Enabled": False}
    }


def test_the_last_other_method_is_named_in_the_refusal():
    """FAC-01: the page says which one has to stay."""
    held = replace(WITH_APP, passkey_counts=True)
    with pytest.raises(PreferenceRefused) as refused:
        planner.check(held, MfaPreference(), OPEN)
    assert (refused.value.refusal, refused.value.factor) == (
        Refusal.PASSKEY_NEEDS_ANOTHER,
        Factor.TOTP,
    )


def test_a_pool_that_does_not_allow_it_is_not_asked():
    with pytest.raises(PreferenceRefused) as refused:
        planner.plan_passkeys(WITH_APP, counts=True, policy=replace(OPEN, passkeys_count=False))
    assert refused.value.refusal is Refusal.PASSKEY_NOT_ALLOWED


@given(states(), preferences())
def test_the_last_other_method_stays_while_a_passkey_counts(state: MfaState, wanted: MfaPreference):
    """FAC-01: and whatever leaves another one on is judged as always."""
    state = replace(state, passkey_counts=True)
    had_one = bool(planner.current(state, OPEN).activated)
    try:
        planner.check(state, wanted, OPEN)
    except PreferenceRefused as refused:
        if refused.refusal is Refusal.PASSKEY_NEEDS_ANOTHER:
            assert had_one
            assert not wanted.activated
        return
    assert wanted.activated or not had_one


USES = [
    # D27: nothing else is asked for
    (MfaState(), OPEN, PasskeyUse.OFFERED),
    (WITH_APP, replace(OPEN, mode=Mode.OFF), PasskeyUse.OFFERED),
    # D28: an active factor leaves only the password
    (WITH_APP, replace(OPEN, passkeys_count=False), PasskeyUse.NOT_ALLOWED),
    (WITH_APP, OPEN, PasskeyUse.SWITCH_IS_OFF),
    (replace(WITH_APP, passkey_counts=True), OPEN, PasskeyUse.INSTEAD_OF_CODE),
    # D26, D29
    (WITH_APP, replace(OPEN, mode=Mode.REQUIRED, passkeys_count=False), PasskeyUse.NOT_ALLOWED),
    (MfaState(), replace(OPEN, mode=Mode.REQUIRED), PasskeyUse.SWITCH_IS_OFF),
]


@pytest.mark.parametrize(("state", "rules", "use"), USES)
def test_whether_sign_in_offers_a_passkey(state: MfaState, rules: PoolPolicy, use: PasskeyUse):
    """Contract 5.4, D25 to D29."""
    assert policy.passkey_use(state, rules) is use


@pytest.mark.parametrize(("state", "rules", "use"), USES)
def test_whether_it_does_where_no_way_in_takes_passkeys(
    state: MfaState, rules: PoolPolicy, use: PasskeyUse
):
    """Contract 7: never after a password, so the switch is of use in other apps alone."""
    found = policy.passkey_use(state, replace(rules, passkeys_asked=False))
    none_can = use is PasskeyUse.NOT_ALLOWED
    assert found is (PasskeyUse.NOWHERE if none_can else PasskeyUse.NOT_HERE)
    assert passkey_use(found).startswith("Signing in here does not ask for passkeys.")
    assert ("Other apps" in passkey_use(found)) is not none_can


@given(states(), policies, st.booleans(), st.booleans(), st.booleans(), st.booleans())
def test_the_line_of_the_overview_says_what_sign_in_does(
    state: MfaState, rules: PoolPolicy, has_one: bool, offered: bool, counts: bool, asked: bool
):
    """Design law 3: on is what is offered, not what is stored."""
    state = replace(state, has_passkey=has_one, passkey_counts=counts)
    count = offered and counts
    rules = replace(rules, passkeys=offered, passkeys_count=count, passkeys_asked=asked)
    row = passkey_status(Factors(state, rules, {}))
    assert (row is not None) == offered
    if row is None:
        return
    use = policy.passkey_use(state, rules)
    is_used = use in {PasskeyUse.OFFERED, PasskeyUse.INSTEAD_OF_CODE}
    assert (row.state == "on") == (has_one and is_used)
    promises = "you can choose" in row.description or "lets you in" in row.description
    assert not promises or (asked and use is not PasskeyUse.NOT_ALLOWED)
    assert not jargon_in(f"{row.label} {row.state_label} {row.description}")


def test_every_use_and_every_problem_has_its_words():
    """(PKY-05) A11-07: plain, and each its own."""
    assert PASSKEY_USE.keys() == set(PasskeyUse)
    said = [each.title for each in words.PROBLEMS.values()]
    assert len(set(said)) == len(said)
    for problem in words.PROBLEMS.values():
        assert not jargon_in(f"{problem.title} {problem.text}")
    for refusal in (Refusal.PASSKEY_NEEDS_ANOTHER, Refusal.PASSKEY_NOT_ALLOWED):
        assert not jargon_in(refused_passkeys(PreferenceRefused(refusal)))


@pytest.mark.parametrize(
    ("aaguid", "name"),
    [
        ("ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4", "Google Password Manager"),
        ("bada5566-a7aa-401f-bd96-45619a55120d", "1Password"),
        ("00000000-0000-4000-8000-000000000000", ""),
        ("", ""),
    ],
)
def test_a_provider_is_known_by_its_model(aaguid: str, name: str):
    assert words.provider(aaguid) == name


@pytest.mark.parametrize(
    ("attachment", "synchronised"), [*product(["platform", "cross-platform", ""], [None, False])]
)
def test_where_a_passkey_lives(attachment: str, synchronised: bool | None):
    by_camera = words.where(attachment, ["hybrid"], is_synchronised=synchronised)
    on_a_cable = words.where(attachment, ["usb"], is_synchronised=synchronised)
    said = {
        "platform": ("On the device it was made with",) * 2,
        "cross-platform": ("On a phone or tablet", "On a security key"),
        "": ("On a phone or tablet", ""),
    }
    assert (by_camera, on_a_cable) == said[attachment]
    assert words.where(attachment, [], is_synchronised=True) == "Synchronised between your devices"


def test_how_a_passkey_is_reached():
    assert words.ways(["nfc", "usb", "something-new"]) == "USB, NFC"
    assert words.ways([]) == ""


@pytest.mark.parametrize("verifies", [True, False])
@pytest.mark.parametrize("synchronised", [True, False])
def test_what_a_passkey_says_of_itself(verifies: bool, synchronised: bool):
    """Web Authentication level 3, 6.1: flags and model."""
    device = Authenticator(verifies=verifies, synchronised=synchronised)
    credential = device.create(OPTIONS)
    made = reading.read(credential)
    assert made.id == credential["id"]
    assert made.challenge == OPTIONS["challenge"]
    assert (made.is_verified, made.is_synchronised) == (verifies, synchronised)
    # Sixteen zeros say nothing.
    assert made.aaguid is None
    assert credential["id"] not in repr(made)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children),
    max_leaves=5,
)
MEMBERS = ["id", "rawId", "type", "response", "authenticatorAttachment"]
PARTS = ["clientDataJSON", "attestationObject", "transports"]


@given(st.sampled_from([*MEMBERS, *PARTS]), JSON | st.binary().map(lambda each: each.hex()))
def test_whatever_a_script_sends_is_read_or_refused(member: str, given_: Any):
    """(PKY-02) OTP-18: nothing breaks, whatever stands where."""
    credential = Authenticator().create(OPTIONS)
    place = credential["response"] if member in PARTS else credential
    place[member] = given_
    try:
        made = reading.read(credential)
    except Unreadable:
        return
    assert made.aaguid is None or isinstance(made.aaguid, UUID)


A_GREAT_NUMBER = 200_000_000


def _client_data(challenge: Any) -> str:
    said = {"type": "webauthn.create", "challenge": challenge, "origin": "https://mfa.example.com"}
    return bytes_to_base64url(json.dumps(said).encode())


def _attested(data: Any) -> str:
    said = {"fmt": "none", "attStmt": {}, "authData": data}
    return bytes_to_base64url(encode_cbor(said))


@pytest.mark.parametrize(
    ("member", "number"),
    [
        ("id", A_GREAT_NUMBER),
        ("rawId", A_GREAT_NUMBER),
        ("clientDataJSON", A_GREAT_NUMBER),
        ("clientDataJSON", _client_data(A_GREAT_NUMBER)),
        ("attestationObject", A_GREAT_NUMBER),
        ("attestationObject", _attested(A_GREAT_NUMBER)),
    ],
)
def test_a_number_in_the_place_of_bytes_takes_no_room(member: str, number: Any):
    """(PKY-02, RES-07) Python makes as many bytes of it as it says, if asked to."""
    credential = Authenticator().create(OPTIONS)
    place = credential["response"] if member in PARTS else credential
    place[member] = number
    tracemalloc.start()
    try:
        with pytest.raises(Unreadable):
            reading.read(credential)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < A_GREAT_NUMBER / 10


@given(st.binary() | JSON.map(lambda each: json.dumps(each).encode()))
def test_a_body_is_an_object_or_nothing(body: bytes):
    """INP-04: a form's body is none, and is not read a second time."""
    request = RequestFactory().post("/", body, content_type="application/json")
    assert isinstance(forms.object_in(request), dict)
    form = RequestFactory().post("/", {"id": "1"})
    assert form.POST["id"] == "1"
    assert forms.object_in(form) == {}


@pytest.mark.parametrize(
    ("host", "relying_party", "ours"),
    [
        ("mfa.example.com", "mfa.example.com", True),
        ("mfa.example.com", "example.com", True),
        ("mfa.example.com", "auth.example.com", False),
        ("badexample.com", "example.com", False),
        ("example.com", "mfa.example.com", False),
        ("localhost", "localhost", True),
    ],
)
def test_whose_passkeys_a_page_may_use(settings: Any, host: str, relying_party: str, ours: bool):
    """(PKY-05) Web Authentication level 3, 5.1.3: its own domain, and those above it."""
    settings.PORTAL_HOST = host
    assert _is_ours(relying_party) is ours

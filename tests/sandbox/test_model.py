"""Sequences of changes to one person's factors, against a small model of contract 2.2 to 2.6.

After every step GetUser, AdminGetUser and the next challenge must be what the model says.
`make fuzz-sandbox` walks more and longer sequences than the suite does.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from tests.sandbox.kit import EMAIL, SMS, TOTP, Realm, Someone, new_realm, refused, start, stop
from tests.unit.pool_model import NAME_OF, PoolModel, PoolRefuses, Request

LONG = "MODEL_WALKS" in os.environ
WALKS = int(os.environ.get("MODEL_WALKS", "25"))
TOKENS, CHOICE, SETUP = "tokens", "SELECT_MFA_TYPE", "MFA_SETUP"
ATTRIBUTE = {SMS: "phone_number", EMAIL: "email"}
ALL = (SMS, TOTP, EMAIL)


@dataclass(frozen=True)
class PoolRules:
    """A pool: its mode, the factors it has on, and the channel that recovers accounts first."""

    mode: str
    offered: tuple[str, ...] = ALL
    recovery: str = ""


@dataclass(frozen=True)
class Model:
    """What the contract says of one person; `verified`: None where there is no such attribute."""

    rules: PoolRules
    flags: PoolModel = field(default_factory=PoolModel)
    app: bool = False
    verified: tuple[bool | None, bool | None] = (None, None)  # number, address

    def has(self, factor: str) -> bool:
        """Whether the token or the attribute exists (2.3)."""
        return self.app if factor == TOTP else self._proof(factor) is not None

    def apply(self, request: Request) -> Model:
        """SetUserMFAPreference and its twin (2.2, 2.3); raises PoolRefuses."""
        ready = frozenset(factor for factor in ALL if self.has(factor))
        return replace(self, flags=replace(self.flags, ready=ready).apply(request))

    def without_app(self) -> Model:
        """AdminDeleteSoftwareToken takes flag and preference along (3.4)."""
        preferred = None if self.flags.preferred == TOTP else self.flags.preferred
        flags = replace(self.flags, listed=self.flags.listed - {TOTP}, preferred=preferred)
        return replace(self, app=False, flags=flags)

    def with_contact(self, factor: str, verified: bool | None) -> Model:
        """An attribute set or deleted; the flags stay as they are (5.4, D09)."""
        number, address = self.verified
        pair = (verified, address) if factor == SMS else (number, verified)
        return replace(self, verified=pair)

    def next_challenge(self) -> tuple[str, frozenset[str]]:
        """2.6 and 5.4: the challenge after a right password, and what it lists."""
        if self.rules.mode == "OFF":
            return TOKENS, frozenset()
        usable = self._usable()
        if self.flags.preferred in usable:
            return str(self.flags.preferred), frozenset()
        if len(usable) == 1:
            return next(iter(usable)), frozenset()
        if usable:
            return CHOICE, usable
        return (SETUP, self._can_set_up()) if self.rules.mode == "ON" else (TOKENS, frozenset())

    def _usable(self) -> frozenset[str]:
        effective = frozenset(factor for factor in ALL if self._eligible(factor))
        return effective if self.rules.mode == "ON" else effective & self.flags.listed

    def _eligible(self, factor: str) -> bool:
        if factor == TOTP:
            return self.app
        return self.has(factor) and factor in self.rules.offered and not self._recovers_by(factor)

    def _recovers_by(self, factor: str) -> bool:
        """2.4: the primary recovery channel of this person, once it is verified."""
        others = [each for each in ATTRIBUTE if each != self.rules.recovery]
        order = [self.rules.recovery, *others] if self.rules.recovery else []
        return next((each for each in order if self._proof(each)), None) == factor

    def _can_set_up(self) -> frozenset[str]:
        """D17: what is on, without the channel of recovery; D18: or the app alone."""
        if any(self._recovers_by(factor) for factor in ATTRIBUTE):
            return frozenset({TOTP})
        return frozenset(self.rules.offered) - {self.rules.recovery}

    def _proof(self, factor: str) -> bool | None:
        return self.verified[0] if factor == SMS else self.verified[1]


POOLS = (
    PoolRules("OFF", ()),
    PoolRules("OPTIONAL"),
    PoolRules("OPTIONAL", (TOTP,)),
    PoolRules("ON"),
    PoolRules("ON", (SMS, TOTP)),
    PoolRules("ON", recovery=EMAIL),
    PoolRules("OPTIONAL", recovery=SMS),
)
MECHANISM = {EMAIL: "verified_email", SMS: "verified_phone_number"}
Realms = dict[PoolRules, Realm]


@pytest.fixture(scope="module")
def realms() -> Iterator[Realms]:
    """The pools, on a sandbox that counts neither codes nor failures."""
    free = ("email_mfa_per_hour=1000000", "enrolment_failures_lock=false")
    server = start("--scene", "empty", *(part for each in free for part in ("--switch", each)))
    try:
        yield {rules: _realm(server, rules) for rules in POOLS}
    finally:
        stop(server)


def _realm(server: Any, rules: PoolRules) -> Realm:
    names = sorted(MECHANISM, key=lambda factor: factor != rules.recovery)
    setting = [{"Priority": n, "Name": MECHANISM[f]} for n, f in enumerate(names, 1)]
    recovery = {"AccountRecoverySetting": {"RecoveryMechanisms": setting}} if rules.recovery else {}
    return new_realm(server, rules.mode, rules.offered, **recovery)


FLAGS = st.fixed_dictionaries(
    {}, optional={"Enabled": st.booleans(), "PreferredMfa": st.booleans()}
)
# Mostly what makes sense, so that sequences get somewhere.
SENSIBLE = st.sampled_from(
    [
        {"Enabled": True},
        {"Enabled": True, "PreferredMfa": False},
        {"Enabled": True, "PreferredMfa": True},
        {"Enabled": False, "PreferredMfa": False},
    ]
)
BLOCK_OF = {factor: block for block, factor in NAME_OF.items()}
BLOCKS = st.fixed_dictionaries({}, optional=dict.fromkeys(NAME_OF, SENSIBLE | FLAGS))


class Walk(RuleBasedStateMachine):
    """One person's history."""

    def __init__(self, realms: Realms) -> None:
        super().__init__()
        self.realms = realms

    @initialize(
        rules=st.sampled_from(POOLS),
        number=st.sampled_from([True, False, None]),
        address=st.booleans(),
        app=st.booleans(),
    )
    def begin(self, rules: PoolRules, number: bool | None, address: bool, app: bool) -> None:
        self.model = Model(rules, verified=(number, address))
        self.person = self.realms[rules].person(phone=number, email=address)
        if app and TOTP in rules.offered:
            self.bind_an_app()

    @rule(blocks=BLOCKS, by_administrator=st.booleans())
    def set_preference(self, blocks: dict[str, dict[str, bool]], by_administrator: bool) -> None:
        server = self.person.realm.server
        expected: Any = nullcontext()
        try:
            self.model = self.model.apply(blocks)
        except PoolRefuses:
            expected = refused("InvalidParameterException")
        with expected:
            if by_administrator:
                server.admin.admin_set_user_mfa_preference(**self.person.admin_name, **blocks)
            else:
                server.user.set_user_mfa_preference(AccessToken=self.person.token, **blocks)

    @rule(factor=st.sampled_from(ALL), block=SENSIBLE)
    def set_one_factor(self, factor: str, block: dict[str, bool]) -> None:
        self.set_preference({BLOCK_OF[factor]: block}, by_administrator=False)

    @precondition(lambda self: TOTP in self.model.rules.offered)
    @rule()
    def bind_an_app(self) -> None:
        self.person.bind_app()
        self.model = replace(self.model, app=True)

    @precondition(lambda self: TOTP not in self.model.rules.offered)
    @rule()
    def bind_an_app_where_none_can_be(self) -> None:
        with refused("SoftwareTokenMFANotFoundException"):
            self.person.bind_app()

    @precondition(lambda self: TOTP in self.model.rules.offered)
    @rule()
    def begin_with_an_app_and_mistype(self) -> None:
        user = self.person.realm.server.user
        secret = user.associate_software_token(AccessToken=self.person.token)["SecretCode"]
        wrong = (int(self.person.realm.server.totp(secret)) + 1) % 10**6
        with refused("EnableSoftwareTokenMFAException"):
            user.verify_software_token(AccessToken=self.person.token, UserCode=f"{wrong:06}")

    @rule()
    def administrator_deletes_the_app(self) -> None:
        self.person.realm.server.admin.admin_delete_software_token(**self.person.admin_name)
        self.model = self.model.without_app()

    @rule(factor=st.sampled_from(sorted(ATTRIBUTE)), verified=st.booleans())
    def administrator_sets_a_contact(self, factor: str, verified: bool) -> None:
        name = ATTRIBUTE[factor]
        values = {
            name: self.person.phone if factor == SMS else self.person.email,
            f"{name}_verified": str(verified).lower(),
        }
        self.person.realm.server.admin.admin_update_user_attributes(
            **self.person.admin_name,
            UserAttributes=[{"Name": n, "Value": v} for n, v in values.items()],
        )
        self.model = self.model.with_contact(factor, verified)

    @rule(factor=st.sampled_from(sorted(ATTRIBUTE)), by_administrator=st.booleans())
    def delete_a_contact(self, factor: str, by_administrator: bool) -> None:
        server, names = self.person.realm.server, [ATTRIBUTE[factor]]
        if by_administrator:
            server.admin.admin_delete_user_attributes(
                **self.person.admin_name, UserAttributeNames=names
            )
        else:
            server.user.delete_user_attributes(
                AccessToken=self.person.token, UserAttributeNames=names
            )
        self.model = self.model.with_contact(factor, None)

    @precondition(lambda self: self.model.next_challenge()[0] in ATTRIBUTE)
    @rule()
    def sign_in_with_the_code(self) -> None:
        """The code proves the channel (4.3)."""
        challenge = self.person.sign_in()
        factor = challenge["ChallengeName"]
        sent_to = self.person.phone if factor == SMS else self.person.email
        code = self.person.realm.server.code_sent_to(sent_to)
        assert "AuthenticationResult" in self.person.answer_code(challenge, code)
        self.model = self.model.with_contact(factor, True)

    @invariant()
    def reads_and_sign_in_agree_with_the_model(self) -> None:
        flags = self.model.flags
        for answer in (self.person.get(), self._seen_by_administrator()):
            assert frozenset(answer.get("UserMFASettingList", ())) == flags.listed
            assert answer.get("PreferredMfaSetting") == flags.preferred
            assert ("UserMFASettingList" in answer) == bool(flags.listed)
        assert challenge_of(self.person) == self.model.next_challenge()

    def _seen_by_administrator(self) -> dict[str, Any]:
        seen: dict[str, Any] = self.person.realm.server.admin.admin_get_user(
            **self.person.admin_name
        )
        return seen


def challenge_of(person: Someone) -> tuple[str, frozenset[str]]:
    """What a right password is answered with, and what that lists."""
    answer = person.sign_in()
    parameters = answer["ChallengeParameters"]
    listed = parameters.get("MFAS_CAN_CHOOSE") or parameters.get("MFAS_CAN_SETUP") or "[]"
    return answer.get("ChallengeName", TOKENS), frozenset(json.loads(listed))


def test_any_history_of_a_person_agrees_with_the_contract(realms: Realms) -> None:
    """C015 to C029, C036, C048, C051 to C053, C082 to C084, C087, C090 to C094 in any order."""
    run_state_machine_as_test(
        lambda: Walk(realms),
        settings=settings(
            max_examples=WALKS,
            stateful_step_count=15,
            derandomize=not LONG,
            database=None,
            deadline=None,
            phases=[Phase.generate],  # fifteen steps are short enough to read
            suppress_health_check=list(HealthCheck),
        ),
    )

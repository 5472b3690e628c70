"""The decision table D01 to D23 of contract 5.4, and C090 to C094."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import EMAIL, SMS, TOTP, Realm, Someone, refused

EMAIL_FIRST = ("verified_email", "verified_phone_number")
PHONE_FIRST = ("verified_phone_number", "verified_email")


@dataclass(frozen=True)
class Row:
    """One row: the pool, the person, and what must come back."""

    name: str
    mode: str
    pool: tuple[str, ...] = (SMS, TOTP, EMAIL)
    has: tuple[str, ...] = ()
    activated: tuple[str, ...] = ()
    preferred: str = ""
    recovery: tuple[str, ...] = ()
    result: str = "tokens"
    listed: tuple[str, ...] = ()


CHOICE, SETUP = "SELECT_MFA_TYPE", "MFA_SETUP"
ALL = (SMS, TOTP, EMAIL)
ROWS = (
    Row("D01", "OFF", pool=(), has=ALL, activated=ALL, preferred=TOTP),
    Row("D02 nothing", "OPTIONAL"),
    Row("D02 app unactivated", "OPTIONAL", has=(TOTP,)),
    Row("D03", "OPTIONAL", has=(TOTP,), activated=(TOTP,), result=TOTP),
    Row("D03 preferred", "OPTIONAL", has=(TOTP,), activated=(TOTP,), preferred=TOTP, result=TOTP),
    Row("D04", "OPTIONAL", has=(SMS,), activated=(SMS,), result=SMS),
    Row("D05", "OPTIONAL", has=(EMAIL,), activated=(EMAIL,), result=EMAIL),
    Row("D06", "OPTIONAL", has=ALL, activated=ALL, preferred=EMAIL, result=EMAIL),
    Row("D07", "OPTIONAL", has=ALL, activated=(SMS, TOTP), result=CHOICE, listed=(SMS, TOTP)),
    Row("D10 dropped", "OPTIONAL", pool=(TOTP,), has=(SMS,), activated=(SMS,)),
    Row(
        "D10 another is left",
        "OPTIONAL",
        pool=(TOTP,),
        has=(SMS, TOTP),
        activated=(SMS, TOTP),
        preferred=SMS,
        result=TOTP,
    ),
    Row("D11", "ON", has=ALL, activated=ALL, preferred=SMS, result=SMS),
    Row("D12", "ON", has=(TOTP,), result=TOTP),
    Row("D13 C093", "ON", has=(SMS, TOTP), result=CHOICE, listed=(SMS, TOTP)),
    Row("D13 all", "ON", has=ALL, result=CHOICE, listed=ALL),
    Row("D14 C090", "ON", has=(SMS,), result=SMS),
    Row("D15 C091", "ON", has=(EMAIL,), result=EMAIL),
    Row("D16 C092", "ON", has=(SMS, EMAIL), result=CHOICE, listed=(SMS, EMAIL)),
    Row("D17", "ON", result=SETUP, listed=ALL),
    Row("D17 recovery", "ON", recovery=EMAIL_FIRST, result=SETUP, listed=(SMS, TOTP)),
    Row("D18", "ON", has=(EMAIL,), recovery=EMAIL_FIRST, result=SETUP, listed=(TOTP,)),
    Row("D19", "ON", pool=(SMS, EMAIL), has=(EMAIL,), recovery=EMAIL_FIRST, result="refused"),
    Row("D20", "ON", pool=(SMS, TOTP), has=(EMAIL,), result=SETUP, listed=(SMS, TOTP)),
    Row("D21", "ON", pool=(TOTP,), has=(SMS, TOTP), activated=(SMS,), preferred=SMS, result=TOTP),
    Row("C094 e-mail", "ON", has=(SMS, EMAIL), recovery=EMAIL_FIRST, result=SMS),
    Row("C094 phone", "ON", has=(SMS, EMAIL), recovery=PHONE_FIRST, result=EMAIL),
    Row(
        "C094 activated all the same",
        "OPTIONAL",
        has=(SMS, EMAIL),
        activated=(SMS, EMAIL),
        preferred=EMAIL,
        recovery=EMAIL_FIRST,
        result=SMS,
    ),
)


def realm_of(row: Row, make_realm: MakeRealm, known: dict[Any, Realm]) -> Realm:
    """A pool as the row wants it, made once."""
    key = (row.mode, row.pool, row.recovery)
    if key not in known:
        recovery = [{"Priority": n, "Name": name} for n, name in enumerate(row.recovery, 1)]
        setting = {"AccountRecoverySetting": {"RecoveryMechanisms": recovery}} if recovery else {}
        known[key] = make_realm(row.mode, row.pool, **setting)
    return known[key]


@pytest.fixture(scope="module")
def known() -> dict[Any, Realm]:
    """Pools of the rows before."""
    return {}


def person_of(row: Row, realm: Realm) -> Someone:
    """A person as the row wants it. An app is bound while the pool has it."""
    person = realm.person(
        email=True if EMAIL in row.has else None, phone=True if SMS in row.has else None
    )
    if TOTP in row.has:
        if TOTP not in row.pool:
            realm.set_mfa("OPTIONAL", TOTP)
        person.bind_app()
        if TOTP not in row.pool:
            realm.set_mfa("OFF")
    short = {SMS: "SMS", TOTP: "TOTP", EMAIL: "EMAIL"}
    person.prefer(**{short[f]: (True, f == row.preferred) for f in row.activated})
    return person


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_decision(row: Row, make_realm: MakeRealm, known: dict[Any, Realm]) -> None:
    """D01 to D21, C090 to C094."""
    person = person_of(row, realm_of(row, make_realm, known))
    if row.result == "refused":
        with refused("NotAuthorizedException"):
            person.sign_in()
        return
    answer = person.sign_in()
    assert answer.get("ChallengeName", "tokens") == row.result
    assert ("AuthenticationResult" in answer) == (row.result == "tokens")
    parameters = answer["ChallengeParameters"]
    listed = parameters.get("MFAS_CAN_CHOOSE") or parameters.get("MFAS_CAN_SETUP") or "[]"
    assert set(json.loads(listed)) == set(row.listed)


def test_unverified_address_is_no_recovery_channel(make_realm: MakeRealm) -> None:
    recovery = [{"Priority": n, "Name": name} for n, name in enumerate(EMAIL_FIRST, 1)]
    realm = make_realm("ON", ALL, AccountRecoverySetting={"RecoveryMechanisms": recovery})
    assert realm.person(email=False).sign_in()["ChallengeName"] == EMAIL


def test_admin_only_recovery_takes_no_factor_away(make_realm: MakeRealm) -> None:
    only = [{"Priority": 1, "Name": "admin_only"}]
    realm = make_realm("ON", ALL, AccountRecoverySetting={"RecoveryMechanisms": only})
    assert realm.person(email=True).sign_in()["ChallengeName"] == EMAIL


def test_mode_changes_take_effect_at_once(make_realm: MakeRealm) -> None:
    realm = make_realm("OPTIONAL", ALL)
    person = realm.person(phone=True)
    assert "AuthenticationResult" in person.sign_in()
    realm.set_mfa("ON", *ALL)
    assert person.sign_in()["ChallengeName"] == SMS
    realm.set_mfa("OFF")
    assert "AuthenticationResult" in person.sign_in()

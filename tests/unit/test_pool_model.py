"""The model that judges the planner keeps every row of contract 2.2 and 2.3 itself."""

import pytest

from tests.unit.pool_model import PoolModel, PoolRefuses, Request

T, S, E = "SOFTWARE_TOKEN_MFA", "SMS_MFA", "EMAIL_OTP"
READY = frozenset({T, S, E})


def totp(*, preferred: bool | None = None, enabled: bool | None = None) -> Request:
    flags = {"Enabled": enabled, "PreferredMfa": preferred}
    return {"SoftwareTokenMfaSettings": {k: v for k, v in flags.items() if v is not None}}


def sms(enabled: bool, preferred: bool) -> Request:
    return {"SMSMfaSettings": {"Enabled": enabled, "PreferredMfa": preferred}}


ROWS = [
    ("row 1", set(), None, totp(enabled=True, preferred=False), {T}, None),
    ("row 2", {T}, None, totp(enabled=True, preferred=True), {T}, T),
    ("row 3", {T}, T, totp(enabled=True, preferred=False), {T}, None),
    ("row 4", {T}, T, totp(enabled=True), {T}, None),
    ("row 5", {T}, T, totp(enabled=False), set(), None),
    ("row 5", {T}, T, totp(enabled=False, preferred=False), set(), None),
    ("row 6", {S, T}, T, sms(False, False), {T}, T),
    ("row 7", {S, T}, T, sms(True, True), {S, T}, S),
    ("row 10", {S, T}, T, {}, {S, T}, T),
    ("row 11", {S, T}, T, totp(enabled=False), {S}, None),
    ("row 12", {E}, None, {"EmailMfaSettings": {"Enabled": True, "PreferredMfa": True}}, {E}, E),
]


@pytest.mark.parametrize(("row", "listed", "preferred", "request_", "then", "first"), ROWS)
def test_the_model_stores_what_contract_2_2_says(
    row: str,
    listed: set[str],
    preferred: str | None,
    request_: Request,
    then: set[str],
    first: str | None,
):
    after = PoolModel(frozenset(listed), preferred, READY).apply(request_)
    assert (after.listed, after.preferred) == (then, first), row


def test_rows_13_and_14_turning_off_what_was_never_set_up_is_accepted():
    nobody = PoolModel(ready=frozenset({S}))
    assert nobody.apply(totp(enabled=False, preferred=False)) == nobody
    both = sms(True, True) | totp(enabled=False, preferred=False)
    assert nobody.apply(both).preferred == S


@pytest.mark.parametrize(
    ("row", "request_"),
    [
        ("row 8", totp(enabled=True, preferred=True) | sms(True, True)),
        ("row 9", totp(enabled=False, preferred=True)),
        ("row 9, absent flag", totp(preferred=True)),
    ],
)
def test_rows_8_and_9_are_refused_and_store_nothing(row: str, request_: Request):
    with pytest.raises(PoolRefuses):
        PoolModel(ready=READY).apply(request_)


@pytest.mark.parametrize("missing", [T, S, E])
def test_contract_2_3_nothing_is_turned_on_without_token_or_attribute(missing: str):
    key = {T: "SoftwareTokenMfaSettings", S: "SMSMfaSettings", E: "EmailMfaSettings"}[missing]
    with pytest.raises(PoolRefuses):
        PoolModel(ready=READY - {missing}).apply({key: {"Enabled": True, "PreferredMfa": False}})

"""Checklist C067, C068, C073 and C153: passwords forgotten, reset and changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import ALL, PASSWORD, TOTP, Realm, Someone, refused, secret_hash

NEW_PASSWORD = "Another-Horse-8"
NO_CHANNEL = (
    "Cannot reset password for the user as there is no registered/verified email or phone_number"
)
WRONG = "Invalid verification code provided, please try again."
STALE = "Invalid code provided, please request a code again."
LIMIT = "Attempt limit exceeded, please try after some time."
INCORRECT = "Incorrect username or password."
LOCKED = "Password attempts exceeded"


def recovery(*names: str) -> dict[str, Any]:
    """AccountRecoverySetting with these mechanisms, most important first."""
    mechanisms = [{"Priority": at, "Name": name} for at, name in enumerate(names, start=1)]
    return {"AccountRecoverySetting": {"RecoveryMechanisms": mechanisms}}


def forget(realm: Realm, username: str, **more: str) -> dict[str, str]:
    """ForgotPassword; where the code went."""
    answer = realm.server.user.forgot_password(ClientId=realm.client_id, Username=username, **more)
    details: dict[str, str] = answer["CodeDeliveryDetails"]
    return details


def confirm(realm: Realm, username: str, code: str, password: str = NEW_PASSWORD) -> None:
    """ConfirmForgotPassword."""
    realm.server.user.confirm_forgot_password(
        ClientId=realm.client_id, Username=username, ConfirmationCode=code, Password=password
    )


def reset(person: Someone) -> None:
    """AdminResetUserPassword."""
    person.realm.server.admin.admin_reset_user_password(**person.admin_name)


def change(person: Someone, proposed: str, previous: str | None = PASSWORD) -> None:
    """ChangePassword."""
    more = {} if previous is None else {"PreviousPassword": previous}
    person.realm.server.user.change_password(
        AccessToken=person.token, ProposedPassword=proposed, **more
    )


def other(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture
def forgetful(off: Realm) -> Someone:
    """Has a proved address."""
    return off.person(email=True)


def test_forgotten_password(forgetful: Someone) -> None:
    realm = forgetful.realm
    details = forget(realm, forgetful.username)
    assert details == {
        "Destination": "u***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    code = realm.server.code_sent_to(forgetful.email)
    assert len(code) == 6
    confirm(realm, forgetful.username, code)
    with refused("NotAuthorizedException", INCORRECT):
        forgetful.sign_in()
    forgetful.password = NEW_PASSWORD
    assert "AuthenticationResult" in forgetful.sign_in()


def test_the_old_password_works_until_the_code_comes(forgetful: Someone) -> None:
    forget(forgetful.realm, forgetful.username)
    assert "AuthenticationResult" in forgetful.sign_in()


def test_a_code_resets_once(forgetful: Someone) -> None:
    realm = forgetful.realm
    forget(realm, forgetful.username)
    code = realm.server.code_sent_to(forgetful.email)
    confirm(realm, forgetful.username, code)
    with refused("ExpiredCodeException", STALE):
        confirm(realm, forgetful.username, code)


def test_wrong_superseded_and_missing_codes(forgetful: Someone) -> None:
    realm, name = forgetful.realm, forgetful.username
    with refused("ExpiredCodeException", STALE):
        confirm(realm, name, "123456")
    forget(realm, name)
    first = realm.server.code_sent_to(forgetful.email)
    with refused("CodeMismatchException", WRONG):
        confirm(realm, name, other(first))
    forget(realm, name)
    second = realm.server.code_sent_to(forgetful.email)
    if first != second:
        with refused("ExpiredCodeException", STALE):
            confirm(realm, name, first)
    confirm(realm, name, second)


def test_a_code_lives_for_an_hour(forgetful: Someone) -> None:
    realm = forgetful.realm
    forget(realm, forgetful.username)
    realm.server.advance(3599)
    code = realm.server.code_sent_to(forgetful.email)
    with refused("CodeMismatchException"):
        confirm(realm, forgetful.username, other(code))
    realm.server.advance(2)
    with refused("ExpiredCodeException", STALE):
        confirm(realm, forgetful.username, code)


def test_a_weak_password_costs_neither_code_nor_try(forgetful: Someone) -> None:
    realm = forgetful.realm
    forget(realm, forgetful.username)
    code = realm.server.code_sent_to(forgetful.email)
    for _ in range(6):
        with refused("InvalidPasswordException"):
            confirm(realm, forgetful.username, code, "short")
    confirm(realm, forgetful.username, code)


def test_limits_of_an_hour(forgetful: Someone) -> None:
    realm, name = forgetful.realm, forgetful.username
    for _ in range(5):
        forget(realm, name)
    with refused("LimitExceededException", LIMIT):
        forget(realm, name)
    code = realm.server.code_sent_to(forgetful.email)
    for _ in range(5):
        with refused("CodeMismatchException"):
            confirm(realm, name, other(code))
    with refused("LimitExceededException", LIMIT):
        confirm(realm, name, code)
    realm.server.advance(3601)
    forget(realm, name)
    confirm(realm, name, realm.server.code_sent_to(forgetful.email))


def test_a_new_password_ends_a_lock_and_wrong_codes_begin_none(forgetful: Someone) -> None:
    realm = forgetful.realm
    forget(realm, forgetful.username)
    code = realm.server.code_sent_to(forgetful.email)
    for _ in range(4):
        with refused("CodeMismatchException"):
            confirm(realm, forgetful.username, other(code))
    forgetful.password = "Wrong-Horse-9"
    for _ in range(9):
        with refused("NotAuthorizedException"):
            forgetful.sign_in()
        realm.server.advance(5)
    confirm(realm, forgetful.username, code)
    forgetful.password = NEW_PASSWORD
    assert "AuthenticationResult" in forgetful.sign_in()


def test_sign_ins_outlive_a_reset(forgetful: Someone) -> None:
    realm = forgetful.realm
    assert forgetful.get()["Username"] == forgetful.username
    forget(realm, forgetful.username)
    confirm(realm, forgetful.username, realm.server.code_sent_to(forgetful.email))
    assert forgetful.get()["Username"] == forgetful.username


@pytest.mark.parametrize("email", [None, False])
def test_c067_no_usable_channel(off: Realm, email: bool | None) -> None:
    person = off.person(email=email)
    with refused("InvalidParameterException", NO_CHANNEL):
        forget(off, person.username)


def test_c067_pool_recovers_by_a_channel_the_person_lacks(make_realm: MakeRealm) -> None:
    realm = make_realm(**recovery("verified_phone_number"))
    person = realm.person(email=True)
    with refused("InvalidParameterException", NO_CHANNEL):
        forget(realm, person.username)


@pytest.fixture(scope="module")
def by_phone(make_realm: MakeRealm) -> Realm:
    """Recovers by phone, then e-mail."""
    return make_realm("OPTIONAL", ALL, **recovery("verified_phone_number", "verified_email"))


def test_c068_preferred_channel_cannot_be_used(make_realm: MakeRealm) -> None:
    realm = make_realm("OPTIONAL", (TOTP,), **recovery("verified_phone_number"))
    person = realm.person(email=True, phone=True)
    assert forget(realm, person.username)["AttributeName"] == "phone_number"
    person.prefer(SMS=(True, True))
    with refused("InvalidParameterException", NO_CHANNEL):
        forget(realm, person.username)


def test_c068_the_next_channel_is_used_instead(by_phone: Realm) -> None:
    person = by_phone.person(email=True, phone=True)
    assert forget(by_phone, person.username)["DeliveryMedium"] == "SMS"
    person.prefer(SMS=(True, True))
    assert forget(by_phone, person.username)["DeliveryMedium"] == "EMAIL"
    person.prefer(SMS=(True, False))
    assert forget(by_phone, person.username)["DeliveryMedium"] == "SMS"


def test_a_preference_without_effect_bars_nothing(off: Realm) -> None:
    person = off.person(phone=True)
    person.prefer(SMS=(True, True))
    assert forget(off, person.username)["DeliveryMedium"] == "SMS"


def test_priority_decides(make_realm: MakeRealm) -> None:
    realm = make_realm(**recovery("verified_email", "verified_phone_number"))
    person = realm.person(email=True, phone=True)
    assert forget(realm, person.username)["DeliveryMedium"] == "EMAIL"
    person = realm.person(email=False, phone=True)
    assert forget(realm, person.username)["DeliveryMedium"] == "SMS"


def test_without_setting_phone_comes_first(off: Realm) -> None:
    person = off.person(email=True, phone=True)
    assert forget(off, person.username) == {
        "Destination": "+*******" + person.phone[-4:],
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }


def test_administrators_only(make_realm: MakeRealm) -> None:
    realm = make_realm(**recovery("admin_only"))
    person = realm.person(email=True)
    with refused("NotAuthorizedException", "Contact administrator to reset password."):
        forget(realm, person.username)
    with refused("InvalidParameterException", NO_CHANNEL):
        reset(person)


def test_c073_unknown_person_of_a_client_that_hides(off: Realm) -> None:
    details = forget(off, "nobody")
    assert details == forget(off, "nobody")
    assert details["DeliveryMedium"] == "EMAIL"
    assert details["Destination"][1:5] == "***@"
    with refused("CodeMismatchException", WRONG):
        confirm(off, "nobody", "123456")


def test_c073_unknown_address_is_shown_as_typed(off: Realm) -> None:
    assert forget(off, "zoe@qqq.example")["Destination"] == "z***@q***"
    assert off.server.inbox("zoe@qqq.example") == []


def test_c073_unknown_person_of_a_legacy_client(off: Realm) -> None:
    legacy = off.client(PreventUserExistenceErrors="LEGACY")
    words = "Username/client id combination not found."
    with refused("UserNotFoundException", words):
        forget(legacy, "nobody")
    with refused("UserNotFoundException", words):
        confirm(legacy, "nobody", "123456")


def test_client_secret(off: Realm) -> None:
    realm = off.client(GenerateSecret=True)
    person = realm.person(email=True)
    with refused("NotAuthorizedException"):
        forget(realm, person.username)
    forget(realm, person.username, SecretHash=secret_hash(realm, person.username))
    with refused("NotAuthorizedException"):
        confirm(realm, person.username, realm.server.code_sent_to(person.email))


def test_states_that_cannot_be_recovered(forgetful: Someone) -> None:
    realm, admin = forgetful.realm, forgetful.realm.server.admin
    admin.admin_set_user_password(**forgetful.admin_name, Password=PASSWORD, Permanent=False)
    words = "User password cannot be reset in the current state."
    with refused("NotAuthorizedException", words):
        forget(realm, forgetful.username)
    with refused("NotAuthorizedException", words):
        reset(forgetful)
    admin.admin_disable_user(**forgetful.admin_name)
    with refused("NotAuthorizedException", "User is disabled."):
        forget(realm, forgetful.username)
    with refused("NotAuthorizedException", "User is disabled."):
        reset(forgetful)


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "USER_SRP_AUTH"])
def test_reset_by_an_administrator(forgetful: Someone, flow: str) -> None:
    realm = forgetful.realm
    reset(forgetful)
    seen = realm.server.admin.admin_get_user(**forgetful.admin_name)
    assert seen["UserStatus"] == "RESET_REQUIRED"
    with refused("PasswordResetRequiredException", "Password reset required for the user"):
        realm.initiate(flow, USERNAME=forgetful.username, PASSWORD=PASSWORD, SRP_A="ab12")
    confirm(realm, forgetful.username, realm.server.code_sent_to(forgetful.email))
    forgetful.password = NEW_PASSWORD
    assert "AuthenticationResult" in forgetful.sign_in()
    seen = realm.server.admin.admin_get_user(**forgetful.admin_name)
    assert seen["UserStatus"] == "CONFIRMED"


def test_after_a_reset_a_new_code_can_be_asked_for(forgetful: Someone) -> None:
    realm = forgetful.realm
    reset(forgetful)
    realm.server.advance(3601)
    forget(realm, forgetful.username)
    confirm(realm, forgetful.username, realm.server.code_sent_to(forgetful.email))


def test_c153_reset_without_usable_channel(off: Realm) -> None:
    person = off.person(email=False)
    with refused("InvalidParameterException", NO_CHANNEL):
        reset(person)
    seen = off.server.admin.admin_get_user(**person.admin_name)
    assert seen["UserStatus"] == "CONFIRMED"


def test_changed_password(forgetful: Someone) -> None:
    change(forgetful, NEW_PASSWORD)
    with refused("NotAuthorizedException", INCORRECT):
        forgetful.sign_in()
    forgetful.password = NEW_PASSWORD
    assert "AuthenticationResult" in forgetful.sign_in()
    assert forgetful.get()["Username"] == forgetful.username


def test_change_with_a_wrong_or_missing_old_password(forgetful: Someone) -> None:
    with refused("NotAuthorizedException", INCORRECT):
        change(forgetful, NEW_PASSWORD, "Wrong-Horse-9")
    with refused("InvalidParameterException", "Missing required parameter PreviousPassword"):
        change(forgetful, NEW_PASSWORD, None)
    with refused("InvalidPasswordException"):
        change(forgetful, "short")
    change(forgetful, NEW_PASSWORD)


def test_sixth_change_of_an_hour(forgetful: Someone) -> None:
    for _ in range(5):
        change(forgetful, PASSWORD)
    with refused("LimitExceededException", LIMIT):
        change(forgetful, PASSWORD)


def test_wrong_old_passwords_lock(forgetful: Someone) -> None:
    forgetful.realm.server.stand_still()
    for _ in range(5):
        with refused("NotAuthorizedException", INCORRECT):
            change(forgetful, NEW_PASSWORD, "Wrong-Horse-9")
    with refused("NotAuthorizedException", LOCKED):
        forgetful.sign_in()


def test_earlier_passwords(make_realm: MakeRealm) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}
    realm = make_realm(Policies=policy)
    person = realm.person(email=True)
    with refused("PasswordHistoryPolicyViolationException"):
        change(person, PASSWORD)
    forget(realm, person.username)
    code = realm.server.code_sent_to(person.email)
    with refused("PasswordHistoryPolicyViolationException"):
        confirm(realm, person.username, code, PASSWORD)
    confirm(realm, person.username, code)


def test_change_while_a_reset_is_asked_for(forgetful: Someone) -> None:
    assert forgetful.token
    reset(forgetful)
    with refused("PasswordResetRequiredException"):
        change(forgetful, NEW_PASSWORD)

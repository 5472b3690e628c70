"""Checklist C009, C064, C073 and C076: people who make, confirm and delete their own account."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import PASSWORD, SMS, UUID, Realm, Someone, refused, secret_hash

WRONG = "Invalid verification code provided, please try again."
STALE = "Invalid code provided, please request a code again."
LIMIT = "Attempt limit exceeded, please try after some time."
UNKNOWN = "Username/client id combination not found."


def newcomer(realm: Realm) -> Someone:
    """Somebody without an account yet."""
    return Someone(realm, f"u{secrets.token_hex(6)}", "")


def sign_up(person: Someone, username: str = "", password: str = PASSWORD, **values: str) -> Any:
    """SignUp."""
    return person.realm.server.user.sign_up(
        ClientId=person.realm.client_id,
        Username=username or person.username,
        Password=password,
        UserAttributes=[{"Name": name, "Value": value} for name, value in values.items()],
    )


def confirm(person: Someone, code: str, **more: Any) -> None:
    """ConfirmSignUp."""
    person.realm.server.user.confirm_sign_up(
        ClientId=person.realm.client_id,
        Username=person.username,
        ConfirmationCode=code,
        **more,
    )


def resend(realm: Realm, username: str) -> dict[str, str]:
    """ResendConfirmationCode; where the code went."""
    answer = realm.server.user.resend_confirmation_code(ClientId=realm.client_id, Username=username)
    details: dict[str, str] = answer["CodeDeliveryDetails"]
    return details


def other(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture(scope="module")
def open_pool(make_realm: MakeRealm) -> Realm:
    """Anybody may sign up; the address is verified."""
    return make_realm(AutoVerifiedAttributes=["email"])


@pytest.fixture
def applicant(open_pool: Realm) -> Someone:
    """Signed up, not confirmed."""
    person = newcomer(open_pool)
    sign_up(person, email=person.email)
    return person


def test_c076_from_sign_up_to_the_first_sign_in(open_pool: Realm) -> None:
    person = newcomer(open_pool)
    answer = sign_up(person, email=person.email)
    assert answer["UserConfirmed"] is False
    assert UUID.fullmatch(answer["UserSub"])
    assert answer["CodeDeliveryDetails"] == {
        "Destination": "u***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    with refused("UserNotConfirmedException", "User is not confirmed."):
        person.sign_in()
    seen = open_pool.server.admin.admin_get_user(**person.admin_name)
    assert seen["UserStatus"] == "UNCONFIRMED"
    confirm(person, open_pool.server.code_sent_to(person.email))
    assert "AuthenticationResult" in person.sign_in()
    assert person.attributes()["email_verified"] == "true"


def test_c076_by_srp_too(applicant: Someone) -> None:
    with refused("UserNotConfirmedException"):
        applicant.realm.initiate("USER_SRP_AUTH", USERNAME=applicant.username, SRP_A="ab12")


def test_wrong_superseded_and_old_codes(applicant: Someone) -> None:
    server = applicant.realm.server
    first = server.code_sent_to(applicant.email)
    with refused("CodeMismatchException", WRONG):
        confirm(applicant, other(first))
    resend(applicant.realm, applicant.username)
    second = server.code_sent_to(applicant.email)
    if first != second:
        with refused("ExpiredCodeException", STALE):
            confirm(applicant, first)
    server.advance(86401)
    with refused("ExpiredCodeException", STALE):
        confirm(applicant, second)
    resend(applicant.realm, applicant.username)
    confirm(applicant, server.code_sent_to(applicant.email))


def test_confirmed_only_once(applicant: Someone) -> None:
    code = applicant.realm.server.code_sent_to(applicant.email)
    confirm(applicant, code)
    words = "User cannot be confirmed. Current status is CONFIRMED"
    with refused("NotAuthorizedException", words):
        confirm(applicant, code)
    before = applicant.realm.server.inbox(applicant.email)
    assert resend(applicant.realm, applicant.username)["DeliveryMedium"] == "EMAIL"
    assert applicant.realm.server.inbox(applicant.email) == before
    legacy = applicant.realm.client(PreventUserExistenceErrors="LEGACY")
    with refused("InvalidParameterException", "User is already confirmed."):
        resend(legacy, applicant.username)


def test_limits_of_an_hour(applicant: Someone) -> None:
    for _ in range(5):
        resend(applicant.realm, applicant.username)
    with refused("LimitExceededException", LIMIT):
        resend(applicant.realm, applicant.username)
    code = applicant.realm.server.code_sent_to(applicant.email)
    for _ in range(15):
        with refused("CodeMismatchException"):
            confirm(applicant, other(code))
    with refused("LimitExceededException", LIMIT):
        confirm(applicant, code)


def test_number_before_address(make_realm: MakeRealm) -> None:
    realm = make_realm(AutoVerifiedAttributes=["email", "phone_number"])
    person = newcomer(realm)
    answer = sign_up(person, email=person.email, phone_number=person.phone)
    assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == "SMS"
    confirm(person, realm.server.code_sent_to(person.phone))
    seen = person.attributes()
    assert seen["phone_number_verified"] == "true"
    assert seen["email_verified"] == "false"


def test_nothing_to_verify(off: Realm) -> None:
    person = newcomer(off)
    assert "CodeDeliveryDetails" not in sign_up(person, email=person.email)
    words = "Cannot resend codes. Auto verification not turned on."
    with refused("NotAuthorizedException", words):
        resend(off, person.username)
    off.server.admin.admin_confirm_sign_up(**person.admin_name)
    assert "AuthenticationResult" in person.sign_in()
    assert person.attributes()["email_verified"] == "false"
    with refused("NotAuthorizedException"):
        off.server.admin.admin_confirm_sign_up(**person.admin_name)


def test_refusals_at_sign_up(open_pool: Realm, make_realm: MakeRealm) -> None:
    person = newcomer(open_pool)
    with refused("InvalidPasswordException"):
        sign_up(person, password="weakling")
    with refused("NotAuthorizedException", "A client attempted to write unauthorized attribute"):
        sign_up(person, email=person.email, email_verified="true")
    with refused("InvalidParameterException", "Invalid email address format."):
        sign_up(person, email="nowhere")
    sign_up(person)
    with refused("UsernameExistsException", "User already exists"):
        sign_up(person)
    closed = make_realm(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    with refused("NotAuthorizedException", "SignUp is not permitted for this user pool"):
        sign_up(newcomer(closed))
    strict = make_realm(Schema=[{"Name": "nickname", "Required": True}])
    with refused("InvalidParameterException"):
        sign_up(newcomer(strict))


def test_client_secret(open_pool: Realm) -> None:
    realm = open_pool.client(GenerateSecret=True)
    person = newcomer(realm)
    with refused("NotAuthorizedException"):
        sign_up(person, email=person.email)
    answer = realm.server.user.sign_up(
        ClientId=realm.client_id,
        Username=person.username,
        Password=PASSWORD,
        SecretHash=secret_hash(realm, person.username),
    )
    assert UUID.fullmatch(answer["UserSub"])


def test_address_as_username(make_realm: MakeRealm) -> None:
    realm = make_realm(UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    person = newcomer(realm)
    answer = sign_up(person, person.email)
    with refused("UsernameExistsException", "An account with the given email already exists."):
        sign_up(person, person.email)
    person.username, address = person.email, person.email
    confirm(person, realm.server.code_sent_to(address))
    assert "AuthenticationResult" in person.sign_in()
    seen = realm.server.admin.admin_get_user(UserPoolId=realm.pool_id, Username=address)
    assert seen["Username"] == answer["UserSub"]


def test_c064_alias_of_somebody_else(alias: Realm) -> None:
    owner, person = alias.person(email=True), newcomer(alias)
    sign_up(person, email=owner.email)
    code = alias.server.code_sent_to(owner.email)
    with refused("AliasExistsException", "An account with the email already exists."):
        confirm(person, code)
    confirm(person, code, ForceAliasCreation=True)
    assert owner.attributes()["email_verified"] == "false"
    assert person.attributes()["email_verified"] == "true"


def test_c073_unknown_person(open_pool: Realm) -> None:
    nobody = newcomer(open_pool)
    assert resend(open_pool, nobody.username)["DeliveryMedium"] == "EMAIL"
    assert resend(open_pool, nobody.username) == resend(open_pool, nobody.username)
    with refused("ExpiredCodeException", STALE):
        confirm(nobody, "123456")
    legacy = open_pool.client(PreventUserExistenceErrors="LEGACY")
    with refused("UserNotFoundException", UNKNOWN):
        resend(legacy, nobody.username)
    with refused("UserNotFoundException", UNKNOWN):
        confirm(newcomer(legacy), "123456")


def test_unconfirmed_person_cannot_recover(applicant: Someone) -> None:
    realm = applicant.realm
    with refused("InvalidParameterException"):
        realm.server.user.forgot_password(ClientId=realm.client_id, Username=applicant.username)
    with refused("NotAuthorizedException", "User password cannot be reset in the current state."):
        realm.server.admin.admin_reset_user_password(**applicant.admin_name)


def test_c009_deleting_oneself(off: Realm) -> None:
    person = off.person()
    answer = off.server.raw("DeleteUser", {"AccessToken": person.token})
    assert (answer.status, answer.body) == (200, b"")
    with refused("UserNotFoundException"):
        off.server.admin.admin_get_user(**person.admin_name)
    with refused("UserNotFoundException"):
        person.get()


def test_attributes_deleted_by_an_administrator(optional: Realm) -> None:
    person = optional.person({"name": "Ann"}, phone=True)
    person.prefer(SMS=(True, True))
    admin = optional.server.admin
    admin.admin_delete_user_attributes(
        **person.admin_name, UserAttributeNames=["phone_number", "name"]
    )
    assert set(person.attributes()) == {"sub"}
    assert "AuthenticationResult" in person.sign_in()
    words = "Invalid user attributes: user.custom:foo: Attribute does not exist in the schema.\n"
    with refused("InvalidParameterException", words):
        admin.admin_delete_user_attributes(**person.admin_name, UserAttributeNames=["custom:foo"])
    with refused("InvalidParameterException"):
        admin.admin_delete_user_attributes(**person.admin_name, UserAttributeNames=["sub"])


@pytest.mark.parametrize("by_administrator", [False, True])
def test_settings_of_old(optional: Realm, by_administrator: bool) -> None:
    person = optional.person(phone=True)
    options = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]

    def settle(wanted: list[dict[str, str]]) -> None:
        if by_administrator:
            optional.server.admin.admin_set_user_settings(**person.admin_name, MFAOptions=wanted)
        else:
            optional.server.user.set_user_settings(AccessToken=person.token, MFAOptions=wanted)

    settle(options)
    assert person.get()["MFAOptions"] == options
    assert person.sign_in()["ChallengeName"] == SMS
    settle([])
    assert "MFAOptions" not in person.get()
    assert "AuthenticationResult" in person.sign_in()
    with refused("InvalidParameterException"):
        settle([{"DeliveryMedium": "EMAIL", "AttributeName": "email"}])

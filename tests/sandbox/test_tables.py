"""The prose tables of the contract, row by row, where no other test has the row.

Sources: contract 1.1, 1.4, 2.2, 2.5, 4.5, 5.3, 5.4, 8.1 to 8.4, 8.6, 10.2 and 11.1.
"""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import model
from sandbox.operations import OPERATIONS
from tests.sandbox.conftest import MakeRealm
from tests.sandbox.fuzz import SIGNED
from tests.sandbox.kit import (
    ALL,
    EMAIL,
    FLOWS,
    PASSWORD,
    SMS,
    TOTP,
    Realm,
    Server,
    Someone,
    claims,
    refused,
)

# Contract 1.4: operation, member, a value that breaks its limit, and what must be said of it.
LIMITS = [
    ("GetUser", "AccessToken", "a b", "regular expression pattern: [A-Za-z0-9-_=.]+"),
    ("VerifySoftwareToken", "Session", "a" * 19, "length greater than or equal to 20"),
    ("VerifySoftwareToken", "Session", "a" * 4097, "length less than or equal to 4096"),
    ("AdminGetUser", "Username", "a" * 129, "length less than or equal to 128"),
    ("AdminGetUser", "UserPoolId", "x_" + "a" * 54, "length less than or equal to 55"),
    ("AdminGetUser", "UserPoolId", "nothing", "regular expression pattern: [\\w-]+_[0-9a-zA-Z]+"),
    ("SignUp", "ClientId", "a" * 129, "length less than or equal to 128"),
    ("SignUp", "ClientId", "a-b", "regular expression pattern: [\\w+]+"),
    ("SignUp", "SecretHash", "a" * 129, "length less than or equal to 128"),
    ("SignUp", "Password", "a" * 257, "length less than or equal to 256"),
    ("SignUp", "Password", "a b", "regular expression pattern: [\\S]+"),
    ("GetTokensFromRefreshToken", "ClientSecret", "a" * 23, "length greater than or equal to 24"),
    ("GetTokensFromRefreshToken", "ClientSecret", "a" * 65, "length less than or equal to 64"),
    ("ConfirmDevice", "DeviceKey", "x_" + "a" * 54, "length less than or equal to 55"),
    ("ConfirmDevice", "DeviceKey", "x_xyz", "regular expression pattern: [\\w-]+_[0-9a-f-]+"),
    ("ConfirmDevice", "DeviceName", "a" * 1025, "length less than or equal to 1024"),
    ("VerifySoftwareToken", "UserCode", "1" * 7, "length less than or equal to 6"),
    ("VerifySoftwareToken", "UserCode", "12345x", "regular expression pattern: [0-9]+"),
    (
        "VerifySoftwareToken",
        "FriendlyDeviceName",
        "a" * 131_073,
        "length less than or equal to 131072",
    ),
    ("ConfirmSignUp", "ConfirmationCode", "1" * 2049, "length less than or equal to 2048"),
    ("ConfirmSignUp", "ConfirmationCode", "1 2", "regular expression pattern: [\\S]+"),
    ("VerifyUserAttribute", "Code", "1" * 2049, "length less than or equal to 2048"),
    ("VerifyUserAttribute", "AttributeName", "a" * 33, "length less than or equal to 32"),
    ("ListUsers", "Limit", 61, "value less than or equal to 60"),
    ("ListUsers", "Limit", -1, "value greater than or equal to 0"),
    ("ListUsers", "Filter", "a" * 257, "length less than or equal to 256"),
    (
        "RevokeUserSession",
        "SessionId",
        "x" * 28,
        "regular expression pattern: ^(tkn|sso)[a-z0-9]{25}$",
    ),
]


@pytest.mark.parametrize(("operation", "member", "value", "words"), LIMITS)
def test_limits_of_contract_1_4(
    server: Server, operation: str, member: str, value: Any, words: str
) -> None:
    """Whatever else is missing, this member is named in lower camel case with its limit."""
    answer = server.raw(operation, {member: value}, Authorization=SIGNED)
    camel = member[0].lower() + member[1:]
    assert (answer.status, answer.json["__type"]) == (400, "InvalidParameterException")
    assert f"at '{camel}' failed to satisfy constraint: Member must " in answer.json["message"]
    assert words in answer.json["message"]


def test_attribute_values_are_limited_too(server: Server, off: Realm) -> None:
    body = {
        **off.person().admin_name,
        "UserAttributes": [{"Name": "name", "Value": "a" * 2049}],
    }
    message = server.raw("AdminUpdateUserAttributes", body, Authorization=SIGNED).json["message"]
    assert "at 'userAttributes.1.member.value' failed" in message
    assert message.endswith("Member must have length less than or equal to 2048")


SIGNED_OPERATIONS = [each for each in model.operation_names() if model.needs_signature(each)]


def test_c007_no_signed_operation_answers_an_unsigned_request(server: Server) -> None:
    assert len(SIGNED_OPERATIONS) == 141 - 34
    for name in SIGNED_OPERATIONS:
        answer = server.raw(name)
        known = (answer.status, answer.json["__type"])
        assert known == (403, "MissingAuthenticationTokenException"), name


def _token_operations() -> list[str]:
    """Operations of the sandbox that an access token authorises."""
    return [
        name
        for name in sorted(OPERATIONS)
        if (shape := model.input_shape_name(name))
        and "AccessToken" in model.shape(shape)["members"]
    ]


def _least(operation: str, token: str) -> dict[str, Any]:
    """The smallest input that is valid for an operation."""
    shape = model.shape(model.input_shape_name(operation) or "")
    given: dict[str, Any] = {
        name: _sample(shape["members"][name]["shape"]) for name in shape.get("required", ())
    }
    more = {"UserCode": "123456"} if operation == "VerifySoftwareToken" else {}
    return {**given, **more, "AccessToken": token}


SAMPLES = {
    "DeviceKeyType": "x_a",
    "SessionIdType": "tkn" + "a" * 25,
    "AttributeListType": [{"Name": "name", "Value": "x"}],
    "AttributeNameListType": ["name"],
    "AttributeNameType": "email",
}


def _sample(name: str) -> Any:
    shape = model.shape(name)
    kinds = {"string": "a" * max(6, shape.get("min", 1)), "list": [], "structure": {}}
    return SAMPLES.get(name, kinds.get(shape["type"]))


@pytest.mark.parametrize("operation", _token_operations())
def test_c031_c136_token_that_is_not_meant_for_the_api(off: Realm, operation: str) -> None:
    """C031: without the scope; C136: an ID token. No operation takes either (contract 8.2)."""
    person, server = off.person(), off.server
    given = {"client": off.client_id, "username": person.username, "scope": "openid"}
    narrow = server.ask("POST", "/tokens", given)
    for token, words in (
        (narrow["AccessToken"], "Access Token does not have required scopes"),
        (narrow["IdToken"], "Invalid Access Token"),
    ):
        answer = server.raw(operation, _least(operation, token))
        assert answer.json == {"__type": "NotAuthorizedException", "message": words}


@pytest.mark.parametrize(
    ("first", "second"), [("SMS", "TOTP"), ("SMS", "EMAIL"), ("TOTP", "EMAIL")]
)
def test_c023_no_two_can_be_preferred(optional: Realm, first: str, second: str) -> None:
    """C023, and nothing is stored of a person who has everything (contract 2.2, row 8)."""
    person = optional.person(email=True, phone=True)
    person.bind_app()
    person.prefer(TOTP=(True, False), SMS=(True, True))
    with refused("InvalidParameterException"):
        person.prefer(**{first: (True, True), second: (True, True)})
    assert (person.listed(), person.preferred()) == ({SMS, TOTP}, SMS)


def test_matrix_row_14_switching_off_an_app_that_never_was_beside_another(off: Realm) -> None:
    person = off.person(phone=True)
    person.prefer(SMS=(True, True), TOTP=(False, False))
    assert (person.listed(), person.preferred()) == ({SMS}, SMS)


def test_what_each_read_tells(optional: Realm) -> None:
    """Contract 2.5, every row."""
    person, server, admin = optional.person(phone=True), optional.server, optional.server.admin
    person.prefer(SMS=(True, True))
    pool = {"UserPoolId": optional.pool_id}
    admin.create_group(**pool, GroupName=person.username)
    admin.admin_add_user_to_group(**person.admin_name, GroupName=person.username)
    mfa = {"UserMFASettingList", "PreferredMfaSetting"}
    states = {"UserStatus", "Enabled", "UserCreateDate", "UserLastModifiedDate"}

    def members(operation: str, **given: Any) -> set[str]:
        answer = server.raw(operation, given, Authorization=SIGNED).json
        return set(answer["Users"][0] if "Users" in answer else answer)

    token = {"AccessToken": person.token}
    assert members("GetUser", **token) == {"Username", "UserAttributes", *mfa}
    assert members("AdminGetUser", **person.admin_name) == {
        *("Username", "UserAttributes"),
        *mfa,
        *states,
    }
    row = {"Username", "Attributes", *states}
    assert members("ListUsers", **pool, Filter=f'username = "{person.username}"') == row
    assert members("ListUsersInGroup", **pool, GroupName=person.username) == row
    factors = {"Username", "ConfiguredUserAuthFactors", *mfa}
    assert members("GetUserAuthFactors", **token) == factors
    assert members("AdminGetUserAuthFactors", **person.admin_name) == factors


def test_email_recovery_only_together_with_email_factor(make_realm: MakeRealm) -> None:
    """Contract 4.5."""
    only = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]}
    realm = make_realm(AccountRecoverySetting=only)
    with refused("InvalidParameterException"):
        realm.set_mfa("OPTIONAL", EMAIL, TOTP)
    realm.set_mfa("OPTIONAL", SMS, TOTP)


def parameters(challenge: dict[str, Any]) -> set[str]:
    """Names of the challenge parameters."""
    return set(challenge["ChallengeParameters"])


def test_parameters_of_every_challenge(make_realm: MakeRealm) -> None:
    """Contract 5.3: these names and no others."""
    realm = make_realm("OPTIONAL", ALL)
    person = realm.person(email=True, phone=True)
    who = {"USER_ID_FOR_SRP"}
    sent = who | {"CODE_DELIVERY_DELIVERY_MEDIUM", "CODE_DELIVERY_DESTINATION"}
    for short in ("SMS", "EMAIL"):
        person.prefer(**{short: (True, True)})
        assert parameters(person.sign_in()) == sent
    person.bind_app("Phone")
    person.prefer(TOTP=(True, True))
    assert parameters(person.sign_in()) == who | {"FRIENDLY_DEVICE_NAME"}
    person.prefer(TOTP=(True, False))
    assert parameters(person.sign_in()) == who | {"MFAS_CAN_CHOOSE"}
    begun = realm.initiate("USER_SRP_AUTH", USERNAME=person.username, SRP_A="ab12")
    assert parameters(begun) == who | {"USERNAME", "SALT", "SRP_B", "SECRET_BLOCK"}
    realm.server.admin.admin_set_user_password(**person.admin_name, Password=PASSWORD)
    assert parameters(person.sign_in()) == who | {"requiredAttributes", "userAttributes"}


def test_set_up_tolerates_a_surplus_code(required: Realm) -> None:
    """Contract 5.3, MFA_SETUP."""
    person, user = required.person(), required.server.user
    begun = user.associate_software_token(Session=person.sign_in()["Session"])
    code = required.server.totp(begun["SecretCode"])
    proved = user.verify_software_token(Session=begun["Session"], UserCode=code)
    challenge = {"ChallengeName": "MFA_SETUP", "Session": proved["Session"]}
    assert "AuthenticationResult" in person.respond(challenge, SOFTWARE_TOKEN_MFA_CODE=code)


def test_d23_d24_first_sign_in_after_signing_up(make_realm: MakeRealm) -> None:
    """D24: a required pool asks those who have just signed up for a set-up."""
    realm = make_realm("ON", (TOTP,), AutoVerifiedAttributes=["email"])
    person = Someone(realm, "newcomer", "")
    realm.server.user.sign_up(
        ClientId=realm.client_id,
        Username=person.username,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": person.email}],
    )
    realm.server.user.confirm_sign_up(
        ClientId=realm.client_id,
        Username=person.username,
        ConfirmationCode=realm.server.code_sent_to(person.email),
    )
    assert person.sign_in()["ChallengeName"] == "MFA_SETUP"


def test_claims_of_both_tokens(off: Realm) -> None:
    """Contract 8.1: these and no others, in a pool that tracks no devices."""
    person = off.person({"name": "Ann"}, email=True, phone=False)
    tokens = person.sign_in()["AuthenticationResult"]
    both = {"sub", "iss", "token_use", "auth_time", "iat", "exp", "jti", "origin_jti", "event_id"}
    access, identity = claims(tokens["AccessToken"]), claims(tokens["IdToken"])
    assert set(access) == both | {"client_id", "scope", "username", "version"}
    own = {"name", "email", "email_verified", "phone_number", "phone_number_verified"}
    assert set(identity) == both | {"aud", "cognito:username"} | own
    assert access["version"] == 2
    assert (identity["email_verified"], identity["phone_number_verified"]) == (True, False)


@pytest.mark.parametrize(
    ("token", "unit", "least", "most"),
    [
        ("AccessToken", "seconds", 300, 86_400),
        ("IdToken", "minutes", 5, 1440),
        ("RefreshToken", "minutes", 60, 5_256_000),
    ],
)
def test_validity_of_every_token_has_limits(
    off: Realm, token: str, unit: str, least: int, most: int
) -> None:
    """Contract 8.3."""
    for value in (least, most):
        off.client(**{f"{token}Validity": value, "TokenValidityUnits": {token: unit}})
    for value in (least - 1, most + 1):
        with refused("InvalidParameterException"):
            off.client(**{f"{token}Validity": value, "TokenValidityUnits": {token: unit}})


@pytest.mark.parametrize("minutes", [2, 16])
def test_life_of_a_session_has_limits(off: Realm, minutes: int) -> None:
    """Contract 8.3: AuthSessionValidity."""
    body = {"UserPoolId": off.pool_id, "ClientName": "x", "AuthSessionValidity": minutes}
    answer = off.server.raw("CreateUserPoolClient", body, Authorization=SIGNED).json
    assert "at 'authSessionValidity' failed to satisfy constraint" in answer["message"]


def test_rotated_token_inherits_what_is_left_of_the_first(make_realm: MakeRealm) -> None:
    """Contract 8.6."""
    realm = make_realm().client(
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    )
    call, server = realm.server.user.get_tokens_from_refresh_token, realm.server
    token = realm.person().tokens()["RefreshToken"]
    server.advance(29 * 86_400)
    token = call(RefreshToken=token, ClientId=realm.client_id)["AuthenticationResult"][
        "RefreshToken"
    ]
    server.advance(86_400 + 1)
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        call(RefreshToken=token, ClientId=realm.client_id)


@pytest.mark.parametrize("mode", ["ON", "OPTIONAL"])
def test_c150_update_without_text_messages(server: Server, mode: str) -> None:
    """C150 at UpdateUserPool (contract 10.2)."""
    pool_id = server.admin.create_user_pool(PoolName="x")["UserPool"]["Id"]
    words = (
        "SMS configuration and Auto verification for phone_number are required when MFA is "
        "required/optional"
    )
    with refused("InvalidParameterException", words):
        server.admin.update_user_pool(UserPoolId=pool_id, MfaConfiguration=mode)


def test_recovery_by_phone_excludes_sms_at_every_door(make_realm: MakeRealm) -> None:
    """Contract 10.2: the recovery setting may come second as well."""
    realm = make_realm("OPTIONAL", (SMS, TOTP))
    only = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}]}
    with refused("InvalidParameterException"):
        realm.server.admin.update_user_pool(UserPoolId=realm.pool_id, AccountRecoverySetting=only)


def test_c151_every_searchable_attribute(make_realm: MakeRealm) -> None:
    """C151 for the attributes of contract 11.1; those below are not searchable."""
    realm = make_realm()
    person = realm.person(
        {
            "name": "n1",
            "given_name": "g1",
            "family_name": "f1",
            "preferred_username": "p1",
        },
        email=True,
        phone=True,
    )
    realm.person(email=True)
    known = {"username": person.username, "sub": person.sub, **person.attributes()}
    for name in (
        *("username", "sub", "email", "phone_number", "name", "given_name", "family_name"),
        "preferred_username",
    ):
        for sign, value in (("=", known[name]), ("^=", known[name][:-1])):
            found = realm.server.admin.list_users(
                UserPoolId=realm.pool_id, Filter=f'{name} {sign} "{value}"'
            )["Users"]
            assert person.username in {each["Username"] for each in found}, name
            assert sign == "^=" or len(found) == 1, name
    for name in ("custom:x", "UserMFASettingList", "birthdate", "cognito:mfa_enabled"):
        with refused("InvalidParameterException", f"Invalid search attribute: {name}"):
            realm.server.admin.list_users(UserPoolId=realm.pool_id, Filter=f'{name} = "x"')


def test_c154_throttling_is_a_400(server: Server) -> None:
    server.ask("POST", "/trouble", {"operation": "GetUser", "kind": "throttle", "times": 1})
    answer = server.raw("GetUser")
    assert answer.status == 400
    assert answer.json == {"__type": "TooManyRequestsException", "message": "Rate exceeded"}


def test_c045_window_at_sign_in(optional: Realm) -> None:
    """C045: one step to either side, as at verification."""
    server = optional.server
    for steps, right in ((-2, False), (-1, True), (1, True), (2, False)):
        person = optional.person()
        server.settle_in_step()
        person.bind_app()
        person.prefer(TOTP=(True, True))
        server.advance(300)
        challenge, code = person.sign_in(), server.totp(person.secret, steps)
        if right:
            assert "AuthenticationResult" in person.answer_code(challenge, code)
        else:
            with refused("CodeMismatchException", "Invalid code received for user"):
                person.answer_code(challenge, code)


def test_c008_proving_an_address_answers_an_empty_object(server: Server, off: Realm) -> None:
    person = off.person(email=False)
    given: dict[str, Any] = {"AccessToken": person.token, "AttributeName": "email"}
    server.raw("GetUserAttributeVerificationCode", given)
    code = server.code_sent_to(person.email)
    assert server.raw("VerifyUserAttribute", {**given, "Code": code}).body == b"{}"


def test_flows_of_old_names(off: Realm) -> None:
    """Contract 5.1: a client may still be configured by the names without ALLOW_."""
    old = off.client(ExplicitAuthFlows=["USER_PASSWORD_AUTH"])
    assert "AuthenticationResult" in old.person().sign_in()
    with refused("InvalidParameterException"):
        off.client(ExplicitAuthFlows=["USER_PASSWORD_AUTH", FLOWS[0]])


def test_forgotten_password_of_an_unknown_client(server: Server) -> None:
    """Contract 5.6, last row."""
    with refused("ResourceNotFoundException", "Username/client id combination not found."):
        server.user.forgot_password(ClientId="nobody", Username="x")
    with refused("ResourceNotFoundException", "User pool client nobody does not exist."):
        server.user.confirm_forgot_password(
            ClientId="nobody", Username="x", ConfirmationCode="1", Password=PASSWORD
        )

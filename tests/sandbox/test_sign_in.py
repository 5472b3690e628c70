"""Checklist C069 to C103: flows, challenges, sessions, refusals, lockout."""

from __future__ import annotations

import json

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import (
    ALL,
    EMAIL,
    FLOWS,
    PASSWORD,
    SMS,
    TOTP,
    Realm,
    Someone,
    refused,
    secret_hash,
)

INCORRECT = "Incorrect username or password."
LOCKED = "Password attempts exceeded"
ONLY_ONCE = "Invalid session for the user, session can only be used once."


def wrong(code: str) -> str:
    """Another code than this one."""
    return f"{(int(code) + 1) % 10**6:06}"


@pytest.fixture
def texter(optional: Realm) -> Someone:
    """Asked for a text message."""
    person = optional.person(phone=True)
    person.prefer(SMS=(True, True))
    return person


def test_c069_tokens(off: Realm) -> None:
    realm = off.client(AccessTokenValidity=20, TokenValidityUnits={"AccessToken": "minutes"})
    answer = realm.person().sign_in()
    assert answer["ChallengeParameters"] == {}
    result = answer["AuthenticationResult"]
    assert (result["TokenType"], result["ExpiresIn"]) == ("Bearer", 1200)
    assert {"AccessToken", "IdToken", "RefreshToken"} <= set(result)
    assert len(result["RefreshToken"].split(".")) == 5


def test_a_session_is_never_taken_for_an_option_of_a_command(texter: Someone) -> None:
    assert {texter.sign_in()["Session"][:4] for _ in range(3)} == {"AYAB"}


def test_c070_flow_not_enabled(off: Realm) -> None:
    realm = off.client(ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"])
    words = "USER_PASSWORD_AUTH flow not enabled for this client"
    with refused("InvalidParameterException", words):
        realm.initiate("USER_PASSWORD_AUTH", USERNAME="x", PASSWORD="y")
    with refused(
        "InvalidParameterException", "REFRESH_TOKEN_AUTH flow not enabled for this client"
    ):
        realm.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN="x")


@pytest.mark.parametrize("flow", ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"])
def test_c071_administrators_flow(off: Realm, flow: str) -> None:
    with refused("InvalidParameterException", "Initiate Auth method not supported"):
        off.initiate(flow, USERNAME="x", PASSWORD="y")


def test_c072_wrong_password(off: Realm) -> None:
    with refused("NotAuthorizedException", INCORRECT):
        off.initiate("USER_PASSWORD_AUTH", USERNAME=off.person().username, PASSWORD="Wrong-1")


def test_c073_unknown_person(off: Realm) -> None:
    with refused("NotAuthorizedException", INCORRECT):
        off.initiate("USER_PASSWORD_AUTH", USERNAME="nobody", PASSWORD="Wrong-1")
    legacy = off.client(PreventUserExistenceErrors="LEGACY")
    with refused("UserNotFoundException", "User does not exist."):
        legacy.initiate("USER_PASSWORD_AUTH", USERNAME="nobody", PASSWORD="Wrong-1")


def test_c073_legacy_is_the_default_of_the_api(off: Realm) -> None:
    made = off.server.admin.create_user_pool_client(
        UserPoolId=off.pool_id, ClientName="plain", ExplicitAuthFlows=FLOWS
    )["UserPoolClient"]
    plain = Realm(off.server, off.pool_id, made["ClientId"])
    with refused("UserNotFoundException"):
        plain.initiate("USER_PASSWORD_AUTH", USERNAME="nobody", PASSWORD="Wrong-1")


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "USER_SRP_AUTH"])
def test_c075_disabled_person(off: Realm, flow: str) -> None:
    person = off.person()
    off.server.admin.admin_disable_user(**person.admin_name)
    with refused("NotAuthorizedException", "User is disabled."):
        off.initiate(flow, USERNAME=person.username, PASSWORD=PASSWORD, SRP_A="ab12")


def test_c077_new_password_then_set_up(required: Realm) -> None:
    person = required.person()
    admin = required.server.admin
    admin.admin_set_user_password(**person.admin_name, Password=PASSWORD, Permanent=False)
    challenge = person.sign_in()
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    person.password = "Another-Horse-8"
    answer = person.respond(challenge, NEW_PASSWORD=person.password)
    assert answer["ChallengeName"] == "MFA_SETUP"
    seen = admin.admin_get_user(**person.admin_name)
    assert seen["UserStatus"] == "CONFIRMED"
    assert person.sign_in()["ChallengeName"] == "MFA_SETUP"


def test_c078_required_attributes(make_realm: MakeRealm) -> None:
    realm = make_realm(Schema=[{"Name": "nickname", "Required": True}])
    person = realm.person()
    realm.server.admin.admin_set_user_password(**person.admin_name, Password=PASSWORD)
    challenge = person.sign_in()
    parameters = challenge["ChallengeParameters"]
    assert parameters["requiredAttributes"] == '["userAttributes.nickname"]'
    assert json.loads(parameters["userAttributes"]) == {}
    with refused("InvalidParameterException"):
        person.respond(challenge, NEW_PASSWORD="Another-Horse-8")
    given = {"NEW_PASSWORD": "Another-Horse-8", "userAttributes.nickname": "Annie"}
    assert "AuthenticationResult" in person.respond(challenge, **given)
    assert person.attributes()["nickname"] == "Annie"


def test_c078_nothing_required_is_an_empty_list(off: Realm) -> None:
    person = off.person(email=True)
    off.server.admin.admin_set_user_password(**person.admin_name, Password=PASSWORD)
    parameters = person.sign_in()["ChallengeParameters"]
    assert parameters["requiredAttributes"] == "[]"
    assert json.loads(parameters["userAttributes"])["email"] == person.email


def test_new_password_must_meet_the_policy_and_the_session_survives(off: Realm) -> None:
    person = off.person()
    off.server.admin.admin_set_user_password(**person.admin_name, Password=PASSWORD)
    challenge = person.sign_in()
    with refused(
        "InvalidPasswordException",
        "Password did not conform with policy: Password not long enough",
    ):
        person.respond(challenge, NEW_PASSWORD="Short-1")
    assert "AuthenticationResult" in person.respond(challenge, NEW_PASSWORD="Another-Horse-8")


def test_temporary_password_expires(off: Realm) -> None:
    person = off.person()
    off.server.admin.admin_set_user_password(**person.admin_name, Password=PASSWORD)
    off.server.advance(7 * 86400 + 1)
    words = "Temporary password has expired and must be reset by an administrator."
    with refused("NotAuthorizedException", words):
        person.sign_in()


def test_c079_c080_secret_hash(off: Realm) -> None:
    """C079: missing; C080: wrong."""
    realm = off.client(GenerateSecret=True)
    person = realm.person()
    assert "AuthenticationResult" in person.sign_in()
    missing = f"Client {realm.client_id} is configured with secret but SECRET_HASH was not received"
    with refused("NotAuthorizedException", missing):
        realm.server.user.initiate_auth(
            ClientId=realm.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": person.username, "PASSWORD": PASSWORD},
        )
    with refused(
        "NotAuthorizedException", f"Unable to verify secret hash for client {realm.client_id}"
    ):
        person.sign_in(SECRET_HASH="wrong")


def test_c081_secret_hash_at_refresh(off: Realm) -> None:
    realm = off.client(GenerateSecret=True)
    person = realm.person()
    token = person.sign_in()["AuthenticationResult"]["RefreshToken"]
    with refused(
        "NotAuthorizedException", f"SecretHash does not match for the client: {realm.client_id}"
    ):
        realm.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, SECRET_HASH="wrong")
    for name in (person.username, person.sub):
        right = secret_hash(realm, name)
        realm.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, SECRET_HASH=right)


def test_c082_one_activated_factor(optional: Realm) -> None:
    person = optional.person(email=True)
    person.prefer(EMAIL=(True, False))
    challenge = person.sign_in()
    assert challenge["ChallengeName"] == EMAIL
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"] == "u***@e***"


def test_c083_two_activated_one_preferred(optional: Realm) -> None:
    person = optional.person(email=True, phone=True)
    person.prefer(EMAIL=(True, False), SMS=(True, True))
    assert person.sign_in()["ChallengeName"] == SMS


@pytest.fixture
def chooser(optional: Realm) -> Someone:
    """Activated app, text messages and e-mail; none preferred."""
    person = optional.person(email=True, phone=True)
    person.bind_app()
    person.prefer(TOTP=(True, False), SMS=(True, False), EMAIL=(True, False))
    return person


def test_c084_choice(chooser: Someone) -> None:
    challenge = chooser.sign_in()
    assert challenge["ChallengeName"] == "SELECT_MFA_TYPE"
    offered = challenge["ChallengeParameters"]["MFAS_CAN_CHOOSE"]
    assert json.loads(offered) == [SMS, TOTP, EMAIL]
    assert challenge["ChallengeParameters"]["USER_ID_FOR_SRP"] == chooser.username


def test_c085_choosing_the_app(chooser: Someone) -> None:
    challenge = chooser.sign_in()
    answer = chooser.respond(challenge, ANSWER=TOTP)
    assert answer["ChallengeName"] == TOTP
    assert answer["Session"] != challenge["Session"]
    code = chooser.realm.server.totp(chooser.secret)
    assert "AuthenticationResult" in chooser.answer_code(answer, code)


@pytest.mark.parametrize(("factor", "medium"), [(SMS, "SMS"), (EMAIL, "EMAIL")])
def test_c086_choosing_a_code(chooser: Someone, factor: str, medium: str) -> None:
    answer = chooser.respond(chooser.sign_in(), ANSWER=factor)
    parameters = answer["ChallengeParameters"]
    assert parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == medium
    destination = chooser.phone if factor == SMS else chooser.email
    sent = chooser.realm.server.inbox(destination)[0]
    assert (sent["medium"], len(sent["code"])) == (medium, 6)
    assert "AuthenticationResult" in chooser.answer_code(answer, sent["code"])


def test_choosing_what_was_not_offered(optional: Realm) -> None:
    person = optional.person(email=True, phone=True)
    person.prefer(SMS=(True, False), EMAIL=(True, False))
    challenge = person.sign_in()
    with refused("InvalidParameterException"):
        person.respond(challenge, ANSWER=TOTP)
    assert person.respond(challenge, ANSWER=SMS)["ChallengeName"] == SMS


def test_c087_set_up(required: Realm) -> None:
    challenge = required.person().sign_in()
    assert challenge["ChallengeName"] == "MFA_SETUP"
    assert set(json.loads(challenge["ChallengeParameters"]["MFAS_CAN_SETUP"])) == set(ALL)


def test_c088_set_up_of_an_app_ends_with_tokens(required: Realm) -> None:
    person, user, server = required.person(), required.server.user, required.server
    begun = user.associate_software_token(Session=person.sign_in()["Session"])
    code = server.totp(begun["SecretCode"])
    with refused("EnableSoftwareTokenMFAException"):
        user.verify_software_token(Session=begun["Session"], UserCode=wrong(code))
    proved = user.verify_software_token(Session=begun["Session"], UserCode=code)
    assert proved["Status"] == "SUCCESS"
    answer = required.respond("MFA_SETUP", proved["Session"], USERNAME=person.username)
    assert "AuthenticationResult" in answer
    assert answer["ChallengeParameters"] == {}
    assert person.sign_in()["ChallengeName"] == TOTP


def test_set_up_that_proved_nothing_is_refused(required: Realm) -> None:
    person = required.person()
    with refused("InvalidParameterException"):
        person.respond(person.sign_in())


@pytest.mark.parametrize("name", ["EMAIL", "email"])
def test_c089_set_up_of_an_address(required: Realm, name: str) -> None:
    person = required.person()
    challenge = person.respond(person.sign_in(), **{name: person.email})
    assert challenge["ChallengeName"] == EMAIL
    code = required.server.code_sent_to(person.email)
    with refused("CodeMismatchException"):
        person.answer_code(challenge, wrong(code))
    assert "email" not in person.attributes()
    assert "AuthenticationResult" in person.answer_code(challenge, code)
    assert person.attributes()["email"] == person.email
    assert person.attributes()["email_verified"] == "true"
    assert person.sign_in()["ChallengeName"] == EMAIL


def test_c095_c097_wrong_app_code_then_right_one(optional: Realm) -> None:
    person = optional.person()
    person.bind_app()
    person.prefer(TOTP=(True, True))
    challenge = person.sign_in()
    code = optional.server.totp(person.secret)
    with refused("CodeMismatchException", "Invalid code received for user"):
        person.answer_code(challenge, wrong(code))
    assert "AuthenticationResult" in person.answer_code(challenge, code)


def test_c096_c097_wrong_sent_code_then_right_one(texter: Someone) -> None:
    challenge = texter.sign_in()
    code = texter.realm.server.code_sent_to(texter.phone)
    for _ in range(3):
        with refused("CodeMismatchException", "Invalid code or auth state for the user."):
            texter.answer_code(challenge, wrong(code))
    assert "AuthenticationResult" in texter.answer_code(challenge, code)


def test_new_code_takes_the_place_of_the_former(texter: Someone) -> None:
    first = texter.sign_in()
    first_code = texter.realm.server.code_sent_to(texter.phone)
    second = texter.sign_in()
    with refused("CodeMismatchException"):
        texter.answer_code(first, first_code)
    code = texter.realm.server.code_sent_to(texter.phone)
    assert "AuthenticationResult" in texter.answer_code(second, code)


def test_c098_session_expires(make_realm: MakeRealm) -> None:
    realm = make_realm("OPTIONAL", ALL).client(AuthSessionValidity=5)
    person = realm.person(phone=True)
    person.prefer(SMS=(True, True))
    challenge = person.sign_in()
    code = realm.server.code_sent_to(person.phone)
    realm.server.advance(299)
    with refused("CodeMismatchException"):
        person.answer_code(challenge, wrong(code))
    realm.server.advance(2)
    with refused("NotAuthorizedException", "Invalid session for the user, session is expired."):
        person.answer_code(challenge, code)


def test_c099_session_answers_once(texter: Someone) -> None:
    challenge = texter.sign_in()
    code = texter.realm.server.code_sent_to(texter.phone)
    texter.answer_code(challenge, code)
    with refused("NotAuthorizedException", ONLY_ONCE):
        texter.answer_code(challenge, code)


def test_c100_session_missing(texter: Someone) -> None:
    with refused("InvalidParameterException", "Missing required parameter Session"):
        texter.realm.respond(SMS, None, USERNAME=texter.username, SMS_MFA_CODE="123456")


def test_session_of_somebody_else_or_made_up(texter: Someone, optional: Realm) -> None:
    challenge = texter.sign_in()
    with refused("NotAuthorizedException", "Invalid session for the user."):
        optional.person().answer_code(challenge, "123456")
    with refused("NotAuthorizedException", "Invalid session for the user."):
        texter.answer_code({**challenge, "Session": "x" * 40}, "123456")


@pytest.mark.parametrize("name", ["USERNAME", "PASSWORD"])
def test_missing_parameter(off: Realm, name: str) -> None:
    given = {"USERNAME": "x", "PASSWORD": "y"}
    del given[name]
    with refused("InvalidParameterException", f"Missing required parameter {name}"):
        off.initiate("USER_PASSWORD_AUTH", **given)


def test_missing_code(texter: Someone) -> None:
    with refused("InvalidParameterException", "Missing required parameter SMS_MFA_CODE"):
        texter.respond(texter.sign_in())


def test_unknown_client(off: Realm) -> None:
    stranger = Realm(off.server, off.pool_id, "nosuchclient")
    with refused("ResourceNotFoundException", "User pool client nosuchclient does not exist."):
        stranger.initiate("USER_PASSWORD_AUTH", USERNAME="x", PASSWORD="y")


def test_answers_may_name_the_person_by_alias_or_sub(alias: Realm) -> None:
    person = alias.person(email=True, phone=True)
    person.prefer(SMS=(True, True))
    for name in (person.email, person.sub, person.username):
        challenge = person.sign_in(username=person.email.upper())
        code = alias.server.code_sent_to(person.phone)
        answer = alias.respond(SMS, challenge["Session"], USERNAME=name, SMS_MFA_CODE=code)
        assert "AuthenticationResult" in answer


def fail(person: Someone) -> None:
    """One wrong password."""
    with refused("NotAuthorizedException", INCORRECT):
        person.realm.initiate("USER_PASSWORD_AUTH", USERNAME=person.username, PASSWORD="Wrong-1")


def test_c102_lock_doubles(off: Realm) -> None:
    person = off.person()
    off.server.stand_still()
    for _ in range(5):
        fail(person)
    for seconds in (1, 2, 4, 8):
        with refused("NotAuthorizedException", LOCKED):
            person.sign_in()
        off.server.advance(seconds - 0.7)
        with refused("NotAuthorizedException", LOCKED):
            person.sign_in()
        off.server.advance(0.8)
        fail(person)


def test_c102_lock_never_exceeds_fifteen_minutes(off: Realm) -> None:
    person = off.person()
    off.server.stand_still()
    for _ in range(5):
        fail(person)
    for number in range(10):
        off.server.advance(2**number + 0.5)
        fail(person)
    off.server.advance(899)
    with refused("NotAuthorizedException", LOCKED):
        person.sign_in()
    off.server.advance(1.1)
    assert "AuthenticationResult" in person.sign_in()


def test_c103_requests_during_a_lock_do_not_extend_it(off: Realm) -> None:
    person = off.person()
    off.server.stand_still()
    for _ in range(5):
        fail(person)
    for _ in range(6):
        with refused("NotAuthorizedException", LOCKED):
            person.sign_in()
    off.server.advance(1.1)
    assert "AuthenticationResult" in person.sign_in()
    fail(person)
    assert "AuthenticationResult" in person.sign_in()


def test_wrong_codes_and_passwords_share_one_count(texter: Someone) -> None:
    texter.realm.server.stand_still()
    challenge = texter.sign_in()
    code = texter.realm.server.code_sent_to(texter.phone)
    for _ in range(3):
        with refused("CodeMismatchException"):
            texter.answer_code(challenge, wrong(code))
    fail(texter)
    fail(texter)
    with refused("NotAuthorizedException", LOCKED):
        texter.answer_code(challenge, code)
    texter.realm.server.advance(1.1)
    assert "AuthenticationResult" in texter.answer_code(challenge, code)


def test_email_codes_are_limited_by_the_hour(optional: Realm) -> None:
    person = optional.person(email=True)
    person.prefer(EMAIL=(True, True))
    for _ in range(20):
        person.sign_in()
    with refused("LimitExceededException"):
        person.sign_in()


def test_case_of_the_username_follows_the_pool(off: Realm, alias: Realm) -> None:
    strict, lenient = off.person(), alias.person()
    assert "AuthenticationResult" in lenient.sign_in(username=lenient.username.upper())
    with refused("NotAuthorizedException", INCORRECT):
        strict.sign_in(username=strict.username.upper())


def test_email_as_username(make_realm: MakeRealm) -> None:
    realm = make_realm(UsernameAttributes=["email"])
    admin = realm.server.admin
    made = admin.admin_create_user(
        UserPoolId=realm.pool_id, Username="ann@example.com", MessageAction="SUPPRESS"
    )["User"]
    attributes = {each["Name"]: each["Value"] for each in made["Attributes"]}
    assert made["Username"] == attributes["sub"]
    assert attributes["email"] == "ann@example.com"
    admin.admin_set_user_password(
        UserPoolId=realm.pool_id, Username="ann@example.com", Password=PASSWORD, Permanent=True
    )
    for name in ("ann@example.com", attributes["sub"]):
        realm.initiate("USER_PASSWORD_AUTH", USERNAME=name, PASSWORD=PASSWORD)
    with refused("UsernameExistsException"):
        admin.admin_create_user(UserPoolId=realm.pool_id, Username="ann@example.com")
    with refused("InvalidParameterException"):
        admin.admin_create_user(UserPoolId=realm.pool_id, Username="ann")

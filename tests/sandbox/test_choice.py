"""Checklist C104 to C108, rows D27 to D31: choice-based sign-in, and sign-in by a server."""

from __future__ import annotations

from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

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
WRONG = "Invalid code or auth state for the user."
LOCKED = "Password attempts exceeded"
PASSWORDS = ["PASSWORD_SRP", "PASSWORD"]
EVERYTHING = [*PASSWORDS, "EMAIL_OTP", "SMS_OTP"]
CHOICE = [*FLOWS, "ALLOW_USER_AUTH"]
FIRST_FACTORS = {
    "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}
}
ADMIN = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"]


def choosing(realm: Realm, **settings: Any) -> Realm:
    """A client with USER_AUTH."""
    return realm.client(ExplicitAuthFlows=CHOICE, **settings)


@pytest.fixture(scope="module")
def free(make_realm: MakeRealm) -> Realm:
    """No second factor, every first one."""
    return choosing(make_realm(**FIRST_FACTORS))


@pytest.fixture(scope="module")
def mixed(make_realm: MakeRealm) -> Realm:
    """Second factors for those who want them, every first one."""
    return choosing(make_realm("OPTIONAL", ALL, **FIRST_FACTORS))


def begin(person: Someone, preferred: str = "", **more: str) -> dict[str, Any]:
    """USER_AUTH."""
    wanted = {"PREFERRED_CHALLENGE": preferred} if preferred else {}
    return person.realm.initiate("USER_AUTH", USERNAME=person.username, **wanted, **more)


def choose(person: Someone, factor: str, **more: str) -> dict[str, Any]:
    """The answer to SELECT_CHALLENGE."""
    return person.respond(begin(person), ANSWER=factor, **more)


def without_password(realm: Realm, **attributes: str) -> Someone:
    """Somebody whom AdminCreateUser gave no password."""
    person = Someone(realm, "p" + "".join(attributes.values()).strip("+").replace("@", "."), "")
    made = realm.server.admin.admin_create_user(
        **person.admin_name,
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )["User"]
    assert made["UserStatus"] == "CONFIRMED"
    return person


def other(code: str) -> str:
    """Another code."""
    return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"


def test_c104_choice(free: Realm) -> None:
    person = free.person(email=True, phone=True)
    answer = begin(person)
    assert answer["ChallengeName"] == "SELECT_CHALLENGE"
    assert answer["AvailableChallenges"] == EVERYTHING
    assert answer["ChallengeParameters"] == {}
    assert "Session" in answer


def test_c104_only_what_the_person_has_and_the_pool_allows(free: Realm, off: Realm) -> None:
    assert begin(free.person())["AvailableChallenges"] == PASSWORDS
    assert begin(free.person(phone=False))["AvailableChallenges"] == [*PASSWORDS, "SMS_OTP"]
    strict = choosing(off)
    assert begin(strict.person(email=True))["AvailableChallenges"] == PASSWORDS


def test_c104_unavailable_preference_is_a_choice(free: Realm) -> None:
    for preferred in ("EMAIL_OTP", "WEB_AUTHN"):
        answer = begin(free.person(), preferred)
        assert answer["ChallengeName"] == "SELECT_CHALLENGE"
        assert answer["AvailableChallenges"] == PASSWORDS


def test_c105_required_pool(required: Realm) -> None:
    person = choosing(required).person(email=True, phone=True)
    assert begin(person)["AvailableChallenges"] == PASSWORDS
    answer = begin(person, "PASSWORD", PASSWORD=PASSWORD)
    assert answer["ChallengeName"] == "SELECT_MFA_TYPE"


def test_d28_an_active_second_factor_leaves_only_the_password(mixed: Realm) -> None:
    person = mixed.person(email=True, phone=True)
    assert begin(person)["AvailableChallenges"] == EVERYTHING
    person.prefer(SMS=(True, True))
    assert begin(person)["AvailableChallenges"] == PASSWORDS
    answer = choose(person, "PASSWORD", PASSWORD=PASSWORD)
    assert answer["ChallengeName"] == SMS
    code = mixed.server.code_sent_to(person.phone)
    assert len(code) == 6
    assert "AuthenticationResult" in person.answer_code(answer, code)


def test_c106_code_instead_of_a_password(free: Realm) -> None:
    person = without_password(free, email="grace.c106@example.com")
    answer = begin(person, "EMAIL_OTP")
    assert answer["ChallengeName"] == EMAIL
    assert answer["AvailableChallenges"] == ["EMAIL_OTP"]
    parameters = answer["ChallengeParameters"]
    assert parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
    assert parameters["CODE_DELIVERY_DESTINATION"] == "g***@e***"
    code = free.server.code_sent_to("grace.c106@example.com")
    assert len(code) == 8
    assert "AuthenticationResult" in person.answer_code(answer, code)
    assert person.attributes()["email_verified"] == "true"


def test_d27_code_by_text_message(mixed: Realm) -> None:
    person = mixed.person(phone=False)
    answer = choose(person, "SMS_OTP")
    assert answer["ChallengeName"] == "SMS_OTP"
    assert answer["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS"
    code = mixed.server.code_sent_to(person.phone)
    assert len(code) == 8
    assert "AuthenticationResult" in person.respond(answer, SMS_OTP_CODE=code)
    assert person.attributes()["phone_number_verified"] == "true"


def test_wrong_codes_lock_nobody_out(free: Realm) -> None:
    person = free.person(email=True)
    answer = begin(person, "EMAIL_OTP")
    code = free.server.code_sent_to(person.email)
    for _ in range(6):
        with refused("CodeMismatchException", WRONG):
            person.answer_code(answer, other(code))
    assert "AuthenticationResult" in person.answer_code(answer, code)
    with refused("NotAuthorizedException"):
        person.answer_code(answer, code)


def test_newer_code_takes_the_place_of_the_former(free: Realm) -> None:
    person = free.person(email=True)
    first = begin(person, "EMAIL_OTP")
    code = free.server.code_sent_to(person.email)
    begin(person, "EMAIL_OTP")
    with refused("CodeMismatchException", WRONG):
        person.answer_code(first, code)


def test_second_factor_activated_on_the_way_is_asked_for(mixed: Realm) -> None:
    person = mixed.person(email=True)
    answer = begin(person, "EMAIL_OTP")
    code = mixed.server.code_sent_to(person.email)
    person.bind_app()
    person.prefer(TOTP=(True, True))
    assert person.answer_code(answer, code)["ChallengeName"] == TOTP


def test_c107_temporary_password(free: Realm) -> None:
    person = free.person(email=True)
    admin = free.server.admin
    admin.admin_set_user_password(**person.admin_name, Password=PASSWORD, Permanent=False)
    for preferred in ("", "EMAIL_OTP"):
        answer = begin(person, preferred)
        assert answer["ChallengeName"] == "SELECT_CHALLENGE"
        assert answer["AvailableChallenges"] == PASSWORDS
    answer = choose(person, "PASSWORD", PASSWORD=PASSWORD)
    assert answer["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


@pytest.mark.parametrize("flow", ["USER_AUTH", "USER_PASSWORD_AUTH"])
def test_c108_step_up_in_the_lite_plan(make_realm: MakeRealm, flow: str) -> None:
    realm = choosing(make_realm(UserPoolTier="LITE"))
    person = realm.person()
    wanted = {"TARGET_ACR_VALUES": "urn:cognito:loa:2"}
    with refused("FeatureUnavailableInTierException"):
        realm.initiate(flow, USERNAME=person.username, PASSWORD=PASSWORD, **wanted)


def test_password_in_every_way(free: Realm) -> None:
    person = free.person()
    assert "AuthenticationResult" in begin(person, "PASSWORD", PASSWORD=PASSWORD)
    assert "AuthenticationResult" in choose(person, "PASSWORD", PASSWORD=PASSWORD)
    answer = choose(person, "PASSWORD")
    assert answer["ChallengeName"] == "PASSWORD"
    assert "AuthenticationResult" in person.respond(answer, PASSWORD=PASSWORD)
    with refused("InvalidParameterException", "Missing required parameter PASSWORD"):
        begin(person, "PASSWORD")
    with refused("InvalidParameterException", "Missing required parameter SRP_A"):
        begin(person, "PASSWORD_SRP")


def test_wrong_password_keeps_the_session_and_counts(free: Realm) -> None:
    person = free.person()
    answer = choose(person, "PASSWORD")
    for _ in range(4):
        with refused("NotAuthorizedException", INCORRECT):
            person.respond(answer, PASSWORD="Wrong-Horse-9")
    assert "AuthenticationResult" in person.respond(answer, PASSWORD=PASSWORD)
    for _ in range(5):
        with refused("NotAuthorizedException", INCORRECT):
            begin(person, "PASSWORD", PASSWORD="Wrong-Horse-9")
    with refused("NotAuthorizedException", LOCKED):
        begin(person)


@pytest.mark.parametrize("way", ["preferred", "riding along", "asked"])
def test_srp_in_every_way(free: Realm, way: str) -> None:
    person = free.person()
    make: Any = AWSSRP  # has no types
    srp = make(person.username, PASSWORD, free.pool_id, free.client_id, client=free.server.user)
    srp_a = f"{srp.large_a_value:x}"
    if way == "preferred":
        challenge = begin(person, "PASSWORD_SRP", SRP_A=srp_a)
    elif way == "riding along":
        challenge = choose(person, "PASSWORD_SRP", SRP_A=srp_a)
    else:
        challenge = person.respond(choose(person, "PASSWORD_SRP"), SRP_A=srp_a)
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    responses = srp.process_challenge(
        challenge["ChallengeParameters"], {"USERNAME": person.username}
    )
    assert "AuthenticationResult" in free.respond("PASSWORD_VERIFIER", None, **responses)


def test_choice_that_was_not_offered(free: Realm) -> None:
    with refused("InvalidParameterException"):
        choose(free.person(), "EMAIL_OTP")


def test_choice_that_is_gone_meanwhile(free: Realm) -> None:
    person = free.person(email=True)
    offer = begin(person)
    free.server.admin.admin_delete_user_attributes(
        **person.admin_name, UserAttributeNames=["email"]
    )
    with refused("InvalidParameterException"):
        person.respond(offer, ANSWER="EMAIL_OTP")
    assert "AuthenticationResult" in person.respond(offer, ANSWER="PASSWORD", PASSWORD=PASSWORD)


def test_flow_must_be_enabled(off: Realm) -> None:
    with refused("InvalidParameterException", "USER_AUTH flow not enabled for this client"):
        begin(off.person())


def test_unknown_person_looks_like_any_other(free: Realm) -> None:
    nobody = Someone(free, "nobody", "")
    assert begin(nobody)["AvailableChallenges"] == EVERYTHING
    with refused("NotAuthorizedException", INCORRECT):
        choose(nobody, "PASSWORD", PASSWORD=PASSWORD)
    answer = begin(nobody, "EMAIL_OTP")
    again = begin(nobody, "EMAIL_OTP")
    assert answer["ChallengeParameters"] == again["ChallengeParameters"]
    with refused("CodeMismatchException", WRONG):
        nobody.answer_code(answer, "12345678")
    legacy = choosing(free, PreventUserExistenceErrors="LEGACY")
    with refused("UserNotFoundException"):
        begin(Someone(legacy, "nobody", ""))


def test_signing_up_without_a_password(make_realm: MakeRealm) -> None:
    realm = choosing(make_realm(AutoVerifiedAttributes=["email"], **FIRST_FACTORS))
    user, address = realm.server.user, "newcomer.choice@example.com"
    given = {"ClientId": realm.client_id, "Username": "newcomer"}
    with refused("InvalidParameterException", "Missing required parameter Password"):
        user.sign_up(**given)
    user.sign_up(**given, UserAttributes=[{"Name": "email", "Value": address}])
    user.confirm_sign_up(**given, ConfirmationCode=realm.server.code_sent_to(address))
    person = Someone(realm, "newcomer", "")
    answer = begin(person, "EMAIL_OTP")
    code = realm.server.code_sent_to(address)
    assert "AuthenticationResult" in person.answer_code(answer, code)
    change = {"AccessToken": person.token, "ProposedPassword": PASSWORD}
    user.change_password(**change)
    assert begin(person)["AvailableChallenges"] == [*PASSWORDS, "EMAIL_OTP"]


def test_from_sign_up_straight_into_the_first_sign_in(make_realm: MakeRealm) -> None:
    realm = choosing(make_realm(AutoVerifiedAttributes=["email"], **FIRST_FACTORS))
    user, address = realm.server.user, "straight.in@example.com"
    given = {"ClientId": realm.client_id, "Username": "straight"}
    made = user.sign_up(
        **given, Password=PASSWORD, UserAttributes=[{"Name": "email", "Value": address}]
    )
    code = realm.server.code_sent_to(address)
    confirmed = user.confirm_sign_up(**given, ConfirmationCode=code, Session=made["Session"])
    start = {"ClientId": realm.client_id, "AuthFlow": "USER_AUTH"}
    session = {"Session": confirmed["Session"]}
    with refused("NotAuthorizedException", "Invalid session for the user."):
        user.initiate_auth(**start, **session, AuthParameters={"USERNAME": realm.person().username})
    named = {"AuthParameters": {"USERNAME": "straight"}}
    assert "AuthenticationResult" in user.initiate_auth(**start, **session, **named)
    with refused("NotAuthorizedException"):
        user.initiate_auth(**start, **session, **named)


def by_server(realm: Realm, flow: str, **parameters: str) -> Any:
    """AdminInitiateAuth."""
    return realm.server.admin.admin_initiate_auth(
        UserPoolId=realm.pool_id,
        ClientId=realm.client_id,
        AuthFlow=flow,
        AuthParameters=parameters,
    )


@pytest.mark.parametrize("flow", ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"])
@pytest.mark.parametrize("enabled", [ADMIN, ["ADMIN_NO_SRP_AUTH"]])
def test_server_signs_somebody_in(off: Realm, flow: str, enabled: list[str]) -> None:
    realm = off.client(ExplicitAuthFlows=enabled, GenerateSecret=True)
    person = realm.person()
    given = {"USERNAME": person.username, "PASSWORD": PASSWORD}
    with refused("NotAuthorizedException"):
        by_server(realm, flow, **given)
    given["SECRET_HASH"] = secret_hash(realm, person.username)
    assert "AuthenticationResult" in by_server(realm, flow, **given)
    with refused("NotAuthorizedException", INCORRECT):
        by_server(realm, flow, **(given | {"PASSWORD": "Wrong-Horse-9"}))


def test_server_answers_the_challenges(optional: Realm) -> None:
    realm = optional.client(ExplicitAuthFlows=ADMIN)
    person = realm.person(phone=True)
    person.prefer(SMS=(True, True))
    challenge = by_server(
        realm, "ADMIN_USER_PASSWORD_AUTH", USERNAME=person.username, PASSWORD=PASSWORD
    )
    answer = realm.server.admin.admin_respond_to_auth_challenge(
        UserPoolId=realm.pool_id,
        ClientId=realm.client_id,
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={
            "USERNAME": person.username,
            "SMS_MFA_CODE": realm.server.code_sent_to(person.phone),
        },
    )
    token = answer["AuthenticationResult"]["RefreshToken"]
    renewed = by_server(realm, "REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)
    assert "AccessToken" in renewed["AuthenticationResult"]


def test_flows_a_server_may_not_use(off: Realm, optional: Realm) -> None:
    person = off.person()
    given = {"USERNAME": person.username, "PASSWORD": PASSWORD}
    with refused("InvalidParameterException", "Initiate Auth method not supported"):
        by_server(off, "USER_PASSWORD_AUTH", **given)
    words = "ADMIN_USER_PASSWORD_AUTH flow not enabled for this client"
    with refused("InvalidParameterException", words):
        by_server(off, "ADMIN_USER_PASSWORD_AUTH", **given)
    stranger = Realm(off.server, off.pool_id, optional.client_id)
    with refused("ResourceNotFoundException"):
        by_server(stranger, "USER_SRP_AUTH", USERNAME=person.username, SRP_A="ab12")
    answer = off.server.raw("AdminInitiateAuth", {"UserPoolId": off.pool_id})
    assert answer.status == 403

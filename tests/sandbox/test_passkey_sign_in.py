"""Checklist C129 and C130, rows D25 to D29: signing in with a passkey, and passkeys as MFA."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.authenticator import RS256, Authenticator, Json, decoded, encoded
from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import (
    EMAIL,
    FLOWS,
    PASSWORD,
    SMS,
    TOTP,
    Realm,
    Someone,
    claims,
    refused,
)
from tests.sandbox.passkey_kit import (
    MULTI,
    PASSKEY_FIRST,
    answer,
    asked,
    begin,
    delete,
    factors,
    listed,
    register,
    sign_in,
    start,
    with_passkeys,
)

INCORRECT = "Incorrect username or password."
PASSWORDS = ["PASSWORD_SRP", "PASSWORD"]
USED = "Invalid session for the user, session can only be used once."
EXPIRED = "Invalid session for the user, session is expired."


@pytest.fixture(scope="module")
def free(make_realm: MakeRealm) -> Realm:
    """No second factor; passkeys count as one factor."""
    return with_passkeys(make_realm)


@pytest.fixture(scope="module")
def single(make_realm: MakeRealm) -> Realm:
    """A second factor for those who want one; passkeys count as one factor."""
    return with_passkeys(make_realm, "OPTIONAL", SMS, TOTP)


@pytest.fixture(scope="module")
def double(make_realm: MakeRealm) -> Realm:
    """A second factor for those who want one; passkeys can count as two."""
    return with_passkeys(make_realm, "OPTIONAL", SMS, TOTP, **MULTI)


@pytest.fixture(scope="module")
def strict(make_realm: MakeRealm) -> Realm:
    """Everybody needs two factors; a passkey can count as both."""
    return with_passkeys(make_realm, "ON", SMS, TOTP, **MULTI)


def offered(person: Someone) -> list[str]:
    """AvailableChallenges."""
    found: list[str] = begin(person, "")["AvailableChallenges"]
    return found


def set_passkey_mfa(person: Someone, *, on: bool) -> None:
    person.realm.server.user.set_user_mfa_preference(
        AccessToken=person.token, WebAuthnMfaSettings={"Enabled": on}
    )


def with_passkey_mfa(realm: Realm) -> tuple[Someone, Authenticator]:
    """Somebody with text messages, a passkey, and passkey MFA on."""
    person = realm.person(phone=True)
    person.prefer(SMS=(True, True))
    device = register(person)
    set_passkey_mfa(person, on=True)
    return person, device


def test_c129_challenge_is_json_text(free: Realm) -> None:
    person = free.person()
    device = register(person)
    challenge = begin(person)
    assert challenge["ChallengeName"] == "WEB_AUTHN"
    assert set(challenge["ChallengeParameters"]) == {"CREDENTIAL_REQUEST_OPTIONS"}
    options = asked(challenge)
    assert len(decoded(options.pop("challenge"))) == 16
    assert options == {
        "timeout": 180_000,
        "rpId": "localhost",
        "allowCredentials": [
            {"type": "public-key", "id": next(iter(device.keys)), "transports": ["internal"]}
        ],
        "userVerification": "preferred",
    }
    assert challenge["AvailableChallenges"] == [*PASSWORDS, "WEB_AUTHN"]


def test_c129_passkey_signs_in(free: Realm) -> None:
    person = free.person()
    done = sign_in(person, register(person))
    assert done["ChallengeParameters"] == {}
    assert claims(done["AuthenticationResult"]["AccessToken"])["sub"] == person.sub


def test_choice_of_a_passkey(free: Realm) -> None:
    person = free.person()
    device = register(person)
    offer = begin(person, "")
    assert offer["ChallengeName"] == "SELECT_CHALLENGE"
    challenge = person.respond(offer, ANSWER="WEB_AUTHN", CREDENTIAL="{}")
    assert challenge["ChallengeName"] == "WEB_AUTHN"
    assert "AuthenticationResult" in answer(person, challenge, device.get(asked(challenge)))


def test_passkey_by_a_server_that_knows_the_secret(free: Realm) -> None:
    realm = free.client(ExplicitAuthFlows=[*FLOWS, "ALLOW_USER_AUTH"], GenerateSecret=True)
    person = realm.person()
    device = register(person)
    assert "AuthenticationResult" in sign_in(person, device)
    admin, pool = realm.server.admin, {"UserPoolId": realm.pool_id, "ClientId": realm.client_id}
    named = realm._signed({"USERNAME": person.username})
    challenge = admin.admin_initiate_auth(
        **pool,
        AuthFlow="USER_AUTH",
        AuthParameters={**named, "PREFERRED_CHALLENGE": "WEB_AUTHN"},
    )
    credential = json.dumps(device.get(asked(challenge)))
    done = admin.admin_respond_to_auth_challenge(
        **pool,
        ChallengeName="WEB_AUTHN",
        Session=challenge["Session"],
        ChallengeResponses={**named, "CREDENTIAL": credential},
    )
    assert "AuthenticationResult" in done


def test_only_for_those_who_have_one(free: Realm) -> None:
    person = free.person()
    answered = begin(person)
    assert answered["ChallengeName"] == "SELECT_CHALLENGE"
    assert answered["AvailableChallenges"] == PASSWORDS
    with refused("InvalidParameterException"):
        person.respond(answered, ANSWER="WEB_AUTHN")


def test_several_passkeys(free: Realm) -> None:
    person = free.person()
    phone, key = register(person), register(person, Authenticator(algorithm=RS256, counts=True))
    names = [each["id"] for each in asked(begin(person))["allowCredentials"]]
    assert names == [*phone.keys, *key.keys]
    for device in (phone, key, phone):
        assert "AuthenticationResult" in sign_in(person, device)


def test_deleted_passkey_signs_nobody_in(free: Realm) -> None:
    person = free.person()
    lost, kept = register(person), register(person)
    challenge = begin(person)
    credential = lost.get(asked(challenge))
    delete(person, next(iter(lost.keys)))
    with refused("NotAuthorizedException", INCORRECT):
        answer(person, challenge, credential)
    delete(person, next(iter(kept.keys)))
    assert offered(person) == PASSWORDS


def test_counter_that_does_not_move_on(free: Realm) -> None:
    """A copy of a security key betrays itself."""
    person = free.person()
    key = register(person, Authenticator(counts=True))
    assert "AuthenticationResult" in sign_in(person, key)
    key.counter -= 1
    with refused("NotAuthorizedException", INCORRECT):
        sign_in(person, key)
    assert "AuthenticationResult" in sign_in(person, key)


def test_wrong_answers(free: Realm) -> None:
    person, stranger = free.person(), free.person()
    device, foreign = register(person), register(stranger)
    challenge = begin(person)
    options = asked(challenge)
    good = device.get(options)
    cut = encoded(decoded(good["response"]["signature"])[:-1])
    device.origin = "https://evil.example"
    from_elsewhere = device.get(options)
    device.origin = "http://localhost"
    wrong: list[Json] = [
        from_elsewhere,
        device.get(options, party="example.com"),
        device.get(options, challenge=encoded(b"another challenge")),
        device.get(options, user=encoded(stranger.sub.encode())),
        foreign.get({**options, "allowCredentials": asked(begin(stranger))["allowCredentials"]}),
        {**good, "response": {**good["response"], "signature": cut}},
        {**good, "response": {**good["response"], "authenticatorData": "AAAA"}},
        {**good, "response": {**good["response"], "clientDataJSON": encoded(b"[" * 50_000)}},
        {**good, "rawId": encoded(b"another")},
    ]
    for number, credential in enumerate(wrong):
        with refused("NotAuthorizedException", INCORRECT):
            answer(person, challenge, credential)
            pytest.fail(f"answer {number} was accepted")
    assert "AuthenticationResult" in answer(person, challenge, good)


def test_unreadable_answers(free: Realm) -> None:
    person = free.person()
    device = register(person)
    challenge = begin(person)
    good = device.get(asked(challenge))
    for text in ("", "no JSON", "[]", "{}", "[" * 100_000, json.dumps({**good, "response": {}})):
        words = "Missing required parameter CREDENTIAL" if not text else None
        with refused("InvalidParameterException", words):
            person.respond(challenge, CREDENTIAL=text)
    odd = {**good, "response": {**good["response"], "userHandle": "ä"}}
    with refused("InvalidParameterException"):
        answer(person, challenge, odd)
    assert "AuthenticationResult" in answer(person, challenge, good)


def test_device_that_keeps_no_user(free: Realm) -> None:
    person = free.person()
    assert "AuthenticationResult" in sign_in(
        person, register(person, Authenticator(keeps_user=False))
    )


def test_challenge_answers_once_and_in_time(free: Realm) -> None:
    person = free.person()
    device = register(person)
    free.server.stand_still()
    challenge = begin(person)
    credential = device.get(asked(challenge))
    free.server.advance(179)
    assert "AuthenticationResult" in answer(person, challenge, credential)
    with refused("NotAuthorizedException", USED):
        answer(person, challenge, credential)
    challenge = begin(person)
    free.server.advance(180)
    with refused("NotAuthorizedException", EXPIRED):
        answer(person, challenge, device.get(asked(challenge)))


def test_wrong_passkeys_lock_nobody_out(free: Realm) -> None:
    person = free.person()
    device = register(person)
    challenge = begin(person)
    for _ in range(6):
        with refused("NotAuthorizedException", INCORRECT):
            answer(person, challenge, device.get(asked(challenge), party="example.com"))
    assert "AuthenticationResult" in answer(person, challenge, device.get(asked(challenge)))


def test_passkeys_of_a_former_domain_are_not_asked_for(make_realm: MakeRealm) -> None:
    realm = with_passkeys(make_realm)
    person = realm.person()
    device = register(person)
    realm.set_mfa("OFF", WebAuthnConfiguration={"RelyingPartyId": "example.com"})
    assert offered(person) == PASSWORDS
    assert listed(person)[0]["RelyingPartyId"] == "localhost"
    new = register(person, Authenticator(origin="https://example.com"))
    names = [each["id"] for each in asked(begin(person))["allowCredentials"]]
    assert names == list(new.keys)
    assert list(device.keys) != names


def test_pool_that_allows_passkeys_no_more(make_realm: MakeRealm) -> None:
    realm = with_passkeys(make_realm)
    person = realm.person()
    device = register(person)
    challenge = begin(person)
    first = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}}
    realm.server.admin.update_user_pool(UserPoolId=realm.pool_id, Policies=first)
    assert offered(person) == PASSWORDS
    with refused("NotAuthorizedException", INCORRECT):
        answer(person, challenge, device.get(asked(challenge)))
    assert factors(person) == ["PASSWORD", "WEB_AUTHN"]


def test_temporary_password_first(free: Realm) -> None:
    person = free.person()
    register(person)
    admin = free.server.admin
    admin.admin_set_user_password(**person.admin_name, Password=PASSWORD, Permanent=False)
    assert offered(person) == PASSWORDS


@pytest.mark.parametrize("state", ["disabled", "reset"])
def test_states_that_bar_passkeys_too(make_realm: MakeRealm, state: str) -> None:
    realm = with_passkeys(make_realm)
    person = realm.person(email=True)
    device = register(person)
    challenge = begin(person)
    credential = device.get(asked(challenge))
    admin, code = realm.server.admin, "NotAuthorizedException"
    if state == "disabled":
        admin.admin_disable_user(**person.admin_name)
    else:
        admin.admin_reset_user_password(**person.admin_name)
        code = "PasswordResetRequiredException"
    for attempt in (lambda: begin(person), lambda: answer(person, challenge, credential)):
        with refused(code):
            attempt()


def test_verification_of_the_user_where_the_pool_requires_it(make_realm: MakeRealm) -> None:
    realm = with_passkeys(make_realm, UserVerification="required")
    person = realm.person()
    device = register(person)
    assert asked(begin(person))["userVerification"] == "required"
    device.verifies = False
    with refused("NotAuthorizedException", INCORRECT):
        sign_in(person, device)
    device.verifies = True
    assert "AuthenticationResult" in sign_in(person, device)


def test_verification_of_the_user_where_it_is_preferred(free: Realm) -> None:
    person = free.person()
    assert "AuthenticationResult" in sign_in(
        person, register(person, Authenticator(verifies=False))
    )


def test_d27_d28_single_factor_only_where_no_second_is_asked(single: Realm) -> None:
    person = single.person(phone=True)
    device = register(person)
    assert offered(person) == [*PASSWORDS, "WEB_AUTHN"]
    assert "AuthenticationResult" in sign_in(person, device)
    person.prefer(SMS=(True, True))
    assert offered(person) == PASSWORDS
    with refused("InvalidParameterException"):
        set_passkey_mfa(person, on=True)


def test_second_factor_activated_on_the_way_is_asked_for(single: Realm) -> None:
    person = single.person(phone=True)
    device = register(person)
    challenge = begin(person)
    person.prefer(SMS=(True, True))
    answered = answer(person, challenge, device.get(asked(challenge)))
    assert answered["ChallengeName"] == SMS


def test_d26_required_pool_without_passkey_mfa(make_realm: MakeRealm, strict: Realm) -> None:
    """With MULTI_FACTOR a pool allows it; without WebAuthnMfaSettings it is off for the person."""
    person = strict.person(phone=True)
    register(person)
    assert offered(person) == PASSWORDS
    realm = with_passkeys(make_realm, "OPTIONAL", SMS, **MULTI)
    person, _ = with_passkey_mfa(realm)
    assert "WEB_AUTHN" in offered(person)
    realm.server.admin.update_user_pool(
        UserPoolId=realm.pool_id,
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}},
    )
    realm.set_mfa("ON", SMS, WebAuthnConfiguration={"RelyingPartyId": "localhost"})
    assert offered(person) == PASSWORDS


@pytest.mark.parametrize("mode", ["strict", "double"])
def test_c130_passkey_counts_as_both_factors(mode: str, request: pytest.FixtureRequest) -> None:
    """D25: tokens without an MFA challenge; D29: offered beside the passwords."""
    person, device = with_passkey_mfa(request.getfixturevalue(mode))
    assert offered(person) == [*PASSWORDS, "WEB_AUTHN"]
    assert asked(begin(person))["userVerification"] == "required"
    assert "AuthenticationResult" in sign_in(person, device)
    by_password = person.sign_in()
    assert by_password["ChallengeName"] == SMS
    device.verifies = False
    with refused("NotAuthorizedException", INCORRECT):
        sign_in(person, device)


def test_c130_passkey_that_cannot_verify_its_user(strict: Realm) -> None:
    person = strict.person(phone=True)
    assert start(person)["authenticatorSelection"]["userVerification"] == "required"
    with refused("WebAuthnCredentialNotSupportedException"):
        register(person, Authenticator(verifies=False))


def test_passkey_mfa_switched_off_again(strict: Realm) -> None:
    person, _ = with_passkey_mfa(strict)
    set_passkey_mfa(person, on=False)
    assert offered(person) == PASSWORDS
    admin = strict.server.admin.admin_set_user_mfa_preference
    admin(**person.admin_name, WebAuthnMfaSettings={"Enabled": True})
    assert offered(person) == [*PASSWORDS, "WEB_AUTHN"]
    person.prefer(SMS=(True, False))
    assert offered(person) == [*PASSWORDS, "WEB_AUTHN"]


def test_no_read_tells_of_passkey_mfa(strict: Realm) -> None:
    person, _ = with_passkey_mfa(strict)
    assert (person.listed(), person.preferred()) == ({SMS}, SMS)
    assert factors(person) == ["PASSWORD", "SMS_OTP", "WEB_AUTHN"]


def test_passkey_is_never_the_second_step(strict: Realm) -> None:
    person, _ = with_passkey_mfa(strict)
    person.bind_app()
    person.prefer(SMS=(True, False), TOTP=(True, False))
    choice = person.sign_in()
    assert choice["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(choice["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == [SMS, TOTP]


def test_last_passkey_deleted_while_it_counts_as_mfa(strict: Realm) -> None:
    person, device = with_passkey_mfa(strict)
    delete(person, next(iter(device.keys)))
    assert offered(person) == PASSWORDS
    assert person.sign_in()["ChallengeName"] == SMS
    assert "AuthenticationResult" in sign_in(person, register(person))


def test_last_other_factor_gone_while_the_passkey_counts_as_mfa(strict: Realm) -> None:
    """Nothing is refused; the next sign-in asks to set a factor up, as for anybody without one."""
    person, _ = with_passkey_mfa(strict)
    strict.server.admin.admin_delete_user_attributes(
        **person.admin_name, UserAttributeNames=["phone_number"]
    )
    assert offered(person) == PASSWORDS
    assert person.sign_in()["ChallengeName"] == "MFA_SETUP"


def test_last_other_factor_off_in_an_optional_pool(double: Realm) -> None:
    person, device = with_passkey_mfa(double)
    person.prefer(SMS=(False, False))
    assert "AuthenticationResult" in sign_in(person, device)


def test_passkey_mfa_in_the_lite_plan(make_realm: MakeRealm) -> None:
    realm = make_realm(UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        realm.set_mfa("OFF", WebAuthnConfiguration={"RelyingPartyId": "localhost", **MULTI})
    with refused("FeatureUnavailableInTierException"):
        make_realm(UserPoolTier="LITE", **PASSKEY_FIRST)


def test_email_code_and_passkey_side_by_side(make_realm: MakeRealm) -> None:
    allowed = ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]
    realm = make_realm(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": allowed}})
    realm.set_mfa("OFF", WebAuthnConfiguration={"RelyingPartyId": "localhost"})
    realm = realm.client(ExplicitAuthFlows=[*FLOWS, "ALLOW_USER_AUTH"])
    person = realm.person(email=True)
    register(person)
    assert offered(person) == [*PASSWORDS, EMAIL, "WEB_AUTHN"]


def test_unknown_names_seem_to_have_passkeys_or_none(free: Realm) -> None:
    """As for people: some are asked for a passkey, always the same one, and none fits."""
    names = [Someone(free, f"nobody{number}", "") for number in range(40)]
    seeming = [name for name in names if begin(name)["ChallengeName"] == "WEB_AUTHN"]
    assert 0 < len(seeming) < 40
    name, person = seeming[0], free.person()
    device = register(person)
    challenge = begin(name)
    options, of_somebody = asked(challenge), asked(begin(person))
    assert options["allowCredentials"] == asked(begin(name))["allowCredentials"]
    assert set(options) == set(of_somebody)
    assert challenge["AvailableChallenges"] == [*PASSWORDS, "WEB_AUTHN"]
    credential_id = options["allowCredentials"][0]["id"]
    device.keys[credential_id] = next(iter(device.keys.values()))
    with refused("NotAuthorizedException", INCORRECT):
        answer(name, challenge, device.get(options))
    with refused("InvalidParameterException"):
        answer(name, challenge, {})
    others = [each for each in names if each not in seeming]
    assert all(begin(each)["AvailableChallenges"] == PASSWORDS for each in others)


@pytest.mark.parametrize("factor", [SMS, TOTP, EMAIL])
def test_unknown_names_in_a_pool_that_requires_mfa(make_realm: MakeRealm, factor: str) -> None:
    strict = with_passkeys(make_realm, "ON", factor, **MULTI)
    offers = {tuple(offered(Someone(strict, f"nobody{number}", ""))) for number in range(40)}
    assert offers == {tuple(PASSWORDS), (*PASSWORDS, "WEB_AUTHN")}


def test_client_that_hides_nobody(free: Realm) -> None:
    flows = [*FLOWS, "ALLOW_USER_AUTH"]
    legacy = free.client(ExplicitAuthFlows=flows, PreventUserExistenceErrors="LEGACY")
    with refused("UserNotFoundException"):
        begin(Someone(legacy, "nobody", ""))


def test_parameters_that_change_nothing(free: Realm) -> None:
    """Context for threat protection is taken and ignored; step-up too, as was observed live."""
    person = free.person()
    device = register(person)
    user, client = free.server.user, {"ClientId": free.client_id}
    context = {"UserContextData": {"EncodedData": "abc", "IpAddress": "192.0.2.1"}}
    challenge = user.initiate_auth(
        **client,
        **context,
        AuthFlow="USER_AUTH",
        AuthParameters={
            "USERNAME": person.username,
            "PREFERRED_CHALLENGE": "WEB_AUTHN",
            "TARGET_ACR_VALUES": "urn:cognito:loa:4",
            "MAX_AGE": "60",
            "ACCESS_TOKEN": person.token,
        },
        ClientMetadata={"a": "b"},
        AnalyticsMetadata={"AnalyticsEndpointId": "c"},
    )
    done = user.respond_to_auth_challenge(
        **client,
        **context,
        ChallengeName="WEB_AUTHN",
        Session=challenge["Session"],
        ChallengeResponses={
            "USERNAME": person.username,
            "CREDENTIAL": json.dumps(device.get(asked(challenge))),
        },
    )["AuthenticationResult"]
    assert not {"acr", "amr"} & {*claims(done["AccessToken"]), *claims(done["IdToken"])}


def custom(realm: Realm, **parameters: Any) -> Json:
    return realm.initiate("CUSTOM_AUTH", **parameters)


def test_custom_auth_without_lambda_triggers(off: Realm) -> None:
    realm = off.client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"])
    words = "Custom auth lambda trigger is not configured for the user pool."
    for name in (off.person().username, "nobody"):
        for more in ({}, {"CHALLENGE_NAME": "SRP_A", "SRP_A": "ab12"}):
            with refused("InvalidParameterException", words):
                custom(realm, USERNAME=name, **more)
    with refused("InvalidParameterException", "Missing required parameter USERNAME"):
        custom(realm)
    with refused("InvalidParameterException", "CUSTOM_AUTH flow not enabled for this client"):
        custom(off, USERNAME="nobody")


def test_custom_challenge_that_was_never_asked(off: Realm) -> None:
    person = off.person()
    respond = {"USERNAME": person.username, "ANSWER": "5"}
    with refused("InvalidParameterException", "Missing required parameter Session"):
        off.respond("CUSTOM_CHALLENGE", None, **respond)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        off.respond("CUSTOM_CHALLENGE", "s" * 40, **respond)


def test_custom_challenge_with_the_session_of_another(optional: Realm) -> None:
    person = optional.person(phone=True)
    person.prefer(SMS=(True, True))
    session = person.sign_in()["Session"]
    with refused("NotAuthorizedException", "Invalid session for the user."):
        optional.respond("CUSTOM_CHALLENGE", session, USERNAME=person.username, ANSWER="5")


def test_custom_auth_with_lambda_triggers_is_refused_by_name(make_realm: MakeRealm) -> None:
    function = "arn:aws:lambda:eu-central-1:123456789012:function:define"
    realm = make_realm(LambdaConfig={"DefineAuthChallenge": function})
    realm = realm.client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"])
    with refused("NotImplementedInSandboxException"):
        custom(realm, USERNAME="somebody")
    with refused("NotImplementedInSandboxException"):
        realm.respond("CUSTOM_CHALLENGE", "s" * 40, USERNAME="somebody", ANSWER="5")

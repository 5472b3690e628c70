"""Checklist C123 to C128 and C035: passkeys registered, listed and deleted."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.authenticator import (
    EDDSA,
    RS256,
    Authenticator,
    Json,
    decoded,
    encoded,
    with_attestation,
    with_id,
    with_public_key,
)
from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import TOTP, Realm, Someone, refused
from tests.sandbox.passkey_kit import (
    PASSKEY_FIRST,
    complete,
    delete,
    factors,
    listed,
    register,
    start,
    with_passkeys,
)

UNREADABLE = "Credential data is not valid"


@pytest.fixture(scope="module")
def realm(make_realm: MakeRealm) -> Realm:
    """No second factor; passkeys of localhost."""
    return with_passkeys(make_realm)


@pytest.fixture
def person(realm: Realm) -> Someone:
    return realm.person(email=True)


def test_c123_options_are_an_object(person: Someone) -> None:
    options = start(person)
    assert options["rp"] == {"id": "localhost", "name": "localhost"}
    assert options["user"] == {
        "id": encoded(person.sub.encode()),
        "name": person.username,
        "displayName": person.username,
    }
    assert options["pubKeyCredParams"] == [
        {"type": "public-key", "alg": -7},
        {"type": "public-key", "alg": -257},
    ]
    assert options["authenticatorSelection"] == {
        "requireResidentKey": True,
        "residentKey": "required",
        "userVerification": "preferred",
    }
    assert options["attestation"] == "none"
    assert options["excludeCredentials"] == []
    assert len(decoded(options["challenge"])) == 16
    assert start(person)["challenge"] != options["challenge"]


def test_c123_registration(person: Someone) -> None:
    before = person.realm.server.now()
    device = register(person)
    [found] = listed(person)
    assert found.pop("CreatedAt").timestamp() >= before - 0.001
    assert found == {
        "CredentialId": next(iter(device.keys)),
        "FriendlyCredentialName": "Platform passkey",
        "RelyingPartyId": "localhost",
        "AuthenticatorAttachment": "platform",
        "AuthenticatorTransports": ["internal"],
    }
    excluded = [{"id": next(iter(device.keys)), "type": "public-key"}]
    assert start(person)["excludeCredentials"] == excluded


def test_security_key_with_rsa(person: Someone) -> None:
    key = Authenticator(
        algorithm=RS256, attachment="cross-platform", transports=("usb", "nfc"), synchronised=False
    )
    register(person, key)
    [found] = listed(person)
    assert found["FriendlyCredentialName"] == "Roaming passkey"
    assert found["AuthenticatorTransports"] == ["usb", "nfc"]


def test_unknown_device_is_described_without_what_it_does_not_tell(person: Someone) -> None:
    register(person, Authenticator(attachment=None, transports=()))
    [found] = listed(person)
    assert "AuthenticatorAttachment" not in found
    assert found["AuthenticatorTransports"] == []


def test_name_shown_is_the_one_people_sign_in_with(make_realm: MakeRealm) -> None:
    realm = make_realm(UsernameAttributes=["email"], **PASSKEY_FIRST)
    realm.set_mfa("OFF", WebAuthnConfiguration={"RelyingPartyId": "localhost"})
    address = "shown.name@example.com"
    person = Someone(realm, address, "")
    realm.server.admin.admin_create_user(
        **person.admin_name,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": address}],
    )
    assert start(person)["user"]["name"] == address


def test_c124_no_domain(make_realm: MakeRealm) -> None:
    person = make_realm(**PASSKEY_FIRST).person()
    with refused("WebAuthnConfigurationMissingException"):
        start(person)


@pytest.mark.parametrize(
    "domain",
    ["com", "co.uk", "CO.UK", "github.io", "intranet", "auth.eu-central-1.amazoncognito.com"],
)
def test_domain_that_nobody_owns(off: Realm, domain: str) -> None:
    with refused("InvalidParameterException"):
        off.set_mfa("OFF", WebAuthnConfiguration={"RelyingPartyId": domain})


@pytest.mark.parametrize(
    "domain", ["localhost", "example.co.uk", "portal.test", "a.auth.eu-central-1.amazoncognito.com"]
)
def test_domain_that_somebody_owns(make_realm: MakeRealm, domain: str) -> None:
    realm = make_realm()
    realm.set_mfa("OFF", WebAuthnConfiguration={"RelyingPartyId": domain})
    config = realm.server.admin.get_user_pool_mfa_config(UserPoolId=realm.pool_id)
    assert config["WebAuthnConfiguration"] == {"RelyingPartyId": domain}


def test_deleting_answers_nothing(person: Someone) -> None:
    register(person)
    token, server = {"AccessToken": person.token}, person.realm.server
    given = {**token, "CredentialId": listed(person)[0]["CredentialId"]}
    assert server.raw("DeleteWebAuthnCredential", given).json == {}


def test_passkeys_are_off(make_realm: MakeRealm, off: Realm) -> None:
    realm = make_realm()
    realm.set_mfa("OFF", WebAuthnConfiguration={"RelyingPartyId": "localhost"})
    for person in (realm.person(), off.person()):
        with refused("WebAuthnNotEnabledException"):
            start(person)
        with refused("WebAuthnNotEnabledException"):
            complete(person, {})
        assert listed(person) == []


def test_c125_token_of_another_client(person: Someone) -> None:
    options = start(person)
    elsewhere = Someone(person.realm.client(), person.username, person.sub)
    with refused("WebAuthnClientMismatchException"):
        complete(elsewhere, Authenticator().create(options))
    complete(person, Authenticator().create(options))


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "https://localhost.evil.example",
        "https://evillocalhost",
        "http://localhost.evil.example:8000",
        "ftp://localhost",
        "localhost",
        "https://[",
        "",
        "null",
    ],
)
def test_c126_foreign_origin(person: Someone, origin: str) -> None:
    with refused("WebAuthnOriginNotAllowedException"):
        register(person, Authenticator(origin=origin))
    assert listed(person) == []


@pytest.mark.parametrize(
    "origin", ["http://localhost", "http://localhost:5173", "https://localhost:8443"]
)
def test_c126_own_origin(person: Someone, origin: str) -> None:
    register(person, Authenticator(origin=origin))
    assert len(listed(person)) == 1


def test_c126_domain_and_those_below_it_over_https(make_realm: MakeRealm) -> None:
    person = with_passkeys(make_realm, RelyingPartyId="example.com").person()
    for origin in ("https://example.com", "https://login.example.com", "https://a.b.example.com:1"):
        register(person, Authenticator(origin=origin))
    for origin in ("http://example.com", "https://badexample.com", "https://com"):
        with refused("WebAuthnOriginNotAllowedException"):
            register(person, Authenticator(origin=origin))
    assert len(listed(person)) == 3


def test_credential_of_another_domain(person: Someone) -> None:
    credential = Authenticator().create(start(person), party="example.com")
    with refused("WebAuthnRelyingPartyMismatchException"):
        complete(person, credential)


def test_domain_changed_on_the_way(make_realm: MakeRealm) -> None:
    realm = with_passkeys(make_realm, RelyingPartyId="login.example.com")
    person = realm.person()
    device = Authenticator(origin="https://login.example.com")
    credential = device.create(start(person))
    realm.set_mfa("OFF", WebAuthnConfiguration={"RelyingPartyId": "example.com"})
    with refused("WebAuthnRelyingPartyMismatchException"):
        complete(person, credential)


def test_unsupported_credentials(make_realm: MakeRealm) -> None:
    person = with_passkeys(make_realm, UserVerification="required").person()
    assert start(person)["authenticatorSelection"]["userVerification"] == "required"
    for device in (Authenticator(algorithm=EDDSA), Authenticator(verifies=False)):
        with refused("WebAuthnCredentialNotSupportedException"):
            register(person, device)
    with refused("WebAuthnCredentialNotSupportedException"):
        complete(person, Authenticator().create(start(person), format="my-own"))
    register(person)


def test_challenge_answers_once(person: Someone) -> None:
    credential = Authenticator().create(start(person))
    complete(person, credential)
    with refused("WebAuthnChallengeNotFoundException"):
        complete(person, credential)
    assert len(listed(person)) == 1


def test_answer_to_another_challenge(person: Someone) -> None:
    credential = Authenticator().create({**start(person), "challenge": "AAAA"})
    with refused("WebAuthnChallengeNotFoundException"):
        complete(person, credential)
    assert listed(person) == []


def test_challenge_that_was_never_asked_for(person: Someone) -> None:
    with refused("WebAuthnChallengeNotFoundException"):
        complete(person, {})


def test_newer_challenge_takes_the_place_of_the_former(person: Someone) -> None:
    former, device = start(person), Authenticator()
    newer = start(person)
    with refused("WebAuthnChallengeNotFoundException"):
        complete(person, device.create(former))
    complete(person, device.create(newer))


def test_challenge_lives_five_minutes(person: Someone) -> None:
    server = person.realm.server
    server.stand_still()
    first, second = start(person), Authenticator()
    server.advance(299)
    complete(person, second.create(first))
    late = start(person)
    server.advance(300)
    with refused("WebAuthnChallengeNotFoundException"):
        complete(person, second.create(late))


def damaged(credential: Json) -> list[Any]:
    """Credentials that no browser makes."""
    response = credential["response"]

    def but(**changes: Any) -> Json:
        return {**credential, "response": {**response, **changes}}

    cut = encoded(decoded(response["attestationObject"])[:-9])
    other_id = encoded(b"x" * 32)
    return [
        {},
        [],
        "credential",
        7,
        {**credential, "response": None},
        {**credential, "type": "password"},
        {**credential, "id": other_id},
        {**credential, "id": other_id, "rawId": other_id},
        {**credential, "authenticatorAttachment": "chip in the hand"},
        but(attestationObject=cut),
        but(attestationObject="ä"),
        but(attestationObject=encoded(b"\xa0")),
        but(clientDataJSON=encoded(b"\xff")),
        but(clientDataJSON=encoded(b"[" * 100_000)),
        but(clientDataJSON=encoded(b'{"type":"webauthn.create"}')),
    ]


def test_unreadable_credentials(person: Someone) -> None:
    credential = Authenticator().create(start(person))
    for number, wrong in enumerate(damaged(credential)):
        with refused("InvalidParameterException", UNREADABLE):
            complete(person, wrong)
            pytest.fail(f"credential {number} was accepted")
    complete(person, credential)


STATEMENT = {"alg": -7, "sig": b"s" * 70, "x5c": [b"no certificate"]}
ODD_ATTESTATIONS: list[dict[str, Any]] = [
    {"fmt": None},
    {"authData": None},
    {"authData": "text"},
    # More bytes than a machine has addresses.
    {"authData": 2**50},
    {"authData": b"short"},
    {"attStmt": {"sig": b"x"}},
    {"fmt": "packed"},
    {"fmt": "packed", "attStmt": STATEMENT},
    {"fmt": "packed", "attStmt": {"alg": -7, "sig": b"s" * 70}},
    {"fmt": "fido-u2f", "attStmt": STATEMENT},
    {"fmt": "tpm", "attStmt": {**STATEMENT, "ver": "2.0", "certInfo": b"c", "pubArea": b"p"}},
    {"fmt": "android-key", "attStmt": STATEMENT},
    {"fmt": "android-safetynet", "attStmt": {"ver": "1", "response": b"a.b.c"}},
    {"fmt": "apple", "attStmt": STATEMENT},
]


@pytest.mark.parametrize("changes", ODD_ATTESTATIONS, ids=lambda changes: repr(changes)[:40])
def test_attestations_that_prove_nothing(person: Someone, changes: dict[str, Any]) -> None:
    credential = Authenticator().create(start(person))
    with refused("InvalidParameterException", UNREADABLE):
        complete(person, with_attestation(credential, **changes))
    complete(person, credential)


@pytest.mark.parametrize(
    "changes", [{"k1": 99}, {"k1": 0}, {"k3": 0}, {"k_1": 0}, {"k_2": b""}], ids=repr
)
def test_keys_that_are_none(person: Someone, changes: dict[str, Any]) -> None:
    credential = Authenticator().create(start(person))
    with refused("InvalidParameterException", UNREADABLE):
        complete(person, with_public_key(credential, **changes))


def test_answer_to_a_sign_in_is_no_registration(person: Someone) -> None:
    device = Authenticator()
    credential = device.create(start(person))
    client = decoded(credential["response"]["clientDataJSON"]).replace(b".create", b".get")
    credential["response"]["clientDataJSON"] = encoded(client)
    with refused("InvalidParameterException", UNREADABLE):
        complete(person, credential)


def test_id_that_somebody_else_has_registered(person: Someone, realm: Realm) -> None:
    """It is free again when its owner is deleted."""
    device = register(person)
    other = realm.person()
    taken = next(iter(device.keys))
    credential = with_id(device.create(start(other)), taken)
    with refused("InvalidParameterException", UNREADABLE):
        complete(other, credential)
    assert listed(other) == []
    realm.server.admin.admin_delete_user(**person.admin_name)
    complete(other, credential)
    assert [each["CredentialId"] for each in listed(other)] == [taken]


def test_c127_no_more_than_twenty(person: Someone) -> None:
    device = Authenticator()
    for _ in range(19):
        register(person, device)
    options = start(person)
    complete(person, device.create(options))
    with refused("LimitExceededException"):
        start(person)
    delete(person, next(iter(device.keys)))
    last = device.create(start(person))
    complete(person, last)
    assert len(listed(person)) == 20


def test_pages_skip_nothing_when_one_is_deleted(person: Someone) -> None:
    device = Authenticator()
    for _ in range(5):
        register(person, device)
    ids = list(device.keys)
    user, token = person.realm.server.user, {"AccessToken": person.token}
    first = user.list_web_authn_credentials(**token, MaxResults=2)
    assert [each["CredentialId"] for each in first["Credentials"]] == ids[:2]
    delete(person, ids[0])
    following = {"NextToken": first["NextToken"], "MaxResults": 2}
    second = user.list_web_authn_credentials(**token, **following)
    assert [each["CredentialId"] for each in second["Credentials"]] == ids[2:4]
    last = user.list_web_authn_credentials(**token, NextToken=second["NextToken"])
    assert [each["CredentialId"] for each in last["Credentials"]] == ids[4:]
    assert "NextToken" not in last
    with refused("InvalidParameterException"):
        listed(person, NextToken="made-up")
    answer = person.realm.server.raw("ListWebAuthnCredentials", {**token, "MaxResults": 21})
    assert answer.json["__type"] == "InvalidParameterException"


def test_c128_unknown_credential(person: Someone, realm: Realm) -> None:
    others = next(iter(register(realm.person()).keys))
    for unknown in ("nothing", others):
        with refused("ResourceNotFoundException"):
            delete(person, unknown)


def test_c035_configured_factors(person: Someone) -> None:
    assert "WEB_AUTHN" not in factors(person)
    device = register(person)
    read = person.realm.server.user.get_user_auth_factors(AccessToken=person.token)
    assert read["ConfiguredUserAuthFactors"] == factors(person) == ["PASSWORD", "WEB_AUTHN"]
    delete(person, next(iter(device.keys)))
    assert factors(person) == ["PASSWORD"]


def test_token_without_the_scope(person: Someone) -> None:
    given = {"client": person.realm.client_id, "username": person.username, "scope": "openid"}
    token = {"AccessToken": person.realm.server.ask("POST", "/tokens", given)["AccessToken"]}
    user = person.realm.server.user
    for call in (
        lambda: user.start_web_authn_registration(**token),
        lambda: user.complete_web_authn_registration(**token, Credential={}),
        lambda: user.list_web_authn_credentials(**token),
        lambda: user.delete_web_authn_credential(**token, CredentialId="x"),
    ):
        with refused("NotAuthorizedException", "Access Token does not have required scopes"):
            call()


def test_app_and_passkey_side_by_side(make_realm: MakeRealm) -> None:
    person = with_passkeys(make_realm, "OPTIONAL", TOTP).person()
    person.bind_app()
    register(person)
    assert factors(person) == ["PASSWORD", "WEB_AUTHN", "SOFTWARE_TOKEN"]
    assert person.listed() is None

"""Checklist C131 to C140 and C155: tokens, their claims and their ends."""

from __future__ import annotations

import json

import jwt
import pytest
from jwt import PyJWKClient

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import UUID, Realm, Someone, claims, fetch, header, refused

REVOKED = "Access Token has been revoked"


def refresh(person: Someone, token: str) -> dict[str, str]:
    """REFRESH_TOKEN_AUTH."""
    answer: dict[str, str] = person.realm.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)[
        "AuthenticationResult"
    ]
    return answer


def get_user(realm: Realm, token: str) -> None:
    realm.server.user.get_user(AccessToken=token)


@pytest.fixture
def person(off: Realm) -> Someone:
    return off.person(email=True)


def test_c131_access_token(person: Someone) -> None:
    known = claims(person.sign_in()["AuthenticationResult"]["AccessToken"])
    assert known["scope"] == "aws.cognito.signin.user.admin"
    assert (known["token_use"], known["client_id"]) == ("access", person.realm.client_id)
    assert (known["username"], known["sub"]) == (person.username, person.sub)
    assert known["iss"] == f"{person.realm.server.api}/{person.realm.pool_id}"
    assert known["exp"] - known["iat"] == 3600
    assert "aud" not in known
    for name in ("jti", "origin_jti", "event_id"):
        assert UUID.fullmatch(known[name])
    assert all(type(known[name]) is int for name in ("auth_time", "iat", "exp"))


def test_c132_id_token(person: Someone) -> None:
    known = claims(person.sign_in()["AuthenticationResult"]["IdToken"])
    assert (known["aud"], known["token_use"]) == (person.realm.client_id, "id")
    assert known["cognito:username"] == person.username
    assert known["email_verified"] is True
    assert known["email"] == person.email


def test_c132_read_attributes_limit_what_is_seen(off: Realm) -> None:
    realm = off.client(ReadAttributes=["name"])
    person = realm.person({"name": "Ann"}, email=True)
    known = claims(person.tokens()["IdToken"])
    assert known["name"] == "Ann"
    assert "email" not in known
    assert set(person.attributes()) == {"sub", "name"}


def test_c133_keys(person: Someone) -> None:
    result = person.sign_in()["AuthenticationResult"]
    kids = {header(result[name])["kid"] for name in ("AccessToken", "IdToken")}
    assert len(kids) == 2
    url = f"{person.realm.server.api}/{person.realm.pool_id}/.well-known/jwks.json"
    published = json.loads(fetch("GET", url, None, {}).body)["keys"]
    assert {key["kid"] for key in published} == kids
    assert all(key["alg"] == "RS256" and "d" not in key for key in published)
    for name, audience in (("AccessToken", None), ("IdToken", person.realm.client_id)):
        key = PyJWKClient(url).get_signing_key_from_jwt(result[name])
        assert jwt.decode(result[name], key, algorithms=["RS256"], audience=audience)


def test_c133_pools_have_keys_of_their_own(off: Realm, optional: Realm) -> None:
    kids = [header(realm.person().token)["kid"] for realm in (off, optional)]
    assert kids[0] != kids[1]


def test_c155_discovery(off: Realm) -> None:
    url = f"{off.server.api}/{off.pool_id}/.well-known/openid-configuration"
    known = json.loads(fetch("GET", url, None, {}).body)
    assert known["issuer"] == f"{off.server.api}/{off.pool_id}"
    assert fetch("GET", known["jwks_uri"], None, {}).status == 200
    assert fetch("GET", url.replace(off.pool_id, "x_none"), None, {}).status == 404


def test_c134_expired(person: Someone) -> None:
    token = person.token
    person.realm.server.advance(3601)
    with refused("NotAuthorizedException", "Access Token has expired"):
        get_user(person.realm, token)


def test_c135_global_sign_out(person: Someone) -> None:
    first, second = person.tokens(), person.tokens()
    person.realm.server.user.global_sign_out(AccessToken=first["AccessToken"])
    for tokens in (first, second):
        with refused("NotAuthorizedException", REVOKED):
            get_user(person.realm, tokens["AccessToken"])
        with refused("NotAuthorizedException", "Refresh Token has been revoked"):
            refresh(person, tokens["RefreshToken"])
    get_user(person.realm, person.tokens()["AccessToken"])


def test_administrator_signs_somebody_out(person: Someone) -> None:
    token = person.token
    person.realm.server.admin.admin_user_global_sign_out(**person.admin_name)
    with refused("NotAuthorizedException", REVOKED):
        get_user(person.realm, token)


def test_c136_id_token_is_no_access_token(person: Someone) -> None:
    with refused("NotAuthorizedException", "Invalid Access Token"):
        get_user(person.realm, person.tokens()["IdToken"])


def test_forged_tokens(person: Someone) -> None:
    head, body, _ = person.token.split(".")
    with refused("NotAuthorizedException", "Could not verify signature for Access Token"):
        get_user(person.realm, f"{head}.{body}.c2lnbmF0dXJl")
    for token in ("x", "a.b.c", f"{body}.{body}.x"):
        with refused("NotAuthorizedException", "Invalid Access Token"):
            get_user(person.realm, token)


def test_unsigned_token_is_refused(person: Someone) -> None:
    kid = header(person.token)["kid"]
    forged = jwt.encode(claims(person.token), "", algorithm="none", headers={"kid": kid})
    with refused("NotAuthorizedException", "Could not verify signature for Access Token"):
        get_user(person.realm, forged)


def test_deleted_person(person: Someone) -> None:
    token = person.token
    person.realm.server.admin.admin_delete_user(**person.admin_name)
    with refused("UserNotFoundException", "User does not exist."):
        get_user(person.realm, token)


def test_disabled_person_and_enabled_again(person: Someone) -> None:
    token, admin = person.token, person.realm.server.admin
    admin.admin_disable_user(**person.admin_name)
    with refused("NotAuthorizedException", REVOKED):
        get_user(person.realm, token)
    admin.admin_enable_user(**person.admin_name)
    with refused("NotAuthorizedException", REVOKED):
        get_user(person.realm, token)
    assert "AuthenticationResult" in person.sign_in()


def test_c137_revoke_token(person: Someone) -> None:
    realm, user = person.realm, person.realm.server.user
    ended, other = person.tokens(), person.tokens()
    for _ in range(2):  # already revoked is a success
        user.revoke_token(Token=ended["RefreshToken"], ClientId=realm.client_id)
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        refresh(person, ended["RefreshToken"])
    with refused("NotAuthorizedException", REVOKED):
        get_user(realm, ended["AccessToken"])
    get_user(realm, other["AccessToken"])
    refresh(person, other["RefreshToken"])
    with refused("UnsupportedTokenTypeException"):
        user.revoke_token(Token=other["AccessToken"], ClientId=realm.client_id)


def test_c137_revocation_off(off: Realm) -> None:
    realm = off.client(EnableTokenRevocation=False)
    tokens = realm.person().tokens()
    assert not {"jti", "origin_jti"} & set(claims(tokens["AccessToken"]))
    with refused("UnsupportedOperationException"):
        realm.server.user.revoke_token(Token=tokens["RefreshToken"], ClientId=realm.client_id)


def test_c137_wrong_secret(off: Realm) -> None:
    realm = off.client(GenerateSecret=True)
    token = realm.person().tokens()["RefreshToken"]
    call = realm.server.user.revoke_token
    with refused("UnauthorizedException"):
        call(Token=token, ClientId=realm.client_id)
    call(Token=token, ClientId=realm.client_id, ClientSecret=realm.secret)


def test_c138_refresh(person: Someone) -> None:
    first = person.sign_in()["AuthenticationResult"]
    person.realm.server.advance(100)
    second = refresh(person, first["RefreshToken"])
    assert "RefreshToken" not in second
    before, after = claims(first["AccessToken"]), claims(second["AccessToken"])
    assert before["auth_time"] == after["auth_time"]
    assert before["origin_jti"] == after["origin_jti"]
    assert before["jti"] != after["jti"]
    assert after["iat"] >= before["iat"] + 100


def test_refresh_shows_current_attributes(person: Someone) -> None:
    token = person.tokens()["RefreshToken"]
    person.realm.server.user.update_user_attributes(
        AccessToken=person.token, UserAttributes=[{"Name": "name", "Value": "Ann"}]
    )
    assert claims(refresh(person, token)["IdToken"])["name"] == "Ann"


def test_refresh_old_name_of_the_flow(person: Someone) -> None:
    token = person.tokens()["RefreshToken"]
    answer = person.realm.initiate("REFRESH_TOKEN", REFRESH_TOKEN=token)
    assert "AuthenticationResult" in answer


def test_refresh_never_asks_for_a_factor(required: Realm) -> None:
    """Row D32."""
    person = required.person(phone=True)
    assert "AccessToken" in refresh(person, person.tokens()["RefreshToken"])


def test_refresh_token_of_another_client_or_of_nobody(person: Someone) -> None:
    token = person.tokens()["RefreshToken"]
    other = person.realm.client()
    for client, given in ((other, token), (person.realm, "made.up.by.some.body")):
        with refused("NotAuthorizedException", "Invalid Refresh Token."):
            client.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=given)


def test_refresh_token_expires(person: Someone) -> None:
    token = person.tokens()["RefreshToken"]
    person.realm.server.advance(30 * 86400 + 1)
    with refused("NotAuthorizedException", "Refresh Token has expired"):
        refresh(person, token)


def test_get_tokens_from_refresh_token_without_rotation(off: Realm) -> None:
    realm = off.client(GenerateSecret=True)
    token = realm.person().tokens()["RefreshToken"]
    call = realm.server.user.get_tokens_from_refresh_token
    given = {"RefreshToken": token, "ClientId": realm.client_id}
    answer = call(**given, ClientSecret=realm.secret)["AuthenticationResult"]
    assert "RefreshToken" not in answer
    with refused("NotAuthorizedException"):
        call(**given)


@pytest.fixture(scope="module")
def rotating(make_realm: MakeRealm) -> Realm:
    """A client whose refresh tokens rotate with ten seconds of grace."""
    return make_realm().client(
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    )


def test_c139_rotation(rotating: Realm) -> None:
    token = rotating.person().tokens()["RefreshToken"]
    with refused("InvalidParameterException"):
        rotating.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)
    call = rotating.server.user.get_tokens_from_refresh_token
    answer = call(RefreshToken=token, ClientId=rotating.client_id)["AuthenticationResult"]
    assert answer["RefreshToken"] != token
    call(RefreshToken=answer["RefreshToken"], ClientId=rotating.client_id)


def test_c140_grace(rotating: Realm) -> None:
    given = {"RefreshToken": rotating.person().tokens()["RefreshToken"]}
    given["ClientId"] = rotating.client_id
    call = rotating.server.user.get_tokens_from_refresh_token
    call(**given)
    rotating.server.advance(9)
    call(**given)
    rotating.server.advance(3)
    with refused("RefreshTokenReuseException"):
        call(**given)

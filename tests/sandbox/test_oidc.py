"""Checklist C155 to C158: the OAuth and OpenID endpoints of a domain, seen by applications."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session
from jwt import PyJWKClient

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.hosted import CALLBACK, SCOPES, App, app_of, pkce, scope_of
from tests.sandbox.kit import PASSWORD, Server, Someone, claims, fetch, refused

EVERYTHING = {"name", "email", "email_verified", "phone_number", "phone_number_verified"}
NOT_GOOD = "Access token is expired, disabled, or deleted, or the user has globally signed out."


@pytest.fixture(scope="module")
def app(make_realm: MakeRealm) -> App:
    """A public client of a pool without second factors."""
    return app_of(make_realm(AutoVerifiedAttributes=["email"]))


@pytest.fixture(scope="module")
def confidential(app: App) -> App:
    """A client of the same pool, with a secret."""
    return app.another(GenerateSecret=True)


@pytest.fixture
def person(app: App) -> Someone:
    return app.realm.person({"name": "Ann Tree"}, email=True, phone=False)


def error(reply: requests.Response) -> tuple[int, str]:
    return reply.status_code, reply.json()["error"]


def code_for(app: App, person: Someone, **more: str | None) -> str:
    """An authorization code of a fresh sign-in."""
    return app.visit(**more).send(username=person.username, password=PASSWORD).back["code"]


def tokens_of(app: App, person: Someone, **more: str | None) -> dict[str, Any]:
    return app.sign_in(person.username, PASSWORD, **more)


class TestDiscovery:
    def test_c155_leads_a_verifier_to_the_keys(self, app: App, person: Someone) -> None:
        """C155: from the issuer in the token to a checked signature, by the documents alone."""
        token = tokens_of(app, person, nonce="n-1")["id_token"]
        issuer = claims(token)["iss"]
        known = fetch("GET", f"{issuer}/.well-known/openid-configuration", None, {}).json
        assert known["issuer"] == issuer
        key = PyJWKClient(known["jwks_uri"]).get_signing_key_from_jwt(token)
        checked = jwt.decode(
            token,
            key,
            algorithms=known["id_token_signing_alg_values_supported"],
            audience=app.realm.client_id,
            issuer=issuer,
        )
        assert checked["sub"] == person.sub

    def test_a_foreign_oauth_client_finds_its_way(self, confidential: App, person: Someone) -> None:
        """Authlib's client, told no more than discovery, its id, its secret and its address."""
        api, pool = confidential.server.api, confidential.realm.pool_id
        known = fetch("GET", f"{api}/{pool}/.well-known/openid-configuration", None, {}).json
        client = OAuth2Session(
            confidential.realm.client_id,
            confidential.realm.secret,
            scope="openid profile",
            redirect_uri=CALLBACK,
            code_challenge_method="S256",
        )
        verifier, _ = pkce()
        url, state = client.create_authorization_url(
            known["authorization_endpoint"], code_verifier=verifier
        )
        browser = confidential.browser()
        browser.open(url)
        landed = browser.send(username=person.username, password=PASSWORD).landed
        token = client.fetch_token(
            known["token_endpoint"],
            authorization_response=landed.replace("http:", "https:"),
            state=state,
            code_verifier=verifier,
        )
        assert client.get(known["userinfo_endpoint"]).json()["sub"] == person.sub
        renewed = client.refresh_token(known["token_endpoint"])
        assert claims(renewed["access_token"])["sub"] == person.sub
        gone = client.revoke_token(known["revocation_endpoint"], token["refresh_token"])
        assert gone.status_code == 200
        assert client.get(known["userinfo_endpoint"]).status_code == 401


class TestTokens:
    def test_what_an_id_token_says(self, app: App, person: Someone) -> None:
        given = tokens_of(app, person, nonce="n-1", scope="openid")
        known, access = claims(given["id_token"]), claims(given["access_token"])
        assert (known["aud"], known["token_use"]) == (app.realm.client_id, "id")
        assert (known["cognito:username"], known["nonce"]) == (person.username, "n-1")
        assert known["auth_time"] == access["auth_time"]
        half = hashlib.sha256(given["access_token"].encode()).digest()[:16]
        assert known["at_hash"] == urlsafe_b64encode(half).decode().rstrip("=")
        assert (given["token_type"], given["expires_in"]) == ("Bearer", 3600)
        assert (access["client_id"], access["version"]) == (app.realm.client_id, 2)
        assert "nonce" not in access

    def test_without_nonce_there_is_none(self, app: App, person: Someone) -> None:
        assert "nonce" not in claims(tokens_of(app, person)["id_token"])

    @pytest.mark.parametrize(
        ("scope", "seen"),
        [
            ("openid", EVERYTHING),
            ("openid aws.cognito.signin.user.admin", EVERYTHING),
            ("openid profile", EVERYTHING),
            ("openid email", {"email", "email_verified"}),
            ("openid phone", {"phone_number", "phone_number_verified"}),
            ("openid email phone", EVERYTHING - {"name"}),
        ],
    )
    def test_scopes_decide_what_is_seen(
        self, app: App, person: Someone, scope: str, seen: set[str]
    ) -> None:
        given = tokens_of(app, person, scope=scope)
        assert set(claims(given["id_token"])) & EVERYTHING == seen
        assert set(app.user_info(given["access_token"]).json()) & EVERYTHING == seen

    def test_without_openid_there_is_no_id_token(self, app: App, person: Someone) -> None:
        given = tokens_of(app, person, scope="aws.cognito.signin.user.admin")
        assert "id_token" not in given
        assert app.user_info(given["access_token"]).status_code == 401

    def test_no_scope_means_every_allowed_one(self, app: App, person: Someone) -> None:
        assert scope_of(tokens_of(app, person, scope=None)["access_token"]) == set(SCOPES)

    def test_the_api_wants_its_own_scope(self, app: App, person: Someone) -> None:
        """Contract 8.2: a token of managed login is good for the API only with that scope."""
        good = tokens_of(app, person, scope="openid aws.cognito.signin.user.admin")
        found = app.server.user.get_user(AccessToken=good["access_token"])
        assert found["Username"] == person.username
        poor = tokens_of(app, person, scope="openid email")
        with refused("NotAuthorizedException", "Access Token does not have required scopes"):
            app.server.user.get_user(AccessToken=poor["access_token"])


class TestTheCode:
    def test_is_good_once(self, app: App, person: Someone) -> None:
        code = code_for(app, person)
        assert app.exchange(code).status_code == 200
        assert error(app.exchange(code)) == (400, "invalid_grant")

    def test_is_good_for_five_minutes(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        code, late = code_for(app, person), code_for(app, person)
        app.server.advance(299)
        assert app.exchange(code).status_code == 200
        app.server.advance(1)
        assert error(app.exchange(late)) == (400, "invalid_grant")

    def test_belongs_to_its_address_and_its_client(
        self, app: App, confidential: App, person: Someone
    ) -> None:
        code = code_for(app, person)
        elsewhere = app.exchange(code, redirect_uri=CALLBACK + "x")
        assert error(elsewhere) == (400, "invalid_grant")
        assert error(confidential.exchange(code)) == (400, "invalid_grant")
        assert error(app.exchange(code, redirect_uri="")) == (400, "invalid_request")
        assert app.exchange(code).status_code == 200

    def test_a_sign_in_session_is_no_code(self, app: App, person: Someone) -> None:
        assert error(app.exchange("not-a-code")) == (400, "invalid_grant")
        sign_in = app.browser()
        sign_in.open(app.address())
        progress = sign_in.session.cookies["page-data"]
        assert error(app.exchange(progress)) == (400, "invalid_grant")

    def test_dies_with_its_person(self, app: App) -> None:
        person = app.realm.person(email=True)
        code = code_for(app, person)
        app.server.admin.admin_disable_user(**person.admin_name)
        assert error(app.exchange(code)) == (400, "invalid_grant")

    def test_pkce(self, app: App, person: Someone) -> None:
        verifier, challenge = pkce()
        other, _ = pkce()
        code = code_for(app, person, **challenge)
        assert error(app.exchange(code)) == (400, "invalid_request")
        assert error(app.exchange(code, code_verifier=other)) == (400, "invalid_grant")
        assert app.exchange(code, code_verifier=verifier).status_code == 200

    def test_a_verifier_without_challenge_is_refused(self, app: App, person: Someone) -> None:
        verifier, _ = pkce()
        reply = app.exchange(code_for(app, person), code_verifier=verifier)
        assert error(reply) == (400, "invalid_request")


class TestTheTokenEndpoint:
    def test_secrets_travel_in_header_or_form(self, confidential: App, person: Someone) -> None:
        realm = confidential.realm
        known = {"grant_type": "authorization_code", "redirect_uri": CALLBACK}
        named = {"client_id": realm.client_id}
        for wrong in (
            confidential.token((realm.client_id, "wrong"), **known, code="x"),
            confidential.token(None, **known, **named, code="x", client_secret="wrong"),
            confidential.token(None, **known, **named, code="x"),
            confidential.token(("nobody", "x"), **known, code="x"),
            confidential.token(None, **known, code="x"),
        ):
            assert error(wrong) == (400, "invalid_client")
        code = code_for(confidential, person)
        secret = {"client_secret": str(realm.secret)}
        assert confidential.token(None, **known, **named, **secret, code=code).ok

    @pytest.mark.parametrize(
        ("form", "problem"),
        [
            ({}, "invalid_request"),
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": "authorization_code"}, "invalid_request"),
            ({"grant_type": "refresh_token"}, "invalid_request"),
            ({"grant_type": "refresh_token", "refresh_token": "x"}, "invalid_grant"),
        ],
    )
    def test_errors_are_one_word(self, app: App, form: dict[str, str], problem: str) -> None:
        reply = app.token(None, **{"client_id": app.realm.client_id, **form})
        assert (reply.status_code, reply.json()) == (400, {"error": problem})
        assert reply.headers["x-amz-cognito-request-id"]

    def test_json_is_no_form(self, app: App) -> None:
        given = {"grant_type": "refresh_token", "client_id": app.realm.client_id}
        reply = requests.post(f"{app.base}/oauth2/token", json=given, timeout=60)
        assert error(reply) == (400, "invalid_request")

    def test_a_client_without_oauth_may_not(self, app: App) -> None:
        plain = app.realm.client()
        form = {"grant_type": "refresh_token", "refresh_token": "x"}
        reply = app.token(None, client_id=plain.client_id, **form)
        assert error(reply) == (400, "unauthorized_client")

    def test_refresh(self, app: App, person: Someone) -> None:
        first = tokens_of(app, person)
        form = {"grant_type": "refresh_token", "client_id": app.realm.client_id}
        renewed = app.token(None, **form, refresh_token=first["refresh_token"]).json()
        assert "refresh_token" not in renewed
        assert scope_of(renewed["access_token"]) == scope_of(first["access_token"])
        was, now = claims(first["access_token"]), claims(renewed["access_token"])
        assert (was["auth_time"], was["origin_jti"]) == (now["auth_time"], now["origin_jti"])
        assert was["jti"] != now["jti"]

    def test_a_refresh_cannot_widen_the_scope(self, app: App, person: Someone) -> None:
        first = tokens_of(app, person, scope="openid email")
        form = {"grant_type": "refresh_token", "client_id": app.realm.client_id}
        reply = app.token(
            None, **form, refresh_token=first["refresh_token"], scope="openid profile"
        )
        assert error(reply) == (400, "invalid_scope")

    def test_the_api_renews_with_the_scope_of_the_sign_in(self, app: App, person: Someone) -> None:
        token = tokens_of(app, person, scope="openid email")["refresh_token"]
        answer = app.realm.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token)
        access = answer["AuthenticationResult"]["AccessToken"]
        assert scope_of(access) == {"openid", "email"}

    def test_rotation(self, app: App, person: Someone) -> None:
        rotating = app.another(
            RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        )
        rotating.server.stand_still()
        first = tokens_of(rotating, person)["refresh_token"]
        form = {"grant_type": "refresh_token", "client_id": rotating.realm.client_id}
        second = rotating.token(None, **form, refresh_token=first).json()["refresh_token"]
        assert second != first
        rotating.server.advance(1)
        assert error(rotating.token(None, **form, refresh_token=first)) == (400, "invalid_grant")
        assert rotating.token(None, **form, refresh_token=second).ok

    def test_a_client_for_itself(self, app: App) -> None:
        pool = {"UserPoolId": app.realm.pool_id}
        scopes = [{"ScopeName": name, "ScopeDescription": name} for name in ("read", "write")]
        app.server.admin.create_resource_server(**pool, Identifier="api", Name="API", Scopes=scopes)
        machine = app.another(
            GenerateSecret=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=["api/read"],
            CallbackURLs=[],
        )
        auth = (machine.realm.client_id, str(machine.realm.secret))
        form = {"grant_type": "client_credentials"}
        given = machine.token(auth, **form).json()
        assert set(given) == {"access_token", "expires_in", "token_type"}
        known = claims(given["access_token"])
        assert (known["sub"], known["scope"]) == (machine.realm.client_id, "api/read")
        assert "username" not in known
        assert machine.token(auth, **form, scope="api/read").ok
        assert error(machine.token(auth, **form, scope="api/write")) == (400, "invalid_grant")
        assert error(machine.token(auth, **form, scope="api/sing")) == (400, "invalid_scope")
        assert error(machine.token(auth, **form, scope="openid")) == (400, "invalid_scope")
        assert machine.user_info(given["access_token"]).status_code == 401
        with refused("NotAuthorizedException"):
            app.server.user.get_user(AccessToken=given["access_token"])
        assert error(app.token(None, client_id=app.realm.client_id, **form))[1] == (
            "invalid_client"
        )


class TestUserInfo:
    def test_c158_flags_are_strings(self, app: App, person: Someone) -> None:
        token = tokens_of(app, person, scope="openid email phone")["access_token"]
        info = app.user_info(token).json()
        assert info["email_verified"] == "true"
        assert info["phone_number_verified"] == "false"
        assert (info["sub"], info["username"]) == (person.sub, person.username)

    def test_c157_tokens_of_an_api_sign_in_are_refused(self, app: App, person: Someone) -> None:
        reply = app.user_info(person.token)
        assert reply.status_code == 401
        assert reply.json() == {"error": "invalid_token", "error_description": NOT_GOOD}
        assert 'error="invalid_token"' in reply.headers["WWW-Authenticate"]

    def test_tokens_that_are_over_are_refused(self, app: App, person: Someone) -> None:
        token = tokens_of(app, person, scope=None)["access_token"]
        assert app.user_info(token).ok
        app.server.user.global_sign_out(AccessToken=token)
        assert error(app.user_info(token)) == (401, "invalid_token")
        assert error(app.user_info("rubbish")) == (401, "invalid_token")
        id_token = tokens_of(app, person)["id_token"]
        assert error(app.user_info(id_token)) == (401, "invalid_token")

    def test_tokens_of_another_pool_are_refused(
        self, app: App, make_realm: MakeRealm, person: Someone
    ) -> None:
        other = app_of(make_realm())
        token = tokens_of(app, person)["access_token"]
        assert app.user_info(token).ok
        assert error(other.user_info(token)) == (401, "invalid_token")

    def test_without_a_token_the_request_is_bad(self, app: App) -> None:
        for headers in ({}, {"Authorization": "Basic abc"}, {"Authorization": "Bearer"}):
            reply = requests.get(f"{app.base}/oauth2/userInfo", headers=headers, timeout=60)
            assert error(reply) == (400, "invalid_request")

    def test_post_works_too(self, app: App, person: Someone) -> None:
        headers = {"Authorization": f"Bearer {tokens_of(app, person)['access_token']}"}
        reply = requests.post(f"{app.base}/oauth2/userInfo", headers=headers, timeout=60)
        assert reply.json()["sub"] == person.sub

    def test_headers(self, app: App, person: Someone) -> None:
        headers = app.user_info(tokens_of(app, person)["access_token"]).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Strict-Transport-Security"].startswith("max-age=")


class TestRevoke:
    def revoke(self, app: App, token: str, **more: str) -> requests.Response:
        form = {"token": token, "client_id": app.realm.client_id, **more}
        return requests.post(f"{app.base}/oauth2/revoke", data=form, timeout=60)

    def test_ends_one_sign_in(self, app: App, person: Someone) -> None:
        one, other = tokens_of(app, person), tokens_of(app, person)
        for _ in range(2):
            reply = self.revoke(app, one["refresh_token"])
            assert (reply.status_code, reply.content) == (200, b"")
        assert app.user_info(one["access_token"]).status_code == 401
        assert app.user_info(other["access_token"]).ok

    def test_an_unknown_token_is_as_good_as_revoked(self, app: App) -> None:
        assert self.revoke(app, "never-given").status_code == 200

    def test_another_clients_token_stays(
        self, app: App, confidential: App, person: Someone
    ) -> None:
        given = tokens_of(confidential, person)
        assert self.revoke(app, given["refresh_token"]).status_code == 200
        assert app.user_info(given["access_token"]).ok

    def test_refusals(self, app: App, confidential: App, person: Someone) -> None:
        token = tokens_of(app, person)["access_token"]
        assert error(self.revoke(app, token)) == (400, "unsupported_token_type")
        assert error(self.revoke(app, "")) == (400, "invalid_request")
        assert error(self.revoke(confidential, "x", client_secret="wrong")) == (
            401,
            "invalid_client",
        )
        forever = app.another(EnableTokenRevocation=False)
        assert error(self.revoke(forever, "x")) == (400, "invalid_request")


def test_only_three_endpoints_speak_to_scripts_of_other_sites(app: App) -> None:
    for path in ("/oauth2/token", "/oauth2/revoke", "/oauth2/userInfo"):
        asked = requests.options(app.base + path, timeout=60)
        assert asked.headers["Access-Control-Allow-Origin"] == "*"
        assert "authorization" in asked.headers["Access-Control-Allow-Headers"]
        answered = requests.post(app.base + path, timeout=60)
        assert answered.headers["Access-Control-Allow-Origin"] == "*"
    for path in ("/login", "/oauth2/authorize", "/logout", "/error"):
        reply = requests.get(f"{app.base}{path}?{urlencode(app.request())}", timeout=60)
        assert "Access-Control-Allow-Origin" not in reply.headers


class TestImplicit:
    def test_tokens_come_in_the_fragment(self, app: App, person: Someone) -> None:
        page = app.visit(response_type="token", nonce="n-2").send(
            username=person.username, password=PASSWORD
        )
        assert page.landed.startswith(f"{CALLBACK}#")
        assert set(page.back) == {
            "access_token",
            "id_token",
            "expires_in",
            "token_type",
            "state",
        }
        known = claims(page.back["id_token"])
        assert (known["nonce"], known["sub"]) == ("n-2", person.sub)
        assert "at_hash" in known
        assert app.user_info(page.back["access_token"]).ok

    def test_without_openid_only_an_access_token(self, app: App, person: Someone) -> None:
        scope = "aws.cognito.signin.user.admin"
        page = app.visit(response_type="token", scope=scope).send(
            username=person.username, password=PASSWORD
        )
        assert "id_token" not in page.back
        assert app.server.user.get_user(AccessToken=page.back["access_token"])


def test_sessions_of_managed_login_are_listed(server: Server, make_realm: MakeRealm) -> None:
    """Contract 8.7: a sign-in through the pages is a session like any other."""
    app = app_of(make_realm())
    server.admin.set_user_pool_session_configuration(
        UserPoolId=app.realm.pool_id,
        UserSessionTracking="ENABLED",
        TokenSession={"MaxPerUser": 2},
    )
    person = app.realm.person(email=True)
    token = tokens_of(app, person, scope=None)["access_token"]
    listed = server.user.list_user_sessions(AccessToken=token)["Sessions"]
    assert [each["ClientId"] for each in listed] == [app.realm.client_id]

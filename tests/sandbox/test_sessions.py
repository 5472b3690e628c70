"""Checklist C141 to C143: sign-ins that are listed, ended one by one, and limited in number."""

from __future__ import annotations

import re
from typing import Any

import pytest

from sandbox.sessions import device_type
from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import Realm, Someone, refused

REVOKED = "Access Token has been revoked"
UNKNOWN = "tkn" + "0" * 25
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
    " Chrome/137.0.0.0 Safari/537.36"
)
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15"
    " (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def track(realm: Realm, most: int = 20, state: str = "ENABLED") -> dict[str, Any]:
    """SetUserPoolSessionConfiguration."""
    answer: dict[str, Any] = realm.server.admin.set_user_pool_session_configuration(
        UserPoolId=realm.pool_id, UserSessionTracking=state, TokenSession={"MaxPerUser": most}
    )
    return answer


def signed_in(person: Someone) -> dict[str, str]:
    """Tokens of a fresh sign-in."""
    tokens: dict[str, str] = person.sign_in()["AuthenticationResult"]
    return tokens


def listed(person: Someone, tokens: dict[str, str]) -> list[dict[str, Any]]:
    """ListUserSessions."""
    user = person.realm.server.user
    found: list[dict[str, Any]] = user.list_user_sessions(AccessToken=tokens["AccessToken"])[
        "Sessions"
    ]
    return found


def current(person: Someone, tokens: dict[str, str]) -> str:
    """The session those tokens belong to."""
    sessions = listed(person, tokens)
    return str(next(each["SessionId"] for each in sessions if each["IsCurrentSession"]))


def works(realm: Realm, tokens: dict[str, str]) -> None:
    realm.server.user.get_user(AccessToken=tokens["AccessToken"])


def ended(realm: Realm, tokens: dict[str, str]) -> None:
    """Neither of the tokens is good any more."""
    with refused("NotAuthorizedException", REVOKED):
        works(realm, tokens)
    with refused("NotAuthorizedException", "Refresh Token has been revoked"):
        realm.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])


@pytest.fixture(scope="module")
def tracked(make_realm: MakeRealm) -> Realm:
    """A pool that tracks sessions."""
    realm = make_realm()
    track(realm)
    return realm


def test_c141_one_is_current(tracked: Realm) -> None:
    person = tracked.person()
    first, second = signed_in(person), signed_in(person)
    for tokens in (first, second):
        sessions = listed(person, tokens)
        assert len(sessions) == 2
        assert [each["IsCurrentSession"] for each in sessions].count(True) == 1
    assert current(person, first) != current(person, second)
    name = person.admin_name
    for_admin = tracked.server.admin.admin_list_user_sessions(**name)["Sessions"]
    assert [each["IsCurrentSession"] for each in for_admin] == [False, False]


def test_c141_what_a_session_tells(tracked: Realm) -> None:
    person = tracked.person()
    (session,) = listed(person, signed_in(person))
    assert re.fullmatch(r"tkn[a-z0-9]{25}", session["SessionId"])
    assert (session["SessionType"], session["ClientId"]) == ("TOKEN", tracked.client_id)
    assert session["CreateDate"] == session["LastActiveDate"]
    assert session["LastIPAddress"] == "127.0.0.1"
    assert "Boto3" in session["DeviceType"]
    assert "OriginSessionId" not in session


def test_c141_every_client_of_the_pool(tracked: Realm) -> None:
    person, other = tracked.person(), tracked.client()
    tokens = signed_in(person)
    person.realm = other
    signed_in(person)
    clients = {each["ClientId"] for each in listed(person, tokens)}
    assert clients == {tracked.client_id, other.client_id}


def test_c141_activity(tracked: Realm) -> None:
    person = tracked.person()
    tokens = signed_in(person)
    tracked.server.advance(600)
    tracked.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=tokens["RefreshToken"])
    (session,) = listed(person, tokens)
    assert 600 <= (session["LastActiveDate"] - session["CreateDate"]).total_seconds() < 630


def test_c141_ended_and_expired_ones_are_gone(tracked: Realm) -> None:
    realm = tracked.client(
        RefreshTokenValidity=1, AccessTokenValidity=1, TokenValidityUnits={"RefreshToken": "hours"}
    )
    person = realm.person()
    signed_in(person)
    realm.server.advance(3700)
    tokens, revoked = signed_in(person), signed_in(person)
    realm.server.user.revoke_token(Token=revoked["RefreshToken"], ClientId=realm.client_id)
    assert len(listed(person, tokens)) == 1


def test_c142_not_the_own_session(tracked: Realm) -> None:
    person, user = tracked.person(), tracked.server.user
    first, second = signed_in(person), signed_in(person)
    token = {"AccessToken": first["AccessToken"]}
    with refused("InvalidParameterException"):
        user.revoke_user_session(**token, SessionId=current(person, first))
    works(tracked, first)
    target = current(person, second)
    user.revoke_user_session(**token, SessionId=target, RevokeAssociatedSessions="LINKED")
    works(tracked, first)
    ended(tracked, second)
    with refused("ResourceNotFoundException"):
        user.revoke_user_session(**token, SessionId=target)


def test_c142_only_ones_own(tracked: Realm) -> None:
    person, stranger = tracked.person(), tracked.person()
    tokens, theirs = signed_in(person), signed_in(stranger)
    target = current(stranger, theirs)
    user, admin = tracked.server.user, tracked.server.admin
    for unknown in (target, UNKNOWN, "sso" + "z" * 25):
        with refused("ResourceNotFoundException"):
            user.revoke_user_session(AccessToken=tokens["AccessToken"], SessionId=unknown)
        with refused("ResourceNotFoundException"):
            admin.admin_revoke_user_session(**person.admin_name, SessionId=unknown)
    works(tracked, theirs)


def test_administrator_ends_a_session(tracked: Realm) -> None:
    person, admin = tracked.person(), tracked.server.admin
    first, second = signed_in(person), signed_in(person)
    admin.admin_revoke_user_session(**person.admin_name, SessionId=current(person, first))
    ended(tracked, first)
    works(tracked, second)
    with refused("UserNotFoundException"):
        admin.admin_list_user_sessions(UserPoolId=tracked.pool_id, Username="nobody")


def test_nobody_signed_in(tracked: Realm) -> None:
    name = tracked.person().admin_name
    assert "Sessions" not in tracked.server.admin.admin_list_user_sessions(**name)
    with refused("InvalidParameterException"):
        tracked.server.admin.admin_list_user_sessions(**name, NextToken="nonsense")


def test_c143_least_recently_used_is_evicted(make_realm: MakeRealm) -> None:
    realm = make_realm()
    track(realm, most=2)
    person = realm.person()
    first, second = signed_in(person), signed_in(person)
    realm.server.advance(60)
    realm.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=first["RefreshToken"])
    third = signed_in(person)
    ended(realm, second)
    works(realm, first)
    works(realm, third)
    assert len(listed(person, third)) == 2


def test_c143_lowered_and_switched_off(make_realm: MakeRealm) -> None:
    realm = make_realm()
    track(realm, most=3)
    person = realm.person()
    earlier = [signed_in(person) for _ in range(3)]
    track(realm, most=1)
    for tokens in earlier:
        works(realm, tokens)
    last = signed_in(person)
    for tokens in earlier:
        ended(realm, tokens)
    track(realm, most=1, state="DISABLED")
    signed_in(person)
    works(realm, last)


def test_c143_room_below_the_limit(tracked: Realm) -> None:
    """With few sessions below a high limit nothing is evicted."""
    person = tracked.person()
    every = [person.tokens() for _ in range(20)]
    for tokens in every:
        works(tracked, tokens)
    person.tokens()
    ended(tracked, every[0])
    works(tracked, every[1])


def test_tracking_is_off_by_default(off: Realm) -> None:
    admin, person = off.server.admin, off.person()
    known = admin.get_user_pool_session_configuration(UserPoolId=off.pool_id)
    assert known["UserPoolId"] == off.pool_id
    assert known["UserSessionTracking"] == "DISABLED"
    assert known["TokenSession"] == {"MaxPerUser": 20}
    tokens = signed_in(person)
    with refused("InvalidParameterException"):
        listed(person, tokens)
    with refused("InvalidParameterException"):
        admin.admin_revoke_user_session(**person.admin_name, SessionId=UNKNOWN)
    with refused("InvalidParameterException"):
        off.server.user.revoke_user_session(AccessToken=tokens["AccessToken"], SessionId=UNKNOWN)


def test_configuration_is_kept(make_realm: MakeRealm) -> None:
    realm = make_realm()
    admin, pool = realm.server.admin, {"UserPoolId": realm.pool_id}
    assert track(realm, most=7)["TokenSession"] == {"MaxPerUser": 7}
    admin.update_user_pool(**pool)
    known = admin.get_user_pool_session_configuration(**pool)
    assert known["UserSessionTracking"] == "ENABLED"
    assert known["TokenSession"] == {"MaxPerUser": 7}
    with refused("InvalidParameterException"):
        admin.set_user_pool_session_configuration(
            **pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 101}
        )


def test_configuration_of_a_client(make_realm: MakeRealm) -> None:
    realm = make_realm()
    admin = realm.server.admin
    client = {"UserPoolId": realm.pool_id, "ClientId": realm.client_id}
    known = admin.get_user_pool_client_session_configuration(**client)
    assert known["SSOSession"] == {"MaxValidityMinutes": 60}
    new = {"SSOSession": {"MaxValidityMinutes": 5}}
    with refused("InvalidParameterException"):
        admin.set_user_pool_client_session_configuration(**client, **new)
    track(realm)
    answer = admin.set_user_pool_client_session_configuration(**client, **new)
    known = admin.get_user_pool_client_session_configuration(**client)
    assert answer["SSOSession"] == known["SSOSession"] == {"MaxValidityMinutes": 5}
    with refused("ResourceNotFoundException"):
        admin.get_user_pool_client_session_configuration(**{**client, "ClientId": "nobody"})


def test_configuration_needs_a_plan(make_realm: MakeRealm) -> None:
    realm = make_realm(UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        track(realm)


@pytest.mark.parametrize("linked", ["NONE", "LINKED"])
def test_revoke_token_with_associated_sessions(tracked: Realm, linked: str) -> None:
    person = tracked.person()
    first, second = signed_in(person), signed_in(person)
    tracked.server.user.revoke_token(
        Token=first["RefreshToken"], ClientId=tracked.client_id, RevokeAssociatedSessions=linked
    )
    ended(tracked, first)
    works(tracked, second)


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Linux, Firefox"),
        (CHROME, "Windows, Chrome"),
        (SAFARI, "iOS, Safari"),
        ("", "unknown"),
        ("curl/8.5.0", "unknown"),
    ],
)
def test_device_type(agent: str, words: str) -> None:
    assert device_type(agent) == words

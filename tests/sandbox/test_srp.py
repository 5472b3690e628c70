"""Checklist C074, C101, C109 and C111 to C114: the password that never travels."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import ForceChangePasswordException

from tests.sandbox.kit import PASSWORD, UUID, Realm, Someone, refused

INCORRECT = "Incorrect username or password."
N_HEX = (
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E34"
    "04DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6"
    "F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A6916"
    "3FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C"
    "32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA95"
    "6AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA7157"
    "5D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D876"
    "02733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E"
    "4B82D120A93AD2CAFFFFFFFFFFFFFFFF"
)


def client_of(realm: Realm, username: str, password: str = PASSWORD) -> Any:
    """Pycognito's SRP client."""
    make: Any = AWSSRP  # has no types
    return make(
        username=username,
        password=password,
        pool_id=realm.pool_id,
        client_id=realm.client_id,
        client=realm.server.user,
        client_secret=realm.secret,
    )


def begun(realm: Realm, srp: Any, username: str) -> dict[str, Any]:
    """The PASSWORD_VERIFIER challenge."""
    return realm.initiate("USER_SRP_AUTH", USERNAME=username, SRP_A=f"{srp.large_a_value:x}")


def answered(realm: Realm, srp: Any, challenge: dict[str, Any], **changes: str) -> Any:
    """The answer to PASSWORD_VERIFIER, without a Session."""
    responses = srp.process_challenge(challenge["ChallengeParameters"], {"USERNAME": srp.username})
    return realm.respond("PASSWORD_VERIFIER", None, **(responses | changes))


@pytest.mark.parametrize("secret", [False, True])
def test_c109_pycognito_signs_in(off: Realm, secret: bool) -> None:
    realm = off.client(GenerateSecret=secret)
    assert (realm.secret is not None) == secret
    person = realm.person()
    answer = client_of(realm, person.username).authenticate_user()
    assert "AuthenticationResult" in answer


def test_c109_many_exchanges(off: Realm) -> None:
    """Numbers whose top bit or top byte happens to be zero must work too."""
    person = off.person()
    for _ in range(12):
        answer = client_of(off, person.username).authenticate_user()
        assert "AuthenticationResult" in answer


def test_c109_by_alias_with_secret(alias: Realm) -> None:
    realm = alias.client(GenerateSecret=True)
    person = realm.person(email=True)
    assert "AuthenticationResult" in client_of(realm, person.email).authenticate_user()


def test_c109_new_password(off: Realm) -> None:
    person = off.person()
    off.server.admin.admin_set_user_password(**person.admin_name, Password=PASSWORD)
    with pytest.raises(ForceChangePasswordException):
        client_of(off, person.username).authenticate_user()
    answer = client_of(off, person.username).set_new_password_challenge("Another-Horse-8")
    assert "AuthenticationResult" in answer
    with refused("NotAuthorizedException", INCORRECT):
        client_of(off, person.username).authenticate_user()
    assert client_of(off, person.username, "Another-Horse-8").authenticate_user()


def test_c074_unknown_person_gets_a_stable_challenge(off: Realm) -> None:
    seen = []
    for _ in range(2):
        srp = client_of(off, "nobody")
        challenge = begun(off, srp, "nobody")
        assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
        parameters = challenge["ChallengeParameters"]
        seen.append((parameters["SALT"], parameters["USER_ID_FOR_SRP"]))
        with refused("NotAuthorizedException", INCORRECT):
            answered(off, srp, challenge)
    assert seen[0] == seen[1]
    assert UUID.fullmatch(seen[0][1])


def test_c074_legacy_client_tells(off: Realm) -> None:
    legacy = off.client(PreventUserExistenceErrors="LEGACY")
    with refused("UserNotFoundException", "User does not exist."):
        legacy.initiate("USER_SRP_AUTH", USERNAME="nobody", SRP_A="ab12")


def test_c101_session_is_not_needed(off: Realm) -> None:
    person = off.person()
    srp = client_of(off, person.username)
    assert "AuthenticationResult" in answered(off, srp, begun(off, srp, person.username))


@pytest.mark.parametrize("a", ["0", N_HEX, f"{int(N_HEX, 16) * 2:x}", "xyz", "-5"])
def test_c111_a_that_is_no_good(off: Realm, a: str) -> None:
    with refused("InvalidParameterException"):
        off.initiate("USER_SRP_AUTH", USERNAME=off.person().username, SRP_A=a)


def test_c112_parameters(alias: Realm) -> None:
    person = alias.person(email=True)
    parameters = begun(alias, client_of(alias, person.email), person.email)["ChallengeParameters"]
    assert parameters["USER_ID_FOR_SRP"] == person.username
    assert re.fullmatch(r"[0-9a-f]{1,32}", parameters["SALT"])
    assert re.fullmatch(r"[0-9a-f]{1,768}", parameters["SRP_B"])
    assert len(base64.b64decode(parameters["SECRET_BLOCK"], validate=True)) > 100


def test_c113_wrong_signature(off: Realm) -> None:
    person = off.person()
    srp = client_of(off, person.username, "Wrong-Horse-9")
    with refused("NotAuthorizedException", INCORRECT):
        answered(off, srp, begun(off, srp, person.username))
    right = client_of(off, person.username)
    with refused("NotAuthorizedException", INCORRECT):
        answered(
            off, right, begun(off, right, person.username), PASSWORD_CLAIM_SIGNATURE="not base64!"
        )


def test_c113_wrong_signatures_lock(off: Realm) -> None:
    person = off.person()
    off.server.stand_still()
    for _ in range(5):
        srp = client_of(off, person.username, "Wrong-Horse-9")
        with refused("NotAuthorizedException", INCORRECT):
            answered(off, srp, begun(off, srp, person.username))
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        begun(off, client_of(off, person.username), person.username)


def test_c114_answered_too_late(off: Realm) -> None:
    person = off.person()
    srp = client_of(off, person.username)
    challenge = begun(off, srp, person.username)
    off.server.advance(61)
    with refused("NotAuthorizedException"):
        answered(off, srp, challenge)


def test_c114_timestamp_of_another_day(off: Realm) -> None:
    person = off.person()
    srp = client_of(off, person.username)
    challenge = begun(off, srp, person.username)
    old = datetime.now(UTC) - timedelta(hours=3)
    stamp = f"{old:%a %b} {old.day} {old:%H:%M:%S} UTC {old.year}"
    with refused("NotAuthorizedException", INCORRECT):
        answered(off, srp, challenge, TIMESTAMP=stamp)
    with refused("InvalidParameterException"):
        answered(off, srp, challenge, TIMESTAMP="yesterday")


def test_challenge_answers_once(off: Realm) -> None:
    person = off.person()
    srp = client_of(off, person.username)
    challenge = begun(off, srp, person.username)
    answered(off, srp, challenge)
    with refused("NotAuthorizedException"):
        answered(off, srp, challenge)


def test_answer_of_somebody_else(off: Realm) -> None:
    person, stranger = off.person(), off.person()
    srp = client_of(off, person.username)
    challenge = begun(off, srp, person.username)
    with refused("NotAuthorizedException", INCORRECT):
        answered(off, srp, challenge, USERNAME=stranger.username)


def test_works_after_the_clock_was_moved(off: Realm) -> None:
    person: Someone = off.person()
    off.server.advance(100_000)
    assert "AuthenticationResult" in client_of(off, person.username).authenticate_user()

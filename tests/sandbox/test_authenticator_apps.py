"""Checklist C037 to C054: authenticator apps."""

from __future__ import annotations

import hashlib
import re

import pyotp
import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import PASSWORD, SMS, TOTP, Realm, Someone, refused

MISMATCH = "Code mismatch and fail enable Software Token MFA"
USED = "Your software token has already been used once."


@pytest.fixture
def with_app(optional: Realm) -> Someone:
    """With a bound and preferred app."""
    person = optional.person()
    person.bind_app("My phone")
    person.prefer(TOTP=(True, True))
    return person


def test_c037_secret_without_session(optional: Realm) -> None:
    user, person = optional.server.user, optional.person()
    answer = user.associate_software_token(AccessToken=person.token)
    assert re.fullmatch(r"[A-Z2-7]{52}", answer["SecretCode"])
    assert "Session" not in answer


def test_every_person_has_a_secret_of_their_own(optional: Realm) -> None:
    user = optional.server.user
    people = [optional.person() for _ in range(3)]
    secrets = {user.associate_software_token(AccessToken=p.token)["SecretCode"] for p in people}
    assert len(secrets) == 3


def test_c038_secret_with_session(required: Realm) -> None:
    challenge = required.person().sign_in()
    answer = required.server.user.associate_software_token(Session=challenge["Session"])
    assert answer["Session"] != challenge["Session"]
    with refused(
        "NotAuthorizedException", "Invalid session for the user, session can only be used once."
    ):
        required.server.user.associate_software_token(Session=challenge["Session"])


@pytest.mark.parametrize("both", [True, False])
def test_exactly_one_proof(required: Realm, both: bool) -> None:
    person = required.person()
    session = person.sign_in()["Session"]
    given = {"AccessToken": person.token, "Session": session} if both else {}
    with refused("InvalidParameterException"):
        required.server.user.associate_software_token(**given)


def test_c039_off_in_the_pool(make_realm: MakeRealm) -> None:
    realm = make_realm("OPTIONAL", (SMS,))
    words = "Software Token MFA has not been enabled by the userPool"
    with refused("SoftwareTokenMFANotFoundException", words):
        realm.server.user.associate_software_token(AccessToken=realm.person().token)


def test_c040_c041_replacing(with_app: Someone) -> None:
    """C040: the old app works until the new one is proved; C041: then only the new one."""
    server, user = with_app.realm.server, with_app.realm.server.user
    server.settle_in_step()
    new = user.associate_software_token(AccessToken=with_app.token)["SecretCode"]
    old_code = server.totp(with_app.secret)
    assert "AuthenticationResult" in with_app.answer_code(with_app.sign_in(), old_code)
    user.verify_software_token(AccessToken=with_app.token, UserCode=server.totp(new))
    with refused("CodeMismatchException", "Invalid code received for user"):
        with_app.answer_code(with_app.sign_in(), server.totp(with_app.secret, 1))
    assert "AuthenticationResult" in with_app.answer_code(with_app.sign_in(), server.totp(new, 1))


def test_c042_c043_wrong_code_then_right_one(optional: Realm) -> None:
    """C042: wrong; C043: the same association takes the right one."""
    user, person = optional.server.user, optional.person()
    secret = user.associate_software_token(AccessToken=person.token)["SecretCode"]
    code = optional.server.totp(secret)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    with refused("EnableSoftwareTokenMFAException", MISMATCH):
        user.verify_software_token(AccessToken=person.token, UserCode=wrong)
    answer = user.verify_software_token(AccessToken=person.token, UserCode=code)
    assert answer["Status"] == "SUCCESS"


def test_second_association_voids_the_first(optional: Realm) -> None:
    user, person = optional.server.user, optional.person()
    first = user.associate_software_token(AccessToken=person.token)["SecretCode"]
    user.associate_software_token(AccessToken=person.token)
    with refused("EnableSoftwareTokenMFAException", MISMATCH):
        user.verify_software_token(AccessToken=person.token, UserCode=optional.server.totp(first))


def test_c044_nothing_associated(optional: Realm) -> None:
    words = "Software Token MFA does not exist for the user."
    with refused("SoftwareTokenMFANotFoundException", words):
        optional.server.user.verify_software_token(
            AccessToken=optional.person().token, UserCode="123456"
        )


@pytest.mark.parametrize(("steps", "right"), [(-2, False), (-1, True), (1, True), (2, False)])
def test_c045_window(optional: Realm, steps: int, right: bool) -> None:
    server, person = optional.server, optional.person()
    server.settle_in_step()
    secret = server.user.associate_software_token(AccessToken=person.token)["SecretCode"]
    given = {"AccessToken": person.token, "UserCode": server.totp(secret, steps)}
    if right:
        assert server.user.verify_software_token(**given)["Status"] == "SUCCESS"
    else:
        with refused("EnableSoftwareTokenMFAException", MISMATCH):
            server.user.verify_software_token(**given)


def test_c045_sha256_is_refused(optional: Realm) -> None:
    server, person = optional.server, optional.person()
    server.settle_in_step()
    secret = server.user.associate_software_token(AccessToken=person.token)["SecretCode"]
    code = pyotp.TOTP(secret, digest=hashlib.sha256).at(int(server.now()))
    with refused("EnableSoftwareTokenMFAException", MISMATCH):
        server.user.verify_software_token(AccessToken=person.token, UserCode=code)


def test_c046_code_of_verify_is_spent_at_sign_in(optional: Realm) -> None:
    server, person = optional.server, optional.person()
    server.settle_in_step()
    secret = server.user.associate_software_token(AccessToken=person.token)["SecretCode"]
    code = server.totp(secret)
    server.user.verify_software_token(AccessToken=person.token, UserCode=code)
    person.prefer(TOTP=(True, True))
    challenge = person.sign_in()
    with refused("ExpiredCodeException", USED):
        person.answer_code(challenge, code)
    assert "AuthenticationResult" in person.answer_code(challenge, server.totp(secret, 1))


def test_c047_code_twice_at_sign_in(with_app: Someone) -> None:
    with_app.realm.server.settle_in_step()
    code = with_app.realm.server.totp(with_app.secret)
    with_app.answer_code(with_app.sign_in(), code)
    with refused("ExpiredCodeException", USED):
        with_app.answer_code(with_app.sign_in(), code)


def test_code_is_spent_even_when_the_clock_goes_back(with_app: Someone) -> None:
    server = with_app.realm.server
    server.settle_in_step()
    code = server.totp(with_app.secret)
    with_app.answer_code(with_app.sign_in(), code)
    server.advance(3600)
    with_app.answer_code(with_app.sign_in(), server.totp(with_app.secret))
    server.advance(-3600)
    with refused("ExpiredCodeException", USED):
        with_app.answer_code(with_app.sign_in(), code)


def test_c048_optional_pool_lists_nothing_after_verify(optional: Realm) -> None:
    person = optional.person()
    person.bind_app()
    assert person.listed() is None
    assert "AuthenticationResult" in person.sign_in()  # row D02


def test_c049_verified_in_the_flow_and_left(required: Realm) -> None:
    person, server = required.person(), required.server
    begun = server.user.associate_software_token(Session=person.sign_in()["Session"])
    server.user.verify_software_token(
        Session=begun["Session"], UserCode=server.totp(begun["SecretCode"])
    )
    assert person.sign_in()["ChallengeName"] == TOTP


def test_c050_pool_switches_totp_off_later(make_realm: MakeRealm) -> None:
    realm = make_realm("OPTIONAL", (SMS, TOTP))
    person = realm.person()
    person.bind_app()
    person.prefer(TOTP=(True, True))
    realm.set_mfa("OPTIONAL", SMS)
    challenge = person.sign_in()
    assert challenge["ChallengeName"] == TOTP
    code = realm.server.totp(person.secret)
    assert "AuthenticationResult" in person.answer_code(challenge, code)


def test_c051_administrator_deletes_the_app(with_app: Someone) -> None:
    server = with_app.realm.server
    with_app.realm.server.admin.admin_delete_software_token(**with_app.admin_name)
    assert (with_app.listed(), with_app.preferred()) == (None, None)
    factors = server.user.get_user_auth_factors(AccessToken=with_app.token)
    assert "SOFTWARE_TOKEN" not in factors["ConfiguredUserAuthFactors"]
    server.admin.admin_delete_software_token(**with_app.admin_name)  # once more is fine


def test_c052_then_a_required_pool_wants_a_set_up(required: Realm) -> None:
    person = required.person()
    person.bind_app()
    assert person.sign_in()["ChallengeName"] == TOTP
    required.server.admin.admin_delete_software_token(**person.admin_name)
    assert person.sign_in()["ChallengeName"] == "MFA_SETUP"


def test_c053_or_the_remaining_factor(required: Realm) -> None:
    person = required.person(phone=True)
    person.bind_app()
    required.server.admin.admin_delete_software_token(**person.admin_name)
    assert person.sign_in()["ChallengeName"] == SMS


def test_c054_of_an_unknown_person(optional: Realm) -> None:
    with refused("UserNotFoundException", "User does not exist."):
        optional.server.admin.admin_delete_software_token(
            UserPoolId=optional.pool_id, Username="nobody"
        )


def test_friendly_name_comes_back_in_the_challenge(with_app: Someone) -> None:
    parameters = with_app.sign_in()["ChallengeParameters"]
    assert parameters["FRIENDLY_DEVICE_NAME"] == "My phone"


def test_five_wrong_codes_at_verify_lock_the_account(optional: Realm) -> None:
    user, person = optional.server.user, optional.person()
    optional.server.stand_still()
    secret = user.associate_software_token(AccessToken=person.token)["SecretCode"]
    wrong = f"{(int(optional.server.totp(secret)) + 1) % 10**6:06}"
    for _ in range(5):
        with refused("EnableSoftwareTokenMFAException"):
            user.verify_software_token(AccessToken=person.token, UserCode=wrong)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        user.verify_software_token(AccessToken=person.token, UserCode=wrong)
    assert person.password == PASSWORD

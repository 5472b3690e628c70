"""Checklist C115 to C122: devices that are tracked, remembered and forgotten."""

from __future__ import annotations

import base64
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device

from sandbox.database import LATER_COLUMNS, Database
from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import (
    ALL,
    EMAIL,
    EMAIL_CONFIGURATION,
    PASSWORD,
    TOTP,
    Realm,
    Server,
    Someone,
    claims,
    refused,
    start,
    stop,
)

INCORRECT = "Incorrect username or password."
UNKNOWN = "Device does not exist."
BAD = "Invalid device key given."
NO_SUCH = "eu-central-1_00000000-0000-4000-8000-000000000000"


@dataclass
class Phone:
    """What a client keeps about its device."""

    person: Someone
    key: str
    group_key: str
    secret: str
    tokens: dict[str, Any]

    @property
    def token(self) -> str:
        return str(self.tokens["AccessToken"])

    def srp(self, password: str = PASSWORD, secret: str = "") -> Any:
        """Pycognito's SRP client on this device."""
        realm, make = self.person.realm, AWSSRP
        return make(  # type: ignore[no-untyped-call]
            username=self.person.username,
            password=password,
            pool_id=realm.pool_id,
            client_id=realm.client_id,
            client=realm.server.user,
            client_secret=realm.secret,
            device_key=self.key,
            device_group_key=self.group_key,
            device_password=secret or self.secret,
        )

    def status(self, remembered: bool) -> None:
        """UpdateDeviceStatus."""
        word = "remembered" if remembered else "not_remembered"
        self.person.realm.server.user.update_device_status(
            AccessToken=self.token, DeviceKey=self.key, DeviceRememberedStatus=word
        )

    def attributes(self) -> dict[str, str]:
        """Attributes of GetDevice."""
        answer = self.person.realm.server.user.get_device(
            AccessToken=self.token, DeviceKey=self.key
        )
        return {each["Name"]: each["Value"] for each in answer["Device"]["DeviceAttributes"]}


def tokens_of(person: Someone, **parameters: str) -> dict[str, Any]:
    """Tokens after whatever code is asked for."""
    answer = person.sign_in(**parameters)
    if "ChallengeName" in answer:
        assert answer["ChallengeName"] == TOTP
        person.realm.server.advance(30)
        answer = person.answer_code(answer, person.realm.server.totp(person.secret))
    result: dict[str, Any] = answer["AuthenticationResult"]
    return result


def unconfirmed(person: Someone) -> tuple[Phone, dict[str, str]]:
    """A device that signed in, and what ConfirmDevice would take."""
    tokens = tokens_of(person)
    metadata = tokens["NewDeviceMetadata"]
    keys = (metadata["DeviceGroupKey"], metadata["DeviceKey"])
    secret, config = generate_hash_device(*keys)  # type: ignore[no-untyped-call]
    return Phone(person, keys[1], keys[0], secret, tokens), config


def confirm(phone: Phone, config: dict[str, str], **more: str) -> dict[str, Any]:
    """ConfirmDevice."""
    answer: dict[str, Any] = phone.person.realm.server.user.confirm_device(
        AccessToken=phone.token, DeviceKey=phone.key, DeviceSecretVerifierConfig=config, **more
    )
    return answer


def phone_of(person: Someone) -> Phone:
    """A confirmed device."""
    phone, config = unconfirmed(person)
    confirm(phone, config, DeviceName="Phone")
    return phone


def refresh(phone: Phone, **parameters: str) -> dict[str, Any]:
    """REFRESH_TOKEN_AUTH."""
    token = phone.tokens["RefreshToken"]
    return phone.person.realm.initiate("REFRESH_TOKEN_AUTH", REFRESH_TOKEN=token, **parameters)


@pytest.fixture(scope="module")
def always(make_realm: MakeRealm) -> Realm:
    """A pool that remembers every confirmed device, which then stands in for MFA."""
    return make_realm("OPTIONAL", ALL, DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})


@pytest.fixture(scope="module")
def opt_in(make_realm: MakeRealm) -> Realm:
    """The same, where people say which device is to be remembered."""
    both = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
    return make_realm("OPTIONAL", ALL, DeviceConfiguration=both)


@pytest.fixture(scope="module")
def recorded(make_realm: MakeRealm) -> Realm:
    """A pool that records devices and asks for MFA all the same."""
    return make_realm("OPTIONAL", ALL, DeviceConfiguration={"ChallengeRequiredOnNewDevice": False})


def with_app(realm: Realm) -> Someone:
    """Somebody who is asked for an authenticator app."""
    person = realm.person()
    person.bind_app()
    person.prefer(TOTP=(True, None))
    return person


def email_realm(server: Server) -> Realm:
    """A pool on a server of one's own where devices stand in for e-mail codes, or do not."""
    made = server.admin.create_user_pool(
        PoolName="test",
        EmailConfiguration=EMAIL_CONFIGURATION,
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True},
    )["UserPool"]
    realm = Realm(server, made["Id"], "").client()
    realm.set_mfa("OPTIONAL", EMAIL)
    return realm


def test_c115_new_device(always: Realm) -> None:
    person = always.person()
    tokens = tokens_of(person)
    metadata = tokens["NewDeviceMetadata"]
    assert metadata["DeviceKey"].startswith("eu-central-1_")
    assert metadata["DeviceGroupKey"]
    assert claims(tokens["AccessToken"])["device_key"] == metadata["DeviceKey"]
    assert "device_key" not in claims(tokens["IdToken"])
    assert tokens_of(person)["NewDeviceMetadata"]["DeviceKey"] != metadata["DeviceKey"]


def test_c115_nothing_of_it_where_devices_are_not_tracked(optional: Realm) -> None:
    person = optional.person()
    tokens = tokens_of(person, DEVICE_KEY="nonsense")
    assert "NewDeviceMetadata" not in tokens
    assert "device_key" not in claims(tokens["AccessToken"])
    user, admin = optional.server.user, optional.server.admin
    with refused("InvalidUserPoolConfigurationException"):
        user.list_devices(AccessToken=tokens["AccessToken"])
    with refused("InvalidUserPoolConfigurationException"):
        admin.admin_get_device(**person.admin_name, DeviceKey=NO_SUCH)


def test_c115_setting_can_be_read_and_reset(make_realm: MakeRealm) -> None:
    realm = make_realm(DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": False})
    admin = realm.server.admin
    pool = admin.describe_user_pool(UserPoolId=realm.pool_id)["UserPool"]
    assert pool["DeviceConfiguration"] == {"DeviceOnlyRememberedOnUserPrompt": False}
    person = realm.person()
    assert "NewDeviceMetadata" in tokens_of(person)
    admin.update_user_pool(UserPoolId=realm.pool_id)
    assert "NewDeviceMetadata" not in tokens_of(person)


def test_c115_known_device_is_not_new(always: Realm) -> None:
    phone = phone_of(always.person())
    tokens = tokens_of(phone.person, DEVICE_KEY=phone.key)
    assert "NewDeviceMetadata" not in tokens
    assert claims(tokens["AccessToken"])["device_key"] == phone.key


def test_c116_always(always: Realm) -> None:
    phone, config = unconfirmed(always.person())
    assert phone.attributes()["dev:device_remembered_status"] == "not_remembered"
    answer = confirm(phone, config, DeviceName="Blue phone")
    assert answer["UserConfirmationNecessary"] is False
    assert phone.attributes() == {
        "device_status": "valid",
        "device_name": "Blue phone",
        "dev:device_remembered_status": "remembered",
        "last_ip_used": "127.0.0.1",
    }


def test_c116_confirmed_once(always: Realm) -> None:
    phone, config = unconfirmed(always.person())
    confirm(phone, config)
    with refused("DeviceKeyExistsException"):
        confirm(phone, config)


@pytest.mark.parametrize("verifier", ["", "not base64!", "AAAA", base64.b64encode(b"\xff" * 400)])
@pytest.mark.parametrize("name", ["PasswordVerifier", "Salt"])
def test_c116_bad_verifier(always: Realm, name: str, verifier: str | bytes) -> None:
    phone, config = unconfirmed(always.person())
    text = verifier.decode() if isinstance(verifier, bytes) else verifier
    with refused("InvalidParameterException"):
        confirm(phone, config | {name: text})
    with refused("InvalidParameterException"):
        confirm(phone, {})


def test_c117_opt_in(opt_in: Realm) -> None:
    person = with_app(opt_in)
    phone, config = unconfirmed(person)
    assert confirm(phone, config)["UserConfirmationNecessary"] is True
    assert phone.attributes()["dev:device_remembered_status"] == "not_remembered"
    assert person.sign_in(DEVICE_KEY=phone.key)["ChallengeName"] == TOTP
    phone.status(remembered=True)
    assert phone.attributes()["dev:device_remembered_status"] == "remembered"
    assert person.sign_in(DEVICE_KEY=phone.key)["ChallengeName"] == "DEVICE_SRP_AUTH"


def test_c117_status_of_an_unconfirmed_device(opt_in: Realm) -> None:
    phone, _ = unconfirmed(opt_in.person())
    with refused("ResourceNotFoundException", UNKNOWN):
        phone.status(remembered=True)


@pytest.mark.parametrize("secret", [False, True])
def test_c118_pycognito_signs_in_on_a_remembered_device(always: Realm, secret: bool) -> None:
    realm = always.client(GenerateSecret=secret)
    phone = phone_of(with_app(realm))
    for _ in range(4):
        tokens = phone.srp().authenticate_user()["AuthenticationResult"]
        assert claims(tokens["AccessToken"])["device_key"] == phone.key
        assert "NewDeviceMetadata" not in tokens


def test_c118_by_password_with_sessions(always: Realm) -> None:
    phone = phone_of(with_app(always))
    person, srp = phone.person, phone.srp()
    first = person.sign_in(DEVICE_KEY=phone.key)
    assert first["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert "USER_ID_FOR_SRP" not in first["ChallengeParameters"]
    second = person.respond(first, DEVICE_KEY=phone.key, SRP_A=f"{srp.large_a_value:x}")
    assert second["ChallengeName"] == "DEVICE_PASSWORD_VERIFIER"
    parameters = second["ChallengeParameters"]
    assert set(parameters) == {"USERNAME", "DEVICE_KEY", "SALT", "SRP_B", "SECRET_BLOCK"}
    answer = srp.process_device_challenge(parameters)
    result = always.respond("DEVICE_PASSWORD_VERIFIER", None, **answer)
    assert "AccessToken" in result["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        always.respond("DEVICE_PASSWORD_VERIFIER", None, **answer)
    with refused("NotAuthorizedException"):
        person.respond(first, DEVICE_KEY=phone.key, SRP_A=f"{srp.large_a_value:x}")


def test_c118_required_mfa(make_realm: MakeRealm) -> None:
    realm = make_realm("ON", ALL, DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
    person = realm.person()
    person.bind_app()
    phone = phone_of(person)
    assert "AuthenticationResult" in phone.srp().authenticate_user()


def test_c118_only_where_mfa_would_apply(always: Realm) -> None:
    phone = phone_of(always.person())
    assert "AuthenticationResult" in phone.person.sign_in(DEVICE_KEY=phone.key)


def test_c118_only_where_the_pool_says_so(recorded: Realm) -> None:
    phone = phone_of(with_app(recorded))
    assert phone.attributes()["dev:device_remembered_status"] == "remembered"
    assert phone.person.sign_in(DEVICE_KEY=phone.key)["ChallengeName"] == TOTP


def test_c118_email_codes_too_unless_switched() -> None:
    server = start("--scene", "empty", "--switch", "device_replaces_email_mfa=false")
    try:
        realm = email_realm(server)
        phone = phone_of(realm.person(email=True))
        phone.person.prefer(EMAIL=(True, None))
        assert phone.person.sign_in(DEVICE_KEY=phone.key)["ChallengeName"] == EMAIL
    finally:
        stop(server)


def test_c118_wrong_device_secret(always: Realm) -> None:
    phone = phone_of(with_app(always))
    with refused("NotAuthorizedException", INCORRECT):
        phone.srp(secret="another").authenticate_user()
    with refused("NotAuthorizedException", INCORRECT):
        phone.srp(password="Wrong-Horse-9").authenticate_user()


def test_c118_wrong_device_secrets_lock(always: Realm) -> None:
    phone = phone_of(with_app(always))
    always.server.stand_still()
    for _ in range(5):
        with refused("NotAuthorizedException", INCORRECT):
            phone.srp(secret="another").authenticate_user()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        phone.srp().authenticate_user()


def test_c118_first_factor_must_have_passed(always: Realm) -> None:
    phone = phone_of(with_app(always))
    with refused("NotAuthorizedException", "Invalid session for the user."):
        always.respond(
            "DEVICE_SRP_AUTH",
            None,
            USERNAME=phone.person.username,
            DEVICE_KEY=phone.key,
            SRP_A="ab12",
        )


def test_c118_another_device_cannot_answer(always: Realm) -> None:
    person = with_app(always)
    phone, tablet = phone_of(person), phone_of(person)
    first = person.sign_in(DEVICE_KEY=phone.key)
    with refused("NotAuthorizedException", BAD):
        person.respond(first, DEVICE_KEY=tablet.key, SRP_A="ab12")
    with refused("InvalidParameterException"):
        person.respond(first, DEVICE_KEY=phone.key, SRP_A="0")


def test_c118_forgotten_half_way(always: Realm) -> None:
    phone = phone_of(with_app(always))
    first = phone.person.sign_in(DEVICE_KEY=phone.key)
    always.server.user.forget_device(AccessToken=phone.token, DeviceKey=phone.key)
    with refused("ResourceNotFoundException", UNKNOWN):
        phone.person.respond(first, DEVICE_KEY=phone.key, SRP_A="ab12")


def test_c119_not_remembered(always: Realm) -> None:
    phone = phone_of(with_app(always))
    phone.status(remembered=False)
    challenge = phone.person.sign_in(DEVICE_KEY=phone.key)
    assert challenge["ChallengeName"] == TOTP
    always.server.advance(30)
    code = always.server.totp(phone.person.secret)
    tokens = phone.person.answer_code(challenge, code)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in tokens
    assert claims(tokens["AccessToken"])["device_key"] == phone.key


def test_c119_unconfirmed_device_is_new_again(always: Realm) -> None:
    phone, _ = unconfirmed(with_app(always))
    tokens = tokens_of(phone.person, DEVICE_KEY=phone.key)
    assert tokens["NewDeviceMetadata"]["DeviceKey"] != phone.key


def test_c120_forgotten_key(always: Realm) -> None:
    phone = phone_of(with_app(always))
    always.server.user.forget_device(AccessToken=phone.token, DeviceKey=phone.key)
    with refused("ResourceNotFoundException", UNKNOWN):
        phone.person.sign_in(DEVICE_KEY=phone.key)
    with refused("ResourceNotFoundException", UNKNOWN):
        phone.srp().authenticate_user()
    with refused("ResourceNotFoundException", UNKNOWN):
        phone.attributes()


def test_c120_same_answer_works_without_the_key(always: Realm) -> None:
    """Amplify answers the same challenge again, without the device."""
    person = always.person()
    phone = phone_of(person)
    always.server.user.forget_device(AccessToken=phone.token, DeviceKey=phone.key)
    srp = phone.srp()
    public = f"{srp.large_a_value:x}"
    challenge = always.initiate("USER_SRP_AUTH", USERNAME=person.username, SRP_A=public)
    given = {"USERNAME": person.username}
    answer = srp.process_challenge(challenge["ChallengeParameters"], given)
    with refused("ResourceNotFoundException", UNKNOWN):
        always.respond("PASSWORD_VERIFIER", None, **answer)
    del answer["DEVICE_KEY"]
    assert "AuthenticationResult" in always.respond("PASSWORD_VERIFIER", None, **answer)


def test_c121_malformed_or_foreign_key(always: Realm) -> None:
    person, stranger = always.person(), phone_of(always.person())
    for key in ("nonsense", "eu-central-1_1", stranger.key):
        with refused("NotAuthorizedException", BAD):
            person.sign_in(DEVICE_KEY=key)
    with refused("NotAuthorizedException", BAD):
        always.server.user.get_device(AccessToken=person.token, DeviceKey=stranger.key)
    with refused("NotAuthorizedException", INCORRECT):
        person.realm.initiate(
            "USER_PASSWORD_AUTH",
            USERNAME=person.username,
            PASSWORD="Wrong-1-horse",
            DEVICE_KEY="nonsense",
        )


def test_c122_refresh_needs_the_device(always: Realm) -> None:
    phone = phone_of(always.person())
    for wrong in ({}, {"DEVICE_KEY": NO_SUCH}):
        with refused("NotAuthorizedException", "Invalid Refresh Token."):
            refresh(phone, **wrong)
    tokens = refresh(phone, DEVICE_KEY=phone.key)["AuthenticationResult"]
    assert claims(tokens["AccessToken"])["device_key"] == phone.key
    user, more = always.server.user, {"RefreshToken": phone.tokens["RefreshToken"]}
    more["ClientId"] = always.client_id
    with refused("NotAuthorizedException", "Invalid Refresh Token."):
        user.get_tokens_from_refresh_token(**more)
    assert user.get_tokens_from_refresh_token(**more, DeviceKey=phone.key)


def test_c122_unconfirmed_device_renews_nothing(always: Realm) -> None:
    phone, _ = unconfirmed(always.person())
    with refused("NotAuthorizedException", "Invalid Refresh Token."):
        refresh(phone, DEVICE_KEY=phone.key)


def test_c122_forgotten_device_renews_nothing(always: Realm) -> None:
    phone = phone_of(always.person())
    other = phone_of(phone.person)
    always.server.user.forget_device(AccessToken=phone.token, DeviceKey=phone.key)
    with refused("NotAuthorizedException", "Invalid Refresh Token."):
        refresh(phone, DEVICE_KEY=phone.key)
    assert refresh(other, DEVICE_KEY=other.key)
    always.server.user.get_user(AccessToken=phone.token)


def test_lists_in_pages(always: Realm) -> None:
    person = always.person()
    keys = [phone_of(person).key for _ in range(3)]
    user, token, seen = always.server.user, person.token, []
    position: dict[str, str] = {}
    while True:
        page = user.list_devices(AccessToken=token, Limit=2, **position)
        for device in page["Devices"]:
            seen.append(device["DeviceKey"])
            user.forget_device(AccessToken=token, DeviceKey=device["DeviceKey"])
        if "PaginationToken" not in page:
            break
        position = {"PaginationToken": page["PaginationToken"]}
    assert seen == keys
    assert "Devices" not in user.list_devices(AccessToken=token)
    with refused("InvalidParameterException"):
        user.list_devices(AccessToken=token, PaginationToken="nonsense")


def test_dates(always: Realm) -> None:
    phone = phone_of(always.person())
    always.server.advance(3600)
    tokens_of(phone.person, DEVICE_KEY=phone.key)
    name = phone.person.admin_name
    device = always.server.admin.admin_get_device(**name, DeviceKey=phone.key)["Device"]
    age = device["DeviceLastAuthenticatedDate"] - device["DeviceCreateDate"]
    assert 3599 < age.total_seconds() < 3700
    assert device["DeviceLastModifiedDate"] < device["DeviceLastAuthenticatedDate"]


def test_in_the_hands_of_an_administrator(opt_in: Realm) -> None:
    phone, admin = phone_of(with_app(opt_in)), opt_in.server.admin
    name, key = phone.person.admin_name, {"DeviceKey": phone.key}
    admin.admin_update_device_status(**name, **key, DeviceRememberedStatus="remembered")
    assert phone.person.sign_in(DEVICE_KEY=phone.key)["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert admin.admin_get_device(**name, **key)["Device"]["DeviceKey"] == phone.key
    listed = admin.admin_list_devices(**name)["Devices"]
    assert phone.key in [each["DeviceKey"] for each in listed]
    admin.admin_forget_device(**name, **key)
    with refused("ResourceNotFoundException", UNKNOWN):
        admin.admin_forget_device(**name, **key)
    with refused("UserNotFoundException"):
        admin.admin_list_devices(UserPoolId=opt_in.pool_id, Username="nobody")


def test_forgetting_answers_nothing(always: Realm) -> None:
    phone = phone_of(always.person())
    given = {"AccessToken": phone.token, "DeviceKey": phone.key}
    answer = always.server.raw("ForgetDevice", given)
    assert (answer.status, answer.body) == (200, b"")
    answer = always.server.raw("GetDevice", {"DeviceKey": phone.key})
    assert answer.json["message"] == "Missing required parameter AccessToken"


def test_nicknames_of_device_challenges_are_no_sessions(always: Realm) -> None:
    phone = phone_of(with_app(always))
    phone.person.sign_in(DEVICE_KEY=phone.key)
    nickname = f"DEVICE_SRP_AUTH {always.client_id} {phone.key}"
    with refused("NotAuthorizedException", "Invalid session for the user."):
        always.respond(TOTP, nickname, USERNAME=phone.person.username)
    with refused("NotAuthorizedException", "Invalid session for the user."):
        always.server.user.associate_software_token(Session=nickname)


def test_a_deleted_persons_devices_go_too(always: Realm) -> None:
    phone, stranger = phone_of(always.person()), always.person()
    with refused("NotAuthorizedException", BAD):
        stranger.sign_in(DEVICE_KEY=phone.key)
    always.server.admin.admin_delete_user(**phone.person.admin_name)
    with refused("ResourceNotFoundException", UNKNOWN):
        stranger.sign_in(DEVICE_KEY=phone.key)


def test_device_is_known_after_a_new_password(always: Realm) -> None:
    """NEW_PASSWORD_REQUIRED comes before the device, whose key is not lost on the way."""
    phone = phone_of(with_app(always))
    person, admin = phone.person, always.server.admin
    admin.admin_set_user_password(**person.admin_name, Password="Another-Horse-8")
    person.password = "Another-Horse-8"
    challenge = person.sign_in(DEVICE_KEY=phone.key)
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    following = person.respond(challenge, NEW_PASSWORD="Third-Horse-9")
    assert following["ChallengeName"] == "DEVICE_SRP_AUTH"


def test_rotation_needs_the_device_too(always: Realm) -> None:
    rotating = always.client(
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    )
    phone, user = phone_of(rotating.person()), always.server.user
    given = {"ClientId": rotating.client_id, "RefreshToken": phone.tokens["RefreshToken"]}
    with refused("NotAuthorizedException", "Invalid Refresh Token."):
        user.get_tokens_from_refresh_token(**given)
    answer = user.get_tokens_from_refresh_token(**given, DeviceKey=phone.key)
    assert "RefreshToken" in answer["AuthenticationResult"]


def test_pool_may_stop_tracking(make_realm: MakeRealm) -> None:
    realm = make_realm(DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
    phone = phone_of(realm.person())
    realm.server.admin.update_user_pool(UserPoolId=realm.pool_id)
    tokens = refresh(phone)["AuthenticationResult"]
    assert "device_key" not in claims(tokens["AccessToken"])
    with refused("InvalidUserPoolConfigurationException"):
        phone.attributes()


def test_older_files_gain_the_new_columns(tmp_path: Path) -> None:
    added = list(LATER_COLUMNS["sign_ins"])
    Database(tmp_path).close()
    file = sqlite3.connect(tmp_path / "sandbox.sqlite3")
    for name in added:
        file.execute(f"ALTER TABLE sign_ins DROP COLUMN {name}")
    file.close()
    database = Database(tmp_path)
    names = [row[1] for row in database.rows("PRAGMA table_info(sign_ins)")]
    database.close()
    assert names[-len(added) :] == added

"""C014, C109: pycognito with only the endpoint changed: SRP, app set-up, preference, device."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from pycognito import AWSSRP, Cognito
from pycognito.exceptions import SMSMFAChallengeException, SoftwareTokenMFAChallengeException

from tests.clients.conftest import MakeRealm
from tests.sandbox.kit import ALL, PASSWORD, REGION, SMS, TOTP, Realm, Server, Someone


def cognito(someone: Someone, realm: Realm | None = None) -> Any:
    """pycognito's own class for a person, pointed at the sandbox."""
    realm = realm or someone.realm
    return Cognito(
        realm.pool_id,
        realm.client_id,
        username=someone.username,
        client_secret=realm.secret,
        user_pool_region=REGION,
        access_key="any",
        secret_key="any",
        boto3_client_kwargs={"endpoint_url": realm.server.api},
    )


def test_c109_signs_in_by_srp(off: Realm) -> None:
    someone = off.person(email=True)
    user = cognito(someone)
    user.authenticate(password=PASSWORD)
    assert user.get_user().email == someone.email


def test_c109_signs_in_by_srp_with_a_client_secret(off: Realm) -> None:
    someone = off.person()
    user = cognito(someone, off.client(GenerateSecret=True))
    user.authenticate(password=PASSWORD)
    assert user.access_claims["username"] == someone.username


def test_renews_changes_and_signs_out(off: Realm) -> None:
    someone = off.person()
    user = cognito(someone)
    user.authenticate(password=PASSWORD)
    first = user.access_token
    user.renew_access_token()
    assert user.access_token != first
    user.change_password(PASSWORD, "Better-Horse-8")
    user.logout()
    again = cognito(someone)
    again.authenticate(password="Better-Horse-8")
    assert again.access_token


def test_c014_app_set_up_preference_and_sign_in(make_realm: MakeRealm) -> None:
    realm = make_realm("OPTIONAL", ALL)
    server, someone = realm.server, realm.person(phone=True)
    server.stand_still()
    server.settle_in_step()
    user = cognito(someone)
    user.authenticate(password=PASSWORD)
    secret = user.associate_software_token()
    assert user.verify_software_token(server.totp(secret, -1), "Phone") is True
    user.set_user_mfa_preference(sms_mfa=True, software_token_mfa=True, preferred="SOFTWARE_TOKEN")
    assert someone.listed() == {SMS, TOTP}
    assert someone.preferred() == TOTP
    again = cognito(someone)
    with pytest.raises(SoftwareTokenMFAChallengeException) as asked:
        again.authenticate(password=PASSWORD)
    again.respond_to_software_token_mfa_challenge(server.totp(secret), asked.value.get_tokens())
    assert again.access_claims["username"] == someone.username


def test_c086_sign_in_by_text_message(optional: Realm) -> None:
    someone = optional.person(phone=True)
    someone.prefer(SMS=(True, True))
    user = cognito(someone)
    with pytest.raises(SMSMFAChallengeException) as asked:
        user.authenticate(password=PASSWORD)
    code = optional.server.code_sent_to(someone.phone)
    user.respond_to_sms_mfa_challenge(code, asked.value.get_tokens())
    assert user.access_token


@pytest.fixture
def here_instead_of_aws(monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    """Pycognito has AWS's address written into its device calls: the endpoint is changed here."""
    post = requests.post

    def redirected(url: str, **more: Any) -> requests.Response:
        assert url == f"https://cognito-idp.{REGION}.amazonaws.com/"
        return post(server.api + "/", **more)

    monkeypatch.setattr(requests, "post", redirected)


@pytest.mark.usefixtures("here_instead_of_aws")
def test_c118_a_remembered_device(make_realm: MakeRealm) -> None:
    """Confirmed through pycognito, asked for instead of a code, and forgotten again."""
    realm = make_realm("OPTIONAL", ALL, DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
    someone = realm.person(phone=True)
    client = srp(someone)
    tokens = client.authenticate_user()
    answer, secret = client.confirm_device(tokens, "Laptop")
    assert answer.json() == {"UserConfirmationNecessary": False}
    someone.prefer(SMS=(True, True))
    metadata = tokens["AuthenticationResult"]["NewDeviceMetadata"]
    known = {
        "device_key": metadata["DeviceKey"],
        "device_group_key": metadata["DeviceGroupKey"],
        "device_password": secret,
    }
    token = srp(someone, **known).authenticate_user()["AuthenticationResult"]["AccessToken"]
    client.update_device_status(False, token, metadata["DeviceKey"])
    with pytest.raises(SMSMFAChallengeException):
        srp(someone, **known).authenticate_user()
    client.forget_device(token, metadata["DeviceKey"])
    assert realm.server.user.list_devices(AccessToken=token).get("Devices", []) == []


def srp(someone: Someone, **device: str) -> Any:
    realm = someone.realm
    return AWSSRP(
        username=someone.username,
        password=PASSWORD,
        pool_id=realm.pool_id,
        client_id=realm.client_id,
        client=realm.server.user,
        **device,
    )

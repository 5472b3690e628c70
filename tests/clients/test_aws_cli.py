"""C014: the AWS CLI, with only the endpoint changed, calls every operation that it knows."""

from __future__ import annotations

import base64
import re
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name

from sandbox.operations import OPERATIONS
from tests.clients.aws_cli import Cli, CliRefused, known_operations, least_input
from tests.clients.conftest import MakeRealm
from tests.sandbox.kit import (
    ALL,
    EMAIL,
    EMAIL_CONFIGURATION,
    FACTOR_BLOCKS,
    FLOWS,
    PASSWORD,
    SMS,
    SMS_CONFIGURATION,
    TOTP,
    Realm,
    Server,
    Someone,
)

BY_PASSWORD = "initiate-auth --client-id {client} --auth-flow USER_PASSWORD_AUTH"
ANSWER = "respond-to-auth-challenge --client-id {client} --session {session}"
CALLS = "".join(path.read_text() for path in Path(__file__).parent.glob("test_aws_cli*.py"))
UNCALLED = [
    name for name in known_operations() if not re.search(rf"\b{xform_name(name, '-')} ", CALLS)
]
BETTER, THIRD = "Better-Horse-8", "Third-Horse-9"


@pytest.fixture(scope="session")
def aws(server: Server) -> Cli:
    return Cli(server.api)


def sign_in(aws: Cli, someone: Someone, password: str = PASSWORD, **more: str) -> Any:
    """The answer to name and password."""
    parameters = {"USERNAME": someone.username, "PASSWORD": password, **more}
    line = f"{BY_PASSWORD} --auth-parameters {{parameters}}"
    return aws(line, client=someone.realm.client_id, parameters=parameters)


def token_of(aws: Cli, someone: Someone, password: str = PASSWORD) -> str:
    return str(sign_in(aws, someone, password)["AuthenticationResult"]["AccessToken"])


def attributes(answer: Any) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in answer["UserAttributes"]}


@pytest.mark.parametrize("operation", UNCALLED)
def test_every_other_operation_answers_by_its_own_words(aws: Cli, operation: str) -> None:
    """Called with made-up names: Cognito's own refusal, or ours that names the operation."""
    line = f"{xform_name(operation, '-')} --cli-input-json {{given}}"
    try:
        aws(line, given=least_input(operation))
        words = "no refusal"
    except CliRefused as refusal:
        words = str(refusal)
    if operation in OPERATIONS:
        assert words == "no refusal" or "An error occurred" in words, words
        assert not re.search("NotImplementedInSandbox|UnknownOperation|InternalError", words), words
    else:
        assert f"(NotImplementedInSandboxException) when calling the {operation}" in words, words


def test_pools_and_clients(aws: Cli) -> None:
    made = aws(
        "create-user-pool --pool-name cli --sms-configuration {sms} --email-configuration {email}"
        " --auto-verified-attributes email --policies {policies}",
        sms=SMS_CONFIGURATION,
        email=EMAIL_CONFIGURATION,
        policies={"PasswordPolicy": {"MinimumLength": 12}},
    )["UserPool"]
    pool = made["Id"]
    assert made["Policies"]["PasswordPolicy"]["MinimumLength"] == 12
    aws(
        "update-user-pool --user-pool-id {pool} --auto-verified-attributes email phone_number"
        " --sms-configuration {sms} --email-configuration {email}",
        pool=pool,
        sms=SMS_CONFIGURATION,
        email=EMAIL_CONFIGURATION,
    )
    described = aws("describe-user-pool --user-pool-id {pool}", pool=pool)["UserPool"]
    assert described["AutoVerifiedAttributes"] == ["email", "phone_number"]
    assert pool in [each["Id"] for each in aws("list-user-pools --max-results 60")["UserPools"]]
    aws(
        "set-user-pool-mfa-config --user-pool-id {pool} --mfa-configuration OPTIONAL"
        " --software-token-mfa-configuration Enabled=true --sms-mfa-configuration {sms}",
        pool=pool,
        sms=FACTOR_BLOCKS[SMS]["SmsMfaConfiguration"],
    )
    config = aws("get-user-pool-mfa-config --user-pool-id {pool}", pool=pool)
    assert config["MfaConfiguration"] == "OPTIONAL"
    assert config["SoftwareTokenMfaConfiguration"] == {"Enabled": True}
    clients(aws, pool)
    aws("delete-user-pool --user-pool-id {pool}", pool=pool)
    with pytest.raises(CliRefused, match="ResourceNotFoundException"):
        aws("describe-user-pool --user-pool-id {pool}", pool=pool)


def clients(aws: Cli, pool: str) -> None:
    made = aws(
        "create-user-pool-client --user-pool-id {pool} --client-name cli --generate-secret"
        " --explicit-auth-flows ALLOW_USER_SRP_AUTH ALLOW_REFRESH_TOKEN_AUTH",
        pool=pool,
    )["UserPoolClient"]
    client = made["ClientId"]
    assert made["ClientSecret"]
    aws(
        "update-user-pool-client --user-pool-id {pool} --client-id {client}"
        " --access-token-validity 5 --token-validity-units AccessToken=minutes",
        pool=pool,
        client=client,
    )
    described = aws(
        "describe-user-pool-client --user-pool-id {pool} --client-id {client}",
        pool=pool,
        client=client,
    )["UserPoolClient"]
    assert described["AccessTokenValidity"] == 5
    listed = aws("list-user-pool-clients --user-pool-id {pool}", pool=pool)["UserPoolClients"]
    assert [each["ClientId"] for each in listed] == [client]
    aws(
        "delete-user-pool-client --user-pool-id {pool} --client-id {client}",
        pool=pool,
        client=client,
    )
    assert not aws("list-user-pool-clients --user-pool-id {pool}", pool=pool)["UserPoolClients"]


def test_people_by_an_administrator(aws: Cli, optional: Realm) -> None:
    someone = Someone(optional, "cli.person", "")
    who = {"pool": optional.pool_id, "name": someone.username}
    made = aws(
        "admin-create-user --user-pool-id {pool} --username {name} --message-action SUPPRESS"
        " --temporary-password {password} --user-attributes Name=email,Value={email}"
        " Name=email_verified,Value=true Name=nickname,Value=Pat",
        **who,
        password=PASSWORD,
        email=someone.email,
    )["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    aws(
        "admin-set-user-password --user-pool-id {pool} --username {name} --password {password}"
        " --permanent",
        **who,
        password=PASSWORD,
    )
    aws(
        "admin-update-user-attributes --user-pool-id {pool} --username {name}"
        " --user-attributes Name=given_name,Value=Pat Name=family_name,Value=Doe",
        **who,
    )
    aws(
        "admin-delete-user-attributes --user-pool-id {pool} --username {name}"
        " --user-attribute-names nickname",
        **who,
    )
    seen = aws("admin-get-user --user-pool-id {pool} --username {name}", **who)
    assert seen["UserStatus"] == "CONFIRMED"
    assert attributes(seen)["family_name"] == "Doe"
    assert "nickname" not in attributes(seen)
    aws("admin-disable-user --user-pool-id {pool} --username {name}", **who)
    with pytest.raises(CliRefused, match=r"NotAuthorizedException.*User is disabled\."):
        sign_in(aws, someone)
    aws("admin-enable-user --user-pool-id {pool} --username {name}", **who)
    token = token_of(aws, someone)
    aws("admin-user-global-sign-out --user-pool-id {pool} --username {name}", **who)
    with pytest.raises(CliRefused, match="Access Token has been revoked"):
        aws("get-user --access-token {token}", token=token)
    aws("admin-reset-user-password --user-pool-id {pool} --username {name}", **who)
    with pytest.raises(CliRefused, match="PasswordResetRequiredException"):
        sign_in(aws, someone)
    aws(
        "confirm-forgot-password --client-id {client} --username {name} --password {password}"
        " --confirmation-code {code}",
        client=optional.client_id,
        name=someone.username,
        password=BETTER,
        code=optional.server.code_sent_to(someone.email),
    )
    assert token_of(aws, someone, BETTER)
    aws("admin-delete-user --user-pool-id {pool} --username {name}", **who)
    with pytest.raises(CliRefused, match=r"UserNotFoundException.*User does not exist\."):
        aws("admin-get-user --user-pool-id {pool} --username {name}", **who)


def test_c151_c152_list_users_filters_and_pages(aws: Cli, make_realm: MakeRealm) -> None:
    realm = make_realm()
    names = {realm.person(email=True).username for _ in range(5)}
    listed = aws("list-users --user-pool-id {pool} --page-size 2", pool=realm.pool_id)["Users"]
    assert {each["Username"] for each in listed} == names
    first = aws("list-users --user-pool-id {pool} --limit 2 --no-paginate", pool=realm.pool_id)
    assert len(first["Users"]) == 2
    assert first["PaginationToken"]
    one = min(names)
    found = aws(
        "list-users --user-pool-id {pool} --filter {filter} --attributes-to-get email",
        pool=realm.pool_id,
        filter=f'email ^= "{one}"',
    )["Users"]
    assert [each["Username"] for each in found] == [one]
    assert found[0]["Attributes"] == [{"Name": "email", "Value": f"{one}@example.com"}]


def test_groups(aws: Cli, make_realm: MakeRealm) -> None:
    realm = make_realm()
    who = {"pool": realm.pool_id, "name": realm.person().username, "group": "staff"}
    aws("create-group --user-pool-id {pool} --group-name {group} --precedence 1", **who)
    aws("update-group --user-pool-id {pool} --group-name {group} --description Us", **who)
    assert aws("get-group --user-pool-id {pool} --group-name {group}", **who)["Group"][
        "Description"
    ] == ("Us")
    member = "--user-pool-id {pool} --username {name} --group-name {group}"
    aws(f"admin-add-user-to-group {member}", **who)
    listed = aws("list-users-in-group --user-pool-id {pool} --group-name {group}", **who)
    assert [each["Username"] for each in listed["Users"]] == [who["name"]]
    mine = aws("admin-list-groups-for-user --user-pool-id {pool} --username {name}", **who)
    assert [each["GroupName"] for each in mine["Groups"]] == ["staff"]
    aws(f"admin-remove-user-from-group {member}", **who)
    assert len(aws("list-groups --user-pool-id {pool}", **who)["Groups"]) == 1
    aws("delete-group --user-pool-id {pool} --group-name {group}", **who)
    assert aws("list-groups --user-pool-id {pool}", **who)["Groups"] == []


def test_sign_up_and_passwords(aws: Cli, optional: Realm) -> None:
    someone, server = Someone(optional, "cli.newcomer", ""), optional.server
    who = {"client": optional.client_id, "name": someone.username}
    made = aws(
        "sign-up --client-id {client} --username {name} --password {password}"
        " --user-attributes Name=email,Value={email}",
        **who,
        password=PASSWORD,
        email=someone.email,
    )
    assert made["UserConfirmed"] is False
    assert made["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    aws("resend-confirmation-code --client-id {client} --username {name}", **who)
    aws(
        "confirm-sign-up --client-id {client} --username {name} --confirmation-code {code}",
        **who,
        code=server.code_sent_to(someone.email),
    )
    asked = aws("forgot-password --client-id {client} --username {name}", **who)
    assert asked["CodeDeliveryDetails"]["AttributeName"] == "email"
    aws(
        "confirm-forgot-password --client-id {client} --username {name} --password {password}"
        " --confirmation-code {code}",
        **who,
        password=BETTER,
        code=server.code_sent_to(someone.email),
    )
    token = token_of(aws, someone, BETTER)
    aws(
        "change-password --previous-password {old} --proposed-password {new}"
        " --access-token {token}",
        old=BETTER,
        new=THIRD,
        token=token,
    )
    token = token_of(aws, someone, THIRD)
    aws("delete-user --access-token {token}", token=token)
    with pytest.raises(CliRefused, match=r"Incorrect username or password\."):
        sign_in(aws, someone, THIRD)


def test_sign_up_confirmed_by_an_administrator(aws: Cli, off: Realm) -> None:
    someone = Someone(off, "cli.confirmed", "")
    aws(
        "sign-up --client-id {client} --username {name} --password {password}",
        client=off.client_id,
        name=someone.username,
        password=PASSWORD,
    )
    with pytest.raises(CliRefused, match="UserNotConfirmedException"):
        sign_in(aws, someone)
    aws(
        "admin-confirm-sign-up --user-pool-id {pool} --username {name}",
        pool=off.pool_id,
        name=someone.username,
    )
    assert token_of(aws, someone)


def test_c055_c056_ones_own_attributes(aws: Cli, optional: Realm) -> None:
    someone, server = optional.person(email=True), optional.server
    token = token_of(aws, someone)
    new = f"new.{someone.email}"
    changed = aws(
        "update-user-attributes --access-token {token} --user-attributes Name=email,Value={new}"
        " Name=nickname,Value=Pat",
        token=token,
        new=new,
    )
    assert changed["CodeDeliveryDetailsList"][0]["DeliveryMedium"] == "EMAIL"
    assert attributes(aws("get-user --access-token {token}", token=token))["email"] != new
    sent = aws(
        "get-user-attribute-verification-code --access-token {token} --attribute-name email",
        token=token,
    )
    assert sent["CodeDeliveryDetails"]["AttributeName"] == "email"
    aws(
        "verify-user-attribute --access-token {token} --attribute-name email --code {code}",
        token=token,
        code=server.inbox(new)[0]["code"],
    )
    aws(
        "delete-user-attributes --access-token {token} --user-attribute-names nickname",
        token=token,
    )
    seen = attributes(aws("get-user --access-token {token}", token=token))
    assert (seen["email"], seen["email_verified"]) == (new, "true")
    assert "nickname" not in seen


def test_c014_an_app_is_set_up_preferred_and_asked_for(aws: Cli, make_realm: MakeRealm) -> None:
    """The whole way: association, proof, preference, the challenge and its answer."""
    realm = make_realm("OPTIONAL", ALL)
    server, someone = realm.server, realm.person(email=True, phone=True)
    token = token_of(aws, someone)
    secret = aws("associate-software-token --access-token {token}", token=token)["SecretCode"]
    server.stand_still()
    server.settle_in_step()
    proved = aws(
        "verify-software-token --access-token {token} --user-code {code}"
        " --friendly-device-name Phone",
        token=token,
        code=server.totp(secret, -1),
    )
    assert proved["Status"] == "SUCCESS"
    aws(
        "set-user-mfa-preference --access-token {token}"
        " --software-token-mfa-settings Enabled=true,PreferredMfa=true"
        " --sms-mfa-settings Enabled=true,PreferredMfa=false",
        token=token,
    )
    seen = aws("get-user --access-token {token}", token=token)
    assert seen["PreferredMfaSetting"] == TOTP
    assert set(seen["UserMFASettingList"]) == {TOTP, SMS}
    factors = aws("get-user-auth-factors --access-token {token}", token=token)
    assert factors["PreferredMfaSetting"] == TOTP
    asked = sign_in(aws, someone)
    assert asked["ChallengeName"] == TOTP
    answered = aws(
        f"{ANSWER} --challenge-name SOFTWARE_TOKEN_MFA --challenge-responses {{responses}}",
        client=realm.client_id,
        session=asked["Session"],
        responses={
            "USERNAME": someone.username,
            "SOFTWARE_TOKEN_MFA_CODE": server.totp(secret),
        },
    )
    assert answered["AuthenticationResult"]["TokenType"] == "Bearer"
    by_an_administrator(aws, someone)


def by_an_administrator(aws: Cli, someone: Someone) -> None:
    who = {"pool": someone.realm.pool_id, "name": someone.username}
    aws(
        "admin-set-user-mfa-preference --user-pool-id {pool} --username {name}"
        " --email-mfa-settings Enabled=true,PreferredMfa=true",
        **who,
    )
    seen = aws("admin-get-user --user-pool-id {pool} --username {name}", **who)
    assert seen["PreferredMfaSetting"] == EMAIL
    factors = aws("admin-get-user-auth-factors --user-pool-id {pool} --username {name}", **who)
    assert set(factors["UserMFASettingList"]) == {SMS, TOTP, EMAIL}
    sms = "--mfa-options DeliveryMedium=SMS,AttributeName=phone_number"
    aws(f"admin-set-user-settings --user-pool-id {{pool}} --username {{name}} {sms}", **who)
    token = str(someone.token)
    aws(f"set-user-settings --access-token {{token}} {sms}", token=token)
    assert aws("get-user --access-token {token}", token=token)["MFAOptions"]


def test_sign_in_by_an_administrator(aws: Cli, make_realm: MakeRealm) -> None:
    realm = make_realm("OPTIONAL", ALL).client(
        ExplicitAuthFlows=[*FLOWS, "ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )
    someone = realm.person(email=True, phone=True)
    someone.prefer(SMS=(True, True))
    who = {"pool": realm.pool_id, "client": realm.client_id}
    asked = aws(
        "admin-initiate-auth --user-pool-id {pool} --client-id {client}"
        " --auth-flow ADMIN_USER_PASSWORD_AUTH --auth-parameters {parameters}",
        **who,
        parameters={"USERNAME": someone.username, "PASSWORD": PASSWORD},
    )
    assert asked["ChallengeName"] == SMS
    answered = aws(
        "admin-respond-to-auth-challenge --user-pool-id {pool} --client-id {client}"
        " --challenge-name SMS_MFA --session {session} --challenge-responses {responses}",
        **who,
        session=asked["Session"],
        responses={
            "USERNAME": someone.username,
            "SMS_MFA_CODE": realm.server.code_sent_to(someone.phone),
        },
    )
    assert answered["AuthenticationResult"]["RefreshToken"]


def test_tokens_are_renewed_and_revoked(aws: Cli, off: Realm) -> None:
    someone = off.person()
    tokens = sign_in(aws, someone)["AuthenticationResult"]
    renewed = aws(
        "initiate-auth --client-id {client} --auth-flow REFRESH_TOKEN_AUTH"
        " --auth-parameters {parameters}",
        client=off.client_id,
        parameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )["AuthenticationResult"]
    assert "RefreshToken" not in renewed
    aws(
        "revoke-token --client-id {client} --token {token}",
        client=off.client_id,
        token=tokens["RefreshToken"],
    )
    with pytest.raises(CliRefused, match="Access Token has been revoked"):
        aws("global-sign-out --access-token {token}", token=tokens["AccessToken"])
    token = token_of(aws, someone)
    aws("global-sign-out --access-token {token}", token=token)
    with pytest.raises(CliRefused, match="Access Token has been revoked"):
        aws("get-user --access-token {token}", token=token)


def test_c139_a_refresh_token_is_rotated(aws: Cli, off: Realm) -> None:
    realm = off.client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    old = sign_in(aws, realm.person())["AuthenticationResult"]["RefreshToken"]
    line = "get-tokens-from-refresh-token --client-id {client} --refresh-token {token}"
    new = aws(line, client=realm.client_id, token=old)["AuthenticationResult"]["RefreshToken"]
    assert new != old
    with pytest.raises(CliRefused, match="RefreshTokenReuseException"):
        aws(line, client=realm.client_id, token=old)


def test_c116_devices(aws: Cli, make_realm: MakeRealm) -> None:
    realm = make_realm(
        DeviceConfiguration={
            "ChallengeRequiredOnNewDevice": True,
            "DeviceOnlyRememberedOnUserPrompt": True,
        }
    )
    someone = realm.person()
    who = {"pool": realm.pool_id, "name": someone.username}
    tokens = sign_in(aws, someone)["AuthenticationResult"]
    mine = {"token": tokens["AccessToken"], "key": tokens["NewDeviceMetadata"]["DeviceKey"]}
    number = base64.b64encode(bytes(range(16, 48))).decode()
    confirmed = aws(
        "confirm-device --access-token {token} --device-key {key} --device-name Laptop"
        " --device-secret-verifier-config PasswordVerifier={number},Salt={number}",
        **mine,
        number=number,
    )
    assert confirmed["UserConfirmationNecessary"] is True
    aws(
        "update-device-status --access-token {token} --device-key {key}"
        " --device-remembered-status remembered",
        **mine,
    )
    assert len(aws("list-devices --access-token {token}", **mine)["Devices"]) == 1
    seen = aws("get-device --access-token {token} --device-key {key}", **mine)["Device"]
    named = {each["Name"]: each["Value"] for each in seen["DeviceAttributes"]}
    assert named["device_name"] == "Laptop"
    whose = {**who, "key": mine["key"]}
    aws(
        "admin-update-device-status --user-pool-id {pool} --username {name} --device-key {key}"
        " --device-remembered-status not_remembered",
        **whose,
    )
    one = "--user-pool-id {pool} --username {name} --device-key {key}"
    assert aws(f"admin-get-device {one}", **whose)["Device"]["DeviceKey"] == mine["key"]
    aws("forget-device --access-token {token} --device-key {key}", **mine)
    assert not aws("admin-list-devices --user-pool-id {pool} --username {name}", **who)
    again = sign_in(aws, someone)["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"]
    aws(f"admin-forget-device {one}", **who, key=again)
    with pytest.raises(CliRefused, match="ResourceNotFoundException"):
        aws(f"admin-get-device {one}", **who, key=again)


def test_a_refusal_is_an_exit_status_and_a_sentence(aws: Cli, off: Realm) -> None:
    with pytest.raises(CliRefused) as caught:
        sign_in(aws, off.person(), "Wrong-Horse-7")
    assert str(caught.value).endswith(
        "An error occurred (NotAuthorizedException) when calling the InitiateAuth operation:"
        " Incorrect username or password."
    )

"""Checklist C144 to C150, and the reads of contract 10.1."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.kit import (
    ALL,
    EMAIL,
    SMS,
    SMS_CONFIGURATION,
    TOTP,
    Realm,
    Server,
    refused,
)

TOGETHER = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
NO_FACTOR = (
    "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled."
)
NEEDS_SMS = (
    "SMS configuration and Auto verification for phone_number are required when MFA is "
    "required/optional"
)


def config(realm: Realm) -> dict[str, Any]:
    """GetUserPoolMfaConfig."""
    answer: dict[str, Any] = realm.server.admin.get_user_pool_mfa_config(UserPoolId=realm.pool_id)
    del answer["ResponseMetadata"]
    return answer


def described(realm: Realm) -> dict[str, Any]:
    """DescribeUserPool."""
    answer: dict[str, Any] = realm.server.admin.describe_user_pool(UserPoolId=realm.pool_id)
    pool: dict[str, Any] = answer["UserPool"]
    return pool


def with_first_factors(*factors: str) -> dict[str, Any]:
    """Policies with these first factors."""
    return {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": list(factors)}}}


def test_an_absent_block_means_off(make_realm: MakeRealm) -> None:
    realm = make_realm("OPTIONAL", (TOTP,))
    assert config(realm) == {
        "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": True},
    }
    realm.set_mfa("ON", SMS, EMAIL)
    assert config(realm) == {
        "MfaConfiguration": "ON",
        "SmsMfaConfiguration": {"SmsConfiguration": SMS_CONFIGURATION},
        "EmailMfaConfiguration": {},
    }


def test_describe_user_pool_tells_the_mode_but_not_the_factors(required: Realm) -> None:
    pool = described(required)
    assert pool["MfaConfiguration"] == "ON"
    assert "SoftwareTokenMfaConfiguration" not in pool
    assert pool["UserPoolTier"] == "ESSENTIALS"
    assert pool["Arn"].endswith(f":userpool/{required.pool_id}")
    assert {each["Name"] for each in pool["SchemaAttributes"]} >= {"sub", "email", "birthdate"}


def test_c144_only_the_pool_id(make_realm: MakeRealm) -> None:
    realm = make_realm("ON", (TOTP,))
    realm.server.admin.set_user_pool_mfa_config(UserPoolId=realm.pool_id)
    assert config(realm) == {"MfaConfiguration": "OFF"}


@pytest.mark.parametrize("mode", [{}, {"MfaConfiguration": "OFF"}])
@pytest.mark.parametrize(
    "block",
    [
        {"SoftwareTokenMfaConfiguration": {"Enabled": False}},
        {"SmsMfaConfiguration": {"SmsConfiguration": SMS_CONFIGURATION}},
        {"EmailMfaConfiguration": {}},
    ],
    ids=["totp", "sms", "email"],
)
def test_c145_off_with_a_factor(off: Realm, mode: dict[str, Any], block: dict[str, Any]) -> None:
    with refused("InvalidParameterException", TOGETHER):
        off.server.admin.set_user_pool_mfa_config(UserPoolId=off.pool_id, **mode, **block)


def test_off_with_webauthn_is_accepted(make_realm: MakeRealm) -> None:
    realm = make_realm()
    passkey = {"RelyingPartyId": "localhost", "UserVerification": "preferred"}
    realm.set_mfa("OFF", WebAuthnConfiguration=passkey)
    assert config(realm)["WebAuthnConfiguration"] == passkey


@pytest.mark.parametrize("mode", ["ON", "OPTIONAL"])
def test_c146_no_factor(off: Realm, mode: str) -> None:
    call = off.server.admin.set_user_pool_mfa_config
    for more in ({}, {"SoftwareTokenMfaConfiguration": {"Enabled": False}}):
        with refused("InvalidParameterException", NO_FACTOR):
            call(UserPoolId=off.pool_id, MfaConfiguration=mode, **more)


@pytest.mark.parametrize("factor", ["EMAIL_OTP", "SMS_OTP"])
def test_c147_codes_as_first_factor(make_realm: MakeRealm, factor: str) -> None:
    realm = make_realm(**with_first_factors("PASSWORD", factor))
    words = "Only PASSWORD and WEB_AUTHN (if configured) can be enabled as an auth factor if MFA is"
    with refused("InvalidParameterException", f"{words} enabled"):
        realm.set_mfa("ON", *ALL)
    realm.set_mfa("OPTIONAL", *ALL)


def test_c148_single_factor_passkey(make_realm: MakeRealm) -> None:
    realm = make_realm(**with_first_factors("PASSWORD", "WEB_AUTHN"))
    words = (
        "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn "
        "is an allowed first auth factor"
    )
    for passkey in ({}, {"WebAuthnConfiguration": {"FactorConfiguration": "SINGLE_FACTOR"}}):
        with refused("InvalidParameterException", words):
            realm.set_mfa("ON", TOTP, **passkey)
    multi = {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
    realm.set_mfa("ON", TOTP, WebAuthnConfiguration=multi)


def test_passkey_as_first_factor_added_to_a_required_pool(make_realm: MakeRealm) -> None:
    realm = make_realm("ON", (TOTP,))
    words = (
        "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA."
    )
    with refused("InvalidParameterException", words):
        realm.server.admin.update_user_pool(
            UserPoolId=realm.pool_id, **with_first_factors("PASSWORD", "WEB_AUTHN")
        )


def test_c149_what_an_update_keeps_and_resets(make_realm: MakeRealm) -> None:
    policy = {"PasswordPolicy": {"MinimumLength": 11, "RequireNumbers": True}}
    realm = make_realm("ON", (TOTP,), AutoVerifiedAttributes=["email"], Policies=policy)
    realm.server.admin.update_user_pool(UserPoolId=realm.pool_id, DeletionProtection="ACTIVE")
    pool = described(realm)
    assert pool["MfaConfiguration"] == "ON"
    assert pool["Policies"]["PasswordPolicy"]["MinimumLength"] == 11
    assert "AutoVerifiedAttributes" not in pool
    assert pool["DeletionProtection"] == "ACTIVE"
    assert config(realm)["SoftwareTokenMfaConfiguration"] == {"Enabled": True}


def test_c149_one_policy_updated_keeps_the_other(make_realm: MakeRealm) -> None:
    realm = make_realm(Policies={"PasswordPolicy": {"MinimumLength": 11}})
    realm.server.admin.update_user_pool(
        UserPoolId=realm.pool_id, **with_first_factors("PASSWORD", "EMAIL_OTP")
    )
    policies = described(realm)["Policies"]
    assert policies["PasswordPolicy"]["MinimumLength"] == 11
    assert policies["SignInPolicy"]["AllowedFirstAuthFactors"] == ["PASSWORD", "EMAIL_OTP"]


@pytest.mark.parametrize("mode", ["ON", "OPTIONAL"])
def test_c150_mfa_without_text_messages(server: Server, mode: str) -> None:
    with refused("InvalidParameterException", NEEDS_SMS):
        server.admin.create_user_pool(PoolName="x", MfaConfiguration=mode)


def test_c150_mfa_with_text_messages_switches_them_on(server: Server) -> None:
    made = server.admin.create_user_pool(
        PoolName="x", MfaConfiguration="ON", SmsConfiguration=SMS_CONFIGURATION
    )["UserPool"]
    found = server.admin.get_user_pool_mfa_config(UserPoolId=made["Id"])
    assert found["MfaConfiguration"] == "ON"
    assert "SmsMfaConfiguration" in found
    assert "SoftwareTokenMfaConfiguration" not in found


def test_email_factor_needs_a_sender_of_ones_own(server: Server) -> None:
    made = server.admin.create_user_pool(PoolName="x")["UserPool"]
    words = (
        "Cannot set EmailMfaConfiguration when user pool EmailConfiguration contains an "
        "EmailSendingAccount of COGNITO_DEFAULT"
    )
    with refused("InvalidParameterException", words):
        Realm(server, made["Id"], "").set_mfa("ON", EMAIL)


def test_sms_as_first_factor_needs_text_messages(server: Server) -> None:
    words = "SMS_OTP can not be configured as AuthFactor as user pool is missing valid SMS"
    with refused("InvalidParameterException", f"{words} configuration"):
        server.admin.create_user_pool(PoolName="x", **with_first_factors("PASSWORD", "SMS_OTP"))


def test_recovery_by_phone_only_excludes_sms_as_factor(make_realm: MakeRealm) -> None:
    only = {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}]}
    realm = make_realm(AccountRecoverySetting=only)
    words = (
        "Invalid account recovery setting parameter. Account Recovery Setting cannot use "
        "verified_phone_number as a recovery mechanism when SMS MFA is configured."
    )
    with refused("InvalidParameterException", words):
        realm.set_mfa("OPTIONAL", SMS, TOTP)
    realm.set_mfa("OPTIONAL", TOTP)


def test_attributes_proved_before_update_must_be_auto_verified(server: Server) -> None:
    with refused("InvalidParameterException"):
        server.admin.create_user_pool(
            PoolName="x",
            UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
        )


def test_client_defaults_and_secret(off: Realm) -> None:
    made = off.server.admin.create_user_pool_client(
        UserPoolId=off.pool_id, ClientName="plain", GenerateSecret=True
    )["UserPoolClient"]
    found = off.server.admin.describe_user_pool_client(
        UserPoolId=off.pool_id, ClientId=made["ClientId"]
    )["UserPoolClient"]
    assert found == made
    assert found["EnableTokenRevocation"] is True
    assert (found["RefreshTokenValidity"], found["AuthSessionValidity"]) == (30, 3)
    assert "ALLOW_USER_SRP_AUTH" in found["ExplicitAuthFlows"]
    assert len(found["ClientSecret"]) >= 24


def test_client_update_keeps_secret_and_resets_the_rest(off: Realm) -> None:
    realm = off.client(GenerateSecret=True, AuthSessionValidity=9)
    changed = off.server.admin.update_user_pool_client(
        UserPoolId=off.pool_id, ClientId=realm.client_id, AccessTokenValidity=2
    )["UserPoolClient"]
    assert changed["ClientSecret"] == realm.secret
    assert (changed["AuthSessionValidity"], changed["AccessTokenValidity"]) == (3, 2)


@pytest.mark.parametrize("seconds", [299, 86401])
def test_client_validity_has_limits(off: Realm, seconds: int) -> None:
    unit = {"AccessToken": "seconds"}
    with refused("InvalidParameterException"):
        off.client(AccessTokenValidity=seconds, TokenValidityUnits=unit)


def test_clients_are_listed_and_deleted(make_realm: MakeRealm) -> None:
    realm = make_realm()
    extra = realm.client()
    admin = realm.server.admin
    pages = admin.get_paginator("list_user_pool_clients").paginate(
        UserPoolId=realm.pool_id, PaginationConfig={"PageSize": 1}
    )
    found = [each["ClientId"] for page in pages for each in page["UserPoolClients"]]
    assert found == [realm.client_id, extra.client_id]
    token = extra.person().token
    admin.delete_user_pool_client(UserPoolId=realm.pool_id, ClientId=extra.client_id)
    with refused("ResourceNotFoundException"):
        admin.describe_user_pool_client(UserPoolId=realm.pool_id, ClientId=extra.client_id)
    with refused("NotAuthorizedException"):
        realm.server.user.get_user(AccessToken=token)


def test_client_of_another_pool_is_unknown(off: Realm, optional: Realm) -> None:
    with refused("ResourceNotFoundException"):
        off.server.admin.describe_user_pool_client(
            UserPoolId=optional.pool_id, ClientId=off.client_id
        )


def test_pools_are_listed_page_by_page(make_realm: MakeRealm) -> None:
    realm = make_realm()
    pages = realm.server.admin.get_paginator("list_user_pools").paginate(
        PaginationConfig={"PageSize": 4}
    )
    found = [each["Id"] for page in pages for each in page["UserPools"]]
    assert len(found) == len(set(found))
    assert realm.pool_id in found


def test_pool_is_deleted_with_everything_in_it(make_realm: MakeRealm) -> None:
    realm = make_realm()
    token, admin = realm.person().token, realm.server.admin
    admin.update_user_pool(UserPoolId=realm.pool_id, DeletionProtection="ACTIVE")
    with refused("InvalidParameterException"):
        admin.delete_user_pool(UserPoolId=realm.pool_id)
    admin.update_user_pool(UserPoolId=realm.pool_id, DeletionProtection="INACTIVE")
    admin.delete_user_pool(UserPoolId=realm.pool_id)
    with refused("ResourceNotFoundException", f"User pool {realm.pool_id} does not exist."):
        admin.describe_user_pool(UserPoolId=realm.pool_id)
    with refused("NotAuthorizedException"):
        realm.server.user.get_user(AccessToken=token)


def test_own_words_in_messages(make_realm: MakeRealm) -> None:
    realm = make_realm()
    realm.server.admin.set_user_pool_mfa_config(
        UserPoolId=realm.pool_id,
        MfaConfiguration="ON",
        EmailMfaConfiguration={"Message": "Type {####} please", "Subject": "Hello"},
    )
    person = realm.person(email=True)
    person.sign_in()
    sent = realm.server.inbox(person.email)[0]
    assert sent["text"] == f"Type {sent['code']} please"
    assert sent["subject"] == "Hello"

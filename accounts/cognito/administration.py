"""Operations authorised by IAM: what the pool is and allows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.cache import caches

from accounts.cognito import client
from accounts.cognito.errors import Misconfigured, cognito_errors


@dataclass(frozen=True)
class PoolFacts:
    """What a pool allows, in Cognito's own terms.

    mfa: OFF, OPTIONAL or ON. offered: factors switched on for the pool. recovery: attributes a
    password can be reset by, most important first; empty for admin_only and for the legacy rule.
    resets_passwords: whether people may do that themselves, by either rule. first_factors: what a
    sign-in by choice may begin with. remembers_devices: whether a remembered device stands in for
    a second step: "always", "opt_in" (only those a person says), or "" for no.
    passkeys: whether people may register some and sign in with them; passkeys_count: whether one
    may stand for the second step, too. records_sign_ins: whether threat protection keeps events.
    """

    mfa: str
    offered: frozenset[str]
    recovery: tuple[str, ...]
    verified_before_update: frozenset[str]
    password_policy: Mapping[str, Any]
    resets_passwords: bool = True
    first_factors: frozenset[str] = frozenset({"PASSWORD"})
    remembers_devices: str = ""
    passkeys: bool = False
    passkeys_count: bool = False
    records_sign_ins: bool = False


RECOVERY_ATTRIBUTE = {"verified_email": "email", "verified_phone_number": "phone_number"}


def pool_facts() -> PoolFacts:
    """Read the pool's settings, at most every five minutes per process.

    Errors: Misconfigured (rights missing), TryLater, CognitoUnreachable. Source: contract 10.1.
    """
    cache = caches["process"]
    facts: PoolFacts | None = cache.get("pool-facts")
    if facts is None:
        facts = _read_pool_facts()
        cache.set("pool-facts", facts, settings.POOL_FACTS_MAX_AGE.total_seconds())
    return facts


def _read_pool_facts() -> PoolFacts:
    pool_id = settings.COGNITO_USER_POOL_ID
    with cognito_errors("DescribeUserPool", NotAuthorizedException=Misconfigured):
        pool = client.administration().describe_user_pool(UserPoolId=pool_id)["UserPool"]
    with cognito_errors("GetUserPoolMfaConfig", NotAuthorizedException=Misconfigured):
        mfa = client.administration().get_user_pool_mfa_config(UserPoolId=pool_id)
    return facts_from(pool, mfa)


def facts_from(pool: Mapping[str, Any], mfa: Mapping[str, Any]) -> PoolFacts:
    """Translate the two replies; an absent factor block means off (contract 10.1)."""
    update = pool.get("UserAttributeUpdateSettings", {})
    recovery = pool.get("AccountRecoverySetting", {})
    policies = pool.get("Policies", {})
    first = policies.get("SignInPolicy", {}).get("AllowedFirstAuthFactors")
    return PoolFacts(
        mfa=mfa.get("MfaConfiguration", "OFF"),
        offered=_offered(mfa),
        recovery=_recovery(recovery),
        verified_before_update=frozenset(
            update.get("AttributesRequireVerificationBeforeUpdate", ())
        ),
        password_policy=policies.get("PasswordPolicy", {}),
        resets_passwords=not recovery.get("RecoveryMechanisms") or bool(_recovery(recovery)),
        first_factors=frozenset(first or {"PASSWORD"}),
        remembers_devices=_remembers(pool.get("DeviceConfiguration") or {}),
        passkeys=_passkeys(pool),
        passkeys_count=_passkeys(pool) and _passkeys_count(mfa),
        records_sign_ins=pool.get("UserPoolAddOns", {}).get("AdvancedSecurityMode", "OFF") != "OFF",
    )


def _remembers(devices: Mapping[str, Any]) -> str:
    if not devices.get("ChallengeRequiredOnNewDevice"):
        return ""
    return "opt_in" if devices.get("DeviceOnlyRememberedOnUserPrompt") else "always"


def _offered(mfa: Mapping[str, Any]) -> frozenset[str]:
    on = {
        "SOFTWARE_TOKEN_MFA": mfa.get("SoftwareTokenMfaConfiguration", {}).get("Enabled", False),
        "SMS_MFA": "SmsMfaConfiguration" in mfa,
        "EMAIL_OTP": "EmailMfaConfiguration" in mfa,
    }
    return frozenset(factor for factor, is_on in on.items() if is_on)


def _recovery(setting: Mapping[str, Any]) -> tuple[str, ...]:
    mechanisms = sorted(setting.get("RecoveryMechanisms", ()), key=lambda each: each["Priority"])
    names = [RECOVERY_ATTRIBUTE.get(each["Name"]) for each in mechanisms]
    return tuple(name for name in names if name)


def _passkeys(pool: Mapping[str, Any]) -> bool:
    """Contract 7: a first factor of the sign-in by choice, and not on the smallest plan."""
    first = pool.get("Policies", {}).get("SignInPolicy", {}).get("AllowedFirstAuthFactors", ())
    return "WEB_AUTHN" in first and pool.get("UserPoolTier") != "LITE"


def _passkeys_count(mfa: Mapping[str, Any]) -> bool:
    kind = mfa.get("WebAuthnConfiguration", {}).get("FactorConfiguration")
    return bool(kind == "MULTI_FACTOR_WITH_USER_VERIFICATION")

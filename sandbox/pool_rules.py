"""Which pool configurations Cognito refuses, and with which words. Source: contract 10.2."""

from __future__ import annotations

from typing import Any

from sandbox.factors import CHANNEL_OF_RECOVERY, EMAIL, PASSKEY_AS_FACTOR, SMS, WEB_AUTHN
from sandbox.protocol import refusal

Document = dict[str, Any]
FACTOR_BLOCKS = ("SmsMfaConfiguration", "EmailMfaConfiguration", "SoftwareTokenMfaConfiguration")
WORD_FOR_FACTOR = {SMS: "SMS", EMAIL: "Email"}


def check_pool(settings: Document, mfa: Document) -> None:
    """Refuse settings that contradict each other or the pool's MFA configuration."""
    _check_sms_sender(settings.get("SmsConfiguration", {}))
    _check_update_settings(settings)
    _check_recovery(settings, mfa)
    _check_first_factors(settings, mfa)
    if settings.get("AliasAttributes") and settings.get("UsernameAttributes"):
        raise refusal("alias_and_username")


def check_mfa_at_pool(settings: Document, mfa: Document) -> None:
    """CreateUserPool and UpdateUserPool can switch MFA on only together with text messages."""
    if mfa.get("MfaConfiguration", "OFF") == "OFF" or _any_factor(mfa):
        return
    if "SmsConfiguration" not in settings:
        raise refusal("no_sms_for_mfa")


def check_mfa(settings: Document, mfa: Document) -> None:
    """The rules of SetUserPoolMfaConfig; `mfa` is its input."""
    blocks = [block for block in FACTOR_BLOCKS if block in mfa]
    if mfa.get("MfaConfiguration", "OFF") == "OFF":
        if blocks:
            raise refusal("off_with_factor")
        return
    if not _any_factor(mfa):
        raise refusal("mfa_without_factor")
    _check_email_sender(settings, mfa)
    _check_sms_factor(settings, mfa)


def _any_factor(mfa: Document) -> bool:
    totp = mfa.get("SoftwareTokenMfaConfiguration", {}).get("Enabled")
    return bool(totp) or "SmsMfaConfiguration" in mfa or "EmailMfaConfiguration" in mfa


def _check_email_sender(settings: Document, mfa: Document) -> None:
    sender = settings.get("EmailConfiguration", {}).get("EmailSendingAccount", "COGNITO_DEFAULT")
    if "EmailMfaConfiguration" not in mfa:
        return
    if sender == "COGNITO_DEFAULT":
        raise refusal("email_mfa_default_sender")
    if settings.get("UserPoolTier") == "LITE":
        raise refusal("tier_too_low", feature="Email MFA", tier="LITE")


def _check_sms_factor(settings: Document, mfa: Document) -> None:
    if "SmsMfaConfiguration" not in mfa:
        return
    given = mfa["SmsMfaConfiguration"].get("SmsConfiguration")
    _check_sms_sender(given or {})
    if not given and "SmsConfiguration" not in settings:
        raise refusal("sms_mfa_without_sms")


def _check_sms_sender(sms: Document) -> None:
    if "EumsSms" in sms and sms.get("SnsCallerArn"):
        raise refusal("two_sms_senders")


def _check_update_settings(settings: Document) -> None:
    update = settings.get("UserAttributeUpdateSettings", {})
    for attribute in update.get("AttributesRequireVerificationBeforeUpdate", ()):
        if attribute not in settings.get("AutoVerifiedAttributes", ()):
            raise refusal("require_without_verify", attribute=attribute)


def _check_recovery(settings: Document, mfa: Document) -> None:
    mechanisms = settings.get("AccountRecoverySetting", {}).get("RecoveryMechanisms", ())
    names = {each["Name"] for each in mechanisms}
    if "admin_only" in names and len(names) > 1:
        raise refusal("admin_only_alone")
    for mechanism, factor in CHANNEL_OF_RECOVERY.items():
        if names == {mechanism} and _is_on(factor, mfa):
            word = WORD_FOR_FACTOR[factor]
            raise refusal("recovery_is_factor", mechanism=mechanism, factor=word)


def _is_on(factor: str, mfa: Document) -> bool:
    block = "SmsMfaConfiguration" if factor == SMS else "EmailMfaConfiguration"
    return mfa.get("MfaConfiguration", "OFF") != "OFF" and block in mfa


def _check_first_factors(settings: Document, mfa: Document) -> None:
    policy = settings.get("Policies", {}).get("SignInPolicy", {})
    allowed = set(policy.get("AllowedFirstAuthFactors", ("PASSWORD",)))
    if "PASSWORD" not in allowed:
        raise refusal("password_not_first_factor")
    if settings.get("UserPoolTier") == "LITE" and allowed != {"PASSWORD"}:
        raise refusal("tier_too_low", feature="Choice-based sign-in", tier="LITE")
    if "SMS_OTP" in allowed and "SmsConfiguration" not in settings:
        raise refusal("sms_otp_without_sms")
    passkey = mfa.get("WebAuthnConfiguration", {}).get("FactorConfiguration")
    if settings.get("UserPoolTier") == "LITE" and passkey == PASSKEY_AS_FACTOR:
        raise refusal("tier_too_low", feature="Passkey MFA", tier="LITE")
    if mfa.get("MfaConfiguration") != "ON":
        return
    if allowed & {"EMAIL_OTP", "SMS_OTP"}:
        raise refusal("mfa_with_otp_first")
    if WEB_AUTHN in allowed and passkey != PASSKEY_AS_FACTOR:
        raise refusal("mfa_with_single_passkey")

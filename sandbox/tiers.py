"""What each feature plan lacks. Source: contract 9."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.protocol import refusal

Document = dict[str, Any]
Uses = Callable[[Document, Document], bool]


def _threat_protection(settings: Document, _mfa: Document) -> bool:
    add_ons = settings.get("UserPoolAddOns", {})
    return bool(add_ons.get("AdvancedSecurityMode", "OFF") != "OFF")


def _email_mfa(_settings: Document, mfa: Document) -> bool:
    return "EmailMfaConfiguration" in mfa


def _passkey_mfa(_settings: Document, mfa: Document) -> bool:
    passkeys = mfa.get("WebAuthnConfiguration", {})
    return bool(passkeys.get("FactorConfiguration", "SINGLE_FACTOR") != "SINGLE_FACTOR")


def _choice(settings: Document, _mfa: Document) -> bool:
    policy = settings.get("Policies", {}).get("SignInPolicy", {})
    return set(policy.get("AllowedFirstAuthFactors", ())) - {"PASSWORD"} != set()


def _password_history(settings: Document, _mfa: Document) -> bool:
    policy = settings.get("Policies", {}).get("PasswordPolicy", {})
    return bool(policy.get("PasswordHistorySize"))


def _access_token_customization(settings: Document, _mfa: Document) -> bool:
    trigger = settings.get("LambdaConfig", {}).get("PreTokenGenerationConfig", {})
    return bool(trigger.get("LambdaVersion", "V1_0") != "V1_0")


ESSENTIALS_HAVE: dict[str, Uses] = {
    "Email MFA": _email_mfa,
    "Passkey MFA": _passkey_mfa,
    "Choice-based sign-in": _choice,
    "Password history": _password_history,
    "Access token customization": _access_token_customization,
}
PLUS_HAS: dict[str, Uses] = {"Threat Protection": _threat_protection}
LACKS: dict[str, dict[str, Uses]] = {
    "LITE": ESSENTIALS_HAVE | PLUS_HAS,
    "ESSENTIALS": PLUS_HAS,
    "PLUS": {},
}


def check_sessions(settings: Document, *, tracked: bool) -> None:
    """Refuse a step down to Lite while sessions are tracked."""
    if tracked and settings.get("UserPoolTier") == "LITE":
        raise refusal("tier_conflict", tier="LITE", features="Session tracking")


def check_tier(settings: Document, mfa: Document) -> None:
    """Refuse a configuration that uses what its plan lacks."""
    tier = settings.get("UserPoolTier", "ESSENTIALS")
    used = [name for name, uses in LACKS[tier].items() if uses(settings, mfa)]
    if used:
        raise refusal("tier_conflict", tier=tier, features=", ".join(used))

"""Which factors a pool offers and whether it requires one. Source: contract 10."""

from __future__ import annotations

from typing import Any

from sandbox.core import Call
from sandbox.operations.registry import Answer, operation
from sandbox.pool_rules import check_mfa, check_pool
from sandbox.pools import Pool
from sandbox.protocol import refusal
from sandbox.relying_party import LOCALHOST, is_public_suffix

Document = dict[str, Any]


@operation("GetUserPoolMfaConfig")
def get_user_pool_mfa_config(call: Call) -> Answer:
    """The MFA mode and a block for each factor that is on."""
    return described(call.pool())


@operation("SetUserPoolMfaConfig")
def set_user_pool_mfa_config(call: Call) -> Answer:
    """Replace the MFA configuration as a whole; an omitted mode means OFF."""
    pool = call.pool()
    mfa = {name: value for name, value in call.input.items() if name != "UserPoolId"}
    _check_relying_party(mfa.get("WebAuthnConfiguration", {}))
    check_mfa(pool.settings, mfa)
    mfa.setdefault("MfaConfiguration", "OFF")
    settings = dict(pool.settings)
    sms = mfa.get("SmsMfaConfiguration", {}).get("SmsConfiguration")
    if sms:
        settings["SmsConfiguration"] = sms
    if "WebAuthnConfiguration" not in mfa and "WebAuthnConfiguration" in pool.mfa_settings:
        mfa["WebAuthnConfiguration"] = pool.mfa_settings["WebAuthnConfiguration"]
    check_pool(settings, mfa)
    document = {**pool.document, "mfa": mfa, "settings": settings}
    document["modified"] = call.sandbox.clock.stamp()
    return described(call.sandbox.pools.save(pool.id, document))


def _check_relying_party(web: Document) -> None:
    if is_public_suffix(web.get("RelyingPartyId", LOCALHOST)):
        raise refusal("public_suffix", domain=web["RelyingPartyId"])


def described(pool: Pool) -> Document:
    """Get- and SetUserPoolMfaConfigResponse: an absent block means that factor is off."""
    answer = {**pool.mfa_settings, "MfaConfiguration": pool.mfa}
    if "SmsMfaConfiguration" in answer and "SmsConfiguration" in pool.settings:
        sms = {"SmsConfiguration": pool.settings["SmsConfiguration"]}
        answer["SmsMfaConfiguration"] = sms | answer["SmsMfaConfiguration"]
    return answer

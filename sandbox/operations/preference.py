"""Which factors are activated and which one is preferred. Source: contract 2."""

from __future__ import annotations

from typing import Any

from sandbox.core import Call
from sandbox.factors import ATTRIBUTE, EMAIL, ORDER, SMS, TOTP
from sandbox.operations.registry import Answer, operation
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import refusal

BLOCKS = {
    "SMSMfaSettings": SMS,
    "SoftwareTokenMfaSettings": TOTP,
    "EmailMfaSettings": EMAIL,
}
SMS_OPTION = {"DeliveryMedium": "SMS", "AttributeName": "phone_number"}
Wanted = dict[str, dict[str, Any]]


@operation("SetUserMFAPreference")
def set_user_mfa_preference(call: Call) -> Answer:
    """Change one's own preference."""
    bearer = call.bearer()
    return _set_preference(call, bearer.pool, bearer.person)


@operation("AdminSetUserMFAPreference")
def admin_set_user_mfa_preference(call: Call) -> Answer:
    """Change somebody's preference."""
    pool, person = call.person()
    return _set_preference(call, pool, person)


@operation("SetUserSettings")
def set_user_settings(call: Call) -> Answer:
    """The operation before SetUserMFAPreference: text messages on, or everything off."""
    bearer = call.bearer()
    return _set_options(call, bearer.person)


@operation("AdminSetUserSettings")
def admin_set_user_settings(call: Call) -> Answer:
    """The same for somebody else."""
    _, person = call.person()
    return _set_options(call, person)


def _set_options(call: Call, person: Person) -> Answer:
    options = call.input["MFAOptions"]
    if any(option != SMS_OPTION for option in options):
        raise refusal("only_sms_option")
    if options and not _deliverable(person, SMS):
        raise refusal("no_delivery", factor=SMS)
    person.mfa_options = options
    apply_block(person, SMS, {"Enabled": bool(options)})
    person.modified = call.sandbox.clock.stamp()
    call.sandbox.people.touch(person)
    return {}


def _set_preference(call: Call, pool: Pool, person: Person) -> Answer:
    wanted = {factor: call.input[block] for block, factor in BLOCKS.items() if block in call.input}
    _refuse_contradictions(wanted)
    _refuse_impossible(pool, person, wanted)
    passkey = call.input.get("WebAuthnMfaSettings")
    _refuse_passkey(pool, person, wanted, passkey or {})
    before = (person.activated, person.preferred, person.passkey_mfa)
    for factor, block in wanted.items():
        apply_block(person, factor, block)
    if passkey is not None:
        person.passkey_mfa = bool(passkey.get("Enabled"))
    if before != (person.activated, person.preferred, person.passkey_mfa):
        person.modified = call.sandbox.clock.stamp()
        call.sandbox.people.touch(person)
    return {}


def apply_block(person: Person, factor: str, block: dict[str, Any]) -> None:
    """One block on its own: a block without PreferredMfa takes the preference away."""
    others = [each for each in person.activated if each != factor]
    activated = {*others, factor} if block.get("Enabled") else set(others)
    person.activated = [each for each in ORDER if each in activated]
    if block.get("PreferredMfa"):
        person.preferred = factor
    elif person.preferred == factor:
        person.preferred = None


def _refuse_contradictions(wanted: Wanted) -> None:
    preferred = [block for block in wanted.values() if block.get("PreferredMfa")]
    if len(preferred) > 1:
        raise refusal("two_preferred")
    if any(not block.get("Enabled") for block in preferred):
        raise refusal("preferred_not_enabled")


def _refuse_impossible(pool: Pool, person: Person, wanted: Wanted) -> None:
    for factor, block in wanted.items():
        if block.get("Enabled") and not _deliverable(person, factor):
            raise refusal("no_delivery", factor=factor)
        if block.get("Enabled") and factor == EMAIL and pool.tier == "LITE":
            raise refusal("email_factor_needs_plan")


def _deliverable(person: Person, factor: str) -> bool:
    """Whether a code could reach the person; that it is verified is not asked."""
    if factor == TOTP:
        return person.totp is not None
    return bool(person.attributes.get(ATTRIBUTE[factor]))


def _refuse_passkey(pool: Pool, person: Person, wanted: Wanted, block: dict[str, Any]) -> None:
    if not block.get("Enabled"):
        return
    if not pool.passkeys_are_mfa:
        raise refusal("passkey_not_mfa")
    after = {factor: block.get("Enabled", False) for factor, block in wanted.items()}
    if not any(after.get(factor, factor in person.activated) for factor in ORDER):
        raise refusal("passkey_alone")

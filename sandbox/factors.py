"""Which factor a sign-in asks for: the decision table, pure. Source: contract 2.4, 2.6 and 5.4."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sandbox.people import Person
    from sandbox.pools import Pool
    from sandbox.switches import Switches

SMS = "SMS_MFA"
TOTP = "SOFTWARE_TOKEN_MFA"
EMAIL = "EMAIL_OTP"
WEB_AUTHN = "WEB_AUTHN"
PASSKEY_AS_FACTOR = "MULTI_FACTOR_WITH_USER_VERIFICATION"

ORDER = (SMS, TOTP, EMAIL)
ATTRIBUTE = {SMS: "phone_number", EMAIL: "email"}
CHANNEL_OF_RECOVERY = {"verified_email": EMAIL, "verified_phone_number": SMS}
LEGACY_RECOVERY = ("verified_phone_number", "verified_email")


@dataclass(frozen=True)
class NextStep:
    """What follows a first factor: tokens, one challenge, a choice, a set-up, or a dead end."""

    kind: Literal["tokens", "challenge", "choice", "setup", "dead_end"]
    factors: tuple[str, ...] = ()


def next_step(pool: Pool, person: Person, switches: Switches) -> NextStep:
    """The step after a right password (rows D01 to D23)."""
    if pool.mfa == "OFF":
        return NextStep("tokens")
    usable = usable_factors(pool, person, switches)
    if person.preferred in usable:
        return NextStep("challenge", (person.preferred,))
    if len(usable) == 1:
        return NextStep("challenge", usable)
    if usable:
        return NextStep("choice", usable)
    return _set_up(pool, person, switches) if pool.mfa == "ON" else NextStep("tokens")


def usable_factors(pool: Pool, person: Person, switches: Switches) -> tuple[str, ...]:
    """The factors sign-in would really use, whatever the stored flags say."""
    possible = [factor for factor in ORDER if _possible(pool, person, factor, switches)]
    if pool.mfa == "ON":
        return tuple(possible)
    return tuple(each for each in possible if _activated(person, each, switches))


def passkey_is_mfa(pool: Pool, person: Person, switches: Switches) -> bool:
    """Whether somebody's passkey stands for a second factor too (row D25).

    It needs the pool's leave, the person's own WebAuthnMfaSettings, and another factor beside it,
    so that a lost passkey locks nobody out.
    """
    if not pool.passkeys_are_mfa:
        return False
    if switches.passkey_mfa_needs_setting and not person.passkey_mfa:
        return False
    if not switches.passkey_mfa_needs_another_factor:
        return True
    return bool(usable_factors(pool, person, switches))


def primary_recovery(pool: Pool, person: Person, switches: Switches) -> str | None:
    """The factor whose channel would get this person back in, so it cannot be a second factor."""
    for mechanism in recovery_mechanisms(pool, switches):
        factor = CHANNEL_OF_RECOVERY.get(mechanism)
        if factor and person.verified(ATTRIBUTE[factor]):
            return factor
    return None


def recovery_attribute(pool: Pool, person: Person, switches: Switches) -> str | None:
    """Where a code that resets the password may go: proved, and not the preferred second factor.

    A pool without AccountRecoverySetting keeps to the old rule, phone first. Source: contract 4.5.
    """
    mechanisms = LEGACY_RECOVERY if pool.recovery is None else pool.recovery
    preferred = person.preferred
    if pool.mfa == "OFF" and not switches.preference_bars_recovery_without_mfa:
        preferred = None
    for mechanism in mechanisms:
        factor = CHANNEL_OF_RECOVERY.get(mechanism)
        if factor and factor != preferred and person.verified(ATTRIBUTE[factor]):
            return ATTRIBUTE[factor]
    return None


def recovery_mechanisms(pool: Pool, switches: Switches) -> tuple[str, ...]:
    """The pool's ways of account recovery, most important first."""
    if pool.recovery is None and switches.legacy_recovery_without_setting:
        return LEGACY_RECOVERY
    return pool.recovery or ()


def _possible(pool: Pool, person: Person, factor: str, switches: Switches) -> bool:
    if factor == TOTP:
        # A token outlives the pool's switch: contract 2.6, last row.
        return person.totp is not None
    return (
        factor in pool.factors
        and bool(person.attributes.get(ATTRIBUTE[factor]))
        and factor != primary_recovery(pool, person, switches)
    )


def _activated(person: Person, factor: str, switches: Switches) -> bool:
    if factor == TOTP and switches.optional_unactivated_totp_is_asked:
        return True
    return factor in person.activated


def _set_up(pool: Pool, person: Person, switches: Switches) -> NextStep:
    """Rows D17 to D20: nothing usable in a pool that requires MFA."""
    recovery = primary_recovery(pool, person, switches)
    if recovery:
        offered = tuple(factor for factor in pool.factors if factor == TOTP)
    else:
        first = next(iter(recovery_mechanisms(pool, switches)), "")
        reserved = CHANNEL_OF_RECOVERY.get(first)
        offered = tuple(factor for factor in pool.factors if factor != reserved)
    return NextStep("setup", offered) if offered else NextStep("dead_end")

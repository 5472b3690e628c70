"""From what a person wants to the smallest SetUserMFAPreference request (contract 2.2, 2.3).

Rules: untouched factors are left out; a block always carries both flags, since `Enabled` alone
clears the preference; never two preferred; never preferred without enabled; preferring another
factor needs only its own block; disabling the preferred one never promotes another silently.
"""

from collections.abc import Mapping

from portal.factors import policy as rules
from portal.factors.domain import (
    Factor,
    MfaPreference,
    MfaState,
    PoolPolicy,
    PreferenceRefused,
    Refusal,
)

Blocks = Mapping[str, Mapping[str, bool]]

PASSKEY_KEY = "WebAuthnMfaSettings"

SETTINGS_KEY = {
    Factor.TOTP: "SoftwareTokenMfaSettings",
    Factor.SMS: "SMSMfaSettings",
    Factor.EMAIL: "EmailMfaSettings",
}


def current(state: MfaState, policy: PoolPolicy) -> MfaPreference:
    """The preference a form starts from: what is in force, not merely what is stored."""
    in_force = state.stored.activated | rules.effective(state, policy)
    return MfaPreference(in_force, state.stored.preferred)


def plan(state: MfaState, wanted: MfaPreference, policy: PoolPolicy) -> Blocks:
    """Return the blocks of one SetUserMFAPreference call; empty when nothing changes.

    Errors: PreferenceRefused, naming the reason and the factor.
    """
    now = current(state, policy)
    check(state, wanted, policy)
    return {
        SETTINGS_KEY[factor]: {
            "Enabled": factor in wanted.activated,
            # Always both flags: Enabled alone clears the preference (contract 2.2, row 4).
            "PreferredMfa": factor == wanted.preferred,
        }
        for factor in Factor
        if _must_be_sent(factor, now, wanted)
    }


def _must_be_sent(factor: Factor, now: MfaPreference, wanted: MfaPreference) -> bool:
    if (factor in now.activated) != (factor in wanted.activated):
        return True
    if factor == wanted.preferred:
        return factor != now.preferred
    # The old preferred one loses its flag by itself when another takes it (2.2, row 7).
    return factor == now.preferred and wanted.preferred is None


def check(state: MfaState, wanted: MfaPreference, policy: PoolPolicy) -> None:
    """Refuse what must not be sent. Errors: PreferenceRefused."""
    now = current(state, policy)
    if wanted.preferred is not None and wanted.preferred not in wanted.activated:
        raise PreferenceRefused(Refusal.PREFERRED_IS_OFF, wanted.preferred)
    for factor in rules.in_order(now.activated - wanted.activated):
        if not rules.may_be_switched_off(policy):
            raise PreferenceRefused(_why_it_stays(now), factor)
    if state.passkey_counts and now.activated and not wanted.activated:
        raise PreferenceRefused(Refusal.PASSKEY_NEEDS_ANOTHER, rules.in_order(now.activated)[0])
    for factor in rules.in_order(wanted.activated - now.activated):
        _check_new(factor, state, policy)
    if wanted.preferred != now.preferred:
        _check_first(state, now, wanted, policy)


def _check_first(
    state: MfaState, now: MfaPreference, wanted: MfaPreference, policy: PoolPolicy
) -> None:
    if wanted.preferred is not None:
        _check_usable(wanted.preferred, state, policy)
    elif now.preferred in wanted.activated and not rules.has_authenticator(now.preferred, state):
        # Without its number or address the pool takes no block but one that turns it off (2.3).
        raise PreferenceRefused(Refusal.NOT_ENROLLED, now.preferred)


def _why_it_stays(now: MfaPreference) -> Refusal:
    return Refusal.LAST_FACTOR if len(now.activated) == 1 else Refusal.REQUIRED


def _check_new(factor: Factor, state: MfaState, policy: PoolPolicy) -> None:
    if not rules.is_enrolled(factor, state):
        raise PreferenceRefused(Refusal.NOT_ENROLLED, factor)
    if not rules.is_offered(factor, policy):
        raise PreferenceRefused(Refusal.NOT_OFFERED, factor)
    _check_usable(factor, state, policy)


def _check_usable(factor: Factor, state: MfaState, policy: PoolPolicy) -> None:
    if rules.is_usable(factor, state, policy):
        return
    if not rules.has_authenticator(factor, state):
        raise PreferenceRefused(Refusal.NOT_ENROLLED, factor)
    offered = factor in policy.offered
    raise PreferenceRefused(Refusal.NOT_USABLE if offered else Refusal.NOT_OFFERED, factor)


def plan_passkeys(state: MfaState, *, counts: bool, policy: PoolPolicy) -> Blocks:
    """Return the blocks that let a passkey stand for the code, or no longer.

    The pool takes it only beside a factor that is on by its flag; where everybody is asked, one
    may be in force without: its flag is set along (contract 2.3, 2.6).
    Errors: PreferenceRefused.
    """
    if not counts:
        return {PASSKEY_KEY: {"Enabled": False}}
    if not policy.passkeys_count:
        raise PreferenceRefused(Refusal.PASSKEY_NOT_ALLOWED)
    in_force = rules.in_order(rules.effective(state, policy))
    if not in_force:
        raise PreferenceRefused(Refusal.PASSKEY_NEEDS_ANOTHER)
    passkeys: dict[str, Mapping[str, bool]] = {PASSKEY_KEY: {"Enabled": True}}
    if not state.stored.activated:
        passkeys[SETTINGS_KEY[in_force[0]]] = {"Enabled": True, "PreferredMfa": False}
    return passkeys

"""Questions about a person's state and the pool's rules, answered from values alone.

Source of every rule: contract 2.6 (where stored flags and sign-in disagree), 4.5 (recovery),
5.4 (which challenge comes back; rows are named below).
"""

from collections.abc import Iterable
from dataclasses import replace

from portal.factors.domain import (
    Contact,
    Factor,
    MfaState,
    Mode,
    Next,
    NextChallenge,
    PasskeyUse,
    PoolPolicy,
)


def primary_recovery(state: MfaState, policy: PoolPolicy) -> Factor | None:
    """The channel this person would reset their password by; it can be no factor (4.5)."""
    verified = (factor for factor in policy.recovery if state.contact(factor).verified)
    return next(verified, None)


def has_authenticator(factor: Factor, state: MfaState) -> bool:
    """Whether there is an app, a number or an address; without it the pool turns nothing on."""
    return state.totp_enrolled if factor is Factor.TOTP else bool(state.contact(factor))


def is_usable(factor: Factor, state: MfaState, policy: PoolPolicy) -> bool:
    """Whether sign-in can ask for this factor at all."""
    if factor is Factor.TOTP:
        # A pool that switched apps off later still asks those who have one (D10).
        return state.totp_enrolled
    eligible = factor in policy.offered and factor != primary_recovery(state, policy)
    return eligible and has_authenticator(factor, state)


def would_be_usable(factor: Factor, state: MfaState, policy: PoolPolicy) -> bool:
    """Whether sign-in could ask for this factor once its app or contact is confirmed."""
    confirmed = Contact("confirmed", verified=True)
    later = replace(
        state,
        totp_enrolled=True,
        phone=confirmed if factor is Factor.SMS else state.phone,
        email=confirmed if factor is Factor.EMAIL else state.email,
    )
    return is_usable(factor, later, policy)


def effective(state: MfaState, policy: PoolPolicy) -> frozenset[Factor]:
    """The factors that the next sign-in will really use, whatever the flags say (2.6)."""
    if policy.mode is Mode.OFF:
        return frozenset()
    candidates = Factor if policy.mode is Mode.REQUIRED else state.stored.activated
    return frozenset(factor for factor in candidates if is_usable(factor, state, policy))


def next_challenge(state: MfaState, policy: PoolPolicy) -> NextChallenge:
    """What follows the password at the next sign-in, on a browser that is not remembered."""
    usable = in_order(effective(state, policy))
    if not usable:
        return _without_factor(state, policy)
    if state.stored.preferred in usable:
        return NextChallenge(Next.ONE, (state.stored.preferred,))  # D03-D06, D11
    if len(usable) == 1:
        return NextChallenge(Next.ONE, usable)  # D03-D05, D12, D14, D15
    return NextChallenge(Next.CHOICE, usable)  # D07, D13, D16


def _without_factor(state: MfaState, policy: PoolPolicy) -> NextChallenge:
    if policy.mode is not Mode.REQUIRED:
        return NextChallenge(Next.NOTHING)  # D01, D02, D09
    possible = in_order(_offered_at_sign_in(state, policy))
    if set(possible) <= {Factor.SMS}:
        # D19; a phone may be listed, yet nobody can add one in the middle of a sign-in (D17).
        return NextChallenge(Next.STUCK)
    return NextChallenge(Next.SET_UP, possible)  # D17, D18, D20


def _offered_at_sign_in(state: MfaState, policy: PoolPolicy) -> frozenset[Factor]:
    """What Cognito lets somebody without a factor set up before it lets them in."""
    if primary_recovery(state, policy):
        return policy.offered & {Factor.TOTP}  # D18
    return policy.offered - set(policy.recovery[:1])  # D17


def in_order(factors: Iterable[Factor]) -> tuple[Factor, ...]:
    """Strongest first."""
    wanted = set(factors)
    return tuple(factor for factor in Factor if factor in wanted)


def is_enrolled(factor: Factor, state: MfaState) -> bool:
    """Whether this factor was proved: an app that gave a code, a contact that was confirmed.

    A contact that is asked for already counts, too: its codes arrive, or nobody gets in.
    """
    if factor is Factor.TOTP:
        return state.totp_enrolled
    return state.contact(factor).verified or factor in state.stored.activated


def is_offered(factor: Factor, policy: PoolPolicy) -> bool:
    """Whether somebody may enrol this factor now."""
    return factor in policy.offered and factor not in policy.withheld


def leaves_one(before: MfaState, after: MfaState, policy: PoolPolicy) -> bool:
    """Whether somebody who has a second step still has one (FAC-01).

    Asked of what others do to an account, in every pool: only its owner may go without.
    """
    return bool(effective(after, policy)) or not effective(before, policy)


def may_be_switched_off(policy: PoolPolicy) -> bool:
    """Whether flags decide at all: where the pool asks everybody, they are only preferences."""
    return policy.mode is not Mode.REQUIRED


def is_recovery_channel(factor: Factor, policy: PoolPolicy) -> bool:
    """Whether a forgotten password may come back by the same channel (4.5)."""
    return factor in policy.recovery


def passkey_use(state: MfaState, policy: PoolPolicy) -> PasskeyUse:
    """Whether the next sign-in would offer a passkey to somebody who has one."""
    use = _pools_passkey_use(state, policy)
    if policy.passkeys_asked:
        return use
    # After a password comes a code, whatever the switch says (contract 7).
    return PasskeyUse.NOWHERE if use is PasskeyUse.NOT_ALLOWED else PasskeyUse.NOT_HERE


def _pools_passkey_use(state: MfaState, policy: PoolPolicy) -> PasskeyUse:
    """What the pool makes of it where an app lets people choose their first proof."""
    if policy.mode is not Mode.REQUIRED and not effective(state, policy):
        return PasskeyUse.OFFERED  # D27; in a pool without second steps always
    if not policy.passkeys_count:
        return PasskeyUse.NOT_ALLOWED  # D26, D28
    return PasskeyUse.INSTEAD_OF_CODE if state.passkey_counts else PasskeyUse.SWITCH_IS_OFF  # D29

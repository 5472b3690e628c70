"""What if you lose your phone tonight? Values in, gaps out: no request, clock or network.

Source of every rule: contract 2.4 and 4.5 (recovery by the same channel), 5.4 (what sign-in
offers beside the method that is asked first: nothing, D03 to D06 and D11).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from portal.factors import policy as rules
from portal.factors.domain import Factor, MfaState, PasskeyUse, PoolPolicy

# What people have on one and the same phone.
ON_A_PHONE = frozenset({Factor.TOTP, Factor.SMS})
FEW_CODES = 3
REMIND_AFTER = timedelta(days=28)
OLD_CODES = timedelta(days=365)
CODES = "codes"


class Gap(StrEnum):
    """What is missing, the worst first."""

    ONLY_METHOD = "only_method"
    FIRST_HIDES_OTHERS = "first_hides_others"
    ONE_PHONE = "one_phone"
    UNCONFIRMED = "unconfirmed"
    ALSO_RECOVERY = "also_recovery"
    NO_CODES = "no_codes"
    FEW_CODES = "few_codes"


class Step(StrEnum):
    """What closes a gap."""

    SET_UP = "set_up"
    ADD_PASSKEY = "add_passkey"
    CHOOSE = "choose"
    CONFIRM = "confirm"
    GET_CODES = "get_codes"
    NONE = "none"


@dataclass(frozen=True)
class Finding:
    """One gap: the method it is about, and the step that closes it, with the method to set up."""

    gap: Gap
    about: Factor | None = None
    step: Step = Step.NONE
    with_factor: Factor | None = None


def findings(state: MfaState, policy: PoolPolicy, codes_left: int | None) -> tuple[Finding, ...]:
    """Everything that is missing, the worst first; nothing where no second step is on at all.

    codes_left: unused recovery codes; None where there is no such thing.
    """
    on = rules.in_order(rules.effective(state, policy))
    if not on:
        return ()
    found = [*_channels(on, state, policy), *_codes(codes_left)]
    # A code opens the way back in, and a passkey the door itself, where that asks for one:
    # neither needs the phone's codes.
    if not codes_left and not _passkey_helps(state, policy):
        found = [*_on_losing_one(on, state, policy, may_get_codes=codes_left == 0), *found]
    return tuple(found)


def _passkey_helps(state: MfaState, policy: PoolPolicy) -> bool:
    use = rules.passkey_use(state, policy)
    return state.has_passkey and use is PasskeyUse.INSTEAD_OF_CODE


def _on_losing_one(
    on: tuple[Factor, ...], state: MfaState, policy: PoolPolicy, *, may_get_codes: bool
) -> Iterator[Finding]:
    """What would keep somebody out who loses the thing they are asked for."""
    first = state.stored.preferred
    if len(on) == 1:
        step, factor = _another(on, state, policy, may_get_codes=may_get_codes)
        yield Finding(Gap.ONLY_METHOD, on[0], step, factor)
    elif first in on and first in ON_A_PHONE:
        yield Finding(Gap.FIRST_HIDES_OTHERS, first, Step.CHOOSE)
    elif set(on) <= ON_A_PHONE:
        step, factor = _another(on, state, policy, may_get_codes=may_get_codes)
        yield Finding(Gap.ONE_PHONE, None, step, factor)


def _another(
    on: tuple[Factor, ...], state: MfaState, policy: PoolPolicy, *, may_get_codes: bool
) -> tuple[Step, Factor | None]:
    """What to set up beside what is on: best what is not on the same phone."""
    possible = [
        factor
        for factor in sorted(Factor, key=lambda each: each in ON_A_PHONE)
        if factor not in on
        and rules.is_offered(factor, policy)
        and rules.would_be_usable(factor, state, policy)
    ]
    apart = [factor for factor in possible if factor not in ON_A_PHONE]
    if may_get_codes and not apart:
        return Step.GET_CODES, None
    if possible:
        return Step.SET_UP, possible[0]
    lets_in = policy.passkeys and policy.passkeys_count and policy.passkeys_asked
    return (Step.ADD_PASSKEY if lets_in else Step.NONE), None


def _channels(on: tuple[Factor, ...], state: MfaState, policy: PoolPolicy) -> Iterator[Finding]:
    for factor in on:
        contact = state.contact(factor)
        if contact and not contact.verified:
            yield Finding(Gap.UNCONFIRMED, factor, Step.CONFIRM, factor)
    for factor in on:
        if rules.is_recovery_channel(factor, policy):
            app_helps = Factor.TOTP not in on and rules.is_offered(Factor.TOTP, policy)
            step = (Step.SET_UP, Factor.TOTP) if app_helps else (Step.CHOOSE, None)
            yield Finding(Gap.ALSO_RECOVERY, factor, *step)


def _codes(codes_left: int | None) -> Iterator[Finding]:
    if codes_left == 0:
        yield Finding(Gap.NO_CODES, None, Step.GET_CODES)
    elif codes_left is not None and codes_left <= FEW_CODES:
        yield Finding(Gap.FEW_CODES, None, Step.GET_CODES)


def due_reminder(
    since: dict[str, datetime], dismissed: dict[str, datetime], now: datetime
) -> str | None:
    """What to ask about now: the oldest thing that is due and was not answered since it began.

    since: when each began, by the method's name or CODES; dismissed: when each was last answered.
    """
    due = [
        (began, what)
        for what, began in since.items()
        if now - began >= (OLD_CODES if what == CODES else REMIND_AFTER)
        and (what not in dismissed or dismissed[what] < began)
    ]
    return min(due)[1] if due else None

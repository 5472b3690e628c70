"""What may be done to many people at once, and what that would change for each. Pure.

Nobody is on the phone, so no check of a caller stands behind it: a second senior operator does,
and the rules are stricter than for one person. Privileged accounts are left out, and nobody who
has a second step is left without one.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from portal.factors import planner
from portal.factors import policy as rules
from portal.factors.domain import (
    Factor,
    MfaPreference,
    MfaState,
    PoolPolicy,
    PreferenceRefused,
    Refusal,
)
from portal.factors.planner import Blocks
from portal.helpdesk.matrix import Act, Operator, Strength, Target, Tier, Why, refusals


class Kind(StrEnum):
    """What a change for many people may be. Nothing here lets anybody in more easily."""

    PREFER = "prefer"
    TURN_OFF = "turn_off"
    REMOVE_APP = "remove_app"
    END_SESSIONS = "end_sessions"
    FORGET_DEVICES = "forget_devices"


ACT: Mapping[Kind, Act] = {
    Kind.PREFER: Act.PREFER,
    Kind.TURN_OFF: Act.TURN_OFF,
    Kind.REMOVE_APP: Act.REMOVE_APP,
    Kind.END_SESSIONS: Act.END_SESSIONS,
    Kind.FORGET_DEVICES: Act.FORGET_DEVICES,
}
# Those that change how somebody signs in: not while an account is frozen.
OF_FACTORS = frozenset({Kind.PREFER, Kind.TURN_OFF, Kind.REMOVE_APP})
OF_ONE_FACTOR = frozenset({Kind.PREFER, Kind.TURN_OFF})


class Skip(StrEnum):
    """Why somebody is left out."""

    SELF = "self"
    ROLE = "role"
    SCOPE = "scope"
    PRIVILEGED = "privileged"
    FROZEN = "frozen"
    ELSEWHERE = "elsewhere"
    ALREADY = "already"
    NOT_SET_UP = "not_set_up"
    LAST = "last"
    REQUIRED = "required"
    # Found while reading, not by judging.
    NOBODY = "nobody"
    TWICE = "twice"
    NOT_TRACKED = "not_tracked"
    NOT_READ = "not_read"


OF_WHY: Mapping[Why, Skip] = {
    Why.SELF: Skip.SELF,
    Why.ROLE: Skip.ROLE,
    Why.SCOPE: Skip.SCOPE,
    Why.RANK: Skip.PRIVILEGED,
}
OF_REFUSAL: Mapping[Refusal, Skip] = {
    Refusal.REQUIRED: Skip.REQUIRED,
    Refusal.LAST_FACTOR: Skip.LAST,
    Refusal.PASSKEY_NEEDS_ANOTHER: Skip.LAST,
}


@dataclass(frozen=True)
class Wanted:
    """One change, whoever it is for."""

    kind: Kind
    factor: Factor | None = None


@dataclass(frozen=True)
class Found:
    """One account as it was read. devices: how many; 0 where nobody asked."""

    target: Target
    state: MfaState = field(default_factory=MfaState)
    is_federated: bool = False
    is_frozen: bool = False
    devices: int = 0


@dataclass(frozen=True)
class Verdict:
    """What would become of one account: left out for a reason, or changed by so many calls."""

    skip: Skip | None = None
    now: MfaPreference = field(default_factory=MfaPreference)
    after: MfaPreference = field(default_factory=MfaPreference)
    blocks: Blocks = field(default_factory=dict)
    writes: int = 1


def judge(
    wanted: Wanted, operators: Collection[Operator], found: Found, policy: PoolPolicy
) -> Verdict:
    """Say what the change would do to this account.

    operators: whoever planned it, and whoever agreed; each must be allowed to do it (HLP-06).
    """
    skip = _not_allowed(wanted.kind, operators, found.target)
    if skip is None and wanted.kind in OF_FACTORS:
        skip = Skip.FROZEN if found.is_frozen else None
        skip = Skip.ELSEWHERE if found.is_federated else skip
    if skip is not None:
        return Verdict(skip)
    if wanted.kind is Kind.END_SESSIONS:
        return Verdict()
    if wanted.kind is Kind.FORGET_DEVICES:
        return Verdict(writes=found.devices) if found.devices else Verdict(Skip.ALREADY)
    try:
        return _of_factors(wanted, found.state, policy)
    except PreferenceRefused as refused:
        return Verdict(OF_REFUSAL.get(refused.refusal, Skip.NOT_SET_UP))


def _not_allowed(kind: Kind, operators: Collection[Operator], target: Target) -> Skip | None:
    for operator in operators:
        against = refusals(ACT[kind], operator, target, check=Strength.STRONG, approved=True)
        if against:
            return OF_WHY[against[0]]
    return Skip.PRIVILEGED if target.tier is Tier.PRIVILEGED else None


def _of_factors(wanted: Wanted, state: MfaState, policy: PoolPolicy) -> Verdict:
    now = planner.current(state, policy)
    if wanted.kind is Kind.REMOVE_APP:
        return _remove_app(now, state, policy)
    assert wanted.factor is not None  # noqa: S101  (the form asks for it)
    choose = _prefer if wanted.kind is Kind.PREFER else _turn_off
    after = choose(wanted.factor, now, state, policy)
    if isinstance(after, Skip):
        return Verdict(after)
    blocks = planner.plan(state, after, policy)
    return Verdict(now=now, after=after, blocks=blocks) if blocks else Verdict(Skip.ALREADY)


def _prefer(
    factor: Factor, now: MfaPreference, state: MfaState, policy: PoolPolicy
) -> MfaPreference | Skip:
    """Only where it is in force: preferring turns nothing on."""
    if factor not in rules.effective(state, policy):
        return Skip.NOT_SET_UP
    return MfaPreference(now.activated | {factor}, factor)


def _turn_off(
    factor: Factor, now: MfaPreference, state: MfaState, policy: PoolPolicy
) -> MfaPreference | Skip:
    """Another one must stay in force; none is asked first in its place, since nobody was asked."""
    if factor not in now.activated:
        return Skip.ALREADY
    in_force = rules.effective(state, policy)
    if factor in in_force and in_force == {factor}:
        return Skip.LAST
    preferred = None if now.preferred == factor else now.preferred
    return MfaPreference(now.activated - {factor}, preferred)


def _remove_app(now: MfaPreference, state: MfaState, policy: PoolPolicy) -> Verdict:
    if not state.totp_enrolled:
        return Verdict(Skip.ALREADY)
    in_force = rules.effective(state, policy)
    if Factor.TOTP in in_force and in_force == {Factor.TOTP}:
        return Verdict(Skip.LAST)
    preferred = None if now.preferred is Factor.TOTP else now.preferred
    return Verdict(now=now, after=MfaPreference(now.activated - {Factor.TOTP}, preferred))

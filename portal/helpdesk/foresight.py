"""What an act makes of an account, as far as the next sign-in goes. Pure."""

from dataclasses import replace

from portal.factors import policy
from portal.factors.domain import Factor, MfaPreference, MfaState, PoolPolicy
from portal.helpdesk import words
from portal.helpdesk.matrix import Act

CLOSING = frozenset({Act.DISABLE, Act.LEAVER})


def after(act: Act | None, state: MfaState) -> MfaState:
    """The account once this act is done; what depends on a choice of the operator's is as now."""
    if act is not Act.REMOVE_APP:
        return state
    rest = state.stored.activated - {Factor.TOTP}
    first = state.stored.preferred if state.stored.preferred in rest else None
    return replace(state, totp_enrolled=False, stored=MfaPreference(rest, first))


def next_sign_in(act: Act | None, state: MfaState, pool: PoolPolicy) -> str:
    """What the person will see; act None: as things are."""
    if act in CLOSING:
        return "They cannot get in: the account is disabled."
    told = words.next_sign_in(policy.next_challenge(after(act, state), pool))
    first = words.FIRST_THEN.get(act, "") if act else ""
    return f"{first} {told}".strip()

"""What an act makes of an account: one answer for the preview, the deed and the words.

Values in, values out: the account as it was just read, and what the operator chose.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, pgettext

from accounts.masking import mask_email, mask_phone
from portal.factors import planner, policy
from portal.factors.domain import (
    Contact,
    Factor,
    MfaPreference,
    MfaState,
    PreferenceRefused,
    Refusal,
)
from portal.factors.planner import Blocks
from portal.factors.services import Factors
from portal.helpdesk import words
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act

# Factors by the attribute that holds their number or address.
FACTOR_OF = {"phone_number": Factor.SMS, "email": Factor.EMAIL}
# What changes how somebody gets in: stopped while the account is frozen.
STOPPED_BY_FREEZE = frozenset(
    {
        Act.ISSUE_PASS,
        Act.REMOVE_APP,
        Act.TURN_OFF,
        Act.PREFER,
        Act.RESET_PASSWORD,
        Act.ENABLE,
        Act.CORRECT_CONTACT,
        Act.LOST_PHONE,
    }
)
# Possible also for somebody whose methods are kept by another provider.
FOR_EVERYBODY = frozenset(
    {Act.DISABLE, Act.ENABLE, Act.END_SESSIONS, Act.LIFT_FREEZE, Act.TAKEOVER, Act.LEAVER}
)
RESETTABLE = frozenset({"CONFIRMED", "RESET_REQUIRED"})
ELSEWHERE = gettext_noop("Their methods are kept by another provider. Nothing can be done here.")
FROZEN = gettext_noop("Changes of this account are stopped. They must be let again first.")
SESSIONS_END = gettext_noop("All sessions end.")


class NotPossible(Exception):
    """The account, not the rules, stands against an act. The text is for a page."""


@dataclass(frozen=True)
class Choice:
    """What an operator chose beyond the act. value: a new number or address, never shown again."""

    method: Factor | None = None
    channel: str = ""
    value: str = field(repr=False, default="")


@dataclass(frozen=True)
class Outlook:
    """How an account signs in, in three lines."""

    methods: str
    first: str
    next_sign_in: str


@dataclass(frozen=True)
class Plan:
    """What is done, in this order, what is true then, and the blocks of one preference call."""

    does: tuple[str, ...]
    after: Outlook
    wanted: MfaPreference | None = None
    blocks: Blocks = field(default_factory=dict)


def outlook(seen: Dossier, *, state: MfaState | None = None, next_sign_in: str = "") -> Outlook:
    """Describe the account as it is, or as it would be with another state."""
    if seen.factors is None:
        return Outlook(_("kept elsewhere"), "–", next_sign_in or _("As their own provider asks."))
    factors = replace(seen.factors, state=state or seen.factors.state)
    names = words.methods(policy.in_order(factors.effective))
    first = factors.preference.preferred
    # A disabled account stays what it is, whatever its methods are.
    told = words.next_sign_in(factors.next_challenge) if seen.someone.is_enabled else ""
    return Outlook(
        methods=", ".join(names) or pgettext("methods", "none"),
        first=_asked_first(first if first in factors.effective else None),
        next_sign_in=next_sign_in or told or seen.next_sign_in,
    )


def _asked_first(method: Factor | None) -> str:
    return _(words.METHOD[method]) if method else pgettext("asked first", "nothing")


def plan(act: Act, seen: Dossier, choice: Choice) -> Plan:
    """What this act would do to the account as it was read. Errors: NotPossible."""
    if seen.factors is None and act not in FOR_EVERYBODY:
        raise NotPossible(_(ELSEWHERE))
    if act in STOPPED_BY_FREEZE and seen.frozen_until is not None:
        raise NotPossible(_(FROZEN))
    return PLANS[act](seen, choice)


def options(act: Act, seen: Dossier) -> list[Factor | None]:
    """The methods that an act could be about; None is "ask each time"."""
    if seen.factors is None:
        return []
    factors = seen.factors
    if act is Act.TURN_OFF:
        return list(policy.in_order(factors.preference.activated))
    usable = policy.in_order(factors.effective)
    found: list[Factor | None] = [*usable, *([None] if len(usable) > 1 else [])]
    return [each for each in found if each != factors.preference.preferred]


def _factors(seen: Dossier) -> Factors:
    if seen.factors is None:
        raise NotPossible(_(ELSEWHERE))
    return seen.factors


# --- methods ----------------------------------------------------------------------------------

REFUSED = {
    Refusal.LAST_FACTOR: gettext_noop("It is their only method, and everybody here needs one."),
    Refusal.REQUIRED: gettext_noop(
        "Everybody here signs in with a second step, so no method can be off."
    ),
    Refusal.PASSKEY_NEEDS_ANOTHER: gettext_noop(
        "They use a passkey instead of a code, and that needs another method that is on."
    ),
    Refusal.NOT_ENROLLED: gettext_noop("It is not set up. Only the person can set it up."),
    Refusal.NOT_OFFERED: gettext_noop("The pool does not offer it."),
    Refusal.NOT_USABLE: gettext_noop("It is how they get back in when they forget the password."),
}
NOT_NOW = gettext_noop("It is not possible now.")
WITHOUT_ONE = gettext_noop(
    "They would be left with the password alone. Issue a recovery pass instead: with it they set "
    "up a new method first."
)


def _leave_one(before: Factors, after: MfaState) -> None:
    """FAC-01 at the helpdesk: whoever has a second step keeps one, in every pool."""
    if not policy.leaves_one(before.state, after, before.policy):
        raise NotPossible(_(WITHOUT_ONE))


def _blocks(factors: Factors, wanted: MfaPreference) -> Blocks:
    try:
        return planner.plan(factors.state, wanted, factors.policy)
    except PreferenceRefused as refused:
        raise NotPossible(_(REFUSED.get(refused.refusal, NOT_NOW))) from refused


def _remove_app(seen: Dossier, choice: Choice) -> Plan:
    factors = _factors(seen)
    state, stored = factors.state, factors.state.stored
    if not state.totp_enrolled:
        raise NotPossible(_("There is no authenticator app."))
    rest = stored.activated - {Factor.TOTP}
    if state.passkey_counts and not rest:
        raise NotPossible(_(REFUSED[Refusal.PASSKEY_NEEDS_ANOTHER]))
    first = stored.preferred if stored.preferred in rest else None
    after = replace(state, totp_enrolled=False, stored=MfaPreference(rest, first))
    _leave_one(factors, after)
    wanted = planner.current(after, factors.policy)
    does = (_("The authenticator app is deleted."), _(SESSIONS_END))
    return Plan(does, outlook(seen, state=after), wanted)


TURNED_OFF = {
    Factor.TOTP: gettext_noop("Authenticator app is turned off."),
    Factor.SMS: gettext_noop("Text message is turned off."),
    Factor.EMAIL: gettext_noop("E-mail is turned off."),
}


def _turn_off(seen: Dossier, choice: Choice) -> Plan:
    factors = _factors(seen)
    now, off = factors.preference, choice.method
    if off not in now.activated or off is None:
        raise NotPossible(_("That method is not on."))
    kept = now.preferred if now.preferred != off else None
    wanted = MfaPreference(now.activated - {off}, kept)
    blocks = _blocks(factors, wanted)
    after = replace(factors.state, stored=wanted)
    _leave_one(factors, after)
    does = (_(TURNED_OFF[off]), _(SESSIONS_END))
    return Plan(does, outlook(seen, state=after), wanted, blocks)


def _prefer(seen: Dossier, choice: Choice) -> Plan:
    factors = _factors(seen)
    wanted = MfaPreference(factors.preference.activated, choice.method)
    blocks = _blocks(factors, wanted)
    if not blocks:
        raise NotPossible(_("It is so already."))
    after = replace(factors.state, stored=wanted)
    asked = _asked_first(choice.method)
    does = _("Asked first from now on: {method}.").format(method=asked)
    return Plan((does,), outlook(seen, state=after), wanted, blocks)


# --- ways in and out --------------------------------------------------------------------------


def _issue_pass(seen: Dossier, choice: Choice) -> Plan:
    if not seen.someone.is_enabled:
        raise NotPossible(_("The account is disabled. Nobody gets in with a pass either."))
    told = _("In the browser that shows them the code: a new method is set up. Elsewhere as now.")
    return Plan(
        (
            _("A pass works for a day, and only in the browser that shows the code."),
            _("No method is turned off: the old one goes when the new one is proved."),
            _(SESSIONS_END),
        ),
        outlook(seen, next_sign_in=told),
    )


def _end_sessions(seen: Dossier, choice: Choice) -> Plan:
    return Plan((_("Every session ends. They sign in again everywhere."),), outlook(seen))


def _forget_devices(seen: Dossier, choice: Choice) -> Plan:
    does = _("Every trusted device is forgotten. It is asked everything again.")
    return Plan((does,), outlook(seen))


def _reset_password(seen: Dossier, choice: Choice) -> Plan:
    factors = _factors(seen)
    if not seen.someone.is_enabled or seen.someone.status not in RESETTABLE:
        raise NotPossible(_("An account in this state has no password to reset."))
    by = _reset_channel(seen, factors)
    if by is None:
        raise NotPossible(
            _(
                "The pool can send no code: "
                "no confirmed number or address may bring a password back."
            )
        )
    told = _("A code to {address}, and a new password. Then as now.").format(
        address=words.masked_target(by, factors.state)
    )
    does = (_("The old password lets nobody in any more, and a code is sent."), _(SESSIONS_END))
    return Plan(does, outlook(seen, next_sign_in=told))


def _reset_channel(seen: Dossier, factors: Factors) -> Factor | None:
    """Where the code would go; what is asked first cannot bring a password back (4.5)."""
    # Without a setting of its own, a pool takes the phone first.
    by_default = (Factor.SMS, Factor.EMAIL) if seen.resets_passwords else ()
    state = factors.state
    for each in factors.policy.recovery or by_default:
        if state.contact(each).verified and each != state.stored.preferred:
            return each
    return None


def _disable(seen: Dossier, choice: Choice) -> Plan:
    if not seen.someone.is_enabled:
        raise NotPossible(_("The account is disabled already."))
    return Plan(
        (_("Nobody gets in with this account any more."), _(SESSIONS_END)),
        outlook(seen, next_sign_in=_(words.DISABLED)),
    )


def _enable(seen: Dossier, choice: Choice) -> Plan:
    if seen.someone.is_enabled:
        raise NotPossible(_("The account is enabled already."))
    told = words.next_sign_in(seen.factors.next_challenge) if seen.factors else ""
    does = _("The account can be used again. Nothing else of it changes.")
    return Plan((does,), outlook(seen, next_sign_in=told))


def _lift_freeze(seen: Dossier, choice: Choice) -> Plan:
    if seen.frozen_until is None:
        raise NotPossible(_("Changes are not stopped."))
    return Plan((_("Changes of how this account signs in are let again."),), outlook(seen))


# --- numbers and addresses --------------------------------------------------------------------


def _correct_contact(seen: Dossier, choice: Choice) -> Plan:
    """Never marked as confirmed, and never what sign-in asks for: that would be enrolling (HLP-03).

    Whoever holds the new number or address gets no code by it before the person has confirmed
    it in their own account (contract 11.2: this operation is how accounts are taken over).
    """
    factors = _factors(seen)
    factor = FACTOR_OF[choice.channel]
    if factor in factors.state.stored.activated or factor in factors.effective:
        raise NotPossible(
            _(
                "It is a way of signing in now, and a new one would let somebody in unproved. "
                "Issue a recovery pass: the person sets up the new one themselves."
            )
        )
    contact = Contact(choice.value or "new", verified=False)
    changed = {"phone": contact} if factor is Factor.SMS else {"email": contact}
    after = replace(factors.state, **changed)  # type: ignore[arg-type]
    if factor in policy.effective(after, factors.policy):
        raise NotPossible(
            _(
                "The pool would ask for it at sign-in at once, unproved. "
                "Issue a recovery pass: the person sets it up themselves."
            )
        )
    at_once = factor in factors.policy.replaces_at_once
    does = (*map(_, REPLACED if at_once else KEPT), _("The old address is told."), _(SESSIONS_END))
    return Plan(does, outlook(seen, state=after if at_once else None))


REPLACED = (
    gettext_noop("The number or the address is replaced. It counts as not confirmed."),
    gettext_noop("Until the person confirms it, no password comes back by it."),
)
KEPT = (
    gettext_noop("The pool sends a code to the new number or address."),
    gettext_noop("The old one stays until the person confirms the new one in their own account."),
)


def masked(channel: str, value: str) -> str:
    return mask_phone(value) if channel == "phone_number" else mask_email(value)


PLANS: Mapping[Act, Callable[[Dossier, Choice], Plan]] = {
    Act.ISSUE_PASS: _issue_pass,
    Act.REMOVE_APP: _remove_app,
    Act.TURN_OFF: _turn_off,
    Act.PREFER: _prefer,
    Act.FORGET_DEVICES: _forget_devices,
    Act.END_SESSIONS: _end_sessions,
    Act.RESET_PASSWORD: _reset_password,
    Act.DISABLE: _disable,
    Act.ENABLE: _enable,
    Act.CORRECT_CONTACT: _correct_contact,
    Act.LIFT_FREEZE: _lift_freeze,
}

"""How each sign-in method looks on the overview."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from accounts.masking import mask_email, mask_phone
from portal.factors import policy
from portal.factors.domain import Factor, PasskeyUse
from portal.factors.services import Factors
from portal.factors.words import DESCRIPTION, ICON, LABEL, PASSKEY_USE, SLUG

STATE_LABEL = {
    "preferred": "On – asked first",
    "on": "On",
    "off": "Off",
    "needs_confirming": "Needs confirming",
    "unavailable": "Not available",
}
NOT_USABLE = (
    "This is how you get back in when you forget your password, "
    "so it cannot also be asked for at sign-in."
)
NOT_OFFERED = "It is not offered here any more, so it is not asked for at sign-in."
PASSKEY_DESCRIPTION = (
    "Your fingerprint, your face or the PIN of your device lets you in. There is nothing to type "
    "and nothing that a false page could take from you."
)
SAME_AS_RECOVERY = (
    "It can also reset your password. Whoever gets hold of it would have both, "
    "and while it is asked first it cannot reset your password."
)


@dataclass(frozen=True)
class Action:
    url: str
    label: str
    style: str
    accessible_label: str


@dataclass(frozen=True)
class FactorStatus:
    """One row of the overview; its target is already masked."""

    factor: Factor
    state: str
    masked_target: str
    name: str
    added_at: datetime | None
    tried_at: datetime | None
    note: str
    actions: tuple[Action, ...]

    @property
    def label(self) -> str:
        return LABEL[self.factor]

    @property
    def icon(self) -> str:
        return ICON[self.factor]

    @property
    def state_label(self) -> str:
        return STATE_LABEL[self.state]

    @property
    def first_step_label(self) -> str:
        """What the one button of an empty overview says."""
        return f"{self.actions[0].label} {self.label.lower()}" if self.actions else ""

    @property
    def description(self) -> str:
        silent = {"on", "preferred", "unavailable"}
        return "" if self.state in silent else DESCRIPTION[self.factor]


def statuses(factors: Factors) -> list[FactorStatus]:
    """Every method that is offered or in use, strongest first (FAC-06)."""
    return [
        _status(factor, factors)
        for factor in Factor
        if policy.is_offered(factor, factors.policy) or factor in factors.preference.activated
    ]


@dataclass(frozen=True)
class PasskeyStatus:
    """The line of the overview about passkeys: all of them together, on a page of their own."""

    state: str
    state_label: str
    description: str
    actions: tuple[Action, ...]
    label: str = "Passkey"
    icon: str = "passkey"


def passkey_status(factors: Factors) -> PasskeyStatus | None:
    """None where the pool offers no passkeys."""
    state, rules = factors.state, factors.policy
    if not rules.passkeys:
        return None
    page = reverse("enrolment:passkeys")
    if not state.has_passkey:
        set_up = Action(page, "Set up", "secondary", "Set up passkey")
        return PasskeyStatus("off", STATE_LABEL["off"], PASSKEY_DESCRIPTION, (set_up,))
    use = policy.passkey_use(state, rules)
    is_on = use in {PasskeyUse.OFFERED, PasskeyUse.INSTEAD_OF_CODE}
    look = Action(page, "See your passkeys", "secondary", "See your passkeys")
    label = STATE_LABEL["on"] if is_on else "Not asked for"
    return PasskeyStatus("on" if is_on else "off", label, PASSKEY_USE[use], (look,))


def _status(factor: Factor, factors: Factors) -> FactorStatus:
    record = factors.records.get(factor)
    state = _state(factor, factors)
    return FactorStatus(
        factor=factor,
        state=state,
        masked_target=masked_target(factor, factors),
        name=record.name if record and state != "needs_confirming" else "",
        added_at=record.added_at if record and state in {"on", "preferred"} else None,
        tried_at=record.tried_at if record and state in {"on", "preferred"} else None,
        note=_note(factor, factors, state),
        actions=_actions(factor, factors, state),
    )


def _state(factor: Factor, factors: Factors) -> str:
    if factor in factors.effective:
        return "preferred" if factor == factors.preference.preferred else "on"
    contact = factors.state.contact(factor)
    if contact and not policy.is_usable(factor, factors.state, factors.policy):
        return "unavailable"
    if contact and not contact.verified:
        return "needs_confirming"
    return "off"


def masked_target(factor: Factor, factors: Factors) -> str:
    value = factors.state.contact(factor).value
    return mask_phone(value) if factor is Factor.SMS else mask_email(value)


def hints(factors: Factors) -> dict[Factor, str]:
    """What tells a person's own methods apart: the name they gave, else the masked target."""
    named = {factor: record.name for factor, record in factors.records.items()}
    return {factor: named.get(factor) or masked_target(factor, factors) for factor in Factor}


def _note(factor: Factor, factors: Factors, state: str) -> str:
    contact = factors.state.contact(factor)
    if state == "unavailable":
        return NOT_USABLE if factor in factors.policy.offered else NOT_OFFERED
    if state not in {"on", "preferred"}:
        return ""
    if contact and not contact.verified:
        return "Not confirmed yet: make sure that codes reach you there."
    return SAME_AS_RECOVERY if policy.is_recovery_channel(factor, factors.policy) else ""


def _actions(factor: Factor, factors: Factors, state: str) -> tuple[Action, ...]:
    label = LABEL[factor].lower()
    set_up = reverse(f"enrolment:{SLUG[factor]}")
    if state == "unavailable":
        return ()
    if state == "needs_confirming":
        return (Action(set_up, "Confirm", "primary", f"Confirm {label}"),)
    if state == "off":
        return (_turn_on(factor, factors, label, set_up),)
    return _actions_when_on(factor, factors, label, set_up)


def _turn_on(factor: Factor, factors: Factors, label: str, set_up: str) -> Action:
    if factor is Factor.TOTP and factors.state.totp_enrolled:
        return Action(reverse("factors:preference"), "Turn on", "secondary", f"Turn on {label}")
    verb = "Turn on" if factors.state.contact(factor).verified else "Set up"
    return Action(set_up, verb, "secondary", f"{verb} {label}")


def _actions_when_on(
    factor: Factor, factors: Factors, label: str, set_up: str
) -> tuple[Action, ...]:
    change = "Replace" if factor is Factor.TOTP else "Change"
    actions = []
    if policy.is_offered(factor, factors.policy):
        actions.append(Action(set_up, change, "secondary", f"{change} {label}"))
    trial = reverse("enrolment:try", args=[SLUG[factor]])
    actions.append(Action(trial, "Try it", "quiet", f"Try {label}"))
    if factors.may_switch_off:
        url = reverse("factors:turn_off", args=[SLUG[factor]])
        actions.append(Action(url, "Turn off", "danger", f"Turn off {label}"))
    return tuple(actions)

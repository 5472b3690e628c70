"""How each sign-in method looks on the overview."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, lru_cache

from django.urls import get_urlconf
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from accounts.addresses import reverse
from accounts.masking import mask_email, mask_phone
from portal.factors import policy, situations, words
from portal.factors.domain import Factor, PasskeyUse, Refusal
from portal.factors.sentences import Act
from portal.factors.services import Factors
from portal.factors.situations import Situation
from portal.factors.words import DESCRIPTION, ICON, SLUG

STATE_LABEL = {
    "preferred": gettext_noop("On – asked first"),
    # Translators: of a sign-in method.
    "on": gettext_noop("On"),
    # Translators: of a sign-in method.
    "off": gettext_noop("Off"),
    "needs_confirming": gettext_noop("Needs confirming"),
    "unavailable": gettext_noop("Not available"),
}
STATE_ICON = {
    "preferred": "star",
    "on": "check",
    "needs_confirming": "clock",
    "unavailable": "blocked",
    "off": "off",
}
NOT_USABLE = gettext_noop(
    "This is how you get back in when you forget your password, "
    "so it cannot also be asked for at sign-in."
)
NOT_OFFERED = gettext_noop("It is not offered here any more, so it is not asked for at sign-in.")
PASSKEY_DESCRIPTION = gettext_noop(
    "Your fingerprint, your face or the PIN of your device lets you in. There is nothing to type "
    "and nothing that a false page could take from you."
)
SAME_AS_RECOVERY = gettext_noop(
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
class Head:
    """What a row begins with: words of ours alone, so it is drawn once for each."""

    state: str
    state_label: str
    state_icon: str
    label: str
    icon: str


@dataclass(frozen=True)
class Remark:
    """What a row says below it, likewise."""

    state: str
    description: str
    note: str = ""


@dataclass(frozen=True)
class Rest:
    """What a row ends with."""

    remark: Remark | None
    actions: tuple[Action, ...]


@dataclass(frozen=True)
class Said:
    """What a row says to everybody who stands there."""

    factor: Factor
    state: str
    note: str = ""
    actions: tuple[Action, ...] = ()

    @property
    def label(self) -> str:
        return words.label(self.factor)

    @property
    def icon(self) -> str:
        return ICON[self.factor]

    @property
    def state_label(self) -> str:
        return _(STATE_LABEL[self.state])

    @property
    def description(self) -> str:
        silent = {"on", "preferred", "unavailable"}
        return "" if self.state in silent else _(DESCRIPTION[self.factor])

    @cached_property
    def head(self) -> Head:
        state_icon = STATE_ICON[self.state]
        return Head(self.state, self.state_label, state_icon, self.label, self.icon)

    @cached_property
    def rest(self) -> Rest:
        is_said = self.description or self.note
        remark = Remark(self.state, self.description, self.note) if is_said else None
        return Rest(remark, self.actions)


@dataclass(frozen=True)
class FactorStatus:
    """One row of the overview; its target is already masked."""

    said: Said
    masked_target: str
    name: str
    added_at: datetime | None
    tried_at: datetime | None

    @property
    def factor(self) -> Factor:
        return self.said.factor

    @property
    def state(self) -> str:
        return self.said.state

    @property
    def actions(self) -> tuple[Action, ...]:
        return self.said.actions

    @property
    def icon(self) -> str:
        return self.said.icon

    @property
    def head(self) -> Head:
        return self.said.head

    @property
    def rest(self) -> Rest:
        return self.said.rest

    @property
    def has_facts(self) -> bool:
        return bool(self.name or self.masked_target or self.added_at or self.tried_at)

    @property
    def first_step_label(self) -> str:
        """What the one button of an empty overview says."""
        return self.actions[0].accessible_label if self.actions else ""


def statuses(factors: Factors) -> list[FactorStatus]:
    """Every method that is offered or in use, strongest first (FAC-06)."""
    said = _said(factors.situation, get_language(), get_urlconf())
    return [_status(each, factors) for each in said]


@lru_cache(situations.MOST)
def _said(situation: Situation, language: str | None, urlconf: str | None) -> tuple[Said, ...]:
    """language, urlconf: those of now, since words and addresses are kept."""
    factors = Factors.of_anybody(situation)
    return tuple(
        _said_of(factor, factors)
        for factor in Factor
        if policy.is_offered(factor, factors.policy) or factor in factors.preference.activated
    )


@dataclass(frozen=True)
class PasskeyStatus:
    """The line of the overview about passkeys: all of them together, on a page of their own."""

    state: str
    state_label: str
    description: str
    actions: tuple[Action, ...]
    icon: str = "passkey"
    has_facts: bool = False

    @property
    def label(self) -> str:
        return _("Passkey")

    @property
    def state_icon(self) -> str:
        return STATE_ICON[self.state]

    @property
    def head(self) -> Head:
        return Head(self.state, self.state_label, self.state_icon, self.label, self.icon)

    @property
    def rest(self) -> Rest:
        return Rest(Remark(self.state, self.description), self.actions)


def passkey_status(factors: Factors) -> PasskeyStatus | None:
    """None where the pool offers no passkeys."""
    state, rules = factors.state, factors.policy
    if not rules.passkeys:
        return None
    page, use = reverse("enrolment:passkeys"), policy.passkey_use(state, rules)
    if not state.has_passkey:
        set_up = Action(page, _("Set up"), "secondary", _("Set up passkey"))
        return PasskeyStatus("off", _(STATE_LABEL["off"]), _what_it_would_do(use), (set_up,))
    is_on = use in {PasskeyUse.OFFERED, PasskeyUse.INSTEAD_OF_CODE}
    look = Action(page, _("See your passkeys"), "secondary", _("See your passkeys"))
    label = _(STATE_LABEL["on"]) if is_on else _("Not asked for")
    return PasskeyStatus("on" if is_on else "off", label, words.passkey_use(use), (look,))


def _what_it_would_do(use: PasskeyUse) -> str:
    """Of a passkey, to somebody who has none: what they would have of it."""
    if use in {PasskeyUse.NOT_HERE, PasskeyUse.NOWHERE}:
        return words.passkey_use(use)
    if use is PasskeyUse.NOT_ALLOWED:  # as long as there is a second step
        return _(words.REFUSED[Refusal.PASSKEY_NOT_ALLOWED])
    return _(PASSKEY_DESCRIPTION)


def _said_of(factor: Factor, factors: Factors) -> Said:
    state = _state(factor, factors)
    return Said(factor, state, _note(factor, factors, state), _actions(factor, factors, state))


def _status(said: Said, factors: Factors) -> FactorStatus:
    record, is_on = factors.records.get(said.factor), said.state in {"on", "preferred"}
    return FactorStatus(
        said,
        masked_target=masked_target(said.factor, factors),
        name=record.name if record and said.state != "needs_confirming" else "",
        added_at=record.added_at if record and is_on else None,
        tried_at=record.tried_at if record and is_on else None,
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
        return _(NOT_USABLE) if factor in factors.policy.offered else _(NOT_OFFERED)
    if state not in {"on", "preferred"}:
        return ""
    if contact and not contact.verified:
        return _("Not confirmed yet: make sure that codes reach you there.")
    return _(SAME_AS_RECOVERY) if policy.is_recovery_channel(factor, factors.policy) else ""


def _actions(factor: Factor, factors: Factors, state: str) -> tuple[Action, ...]:
    if state == "unavailable":
        return ()
    if state in {"needs_confirming", "off"}:
        return (begin(factor, factors),)
    return _actions_when_on(factor, factors, _room(factor))


def _room(factor: Factor) -> str:
    return reverse(f"enrolment:{SLUG[factor]}")


def begin(factor: Factor, factors: Factors) -> Action:
    """What brings a method on that is off: where that begins, and what it is called."""
    contact, set_up = factors.state.contact(factor), _room(factor)
    if contact and not contact.verified:
        return Action(set_up, _("Confirm"), "primary", words.act(Act.CONFIRM, factor))
    turn_on = words.act(Act.TURN_ON, factor)
    if factor is Factor.TOTP and factors.state.totp_enrolled:
        return Action(reverse("factors:preference"), _("Turn on"), "secondary", turn_on)
    if contact.verified:
        return Action(set_up, _("Turn on"), "secondary", turn_on)
    return Action(set_up, _("Set up"), "secondary", words.act(Act.SET_UP, factor))


def _ask_first(factor: Factor) -> Action:
    """Leads to the page that says what follows, with this one chosen; nothing is saved by it."""
    url, label = f"{reverse('factors:preference')}?first={SLUG[factor]}", _("Ask for this first")
    named = ": ".join((label, words.label(factor)))
    return Action(url, label, "quiet", named)


def _actions_when_on(factor: Factor, factors: Factors, set_up: str) -> tuple[Action, ...]:
    change = _("Replace") if factor is Factor.TOTP else _("Change")
    actions = []
    if policy.is_offered(factor, factors.policy):
        actions.append(Action(set_up, change, "secondary", words.act(Act.CHANGE, factor)))
    if len(factors.effective) > 1 and factor != factors.preference.preferred:
        actions.append(_ask_first(factor))
    trial = reverse("enrolment:try", SLUG[factor])
    actions.append(Action(trial, _("Try it"), "quiet", words.act(Act.TRY, factor)))
    if factors.may_switch_off:
        url = reverse("factors:turn_off", SLUG[factor])
        actions.append(Action(url, _("Turn off"), "danger", words.act(Act.TURN_OFF, factor)))
    return tuple(actions)

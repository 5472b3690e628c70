"""What an operator is shown before an act, and what they type: for pages and programs alike."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.held_forms import SECRETS
from portal.factors.domain import Factor
from portal.helpdesk import compounds, menu, plans, words
from portal.helpdesk.acts import Refused
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.forms import (
    ASK_EACH_TIME,
    ChannelForm,
    ContactForm,
    MethodForm,
    OrderForm,
    PassForm,
)
from portal.helpdesk.matrix import Act, Operator, Why
from portal.helpdesk.models import Compound
from portal.helpdesk.plans import Choice, NotPossible, Plan

FORMS: dict[Act, type[OrderForm]] = {
    Act.ISSUE_PASS: PassForm,
    Act.REVEAL: ChannelForm,
    Act.CORRECT_CONTACT: ContactForm,
}


def against(act: Act, operator: Operator, seen: Dossier) -> tuple[Why, ...]:
    """What stands in the way for now, and can be come past. Errors: Refused, for what cannot."""
    whys = menu.against(act, operator, seen.target, seen.subject)
    if set(whys) - menu.PASSABLE:
        raise Refused(whys)
    return whys


def shown(act: Act, seen: Dossier, whys: Sequence[Why]) -> dict[str, Any]:
    """What the page of an act says before its form. Errors: NotPossible."""
    return {
        "act": act.value,
        "title": _(words.TITLE[act.value]),
        "dossier": seen,
        "now": plans.outlook(seen),
        "previews": previews(act, seen),
        "needs_check": Why.CHECK in whys,
        "needs_approval": Why.APPROVAL in whys,
        "needs_wait": Why.HOLD in whys,
        "reasons": [_(words.WHY[why]) for why in whys],
    }


def form_of(
    act: Act, seen: Dossier, data: Any = None, begun: Compound | None = None, ticket: str = ""
) -> OrderForm:
    """The form of an act, with what is known already. ticket: of the call under way."""
    initial = {"drawn_from": seen.digest, "ticket": ticket}
    if begun is not None:
        kind, _, more = begun.reason.partition(": ")
        initial |= {"kind": kind, "more": more, "ticket": begun.ticket}
    if act in {Act.TURN_OFF, Act.PREFER}:
        choices = [
            (each.value if each else ASK_EACH_TIME, _method(each))
            for each in plans.options(act, seen)
        ]
        return MethodForm(data, initial=initial, choices=choices)
    return FORMS.get(act, OrderForm)(data, initial=initial)


def form_again(act: Act, typed: Mapping[str, str]) -> OrderForm:
    """The same with what was typed but secrets, unchecked, where the account cannot be read now.

    Of the methods it has the one that was chosen: the others are not known.
    """
    initial = {name: value for name, value in typed.items() if name not in SECRETS}
    if act in {Act.TURN_OFF, Act.PREFER}:
        known = [(ASK_EACH_TIME, _method(None)), *((each.value, _method(each)) for each in Factor)]
        chosen = [choice for choice in known if choice[0] == typed.get("method")]
        return MethodForm(initial=initial, choices=chosen)
    return FORMS.get(act, OrderForm)(initial=initial)


def _method(method: Factor | None) -> str:
    return _(words.METHOD[method]) if method else _("ask each time")


def previews(act: Act, seen: Dossier) -> list[tuple[str, Plan]]:
    """What would be true then: once, or for each method to choose. Errors: NotPossible.

    Nothing of acts that change no account, such as closing a case.
    """
    if act not in menu.LISTED:
        return []
    if act in compounds.STEPS:
        return [("", compounds.plan(act, seen))]
    if act in {Act.TURN_OFF, Act.PREFER}:
        return [(_method(method), plan) for method, plan in by_method(act, seen)]
    channels = [menu_channel.name for menu_channel in menu.channels(seen)] or ["email"]
    if act is Act.CORRECT_CONTACT:
        return _first_possible(act, seen, [Choice(channel=name) for name in channels])
    return [("", plans.plan(act, seen, Choice()))]


def _first_possible(act: Act, seen: Dossier, choices: list[Choice]) -> list[tuple[str, Plan]]:
    problem = NotPossible(_("There is nothing to correct."))
    for choice in choices:
        try:
            return [("", plans.plan(act, seen, choice))]
        except NotPossible as reason:
            problem = reason
    raise problem


def by_method(act: Act, seen: Dossier) -> list[tuple[Factor | None, Plan]]:
    """What would be true then, for each method that could be chosen. Errors: NotPossible."""
    found = []
    problem = NotPossible(_("There is no method to choose."))
    for method in plans.options(act, seen):
        try:
            plan = plans.plan(act, seen, Choice(method=method))
        except NotPossible as reason:
            problem = reason
            continue
        found.append((method, plan))
    if not found:
        raise problem
    return found

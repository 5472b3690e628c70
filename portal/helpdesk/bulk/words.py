"""What the pages and the report say of changes for many people."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import localize
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from accounts.limits import rounded_up
from portal.factors.domain import Factor
from portal.helpdesk.bulk.models import BulkChange, BulkRow
from portal.helpdesk.bulk.planning import Kind, Skip
from portal.helpdesk.words import METHOD

State, Row = BulkChange.State, BulkRow.State
KIND: Mapping[Kind, str] = {
    Kind.PREFER: gettext_noop("Choose which method is asked for first"),
    Kind.TURN_OFF: gettext_noop("Turn a method off"),
    Kind.REMOVE_APP: gettext_noop("Remove the authenticator app"),
    Kind.END_SESSIONS: gettext_noop("End all sessions"),
    Kind.FORGET_DEVICES: gettext_noop("Forget all trusted devices"),
}
HINT: Mapping[Kind, str] = {
    Kind.PREFER: gettext_noop("Only for people who have it already."),
    Kind.TURN_OFF: gettext_noop(
        "Only for people who keep another one. Whoever preferred it is asked each time."
    ),
    Kind.REMOVE_APP: gettext_noop("Only for people who keep another method."),
    Kind.END_SESSIONS: gettext_noop("They have to sign in again everywhere."),
    Kind.FORGET_DEVICES: gettext_noop("Their browsers are asked for the second step again."),
}
STATE: Mapping[str, str] = {
    State.DRAFT: gettext_noop("Draft"),
    State.LOOKING: gettext_noop("Trial run"),
    State.WAITING: gettext_noop("Waits for a second operator"),
    State.RUNNING: gettext_noop("Running"),
    State.PAUSED: gettext_noop("Paused"),
    State.FINISHED: gettext_noop("Finished"),
    State.REFUSED: gettext_noop("Refused"),
    State.CANCELLED: gettext_noop("Cancelled"),
}
EXPIRED = gettext_noop("Expired: nobody agreed in time")
OF_METHOD: Mapping[Kind, Mapping[Factor, str]] = {
    Kind.PREFER: {
        Factor.TOTP: gettext_noop("Choose which method is asked for first: authenticator app"),
        Factor.SMS: gettext_noop("Choose which method is asked for first: text message"),
        Factor.EMAIL: gettext_noop("Choose which method is asked for first: e-mail"),
    },
    Kind.TURN_OFF: {
        Factor.TOTP: gettext_noop("Turn a method off: authenticator app"),
        Factor.SMS: gettext_noop("Turn a method off: text message"),
        Factor.EMAIL: gettext_noop("Turn a method off: e-mail"),
    },
}
# How somebody is asked, in a table.
FIRST: Mapping[Factor, str] = {
    Factor.TOTP: gettext_noop("{methods}; first authenticator app"),
    Factor.SMS: gettext_noop("{methods}; first text message"),
    Factor.EMAIL: gettext_noop("{methods}; first e-mail"),
}
STATUS: Mapping[str, str] = {
    "": gettext_noop("Everybody"),
    "CONFIRMED": gettext_noop("Who has signed in before, and may"),
    "FORCE_CHANGE_PASSWORD": gettext_noop("Who has never signed in"),
}
WHOM: Mapping[str, str] = {
    "": gettext_noop("Group {group}: everybody"),
    "CONFIRMED": gettext_noop("Group {group}: who has signed in before, and may"),
    "FORCE_CHANGE_PASSWORD": gettext_noop("Group {group}: who has never signed in"),
}
NOTE: Mapping[str, str] = {
    "role": gettext_noop(
        "It stopped by itself: whoever planned or approved it has no role for this any more."
    ),
    "misconfigured": gettext_noop(
        "It stopped by itself: the portal lacks a right or a setting for this."
    ),
    "refused": gettext_noop("It stopped by itself: the user pool refused what it was asked."),
    "group": gettext_noop("It stopped by itself: there is no such group."),
    "too_many": gettext_noop(
        "The group has more people than one change may be about; the rest is left out."
    ),
}
REASON: Mapping[str, str] = {
    Skip.SELF: gettext_noop("an operator's own account"),
    Skip.ROLE: gettext_noop("not for this role"),
    Skip.SCOPE: gettext_noop("outside the groups you look after"),
    Skip.PRIVILEGED: gettext_noop("a privileged account: changed one by one"),
    Skip.FROZEN: gettext_noop("changes of this account are stopped at the moment"),
    Skip.ELSEWHERE: gettext_noop("signs in with another provider"),
    Skip.ALREADY: gettext_noop("already so"),
    Skip.NOT_SET_UP: gettext_noop("this method is not set up"),
    Skip.LAST: gettext_noop("it is their only second step"),
    Skip.REQUIRED: gettext_noop("everybody needs a second step here, so methods stay on"),
    Skip.NOBODY: gettext_noop("nobody is called that"),
    Skip.TWICE: gettext_noop("named twice"),
    Skip.NOT_TRACKED: gettext_noop("no devices are remembered here"),
    Skip.NOT_READ: gettext_noop("no answer, after several tries"),
    "refused": gettext_noop("the user pool refused it"),
    "not_certain": gettext_noop("no answer came, and reading cannot tell: look at this person"),
}
OUTCOME: Mapping[str, str] = {
    Row.GIVEN: gettext_noop("not looked at"),
    Row.PLANNED: gettext_noop("to do"),
    Row.INTENDED: gettext_noop("begun"),
    Row.DONE: gettext_noop("done"),
    Row.SKIPPED: gettext_noop("left out"),
    Row.REFUSED: gettext_noop("not done"),
    Row.UNKNOWN: gettext_noop("not certain"),
}
NOT_ALLOWED: Mapping[str, str] = {
    "role": gettext_noop("Your role does not do this any more."),
    "own": gettext_noop("Whoever planned it cannot agree to it, and nobody else can change it."),
    "scope": gettext_noop("It reaches people whom you do not look after. Ask somebody who does."),
}


def title(change: BulkChange) -> str:
    """What it does, in one line: "Turn a method off: text message"."""
    kind = Kind(change.kind)
    return _(OF_METHOD[kind][Factor(change.factor)] if change.factor else KIND[kind])


def whom(change: BulkChange) -> str:
    """Who of a group is meant; empty where it is a list."""
    if not change.group:
        return ""
    return _(WHOM[change.status]).format(group=change.group)


def takes(seconds: int, share: float) -> str:
    """How long it takes at least; share: calls a second."""
    number, unit = rounded_up(seconds)
    sentence = {
        "second": ngettext(
            "It takes a second or longer, at {share} calls a second.",
            "It takes {n} seconds or longer, at {share} calls a second.",
            number,
        ),
        "minute": ngettext(
            "It takes a minute or longer, at {share} calls a second.",
            "It takes {n} minutes or longer, at {share} calls a second.",
            number,
        ),
        "hour": ngettext(
            "It takes an hour or longer, at {share} calls a second.",
            "It takes {n} hours or longer, at {share} calls a second.",
            number,
        ),
    }
    return sentence[unit].format(n=number, share=localize(share))


def left(seconds: int) -> str:
    """How long the rest takes, about."""
    number, unit = rounded_up(seconds)
    sentence = {
        "second": ngettext(
            "About a second left, or longer where the user pool is busy.",
            "About {n} seconds left, or longer where the user pool is busy.",
            number,
        ),
        "minute": ngettext(
            "About a minute left, or longer where the user pool is busy.",
            "About {n} minutes left, or longer where the user pool is busy.",
            number,
        ),
        "hour": ngettext(
            "About an hour left, or longer where the user pool is busy.",
            "About {n} hours left, or longer where the user pool is busy.",
            number,
        ),
    }
    return sentence[unit].format(n=number)


def said(words: Mapping[str, str]) -> dict[str, str]:
    """A table of these in the language that is spoken."""
    return {key: _(each) for key, each in words.items()}


def effect(row: BulkRow) -> tuple[str, str]:
    """Before and after for one row; empty where no method changes."""
    if row.plan.get("now") == row.plan.get("after"):
        return "", ""
    return _preference(row.plan["now"]), _preference(row.plan["after"])


def _preference(asked: Mapping[str, Any]) -> str:
    activated = [_(METHOD[Factor(name)]) for name in asked["activated"]]
    methods, first = ", ".join(activated), asked["preferred"]
    if first:
        return _(FIRST[Factor(first)]).format(methods=methods)
    if len(activated) < 2:
        return methods or _("no second step")
    return _("{methods}; chosen each time").format(methods=methods)

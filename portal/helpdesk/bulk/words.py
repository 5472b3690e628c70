"""What the pages and the report say of changes for many people."""

from collections.abc import Mapping
from typing import Any

from portal.factors.domain import Factor
from portal.factors.words import LABEL
from portal.helpdesk.bulk.models import BulkChange, BulkRow
from portal.helpdesk.bulk.planning import Kind, Skip

State, Row = BulkChange.State, BulkRow.State
KIND: Mapping[Kind, str] = {
    Kind.PREFER: "Choose which method is asked for first",
    Kind.TURN_OFF: "Turn a method off",
    Kind.REMOVE_APP: "Remove the authenticator app",
    Kind.END_SESSIONS: "End all sessions",
    Kind.FORGET_DEVICES: "Forget all trusted devices",
}
HINT: Mapping[Kind, str] = {
    Kind.PREFER: "Only for people who have it already.",
    Kind.TURN_OFF: "Only for people who keep another one. Whoever preferred it is asked each time.",
    Kind.REMOVE_APP: "Only for people who keep another method.",
    Kind.END_SESSIONS: "They have to sign in again everywhere.",
    Kind.FORGET_DEVICES: "Their browsers are asked for the second step again.",
}
STATE: Mapping[str, str] = {
    State.DRAFT: "Draft",
    State.LOOKING: "Trial run",
    State.WAITING: "Waits for a second operator",
    State.RUNNING: "Running",
    State.PAUSED: "Paused",
    State.FINISHED: "Finished",
    State.REFUSED: "Refused",
    State.CANCELLED: "Cancelled",
}
EXPIRED = "Expired: nobody agreed in time"
STATUS: Mapping[str, str] = {
    "": "Everybody",
    "CONFIRMED": "Who has signed in before, and may",
    "FORCE_CHANGE_PASSWORD": "Who has never signed in",
}
NOTE: Mapping[str, str] = {
    "role": "It stopped by itself: whoever planned or approved it has no role for this any more.",
    "misconfigured": "It stopped by itself: the portal lacks a right or a setting for this.",
    "refused": "It stopped by itself: the user pool refused what it was asked.",
    "group": "It stopped by itself: there is no such group.",
    "too_many": "The group has more people than one change may be about; the rest is left out.",
}
REASON: Mapping[str, str] = {
    Skip.SELF: "an operator's own account",
    Skip.ROLE: "not for this role",
    Skip.SCOPE: "outside the groups you look after",
    Skip.PRIVILEGED: "a privileged account: changed one by one",
    Skip.FROZEN: "changes of this account are stopped at the moment",
    Skip.ELSEWHERE: "signs in with another provider",
    Skip.ALREADY: "already so",
    Skip.NOT_SET_UP: "this method is not set up",
    Skip.LAST: "it is their only second step",
    Skip.REQUIRED: "everybody needs a second step here, so methods stay on",
    Skip.NOBODY: "nobody is called that",
    Skip.TWICE: "named twice",
    Skip.NOT_TRACKED: "no devices are remembered here",
    Skip.NOT_READ: "no answer, after several tries",
    "refused": "the user pool refused it",
    "not_certain": "no answer came, and reading cannot tell: look at this person",
}
OUTCOME: Mapping[str, str] = {
    Row.GIVEN: "not looked at",
    Row.PLANNED: "to do",
    Row.INTENDED: "begun",
    Row.DONE: "done",
    Row.SKIPPED: "left out",
    Row.REFUSED: "not done",
    Row.UNKNOWN: "not certain",
}
NOT_ALLOWED: Mapping[str, str] = {
    "role": "Your role does not do this any more.",
    "own": "Whoever planned it cannot agree to it, and nobody else can change it.",
    "scope": "It reaches people whom you do not look after. Ask somebody who does.",
}


def title(change: BulkChange) -> str:
    """What it does, in one line: "Turn a method off: text message"."""
    what = KIND[Kind(change.kind)]
    return f"{what}: {LABEL[Factor(change.factor)].lower()}" if change.factor else what


def effect(row: BulkRow) -> tuple[str, str]:
    """Before and after for one row; empty where no method changes."""
    if row.plan.get("now") == row.plan.get("after"):
        return "", ""
    return _preference(row.plan["now"]), _preference(row.plan["after"])


def _preference(asked: Mapping[str, Any]) -> str:
    activated = [LABEL[Factor(name)].lower() for name in asked["activated"]]
    first = asked["preferred"]
    asks = f"first {LABEL[Factor(first)].lower()}" if first else "chosen each time"
    if len(activated) < 2 and not first:
        return ", ".join(activated) or "no second step"
    return f"{', '.join(activated)}; {asks}"

"""The calls behind each act, on an account that was just read under its lock.

Each may be done twice without harm, so after silence it is tried once more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts import audit, freezes, passes
from accounts.cognito import people
from accounts.cognito.errors import (
    CognitoError,
    CognitoUnreachable,
    DeviceForgotten,
    DevicesLeft,
    DevicesNotTracked,
    may_have_happened,
    one_by_one,
)
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act
from portal.helpdesk.plans import Choice, Plan


@dataclass(frozen=True)
class Deed:
    """Whose account, what was chosen and planned, by whom; `code` is what a browser shows."""

    operator_sub: str
    seen: Dossier
    plan: Plan
    choice: Choice = field(default_factory=Choice)
    code: str = field(repr=False, default="")

    @property
    def username(self) -> str:
        return self.seen.username


def _surely(call: Callable[..., None], *args: Any, **kwargs: Any) -> None:
    """Call once more where no answer came: done twice is done once.

    Not where it was not sent: whoever waited for a role that nobody lends would wait twice.
    """
    try:
        call(*args, **kwargs)
    except CognitoUnreachable as silence:
        if not may_have_happened(silence):
            raise
        call(*args, **kwargs)


def end_sessions(deed: Deed) -> None:
    _surely(people.sign_out_everywhere, deed.username)


def _and_end_sessions(deed: Deed) -> None:
    """The end of an act whose change stands already: whatever stops this, it was not refused."""
    try:
        end_sessions(deed)
    except CognitoError as trouble:
        raise CognitoUnreachable(trouble.operation, trouble.code) from trouble


def forget_devices(deed: Deed) -> None:
    """Errors: DevicesLeft where it is cut between two; doing it again forgets the rest."""
    try:
        found = people.devices(deed.username)
    except DevicesNotTracked:
        return
    keys = [each.key for each in found]
    one_by_one(keys, lambda key: _surely(_forget, deed.username, key), DevicesLeft)


def _forget(username: str, key: str) -> None:
    try:
        people.forget_device(username, key)
    except DeviceForgotten:
        return


def _remove_app(deed: Deed) -> None:
    _surely(people.delete_app, deed.username)
    _and_end_sessions(deed)


def _turn_off(deed: Deed) -> None:
    _prefer(deed)
    _and_end_sessions(deed)


def _prefer(deed: Deed) -> None:
    _surely(people.set_preference, deed.username, deed.plan.blocks)


def reset_password(deed: Deed) -> None:
    """Not sent twice: a second code would make the first one useless."""
    people.order_new_password(deed.username)
    _and_end_sessions(deed)


def disable(deed: Deed) -> None:
    _surely(people.disable, deed.username)


def _enable(deed: Deed) -> None:
    _surely(people.enable, deed.username)


def _lift_freeze(deed: Deed) -> None:
    freezes.lift(deed.seen.subject)


def _issue_pass(deed: Deed) -> None:
    """Errors: NotDone where no browser of this person shows that code."""
    try:
        passes.pair(deed.seen.subject, deed.code, issued_by=deed.operator_sub)
    except passes.PairingUnknown as unknown:
        raise audit.NotDone("no browser shows this code") from unknown
    _and_end_sessions(deed)


def _correct_contact(deed: Deed) -> None:
    choice = deed.choice
    _surely(people.update_contact, deed.username, choice.channel, choice.value, verified=False)
    _and_end_sessions(deed)


DEEDS: Mapping[Act, Callable[[Deed], None]] = {
    Act.ISSUE_PASS: _issue_pass,
    Act.REMOVE_APP: _remove_app,
    Act.TURN_OFF: _turn_off,
    Act.PREFER: _prefer,
    Act.FORGET_DEVICES: forget_devices,
    Act.END_SESSIONS: end_sessions,
    Act.RESET_PASSWORD: reset_password,
    Act.DISABLE: disable,
    Act.ENABLE: _enable,
    Act.CORRECT_CONTACT: _correct_contact,
    Act.LIFT_FREEZE: _lift_freeze,
}

"""Every page in every state, drawn with sample values: no account, no pool, nothing kept.

A room's module beside this one lists its states, and `rooms` those modules;
`tests/unit/test_styleguide.py` finds a page that has none.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

Values = Callable[[HttpRequest], Mapping[str, Any]]


@dataclass(frozen=True)
class State:
    """A page in one state. template: the real one. values: what its view would give it."""

    room: str
    name: str
    template: str
    values: Values

    def context(self, request: HttpRequest) -> dict[str, Any]:
        """Around it stands what every page of somebody signed in has."""
        return {**AROUND, **self.values(request)}


AROUND = {
    "signed_in_as": "n•••@e•••",
    "portal_name": "Demo sign-in settings",
    "support_url": "#",
    # Asked of nobody.
    "undelivered": None,
    "browsers_trusted": True,
    "recovery_offered": True,
    "has_helpdesk": True,
}
STATES: list[State] = []


def state(room: str, name: str, template: str, /, **values: Any) -> None:
    """Register one whose values are always the same."""
    STATES.append(State(room, name, template, lambda request: values))


def made_by(room: str, name: str, template: str) -> Callable[[Values], Values]:
    """Register one whose values are made when it is drawn, as forms and moments are."""

    def remember(values: Values) -> Values:
        STATES.append(State(room, name, template, values))
        return values

    return remember


def made(room: str, name: str, template: str, make: Callable[[], Mapping[str, Any]]) -> None:
    """The same where they need no request."""
    STATES.append(State(room, name, template, lambda request: make()))


def by_room(names: Iterable[str]) -> dict[str, list[State]]:
    """Those of each room, in the order of these names."""
    return {name: [each for each in STATES if each.room == name] for name in names}


def find(room: str, name: str) -> State | None:
    return next((each for each in STATES if (each.room, each.name) == (room, name)), None)

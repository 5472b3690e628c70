"""Who asks, and what their role ever does: the `@does` of the pages, for programs."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, TypeVar

from django.forms import Form
from django.http import HttpRequest, HttpResponse

from accounts import noted
from accounts.api import gate
from accounts.sessions import SignedInPerson
from portal.helpdesk.matrix import Act, Operator, Why, may
from portal.helpdesk.operators import operator_of
from portal.helpdesk.targets import NotAllowed

View = Callable[..., HttpResponse]
AnyForm = TypeVar("AnyForm", bound=Form)


class Invalid(Exception):
    """What was sent cannot be. fields: what is wrong with each, by its name in the body."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


def does(act: Act) -> Callable[[View], View]:
    """Let operators in whose role ever does this act; whom they may touch is asked with the act."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not may(act, operator(request).roles):
                raise NotAllowed((Why.ROLE,))
            return view(request, *args, **kwargs)

        guarded.act = act  # type: ignore[attr-defined]
        return guarded

    return guard


def person(request: HttpRequest) -> SignedInPerson:
    return gate.person_of(request)


def operator(request: HttpRequest) -> Operator:
    """By the verified token; each act asks the pool again."""
    return operator_of(gate.person_of(request))


def valid(form: AnyForm, names: Mapping[str, str] | None = None) -> AnyForm:
    """The same form as on the page. names: of its fields in the body. Errors: Invalid."""
    if form.is_valid():
        return form
    told = names or {}
    raise Invalid({told.get(name, name): str(each[0]) for name, each in form.errors.items()})


def refused(request: HttpRequest, whys: tuple[Why, ...]) -> None:
    noted.refused("guard_refused", ", ".join(whys), gate.person_of(request))

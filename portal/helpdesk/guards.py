"""The guard of every page of the helpdesk: an operator at work whose role does this act."""

from collections.abc import Callable, Sequence
from functools import partial, wraps
from http import HTTPStatus
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from accounts import noted
from accounts.guards import AnyView, P, PersonView, operator_only
from accounts.sessions import PersonRequest
from portal.helpdesk import approvals, words
from portal.helpdesk.matrix import Act, Operator, may
from portal.helpdesk.operators import operator_of
from portal.helpdesk.targets import NotAllowed


class OperatorRequest(PersonRequest):
    """A request that passed `@does`."""

    operator: Operator
    # Where a page of a refused change leads to: their own account is closed meanwhile.
    way_back: str
    # How many approvals wait for this operator; asked only where a page shows it.
    waiting: Callable[[], int]


OperatorView = Callable[..., HttpResponseBase]


def at_work(view: OperatorView) -> AnyView[P]:
    """Let every operator in, whatever their role: for pages that are about nobody."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return view(_asking(request, kwargs.get("sub")), *args, **kwargs)

    return operator_only(cast(PersonView[P], guarded))


def _asking(request: HttpRequest, sub: Any) -> OperatorRequest:
    """The request with its operator. sub: whom it is about, if anybody."""
    asking = cast(OperatorRequest, request)
    asking.way_back = reverse("helpdesk:person", args=[sub]) if sub else reverse("helpdesk:home")
    asking.operator = operator_of(asking.person)
    asking.waiting = partial(approvals.count_waiting, asking.operator)
    return asking


def explained(view: OperatorView) -> OperatorView:
    """Say why the rules stand against an act, on a page of its own."""

    @wraps(view)
    def guarded(request: OperatorRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except NotAllowed as refused:
            noted.refused("guard_refused", str(refused), request.person)
            return _not_allowed(request, refused.sentences, kwargs.get("sub"))

    return guarded


def _not_allowed(
    request: OperatorRequest, why: Sequence[str], sub: UUID | None = None
) -> HttpResponse:
    """Say why; with a way to all rules about this account, where they may look at it."""
    about = sub if may(Act.LOOK, request.operator.roles) else None
    context = {"why": why, "operator": request.operator, "sub": about}
    return render(request, "helpdesk/not_allowed.html", context, status=HTTPStatus.FORBIDDEN)


def does(act: Act) -> Callable[[OperatorView], AnyView[P]]:
    """Let operators in whose role ever does this act; whom they may touch is asked with the act."""

    def guard(view: OperatorView) -> AnyView[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            asking = _asking(request, kwargs.get("sub"))
            if not may(act, asking.operator.roles):
                noted.refused("guard_refused", f"does {act}", asking.person)
                return _not_allowed(asking, [words.never(act)], kwargs.get("sub"))
            return view(asking, *args, **kwargs)

        guarded.act = act  # type: ignore[attr-defined]
        return operator_only(cast(PersonView[P], guarded))

    return guard

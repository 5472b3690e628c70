"""The guard of the pages where applications are registered: administrators at work."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from accounts import noted, roles
from accounts.cognito import people
from accounts.guards import AnyView, P, PersonView, operator_only
from accounts.roles import Role
from accounts.sessions import PersonRequest

AdministratorView = Callable[..., HttpResponseBase]


def administrators_only(view: AdministratorView) -> AnyView[P]:
    """Let an operator of the role administrator in; before a change, as the pool says it now."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        asking = cast(PersonRequest, request)
        if Role.ADMINISTRATOR not in _roles_of(asking):
            noted.refused("guard_refused", "embed clients", asking.person)
            status = HTTPStatus.FORBIDDEN
            return render(request, "embed/clients/not_allowed.html", status=status)
        return view(asking, *args, **kwargs)

    return operator_only(cast(PersonView[P], guarded))


def _roles_of(request: PersonRequest) -> frozenset[Role]:
    """By the token; for what may change something, by the groups of this moment, too (HLP-06)."""
    groups = set(request.person.token.groups)
    if request.method not in {"GET", "HEAD"}:
        groups &= people.groups(request.person.username)
    return roles.of_groups(groups)

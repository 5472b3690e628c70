"""Whether this room is open at all: the operator's switch."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase

P = ParamSpec("P")
R = TypeVar("R", bound=HttpRequest)


def where_it_is_offered(
    view: Callable[Concatenate[R, P], HttpResponseBase],
) -> Callable[Concatenate[R, P], HttpResponseBase]:
    """Below a guard: nothing is here where PORTAL_RECOVERY is off."""

    @wraps(view)
    def open_where_offered(request: R, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if not settings.RECOVERY:
            raise Http404
        return view(request, *args, **kwargs)

    return open_where_offered

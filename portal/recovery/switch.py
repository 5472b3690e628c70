"""Whether this room is open at all: the operator's switch, and the rights it needs."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import Http404

from accounts import recovery_rights

View = TypeVar("View", bound=Callable[..., Any])


def where_it_is_offered(view: View) -> View:
    """Below a guard: nothing is here where PORTAL_RECOVERY is off."""

    @wraps(view)
    def open_where_offered(*args: Any, **kwargs: Any) -> Any:
        if not settings.RECOVERY:
            raise Http404
        return view(*args, **kwargs)

    return cast(View, open_where_offered)


def where_it_can_be_done(view: View) -> View:
    """And no promise is made that IAM would break: there it says that the portal is not set up.

    What somebody has begun stays open; only its beginnings are closed.
    """

    @wraps(view)
    @where_it_is_offered
    def open_where_possible(*args: Any, **kwargs: Any) -> Any:
        recovery_rights.require()
        return view(*args, **kwargs)

    return cast(View, open_where_possible)

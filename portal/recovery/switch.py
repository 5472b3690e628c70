"""Whether this room is open at all: the operator's switch."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.conf import settings
from django.http import Http404

View = TypeVar("View", bound=Callable[..., Any])


def where_it_is_offered(view: View) -> View:
    """Below a guard: nothing is here where PORTAL_RECOVERY is off."""

    @wraps(view)
    def open_where_offered(*args: Any, **kwargs: Any) -> Any:
        if not settings.RECOVERY:
            raise Http404
        return view(*args, **kwargs)

    return cast(View, open_where_offered)

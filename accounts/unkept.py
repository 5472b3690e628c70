"""Answers that no browser and no proxy keeps, by Django's own word for it, composed once."""

import time
from collections.abc import Callable
from functools import cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.cache import add_never_cache_headers
from django.utils.http import http_date


def unkept(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """As Django's `never_cache`."""

    @wraps(view)
    def marked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        say(response)
        return response

    return marked


def say(response: HttpResponseBase) -> None:
    """What the answer says of it already is joined with it, by Django."""
    if "Cache-Control" in response.headers or "Expires" in response.headers:
        add_never_cache_headers(response)
        return
    response.headers["Expires"] = http_date(time.time())
    response.headers["Cache-Control"] = _never()


@cache
def _never() -> str:
    empty = HttpResponse()
    add_never_cache_headers(empty)
    return empty["Cache-Control"]

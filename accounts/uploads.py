"""Forms with a field for a file: their bodies alone may be larger than all others (INP-04)."""

from collections.abc import Callable
from typing import Any, TypeVar

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve

# More than any file that is taken, so that the form itself can say that it is too large; what
# proxies let through by default (deploy/nginx).
LARGEST_BODY = 1024 * 1024
MARK = "takes_a_file"
View = TypeVar("View", bound=Callable[..., Any])


def takes_a_file(view: View) -> View:
    """Let a file come with this form; the outermost mark of its view."""
    setattr(view, MARK, True)
    return view


def longest_body(request: HttpRequest) -> int:
    """How many bytes this request may bring. What is typed is bounded by Django all the same."""
    usual = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0
    if request.method != "POST" or request.content_type != "multipart/form-data":
        return usual
    try:
        view = resolve(request.path_info).func
    except Resolver404:
        return usual
    return LARGEST_BODY if getattr(view, MARK, False) else usual

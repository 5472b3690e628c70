"""The addresses of a frame: the portal's own pages under `/embed/in/`, behind the frame's guard.

Django reads this map in place of the front gate's for every request of a frame; for those of a
window that stands in for one it reads `windowed`, with the same pages. The views, forms
and templates are the same, and need not know: `factors:overview` is the framed one here. A page
that has no place in a frame has an address, too, which offers it in a window of its own.
"""

from collections.abc import Callable, Iterator
from fnmatch import fnmatchcase
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import URLPattern, URLResolver, get_resolver, include, path

from accounts.guards import embedded
from portal.embed import changes, frames, views
from portal.embed.pages import PAGES, SHARED

handler404 = "accounts.refusals.not_found"
handler500 = "accounts.refusals.our_mistake"

# Rooms of their own, which lead nowhere near a frame (HLP-11).
LEFT_OUT = ("embed/", "w/", "go/", "helpdesk/", "api/")
# Where everybody is sent who is not signed in.
OVER = "account_login"
View = Callable[..., HttpResponseBase]


def pages_of(name: str) -> frozenset[str]:
    """Which of a client's pages an address belongs to; all of them where it is shared."""
    if any(fnmatchcase(name, shared) for shared in SHARED):
        return frozenset(PAGES)
    return frozenset(
        page
        for page, its in PAGES.items()
        if name == its.start or any(fnmatchcase(name, other) for other in its.others)
    )


def within(view: View, pages: frozenset[str]) -> View:
    """For a client that may show one of these pages; what was changed is told to it afterwards."""

    @wraps(view)
    def framed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        client = getattr(request, "embed_client", None)
        if client is None or not pages & set(client.pages):
            return not_here(request)
        response = view(request, *args, **kwargs)
        if request.method == "POST":
            changes.note(request)
        return response

    return framed


def not_here(request: HttpRequest) -> HttpResponse:
    """This client shows other pages; the person finds this one in the portal itself."""
    address = "/" + request.path.removeprefix(frames.home_of(request.path))
    status = HTTPStatus.OK if request.method in {"GET", "HEAD"} else HTTPStatus.FORBIDDEN
    return render(request, "embed/elsewhere.html", {"address": address}, status=status)


def elsewhere(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
    return not_here(request)


def framed(name: str, view: Any) -> Any:
    if name == "doors:reauthenticate":
        return embedded(within(views.prove, frozenset(PAGES)))
    # Of the doors only the questions of a proof: nobody signs in within a frame.
    is_question = not name.startswith("doors:") or "challenge" in getattr(view, "guards", ())
    pages = pages_of(name)
    return embedded(within(view, pages) if pages and is_question else elsewhere)


def of(patterns: list[Any], namespace: str = "") -> Iterator[URLPattern | URLResolver]:
    for each in patterns:
        if isinstance(each, URLPattern):
            if each.name == OVER or str(each.pattern).startswith(LEFT_OUT):
                continue
            name = f"{namespace}:{each.name}" if namespace else str(each.name)
            yield URLPattern(
                each.pattern, framed(name, each.callback), each.default_args, each.name
            )
        elif namespace or not str(each.pattern).startswith(LEFT_OUT):
            inner = list(of(each.url_patterns, each.namespace or namespace))
            yield URLResolver(
                each.pattern,
                inner,
                each.default_kwargs,
                app_name=each.app_name,
                namespace=each.namespace,
            )


def pages() -> list[URLPattern | URLResolver]:
    return list(of(get_resolver(settings.ROOT_URLCONF).url_patterns))


urlpatterns = [
    path("embed/over/", views.over, name=OVER),
    path("embed/", include("portal.embed.urls")),
    path("w/", include("portal.embed.window_urls")),
    path("embed/in/", include(pages())),
]

"""What makes a request one of a frame: its cookies, its addresses, and who may show it."""

from collections.abc import Callable
from http.cookies import Morsel
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.urls import set_urlconf

from accounts import sessions
from accounts.sessions import Kind
from portal.embed import frames, windows
from portal.embed.frames import Mode

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# Python knows the attribute since 3.14. Source: CHIPS; RFC 6265bis.
Morsel._reserved.setdefault("partitioned", "Partitioned")  # type: ignore[attr-defined]
Morsel._flags.add("partitioned")  # type: ignore[attr-defined]


class FrameCookiesMiddleware:
    """Keep cookies of frame and window apart from the portal's own and from each other's.

    Inside, their session and CSRF cookies go by the names that Django knows; outside both have
    names of their own. So a frame never sees the portal's session or a window's, nor either of
    them a frame's, and whatever sets or deletes a cookie within sets or deletes its own (EMB-09).
    Other cookies neither come in nor go out.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not frames.is_framed_path(request.path):
            return self.get_response(request)
        outside = _names(request.path)
        request.COOKIES = {
            inner: request.COOKIES[name]
            for inner, name in outside.items()
            if name in request.COOKIES
        }
        response = self.get_response(request)
        mode = getattr(request, "frame_mode", Mode.PARTITIONED)
        inner = {name: response.cookies.pop(name) for name in [*response.cookies]}
        for name, morsel in inner.items():
            if name in outside:
                _set(response, outside[name], morsel, mode)
        return response


def _names(path: str) -> dict[str, str]:
    if frames.is_window_path(path):
        return {
            settings.SESSION_COOKIE_NAME: settings.WINDOW_COOKIE_NAME,
            settings.CSRF_COOKIE_NAME: settings.WINDOW_CSRF_COOKIE_NAME,
        }
    return {
        settings.SESSION_COOKIE_NAME: settings.EMBED_COOKIE_NAME,
        settings.CSRF_COOKIE_NAME: settings.EMBED_CSRF_COOKIE_NAME,
    }


def _set(response: HttpResponseBase, name: str, morsel: "Morsel[str]", mode: Mode) -> None:
    """Set it one way; delete it both ways, for a cookie is deleted only as it was set."""
    is_deletion = morsel["max-age"] == 0  # as Django deletes
    for each in [*Mode] if is_deletion and settings.HTTPS else [mode]:
        fresh: Morsel[str] = Morsel()
        fresh.set(name, morsel.value, morsel.coded_value)
        attributes: dict[str, Any] = {key: value for key, value in morsel.items() if value != ""}
        attributes |= {"secure": settings.HTTPS, "httponly": True, "path": "/", "samesite": "Lax"}
        if each is Mode.PARTITIONED:
            attributes |= {"samesite": "None", "partitioned": True}
        fresh.update(attributes)
        # The key only keeps the two apart; a cookie is written with its own name.
        dict.__setitem__(response.cookies, f"{name} {each}" if is_deletion else name, fresh)


class FrameMiddleware:
    """Lead a frame's requests to its own pages, and say which pages may show them (EMB-02)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if not frames.is_framed_path(request.path):
            return self.get_response(request)
        # Here `factors:overview` means the framed one, for views and templates that know no frame.
        is_window = frames.is_window_path(request.path)
        request.urlconf = "portal.embed.windowed" if is_window else "portal.embed.framed"
        # Also for what is refused before Django looks the address up.
        set_urlconf(request.urlconf)
        client = frames.client_of(request)
        if client is None and _is_without_a_frame(request):
            sessions.end(request)
        windows.take(request)
        request.embed_client = client  # type: ignore[attr-defined]
        response = self.get_response(request)
        request.frame_mode = frames.mode_of(request, client)  # type: ignore[attr-defined]
        # Of the session that this request may have opened.
        client = client or frames.client_of(request)
        if client is not None and not is_window:
            _let_show(response, client.origins, within_lobby=request.path not in frames.OUTERMOST)
        return response


def _is_without_a_frame(request: HttpRequest) -> bool:
    """Whether it is of a client or an origin that was removed, or of the other kind (EMB-23)."""
    is_embedded = request.session.get(sessions.KIND) == Kind.EMBEDDED
    return is_embedded and request.path not in frames.OUTERMOST


def _let_show(response: HttpResponseBase, origins: list[str], *, within_lobby: bool) -> None:
    """Our pages lie in the lobby's own frame, which lies in the host's page: both must be named."""
    ancestors = ["'self'", *origins] if within_lobby else origins
    response._csp_replace = {"frame-ancestors": ancestors, "frame-src": ["'self'"]}  # type: ignore[attr-defined]
    response.xframe_options_exempt = True  # type: ignore[attr-defined]

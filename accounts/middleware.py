"""What holds for every request, whatever its view."""

import uuid
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.contrib.sessions.middleware import SessionMiddleware
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed

from accounts import audit, bearer, guards, limits, logs, noted, refusals, sessions, unkept, uploads
from accounts.cognito.errors import CognitoError, SignInExpired
from accounts.limits import LimiterAway, LimitReached
from accounts.locks import LockBusy
from accounts.noted import Refusal

GetResponse = Callable[[HttpRequest], HttpResponseBase]
log = structlog.get_logger(__name__)


class RequestIdMiddleware:
    """Give each request an id of our own making, on its log lines, audit rows and answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = str(uuid.uuid4())
        request.request_id = request_id  # type: ignore[attr-defined]
        logs.begin(request_id=request_id)
        response = self.get_response(request)
        response["X-Request-Id"] = request_id
        return response


class BoundedBodyMiddleware:
    """Refuse a body that is larger than any form of ours, before anybody reads it (INP-04)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        try:
            length = int(request.META.get("CONTENT_LENGTH") or 0)
        except ValueError:
            length = 0
        if length > uploads.longest_body(request):
            return refusals.too_large(request)
        return self.get_response(request)


class HeadersMiddleware:
    """The headers Django has no setting for (WEB-05, WEB-07)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.setdefault("Origin-Agent-Cluster", "?1")
        response.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if isinstance(response, HttpResponse) and not response.has_header("Cache-Control"):
            unkept.say(response)
        return response


class OwnOriginMiddleware:
    """Answer our own pages only: by Fetch Metadata and Origin, before any token (WEB-08).

    A program that shows an access token to the JSON room needs no page of ours: no browser adds
    such a token by itself. Of a browser, its page's origin must be one of the list (WEB-09).

    A form or a script of another origin is refused, also of a sibling, and so is one that says
    nothing of where it came from. Of elsewhere only a link may lead here. Who may frame us is
    the business of frame-ancestors.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        may = _may_look if request.method in SAFE_METHODS else _may_act
        if not (_shows_a_token(request) or _is_a_server(request) or may(request.META)):
            log.warning("foreign_request", site=_said(request.headers.get("Sec-Fetch-Site", "")))
            noted.refused("foreign_request", _said(request.headers.get("Sec-Fetch-Site", "")))
            return refusals.of_elsewhere(request)
        return self.get_response(request)


SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FETCH_SITES = frozenset({"same-origin", "same-site", "cross-site", "none"})


# Headers are asked for by WSGI's names: Django makes its map of them out of all that came.
def _may_look(headers: Mapping[str, str]) -> bool:
    """A page of ours, an address typed, or a link; old browsers say nothing, and see no more."""
    if headers.get("HTTP_SEC_FETCH_SITE", "same-origin") in {"same-origin", "none"}:
        return True
    embedded = headers.get("HTTP_SEC_FETCH_DEST") in {"object", "embed"}
    return headers.get("HTTP_SEC_FETCH_MODE") == "navigate" and not embedded


def _may_act(headers: Mapping[str, str]) -> bool:
    """Every word there is about the sender must fit, and there must be one."""
    site, origin = headers.get("HTTP_SEC_FETCH_SITE"), headers.get("HTTP_ORIGIN")
    if site is None and origin is None:
        return _origin_of(headers.get("HTTP_REFERER", "")) == _own_origin()
    if site == "none":  # the person's own doing, such as loading a sent form again
        return origin == _own_origin()
    return site in {None, "same-origin"} and origin in {None, _own_origin()}


def _shows_a_token(request: HttpRequest) -> bool:
    if not request.path.startswith("/api/") or bearer.presented(request) is None:
        return False
    return request.headers.get("Origin") in {None, _own_origin(), *settings.API_ORIGINS}


def _is_a_server(request: HttpRequest) -> bool:
    """An application's server that asks for a ticket; its key is checked there (EMB-05).

    A browser says where a form comes from, and is refused.
    """
    is_for_servers = request.path == "/embed/tickets"
    return is_for_servers and not {"Origin", "Sec-Fetch-Site"} & set(request.headers)


def _own_origin() -> str:
    return _origin_of(settings.PORTAL_URL)


def _origin_of(url: str) -> str:
    """`https://mfa.example.com`, as browsers write an origin; empty where there is none."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return ""
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.netloc.rpartition("@")[2].lower()
    host = host.removesuffix(f":{port}") if port == usual else host
    return f"{parts.scheme}://{host}" if usual and host else ""


def _said(site: str) -> str:
    """What a log may repeat of a header: listed words only (INP-02)."""
    return site if site in FETCH_SITES else "unknown"


class KeptSessionMiddleware(SessionMiddleware):
    """Django forgets what a 5xx answer learned, since it would be a crash.

    Ours about Cognito's trouble are none: a new session id, a proof just given and a step just
    taken must outlive them.
    """

    TROUBLE = frozenset(
        {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
    )

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        told = response.status_code
        if told in self.TROUBLE:
            response.status_code = HTTPStatus.OK
        try:
            return super().process_response(request, response)
        finally:
            response.status_code = told


class RefusalsMiddleware:
    """Take down what was refused, whoever refused it (AUD-02).

    Rows are bounded, so that nobody can fill the table by asking for refusals; where there were
    too many, or where none can be written, the request is refused all the same.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with noted.during_request() as found:
            response = self.get_response(request)
        for refusal in found:
            _take_down(request, refusal)
        return response


def _take_down(request: HttpRequest, refusal: Refusal) -> None:
    by = refusal.by or getattr(request, "person", None)
    origin = sessions.origin_of(request)
    whose = by.sub if by else limits.network_of(origin.client_address)
    try:
        counted = limits.spend_counted(limits.REFUSALS_NOTED, refusal.event, whose)
        limits.spend(limits.REFUSALS_TOTAL)
        is_last = counted == limits.REFUSALS_NOTED.amount
        audit.request_refused(refusal, by, origin, is_last=is_last)
    except (LimitReached, LimiterAway, DatabaseError) as why:
        reason = type(why).__name__
        log.warning("refusal_without_row", of=refusal.event, what=refusal.what, reason=reason)


class WrongMethodMiddleware:
    """Django answers a wrong method with an empty page: say what happened instead."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = ", ".join(sorted(response["Allow"].split(", ")))
            return refusals.wrong_method(request, allowed=allowed)
        return response


class CognitoTroubleMiddleware:
    """Turn what no page can help with into a page that says so."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(
        self, request: HttpRequest, problem: Exception
    ) -> HttpResponseBase | None:
        for kind, answer in ANSWERS:
            if isinstance(problem, kind):
                return answer(request, problem)
        return None


def _signed_out(request: HttpRequest, _: Any) -> HttpResponseBase:
    sessions.expire(request)
    return guards.to_sign_in(request)


def _trouble(request: HttpRequest, problem: Any) -> HttpResponseBase:
    log.warning("cognito_trouble", kind=type(problem).__name__, reason=str(problem))
    return refusals.cognito_trouble(request, problem)


Answer = Callable[[HttpRequest, Any], HttpResponseBase]
# The first that fits: an expired sign-in is one of Cognito's errors, too.
ANSWERS: tuple[tuple[type[Exception], Answer], ...] = (
    (SignInExpired, _signed_out),
    (CognitoError, _trouble),
    (guards.ChangesFrozen, lambda request, problem: refusals.frozen(request, problem.until)),
    (LimitReached, refusals.too_often),
    (LimiterAway, lambda request, _: refusals.limiter_away(request)),
    (LockBusy, lambda request, _: refusals.busy(request)),
)

"""Who may enter the JSON room: the portal's own session, or an access token of the pool."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja.errors import AuthenticationError, HttpError
from ninja.security import APIKeyCookie, HttpBearer

from accounts import bearer, guards, limits, noted, roles, sessions
from accounts.limits import LimiterAway
from accounts.sessions import SignedInPerson

POLICY = f'"api";q={limits.API_PERSON.amount};w={int(limits.API_PERSON.window.total_seconds())}'


class BearerToken(HttpBearer):
    """An access token of the pool. One that opens nothing ends the matter: no cookie helps it."""

    openapi_bearerFormat = "JWT"  # noqa: N815  (ninja's spelling)

    def authenticate(self, request: HttpRequest, token: str) -> SignedInPerson:
        _refuse_other_kinds(request)
        person = bearer.person_of(request)
        if person is None:
            raise AuthenticationError
        return _let_in(request, person)


class PortalSession(APIKeyCookie):
    """The portal's own session cookie, with Django's CSRF check on unsafe methods."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Any:
        # Before the search for a token in it: a body that was read as a form is read for good.
        _refuse_other_kinds(request)
        return super().__call__(request)

    def authenticate(self, request: HttpRequest, key: str | None) -> SignedInPerson | None:
        person = sessions.person_of(request)
        if person is None or person.kind not in guards.OPEN_TO["signed_in"]:
            return None
        return _let_in(request, person)


def _refuse_other_kinds(request: HttpRequest) -> None:
    """A body is JSON or nothing. Errors: HttpError 415."""
    if request.content_type not in {"", "application/json"} and request.method != "GET":
        raise HttpError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Send application/json.")


class NotAtTheDesk(Exception):
    """Signed in, and no operator. missing: `role` or `second_step`."""

    def __init__(self, missing: str) -> None:
        super().__init__(missing)
        self.missing = missing


class OperatorToken(HttpBearer):
    """An access token of an operator, of a client that is listed for the helpdesk; no cookie."""

    openapi_bearerFormat = "JWT"  # noqa: N815  (ninja's spelling)

    def authenticate(self, request: HttpRequest, token: str) -> SignedInPerson:
        _refuse_other_kinds(request)
        if not settings.HELPDESK:
            raise Http404
        person = bearer.operator_of(request)
        if person is None:
            raise AuthenticationError
        _let_in(request, person)
        missing = "" if person.passed_second_step else "second_step"
        if not roles.of(person.token):
            missing = "role"
        if missing:
            noted.refused("guard_refused", f"helpdesk {missing}", person)
            raise NotAtTheDesk(missing)
        return person


# In this order: whoever sends a token means it.
ENTRANCES = [BearerToken(), PortalSession()]
TO_THE_DESK = [OperatorToken()]


def _let_in(request: HttpRequest, person: SignedInPerson) -> SignedInPerson:
    request.person = person  # type: ignore[attr-defined]
    _count(request, person)
    return person


def _count(request: HttpRequest, person: SignedInPerson) -> None:
    """Count the request; without a count, reading goes on and changes do not (LIM-03)."""
    try:
        spent = limits.spend_counted(limits.API_PERSON, person.sub)
        request.requests_left = limits.API_PERSON.amount - spent  # type: ignore[attr-defined]
    except LimiterAway:
        if request.method != "GET":
            raise


def person_of(request: HttpRequest) -> SignedInPerson:
    """Who was let in."""
    return cast(SignedInPerson, request.person)  # type: ignore[attr-defined]


def tells_what_is_left(run: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Say how many requests are left (RateLimit header fields, IETF draft)."""

    @wraps(run)
    def telling(request: HttpRequest, **kwargs: Any) -> HttpResponse:
        response = run(request, **kwargs)
        left = getattr(request, "requests_left", None)
        if left is not None:
            response["RateLimit-Policy"] = POLICY
            response["RateLimit"] = f'"api";r={left}'
        return response

    return telling

"""Pages for what went wrong: what happened, what did not change, what to do next (RES-01)."""

import math
import sys
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views import defaults

from accounts import envelope, noted, stores
from accounts.cognito.errors import (
    CognitoAway,
    CognitoError,
    CognitoUnreachable,
    Misconfigured,
    SignsInElsewhere,
    TooManyAttempts,
    TryLater,
    may_have_happened,
)
from accounts.limits import LimitReached

RETRY_SECONDS = 30
# The names Cognito gives to its social providers; others are called what the pool calls them.
PROVIDERS = {"SignInWithApple": "Apple", "LoginWithAmazon": "Amazon"}


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django found no CSRF token, or a wrong one. reason: in Django's words, for developers."""
    noted.refused("csrf_refused", "token")
    return of_elsewhere(request)


def of_elsewhere(request: HttpRequest) -> HttpResponse:
    """No CSRF token, or a request from somewhere else: nothing was changed."""
    if envelope.speaks_json(request):
        return envelope.failure(
            "CSRF_FAILED", "The CSRF token is missing or wrong.", HTTPStatus.FORBIDDEN
        )
    return render(request, "403_csrf.html", status=HTTPStatus.FORBIDDEN)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """No such page, or nothing of one's own by that name: both look alike (AUZ-02)."""
    if envelope.speaks_json(request):
        return envelope.failure("NOT_FOUND", "There is nothing here.", HTTPStatus.NOT_FOUND)
    return render(request, "404.html", status=HTTPStatus.NOT_FOUND)


def our_mistake(request: HttpRequest) -> HttpResponse:
    """Something broke: a plain page from nothing but a template, and a reference (RES-01).

    Django calls it while it handles what was raised.
    """
    if stores.is_away(sys.exc_info()[1]):
        return store_away(request)
    status = HTTPStatus.INTERNAL_SERVER_ERROR
    if envelope.speaks_json(request):
        return envelope.failure("INTERNAL_ERROR", "Something went wrong on our side.", status)
    page = render_to_string("500.html", {"request_id": getattr(request, "request_id", "")})
    return HttpResponse(page, status=status)


def store_away(request: HttpRequest) -> HttpResponse:
    """Database or cache cannot be used: what was sent may have been done or not (RES-08)."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    if envelope.speaks_json(request):
        sentence = "A store of the portal is away. Read the state before you try again."
        response: HttpResponse = envelope.failure("STORE_AWAY", sentence, status)
    else:
        context = {
            "request_id": getattr(request, "request_id", ""),
            "was_a_page": request.method in {"GET", "HEAD"},
            "wait_seconds": RETRY_SECONDS,
        }
        response = HttpResponse(render_to_string("503.html", context), status=status)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def wrong_method(request: HttpRequest, *, allowed: str) -> HttpResponse:
    """A page opened as a form, or a form opened as a page. allowed: the methods it takes."""
    status = HTTPStatus.METHOD_NOT_ALLOWED
    if envelope.speaks_json(request):
        response: HttpResponse = envelope.failure(
            "METHOD_NOT_ALLOWED", f"Use {allowed} here.", status
        )
    else:
        response = render(request, "405.html", status=status)
    response["Allow"] = allowed
    return response


def too_large(request: HttpRequest) -> HttpResponse:
    """A body beyond any form of ours; answered without reading it."""
    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    if envelope.speaks_json(request):
        return envelope.failure("REQUEST_TOO_LARGE", "The request body is too large.", status)
    return render(request, "refusals/too_large.html", status=status)


def unreadable(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What was typed is too much, in a form that a file may come with; or else nothing we know."""
    if isinstance(exception, RequestDataTooBig):
        return too_large(request)
    return defaults.bad_request(request, exception)


def too_often(request: HttpRequest, reached: LimitReached) -> HttpResponse:
    """A limit of accounts.limits was reached where no form can say so."""
    context = {"advice": reached.advice}
    response = render(request, "429.html", context, status=HTTPStatus.TOO_MANY_REQUESTS)
    if reached.seconds:
        response["Retry-After"] = str(reached.seconds)
    return response


def frozen(request: HttpRequest, until: datetime) -> HttpResponse:
    """Somebody said "this was not me", so nobody changes how this account signs in for a time."""
    if envelope.speaks_json(request):
        sentence = f"Changes of this account are stopped until {envelope.instant(until)}."
        return envelope.failure("CHANGES_FROZEN", sentence, HTTPStatus.LOCKED)
    return render(request, "refusals/frozen.html", {"until": until}, status=HTTPStatus.LOCKED)


def busy(request: HttpRequest) -> HttpResponse:
    """Another change of the same account is being made at this moment."""
    return render(request, "refusals/busy.html", status=HTTPStatus.CONFLICT)


def limiter_away(request: HttpRequest) -> HttpResponse:
    """Nothing that is counted can be tried while the counts cannot be kept (LIM-03)."""
    status = HTTPStatus.SERVICE_UNAVAILABLE
    context = {"request_id": getattr(request, "request_id", ""), "wait_seconds": RETRY_SECONDS}
    response = render(request, "refusals/limiter_away.html", context, status=status)
    response["Retry-After"] = str(RETRY_SECONDS)
    return response


def cognito_trouble(
    request: HttpRequest, trouble: CognitoError, *, again: str = ""
) -> HttpResponse:
    """Say which kind of trouble it is, and when to try again. again: where, if not here."""
    if isinstance(trouble, SignsInElsewhere):
        return _signs_in_elsewhere(request, trouble)
    status, template, wait = _page_for(trouble)
    response = render(
        request,
        template,
        {
            "request_id": getattr(request, "request_id", ""),
            "again": again,
            "was_a_change": request.method == "POST" and hasattr(request, "person"),
            "was_a_page": request.method in {"GET", "HEAD"},
            "wait_minutes": math.ceil(wait / 60),
            "wait_seconds": wait,
        },
        status=status,
    )
    if wait:
        response["Retry-After"] = str(wait)
    return response


def not_asked(trouble: CognitoError, *, only_read: bool = False) -> dict[str, Any] | None:
    """What refusals/partials/summary.html says above a form that may be sent again as it is.

    None where something may have changed, or where waiting a little is not enough.
    only_read: nothing was sent yet that changes anything, so silence changed nothing either.
    """
    is_busy = isinstance(trouble, TryLater) and not isinstance(trouble, TooManyAttempts)
    is_away = isinstance(trouble, CognitoAway) and not may_have_happened(trouble)
    is_away |= only_read and isinstance(trouble, CognitoUnreachable)
    if not (is_busy or is_away):
        return None
    *_, wait = _page_for(trouble)
    return {"is_away": is_away, "wait_seconds": wait}


def _signs_in_elsewhere(request: HttpRequest, trouble: SignsInElsewhere) -> HttpResponse:
    """Their methods live with their own provider: say which, and that nothing is missing here."""
    context = {"provider": PROVIDERS.get(trouble.provider, trouble.provider)}
    status = HTTPStatus.OK if request.method in {"GET", "HEAD"} else HTTPStatus.FORBIDDEN
    return render(request, "refusals/signs_in_elsewhere.html", context, status=status)


def _page_for(trouble: CognitoError) -> tuple[HTTPStatus, str, int]:
    if isinstance(trouble, TooManyAttempts):
        return HTTPStatus.TOO_MANY_REQUESTS, "refusals/too_many_attempts.html", 15 * 60
    if isinstance(trouble, TryLater):
        return HTTPStatus.SERVICE_UNAVAILABLE, "refusals/try_later.html", RETRY_SECONDS
    if isinstance(trouble, CognitoAway) and not may_have_happened(trouble):
        return HTTPStatus.SERVICE_UNAVAILABLE, "refusals/away.html", math.ceil(trouble.seconds)
    if isinstance(trouble, CognitoUnreachable):
        return HTTPStatus.GATEWAY_TIMEOUT, "refusals/unreachable.html", RETRY_SECONDS
    if isinstance(trouble, Misconfigured):
        return HTTPStatus.BAD_GATEWAY, "refusals/misconfigured.html", 0
    return HTTPStatus.BAD_GATEWAY, "refusals/refused.html", 0

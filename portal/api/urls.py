"""The JSON room's own gate: one API, one way in, one form of refusal."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import APIKeyCookie

from accounts import guards, limits, noted, sessions
from accounts.cognito.errors import (
    CognitoError,
    CognitoUnreachable,
    FactorNotReady,
    SignInExpired,
    SignsInElsewhere,
    TooManyAttempts,
    TryLater,
)
from accounts.envelope import failure
from accounts.guards import ReauthenticationNeeded
from accounts.limits import LimiterAway, LimitReached
from accounts.locks import LockBusy
from accounts.sessions import SignedInPerson
from portal.api import views
from portal.factors import words
from portal.factors.domain import PreferenceRefused
from portal.factors.services import StateMoved


class PortalSession(APIKeyCookie):
    """The portal's own session cookie, with Django's CSRF check on unsafe methods."""

    param_name = settings.SESSION_COOKIE_NAME

    def authenticate(self, request: HttpRequest, key: str | None) -> SignedInPerson | None:
        person = sessions.person_of(request)
        if person is None or person.kind not in guards.OPEN_TO["signed_in"]:
            return None
        request.person = person  # type: ignore[attr-defined]
        _count(request, person)
        return person


def _count(request: HttpRequest, person: SignedInPerson) -> None:
    """Count the request; without a count, reading goes on and changes do not (LIM-03)."""
    try:
        limits.spend(limits.API_PERSON, person.sub)
    except LimiterAway:
        if request.method != "GET":
            raise


api = NinjaAPI(
    title="Cognito MFA Portal",
    version="1",
    urls_namespace="api",
    auth=PortalSession(),
    docs_url=None,
    openapi_url=None,
)
api.add_router("/mfa", views.router)

Handler = Callable[[HttpRequest, Any], HttpResponse]


def answers(problem: type[Exception]) -> Callable[[Handler], Handler]:
    return api.exception_handler(problem)


@answers(ValidationError)
def invalid(request: HttpRequest, problem: ValidationError) -> HttpResponse:
    fields = {
        ".".join(str(part) for part in each["loc"][2:]): each["msg"] for each in problem.errors
    }
    return failure(
        "VALIDATION_ERROR",
        "Invalid request parameters",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        {"fields": fields},
    )


@answers(PreferenceRefused)
def refused(request: HttpRequest, problem: PreferenceRefused) -> HttpResponse:
    details = {"reason": problem.refusal.value, "explanation": words.refused(problem)}
    if problem.factor:
        details["factor"] = problem.factor.value
    return failure(
        "VALIDATION_ERROR",
        "Invalid request parameters",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        details,
    )


@answers(StateMoved)
def moved(request: HttpRequest, problem: StateMoved) -> HttpResponse:
    return failure(
        "STALE_STATE",
        "The sign-in methods changed since this digest was read. Read them again.",
        HTTPStatus.CONFLICT,
        {"changes": problem.changes},
    )


@answers(SignsInElsewhere)
def elsewhere(request: HttpRequest, problem: SignsInElsewhere) -> HttpResponse:
    return failure(
        "SIGNS_IN_ELSEWHERE",
        "This person signs in with another provider, and the pool keeps no methods for them.",
        HTTPStatus.CONFLICT,
        {"provider": problem.provider},
    )


@answers(ReauthenticationNeeded)
def prove_again(request: HttpRequest, problem: ReauthenticationNeeded) -> HttpResponse:
    noted.refused("guard_refused", "recently_authenticated")
    return failure(
        "REAUTHENTICATION_REQUIRED",
        "Changes need a sign-in that is not older than five minutes.",
        HTTPStatus.FORBIDDEN,
    )


@answers(AuthenticationError)
@answers(SignInExpired)
def not_signed_in(request: HttpRequest, problem: Exception) -> HttpResponse:
    noted.refused("guard_refused", "signed_in")
    return failure("UNAUTHENTICATED", "Sign in first.", HTTPStatus.UNAUTHORIZED)


@answers(LockBusy)
def busy(request: HttpRequest, problem: LockBusy) -> HttpResponse:
    return failure("CONFLICT", "Another change of this person is being made.", HTTPStatus.CONFLICT)


@answers(LimitReached)
def too_often(request: HttpRequest, problem: LimitReached) -> HttpResponse:
    response = failure(
        "TOO_MANY_ATTEMPTS", "Too many requests for now.", HTTPStatus.TOO_MANY_REQUESTS
    )
    response["Retry-After"] = str(problem.seconds)
    return response


@answers(LimiterAway)
def limiter_away(request: HttpRequest, problem: LimiterAway) -> HttpResponse:
    response = failure(
        "TRY_LATER", "Nothing can be changed just now.", HTTPStatus.SERVICE_UNAVAILABLE
    )
    response["Retry-After"] = "30"
    return response


@answers(CognitoError)
def cognito(request: HttpRequest, problem: CognitoError) -> HttpResponse:
    """Cognito away, throttling or refusing: which one, and whether to try again."""
    code, message, status = _cognito_answer(problem)
    response = failure(code, message, status, {"operation": problem.operation})
    if status in {HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}:
        response["Retry-After"] = "30"
    return response


def _cognito_answer(problem: CognitoError) -> tuple[str, str, HTTPStatus]:
    if isinstance(problem, TooManyAttempts):
        return "TOO_MANY_ATTEMPTS", "Too many attempts for now.", HTTPStatus.TOO_MANY_REQUESTS
    if isinstance(problem, TryLater):
        return (
            "TRY_LATER",
            "Amazon Cognito is busy. Nothing was changed.",
            HTTPStatus.SERVICE_UNAVAILABLE,
        )
    if isinstance(problem, CognitoUnreachable):
        return (
            "COGNITO_UNREACHABLE",
            "No answer from Amazon Cognito. Read the state before you try again.",
            HTTPStatus.GATEWAY_TIMEOUT,
        )
    if isinstance(problem, FactorNotReady):
        return "FACTOR_NOT_READY", "The pool refused this preference.", HTTPStatus.CONFLICT
    return "COGNITO_REFUSED", "Amazon Cognito refused the request.", HTTPStatus.BAD_GATEWAY


@answers(HttpError)
def plain(request: HttpRequest, problem: HttpError) -> HttpResponse:
    """ninja's own refusals: a body that is no JSON, a missing CSRF token."""
    if problem.status_code == HTTPStatus.FORBIDDEN:
        noted.refused("csrf_refused", "token")
        return failure("CSRF_FAILED", "The CSRF token is missing or wrong.", problem.status_code)
    return failure("VALIDATION_ERROR", "Invalid request parameters", problem.status_code)

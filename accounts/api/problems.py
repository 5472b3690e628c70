"""Every refusal of the JSON room: one form, and a closed list of codes (docs/api.md)."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from accounts import noted, refusals
from accounts.api.gate import NotAtTheDesk
from accounts.api.preconditions import PreconditionMissing
from accounts.cognito.errors import (
    CodeAlreadyUsed,
    CodeExpired,
    CodeRejected,
    CognitoAway,
    CognitoError,
    CognitoUnreachable,
    CutShort,
    DeliveryFailed,
    DestinationRefused,
    DestinationTaken,
    DevicesNotTracked,
    FactorNotOffered,
    FactorNotReady,
    InvalidRequest,
    NothingToProve,
    PasskeyRefused,
    PasskeysOff,
    PasskeyTooLate,
    PasskeyUnsupported,
    PasskeyUnverified,
    PasskeyWrongSite,
    SessionsNotListed,
    SignInExpired,
    SignsInElsewhere,
    TooManyAttempts,
    TooManyPasskeys,
    TryLater,
    may_have_happened,
)
from accounts.envelope import failure
from accounts.guards import ChangesFrozen, ReauthenticationNeeded
from accounts.limits import LimiterAway, LimitReached
from accounts.locks import LockBusy

Handler = Callable[[HttpRequest, Any], HttpResponse]
_answers: list[tuple[type[Exception], Handler]] = []


def answer_to(problem: type[Exception]) -> Callable[[Handler], Handler]:
    """Mark the function that answers this refusal."""

    def note(handler: Handler) -> Handler:
        _answers.append((problem, handler))
        return handler

    return note


def answer_with(api: NinjaAPI) -> None:
    """Let this API answer every refusal so."""
    for problem, handler in _answers:
        api.add_exception_handler(problem, handler)


@answer_to(ValidationError)
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


def stale(request: HttpRequest, changes: Sequence[str] = ()) -> HttpResponse:
    """409 for a digest that has grown old, 412 where If-Match asked (RFC 9110, 15.5.13)."""
    asked = "If-Match" in request.headers
    return failure(
        "STALE_STATE",
        "The sign-in methods changed since this digest was read. Read them again.",
        HTTPStatus.PRECONDITION_FAILED if asked else HTTPStatus.CONFLICT,
        {"changes": [*changes]} if changes else None,
    )


@answer_to(PreconditionMissing)
def decided_on_nothing(request: HttpRequest, problem: PreconditionMissing) -> HttpResponse:
    return failure(
        "PRECONDITION_REQUIRED",
        "Send the digest of the state you decided on, or its ETag in If-Match.",
        HTTPStatus.PRECONDITION_REQUIRED,
    )


@answer_to(NotAtTheDesk)
def not_at_the_desk(request: HttpRequest, problem: NotAtTheDesk) -> HttpResponse:
    return failure(
        "FORBIDDEN",
        "The helpdesk is for operators who signed in with a second step.",
        HTTPStatus.FORBIDDEN,
        {"missing": problem.missing},
    )


@answer_to(SignsInElsewhere)
def elsewhere(request: HttpRequest, problem: SignsInElsewhere) -> HttpResponse:
    return failure(
        "SIGNS_IN_ELSEWHERE",
        "This person signs in with another provider, and the pool keeps no methods for them.",
        HTTPStatus.CONFLICT,
        {"provider": problem.provider},
    )


@answer_to(ReauthenticationNeeded)
def prove_again(request: HttpRequest, problem: ReauthenticationNeeded) -> HttpResponse:
    noted.refused("guard_refused", "recently_authenticated")
    return failure(
        "REAUTHENTICATION_REQUIRED",
        "Changes need a sign-in that is not older than five minutes.",
        HTTPStatus.FORBIDDEN,
    )


@answer_to(AuthenticationError)
@answer_to(SignInExpired)
def not_signed_in(request: HttpRequest, problem: Exception) -> HttpResponse:
    noted.refused("guard_refused", "signed_in")
    return failure("UNAUTHENTICATED", "Sign in first.", HTTPStatus.UNAUTHORIZED)


@answer_to(LockBusy)
def busy(request: HttpRequest, problem: LockBusy) -> HttpResponse:
    return failure("CONFLICT", "Another change of this person is being made.", HTTPStatus.CONFLICT)


@answer_to(LimitReached)
def too_often(request: HttpRequest, problem: LimitReached) -> HttpResponse:
    response = failure(
        "TOO_MANY_ATTEMPTS", "Too many requests for now.", HTTPStatus.TOO_MANY_REQUESTS
    )
    response["Retry-After"] = str(problem.seconds)
    return response


@answer_to(LimiterAway)
def limiter_away(request: HttpRequest, problem: LimiterAway) -> HttpResponse:
    response = failure(
        "TRY_LATER", "Nothing can be changed just now.", HTTPStatus.SERVICE_UNAVAILABLE
    )
    response["Retry-After"] = "30"
    return response


# What a code or a destination was refused for: a code of ours, its status, and a sentence.
REFUSED: dict[type[CognitoError], tuple[str, HTTPStatus, str]] = {
    CodeRejected: ("CODE_REJECTED", HTTPStatus.UNPROCESSABLE_ENTITY, "That code is not right."),
    InvalidRequest: ("CODE_REJECTED", HTTPStatus.UNPROCESSABLE_ENTITY, "That code is not right."),
    CodeAlreadyUsed: (
        "CODE_REJECTED",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "That code was used before. Wait for the next one.",
    ),
    CodeExpired: (
        "CODE_EXPIRED",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "That code is too old, or a newer one was sent.",
    ),
    NothingToProve: (
        "NOTHING_STARTED",
        HTTPStatus.CONFLICT,
        "No set-up is under way. Start it first.",
    ),
    DestinationRefused: (
        "DESTINATION_REFUSED",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "No code can be sent there.",
    ),
    DestinationTaken: (
        "DESTINATION_TAKEN",
        HTTPStatus.CONFLICT,
        "Another account already uses it.",
    ),
    DeliveryFailed: (
        "DELIVERY_FAILED",
        HTTPStatus.BAD_GATEWAY,
        "The pool could not send the code.",
    ),
    FactorNotOffered: ("NOT_OFFERED", HTTPStatus.CONFLICT, "The pool does not offer this."),
    PasskeysOff: ("NOT_OFFERED", HTTPStatus.CONFLICT, "The pool does not offer passkeys."),
    PasskeyTooLate: (
        "PASSKEY_TOO_LATE",
        HTTPStatus.CONFLICT,
        "This answers no open question. Ask for new options.",
    ),
    PasskeyWrongSite: (
        "PASSKEY_WRONG_SITE",
        HTTPStatus.CONFLICT,
        "The pool's passkeys belong to another domain.",
    ),
    PasskeyUnverified: (
        "PASSKEY_UNVERIFIED",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The passkey did not check who holds it, and the pool insists on that.",
    ),
    PasskeyUnsupported: (
        "PASSKEY_UNSUPPORTED",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "The pool does not take this kind of passkey.",
    ),
    PasskeyRefused: (
        "PASSKEY_REFUSED",
        HTTPStatus.UNPROCESSABLE_ENTITY,
        "What the browser sent is no passkey that the pool believes in.",
    ),
    SessionsNotListed: ("NOT_AVAILABLE", HTTPStatus.CONFLICT, "This pool lists no sessions."),
    DevicesNotTracked: ("NOT_AVAILABLE", HTTPStatus.CONFLICT, "This pool tracks no devices."),
    TooManyPasskeys: (
        "TOO_MANY_PASSKEYS",
        HTTPStatus.CONFLICT,
        "There are as many passkeys as one can have.",
    ),
}


def _refusal(kind: type[CognitoError]) -> Handler:
    code, status, message = REFUSED[kind]
    return lambda request, problem: failure(code, message, status)


for each in REFUSED:
    answer_to(each)(_refusal(each))


@answer_to(ChangesFrozen)
def frozen(request: HttpRequest, problem: ChangesFrozen) -> HttpResponse:
    return refusals.frozen(request, problem.until)


CUT = "Some of it was done, then Amazon Cognito failed. Read the state: the same request goes on."


@answer_to(CutShort)
def cut_short(request: HttpRequest, problem: CutShort) -> HttpResponse:
    """Cut between two calls: how many are done, and how many the same request would go on with."""
    return trouble(problem, **problem.counts)


@answer_to(CognitoError)
def cognito(request: HttpRequest, problem: CognitoError) -> HttpResponse:
    return trouble(problem)


def trouble(problem: CognitoError, **done: Any) -> HttpResponse:
    """Cognito away, throttling or refusing: which one, and whether to try again.

    done: what was done before, where it was cut in the middle.
    """
    code, message, status = _cognito_answer(problem)
    message = CUT if done else message
    response = failure(code, message, status, {"operation": problem.operation, **done})
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
    if isinstance(problem, CognitoAway) and not may_have_happened(problem):
        return (
            "TRY_LATER",
            "Amazon Cognito did not answer for a while, so it was not asked. Nothing was changed.",
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


@answer_to(Http404)
def nothing_there(request: HttpRequest, problem: Http404) -> HttpResponse:
    return refusals.not_found(request)


@answer_to(HttpError)
def plain(request: HttpRequest, problem: HttpError) -> HttpResponse:
    """ninja's own refusals: a body that is no JSON, a missing CSRF token."""
    if problem.status_code == HTTPStatus.FORBIDDEN:
        noted.refused("csrf_refused", "token")
        return failure("CSRF_FAILED", "The CSRF token is missing or wrong.", problem.status_code)
    if problem.status_code == HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
        return failure("UNSUPPORTED_MEDIA_TYPE", str(problem), problem.status_code)
    return failure("VALIDATION_ERROR", "Invalid request parameters", problem.status_code)

"""Refusals that only self-service knows."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from accounts.api.problems import answer_to
from accounts.envelope import failure
from portal.api.preconditions import PreconditionMissing
from portal.enrolment.passkey.services import OnlyWayIn
from portal.factors import words
from portal.factors.domain import PreferenceRefused
from portal.factors.services import StateMoved


@answer_to(PreferenceRefused)
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


@answer_to(StateMoved)
def moved(request: HttpRequest, problem: StateMoved) -> HttpResponse:
    """409 for a digest that has grown old, 412 where If-Match asked (RFC 9110, 15.5.13)."""
    asked = "If-Match" in request.headers
    return failure(
        "STALE_STATE",
        "The sign-in methods changed since this digest was read. Read them again.",
        HTTPStatus.PRECONDITION_FAILED if asked else HTTPStatus.CONFLICT,
        {"changes": problem.changes},
    )


@answer_to(PreconditionMissing)
def decided_on_nothing(request: HttpRequest, problem: PreconditionMissing) -> HttpResponse:
    return failure(
        "PRECONDITION_REQUIRED",
        "Send the digest of the state you decided on, or its ETag in If-Match.",
        HTTPStatus.PRECONDITION_REQUIRED,
    )


@answer_to(OnlyWayIn)
def only_way_in(request: HttpRequest, problem: OnlyWayIn) -> HttpResponse:
    return failure(
        "ONLY_WAY_IN",
        "Without this passkey nobody could sign in to the account.",
        HTTPStatus.CONFLICT,
    )

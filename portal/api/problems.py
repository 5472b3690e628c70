"""Refusals that only self-service knows."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse

from accounts.api.problems import answer_to, stale
from accounts.envelope import failure
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
    return stale(request, problem.changes)


@answer_to(OnlyWayIn)
def only_way_in(request: HttpRequest, problem: OnlyWayIn) -> HttpResponse:
    return failure(
        "ONLY_WAY_IN",
        "Without this passkey nobody could sign in to the account.",
        HTTPStatus.CONFLICT,
    )

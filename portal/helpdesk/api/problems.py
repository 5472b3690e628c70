"""Refusals that only the helpdesk knows."""

from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from accounts import refusals
from accounts.api.problems import answer_to, stale, trouble
from accounts.audit import NotDone
from accounts.cognito.errors import PersonUnknown, ResetNotPossible
from accounts.envelope import failure
from portal.helpdesk import words
from portal.helpdesk.acts import Moved, Refused
from portal.helpdesk.api import door, shapes
from portal.helpdesk.approvals import Decided, NotNeeded
from portal.helpdesk.checks import CheckOver, NotRight
from portal.helpdesk.compounds import Cut
from portal.helpdesk.dossier import OutOfReach
from portal.helpdesk.matrix import Why
from portal.helpdesk.models import Compound
from portal.helpdesk.plans import NotPossible
from portal.helpdesk.targets import NotAllowed


@answer_to(door.Invalid)
def invalid(request: HttpRequest, problem: door.Invalid) -> HttpResponse:
    return failure(
        "VALIDATION_ERROR", _("Invalid request parameters"), 422, {"fields": dict(problem.fields)}
    )


@answer_to(NotAllowed)
@answer_to(Refused)
def against(request: HttpRequest, problem: NotAllowed | Refused) -> HttpResponse:
    return _not_allowed(request, problem.whys)


@answer_to(PersonUnknown)
def nobody(request: HttpRequest, problem: PersonUnknown) -> HttpResponse:
    return refusals.not_found(request)


@answer_to(OutOfReach)
def out_of_reach(request: HttpRequest, problem: OutOfReach) -> HttpResponse:
    """Somebody out of scope looks like nobody (AUZ-02)."""
    if Why.SCOPE in problem.why:
        return refusals.not_found(request)
    return _not_allowed(request, problem.why)


def _not_allowed(request: HttpRequest, whys: tuple[Why, ...]) -> HttpResponse:
    door.refused(request, whys)
    told = {"why": shapes.explained(whys)}
    return failure("NOT_ALLOWED", _("The rules of the helpdesk stand against it."), 403, told)


@answer_to(NotPossible)
def not_possible(request: HttpRequest, problem: NotPossible) -> HttpResponse:
    return failure(
        "NOT_POSSIBLE",
        _("The account stands against it."),
        HTTPStatus.CONFLICT,
        {"explanation": str(problem)},
    )


@answer_to(ResetNotPossible)
def no_reset(request: HttpRequest, problem: ResetNotPossible) -> HttpResponse:
    return not_possible(request, NotPossible(_("The pool could send no code for a new password.")))


@answer_to(Moved)
def moved(request: HttpRequest, problem: Moved) -> HttpResponse:
    return stale(request)


@answer_to(NotDone)
def no_such_browser(request: HttpRequest, problem: NotDone) -> HttpResponse:
    return failure("CODE_REJECTED", _("No browser of this person shows that code now."), 422)


@answer_to(Cut)
def cut(request: HttpRequest, problem: Cut) -> HttpResponse:
    """The report, as its page has it: what was done stands, and the same act goes on."""
    begun = Compound.objects.get(pk=problem.begun)
    return trouble(problem, compound=shapes.compound(begun))


@answer_to(CheckOver)
def check_over(request: HttpRequest, problem: CheckOver) -> HttpResponse:
    return failure("CHECK_OVER", _("No check of this caller is under way."), HTTPStatus.CONFLICT)


@answer_to(NotRight)
def not_right(request: HttpRequest, problem: NotRight) -> HttpResponse:
    told = words.NO_MORE_TRIES if problem.gone else words.NOT_RIGHT
    return failure("NOT_PROVED", _(told), 422, {"gone": problem.gone})


@answer_to(NotNeeded)
def not_needed(request: HttpRequest, problem: NotNeeded) -> HttpResponse:
    return failure("NOT_NEEDED", _("This needs no second operator."), HTTPStatus.CONFLICT)


@answer_to(Decided)
def decided(request: HttpRequest, problem: Decided) -> HttpResponse:
    return failure("DECIDED", _("Somebody was quicker, or its time is over."), HTTPStatus.CONFLICT)

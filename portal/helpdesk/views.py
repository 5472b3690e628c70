"""The way into the helpdesk and out of it, and its first page."""

from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from accounts import audit, colleagues, noted, roles, sessions
from accounts.doors.flow import safe_next, wanted_next
from accounts.guards import in_session, recently_authenticated, signed_in
from accounts.sessions import PersonRequest
from portal.helpdesk.forms import FindForm
from portal.helpdesk.guards import OperatorRequest, at_work
from portal.helpdesk.matrix import Act, may
from portal.helpdesk.operators import operator_now

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
HOME = "helpdesk:home"


@signed_in
@recently_authenticated
@FORM_METHODS
def enter(request: PersonRequest) -> HttpResponseBase:
    """Begin to work as an operator: after a second step, in a session of its own kind."""
    if not settings.HELPDESK:
        raise Http404
    problem = _what_is_missing(request)
    if problem:
        noted.refused("guard_refused", f"helpdesk {problem}", request.person)
    if problem or request.method != "POST":
        status = HTTPStatus.FORBIDDEN if problem else HTTPStatus.OK
        context = {"problem": problem, "next": _next(request)}
        return render(request, "helpdesk/enter.html", context, status=status)
    if not operator_now(request.person).roles:
        noted.refused("guard_refused", "helpdesk role", request.person)
        return render(request, "helpdesk/enter.html", {"problem": "role"}, status=403)
    sessions.become_operator(request)
    audit.helpdesk_entered(request.person)
    colleagues.remember(request.person)
    return HttpResponseRedirect(_next(request))


def _what_is_missing(request: PersonRequest) -> str:
    """Nothing, `role`, or `second_step` (HLP-01)."""
    if not roles.of(request.person.token):
        return "role"
    return "" if request.person.passed_second_step else "second_step"


def _next(request: PersonRequest) -> str:
    wanted = wanted_next(request)
    return wanted if wanted.startswith(reverse(HOME)) else reverse(HOME)


@in_session
@FORM_METHODS
def leave(request: PersonRequest) -> HttpResponseBase:
    """Back to one's own account; changes there ask for a proof of their own."""
    if not request.person.is_operator:
        return HttpResponseRedirect(safe_next(request))
    if request.method != "POST":
        return render(request, "helpdesk/leave.html", {"next": wanted_next(request)})
    sessions.leave_helpdesk(request)
    audit.helpdesk_left(request.person)
    return HttpResponseRedirect(safe_next(request))


@at_work
@require_GET
def home(request: OperatorRequest) -> HttpResponse:
    """The first page of every role: the box to find somebody, where the role finds people."""
    form = FindForm() if may(Act.FIND, request.operator.roles) else None
    return render(request, "helpdesk/home.html", {"form": form})

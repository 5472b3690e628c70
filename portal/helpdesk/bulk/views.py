"""The doors of changes for many people."""

import csv
from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.cognito.errors import GroupUnknown
from accounts.guards import recently_authenticated
from accounts.sessions import PersonRequest
from accounts.uploads import takes_a_file
from portal.helpdesk.bulk import screens, services, words
from portal.helpdesk.bulk.forms import AddForm, DecisionForm, PlanForm, SteerForm
from portal.helpdesk.bulk.models import BulkChange
from portal.helpdesk.bulk.services import NotAllowed, TooLate, TooMany
from portal.helpdesk.guards import does
from portal.helpdesk.matrix import Act

PAGE = "helpdesk_bulk:change"
TOO_LATE = gettext_noop("That was not possible any more. Here is how it stands now.")
TOO_MANY = gettext_noop(
    "These are more people than one change may be about. Plan a second one for the rest."
)
STEPS: dict[str, Callable[..., None]] = {
    "look": services.look,
    "pause": services.pause,
    "resume": services.resume,
    "cancel": services.cancel,
}


def _sent(request: PersonRequest) -> tuple[Any, ...]:
    """What a form is made of: nothing where it is only shown."""
    return (request.POST, request.FILES) if request.method == "POST" else ()


def _found(change_id: UUID) -> BulkChange:
    change = services.find(change_id)
    if change is None:
        raise Http404
    return change


@does(Act.PLAN_BULK)
@require_GET
def index(request: PersonRequest) -> HttpResponse:
    changes = screens.all_shown(services.newest(), request.person)
    return render(request, "helpdesk/bulk/list.html", {"changes": changes})


@takes_a_file
@does(Act.PLAN_BULK)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: PersonRequest) -> HttpResponseBase:
    form = PlanForm(*_sent(request))
    if form.is_valid():
        typed = form.cleaned_data
        given = {name: typed[name] for name in ("reason", "ticket", "group", "status")}
        try:
            change = services.plan(request.person, form.wanted(), names=typed["names"], **given)
            return redirect(PAGE, change.pk)
        except GroupUnknown:
            form.add_error("group", _("There is no group of that name."))
        except NotAllowed as refused:
            form.add_error(None, _(words.NOT_ALLOWED[refused.reason]))
    return _form_page(request, "helpdesk/bulk/plan.html", {"form": form}, form)


@does(Act.PLAN_BULK)
@require_GET
def change(request: PersonRequest, bulk: UUID) -> HttpResponse:
    found = _found(bulk)
    context = screens.page_of(found, request.person)
    return render(request, "helpdesk/bulk/change.html", {**context, "form": DecisionForm()})


@takes_a_file
@does(Act.PLAN_BULK)
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: PersonRequest, bulk: UUID) -> HttpResponseBase:
    found = _found(bulk)
    form = AddForm(*_sent(request))
    if form.is_valid():
        names = form.cleaned_data["names"]
        _do(request, lambda: services.add(request.person, found, names), _("They are added."))
        return redirect(PAGE, bulk)
    return _form_page(request, "helpdesk/bulk/add.html", {"form": form, "change": found}, form)


@does(Act.APPROVE_BULK)
@recently_authenticated
@require_POST
def decide(request: PersonRequest, bulk: UUID) -> HttpResponseBase:
    found, form = _found(bulk), DecisionForm(request.POST)
    if not form.is_valid():
        context = {**screens.page_of(found, request.person), "form": form}
        return _form_page(request, "helpdesk/bulk/change.html", context, form)
    approves = form.cleaned_data["decision"] == "approve"
    act = services.approve if approves else services.refuse
    said = _("You agreed. It has begun.") if approves else _("You refused it. Nothing was changed.")
    _do(request, lambda: act(request.person, found, form.cleaned_data["words"]), said)
    return redirect(PAGE, bulk)


@does(Act.PLAN_BULK)
@recently_authenticated
@require_POST
def steer(request: PersonRequest, bulk: UUID) -> HttpResponseBase:
    found, form = _found(bulk), SteerForm(request.POST)
    if form.is_valid():
        step = STEPS[form.cleaned_data["step"]]
        _do(request, lambda: step(request.person, found), "")
    return redirect(PAGE, bulk)


@does(Act.PLAN_BULK)
@require_GET
def report(request: PersonRequest, bulk: UUID) -> HttpResponseBase:
    """Every line with its outcome; whose line it is stands in the operator's own list."""
    rows = csv.writer(_Echo())
    lines = (rows.writerow(row) for row in screens.report(_found(bulk)))
    return StreamingHttpResponse(
        lines,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="change-{bulk}.csv"'},
    )


class _Echo:
    """A file that hands back each line instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def _do(request: PersonRequest, act: Callable[[], None], said: str) -> None:
    try:
        act()
    except TooLate:
        messages.error(request, _(TOO_LATE))
    except TooMany:
        messages.error(request, _(TOO_MANY))
    except NotAllowed as refused:
        messages.error(request, _(words.NOT_ALLOWED[refused.reason]))
    else:
        if said:
            messages.success(request, said)


def _form_page(
    request: PersonRequest, template: str, context: dict[str, Any], form: Any
) -> HttpResponse:
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, template, context, status=status)

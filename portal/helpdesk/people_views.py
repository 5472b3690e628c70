"""Find somebody, and their page."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from accounts import noted
from accounts.cognito.errors import PersonUnknown
from portal.helpdesk import dossier, finding, history, menu, words
from portal.helpdesk.dossier import OutOfReach
from portal.helpdesk.forms import FindForm
from portal.helpdesk.guards import OperatorRequest, OperatorView, does
from portal.helpdesk.matrix import Act, Why

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


def about_somebody(view: OperatorView) -> Callable[..., HttpResponseBase]:
    """Answer alike for nobody and for somebody out of reach (AUZ-02); say so for one's own."""

    @wraps(view)
    def guarded(request: OperatorRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except PersonUnknown as unknown:
            raise Http404 from unknown
        except OutOfReach as refused:
            noted.refused("guard_refused", f"reach: {refused}", request.person)
            if Why.SCOPE in refused.why:
                raise Http404 from refused
            context = {"reasons": [_(words.WHY[why]) for why in refused.why]}
            status = HTTPStatus.FORBIDDEN
            return render(request, "helpdesk/out_of_reach.html", context, status=status)

    return guarded


@does(Act.FIND)
@FORM_METHODS
def find(request: OperatorRequest) -> HttpResponseBase:
    """Take what was typed, then show whom it fits on a page that can be come back to."""
    if request.method == "POST":
        form = FindForm(request.POST)
        if not form.is_valid():
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            return render(request, "helpdesk/find.html", {"form": form}, status=status)
        finding.hold(request, form.search())
        return redirect("helpdesk:find")
    wanted = finding.held(request)
    if wanted is None:
        return redirect("helpdesk:home")
    found = finding.search(request.person, request.operator, wanted)
    form = FindForm(initial={"beginning": wanted.prefix})
    return render(request, "helpdesk/find.html", {"form": form, "found": found, "by": wanted.kind})


@does(Act.LOOK)
@require_GET
@about_somebody
def person(request: OperatorRequest, sub: UUID) -> HttpResponse:
    seen = dossier.look(request.person, request.operator, str(sub))
    groups = menu.menu(request.operator, seen)
    context = {
        "dossier": seen,
        "methods": menu.methods(seen),
        "channels": menu.channels(seen),
        "menu": groups,
        "check_is_missing": menu.check_is_missing(groups),
        "history": history.recent(seen.subject, request.operator.sub),
    }
    return render(request, "helpdesk/person.html", context)


@does(Act.LOOK)
@require_GET
@about_somebody
def devices(request: OperatorRequest, sub: UUID) -> HttpResponse:
    dossier.note_look(request.person, request.operator, str(sub), "devices")
    dossier.reach(request.operator, str(sub))
    context = {"sub": sub, "devices": dossier.devices(str(sub))}
    return render(request, "helpdesk/devices.html", context)


@does(Act.LOOK)
@require_GET
@about_somebody
def sessions(request: OperatorRequest, sub: UUID) -> HttpResponse:
    dossier.note_look(request.person, request.operator, str(sub), "sessions")
    dossier.reach(request.operator, str(sub))
    context = {"sub": sub, "sessions": dossier.sessions(str(sub))}
    return render(request, "helpdesk/sessions.html", context)


@does(Act.LOOK)
@require_GET
@about_somebody
def timeline(request: OperatorRequest, sub: UUID) -> HttpResponse:
    dossier.note_look(request.person, request.operator, str(sub), "history")
    target = dossier.reach(request.operator, str(sub))
    subject = dossier.subject_named(target.sub)
    lines = history.full(subject, str(sub), request.operator.sub)
    return render(request, "helpdesk/history.html", {"sub": sub, "lines": lines})


@does(Act.LOOK)
@require_GET
@about_somebody
def why_not(request: OperatorRequest, sub: UUID) -> HttpResponse:
    """The rules, printed for this operator and this account."""
    target = dossier.reach(request.operator, str(sub))
    rows = menu.rules(request.operator, target, dossier.subject_named(target.sub))
    context = {"sub": sub, "rows": rows, "target": target}
    return render(request, "helpdesk/why_not.html", context)

"""`/go/<task>?return=…&state=…`, and back again."""

import time
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from accounts.guards import signed_in
from accounts.sessions import PersonRequest
from portal.golinks import errands
from portal.golinks.errands import TASKS, Errand


@signed_in
@require_GET
def begin(request: PersonRequest, task: str) -> HttpResponse:
    """Lead to the task; its page asks for a proof where it needs one."""
    if task not in TASKS:
        raise Http404
    errands.drop(request)
    target, state = request.GET.get("return", ""), request.GET.get("state", "")
    if target or state:
        if not errands.is_allowed(target, state):
            return render(request, "golinks/refused.html", status=HTTPStatus.BAD_REQUEST)
        errand = Errand(request.person.sub, task, target, state, time.time())
        errands.keep(request, errand)
    return redirect(TASKS[task].page)


@signed_in
@require_GET
def back(request: PersonRequest) -> HttpResponse:
    errand = errands.find(request, request.person)
    if errand is None:
        return redirect(settings.LOGIN_REDIRECT_URL)
    errands.finish(request)
    return HttpResponseRedirect(errand.way_back(errands.result_of(request.person, errand)))

"""Pages for whoever is called: who is it, is it they, and do I know them?"""

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import sessions
from accounts.guards import public, recently_authenticated, signed_in
from accounts.sessions import PersonRequest
from portal.helpdesk import callers
from portal.helpdesk.caller_forms import NumberForm, VouchForm
from portal.helpdesk.callers import MayNotVouch
from portal.helpdesk.checks import NotRight

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
MAY_NOT = gettext_noop("You cannot confirm this caller. Tell the operator to ask somebody else.")
NOTHING_THERE = gettext_noop(
    "There is no such code, or its time is over. Ask the operator to read it again."
)


def _there() -> None:
    if not settings.HELPDESK:
        raise Http404


@signed_in
@require_GET
def my_call(request: PersonRequest) -> HttpResponse:
    """ "Somebody from the helpdesk is calling me": who, and the phrase to read to them."""
    _there()
    context = {
        "calls": callers.calls_about(request.person),
        "came_by_device": request.person.came_by_device,
    }
    return render(request, "callers/my_call.html", context)


@signed_in
@require_POST
def deny(request: PersonRequest) -> HttpResponseBase:
    """It is not I who speaks with them."""
    _there()
    if callers.deny(request.person):
        messages.success(request, _("The helpdesk knows now, and the call helps nobody any more."))
    return redirect("callers:my_call")


@public
@FORM_METHODS
def who_is_calling(request: HttpRequest) -> HttpResponse:
    """Look an operator up by the code they read out."""
    _there()
    form = NumberForm(request.POST if request.method == "POST" else None)
    call = None
    if form.is_valid():
        address = sessions.client_address(request)
        call = callers.look_up(form.cleaned_data["number"], address)
        if call is None:
            form.add_error("number", _(NOTHING_THERE))
    status = 422 if form.errors else 200
    return render(request, "callers/who.html", {"form": form, "call": call}, status=status)


@signed_in
@recently_authenticated
@FORM_METHODS
def vouch(request: PersonRequest) -> HttpResponseBase:
    """Somebody who knows the caller says so: first the code, then who it is about."""
    _there()
    form = VouchForm(request.POST if request.method == "POST" else None)
    found = None
    if form.is_valid():
        try:
            if request.POST.get("confirmed"):
                return _vouched(request, form.cleaned_data["number"])
            found = callers.vouch_asked(request.person, form.cleaned_data["number"])
        except MayNotVouch:
            form.add_error("number", _(MAY_NOT))
        else:
            if found is None:
                form.add_error("number", _(NOTHING_THERE))
    status = 422 if form.errors else 200
    return render(request, "callers/vouch.html", {"form": form, "vouch": found}, status=status)


def _vouched(request: PersonRequest, number: str) -> HttpResponseBase:
    try:
        found = callers.vouch(request.person, number)
    except NotRight:
        found = None
    if found is None:
        messages.error(request, _(NOTHING_THERE))
    else:
        messages.success(request, _("The operator knows now that you vouch for the caller."))
    return redirect("callers:vouch")

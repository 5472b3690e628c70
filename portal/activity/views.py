"""The doors of this room: sessions, and what was done."""

import csv
from http import HTTPStatus

import structlog
from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_GET, require_POST

from accounts import devices as browsers
from accounts.cognito.errors import CutShort, DevicesLeft, SessionsLeft, SessionsNotListed
from accounts.guards import recently_authenticated, signed_in
from accounts.sessions import PersonRequest
from portal.activity import devices as trusted
from portal.activity import said, services, sign_ins, timeline
from portal.activity.forms import DeviceForm, EndSessionForm, HistoryForm, RememberForm

log = structlog.get_logger(__name__)
NO_SUCH_DEVICE = gettext_noop("That device could not be found. Here are those that are known.")


@signed_in
@require_GET
def sessions(request: PersonRequest) -> HttpResponse:
    found = services.open_sessions(request.person)
    others = any(not each.is_this_one for each in found or ())
    return render(request, "activity/sessions.html", {"sessions": found, "others": others})


@signed_in
@recently_authenticated
@require_POST
def end_session(request: PersonRequest) -> HttpResponseBase:
    form = EndSessionForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("That session could not be found. Here are those that are open."))
        return redirect("activity:sessions")
    try:
        services.end_session(request.person, form.cleaned_data["session"])
    except SessionsNotListed:
        messages.error(request, _("This is the session you are in. To end it, sign out."))
        return redirect("activity:sessions")
    messages.success(request, _("That session has ended. Its browser has to sign in again."))
    return redirect("activity:sessions")


@signed_in
@recently_authenticated
@require_POST
def end_others(request: PersonRequest) -> HttpResponseBase:
    try:
        ended = services.end_other_sessions(request.person)
    except SessionsNotListed:
        return redirect("activity:sessions")
    except SessionsLeft as cut:
        # The page lists those that are left, with the same button.
        _log(cut)
        messages.warning(request, _ended_in_words(cut.done))
        return redirect("activity:sessions")
    none = _("There was no other session.")
    messages.success(request, _ended_in_words(ended) if ended else none)
    return redirect("activity:sessions")


def _ended_in_words(many: int) -> str:
    said = ngettext("The other session has ended.", "{n} other sessions have ended.", many)
    return said.format(n=many)


def _log(cut: CutShort) -> None:
    log.warning("cognito_trouble", kind=type(cut.__cause__).__name__, reason=str(cut))


@signed_in
@require_GET
def devices(request: PersonRequest) -> HttpResponse:
    found = trusted.known_devices(request.person)
    return render(request, "activity/devices.html", {"devices": found})


@signed_in
@recently_authenticated
@require_POST
def forget_device(request: PersonRequest) -> HttpResponseBase:
    form = DeviceForm(request.POST)
    if form.is_valid():
        trusted.forget(request.person, form.cleaned_data["device"])
        messages.success(request, _("That device is forgotten. It is asked everything again."))
    else:
        messages.error(request, _(NO_SUCH_DEVICE))
    return redirect("activity:devices")


@signed_in
@recently_authenticated
@require_POST
def forget_all_devices(request: PersonRequest) -> HttpResponseBase:
    try:
        forgotten = trusted.forget_all(request.person)
    except DevicesLeft as cut:
        # The page lists those that are left, with the same button.
        _log(cut)
        told = " ".join(browsers.how_far(cut))
        messages.warning(request, told)
        return redirect("activity:devices")
    many = browsers.forgotten_in_words(forgotten)
    messages.success(request, many if forgotten else _("There was no device to forget."))
    return redirect("activity:devices")


@signed_in
@recently_authenticated
@require_POST
def remember_device(request: PersonRequest) -> HttpResponseBase:
    form = RememberForm(request.POST)
    if form.is_valid() and trusted.remember(request.person, **form.cleaned_data):
        now, no_more = _("That device is trusted."), _("That device is not trusted any more.")
        messages.success(request, now if form.cleaned_data["remembered"] else no_more)
    else:
        messages.error(request, _(NO_SUCH_DEVICE))
    return redirect("activity:devices")


@signed_in
@require_GET
def history(request: PersonRequest) -> HttpResponse:
    form = HistoryForm(request.GET or None)
    chosen = form.cleaned_data if form.is_valid() else {}
    page = sign_ins.page_of(request.person, **chosen)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "page": page}
    return render(request, "activity/history.html", context, status=status)


@signed_in
@require_GET
def export(request: PersonRequest) -> HttpResponse:
    """The whole of it as a table for a spreadsheet; times in UTC."""
    response = HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="account-history.csv"'},
    )
    rows = csv.writer(response)
    rows.writerow(said.columns())
    elsewhere = sign_ins.recorded(request.person, at_most=None)
    rows.writerows(timeline.as_rows(request.person, elsewhere.entries))
    return response

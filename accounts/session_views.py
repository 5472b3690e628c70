"""The session's own pages: staying, closing changes early, and signing out everywhere."""

from datetime import UTC, datetime

from django.contrib import messages
from django.http import HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts import envelope, guards, sessions, sign_outs
from accounts.doors.flow import safe_next
from accounts.sessions import PersonRequest


@guards.in_session
@require_POST
def stay(request: PersonRequest) -> HttpResponse:
    """Count this as use of the portal; a script gets the new end, anybody else their page."""
    until = sessions.stay(request)
    if envelope.speaks_json(request):
        is_final = until == request.person.signed_in_at_most_until
        left = int((until - datetime.now(UTC)).total_seconds())
        return envelope.success(
            {"until": envelope.instant(until), "seconds_left": left, "is_final": is_final}
        )
    return HttpResponseRedirect(safe_next(request))


@guards.in_session
@require_POST
def close_changes(request: PersonRequest) -> HttpResponse:
    """The next change asks for a proof again, as if the five minutes were over."""
    sessions.close_changes(request)
    messages.success(request, _("Changes are closed. Before the next one we ask who you are."))
    return redirect("factors:overview")


@guards.signed_in
@guards.recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def sign_out_everywhere(request: PersonRequest) -> HttpResponseBase:
    """End every sign-in of the account at the pool, this one included (REA-01)."""
    if request.method != "POST":
        return render(request, "session/sign_out_everywhere.html")
    sign_outs.everywhere(request.person)
    sessions.end(request)
    messages.success(request, _("You are signed out everywhere."))
    return redirect("account_login")

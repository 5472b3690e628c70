"""The doors of "this was not me"."""

from http import HTTPStatus
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from accounts import guards, sessions
from accounts import not_me as links
from accounts.doors import forgotten, front
from accounts.guards import recently_authenticated, signed_in
from accounts.models import Person
from accounts.sessions import PersonRequest
from portal.activity import not_me, sign_ins, timeline
from portal.activity.not_me import Secured
from portal.activity.said import SAID

SECURED = "secured"


@guards.public
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def link(request: HttpRequest, token: str) -> HttpResponseBase:
    """Say what will be done, and do it at a click: programs that read mail open links, too."""
    found = links.find(token)
    if found is not None and request.method == "POST":
        secured = not_me.by_link(found, sessions.origin_of(request))
        if secured is not None:
            _leave_here(request, found.sub)
            return _to_done(request, secured)
        found = None
    if found is None:
        return render(request, "activity/not_me_gone.html", status=HTTPStatus.NOT_FOUND)
    context = {"about": timeline.told(found.about), "lasts": timeline.hours_frozen()}
    return render(request, "activity/not_me.html", context)


@signed_in
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def entry(request: PersonRequest, receipt: UUID) -> HttpResponseBase:
    """The same for somebody who is signed in, about an entry of their own history."""
    found = not_me.entry_of(request.person, receipt)
    if found is None or found.event not in SAID:
        raise Http404
    if request.method == "POST":
        secured = not_me.by_person(request.person, receipt)
        return _signed_out(request, secured)
    about = timeline.told_of(found)
    context = {"about": about, "lasts": timeline.hours_frozen(), "inside": True}
    return render(request, "activity/not_me.html", context)


@signed_in
@recently_authenticated
@require_http_methods(["GET", "HEAD", "POST"])
def recorded(request: PersonRequest, event: str) -> HttpResponseBase:
    """The same about a sign-in that the pool recorded, of any app."""
    about = sign_ins.told(request.person, event)
    if about is None:
        raise Http404
    if request.method == "POST":
        secured = not_me.by_person(request.person, None, recorded=event)
        return _signed_out(request, secured)
    context = {"about": about, "lasts": timeline.hours_frozen(), "inside": True}
    return render(request, "activity/not_me.html", context)


def _leave_here(request: HttpRequest, sub: str) -> None:
    """Where its owner is signed in here, do not let that end only when the pool is asked next."""
    if isinstance(request.user, Person) and request.user.sub == sub:
        sessions.end(request)


def _signed_out(request: PersonRequest, secured: Secured) -> HttpResponse:
    """They proved who they are, so their name may wait where they choose a new password."""
    sessions.end(request)
    forgotten.remember_name(request, request.person.username)
    return _to_done(request, secured)


def _to_done(request: HttpRequest, secured: Secured) -> HttpResponse:
    request.session[SECURED] = {
        "number": secured.number,
        "until": secured.frozen_until.isoformat(),
        "signed_out": secured.signed_out,
        "elsewhere": secured.elsewhere,
    }
    return redirect("not_me:done")


@guards.public
@never_cache
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """What was done, and what happens next; only for the browser that asked for it."""
    kept = request.session.get(SECURED)
    if kept is None:
        return redirect("factors:overview")
    context = {
        **kept,
        "until": parse_datetime(kept["until"]),
        "new_password": _new_password(request, elsewhere=kept.get("elsewhere", False)),
    }
    return render(request, "activity/not_me_done.html", context)


def _new_password(request: HttpRequest, *, elsewhere: bool) -> str:
    """Where a new one is chosen: `here`; `there`, where they sign in; or by `asking` for one."""
    if elsewhere:
        return "there"
    if not forgotten.is_possible():
        return "asking"
    # Whoever is signed in here as somebody else is not led there.
    is_here = front.takes_passwords() and not request.user.is_authenticated
    return "here" if is_here else "there"

"""Where one goes once a method is proved and on."""

from django.http import HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect

from accounts import addresses, recoveries
from accounts.doors import way_back
from accounts.sessions import Kind, PersonRequest
from portal.factors.services import Saved


def ready(request: PersonRequest, saved: Saved) -> HttpResponseBase:
    """The page that says so; on the way back in, the end of that way."""
    person = request.person
    if person.kind is not Kind.RECOVERING:
        # Not by `redirect`, which would take the address for a name and look it up.
        return HttpResponseRedirect(addresses.of("enrolment:ready", saved.id))
    recovery = recoveries.open_of(person)
    if recovery is None:
        return redirect("recovery:next")
    return way_back.finish(request, recovery, person.username)

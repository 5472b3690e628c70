"""The other end of a call: who helps, what to read to them, and that it is not I who speaks."""

from dataclasses import replace
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from accounts import bearer
from accounts.api.documented import changes, reads
from accounts.api.gate import person_of
from accounts.api.idempotency import once
from accounts.api.schemas import Ended
from accounts.envelope import instant, success
from accounts.sessions import SignedInPerson
from portal.helpdesk import callers
from portal.helpdesk.api import schemas

router = Router(tags=["Calls of the helpdesk"])


def _caller(request: HttpRequest) -> SignedInPerson:
    """Whoever came by a remembered device reads no phrase: that proves nothing to anybody."""
    if not settings.HELPDESK:
        raise Http404
    person = person_of(request)
    if bearer.presented(request) is None:
        return person
    return replace(person, came_by_device=bearer.came_by_device(person.token))


@router.get("", url_name="calls", **reads(schemas.Calls))
def calls(request: HttpRequest) -> HttpResponse:
    """Who of the helpdesk helps this person now, and the phrase to read to them."""
    found = callers.calls_about(_caller(request))
    return success({"calls": [_call(each) for each in found]})


def _call(call: callers.Call) -> dict[str, Any]:
    return {
        "operator": call.helper.name,
        "roles": call.helper.roles,
        "number": call.helper.number,
        "ticket": call.ticket,
        "since": instant(call.since),
        "phrase": call.phrase,
    }


@router.post("/deny", url_name="calls_deny", **changes(Ended))
@once
def deny(request: HttpRequest) -> HttpResponse:
    """It is not I who speaks with them: every call about this person ends, and an alarm rings."""
    return success({"ended": callers.deny(_caller(request))})

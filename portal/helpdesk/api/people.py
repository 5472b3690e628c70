"""Find somebody, and read their account, its devices, sessions and history."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router

from accounts.api.documented import asks, reads
from accounts.envelope import instant, success
from portal.helpdesk import dossier, finding, history
from portal.helpdesk.api import door, schemas, shapes
from portal.helpdesk.forms import FindForm
from portal.helpdesk.matrix import Act

router = Router(tags=["Helpdesk: people"])


@router.post("/find", url_name="helpdesk_find", **asks(schemas.People))
@door.does(Act.FIND)
def find(request: HttpRequest, wanted: schemas.FindIn) -> HttpResponse:
    """Look for somebody; what was typed stands in no address and in no log."""
    form = door.valid(FindForm({"typed": wanted.typed, "beginning": wanted.beginning}))
    found = finding.search(door.person(request), door.operator(request), form.search())
    return success(
        {
            "people": [
                {
                    "sub": each.sub,
                    "username": each.username,
                    "name": each.name,
                    "email": each.email,
                    "phone": each.phone,
                    "status": each.status,
                }
                for each in found
            ]
        }
    )


@router.get("/people/{uuid:sub}", url_name="helpdesk_person", **reads(schemas.PersonOut))
@door.does(Act.LOOK)
def read(request: HttpRequest, sub: UUID) -> HttpResponse:
    """An account as it is now, masked, and what one may do to it; the look is recorded."""
    operator = door.operator(request)
    seen = dossier.look(door.person(request), operator, str(sub))
    response = success(shapes.person(seen, operator))
    response["ETag"] = f'"{seen.digest}"'
    return response


@router.get(
    "/people/{uuid:sub}/devices", url_name="helpdesk_devices", **reads(schemas.TheirDevices)
)
@door.does(Act.LOOK)
def devices(request: HttpRequest, sub: UUID) -> HttpResponse:
    """Their devices, the last used one first."""
    _reach(request, sub, "devices")
    found = dossier.devices(str(sub))
    return success(
        {
            "tracked": found is not None,
            "devices": [
                {
                    "name": each.name,
                    "added_at": instant(each.added_at),
                    "last_used_at": instant(each.last_used_at),
                    "remembered": each.is_remembered,
                }
                for each in found or ()
            ],
        }
    )


@router.get(
    "/people/{uuid:sub}/sessions", url_name="helpdesk_sessions", **reads(schemas.TheirSessions)
)
@door.does(Act.LOOK)
def sessions(request: HttpRequest, sub: UUID) -> HttpResponse:
    """Where they are signed in, the last active one first."""
    _reach(request, sub, "sessions")
    found = dossier.sessions(str(sub))
    return success(
        {
            "listed": found is not None,
            "sessions": [
                {
                    "device": each.device,
                    "place": each.place,
                    "opened_at": instant(each.opened_at),
                    "last_active_at": instant(each.last_active_at),
                }
                for each in found or ()
            ],
        }
    )


@router.get("/people/{uuid:sub}/history", url_name="helpdesk_history", **reads(schemas.Timeline))
@door.does(Act.LOOK)
def timeline(request: HttpRequest, sub: UUID) -> HttpResponse:
    """What its owner, operators and the pool did, the newest first."""
    _reach(request, sub, "history")
    lines = history.full(dossier.subject_named(str(sub)), str(sub), door.operator(request).sub)
    return success(
        {
            "lines": [
                {
                    "at": instant(each.at),
                    "what": each.what,
                    "outcome": each.outcome,
                    "by": each.by,
                    "where": each.where,
                    "reason": each.reason,
                    "ticket": each.ticket,
                    "reference": each.reference,
                }
                for each in lines
            ]
        }
    )


@router.get("/people/{uuid:sub}/why", url_name="helpdesk_why", **reads(schemas.Rules))
@door.does(Act.LOOK)
def why(request: HttpRequest, sub: UUID) -> HttpResponse:
    """Why one can or cannot do each act to this account now: the table, the check, the approval.

    Nothing of the account is read but its groups.
    """
    operator = door.operator(request)
    target = dossier.reach(operator, str(sub))
    return success(shapes.rules(operator, target, dossier.subject_named(target.sub)))


def _reach(request: HttpRequest, sub: UUID, what: str) -> None:
    """Recorded before it is asked whether they may (HLP-10)."""
    operator = door.operator(request)
    dossier.note_look(door.person(request), operator, str(sub), what)
    dossier.reach(operator, str(sub))

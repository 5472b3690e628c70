"""Whether the caller is who they say: begin, ask, answer, end."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from ninja import Router

from accounts import guards, vault
from accounts.api.documented import changes, reads
from accounts.api.idempotency import once
from accounts.codes import CodeForm
from accounts.envelope import instant, success
from accounts.masking import mask_email, mask_phone
from portal.helpdesk import callers, checks, targets
from portal.helpdesk.api import door, schemas, shapes
from portal.helpdesk.check_forms import BeginForm, InPersonForm, PhraseForm
from portal.helpdesk.checks import Way
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import CallerCheck
from portal.helpdesk.targets import Whom

router = Router(tags=["Helpdesk: checks of callers"])
MASK = {Way.EMAIL: mask_email, Way.SMS: mask_phone}
FORMS = {
    Way.EMAIL: (CodeForm, "code"),
    Way.SMS: (CodeForm, "code"),
    Way.PHRASE: (PhraseForm, "phrase"),
}


def _whom(request: HttpRequest, sub: UUID) -> Whom:
    return targets.whom_for(Act.CHECK_CALLER, door.operator(request), str(sub))


def _stands(request: HttpRequest, whom: Whom) -> HttpResponse:
    me = door.person(request).sub
    found = checks.current(me, whom.subject)
    until = checks.counts_until(me, whom.subject)
    vouch = checks.asked(found, Way.VOUCH) if found else None
    return success(
        {
            "open": found is not None,
            "ticket": found.ticket if found else "",
            "number": checks.helper_of(found).number if found else "",
            "vouch_number": vault.unseal(vouch.sealed) if vouch else "",
            "ends_at": instant(found.ends_at) if found else None,
            "strength": shapes.STRENGTH[checks.strength_now(me, whom.subject)],
            "counts_until": instant(until) if until else None,
            "ways": [_way(way, found, whom) for way in _offered(whom)],
        }
    )


def _offered(whom: Whom) -> list[Way]:
    vouch = [Way.VOUCH] if callers.vouch_offered() else []
    return [*checks.channels(whom.someone), Way.PHRASE, *vouch, Way.IN_PERSON]


def _way(way: Way, found: CallerCheck | None, whom: Whom) -> dict[str, Any]:
    to = checks.channels(whom.someone).get(way, "")
    asked = checks.asked(found, way) if found else None
    return {
        "way": way.value,
        "destination": MASK[way](to) if to else "",
        "asked_until": instant(asked.ends_at) if asked else None,
    }


@router.get("/people/{uuid:sub}/check", url_name="helpdesk_check", **reads(schemas.CheckOut))
@door.does(Act.CHECK_CALLER)
def read(request: HttpRequest, sub: UUID) -> HttpResponse:
    """Where the check of this caller stands, and how sure this operator may be now."""
    return _stands(request, _whom(request, sub))


@router.post("/people/{uuid:sub}/check", url_name="helpdesk_begin", **changes(schemas.CheckOut))
@once
@door.does(Act.CHECK_CALLER)
def begin(request: HttpRequest, sub: UUID, wanted: schemas.BeginIn) -> HttpResponse:
    """Begin to check a caller; `number` is what they find the operator by. An older check ends."""
    ticket = door.valid(BeginForm({"ticket": wanted.ticket})).cleaned_data["ticket"]
    whom = _whom(request, sub)
    checks.begin(door.person(request), whom, ticket)
    return _stands(request, whom)


@router.post(
    "/people/{uuid:sub}/check/{slug:way}/ask",
    url_name="helpdesk_ask",
    **changes(schemas.CheckOut),
)
@once
@door.does(Act.CHECK_CALLER)
def ask(request: HttpRequest, sub: UUID, way: str) -> HttpResponse:
    """Send a code, show the person a phrase, or ask for a vouch."""
    chosen = _named(way)
    if chosen is Way.IN_PERSON or (chosen is Way.VOUCH and not callers.vouch_offered()):
        raise Http404
    whom = _whom(request, sub)
    checks.ask(door.person(request), whom, chosen)
    return _stands(request, whom)


@router.post(
    "/people/{uuid:sub}/check/{slug:way}/answer",
    url_name="helpdesk_answer",
    **changes(schemas.CheckOut),
)
@once
@door.does(Act.CHECK_CALLER)
def answer(request: HttpRequest, sub: UUID, way: str, given: schemas.SaidIn) -> HttpResponse:
    """What the caller reads out. Counted before it is looked at."""
    chosen = _named(way)
    if chosen not in FORMS:
        raise Http404
    kind, field = FORMS[chosen]
    said = door.valid(kind({field: given.said}), {field: "said"}).cleaned_data[field]
    whom = _whom(request, sub)
    checks.answer(door.person(request), whom, chosen, said)
    return _stands(request, whom)


@router.post(
    "/people/{uuid:sub}/check/in-person",
    url_name="helpdesk_in_person",
    **changes(schemas.CheckOut),
)
@once
@door.does(Act.CHECK_CALLER)
def in_person(request: HttpRequest, sub: UUID, given: schemas.SeenIn) -> HttpResponse:
    """The person stands before the operator, who compared a document."""
    typed = {"document": given.document, "seen": given.seen}
    document = door.valid(InPersonForm(typed)).cleaned_data["document"]
    whom = _whom(request, sub)
    checks.seen_in_person(door.person(request), whom, document)
    return _stands(request, whom)


@router.delete("/people/{uuid:sub}/check", url_name="helpdesk_end", **changes(schemas.CheckOut))
@once
@door.does(Act.CHECK_CALLER)
def end(request: HttpRequest, sub: UUID) -> HttpResponse:
    """End the call: nothing proved in it counts any more."""
    person = door.person(request)
    guards.require_recent_operator(person)
    whom = _whom(request, sub)
    found = checks.current(person.sub, whom.subject)
    if found is not None:
        checks.close(person, found)
    return _stands(request, whom)


def _named(name: str) -> Way:
    if name not in Way.values:
        raise Http404
    return Way(name)

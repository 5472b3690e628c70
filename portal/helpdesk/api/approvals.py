"""What a second operator is asked for, and says."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from accounts.api.documented import changes, reads
from accounts.api.idempotency import once
from accounts.api.schemas import Done
from accounts.envelope import instant, success
from portal.helpdesk import approvals, previews, targets
from portal.helpdesk.api import door, schemas
from portal.helpdesk.check_forms import DecisionForm, ReasonForm
from portal.helpdesk.matrix import RULES, Act, may
from portal.helpdesk.models import Approval

router = Router(tags=["Helpdesk: approvals"])


def _shown(asked: Approval) -> dict[str, Any]:
    names = approvals.names_of(asked)
    opens_at = approvals.opens(asked)
    return {
        "id": str(asked.id),
        "act": asked.act,
        "sub": asked.sub,
        "operator": names["operator"],
        "person": names["person"],
        "reason": asked.reason,
        "ticket": asked.ticket,
        "state": "expired" if approvals.is_expired(asked) else asked.state,
        "proved_by": approvals.ways_of(asked),
        "preview": approvals.preview_of(asked),
        "asked_at": instant(asked.asked_at),
        "opens_at": instant(opens_at) if opens_at else None,
        "ends_at": instant(asked.ends_at),
        "words": asked.words,
        "broke_glass": asked.broke_glass,
    }


@router.get("/approvals", url_name="helpdesk_approvals", **reads(schemas.Approvals))
@door.does(Act.CHECK_CALLER)
def queue(request: HttpRequest) -> HttpResponse:
    """What waits for one's word, and what became of what one asked for."""
    operator = door.operator(request)
    waiting = approvals.waiting_for(operator) if may(Act.APPROVE, operator.roles) else []
    mine = approvals.asked_by(operator.sub)
    return success(
        {"waiting": [_shown(each) for each in waiting], "mine": [_shown(each) for each in mine]}
    )


@router.post(
    "/people/{uuid:sub}/approvals",
    url_name="helpdesk_ask_approval",
    **changes(schemas.ApprovalOut),
)
@once
@door.does(Act.CHECK_CALLER)
def ask(request: HttpRequest, sub: UUID, wanted: schemas.AskIn) -> HttpResponse:
    """Ask somebody else to agree to an act; where only a wait is needed, it begins at once."""
    return _let(approvals.ask, request, sub, wanted)


@router.post(
    "/people/{uuid:sub}/break-glass",
    url_name="helpdesk_break_glass",
    **changes(schemas.ApprovalOut),
)
@once
@door.does(Act.BREAK_GLASS)
def break_glass(request: HttpRequest, sub: UUID, wanted: schemas.AskIn) -> HttpResponse:
    """Let oneself do an act without its approval, once, within fifteen minutes; an alarm rings."""
    return _let(approvals.break_glass, request, sub, wanted)


def _let(
    let: Callable[..., Approval], request: HttpRequest, sub: UUID, wanted: schemas.AskIn
) -> HttpResponse:
    if wanted.act not in RULES:
        raise door.Invalid({"act": _("That act is about nobody in particular.")})
    given = door.valid(ReasonForm({"reason": wanted.reason, "ticket": wanted.ticket})).cleaned_data
    operator = door.operator(request)
    whom = targets.whom_for(wanted.act, operator, str(sub))
    told = previews.in_each_language(wanted.act, operator, whom.subject.sub)
    asked = let(door.person(request), whom, wanted.act, **given, preview=told)
    asked.refresh_from_db()
    return success(_shown(asked))


@router.post(
    "/approvals/{uuid:approval}/decide", url_name="helpdesk_decide", **changes(schemas.ApprovalOut)
)
@once
@door.does(Act.APPROVE)
def decide(request: HttpRequest, approval: UUID, wanted: schemas.DecisionIn) -> HttpResponse:
    """Agree, or refuse with words; nobody decides on their own."""
    given = door.valid(DecisionForm(wanted.model_dump())).cleaned_data
    asked = approvals.found(approval)
    if asked is None:
        raise Http404
    agrees = given["decision"] == "grant"
    approvals.decide(door.person(request), asked, agrees=agrees, said=given["words"])
    asked.refresh_from_db()
    return success(_shown(asked))


@router.delete("/approvals/{uuid:approval}", url_name="helpdesk_withdraw", **changes(Done))
@once
@door.does(Act.CHECK_CALLER)
def withdraw(request: HttpRequest, approval: UUID) -> HttpResponse:
    """Ask no longer."""
    person = door.person(request)
    asked = approvals.found(approval)
    if asked is None or asked.operator != person.sub:
        raise Http404
    approvals.withdraw(person, asked)
    return success({"done": True})

"""Open cases, and the audit for auditors."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from ninja import Query, Router

from accounts import audit
from accounts.api.documented import changes, reads
from accounts.api.idempotency import once
from accounts.api.schemas import Done
from accounts.envelope import instant, success
from accounts.models import AuditRecord, Case
from portal.helpdesk import acts, dossier, trails
from portal.helpdesk.api import door, schemas, shapes
from portal.helpdesk.approvals import Decided
from portal.helpdesk.audit_forms import AuditForm
from portal.helpdesk.forms import ClosingForm
from portal.helpdesk.matrix import Act

router = Router(tags=["Helpdesk: records"])


@router.get("/cases", url_name="helpdesk_cases", **reads(schemas.Cases))
@door.does(Act.LOOK)
def cases(request: HttpRequest) -> HttpResponse:
    """Open cases of people whom this operator reaches, the oldest first."""
    found = acts.open_cases(door.operator(request))
    return success({"cases": [shapes.case(each) for each in found]})


@router.post("/cases/{slug:number}/close", url_name="helpdesk_close_case", **changes(Done))
@once
@door.does(Act.CLOSE_CASE)
def close_case(request: HttpRequest, number: str, wanted: schemas.ClosingIn) -> HttpResponse:
    """Close a case, once."""
    case = Case.objects.filter(
        pool_id=settings.COGNITO_USER_POOL_ID, number=number, state=Case.State.OPEN
    ).first()
    if case is None:
        raise Http404
    dossier.reach(door.operator(request), case.sub)
    closing = door.valid(ClosingForm({"closing": wanted.closing})).cleaned_data["closing"]
    if not acts.close_case(door.person(request), case, closing):
        raise Decided
    return success({"done": True})


@router.get("/audit", url_name="helpdesk_audit", **reads(schemas.Records))
@door.does(Act.READ_AUDIT)
def records(request: HttpRequest, asked: Query[schemas.AuditIn]) -> HttpResponse:
    """Search the audit, the newest row first; that it was read is a row itself."""
    form = door.valid(AuditForm(asked.model_dump()))
    question = form.question()
    audit.audit_read(door.person(request), "list", question.said())
    pool_id = settings.COGNITO_USER_POOL_ID
    page = trails.page_of(pool_id, question, form.cleaned_data["before"])
    return success({"records": [_record(row) for row in page.rows], "older": page.older})


@router.get("/audit/{uuid:record}", url_name="helpdesk_record", **reads(schemas.WholeAct))
@door.does(Act.READ_AUDIT)
def record(request: HttpRequest, record: UUID) -> HttpResponse:
    """One act whole: its rows, and what is wrong with the chain around them, if anything."""
    found = trails.whole_act(settings.COGNITO_USER_POOL_ID, record)
    if found is None:
        raise Http404
    audit.audit_read(door.person(request), "row", {"id": str(record)})
    return success(
        {
            "records": [_record(row) for row in found.rows],
            "findings": [each.said for each in found.findings],
        }
    )


def _record(row: AuditRecord) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "number": row.number,
        "created_at": instant(row.created_at),
        "event": row.event,
        "outcome": row.outcome,
        "sub": row.sub,
        "actor": row.actor,
        "factor": row.factor,
        "client_address": row.client_address,
        "reason": row.reason,
        "ticket": row.ticket,
        "caller_check": row.caller_check,
        "approval": row.approval,
        "request_id": row.request_id,
        "completes": str(row.completes_id) if row.completes_id else None,
        "detail": row.detail,
        "hash": row.hash,
    }

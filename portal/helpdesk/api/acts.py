"""What an act would do, the act itself, and what became of it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from ninja import Router

from accounts import audit
from accounts.api.documented import changes, reads
from accounts.api.idempotency import once, once_in_secret
from accounts.api.preconditions import ANY, PreconditionMissing, matched
from accounts.cognito.errors import CognitoError
from accounts.envelope import instant, success
from portal.helpdesk import acts, compounds, dossier, menu, orders, plans, words
from portal.helpdesk.acts import Order, Receipt
from portal.helpdesk.api import door, schemas, shapes
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.forms import ASK_EACH_TIME
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import Compound

router = Router(tags=["Helpdesk: acts"])
# Fields of the forms, by their names in a body.
NAMES = {"kind": "reason", "drawn_from": "digest"}


def _named(name: str) -> Act:
    if name not in menu.LISTED:
        raise Http404
    return Act(name)


@router.get(
    "/people/{uuid:sub}/acts/{slug:act}", url_name="helpdesk_act", **reads(schemas.ActPreview)
)
@door.does(Act.LOOK)
def preview(request: HttpRequest, sub: UUID, act: str) -> HttpResponse:
    """What an act would do to this account, what it needs, and what stands in the way for now."""
    wanted, operator = _named(act), door.operator(request)
    seen = dossier.look(door.person(request), operator, str(sub))
    whys = orders.against(wanted, operator, seen)
    begun = compounds.open_one(seen.subject, wanted) if wanted in compounds.STEPS else None
    response = success(
        {
            "act": wanted.value,
            "title": _(words.ACT[wanted]),
            "digest": seen.digest,
            "needs": _needs(wanted, seen),
            "against": list(whys),
            "now": shapes.outlook(plans.outlook(seen)),
            "previews": [
                {
                    "method": method,
                    "does": list(plan.does),
                    "after": shapes.outlook(plan.after),
                }
                for method, plan in _plans(wanted, seen)
            ],
            "begun": str(begun.id) if begun else None,
        }
    )
    response["ETag"] = f'"{seen.digest}"'
    return response


def _needs(act: Act, seen: Dossier) -> list[str]:
    common = {"kind", "more", "ticket", "drawn_from"}
    return [name for name in orders.form_of(act, seen).fields if name not in common]


def _plans(act: Act, seen: Dossier) -> list[tuple[str | None, plans.Plan]]:
    if act in {Act.TURN_OFF, Act.PREFER}:
        found = orders.by_method(act, seen)
        return [(method.value if method else ASK_EACH_TIME, plan) for method, plan in found]
    return [(None, plan) for _, plan in orders.previews(act, seen)]


@router.post(
    "/people/{uuid:sub}/acts/{slug:act}",
    url_name="helpdesk_do",
    **changes(schemas.ReceiptOut | schemas.CompoundOut),
)
@once
@door.does(Act.LOOK)
def perform(request: HttpRequest, sub: UUID, act: str, wanted: schemas.OrderIn) -> HttpResponse:
    """Do it: proof, rules, check and approval are asked of the pool and the records once more."""
    named = _named(act)
    order = _order(request, named, sub, wanted.model_dump(exclude_none=True))
    if named in compounds.STEPS:
        begun = compounds.perform(door.person(request), str(sub), order)
        return success(shapes.compound(Compound.objects.get(pk=begun)))
    receipt = acts.perform(door.person(request), str(sub), order)
    return success(_done(request, sub, named, receipt))


@router.post("/people/{uuid:sub}/reveal", url_name="helpdesk_reveal", **changes(schemas.Revealed))
@once_in_secret
@door.does(Act.REVEAL)
def reveal(request: HttpRequest, sub: UUID, wanted: schemas.RevealIn) -> HttpResponse:
    """One number or address in full, once; recorded before it is read, and told to the person."""
    order = _order(request, Act.REVEAL, sub, wanted.model_dump(exclude_none=True))
    return success({"value": acts.reveal(door.person(request), str(sub), order).value})


def _order(request: HttpRequest, act: Act, sub: UUID, sent: dict[str, Any]) -> Order:
    """By the form of the page, so that both take and refuse the same. Errors: Invalid."""
    seen = dossier.read(door.operator(request), str(sub))
    typed = {
        **sent,
        "kind": sent["reason"],
        "drawn_from": _drawn_from(request, sent.get("digest"), seen),
    }
    return door.valid(orders.form_of(act, seen, typed), NAMES).order(act)


def _drawn_from(request: HttpRequest, digest: str | None, seen: Dossier) -> str:
    """Errors: PreconditionMissing."""
    asked = matched(request)
    if digest is not None and asked in {None, ANY, digest}:
        return digest
    if asked is None:
        raise PreconditionMissing
    # Nonsense in If-Match is a state that never was.
    return seen.digest if asked == ANY else asked or "-"


def _done(request: HttpRequest, sub: UUID, act: Act, receipt: UUID) -> dict[str, Any]:
    """Trouble with the read after it must not hide what was done."""
    try:
        found = acts.receipt_of(door.operator(request), str(sub), receipt)
    except CognitoError:
        found = None
    return _receipt(found) if found else _unread(sub, act, receipt)


def _unread(sub: UUID, act: Act, receipt: UUID) -> dict[str, Any]:
    """What our own record tells of it; where that cannot be found, that it was asked for."""
    made = audit.own_change(dossier.subject_named(str(sub)), receipt)
    if made is None:
        return {"id": str(receipt), "act": act.value}
    counts: dict[str, Any] = {
        name: made.detail[name] for name in ("forgotten", "left") if name in made.detail
    }
    return {"id": str(receipt), "act": act.value, "outcome": made.outcome, **counts}


def _receipt(found: Receipt) -> dict[str, Any]:
    return {
        "id": str(found.id),
        "act": found.act,
        "created_at": instant(found.created_at),
        "outcome": found.outcome,
        "as_asked": found.as_asked,
        "now": shapes.outlook(plans.outlook(found.seen)),
        **({"forgotten": found.forgotten, "left": found.left} if found.forgotten else {}),
    }


@router.get(
    "/people/{uuid:sub}/done/{uuid:receipt}",
    url_name="helpdesk_receipt",
    **reads(schemas.ReceiptOut),
)
@door.does(Act.LOOK)
def receipt(request: HttpRequest, sub: UUID, receipt: UUID) -> HttpResponse:
    """What was done, how it ended, and how the account is now."""
    found = acts.receipt_of(door.operator(request), str(sub), receipt)
    if found is None:
        raise Http404
    return success(_receipt(found))


@router.get(
    "/people/{uuid:sub}/steps/{uuid:compound}",
    url_name="helpdesk_compound",
    **reads(schemas.CompoundOut),
)
@door.does(Act.LOOK)
def compound(request: HttpRequest, sub: UUID, compound: UUID) -> HttpResponse:
    """An act of several steps, and how far it came."""
    dossier.reach(door.operator(request), str(sub))
    subject = dossier.subject_named(str(sub))
    found = Compound.objects.filter(pk=compound, pool_id=subject.pool_id, sub=subject.sub).first()
    if found is None:
        raise Http404
    compounds.settle(found)
    found.refresh_from_db()
    return success(shapes.compound(found))

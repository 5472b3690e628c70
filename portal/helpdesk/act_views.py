"""The page of each act: what it would do, why it is done, and what became true."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import wraps
from http import HTTPStatus
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods

from accounts import devices, phones, refusals
from accounts.audit import NotDone
from accounts.cognito.errors import (
    CognitoAway,
    CognitoError,
    CognitoUnreachable,
    ResetNotPossible,
    TryLater,
)
from accounts.guards import recently_authenticated
from accounts.models import Case
from portal.helpdesk import acts, checks, compounds, dossier, menu, orders, plans, words
from portal.helpdesk.acts import Moved, Order, Receipt, Refused, Unread
from portal.helpdesk.compounds import Cut
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.forms import ClosingForm, OrderForm
from portal.helpdesk.guards import OperatorRequest, OperatorView, does
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import Compound
from portal.helpdesk.people_views import about_somebody
from portal.helpdesk.plans import NotPossible

log = structlog.get_logger(__name__)
FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
MOVED = gettext_noop("The account was changed since this page was opened. This is how it is now.")


def told_plainly(view: OperatorView) -> Callable[..., HttpResponseBase]:
    """What stands against an act, on a page of its own: the rules, or the account."""

    @wraps(view)
    def guarded(request: OperatorRequest, sub: UUID, *args: Any, **kw: Any) -> HttpResponseBase:
        try:
            return view(request, sub, *args, **kw)
        except Refused as refused:
            whys = menu.lasting_of(refused.whys) or refused.whys
            context = {"sub": sub, "reasons": [_(words.WHY[why]) for why in whys]}
            status = HTTPStatus.FORBIDDEN
        except NotPossible as problem:
            context, status = {"sub": sub, "reasons": [str(problem)]}, HTTPStatus.CONFLICT
        except ResetNotPossible:
            reasons = [_("The pool could send no code for a new password. Nothing was changed.")]
            context, status = {"sub": sub, "reasons": reasons}, HTTPStatus.CONFLICT
        return render(request, "helpdesk/not_possible.html", context, status=status)

    return guarded


@does(Act.LOOK)
@recently_authenticated
@FORM_METHODS
@about_somebody
@told_plainly
def act(request: OperatorRequest, sub: UUID, act: str) -> HttpResponseBase:
    """Show what an act would do; do it when it is asked for."""
    wanted = _act_named(act)
    return _asked(request, wanted, sub) if request.method == "POST" else _page(request, wanted, sub)


def _asked(request: OperatorRequest, wanted: Act, sub: UUID) -> HttpResponseBase:
    try:
        seen = dossier.read(request.operator, str(sub))
    except (CognitoUnreachable, TryLater) as trouble:
        return _not_asked(request, wanted, sub, None, trouble)
    form = orders.form_of(wanted, seen, request.POST)
    try:
        if not form.is_valid():
            return _page(request, wanted, sub, form)
        return _done(request, wanted, sub, form)
    except (CognitoAway, TryLater, Unread) as trouble:
        read = None if isinstance(trouble, Unread) else form
        return _not_asked(request, wanted, sub, read, trouble)
    except Moved:
        messages.warning(request, _(MOVED))
        return redirect("helpdesk:act", sub=sub, act=wanted.value)
    except NotDone:
        form.add_error(
            "code", _("No browser of this person shows that code now. Ask again for it.")
        )
        return _page(request, wanted, sub, form)


def _begun(request: OperatorRequest, sub: UUID, order: Order) -> UUID:
    """The report says how far it came, and how to go on."""
    try:
        return compounds.perform(request.person, str(sub), order)
    except Cut as cut:
        log.warning("cognito_trouble", kind=type(cut.__cause__).__name__, reason=str(cut))
        return cut.begun


def _not_asked(
    request: OperatorRequest, act: Act, sub: UUID, form: OrderForm | None, trouble: CognitoError
) -> HttpResponse:
    """The form again with all that was typed, where it may be sent again as it is.

    form: None where the account could not be read, for the form or once more for the act.
    """
    said = refusals.not_asked(trouble, only_read=form is None)
    if said is None:
        raise trouble
    log.warning("cognito_trouble", kind=type(trouble).__name__, reason=str(trouble))
    response = _again(request, act, sub, form, said)
    response.status_code = HTTPStatus.SERVICE_UNAVAILABLE
    response["Retry-After"] = str(said["wait_seconds"])
    return response


def _again(
    request: OperatorRequest, act: Act, sub: UUID, form: OrderForm | None, not_asked: dict[str, Any]
) -> HttpResponse:
    """Beside the account; without it where it cannot be read now.

    The digest that was sent names what they saw: what changed meanwhile is shown before it is done.
    """
    if form is not None:
        with suppress(CognitoUnreachable, TryLater):
            return _page(request, act, sub, form, not_asked)
    context = {
        "act": act.value,
        "title": _(words.TITLE[act.value]),
        "sub": sub,
        "form": orders.form_again(act, request.POST),
        "not_asked": not_asked,
    }
    return render(request, "helpdesk/act_unread.html", context)


def _act_named(name: str) -> Act:
    if name not in {*menu.LISTED, Act.REVEAL}:
        raise Http404
    return Act(name)


def _done(request: OperatorRequest, act: Act, sub: UUID, form: OrderForm) -> HttpResponseBase:
    order = form.order(act)
    if act is Act.REVEAL:
        found = acts.reveal(request.person, str(sub), order)
        shown = {"sub": sub, "revealed": replace(found, value=phones.written(found.value))}
        return render(request, "helpdesk/revealed.html", shown)
    if act in compounds.STEPS:
        return redirect("helpdesk:compound", sub=sub, compound=_begun(request, sub, order))
    receipt = acts.perform(request.person, str(sub), order)
    return redirect("helpdesk:receipt", sub=sub, receipt=receipt)


def _page(
    request: OperatorRequest,
    act: Act,
    sub: UUID,
    form: OrderForm | None = None,
    not_asked: dict[str, Any] | None = None,
) -> HttpResponse:
    """form: what was sent and not done. not_asked: nothing was wrong with it (`refusals`)."""
    seen = dossier.read(request.operator, str(sub))
    whys = orders.against(act, request.operator, seen)
    begun = compounds.open_one(seen.subject, act) if act in compounds.STEPS else None
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form is not None else HTTPStatus.OK
    form = form or orders.form_of(act, seen, begun=begun, ticket=_ticket(request, seen))
    context = {**orders.shown(act, seen, whys), "begun": begun, "form": form}
    context["not_asked"] = not_asked
    return render(request, "helpdesk/act.html", context, status=status)


def _ticket(request: OperatorRequest, seen: Dossier) -> str:
    """Of the call that is under way."""
    check = checks.current(request.person.sub, seen.subject)
    return check.ticket if check else ""


@does(Act.LOOK)
@require_GET
@about_somebody
def receipt(request: OperatorRequest, sub: UUID, receipt: UUID) -> HttpResponse:
    """What was done, how it ended, and how the account is now."""
    found = acts.receipt_of(request.operator, str(sub), receipt)
    if found is None:
        raise Http404
    context = {
        "sub": sub,
        "receipt": found,
        "title": _(words.TITLE[found.act]) if found.act in words.TITLE else found.act,
        "now": plans.outlook(found.seen),
        "ended": _(words.DONE.get(found.outcome, words.DONE["unknown"])),
        **_how_far(found),
    }
    return render(request, "helpdesk/receipt.html", context)


def _how_far(found: Receipt) -> dict[str, str]:
    """Of what was cut between two calls; left: empty where another press finds nothing to do."""
    if not found.forgotten:
        return {}
    left = devices.left_in_words(found.left) if found.left else ""
    return {"forgotten": devices.forgotten_in_words(found.forgotten), "left": left}


@does(Act.LOOK)
@require_GET
@about_somebody
def compound(request: OperatorRequest, sub: UUID, compound: UUID) -> HttpResponse:
    """The report of an act of several steps, with the way on where it was cut."""
    seen = dossier.read(request.operator, str(sub))
    found = Compound.objects.filter(
        pk=compound, pool_id=seen.subject.pool_id, sub=seen.subject.sub
    ).first()
    if found is None:
        raise Http404
    compounds.settle(found)
    context = {
        "sub": sub,
        "compound": found,
        "title": _(words.TITLE[found.act]),
        "steps": compounds.report(found),
        "goes_on": bool(compounds.left(found)),
        "now": plans.outlook(seen),
    }
    return render(request, "helpdesk/compound.html", context)


@does(Act.LOOK)
@require_GET
def cases(request: OperatorRequest) -> HttpResponse:
    """Open cases of people whom the operator reaches, the oldest first."""
    return render(request, "helpdesk/cases.html", {"cases": acts.open_cases(request.operator)})


@does(Act.CLOSE_CASE)
@recently_authenticated
@FORM_METHODS
@about_somebody
def close_case(request: OperatorRequest, number: str) -> HttpResponseBase:
    case = Case.objects.filter(
        pool_id=settings.COGNITO_USER_POOL_ID, number=number, state=Case.State.OPEN
    ).first()
    if case is None:
        raise Http404
    dossier.reach(request.operator, case.sub)
    form = ClosingForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            closed = acts.close_case(request.person, case, form.cleaned_data["closing"])
        except Refused as refused:
            context = {"sub": case.sub, "reasons": [_(words.WHY[why]) for why in refused.whys]}
            return render(request, "helpdesk/not_possible.html", context, status=403)
        if closed:
            messages.success(request, _("Case {number} is closed.").format(number=case.number))
        else:
            messages.error(request, _(words.DECIDED))
        return redirect("helpdesk:cases")
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "helpdesk/close_case.html", {"case": case, "form": form}, status=status)

"""Ask a second operator, see what waits, agree or refuse, and act without one in an emergency."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.guards import recently_authenticated
from portal.helpdesk import approvals, checks, previews, targets, words
from portal.helpdesk.act_views import told_plainly
from portal.helpdesk.approvals import Decided, NotNeeded
from portal.helpdesk.check_forms import DecisionForm, ReasonForm
from portal.helpdesk.guards import OperatorRequest, does, explained
from portal.helpdesk.matrix import RULES, Act, may, rule_for
from portal.helpdesk.models import Approval
from portal.helpdesk.targets import NotAllowed, Whom

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])
QUEUE = "helpdesk:approvals"
NO_NEED = gettext_noop("This needs no second operator. You can do it now.")


@does(Act.CHECK_CALLER)
@recently_authenticated
@explained
@told_plainly
@FORM_METHODS
def ask(request: OperatorRequest, sub: UUID, act: str) -> HttpResponseBase:
    """Ask somebody else to agree to an act."""
    page = _page_until(approvals.ask, request, sub, act, "helpdesk/ask_approval.html")
    if page is not None:
        return page
    messages.success(request, _("It is asked for. You see here what becomes of it."))
    return redirect(QUEUE)


@does(Act.BREAK_GLASS)
@recently_authenticated
@explained
@told_plainly
@FORM_METHODS
def break_glass(request: OperatorRequest, sub: UUID, act: str) -> HttpResponseBase:
    """Act without the approval, when there is nobody to give it."""
    page = _page_until(approvals.break_glass, request, sub, act, "helpdesk/break_glass.html")
    if page is not None:
        return page
    messages.warning(request, _("The alarm rang. You have fifteen minutes to do it, once."))
    return redirect("helpdesk:person", sub=sub)


def _page_until(
    done: Callable[..., Approval], request: OperatorRequest, sub: UUID, act: str, template: str
) -> HttpResponseBase | None:
    """The page that asks for a reason, until it is given and this is done; None from then on."""
    wanted, whom = _asked_about(request, sub, act)
    form = ReasonForm(request.POST or None, initial=_ticket_of(request, whom))
    if not form.is_valid():
        return _ask_page(request, wanted, whom, form, template)
    preview = previews.in_each_language(wanted, request.operator, whom.subject.sub)
    try:
        done(request.person, whom, wanted, **form.cleaned_data, preview=preview)
    except NotNeeded:
        messages.info(request, _(NO_NEED))
        return redirect("helpdesk:person", sub=sub)
    return None


def _asked_about(request: OperatorRequest, sub: UUID, act: str) -> tuple[Act, Whom]:
    """The act and the account; a page that could only refuse says so at once."""
    if act not in set(RULES):
        raise Http404
    wanted = Act(act)
    return wanted, targets.whom_for(wanted, request.operator, str(sub))


def _ticket_of(request: OperatorRequest, whom: Whom) -> dict[str, str]:
    check = checks.current(request.person.sub, whom.subject)
    return {"ticket": check.ticket} if check else {}


def _ask_page(
    request: OperatorRequest, act: Act, whom: Whom, form: ReasonForm, template: str
) -> HttpResponse:
    rule = rule_for(act, whom.target.tier)
    strength = checks.strength_now(request.person.sub, whom.subject)
    context = {
        "operator": request.operator,
        "act": act,
        "doing": _(words.ACT[act]),
        "whom": whom,
        "form": form,
        "preview": previews.sentences(act, request.operator, whom.subject.sub),
        "needed": approvals.is_needed(act, whom.target.tier),
        "hold_hours": approvals.hold_of(act).total_seconds() / 3600,
        "check_missing": rule is not None and strength < rule.check,
        "check_words": _(words.STRENGTH[rule.check]) if rule else "",
        "may_break_glass": may(Act.BREAK_GLASS, request.operator.roles),
    }
    return render(request, template, context, status=422 if form.errors else 200)


@does(Act.CHECK_CALLER)
@require_GET
def queue(request: OperatorRequest) -> HttpResponse:
    """What waits for one's word, and what became of what one asked for."""
    decides = may(Act.APPROVE, request.operator.roles)
    waiting = approvals.waiting_for(request.operator) if decides else []
    context = {
        "operator": request.operator,
        "decides": decides,
        "waiting": [_row(each) for each in waiting],
        "mine": [_row(each) for each in approvals.asked_by(request.person.sub)],
    }
    return render(request, "helpdesk/approvals.html", context)


def _row(asked: Approval) -> dict[str, Any]:
    state = "expired" if approvals.is_expired(asked) else asked.state
    return {
        "approval": asked,
        "names": approvals.names_of(asked),
        "doing": _(words.ACT[Act(asked.act)]),
        "state": _(words.APPROVAL_STATE[state]),
        "badge": words.APPROVAL_BADGE.get(state, "off"),
        "is_open": state == Approval.State.OPEN,
        "is_granted": state == Approval.State.GRANTED,
        "opens": approvals.opens(asked),
        "ways": approvals.ways_of(asked),
        "tier": approvals.tier_of(asked),
        "preview": approvals.preview_of(asked),
    }


@does(Act.APPROVE)
@recently_authenticated
@explained
@FORM_METHODS
def decide(request: OperatorRequest, approval: UUID) -> HttpResponseBase:
    """See the evidence, and agree or refuse."""
    asked = approvals.found(approval)
    if asked is None:
        raise Http404
    whom = targets.whom_for(Act.APPROVE, request.operator, asked.sub)
    whys = approvals.may_decide(request.operator, asked, whom.target)
    if whys:
        raise NotAllowed(whys)
    form = DecisionForm(request.POST or None)
    if form.is_valid():
        _decide(request, asked, form)
        return redirect(QUEUE)
    context = {"operator": request.operator, "row": _row(asked), "form": form}
    status = 422 if form.errors else 200
    return render(request, "helpdesk/decide.html", context, status=status)


def _decide(request: OperatorRequest, asked: Approval, form: DecisionForm) -> None:
    agrees = form.cleaned_data["decision"] == "grant"
    try:
        approvals.decide(request.person, asked, agrees=agrees, said=form.cleaned_data["words"])
        messages.success(request, _("You agreed.") if agrees else _("You refused."))
    except Decided:
        messages.error(request, _(words.DECIDED))


@does(Act.CHECK_CALLER)
@recently_authenticated
@explained
@require_POST
def withdraw(request: OperatorRequest, approval: UUID) -> HttpResponseBase:
    """Ask no longer."""
    asked = approvals.found(approval)
    if asked is None or asked.operator != request.person.sub:
        raise Http404
    try:
        approvals.withdraw(request.person, asked)
        messages.success(request, _("You no longer ask for it."))
    except Decided:
        messages.error(request, _(words.DECIDED))
    return redirect(QUEUE)

"""The guided desk: choose what happened, and be led through it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from portal.helpdesk import (
    approvals,
    checks,
    dossier,
    guide_words,
    plans,
    previews,
    targets,
    words,
)
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.guards import OperatorRequest, does, explained
from portal.helpdesk.guide import PRESSES, Script, Situation, script
from portal.helpdesk.matrix import RULES, Act, Target, Tier


@does(Act.CHECK_CALLER)
@require_GET
def choose(request: OperatorRequest) -> HttpResponse:
    """Which of the situations is it?"""
    choices = [(each, guide_words.said(each).title) for each in Situation]
    context = {"operator": request.operator, "choices": choices}
    return render(request, "helpdesk/guide.html", context)


@does(Act.CHECK_CALLER)
@require_GET
def general(request: OperatorRequest, situation: str) -> HttpResponse:
    """The script for an ordinary account, and for a privileged one."""
    scripts = [
        script(_named(situation), request.operator, Target("", tier), held=_held()) for tier in Tier
    ]
    return _render(request, scripts, None)


@does(Act.CHECK_CALLER)
@explained
@require_GET
def for_person(request: OperatorRequest, situation: str, sub: UUID) -> HttpResponse:
    """The script for one account, as it is at this moment."""
    wanted = _named(situation)
    targets.whom_for(Act.CHECK_CALLER, request.operator, str(sub))
    seen = dossier.look(request.person, request.operator, str(sub))
    made = script(
        wanted,
        request.operator,
        seen.target,
        now=plans.outlook(seen).next_sign_in,
        foreseen=previews.foreseen_all(PRESSES[wanted], seen),
        held=_held(),
    )
    return _render(request, [made], seen)


def _named(situation: str) -> Situation:
    try:
        return Situation(situation)
    except ValueError:
        raise Http404 from None


def _held() -> frozenset[Act]:
    return frozenset(act for act in RULES if approvals.has_hold(act))


def _render(request: OperatorRequest, scripts: list[Script], seen: Dossier | None) -> HttpResponse:
    said = guide_words.said(scripts[0].situation)
    is_possible = any(each.is_possible for each in scripts)
    context = {
        "operator": request.operator,
        "say": said.say if is_possible else guide_words.nothing_now(),
        "said": said,
        "situation": scripts[0].situation.value,
        "scripts": [drawn(each) for each in scripts],
        "dossier": seen,
        "sub": seen.subject.sub if seen else "",
        "strength": _strength(request, seen),
    }
    return render(request, "helpdesk/script.html", context)


def _strength(request: OperatorRequest, seen: Dossier | None) -> str:
    """How sure the operator is already; empty where nothing was proved."""
    found = checks.strength_now(request.person.sub, seen.subject) if seen else None
    return _(words.STRENGTH[found]) if found else ""


def drawn(made: Script) -> dict[str, Any]:
    """A script as its page has it, in the language that is spoken."""
    return {
        "heading": _(guide_words.FOR_TIER[made.tier]),
        "now": made.now,
        "needs_check": bool(made.check),
        "check": _(guide_words.CHECK[made.check]),
        "presses": [
            {
                "act": press.act.value,
                "doing": _(words.ACT[press.act]),
                "does": press.foreseen.does or (_(words.EFFECT[press.act]),),
                "hand": press.hand.value,
                "hand_words": _(guide_words.HAND[press.hand]),
                "why": [_(words.WHY[why]) for why in press.why],
                "check": _(guide_words.CHECK[press.check]),
                "then": press.foreseen.then,
                "problem": press.foreseen.problem,
            }
            for press in made.presses
        ],
    }

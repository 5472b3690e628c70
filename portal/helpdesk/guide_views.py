"""The guided desk: choose what happened, and be led through it."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from portal.helpdesk import approvals, checks, dossier, guide_words, targets, words
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.guards import OperatorRequest, does, explained
from portal.helpdesk.guide import Script, Situation, script
from portal.helpdesk.matrix import RULES, Act, Target, Tier


@does(Act.CHECK_CALLER)
@require_GET
def choose(request: OperatorRequest) -> HttpResponse:
    """Which of the situations is it?"""
    choices = [(each, guide_words.SAID[each].title) for each in Situation]
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
    methods = (seen.factors.state, seen.factors.policy) if seen.factors else None
    made = script(wanted, request.operator, seen.target, methods=methods, held=_held())
    return _render(request, [made], seen)


def _named(situation: str) -> Situation:
    try:
        return Situation(situation)
    except ValueError:
        raise Http404 from None


def _held() -> frozenset[Act]:
    return frozenset(act for act in RULES if approvals.has_hold(act))


def _render(request: OperatorRequest, scripts: list[Script], seen: Dossier | None) -> HttpResponse:
    context = {
        "operator": request.operator,
        "said": guide_words.SAID[scripts[0].situation],
        "situation": scripts[0].situation.value,
        "scripts": [_drawn(each) for each in scripts],
        "dossier": seen,
        "sub": seen.subject.sub if seen else "",
        "strength": _strength(request, seen),
    }
    return render(request, "helpdesk/script.html", context)


def _strength(request: OperatorRequest, seen: Dossier | None) -> str:
    """How sure the operator is already; empty where nothing was proved."""
    found = checks.strength_now(request.person.sub, seen.subject) if seen else None
    return words.STRENGTH[found] if found else ""


def _drawn(made: Script) -> dict[str, Any]:
    return {
        "tier": words.TIER[made.tier],
        "now": made.now,
        "needs_check": bool(made.check),
        "check": guide_words.CHECK[made.check],
        "presses": [
            {
                "act": press.act.value,
                "doing": words.ACT[press.act],
                "effect": words.EFFECT[press.act],
                "hand": press.hand.value,
                "hand_words": guide_words.HAND[press.hand],
                "why": [words.WHY[why] for why in press.why],
                "check": guide_words.CHECK[press.check],
                "then": press.then,
            }
            for press in made.presses
        ],
    }

"""What the helpdesk knows, as JSON says it."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from accounts.envelope import instant
from accounts.models import Case
from accounts.subjects import Subject
from portal.factors import policy
from portal.helpdesk import compounds, menu, plans, words
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act, Operator, Strength, Target, Tier, Why, rule_for
from portal.helpdesk.models import Compound
from portal.helpdesk.plans import Outlook

STRENGTH = {Strength.NONE: "none", Strength.CHANNEL: "channel", Strength.STRONG: "strong"}


def outlook(told: Outlook) -> dict[str, str]:
    return {
        "methods": told.methods,
        "first": told.first,
        "next_sign_in": told.next_sign_in,
    }


def person(seen: Dossier, operator: Operator) -> dict[str, Any]:
    return {
        "sub": seen.subject.sub,
        "shown_as": seen.shown_as,
        "status": seen.status,
        "created_at": instant(seen.someone.created_at),
        "changed_at": instant(seen.someone.modified_at),
        "groups": sorted(seen.target.groups),
        "privileged": seen.is_privileged,
        "federated": seen.factors is None,
        "digest": seen.digest,
        **_methods(seen),
        "now": outlook(plans.outlook(seen)),
        "contacts": [
            {"channel": each.name, "masked": each.masked, "verified": each.verified}
            for each in menu.channels(seen)
        ],
        "frozen_until": instant(seen.frozen_until) if seen.frozen_until else None,
        "cases": [case(each) for each in seen.open_cases],
        "passes": [
            {
                "issued_at": instant(each.issued_at),
                "opens_at": instant(each.opens_at),
                "ends_at": instant(each.ends_at),
            }
            for each in seen.passes
        ],
        "recovery_codes_left": seen.codes_left,
        "way_back": {"begun_at": instant(seen.way_back.begun_at)} if seen.way_back else None,
        "acts": [_act(each, seen, operator) for each in (Act.REVEAL, *menu.LISTED)],
    }


def _methods(seen: Dossier) -> dict[str, Any]:
    if seen.factors is None:
        return {"activated": [], "preferred": None, "effective": [], "has_passkey": False}
    now = seen.factors.preference
    return {
        "activated": [each.value for each in policy.in_order(now.activated)],
        "preferred": now.preferred.value if now.preferred else None,
        "effective": [each.value for each in policy.in_order(seen.factors.effective)],
        "has_passkey": seen.factors.state.has_passkey,
    }


def _act(act: Act, seen: Dossier, operator: Operator) -> dict[str, Any]:
    whys = menu.against(act, operator, seen.target, seen.subject)
    return {**_rule(act, seen.target), "against": list(whys)}


def _rule(act: Act, target: Target) -> dict[str, Any]:
    rule = rule_for(act, target.tier)
    return {
        "act": act.value,
        "title": _(words.ACT[act]),
        "roles": sorted(rule.roles) if rule else [],
        "check": STRENGTH[rule.check if rule else Strength.NONE],
        "approval": bool(rule and rule.approval),
    }


def rules(operator: Operator, target: Target, subject: Subject) -> dict[str, Any]:
    """The page "Why can't I?": every act, and what stands in its way."""
    return {
        "roles": sorted(operator.roles),
        "privileged": target.tier is Tier.PRIVILEGED,
        "has_role": target.rank > 0,
        "rules": [
            {
                **_rule(act, target),
                "against": explained(menu.against(act, operator, target, subject)),
            }
            for act in menu.EXPLAINED
        ],
    }


def explained(whys: Iterable[Why]) -> list[dict[str, str]]:
    return [{"reason": why.value, "explanation": _(words.WHY[why])} for why in whys]


def case(found: Case) -> dict[str, Any]:
    return {
        "number": found.number,
        "kind": found.kind,
        "sub": found.sub,
        "opened_at": instant(found.opened_at),
        "ticket": found.ticket,
    }


def compound(found: Compound) -> dict[str, Any]:
    """An act of several steps, and how far it came."""
    return {
        "id": str(found.id),
        "act": found.act,
        "created_at": instant(found.begun_at),
        "finished_at": instant(found.finished_at) if found.finished_at else None,
        "steps": [
            {"step": each.step.value, "does": each.said, "state": each.state}
            for each in compounds.report(found)
        ],
    }

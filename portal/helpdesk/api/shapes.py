"""What the helpdesk knows, as JSON says it."""

from typing import Any

from accounts.envelope import instant
from accounts.models import Case
from portal.factors import policy
from portal.helpdesk import menu, plans, words
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act, Operator, Strength, rule_for
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
    rule = rule_for(act, seen.target.tier)
    return {
        "act": act.value,
        "title": words.ACT[act],
        "against": list(menu.against(act, operator, seen.target, seen.subject)),
        "roles": sorted(rule.roles) if rule else [],
        "check": STRENGTH[rule.check if rule else Strength.NONE],
        "approval": bool(rule and rule.approval),
    }


def case(found: Case) -> dict[str, Any]:
    return {
        "number": found.number,
        "kind": found.kind,
        "sub": found.sub,
        "opened_at": instant(found.opened_at),
        "ticket": found.ticket,
    }

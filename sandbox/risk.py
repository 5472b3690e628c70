"""Adaptive authentication: how risky a sign-in is and what follows from it. Source: contract 9.

How the service judges is not known, so here the address decides: the ranges kept for
documentation carry an agreed level, and the pool's own lists always and never block.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any

from sandbox.auth_events import FAIL, IN_PROGRESS, PASS, SIGN_IN, is_watched
from sandbox.factors import NextStep, next_step
from sandbox.pools import Client, Pool
from sandbox.protocol import refusal
from sandbox.risk_notices import send_notice
from sandbox.tokens import Visit

if TYPE_CHECKING:
    from sandbox.steps import Attempt

RANGES = {"Low": "192.0.2.0/24", "Medium": "198.51.100.0/24", "High": "203.0.113.0/24"}
ASKS_FOR_MORE = ("MFA_REQUIRED", "MFA_IF_CONFIGURED")
NO_ACTION = {"EventAction": "NO_ACTION", "Notify": False}
Document = dict[str, Any]


def risk_settings(pool: Pool, client_id: str) -> Document:
    """The client's own risk configuration, or the pool's."""
    known: dict[str, Document] = pool.document.get("risk", {})
    return known.get(client_id) or known.get("", {})


def visit_of(attempt: Attempt) -> Visit:
    """Where a sign-in comes from, as far as its caller may say so."""
    given = attempt.call.input
    address = given.get("ContextData", {}).get("IpAddress")
    if _passes_context_on(attempt.client):
        address = address or given.get("UserContextData", {}).get("IpAddress")
    return replace(attempt.call.visit, address=address) if address else attempt.call.visit


def note_answer(attempt: Attempt, challenge: str, response: str) -> None:
    """Record the answer to a challenge of this sign-in; challenge: Password or Mfa."""
    _open_event(attempt)
    attempt.call.sandbox.events.answered(attempt.event, challenge, response)


def note_passed(attempt: Attempt) -> None:
    """Record that the sign-in got through."""
    _open_event(attempt)
    attempt.call.sandbox.events.change(attempt.event, EventResponse=PASS)


def weighed(attempt: Attempt, step: NextStep) -> NextStep:
    """The next step after the risk was looked at: the same, a factor more, or a refusal."""
    if not is_watched(attempt.pool) or attempt.nobody:
        return step
    _open_event(attempt)
    settings, address = risk_settings(attempt.pool, attempt.client.id), visit_of(attempt).address
    exceptions = settings.get("RiskExceptionConfiguration", {})
    if _within(address, exceptions.get("SkippedIPRangeList", ())):
        return step
    if _within(address, exceptions.get("BlockedIPRangeList", ())):
        _note_risk(attempt, "Block", None)
        return _blocked(attempt) if _enforced(attempt.pool) else step
    level = next((name for name, span in RANGES.items() if _within(address, (span,))), None)
    if level is None:
        return step
    takeover = settings.get("AccountTakeoverRiskConfiguration", {})
    return _acted(attempt, step, level, takeover)


def _acted(attempt: Attempt, step: NextStep, level: str, takeover: Document) -> NextStep:
    """Do what the configuration wants at this level."""
    action = takeover.get("Actions", {}).get(f"{level}Action", NO_ACTION)
    sender = takeover.get("NotifyConfiguration") if action["Notify"] else None
    _note_risk(attempt, "AccountTakeover", level)
    if not _enforced(attempt.pool):
        return step
    kind = action["EventAction"]
    further = _further(attempt, step) if kind in ASKS_FOR_MORE else step
    if kind == "BLOCK" or (kind == "MFA_REQUIRED" and further.kind == "tokens"):
        _notify(attempt, sender, "BlockEmail")
        _note_risk(attempt, "Block", level)
        return _blocked(attempt)
    _notify(attempt, sender, "NoActionEmail" if kind == "NO_ACTION" else "MfaEmail")
    return further


def _further(attempt: Attempt, step: NextStep) -> NextStep:
    """A factor that somebody has but has not activated; asked for in optional pools only."""
    if step.kind != "tokens" or attempt.pool.mfa != "OPTIONAL":
        return step
    document = attempt.pool.document
    mfa = {**attempt.pool.mfa_settings, "MfaConfiguration": "ON"}
    strict = Pool(attempt.pool.id, {**document, "mfa": mfa})
    asked = next_step(strict, attempt.person, attempt.call.sandbox.switches)
    return asked if asked.kind in ("challenge", "choice") else step


def _notify(attempt: Attempt, sender: Document | None, member: str) -> None:
    """Tell the person, if the pool wants it and they can be told; member: of the words."""
    event = attempt.call.sandbox.events.find(attempt.person, attempt.event or "")
    if sender is not None and event and "email" in attempt.person.attributes:
        sandbox, words = attempt.call.sandbox, sender.get(member, {})
        send_notice(sandbox.inbox, attempt.person, event, words, sandbox.clock.now())


def _blocked(attempt: Attempt) -> NextStep:
    attempt.call.sandbox.events.change(attempt.event, EventResponse=FAIL)
    raise refusal("risk_blocked", counts=True)


def _open_event(attempt: Attempt) -> None:
    if attempt.event is None and not attempt.nobody:
        events = attempt.call.sandbox.events
        attempt.event = events.add(
            attempt.pool, attempt.person, SIGN_IN, visit_of(attempt), IN_PROGRESS
        )


def _note_risk(attempt: Attempt, decision: str, level: str | None) -> None:
    risk = {"RiskDecision": decision, "CompromisedCredentialsDetected": False}
    risk |= {"RiskLevel": level} if level else {}
    attempt.call.sandbox.events.change(attempt.event, EventRisk=risk)


def _enforced(pool: Pool) -> bool:
    return bool(pool.settings["UserPoolAddOns"]["AdvancedSecurityMode"] == "ENFORCED")


def _passes_context_on(client: Client) -> bool:
    passes = client.settings.get("EnablePropagateAdditionalUserContextData")
    return bool(client.secret and passes)


def _within(address: str, ranges: Any) -> bool:
    try:
        here = ip_address(address)
    except ValueError:
        return False
    return any(here in ip_network(span, strict=False) for span in ranges)

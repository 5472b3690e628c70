"""Where the account no longer says what was last asked here (contract 2.6; FAC-01).

Somebody changed it by another way, or the pool never took it. It is shown, recorded once, and
ends by putting it back or by saying that it is right as it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from accounts import audit
from accounts.sessions import SignedInPerson
from portal.factors import services, words
from portal.factors.domain import MfaPreference, Mode
from portal.factors.drift import ASKED_BY
from portal.factors.services import Factors, Saved


@dataclass(frozen=True)
class Mismatch:
    """What was asked last, and what happened to it since, in sentences."""

    receipt: UUID
    asked: MfaPreference
    changes: tuple[str, ...]


def find(person: SignedInPerson, factors: Factors) -> Mismatch | None:
    """Hold a fresh reading against what was last asked here. No call; no query where known."""
    known = factors.standing
    last = known.last_word if known else audit.last_change(person, ASKED_BY)
    asked = services.asked_from(last.detail) if last else None
    if last is None or asked is None or _is_as_asked(asked, factors):
        return None
    return Mismatch(last.id, asked, tuple(words.differences(asked, factors.preference)))


def _is_as_asked(asked: MfaPreference, factors: Factors) -> bool:
    now = factors.preference
    if factors.policy.mode is Mode.REQUIRED:
        # What can be asked for is on by itself there; only what went missing counts.
        return asked.preferred == now.preferred and asked.activated <= now.activated
    return asked == now


def note(person: SignedInPerson, mismatch: Mismatch, factors: Factors) -> None:
    """Record a mismatch once, however often the page is opened."""
    detail: Mapping[str, Any] = services.asked_detail(factors.preference)
    if not audit.was_noted(person, mismatch.receipt, detail):
        audit.preference_mismatch(person, mismatch.receipt, detail)


def repair(person: SignedInPerson, *, drawn_from: str) -> Saved:
    """Set again what was last asked, by the planner. Errors: those of `save_preference`."""
    return services.save_preference(
        person,
        lambda now: _asked_or_now(person, now),
        drawn_from=drawn_from,
        event="preference_repaired",
        app_may_hide=True,
    )


def _asked_or_now(person: SignedInPerson, now: Factors) -> MfaPreference:
    found = find(person, now)
    return found.asked if found else now.preference


def keep(person: SignedInPerson, *, drawn_from: str) -> Saved:
    """Say that it is right as it is; from then on this counts as asked."""
    return services.save_preference(person, lambda now: now.preference, drawn_from=drawn_from)

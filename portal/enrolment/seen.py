"""What a page has just read of an account, for the requests that follow from it.

Its form carries that sealed, so no page holds it in the open (FAC-10) and nobody can change it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from accounts import vault
from accounts.sessions import SignedInPerson
from portal.factors import services
from portal.factors.domain import Contact, Factor, MfaPreference, MfaState
from portal.factors.services import Factors

# How long it may stand for a reading of one's own.
LASTS = timedelta(minutes=5)
# What else is sealed with the same keys is none of these.
WHAT = "seen"


@dataclass(frozen=True)
class Seen:
    """The state of an account, and the moment before it was asked for."""

    state: MfaState = field(repr=False)
    at: datetime

    @classmethod
    def now(cls, person: SignedInPerson) -> Self:
        """Read the pool. Errors: those of `services.factors_of`."""
        at = datetime.now(UTC)
        return cls(services.factors_of(person).state, at)

    @classmethod
    def read(cls, person: SignedInPerson, sealed: str) -> Self:
        """What the page before has read, where that was ours and of this person; else read anew.

        Errors: those of `now`.
        """
        try:
            written = vault.unseal(sealed)
        except vault.SealBroken:
            return cls.now(person)
        if not isinstance(written, dict) or written.get("whose") != _whose(person):
            return cls.now(person)
        seen = cls.written(written["seen"])
        return seen if seen.lasts else cls.now(person)

    def sealed(self, person: SignedInPerson) -> str:
        return vault.seal({"whose": _whose(person), "seen": self.to_write()})

    @property
    def lasts(self) -> bool:
        return datetime.now(UTC) - self.at < LASTS

    @property
    def factors(self) -> Factors:
        """With what the pool allows by now, and without what is kept here."""
        return Factors(self.state, services.current_policy(), {})

    def is_on(self, factor: Factor) -> bool:
        return factor in self.factors.preference.activated

    def to_write(self) -> dict[str, Any]:
        """As JSON takes it."""
        state = self.state
        return {
            "at": self.at.isoformat(),
            "activated": sorted(state.stored.activated),
            "preferred": state.stored.preferred,
            "totp": state.totp_enrolled,
            "phone": [state.phone.value, state.phone.verified],
            "email": [state.email.value, state.email.verified],
        }

    @classmethod
    def written(cls, told: Mapping[str, Any]) -> Self:
        """What `to_write` gave."""
        preferred = told["preferred"]
        stored = MfaPreference(
            frozenset(map(Factor, told["activated"])), Factor(preferred) if preferred else None
        )
        contacts = Contact(*told["phone"]), Contact(*told["email"])
        return cls(MfaState(stored, told["totp"], *contacts), datetime.fromisoformat(told["at"]))


def _whose(person: SignedInPerson) -> list[str]:
    return [WHAT, person.pool_id, person.sub]

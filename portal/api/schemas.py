"""What the JSON room takes; Cognito's own names for the factors."""

from typing import ClassVar

from ninja import Schema
from pydantic import ConfigDict, Field

from portal.factors.domain import Factor, MfaPreference
from portal.factors.forms import LONGEST_DIGEST


class PreferenceIn(Schema):
    """The whole preference that is wanted, and the digest of the state it was decided on."""

    model_config: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    activated: list[Factor] = Field(max_length=len(Factor))
    preferred: Factor | None = None
    digest: str = Field(max_length=LONGEST_DIGEST)

    def preference(self) -> MfaPreference:
        return MfaPreference(frozenset(self.activated), self.preferred)

"""What the JSON room takes and gives; Cognito's own names for the factors.

Sent: a member that is not named here is refused. Answered: always inside the envelope.
"""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.core.exceptions import ValidationError
from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, Field

from accounts.api.schemas import Receipt, Sent
from accounts.plain_text import plain_line
from portal.activity.said import EVERYTHING, KINDS
from portal.factors.domain import Factor, MfaPreference
from portal.factors.forms import LONGEST_DIGEST
from portal.factors.models import LONGEST_NAME


def _plain(text: str) -> str:
    try:
        plain_line(text)
    except ValidationError as problem:
        raise ValueError(problem.message) from problem
    return text


Code = Annotated[str, Field(pattern=r"^[0-9]{6}$", description="Six ASCII digits.")]
Name = Annotated[
    str, Field(min_length=1, max_length=LONGEST_NAME, pattern=r"\S"), AfterValidator(_plain)
]
Digest = Annotated[
    str,
    Field(max_length=LONGEST_DIGEST, description="Of the state that was read; or If-Match."),
]


class PreferenceIn(Sent):
    """The whole preference that is wanted, and the digest of the state it was decided on."""

    activated: list[Factor] = Field(max_length=len(Factor))
    preferred: Factor | None = None
    digest: Digest | None = None

    def preference(self) -> MfaPreference:
        return MfaPreference(frozenset(self.activated), self.preferred)


class TurnOffIn(Sent):
    """preferred: which is asked first from then on, where this one was; null for none."""

    factor: Factor
    preferred: Factor | None = None
    digest: Digest | None = None


class CodeIn(Sent):
    code: Code


class AppProofIn(CodeIn):
    """name: what the person calls this app."""

    name: Name | None = None


class PhoneIn(Sent):
    phone_number: str = Field(max_length=40, description="E.164, such as +447700900123.")


class MailboxIn(Sent):
    email: str = Field(max_length=254)


class DrawnFromIn(Sent):
    digest: Digest | None = None


class NameIn(Sent):
    name: Name


class CredentialIn(Sent):
    """credential: what `PublicKeyCredential.toJSON()` gives after a registration."""

    credential: dict[str, Any]


class SwitchIn(Sent):
    enabled: bool


class RememberedIn(Sent):
    remembered: bool


def _kind(name: str) -> str:
    if name not in KINDS:
        raise ValueError(f"one of {', '.join(KINDS)}")
    return name


class HistoryIn(Schema):
    """kind: which part. before: the `older` of the page before this one."""

    kind: Annotated[str, AfterValidator(_kind)] = Field(
        EVERYTHING, description=f"One of {', '.join(KINDS)}.", json_schema_extra={"enum": [*KINDS]}
    )
    before: AwareDatetime | None = Field(None, description="The `older` of the page before.")


# --- answers ----------------------------------------------------------------------------------


class NextChallenge(Schema):
    kind: Literal["nothing", "one", "choice", "set_up", "stuck"]
    factors: list[Factor]


class Method(Schema):
    factor: Factor
    state: Literal["preferred", "on", "off", "needs_confirming", "unavailable"]
    destination: str | None = Field(description="Masked.")
    added_at: datetime | None


class Overview(Schema):
    digest: str
    activated: list[Factor]
    preferred: Factor | None
    effective: list[Factor]
    next_challenge: NextChallenge
    methods: list[Method]


class Saved(Receipt):
    """changed: whether anything had to be. The state is absent where it could not be read."""

    changed: bool
    digest: str | None = None
    activated: list[Factor] | None = None
    preferred: Factor | None = None
    effective: list[Factor] | None = None
    next_challenge: NextChallenge | None = None
    methods: list[Method] | None = None


class AppStarted(Schema):
    """Shown once: whoever holds the secret can make the codes."""

    secret: str
    otpauth_uri: str


class CodeSent(Schema):
    """destination: masked. replaced: the pool holds the new value already (contract 4.3)."""

    destination: str
    replaced: bool


class PasskeyOptions(Schema):
    """For `PublicKeyCredential.parseCreationOptionsFromJSON()`; good for one registration."""

    options: dict[str, Any]


class PasskeyOut(Schema):
    id: UUID
    name: str
    provider: str
    where: str
    added_at: datetime


class Passkeys(Schema):
    passkeys: list[PasskeyOut]
    most: int
    instead_of_code: bool


class DeviceOut(Schema):
    id: UUID
    name: str
    place: str
    added_at: datetime
    last_used_at: datetime
    remembered: bool
    this_one: bool


class Devices(Schema):
    """tracked: whether the pool remembers devices at all."""

    tracked: bool
    devices: list[DeviceOut]


class SessionOut(Schema):
    id: UUID
    device: str
    app: str
    place: str
    opened_at: datetime
    last_active_at: datetime
    this_one: bool


class Sessions(Schema):
    """listed: whether the pool lists sessions at all."""

    listed: bool
    sessions: list[SessionOut]


class HistoryEntry(Schema):
    """why, ticket: of what an operator did. recorded_by_pool: a sign-in, by the pool's own id.

    advice: what one that failed means and what to do; empty where that is plain. Its "here" is the
    portal's page of the history, where one says that it was somebody else: lead there.
    """

    at: datetime
    what: str
    detail: str
    outcome: Literal["done", "refused", "unknown"]
    where: str
    by: str
    reference: str
    why: str
    ticket: str
    recorded_by_pool: bool
    advice: str


class History(Schema):
    """older: pass it as `before` for the page after this one. note: what is not among them."""

    entries: list[HistoryEntry]
    older: datetime | None
    note: str

"""What the helpdesk takes and gives as JSON. Answered: always inside the envelope."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field

from accounts.api.schemas import Sent
from accounts.models import AuditRecord, Case
from accounts.reasons import REASONS
from accounts.roles import Role
from portal.factors.domain import Factor
from portal.helpdesk import words
from portal.helpdesk.caller_forms import VouchForm
from portal.helpdesk.checks import Way
from portal.helpdesk.forms import ASK_EACH_TIME, LONGEST_SEARCH
from portal.helpdesk.matrix import Act, Why

Ticket = Annotated[str, Field(max_length=64, description="As PORTAL_TICKET_PATTERN has it.")]
Digest = Annotated[
    str, Field(max_length=64, description="Of the account as it was read; or If-Match.")
]
Strength = Literal["none", "channel", "strong"]
NUMBER_LENGTH = VouchForm.LENGTH


class FindIn(Sent):
    """beginning: only how it begins is known."""

    typed: str = Field(
        min_length=1,
        max_length=LONGEST_SEARCH,
        description="A username, an e-mail address, a phone number, a name or an id.",
    )
    beginning: bool = False


class OrderIn(Sent):
    """Why an operator acts; which members beside reason and ticket an act needs: its preview."""

    reason: str = Field(json_schema_extra={"enum": [*REASONS]})
    more: str = Field("", max_length=200, description="No numbers, addresses or codes.")
    ticket: Ticket
    digest: Digest | None = None
    method: str | None = Field(None, json_schema_extra={"enum": [*Factor, ASK_EACH_TIME, None]})
    channel: Literal["email", "phone_number"] | None = None
    value: str | None = Field(None, max_length=256)
    code: str | None = Field(None, max_length=20, description="That the person's browser shows.")


class RevealIn(Sent):
    reason: str = Field(json_schema_extra={"enum": [*REASONS]})
    more: str = Field("", max_length=200)
    ticket: Ticket
    digest: Digest | None = None
    channel: Literal["email", "phone_number"]


class BeginIn(Sent):
    ticket: Ticket


class SaidIn(Sent):
    said: str = Field(max_length=100, description="The code or the phrase, as it was read out.")


class SeenIn(Sent):
    """seen: the person stands before the operator, and the picture is theirs."""

    document: str = Field(json_schema_extra={"enum": [*words.DOCUMENT]})
    seen: Literal[True]


class AskIn(Sent):
    act: Act
    reason: str = Field(min_length=1, max_length=500)
    ticket: Ticket


class DecisionIn(Sent):
    decision: Literal["grant", "refuse"]
    words: str = Field("", max_length=500, description="Needed with a refusal.")


class ClosingIn(Sent):
    closing: str = Field(max_length=500, description="How it ended; no numbers or addresses.")


class AuditIn(Schema):
    """before: the `older` of the page before this one. since, until: days in UTC, both included."""

    sub: str = ""
    actor: str = ""
    ticket: str = ""
    request_id: str = ""
    event: str = ""
    outcome: str = Field("", json_schema_extra={"enum": ["", *AuditRecord.Outcome.values]})
    since: str = ""
    until: str = ""
    before: str = ""


# --- answers ----------------------------------------------------------------------------------


class FoundOut(Schema):
    """Masked, and no more than tells two people apart."""

    sub: UUID
    username: str
    name: str
    email: str
    phone: str
    status: str


class People(Schema):
    people: list[FoundOut]


class ContactOut(Schema):
    channel: Literal["email", "phone_number"]
    masked: str
    verified: bool


class CaseOut(Schema):
    number: str
    kind: Case.Kind
    sub: UUID
    opened_at: datetime
    ticket: str


class Cases(Schema):
    cases: list[CaseOut]


class PassOut(Schema):
    issued_at: datetime
    opens_at: datetime
    ends_at: datetime


class WayBackOut(Schema):
    """A way back in that was begun and is not finished."""

    begun_at: datetime


class ActOut(Schema):
    """One act on this account, by this operator, now. against: what stands in the way."""

    act: Act
    title: str
    against: list[Why]
    roles: list[Role]
    check: Strength
    approval: bool


class WhyOut(Schema):
    reason: Why
    explanation: str


class RuleOut(Schema):
    """One line of the rules, for this operator and this account, now. against: empty where they
    can; the most lasting reason first."""

    act: Act
    title: str
    roles: list[Role]
    check: Strength
    approval: bool
    against: list[WhyOut]


class Rules(Schema):
    """roles: of the operator who asks. has_role: whether it is the account of another one."""

    roles: list[Role]
    privileged: bool
    has_role: bool
    rules: list[RuleOut]


class Look(Schema):
    """How an account signs in, in three lines."""

    methods: str
    first: str
    next_sign_in: str


class PersonOut(Schema):
    """activated, preferred, effective: Cognito's names; empty where another provider has them.

    recovery_codes_left: how many, never which; null where there never were any. way_back: null
    where none was begun.
    """

    sub: UUID
    shown_as: str
    status: str
    created_at: datetime
    changed_at: datetime
    groups: list[str]
    privileged: bool
    federated: bool
    digest: str
    activated: list[Factor]
    preferred: Factor | None
    effective: list[Factor]
    has_passkey: bool
    now: Look
    contacts: list[ContactOut]
    frozen_until: datetime | None
    cases: list[CaseOut]
    passes: list[PassOut]
    recovery_codes_left: int | None
    way_back: WayBackOut | None
    acts: list[ActOut]


class TheirDevice(Schema):
    name: str
    added_at: datetime
    last_used_at: datetime
    remembered: bool


class TheirDevices(Schema):
    """tracked: whether the pool remembers devices at all."""

    tracked: bool
    devices: list[TheirDevice]


class TheirSession(Schema):
    device: str
    place: str
    opened_at: datetime
    last_active_at: datetime


class TheirSessions(Schema):
    """listed: whether the pool lists sessions at all."""

    listed: bool
    sessions: list[TheirSession]


class LineOut(Schema):
    at: datetime
    what: str
    outcome: str
    by: str
    where: str
    reason: str
    ticket: str
    reference: str


class Timeline(Schema):
    lines: list[LineOut]


class PreviewOut(Schema):
    """What an act does, in this order, and how the account is then. method: where one is chosen."""

    method: str | None
    does: list[str]
    after: Look


class ActPreview(Schema):
    """needs: the members of the order beside reason and ticket. begun: what was cut, to go on."""

    act: Act
    title: str
    digest: str
    needs: list[str]
    against: list[Why]
    now: Look
    previews: list[PreviewOut]
    begun: UUID | None


class ReceiptOut(Schema):
    """as_asked: whether the pool says now what was asked; absent where it cannot be read.

    outcome: absent where its record cannot be found, which the id still names.

    forgotten: how many devices, where forgetting them was cut between two; left: how many the same
    order would go on with.
    """

    id: UUID
    act: str
    created_at: datetime | None = None
    outcome: Literal["done", "refused", "unknown"] | None = None
    as_asked: bool | None = None
    now: Look | None = None
    forgotten: int | None = None
    left: int | None = None


class StepOut(Schema):
    step: str
    does: str
    state: Literal["done", "skipped", "open"]


class CompoundOut(Schema):
    """An act of several steps, and how far it came. finished_at: null while a step is open."""

    id: UUID
    act: str
    created_at: datetime
    finished_at: datetime | None
    steps: list[StepOut]


class Revealed(Schema):
    """Shown once, and recorded."""

    value: str


class WayOut(Schema):
    """destination: masked; empty where nothing is sent. asked_until: while it can be answered."""

    way: Way
    destination: str
    asked_until: datetime | None


class CheckOut(Schema):
    """number: for the caller, who finds the operator by it on /who-is-calling/. vouch_number: for
    whoever vouches. strength: of what this operator may do now, until counts_until."""

    open: bool
    ticket: str
    number: str
    vouch_number: str
    ends_at: datetime | None
    strength: Strength
    counts_until: datetime | None
    ways: list[WayOut]


class CallOut(Schema):
    """number: what the operator reads out. phrase: to read to them; empty where none is asked."""

    operator: str
    roles: str
    number: str
    ticket: str
    since: datetime
    phrase: str


class Calls(Schema):
    calls: list[CallOut]


class ApprovalOut(Schema):
    """evidence: how the caller proved it, what the act does. opens_at: not to be used before."""

    id: UUID
    act: Act
    sub: UUID
    operator: str
    person: str
    reason: str
    ticket: str
    state: str
    proved_by: list[str]
    preview: list[str]
    asked_at: datetime
    opens_at: datetime | None
    ends_at: datetime
    words: str
    broke_glass: bool


class Approvals(Schema):
    """waiting: for this operator's word. mine: what they asked for in the last days."""

    waiting: list[ApprovalOut]
    mine: list[ApprovalOut]


class RecordOut(Schema):
    id: UUID
    number: int
    created_at: datetime
    event: str
    outcome: AuditRecord.Outcome
    sub: str
    actor: str
    factor: str
    client_address: str
    reason: str
    ticket: str
    caller_check: str
    approval: str
    request_id: str
    completes: UUID | None
    detail: dict[str, Any]
    hash: str


class Records(Schema):
    """older: pass it as `before` for the page after this one."""

    records: list[RecordOut]
    older: int | None


class WholeAct(Schema):
    """The rows of one act, and what is wrong with the chain around them, if anything."""

    records: list[RecordOut]
    findings: list[str]

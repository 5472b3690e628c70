"""What an operator does to an account: every act goes this one way (HLP-02, HLP-04 to HLP-09).

Proof of the operator, the rules by the pool's groups of this moment, the account's own state,
a count, a record of the intention, the calls, a record of the outcome, and word to the person.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from accounts import audit, cases, devices, guards, limits
from accounts.audit import Mandate, NotDone
from accounts.cognito.errors import (
    CognitoAway,
    CognitoError,
    CognitoUnreachable,
    DevicesLeft,
    PersonUnknown,
    may_have_happened,
)
from accounts.locks import locked
from accounts.models import Case
from accounts.notices import Happened
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.factors import settling
from portal.factors.services import asked_detail, lock_name
from portal.helpdesk import approvals, checks, dossier, menu, plans, telling, told
from portal.helpdesk.deeds import DEEDS, Deed
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act, Operator, Target, Why
from portal.helpdesk.operators import operator_now
from portal.helpdesk.plans import Choice


class Refused(Exception):
    """The rules stand against it. whys: the most lasting reason first."""

    def __init__(self, whys: tuple[Why, ...]) -> None:
        super().__init__(", ".join(whys))
        self.whys = whys


class Unread(CognitoUnreachable):
    """The account, or what the operator may, could not be read for the act: nothing was begun."""


class Moved(Exception):
    """The account is not as the page showed it; nothing was done."""


@dataclass(frozen=True)
class Order:
    """What an operator asks for, and why. drawn_from: the digest of what their page showed."""

    act: Act
    reason: str
    ticket: str
    drawn_from: str
    choice: Choice = field(default_factory=Choice)
    code: str = field(repr=False, default="")


def perform(person: SignedInPerson, sub: str, order: Order) -> UUID:
    """Do one act to one account; returns the receipt.

    Errors: ReauthenticationNeeded, Refused, Moved, NotPossible, NotDone, OutOfReach,
    PersonUnknown, LimitReached, LimiterAway, LockBusy, Unread, and Cognito's refusals. After
    silence the receipt says that it is not certain.
    """
    with approached(person, sub, order) as seen:
        plan = plans.plan(order.act, seen, order.choice)
        deed = Deed(person.sub, seen, plan, order.choice, order.code)
        return _carry_out(person, deed, order, use_approval(person, order.act, seen))


@contextmanager
def approached(person: SignedInPerson, sub: str, order: Order) -> Iterator[Dossier]:
    """The account, read afresh under its lock, where this operator may do this act to it now."""
    guards.require_recent_operator(person)
    with _only_reading():
        operator = operator_now(person)
    subject = dossier.subject_named(sub)
    limits.spend(limits.ACT_OPERATOR, operator.sub)
    with locked(lock_name(subject)):
        with _only_reading():
            target = dossier.reach(operator, sub)
            require(person, operator, order.act, target, subject)
            seen = dossier.read(operator, sub, target)
        if order.drawn_from != seen.digest:
            raise Moved
        yield seen


@contextmanager
def _only_reading() -> Iterator[None]:
    """Before anything is changed, silence leaves no doubt. Errors: Unread."""
    try:
        yield
    except CognitoAway:
        raise
    except CognitoUnreachable as silence:
        raise Unread(silence.operation, silence.code) from silence


def require(
    person: SignedInPerson, operator: Operator, act: Act, target: Target, subject: Subject
) -> None:
    """Ask the one table; what it refuses is recorded. Errors: Refused."""
    whys = menu.against(act, operator, target, subject)
    if whys:
        audit.helpdesk_refused(person, subject, act.value, ", ".join(whys))
        raise Refused(whys)


def use_approval(person: SignedInPerson, act: Act, seen: Dossier) -> str:
    """A grant is good for one act: used up before it is done (HLP-04); its id, or empty.

    Errors: Refused.
    """
    if not approvals.is_needed(act, seen.target.tier):
        return ""
    spent = approvals.spend(act, person.sub, seen.subject)
    if spent is None:
        audit.helpdesk_refused(person, seen.subject, act.value, Why.APPROVAL)
        raise Refused((Why.APPROVAL,))
    return str(spent)


def mandate_for(person: SignedInPerson, seen: Dossier, order: Order, approval: str) -> Mandate:
    """Why they act, and on what: their words, their ticket, the check and the approval (AUD-02)."""
    check = checks.standing(person.sub, seen.subject)
    return Mandate(seen.subject, order.reason, order.ticket, check, approval)


def _carry_out(person: SignedInPerson, deed: Deed, order: Order, approval: str) -> UUID:
    change = audit.change(
        person,
        f"helpdesk_{order.act}",
        factor=order.choice.method.value if order.choice.method else "",
        detail=_detail(deed, order),
        mandate=mandate_for(person, deed.seen, order, approval),
    )
    receipt = None
    try:
        with change as made:
            receipt = made.id
            _keep_addresses(deed.seen, order, receipt)
            _do(deed, order, receipt)
    except (CognitoError, NotDone) as trouble:
        if receipt is None or not may_have_happened(trouble):
            approvals.give_back(approval, deed.seen.subject)
            raise
        # Written down as not certain, and the receipt says so.
    assert receipt is not None  # noqa: S101  (the record comes before the call)
    return receipt


def _do(deed: Deed, order: Order, receipt: UUID) -> None:
    """The calls, and word to the person before the record says how they ended; after silence, too.

    Errors: those of the act.
    """
    try:
        DEEDS[order.act](deed)
    except (CognitoError, NotDone) as trouble:
        if may_have_happened(trouble):
            _tell(deed.seen, order, receipt, _how_far(trouble))
        raise
    _tell(deed.seen, order, receipt)


def _how_far(trouble: Exception) -> Happened | None:
    """What the person is told where it was cut; None where it may have been done."""
    return partial(devices.how_far, trouble) if isinstance(trouble, DevicesLeft) else None


def _keep_addresses(seen: Dossier, order: Order, receipt: UUID) -> None:
    """Should this process die, whoever tells of it finds the address of before (NOT-02)."""
    if order.choice.channel == "email":
        addresses = {seen.someone.account.email, order.choice.value} - {""}
        settling.keep_addresses(receipt, addresses)


def _detail(deed: Deed, order: Order) -> dict[str, Any]:
    """Before and after, without a number, an address or a code (AUD-03)."""
    detail: dict[str, Any] = {}
    if deed.seen.factors is not None:
        detail["before"] = asked_detail(deed.seen.factors.preference)["asked"]
    if deed.plan.wanted is not None:
        detail |= asked_detail(deed.plan.wanted)
    if order.choice.channel:
        detail["channel"] = order.choice.channel
        detail["to"] = plans.masked(order.choice.channel, order.choice.value)
    return detail


def _tell(seen: Dossier, order: Order, receipt: UUID, how_far: Happened | None = None) -> None:
    """At once, the replaced address and the new one included (HLP-08, NOT-02)."""
    new = {order.choice.value} if order.choice.channel == "email" else set()
    happened = how_far or told.TOLD[order.act]
    tell(seen, happened, about=receipt, ticket=order.ticket, also=new)


def tell(seen: Dossier, happened: Happened, **more: Any) -> None:
    telling.tell(seen.subject, seen.someone.account, happened, **more)


@dataclass(frozen=True)
class Revealed:
    """A number or an address in full. channel: phone_number or email; whose, as pages name them."""

    whose: str
    channel: str
    value: str = field(repr=False)


def reveal(person: SignedInPerson, sub: str, order: Order) -> Revealed:
    """Show one number or address in full, once; recorded before it is read, and told."""
    limits.spend(limits.REVEAL_OPERATOR, person.sub)
    with approached(person, sub, order) as seen:
        value = menu.contact_of(seen, order.choice.channel).value
        if not value:
            raise plans.NotPossible(_("There is none."))
        mandate = mandate_for(person, seen, order, use_approval(person, Act.REVEAL, seen))
        detail = {"channel": order.choice.channel}
        with audit.change(person, "helpdesk_reveal", detail=detail, mandate=mandate) as made:
            tell(seen, told.TOLD[Act.REVEAL], about=made.id, ticket=order.ticket)
    return Revealed(seen.shown_as, order.choice.channel, value)


def close_case(person: SignedInPerson, case: Case, closing: str) -> bool:
    """Close a case once; False where somebody else was quicker. Errors: those of `perform`."""
    guards.require_recent_operator(person)
    operator = operator_now(person)
    target = dossier.reach(operator, case.sub)
    subject = Subject(case.pool_id, case.sub)
    limits.spend(limits.ACT_OPERATOR, operator.sub)
    require(person, operator, Act.CLOSE_CASE, target, subject)
    mandate = Mandate(subject, closing, case.ticket)
    detail = {"case": case.number}
    try:
        with audit.change(person, "helpdesk_close_case", detail=detail, mandate=mandate):
            if not cases.close(case, closed_by=operator.sub, words=closing):
                raise NotDone("somebody was quicker")
    except NotDone:
        return False
    return True


@dataclass(frozen=True)
class Receipt:
    """What was asked and how it ended, beside what the pool says now.

    forgotten: how many devices, where that was cut between two; left: how many there are now.
    """

    id: UUID
    created_at: datetime
    act: str
    outcome: str
    seen: Dossier
    as_asked: bool
    forgotten: int | None = None
    left: int = 0


def receipt_of(operator: Operator, sub: str, receipt: UUID) -> Receipt | None:
    """Read the account afresh and hold it against what was asked. None: no such act of theirs."""
    seen = dossier.read(operator, sub)
    made = audit.own_change(seen.subject, receipt)
    if made is None or not made.event.startswith("helpdesk_"):
        return None
    asked = made.detail.get("asked")
    now = asked_detail(seen.factors.preference)["asked"] if seen.factors else None
    act = made.event.removeprefix("helpdesk_")
    forgotten = made.detail.get("forgotten")
    left = len(dossier.devices(seen.username) or ()) if forgotten else 0
    as_asked = (asked is None or asked == now) and not left
    return Receipt(made.id, made.created_at, act, made.outcome, seen, as_asked, forgotten, left)


MOST_CASES = 100


def open_cases(operator: Operator) -> list[Case]:
    """Open cases, the oldest first; of a scoped operator only those of people in reach."""
    found = Case.objects.filter(
        pool_id=settings.COGNITO_USER_POOL_ID, state=Case.State.OPEN
    ).order_by("opened_at")[:MOST_CASES]
    if operator.scope is None:
        return list(found)
    return [case for case in found if _in_reach(operator, case.sub)]


def _in_reach(operator: Operator, sub: str) -> bool:
    try:
        dossier.reach(operator, sub)
    except (dossier.OutOfReach, PersonUnknown):
        return False
    return True

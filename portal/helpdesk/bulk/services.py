"""What operators do with a change for many people: plan it, agree to it, stop it (HLP-04)."""

from contextlib import AbstractContextManager
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import audit, guards, limits, vault
from accounts.audit import Mandate
from accounts.cognito import people
from accounts.sessions import SignedInPerson
from accounts.subjects import subject_of
from portal.helpdesk.bulk import gathering, jobs, progress
from portal.helpdesk.bulk.models import BulkChange, BulkRow
from portal.helpdesk.bulk.planning import Wanted
from portal.helpdesk.matrix import Act, Operator, may
from portal.helpdesk.operators import operator_by_sub, operator_now

State = BulkChange.State


class NotAllowed(Exception):
    """The operator may not do this. reason: role, own or scope."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLate(Exception):
    """The change is not in a state for this any more: somebody else was quicker, or time is up."""


class TooMany(Exception):
    """More people than one change may be about."""


def _operator(person: SignedInPerson, act: Act) -> Operator:
    """Errors: ReauthenticationNeeded, NotAllowed, TryLater, CognitoUnreachable."""
    guards.require_recent_operator(person)
    operator = operator_now(person)
    if not may(act, operator.roles):
        raise NotAllowed("role")
    return operator


def _recorded(
    person: SignedInPerson, event: str, change: BulkChange
) -> AbstractContextManager[audit.Act]:
    """On the operator's own account: what it does to others is recorded for each of them."""
    mandate = Mandate(subject_of(person), change.reason, change.ticket)
    return audit.change(person, event, detail={"bulk": str(change.pk)}, mandate=mandate)


def find(change_id: UUID) -> BulkChange | None:
    return BulkChange.objects.filter(pk=change_id, pool_id=settings.COGNITO_USER_POOL_ID).first()


def newest(number: int = 50) -> list[BulkChange]:
    mine = BulkChange.objects.filter(pool_id=settings.COGNITO_USER_POOL_ID)
    return list(mine.order_by("-planned_at")[:number])


def plan(
    person: SignedInPerson,
    wanted: Wanted,
    *,
    reason: str,
    ticket: str,
    names: dict[int, str] | None = None,
    group: str = "",
    status: str = "",
) -> BulkChange:
    """Begin a change for the people of a list (by line) or of a group. Nothing is read yet.

    Errors: ReauthenticationNeeded, NotAllowed, LimitReached, GroupUnknown, TryLater, ….
    """
    _operator(person, Act.PLAN_BULK)
    limits.spend(limits.BULK_PLAN, person.sub)
    if group:
        people.in_group(group, at_most=1)
    change = BulkChange(
        pool_id=person.pool_id,
        kind=wanted.kind,
        factor=wanted.factor or "",
        group=group,
        status=status,
        gathered=not group,
        reason=reason,
        ticket=ticket,
        planned_by=person.sub,
    )
    with transaction.atomic(), _recorded(person, "bulk_planned", change):
        change.save()
        _keep(change, names or {})
    return change


def add(person: SignedInPerson, change: BulkChange, names: dict[int, str]) -> None:
    """Add more people to a draft of one's own. Errors: NotAllowed, TooLate, TooMany, …."""
    _operator(person, Act.PLAN_BULK)
    _only_planner(person, change)
    with transaction.atomic():
        # The row stays ours until the transaction ends: two tabs do not take the same lines.
        if not progress.move(change, State.DRAFT, of=(State.DRAFT,)):
            raise TooLate
        _keep(change, names)


def _keep(change: BulkChange, names: dict[int, str]) -> None:
    last = gathering.last_line(change)
    if last + len(names) > gathering.MOST_PEOPLE:
        raise TooMany
    BulkRow.objects.bulk_create(
        BulkRow(change=change, line=last + line, sealed=vault.seal(name))
        for line, name in names.items()
    )


def _only_planner(person: SignedInPerson, change: BulkChange) -> None:
    if change.planned_by != person.sub:
        raise NotAllowed("own")


def look(person: SignedInPerson, change: BulkChange) -> None:
    """Begin the trial run: every account is read and judged, and nothing is changed."""
    _operator(person, Act.PLAN_BULK)
    _only_planner(person, change)
    with transaction.atomic():
        if not progress.move(change, State.LOOKING, of=(State.DRAFT,)):
            raise TooLate
        jobs.begin(change)


def approve(person: SignedInPerson, change: BulkChange, words: str) -> None:
    """A second operator agrees, and it begins. Errors: NotAllowed, TooLate, …."""
    operator = _decider(person, change)
    if not _reaches_as_far(operator, operator_by_sub(change.planned_by)):
        raise NotAllowed("scope")
    request_id = person.origin.request_id
    with transaction.atomic(), _recorded(person, "bulk_approved", change):
        _decide(person, change, State.RUNNING, words, request_id=request_id)
        jobs.begin(change)


def refuse(person: SignedInPerson, change: BulkChange, words: str) -> None:
    """A second operator does not agree. Errors: NotAllowed, TooLate, …."""
    _decider(person, change)
    with transaction.atomic(), _recorded(person, "bulk_refused", change):
        _decide(person, change, State.REFUSED, words)


def _decider(person: SignedInPerson, change: BulkChange) -> Operator:
    operator = _operator(person, Act.APPROVE_BULK)
    if change.planned_by == person.sub:
        raise NotAllowed("own")
    return operator


def _reaches_as_far(one: Operator, other: Operator) -> bool:
    """Nobody agrees to a change of people whom they could not touch themselves."""
    if one.scope is None or other.scope is None:
        return one.scope is None
    return other.scope <= one.scope


def _decide(
    person: SignedInPerson, change: BulkChange, to: BulkChange.State, words: str, **more: str
) -> None:
    """One decision, in one statement, before the time is up (HLP-04)."""
    now = timezone.now()
    open_now = BulkChange.objects.filter(pk=change.pk, state=State.WAITING, expires_at__gt=now)
    ended = {"ended_at": now} if to == State.REFUSED else {}
    if not open_now.exclude(planned_by=person.sub).update(
        state=to, decided_by=person.sub, decided_at=now, decision_words=words, **ended, **more
    ):
        raise TooLate
    change.refresh_from_db()


def pause(person: SignedInPerson, change: BulkChange) -> None:
    """Stop after the rows at hand. Any senior may. Errors: NotAllowed, TooLate, …."""
    _steer(person, change, "bulk_paused", State.PAUSED, of=(State.RUNNING,))


def resume(person: SignedInPerson, change: BulkChange) -> None:
    """Go on where it stopped. Errors: NotAllowed, TooLate, …."""
    with transaction.atomic():
        _steer(person, change, "bulk_resumed", State.RUNNING, of=(State.PAUSED,))
        jobs.begin(change)


def cancel(person: SignedInPerson, change: BulkChange) -> None:
    """End it for good; what is done stays done. Errors: NotAllowed, TooLate, …."""
    _steer(person, change, "bulk_cancelled", State.CANCELLED, of=CANCELLABLE)


CANCELLABLE = (State.DRAFT, State.LOOKING, State.WAITING, State.RUNNING, State.PAUSED)


def _steer(
    person: SignedInPerson,
    change: BulkChange,
    event: str,
    to: BulkChange.State,
    *,
    of: tuple[BulkChange.State, ...],
) -> None:
    _operator(person, Act.PLAN_BULK)
    with transaction.atomic(), _recorded(person, event, change):
        if not progress.move(change, to, of=of, note=""):
            raise TooLate

"""Acts of several steps, in the safe order, which go on where they were cut (AUZ-07).

Each step may be done twice without harm: it is noted as done after it was done. What a pool does
not offer is skipped, and the report says so.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit, cases, freezes, passes
from accounts.audit import Mandate
from accounts.cognito.errors import CognitoError, CognitoUnreachable, ResetNotPossible
from accounts.models import Case, RecoveryPass
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.helpdesk import acts, checks, deeds, menu, plans, told, words
from portal.helpdesk.acts import Order
from portal.helpdesk.deeds import Deed
from portal.helpdesk.dossier import Dossier
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import Compound
from portal.helpdesk.plans import Choice, NotPossible, Plan

FROZEN_FOR = timedelta(hours=72)


class Step(StrEnum):
    """One step; its name is also that of its audit event."""

    DISABLE = "disable"
    FREEZE = "freeze"
    RESET_PASSWORD = "reset_password"  # noqa: S105  (no password)
    END_SESSIONS = "end_sessions"
    FORGET_DEVICES = "forget_devices"
    REVOKE_PASSES = "revoke_passes"
    OPEN_CASE = "open_case"
    # Waits for the person: done on the page of that act, by the code that their browser shows.
    ISSUE_PASS = "issue_pass"  # noqa: S105  (no password)


# First what keeps others out, then what they may still hold, then what lets the person in.
STEPS: Mapping[Act, tuple[Step, ...]] = {
    Act.LOST_PHONE: (Step.OPEN_CASE, Step.END_SESSIONS, Step.FORGET_DEVICES, Step.ISSUE_PASS),
    Act.TAKEOVER: (
        Step.FREEZE,
        Step.RESET_PASSWORD,
        Step.END_SESSIONS,
        Step.FORGET_DEVICES,
        Step.REVOKE_PASSES,
        Step.OPEN_CASE,
    ),
    Act.LEAVER: (Step.DISABLE, Step.END_SESSIONS, Step.FORGET_DEVICES, Step.REVOKE_PASSES),
}
KIND_OF_CASE = {Act.LOST_PHONE: Case.Kind.LOST, Act.TAKEOVER: Case.Kind.TAKEOVER}
SAID: Mapping[Step, str] = {
    Step.DISABLE: gettext_noop("Nobody gets in with this account any more"),
    Step.FREEZE: gettext_noop("Changes of how they sign in are stopped for three days"),
    Step.RESET_PASSWORD: gettext_noop(
        "The old password lets nobody in, and a code for a new one is sent"
    ),
    Step.END_SESSIONS: gettext_noop("Every session ends"),
    Step.FORGET_DEVICES: gettext_noop("Every trusted device is forgotten"),
    Step.REVOKE_PASSES: gettext_noop("Every open recovery pass is revoked"),
    Step.OPEN_CASE: gettext_noop("A case is opened"),
    Step.ISSUE_PASS: gettext_noop("A recovery pass is issued, when their browser shows its code"),
}
NO_RESET = gettext_noop(
    "The password stays as it is, since the pool can send no code for a new one"
)
DONE, SKIPPED = "done", "skipped"


@dataclass(frozen=True)
class Progress:
    """One step of a report. state: done, skipped or open."""

    step: Step
    said: str
    state: str


def plan(act: Act, seen: Dossier) -> Plan:
    """What the steps make of the account, for the preview. Errors: NotPossible."""
    if act in plans.STOPPED_BY_FREEZE and seen.frozen_until is not None:
        raise NotPossible(_(plans.FROZEN))
    then = {
        Act.LOST_PHONE: _("As now, until they have set up a new method with the pass."),
        Act.LEAVER: _(words.DISABLED),
    }.get(act, "")
    said = dict(SAID)
    if act is Act.TAKEOVER:
        try:
            then = plans.PLANS[Act.RESET_PASSWORD](seen, Choice()).after.next_sign_in
        except NotPossible:
            said[Step.RESET_PASSWORD] = NO_RESET
    # Translators: one step of several as a sentence; only its full stop is to be translated.
    sentence = _("{step}.")
    does = tuple(sentence.format(step=_(said[step])) for step in STEPS[act])
    return Plan(does, plans.outlook(seen, next_sign_in=then))


def open_one(subject: Subject, act: Act) -> Compound | None:
    """The one that was begun and not finished."""
    return (
        Compound.objects.filter(
            pool_id=subject.pool_id, sub=subject.sub, act=act.value, finished_at__isnull=True
        )
        .order_by("-begun_at")
        .first()
    )


class Cut(CognitoUnreachable):
    """One of its steps failed: it is recorded and told as begun, and those before it stand."""

    def __init__(self, begun: UUID, trouble: CognitoError) -> None:
        super().__init__(trouble.operation, trouble.code)
        self.begun = begun


def perform(person: SignedInPerson, sub: str, order: Order) -> UUID:
    """Begin one, or go on with the one that was cut; returns its id.

    Whoever goes on needs the same right, and a check of their own that stands; somebody else
    than who began it, or whoever comes late, an approval of their own as well.
    Errors: those of `acts.perform` before it begins, then Cut: what was done stands.
    """
    with acts.approached(person, sub, order) as seen:
        plan(order.act, seen)
        begun = open_one(seen.subject, order.act)
        if begun is None:
            begun = _begin(person, seen, order)
        elif not menu.has_begun(order.act, person.sub, seen.subject):
            approval = acts.use_approval(person, order.act, seen)
            Compound.objects.filter(pk=begun.pk).update(approval=approval)
            begun.approval = approval
        deed = Deed(person.sub, seen, Plan((), plans.outlook(seen)))
        for step in left(begun):
            try:
                _take(person, begun, step, deed)
            except CognitoError as trouble:
                raise Cut(begun.id, trouble) from trouble
    return begun.id


def _begin(person: SignedInPerson, seen: Dossier, order: Order) -> Compound:
    """Record that it begins, and tell the person, both before the first step: or none of it.

    Its id is that of the record, which the notice names.
    """
    approval = acts.use_approval(person, order.act, seen)
    mandate = acts.mandate_for(person, seen, order, approval)
    steps = {"steps": [step.value for step in STEPS[order.act]]}
    with transaction.atomic():
        begun = Compound.objects.create(
            id=audit.helpdesk_began(person, order.act.value, mandate, steps),
            approval=approval,
            pool_id=seen.subject.pool_id,
            sub=seen.subject.sub,
            act=order.act.value,
            begun_by=person.sub,
            reason=order.reason,
            ticket=order.ticket,
        )
        acts.tell(seen, told.TOLD[order.act], about=begun.id, ticket=order.ticket)
    return begun


def left(begun: Compound) -> list[Step]:
    """The steps that another press would take."""
    steps = STEPS[Act(begun.act)]
    return [step for step in steps if step.value not in begun.steps and step in TAKEN]


def _take(person: SignedInPerson, begun: Compound, step: Step, deed: Deed) -> None:
    subject = deed.seen.subject
    check = checks.standing(person.sub, subject)
    mandate = Mandate(subject, begun.reason, begun.ticket, check, begun.approval)
    detail = {"within": begun.act, "compound": str(begun.id)}
    state = DONE
    try:
        with audit.change(person, f"helpdesk_{step}", detail=detail, mandate=mandate):
            TAKEN[step](begun, deed)
    except ResetNotPossible:
        # The account may have no channel for a code; the rest makes it safe all the same.
        state = SKIPPED
    begun.steps[step.value] = state
    if not left(begun) and Step.ISSUE_PASS not in STEPS[Act(begun.act)]:
        begun.finished_at = timezone.now()
    begun.save(update_fields=["steps", "finished_at"])


def _freeze(begun: Compound, deed: Deed) -> None:
    if deed.seen.frozen_until is None:
        freezes.begin(deed.seen.subject, FROZEN_FOR, "helpdesk")


def _revoke_passes(begun: Compound, deed: Deed) -> None:
    passes.revoke_all(deed.seen.subject)


def _open_case(begun: Compound, deed: Deed) -> None:
    kind = KIND_OF_CASE[Act(begun.act)]
    opened = cases.open_case(deed.seen.subject, kind, opened_by=begun.begun_by)
    if not opened.ticket:
        Case.objects.filter(pk=opened.pk).update(ticket=begun.ticket)


def _disable(begun: Compound, deed: Deed) -> None:
    deeds.disable(deed)


def _reset_password(begun: Compound, deed: Deed) -> None:
    deeds.reset_password(deed)


def _end_sessions(begun: Compound, deed: Deed) -> None:
    deeds.end_sessions(deed)


def _forget_devices(begun: Compound, deed: Deed) -> None:
    deeds.forget_devices(deed)


TAKEN: Mapping[Step, Callable[[Compound, Deed], Any]] = {
    Step.DISABLE: _disable,
    Step.FREEZE: _freeze,
    Step.RESET_PASSWORD: _reset_password,
    Step.END_SESSIONS: _end_sessions,
    Step.FORGET_DEVICES: _forget_devices,
    Step.REVOKE_PASSES: _revoke_passes,
    Step.OPEN_CASE: _open_case,
}


def report(found: Compound) -> list[Progress]:
    """Every step and how far it is; the last one of a lost phone is done by the pass itself."""
    steps = dict(found.steps)
    if Step.ISSUE_PASS in STEPS[Act(found.act)] and _has_pass(found):
        steps[Step.ISSUE_PASS.value] = DONE
    return [
        Progress(step, _(SAID[step]), steps.get(step.value, "open"))
        for step in STEPS[Act(found.act)]
    ]


def settle(found: Compound) -> None:
    """Note that the pass was issued, which another page did."""
    waits = found.finished_at is None and not left(found)
    if waits and _has_pass(found):
        Compound.objects.filter(pk=found.pk).update(finished_at=timezone.now())


def _has_pass(found: Compound) -> bool:
    issued = RecoveryPass.objects.filter(pool_id=found.pool_id, sub=found.sub)
    return issued.filter(issued_at__gte=found.begun_at).exclude(issued_by=passes.PORTAL).exists()

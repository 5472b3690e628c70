"""What a second operator has agreed to (HLP-04), and what waits a while before it may be done.

Rules say which acts on which accounts need somebody else's word (`matrix`), and which wait some
hours (PORTAL_HELPDESK_HOLDS). Who asks has proved the caller first. A grant is for one operator,
one account and one act, for a time, and is spent by the act.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import alarms, audit, guards, limits, vault
from accounts.audit import Mandate
from accounts.masking import show_username
from accounts.models import Freeze
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.helpdesk import caller_words, checks, summons, telling, told, words
from portal.helpdesk.matrix import Act, Operator, Target, Tier, Why, refusals, rule_for
from portal.helpdesk.models import Approval
from portal.helpdesk.operators import operator_now
from portal.helpdesk.targets import NotAllowed, Whom, nameless, require, whom_for

State = Approval.State
# An emergency is now: what was let through without a second operator is done at once.
GLASS_LASTS = timedelta(minutes=15)
# A step that waits for the person is covered by the approval of the whole.
COVERS: Mapping[Act, tuple[Act, ...]] = {Act.LOST_PHONE: (Act.ISSUE_PASS,)}
Preview = Mapping[str, list[str]]


class Decided(Exception):
    """Somebody was quicker, or its time is over."""


class NotNeeded(Exception):
    """This act on this account needs no second operator and no waiting."""


def hold_of(act: Act) -> timedelta:
    """How long this act waits, after its approval or without one."""
    hold: timedelta = settings.HELPDESK_HOLDS.get(act.value, timedelta())
    return hold


def has_hold(act: Act) -> bool:
    return bool(hold_of(act))


def is_needed(act: Act, tier: Tier) -> bool:
    """Whether somebody must agree to this act on such an account, or it must wait."""
    rule = rule_for(act, tier)
    return rule is not None and (rule.approval or has_hold(act))


def is_granted(act: Act, operator_sub: str, subject: Subject) -> bool:
    """Whether somebody else agreed that this operator does this act on this account now."""
    return bool(_usable(act, operator_sub, subject).exists())


def is_waiting(act: Act, operator_sub: str, subject: Subject) -> bool:
    """Whether it was agreed to, and opens later."""
    later = _granted(act, operator_sub, subject).filter(opens_at__gt=timezone.now())
    return bool(later.exists())


def spend(act: Act, operator_sub: str, subject: Subject) -> UUID | None:
    """Use a grant up, once; its id, or None where there is none. Called by the act, before it."""
    granted: Approval | None = _usable(act, operator_sub, subject).order_by("ends_at").first()
    if granted is None:
        return None
    with transaction.atomic():
        spent = _usable(act, operator_sub, subject).filter(pk=granted.pk)
        if not spent.update(state=State.SPENT, spent_at=timezone.now()):
            return None
        for covered in COVERS.get(act, ()):
            _cover(granted, covered)
    return granted.pk


def give_back(approval: str, subject: Subject) -> None:
    """What was spent on an act that was not done counts again, unless the person objected since.

    approval: its id; empty where none was needed.
    """
    if not approval:
        return
    spent = Approval.objects.get(pk=approval)
    if not audit.call_was_denied(subject, since=spent.asked_at):
        mine = Approval.objects.filter(pk=spent.pk, state=State.SPENT)
        mine.update(state=State.GRANTED, spent_at=None)


def _usable(act: Act, operator_sub: str, subject: Subject) -> Any:
    return _granted(act, operator_sub, subject).filter(opens_at__lte=timezone.now())


def _granted(act: Act, operator_sub: str, subject: Subject) -> Any:
    return _not_objected().filter(
        act=act.value,
        operator=operator_sub,
        pool_id=subject.pool_id,
        sub=subject.sub,
        state=State.GRANTED,
        ends_at__gt=timezone.now(),
    )


def _not_objected() -> Any:
    """All but what was asked for before the person said that something was not theirs (HLP-08).

    It was agreed to on the word of a caller who may not have been the person.
    """
    objected = Freeze.objects.filter(
        pool_id=OuterRef("pool_id"),
        sub=OuterRef("sub"),
        why="not_me",
        begun_at__gte=OuterRef("asked_at"),
    )
    return Approval.objects.filter(~Exists(objected))


def drop_all(subject: Subject) -> int:
    """The person does not speak with the helpdesk: whatever was asked for them counts no more."""
    unfinished = Approval.objects.filter(
        pool_id=subject.pool_id, sub=subject.sub, state__in=[State.OPEN, State.GRANTED]
    )
    return unfinished.update(state=State.WITHDRAWN, decided_at=timezone.now())


def _cover(granted: Approval, act: Act) -> None:
    kept = {
        name: getattr(granted, name)
        for name in (
            "pool_id", "sub", "operator", "names", "reason", "ticket", "evidence",
            "decided_by", "decided_at", "words", "broke_glass", "opens_at", "ends_at",
        )
    }  # fmt: skip
    Approval.objects.create(act=act.value, state=State.GRANTED, **kept)


# --- asking -----------------------------------------------------------------------------------


def ask(
    person: SignedInPerson, whom: Whom, act: Act, *, reason: str, ticket: str, preview: Preview
) -> Approval:
    """Ask for a second operator's word, and tell them; a hold alone begins at once.

    preview: what the act does and what the person will see, in sentences without personal data,
    by the languages that they are written in.
    Errors: NotAllowed (the caller's check included), NotNeeded, LimitReached,
    ReauthenticationNeeded.
    """
    _may_ask(person, whom, act)
    mandate = Mandate(whom.subject, reason, ticket)
    counted = limits.spend_counted(limits.ASK_OPERATOR, person.sub)
    if counted == limits.ASK_OPERATOR.alarm_at:
        alarms.ring(person, mandate, limits.ASK_OPERATOR.name, words.PATTERN["ask-operator"])
    rule = rule_for(act, whom.target.tier)
    with transaction.atomic():
        audit.approval_asked(person, mandate, {"act": act.value})
        _own_open(person.sub, whom.subject, act).update(state=State.WITHDRAWN)
        asked = _new(person, whom, act, mandate, preview)
        if rule is not None and not rule.approval:
            _grant(asked, "", "")
        else:
            summons.call_seconds.enqueue(str(asked.pk))
    return asked


def _may_ask(person: SignedInPerson, whom: Whom, act: Act) -> Operator:
    """Everything but the approval must stand already, the check of the caller included."""
    guards.require_recent_operator(person)
    if not is_needed(act, whom.target.tier):
        raise NotNeeded
    strength = checks.strength_now(person.sub, whom.subject)
    return require(act, person, whom.target, check=strength, approved=True)


def _new(
    person: SignedInPerson, whom: Whom, act: Act, mandate: Mandate, preview: Preview
) -> Approval:
    names = {"operator": show_username(person.username), "person": whom.shown_as}
    # In English, until somebody reads it.
    ways = [words.WAY[way] for way in checks.ways_passed(person.sub, whom.subject)]
    return Approval.objects.create(
        pool_id=whom.subject.pool_id,
        sub=whom.subject.sub,
        act=act.value,
        operator=person.sub,
        names=vault.seal(names),
        reason=mandate.reason,
        ticket=mandate.ticket,
        evidence={
            "ways": ways,
            "preview": preview,
            "tier": whom.target.tier.value,
            "groups": sorted(whom.target.groups),
        },
        ends_at=timezone.now() + settings.APPROVAL_LASTS,
    )


def _own_open(operator_sub: str, subject: Subject, act: Act) -> Any:
    return _open().filter(
        operator=operator_sub, pool_id=subject.pool_id, sub=subject.sub, act=act.value
    )


def _open() -> Any:
    return _not_objected().filter(
        pool_id=settings.COGNITO_USER_POOL_ID, state=State.OPEN, ends_at__gt=timezone.now()
    )


def withdraw(person: SignedInPerson, asked: Approval) -> None:
    """Ask no longer. Errors: Decided."""
    guards.require_recent_operator(person)
    with transaction.atomic():
        audit.approval_withdrawn(person, mandate_of(asked), {"act": asked.act})
        mine = _open().filter(pk=asked.pk, operator=person.sub)
        if not mine.update(state=State.WITHDRAWN, decided_at=timezone.now()):
            raise Decided


# --- deciding ---------------------------------------------------------------------------------


def waiting_for(operator: Operator) -> list[Approval]:
    """What others ask for, the oldest first: not one's own, and nothing about oneself.

    Nor about people out of reach, who look like nobody (AUZ-02), by their groups as it was asked.
    """
    return [asked for asked in _others(operator)[:100] if _reaches(operator, asked)]


def count_waiting(operator: Operator) -> int:
    """How many of these there are. One query, and no call: it stands on every page."""
    if operator.scope is None:
        return int(_others(operator).count())
    return len(waiting_for(operator))


def _others(operator: Operator) -> Any:
    others = _open().exclude(Q(operator=operator.sub) | Q(sub=operator.sub))
    return others.order_by("asked_at")


def _reaches(operator: Operator, asked: Approval) -> bool:
    return operator.scope is None or bool(operator.scope & {*asked.evidence.get("groups", ())})


def asked_by(operator_sub: str) -> list[Approval]:
    """What one asked for in the last days, the newest first."""
    since = timezone.now() - timedelta(days=7)
    rows = Approval.objects.filter(
        pool_id=settings.COGNITO_USER_POOL_ID, operator=operator_sub, asked_at__gte=since
    )
    return list(rows.order_by("-asked_at")[:50])


def found(approval: UUID) -> Approval | None:
    return Approval.objects.filter(pk=approval, pool_id=settings.COGNITO_USER_POOL_ID).first()


def names_of(asked: Approval) -> dict[str, str]:
    names: dict[str, str] = vault.unseal(asked.names)
    return {
        "operator": names["operator"] or caller_words.an_operator(),
        "person": names["person"] or nameless(),
    }


def ways_of(asked: Approval) -> list[str]:
    """How the caller proved who they are."""
    return [_(way) for way in asked.evidence.get("ways", [])]


def tier_of(asked: Approval) -> str:
    """What kind of account it is; empty where that was not noted."""
    noted = asked.evidence.get("tier", "")
    return _(words.TIER[Tier(noted)]) if noted else ""


def preview_of(asked: Approval) -> list[str]:
    """What the act does, in the language that is spoken now where it was written in it."""
    found: Preview | list[str] = asked.evidence.get("preview", [])
    # Before there were languages it was the sentences alone.
    if isinstance(found, list):
        return found
    spoken = get_language() or settings.LANGUAGE_CODE
    return found.get(spoken) or found.get(settings.LANGUAGE_CODE) or next(iter(found.values()), [])


def mandate_of(asked: Approval) -> Mandate:
    return Mandate(Subject(asked.pool_id, asked.sub), asked.reason, asked.ticket)


def may_decide(operator: Operator, asked: Approval, target: Target) -> tuple[Why, ...]:
    """What stands against this operator's word; nobody approves their own (HLP-04)."""
    own = (Why.SELF,) if asked.operator == operator.sub else ()
    return own or refusals(Act.APPROVE, operator, target)


def decide(person: SignedInPerson, asked: Approval, *, agrees: bool, said: str) -> None:
    """Agree, or refuse with words; once. Errors: NotAllowed, Decided, ReauthenticationNeeded."""
    guards.require_recent_operator(person)
    operator = operator_now(person)
    whom = whom_for(Act.APPROVE, operator, asked.sub)
    whys = may_decide(operator, asked, whom.target)
    if whys:
        raise NotAllowed(whys)
    record = audit.approval_given if agrees else audit.approval_refused
    with transaction.atomic():
        about = record(person, mandate_of(asked), {"act": asked.act, "operator": asked.operator})
        done = _grant(asked, person.sub, said) if agrees else _refuse(asked, person.sub, said)
        if not done:
            raise Decided
        answer = State.GRANTED if agrees else State.REFUSED
        summons.tell_asker.enqueue(str(asked.pk), answer.value)
        if agrees:
            telling.tell(whom.subject, whom.account, told.AGREED, about=about, ticket=asked.ticket)


def _grant(asked: Approval, by: str, said: str) -> bool:
    now = timezone.now()
    opens_at = now + hold_of(Act(asked.act))
    return _decide(
        asked,
        state=State.GRANTED,
        decided_by=by,
        words=said,
        opens_at=opens_at,
        ends_at=opens_at + settings.APPROVAL_LASTS,
    )


def _refuse(asked: Approval, by: str, said: str) -> bool:
    return _decide(asked, state=State.REFUSED, decided_by=by, words=said)


def _decide(asked: Approval, **values: Any) -> bool:
    """One statement: of two at once, one decides."""
    return bool(_open().filter(pk=asked.pk).update(decided_at=timezone.now(), **values))


def opens(asked: Approval) -> datetime | None:
    """When a granted one may be used, where that is still to come."""
    late = asked.state == State.GRANTED and asked.opens_at and asked.opens_at > timezone.now()
    return asked.opens_at if late else None


def is_expired(asked: Approval) -> bool:
    if asked.state not in {State.OPEN, State.GRANTED}:
        return False
    late = asked.ends_at <= timezone.now()
    return late or not _not_objected().filter(pk=asked.pk).exists()


# --- in an emergency --------------------------------------------------------------------------


def break_glass(
    person: SignedInPerson, whom: Whom, act: Act, *, reason: str, ticket: str, preview: Preview
) -> Approval:
    """Let oneself do an act without its approval and its hold, with an alarm to everybody.

    Errors: NotAllowed, NotNeeded, LimitReached, ReauthenticationNeeded.
    """
    _may_ask(person, whom, act)
    strength = checks.strength_now(person.sub, whom.subject)
    require(Act.BREAK_GLASS, person, whom.target, check=strength)
    limits.spend(limits.ASK_OPERATOR, person.sub)
    mandate = Mandate(whom.subject, reason, ticket)
    now = timezone.now()
    with transaction.atomic():
        about = audit.glass_broken(person, mandate, {"act": act.value})
        alarms.ring(person, mandate, "glass-broken", words.PATTERN["glass-broken"])
        granted = _new(person, whom, act, mandate, preview)
        values = {"opens_at": now, "decided_at": now, "ends_at": now + GLASS_LASTS}
        Approval.objects.filter(pk=granted.pk).update(
            state=State.GRANTED, broke_glass=True, **values
        )
        telling.tell(whom.subject, whom.account, told.BROKEN, about=about, ticket=ticket)
    return granted

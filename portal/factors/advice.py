"""What the overview advises: the gap to close next, and the one thing to look at again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from django.conf import settings
from django.urls import get_urlconf
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts import passes, recovery_codes, recovery_rights
from accounts.addresses import reverse
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from portal.factors import readiness, situations, statuses, words
from portal.factors.domain import Factor
from portal.factors.models import Dismissal
from portal.factors.readiness import CODES, Finding, Step
from portal.factors.services import Factors
from portal.factors.situations import Situation
from portal.factors.words import SLUG


@dataclass(frozen=True)
class Advice:
    """One gap as the page says it, with the way to its next step."""

    text: str
    url: str
    label: str


@dataclass(frozen=True)
class Reminder:
    """A question that a person may answer with yes, or by a change."""

    what: str
    question: str
    url: str


@dataclass(frozen=True)
class Codes:
    """Somebody's recovery codes. left: None where none are offered."""

    left: int | None = None
    made_at: datetime | None = None
    how_many: int = recovery_codes.HOW_MANY


@dataclass(frozen=True)
class Asked:
    """Somebody asked for a way in without the old methods. about: the receipt of that."""

    opens_at: datetime
    about: UUID
    is_open: bool


def asked_for(person: SignedInPerson) -> Asked | None:
    """What its owner should know at once, and may stop. One query where a wait is offered."""
    if not settings.RECOVERY_HOLD or not recovery_rights.is_open():
        return None
    found = passes.asked_for(Subject(person.pool_id, person.sub))
    if found is None or found.case is None or found.case.about is None:
        return None
    return Asked(found.opens_at, found.case.about, found.opens_at <= timezone.now())


def codes_of(person: SignedInPerson) -> Codes:
    """Two queries where recovery codes are offered, none where not."""
    if not recovery_rights.is_open():
        return Codes()
    state = recovery_codes.state_of(person)
    return Codes(state.left, state.made_at) if state else Codes(0)


def advice(factors: Factors, codes: Codes) -> tuple[Advice, ...]:
    """Every gap, the worst first."""
    return _advised(factors.situation, codes.left, get_language(), get_urlconf())


@lru_cache(situations.MOST)
def _advised(
    situation: Situation, codes_left: int | None, language: str | None, urlconf: str | None
) -> tuple[Advice, ...]:
    """language, urlconf: those of now, since words and addresses are kept."""
    factors = Factors.of_anybody(situation)
    found = readiness.findings(factors.state, factors.policy, codes_left)
    return tuple(_advice(each, factors) for each in found)


def _advice(finding: Finding, factors: Factors) -> Advice:
    """In the words of the method's own row, where it is a method that closes the gap."""
    if finding.step is Step.SET_UP and finding.with_factor:
        action = statuses.begin(finding.with_factor, factors)
        return Advice(words.gap(finding), action.url, action.accessible_label)
    return Advice(words.gap(finding), _url(finding), words.step(finding))


def _url(finding: Finding) -> str:
    if finding.step is Step.CONFIRM and finding.with_factor:
        return reverse(f"enrolment:{SLUG[finding.with_factor]}")
    pages = {
        Step.ADD_PASSKEY: "enrolment:passkeys",
        Step.CHOOSE: "factors:preference",
        Step.GET_CODES: "recovery:codes",
    }
    page = pages.get(finding.step)
    return reverse(page) if page else ""


def reminder(person: SignedInPerson, factors: Factors, codes: Codes) -> Reminder | None:
    """What to look at again, if anything is due. One query where something is old enough."""
    since: dict[str, datetime] = {
        factor.value: record.added_at
        for factor, record in factors.records.items()
        if factor in factors.effective and record.added_at
    }
    if codes.made_at and codes.left:
        since[CODES] = codes.made_at
    now = timezone.now()
    if readiness.due_reminder(since, {}, now) is None:
        return None
    what = readiness.due_reminder(since, _dismissed(person), now)
    return _reminder(what) if what else None


def _dismissed(person: SignedInPerson) -> dict[str, datetime]:
    rows: Mapping[str, datetime] = dict(
        Dismissal.objects.filter(person_id=person.id).values_list("what", "dismissed_at")
    )
    return dict(rows)


def _reminder(what: str) -> Reminder:
    if what == CODES:
        return Reminder(what, _(words.OLD_CODES), reverse("recovery:codes"))
    factor = Factor(what)
    return Reminder(what, _(words.STILL_YOURS[factor]), reverse(f"enrolment:{SLUG[factor]}"))


def dismiss(person: SignedInPerson, what: str) -> None:
    """Remember the answer; it changes nothing about how anybody signs in."""
    Dismissal.objects.update_or_create(
        person_id=person.id, what=what, defaults={"dismissed_at": timezone.now()}
    )

"""What the overview advises: the gap to close next, and the one thing to look at again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils import timezone

from accounts.sessions import SignedInPerson
from portal.factors import readiness, words
from portal.factors.domain import Factor
from portal.factors.models import Dismissal
from portal.factors.readiness import CODES, Finding, Step
from portal.factors.services import Factors
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


def advice(factors: Factors, codes_left: int | None = None, codes_url: str = "") -> list[Advice]:
    """Every gap, the worst first."""
    found = readiness.findings(factors.state, factors.policy, codes_left)
    return [Advice(words.gap(each), _url(each, codes_url), words.step(each)) for each in found]


def _url(finding: Finding, codes_url: str) -> str:
    if finding.step in {Step.SET_UP, Step.CONFIRM} and finding.with_factor:
        return reverse(f"enrolment:{SLUG[finding.with_factor]}")
    return {
        Step.ADD_PASSKEY: reverse("enrolment:passkeys"),
        Step.CHOOSE: reverse("factors:preference"),
        Step.GET_CODES: codes_url,
    }.get(finding.step, "")


def reminder(
    person: SignedInPerson,
    factors: Factors,
    codes_made_at: datetime | None = None,
    codes_url: str = "",
) -> Reminder | None:
    """What to look at again, if anything is due. One query where something is old enough."""
    since: dict[str, datetime] = {
        factor.value: record.added_at
        for factor, record in factors.records.items()
        if factor in factors.effective and record.added_at
    }
    if codes_made_at:
        since[CODES] = codes_made_at
    now = timezone.now()
    if readiness.due_reminder(since, {}, now) is None:
        return None
    what = readiness.due_reminder(since, _dismissed(person), now)
    return _reminder(what, codes_url) if what else None


def _dismissed(person: SignedInPerson) -> dict[str, datetime]:
    rows: Mapping[str, datetime] = dict(
        Dismissal.objects.filter(person_id=person.id).values_list("what", "dismissed_at")
    )
    return dict(rows)


def _reminder(what: str, codes_url: str) -> Reminder:
    if what == CODES:
        return Reminder(what, words.OLD_CODES, codes_url)
    factor = Factor(what)
    return Reminder(what, words.STILL_YOURS[factor], reverse(f"enrolment:{SLUG[factor]}"))


def dismiss(person: SignedInPerson, what: str) -> None:
    """Remember the answer; it changes nothing about how anybody signs in."""
    Dismissal.objects.update_or_create(
        person_id=person.id, what=what, defaults={"dismissed_at": timezone.now()}
    )

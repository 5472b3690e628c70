"""Cases: what the helpdesk must look at, opened by people, operators and the portal itself."""

from typing import TYPE_CHECKING
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

from accounts.models import Case
from accounts.subjects import Subject
from accounts.webhooks import outbox

if TYPE_CHECKING:
    from django.db.models import QuerySet

# Nothing that sounds or looks like something else when it is read out.
LETTERS = "ACDEFHJKMNPRTWXY34679"
NUMBER_LENGTH = 6


def open_case(
    subject: Subject, kind: Case.Kind, *, opened_by: str, about: UUID | None = None
) -> Case:
    """Open a case, or return the open one of the same kind: one trouble, one case."""
    found = open_cases(subject).filter(kind=kind).first()
    if found is not None:
        return found
    while True:
        try:
            with transaction.atomic():
                opened = Case.objects.create(
                    number=get_random_string(NUMBER_LENGTH, LETTERS),
                    pool_id=subject.pool_id,
                    sub=subject.sub,
                    kind=kind,
                    opened_by=opened_by,
                    about=about,
                )
                outbox.case_opened(opened)
                return opened
        except IntegrityError:  # the number is taken
            continue


def open_cases(subject: Subject) -> "QuerySet[Case]":
    return Case.objects.filter(
        pool_id=subject.pool_id, sub=subject.sub, state=Case.State.OPEN
    ).order_by("-opened_at")


def close(case: Case, *, closed_by: str, words: str) -> bool:
    """Close a case once; false where somebody else was quicker."""
    with transaction.atomic():
        closed = Case.objects.filter(pk=case.pk, state=Case.State.OPEN).update(
            state=Case.State.CLOSED,
            closed_at=timezone.now(),
            closed_by=closed_by,
            closing_words=words[:500],
        )
        if closed:
            outbox.case_closed(case)
    return bool(closed)

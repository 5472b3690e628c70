"""Recovery codes: ten a person keeps, each good once for the way back in (REC-02, REC-03).

A code is no sign-in method: it signs nobody in, and the rule of the last method does not count
it. It only proves, beside the password, that a new method may be set up.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts import random_codes
from accounts.models import RecoveryCode, RecoveryCodeSet

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from accounts.sessions import SignedInPerson
    from accounts.subjects import Subject

HOW_MANY = 10
# 16 letters of 21: 70 random bits.
LENGTH = 16


@dataclass(frozen=True)
class CodesState:
    """What is left of somebody's codes. kept_at: when they said that they have kept them."""

    made_at: datetime
    kept_at: datetime | None
    left: int


def state_of(subject: "Subject | SignedInPerson") -> CodesState | None:
    """How many codes are left, and since when; None where there never were any. Two queries."""
    found = _set_of(subject)
    if found is None:
        return None
    left = RecoveryCode.objects.filter(of=found, used_at__isnull=True).count()
    return CodesState(found.made_at, found.kept_at, left)


def codes_left(subject: "Subject | SignedInPerson") -> int | None:
    """How many codes are left; None where there never were any."""
    state = state_of(subject)
    return state.left if state else None


def make(subject: "Subject | SignedInPerson") -> list[str]:
    """Make ten codes, the only time they can be read; all earlier ones die by it (REC-05)."""
    codes = [random_codes.make(LENGTH) for _ in range(HOW_MANY)]
    with transaction.atomic():
        RecoveryCodeSet.objects.filter(pool_id=subject.pool_id, sub=subject.sub).delete()
        made = RecoveryCodeSet.objects.create(pool_id=subject.pool_id, sub=subject.sub)
        RecoveryCode.objects.bulk_create(
            RecoveryCode(of=made, code_hash=random_codes.hashed(code)) for code in codes
        )
    return codes


def note_kept(subject: "Subject | SignedInPerson") -> bool:
    """The person says that they have kept them; false where there is nothing to keep."""
    unsaid = RecoveryCodeSet.objects.filter(
        pool_id=subject.pool_id, sub=subject.sub, kept_at__isnull=True
    )
    return bool(unsaid.update(kept_at=timezone.now()))


def find(subject: "Subject", typed: str) -> UUID | None:
    """Which of the codes that are left was typed, if any; it is not used by that."""
    if not random_codes.is_shaped(typed, LENGTH):
        return None
    for code in _left(subject):
        if random_codes.matches(typed, code.code_hash):
            return code.id
    return None


def use(code: UUID) -> bool:
    """Use a code up, in one statement: of many at once, one succeeds (REC-03)."""
    left = RecoveryCode.objects.filter(pk=code, used_at__isnull=True)
    return bool(left.update(used_at=timezone.now()))


def _set_of(subject: "Subject | SignedInPerson") -> RecoveryCodeSet | None:
    return RecoveryCodeSet.objects.filter(pool_id=subject.pool_id, sub=subject.sub).first()


def _left(subject: "Subject") -> "QuerySet[RecoveryCode]":
    return RecoveryCode.objects.filter(
        of__pool_id=subject.pool_id, of__sub=subject.sub, used_at__isnull=True
    )

"""What a caller has proved, and for how long it counts."""

from accounts.subjects import Subject
from portal.helpdesk.matrix import Strength


def strength_now(operator_sub: str, subject: Subject) -> Strength:
    """How sure this operator may be, now, that the caller is this person."""
    return Strength.NONE

"""What the helpdesk lets go when its time is over (DAT-01)."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from portal.helpdesk.models import Approval, CallerCheck, Compound

# Kept a little, to look into a complaint; the audit tells the rest.
CHECKS_KEPT = timedelta(days=7)


def checks() -> int:
    """A check goes with all that was asked in it."""
    old = CallerCheck.objects.filter(ends_at__lte=timezone.now() - CHECKS_KEPT)
    return old.delete()[0]


def approvals() -> int:
    if not settings.AUDIT_KEPT_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.AUDIT_KEPT_DAYS)
    return Approval.objects.filter(ends_at__lte=before).delete()[0]


def compounds() -> int:
    if not settings.AUDIT_KEPT_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.AUDIT_KEPT_DAYS)
    return Compound.objects.filter(begun_at__lte=before).delete()[0]

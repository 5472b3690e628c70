"""Ways back in that somebody has begun: which steps are done, and in which browser (REC-01).

One per person, from its second proof until a new method is on; docs/recovery.md has the states.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.dispatch import Signal
from django.utils import timezone

from accounts.models import Recovery

if TYPE_CHECKING:
    from accounts.sessions import SignedInPerson
    from accounts.subjects import Known, Subject

# A sitting begins, or begins again after it was closed: `recovery` needs a job that watches it.
sat_down = Signal()


def open_of(subject: "Subject | Known | SignedInPerson") -> Recovery | None:
    """The way back in that is not over; None for nearly everybody. One query."""
    if not settings.RECOVERY:
        return None
    return Recovery.objects.filter(
        pool_id=subject.pool_id, sub=subject.sub, done_at__isnull=True
    ).first()


def may_continue(recovery: Recovery, browser: str) -> bool:
    """Whether it goes on in this browser without another code: the one it was begun in."""
    is_ours = bool(browser) and recovery.browser_hash == browser
    return is_ours and timezone.now() < recovery.begun_at + settings.RECOVERY_PASS_AGE


def begin(subject: "Subject | Known", way: Recovery.Way, browser: str) -> Recovery:
    """Begin one, or begin the open one anew. Called in the transaction that uses the proof up."""
    now = timezone.now()
    recovery, _ = Recovery.objects.update_or_create(
        pool_id=subject.pool_id,
        sub=subject.sub,
        done_at=None,
        defaults={
            "way": way,
            "browser_hash": browser,
            "begun_at": now,
            "ends_at": now + settings.RECOVERY_SITTING,
            "freed_at": None,
            "closed_at": None,
        },
    )
    sat_down.send(Recovery, recovery=recovery)
    return recovery


def sit_down_again(recovery: Recovery) -> None:
    """Somebody continues: from now on the sitting lasts as long as any, and ends like any."""
    was_closed = recovery.closed_at is not None
    recovery.ends_at = timezone.now() + settings.RECOVERY_SITTING
    recovery.closed_at = None
    with transaction.atomic():
        recovery.save(update_fields=["ends_at", "closed_at"])
        if was_closed:
            sat_down.send(Recovery, recovery=recovery)


def note_freed(recovery: Recovery) -> None:
    recovery.freed_at = timezone.now()
    recovery.save(update_fields=["freed_at"])


def note_closed(recovery: Recovery) -> None:
    """The password of before opens nothing by itself any more: there is nothing left to watch."""
    recovery.closed_at = timezone.now()
    recovery.save(update_fields=["closed_at"])


def left_open(longer_than: timedelta) -> int:
    """How many accounts the job should have closed this long ago and has not."""
    late = timezone.now() - longer_than
    overdue = Recovery.objects.filter(pool_id=settings.COGNITO_USER_POOL_ID, ends_at__lt=late)
    return overdue.filter(done_at__isnull=True, closed_at__isnull=True).count()


def note_done(recovery: Recovery) -> bool:
    """It is over; false where it was over before."""
    unfinished = Recovery.objects.filter(pk=recovery.pk, done_at__isnull=True)
    return bool(unfinished.update(done_at=timezone.now()))

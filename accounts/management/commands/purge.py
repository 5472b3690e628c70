"""Delete what the portal need not keep any longer (DAT-01). Run it once a day."""

from datetime import timedelta
from typing import Any, ClassVar

from django.apps import apps
from django.conf import settings
from django.core.cache import cache
from django.core.management.base import BaseCommand
from django.db import models
from django.utils import timezone
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from accounts import colleagues, streaming, trail
from accounts.models import (
    Freeze,
    NotMeLink,
    PairingRequest,
    Recovery,
    RecoveryPass,
    SetUpBegun,
    Tally,
)

# A notice that was sent holds its address sealed; it is kept only to look into a complaint.
NOTICES_KEPT = timedelta(days=7)
# Ways back in are looked at while somebody may still ask what happened; the audit knows longer.
RECOVERIES_KEPT = timedelta(days=30)
# A set-up that was cut is told at the next sign-in, whenever that is within this time.
SET_UPS_KEPT = timedelta(days=90)
ENDED = (TaskResultStatus.SUCCESSFUL, TaskResultStatus.FAILED)


class CacheEntry(models.Model):
    """A row of Django's database cache, which itself deletes only what is read or when it is full.

    Sessions, locks and held forms are such rows.
    """

    cache_key = models.CharField(max_length=255, primary_key=True)
    expires = models.DateTimeField()

    objects: ClassVar[models.Manager["CacheEntry"]] = models.Manager()

    class Meta:
        app_label = "django_cache"
        managed = False
        db_table = getattr(cache, "_table", "portal_cache")

    def __str__(self) -> str:
        return self.cache_key


class Command(BaseCommand):
    help = "Delete what is over: limits, notices, links, sessions, recoveries, audit rows and more."

    def handle(self, *args: Any, **options: Any) -> None:
        gone = {
            "limits": limits(),
            "notices": notices(),
            "links of notices": links(),
            "freezes": freezes(),
            "set-ups": set_ups(),
            "sessions": sessions(),
            "recoveries": recoveries(),
            "audit rows": audit(),
            "names of operators": colleagues.purge(),
        }
        # A room that keeps something of its own says itself what is over.
        for room in apps.get_app_configs():
            gone |= getattr(room, "purge", dict)()
        self.stdout.write(", ".join(f"{name}: {number}" for name, number in gone.items()))


def limits() -> int:
    return Tally.objects.filter(ends_at__lte=timezone.now()).delete()[0]


def notices() -> int:
    """Sent or given up; those still to be sent stay."""
    before = timezone.now() - NOTICES_KEPT
    return DBTaskResult.objects.filter(status__in=ENDED, finished_at__lte=before).delete()[0]


def links() -> int:
    """One that was used stays as long as it could have been: it must not work twice."""
    return NotMeLink.objects.filter(ends_at__lte=timezone.now()).delete()[0]


def freezes() -> int:
    return Freeze.objects.filter(ends_at__lte=timezone.now()).delete()[0]


def set_ups() -> int:
    """Begun at a sign-in whose person never came again."""
    before = timezone.now() - SET_UPS_KEPT
    return SetUpBegun.objects.filter(begun_at__lte=before).delete()[0]


def sessions() -> int:
    """Sessions that ran out, with all they held; Redis sees to it by itself."""
    if not hasattr(cache, "_table"):
        return 0
    return CacheEntry.objects.filter(expires__lte=timezone.now()).delete()[0]


def recoveries() -> int:
    """Pairings with their end; passes and ways back in a month later, none that is still open."""
    now = timezone.now()
    before = now - RECOVERIES_KEPT
    pairings = PairingRequest.objects.filter(ends_at__lte=now).delete()[0]
    passes = RecoveryPass.objects.filter(ends_at__lte=before).delete()[0]
    return pairings + passes + Recovery.objects.filter(done_at__lte=before).delete()[0]


def audit() -> int:
    """What is gone leaves a row in its chain that says so; the whole of a change goes together.

    What has not arrived yet wherever it is streamed to waits for that (AUD-04).
    """
    if not settings.AUDIT_KEPT_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.AUDIT_KEPT_DAYS)
    return sum(
        trail.purge(pool_id, before, streaming.delivered_through(pool_id))
        for pool_id in trail.pools()
    )

"""Which changes nobody saw end, and of which the person is yet to be told (NOT-01).

Such a change has no end, as after the death of its process; or it is one's own and ended as not
certain, as where the pool was silent and could not be read after it, and nobody was told.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from accounts.models import AuditRecord, NotMeLink

Outcome = AuditRecord.Outcome
# In the detail of an end that nobody saw, and that the account told later.
FOUND_OUT = "found_out"
# How a notice of them is made the longest time after it began: then nobody remembers what it was,
# and the links are gone by which is seen who was told.
WITHIN = timedelta(days=3)
# Nobody is told of these in the ordinary way, or by more than one row: they only get their end.
QUIET = frozenset(
    {
        "device_not_remembered",
        "helpdesk_close_case",
        "helpdesk_reveal",
        "method_tested",
        "other_sessions_ended",
        "passkey_named",
        "preference_kept",
        "recovery_asked",
        # Its job comes again until the account is closed, and tells of that itself.
        "recovery_closed",
        "session_ended",
        "sign_in_denied",
    }
)
# Whoever does these sees to them until they have ended.
OTHERS = "bulk_"
# Told before they are recorded as not certain.
HELPDESK = "helpdesk_"


def remembered_since() -> datetime:
    """What began before is told to nobody any more."""
    return timezone.now() - min(WITHIN, settings.NOT_ME_LINK_AGE)


def is_open(since: datetime) -> Q:
    """Of an audit row: whether it is an intention whose end is to be found out.

    since: what ended as not certain counts where it began after this, see `remembered_since`.
    """
    ends = AuditRecord.objects.filter(completes=OuterRef("pk"))
    certain = ends.filter(~Q(outcome=Outcome.UNKNOWN) | Q(detail__has_key=FOUND_OUT))
    told = NotMeLink.objects.filter(about=OuterRef("pk"))
    of_others = Q(event__startswith=OTHERS) | Q(event__startswith=HELPDESK)
    own = Q(actor=F("sub"), created_at__gt=since) & ~of_others & ~Q(event__in=sorted(QUIET))
    uncertain = own & ~Exists(certain) & ~Exists(told)
    return Q(outcome=Outcome.INTENDED) & (~Exists(ends) | uncertain)

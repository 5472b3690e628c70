"""The link "this was not me" of a notice: signed, used once, and until when.

It opens nothing. All that it can do is to make an account safer, so it may live longer than a link
that lets somebody in.
"""

from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.utils import timezone

from accounts.addresses import reverse
from accounts.models import NotMeLink
from accounts.prepared import PreparedInsert

if TYPE_CHECKING:
    from accounts.sessions import SignedInPerson
    from accounts.subjects import Subject

# Stands for others while an address is looked up.
STAND_IN = "some-token"


def _signer() -> Signer:
    return Signer(salt="accounts.not_me", sep=".")


def link_for(subject: "Subject | SignedInPerson", about: UUID | None) -> NotMeLink:
    """A link that is still to be written."""
    return NotMeLink(
        pool_id=subject.pool_id,
        sub=subject.sub,
        about=about,
        ends_at=timezone.now() + settings.NOT_ME_LINK_AGE,
    )


def url_for(subject: "Subject", about: UUID | None) -> str:
    """Write a link down at once; its address."""
    link = link_for(subject, about)
    _write(link)
    return url_of(link)


_write = PreparedInsert()


def url_of(link: NotMeLink) -> str:
    """Built from settings and from no header (REC-07)."""
    token = _signer().sign(link.pk.hex)
    # A token is letters, digits, "-", "_" and ".": an address takes it as it is.
    return settings.PORTAL_URL + reverse("not_me:link", STAND_IN).replace(STAND_IN, token)


def find(token: str) -> NotMeLink | None:
    """The link that still works; None where it is used, over or forged, which all look alike."""
    try:
        pk = UUID(_signer().unsign(token))
    except (BadSignature, ValueError):
        return None
    return NotMeLink.objects.filter(
        pk=pk,
        pool_id=settings.COGNITO_USER_POOL_ID,
        used_at__isnull=True,
        ends_at__gt=timezone.now(),
    ).first()


def spend(link: NotMeLink) -> bool:
    """Use a link up; false where somebody was quicker."""
    now = timezone.now()
    fresh = NotMeLink.objects.filter(pk=link.pk, used_at__isnull=True, ends_at__gt=now)
    return bool(fresh.update(used_at=now))


def spend_all(subject: "Subject") -> None:
    """Whoever looked into a trouble has seen what was announced before: those links are done."""
    NotMeLink.objects.filter(pool_id=subject.pool_id, sub=subject.sub, used_at__isnull=True).update(
        used_at=timezone.now()
    )

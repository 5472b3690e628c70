"""Operators by the name under which they help, for whoever reads later what was done.

The audit names nobody: it holds the pool's own id of whoever acted. What an operator is called is
kept beside it, sealed, from when they last came to work; a name that changed is the newer one.
"""

from collections.abc import Collection
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts import vault
from accounts.masking import show_username
from accounts.models import Colleague
from accounts.sessions import SignedInPerson


def remember(operator: SignedInPerson) -> None:
    """Keep what somebody is called who comes to work at the helpdesk; nothing where it is an id."""
    name = show_username(operator.username)
    if name:
        Colleague.objects.update_or_create(
            pool_id=operator.pool_id,
            sub=operator.sub,
            defaults={"sealed": vault.seal(name), "seen_at": timezone.now()},
        )


def names(pool_id: str, actors: Collection[str]) -> dict[str, str]:
    """What these are called, by their ids, as far as it is known. One query, none for nobody."""
    if not actors:
        return {}
    found = Colleague.objects.filter(pool_id=pool_id, sub__in=actors)
    return {each.sub: vault.unseal(each.sealed) for each in found}


def purge() -> int:
    """Delete the names of whom no row of the audit can name any more."""
    if not settings.AUDIT_KEPT_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.AUDIT_KEPT_DAYS)
    return Colleague.objects.filter(seen_at__lte=before).delete()[0]

"""Times in which nobody changes how an account signs in (REA-01 is not enough then)."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts import not_me
from accounts.models import Freeze
from accounts.prepared import Prepared

if TYPE_CHECKING:
    from accounts.sessions import SignedInPerson
    from accounts.subjects import Subject


def begin(subject: "Subject", lasting: timedelta, why: str) -> Freeze:
    """Freeze an account from now on. why: not_me or helpdesk."""
    return Freeze.objects.create(
        pool_id=subject.pool_id, sub=subject.sub, ends_at=timezone.now() + lasting, why=why
    )


def frozen_until(subject: "Subject | SignedInPerson") -> datetime | None:
    """Until when the account is frozen; None where it is not. One query."""
    rows = _ends(subject.pool_id, subject.sub, timezone.now())
    return rows[0][0] if rows else None


def ends(pool_id: str, sub: str, now: datetime) -> QuerySet[Freeze, Any]:
    """The same as a query, which another one may hold."""
    frozen = Freeze.objects.filter(
        pool_id=pool_id, sub=sub, lifted_at__isnull=True, ends_at__gt=now
    )
    return frozen.order_by("-ends_at").values_list("ends_at")[:1]


_ends = Prepared(ends, str, str, datetime)


def ended_sign_in_of(pool_id: str, sub: str, opened_at: datetime) -> bool:
    """Whether somebody said "this was not me" after this sign-in: it counts no more (TOK-09).

    It holds where the portal may not end sign-ins at the pool, too. One query.
    """
    return bool(_ended(pool_id, sub, opened_at))


_ended = Prepared(
    lambda pool_id, sub, opened_at: Freeze.objects.filter(
        pool_id=pool_id, sub=sub, why="not_me", begun_at__gte=opened_at
    ).values_list("pk")[:1],
    str,
    str,
    datetime,
)


def lift(subject: "Subject") -> int:
    """End every freeze of this account early; return how many there were.

    The links of earlier notices end with it: one of them in a stranger's mailbox must not stop
    the owner again.
    """
    not_me.spend_all(subject)
    now = timezone.now()
    return Freeze.objects.filter(
        pool_id=subject.pool_id, sub=subject.sub, lifted_at__isnull=True, ends_at__gt=now
    ).update(lifted_at=now)

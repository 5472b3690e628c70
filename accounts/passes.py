"""Recovery passes: leave to set up a new sign-in method without the old one (REC-01).

A pass opens in one browser only: the one whose owner gave the right password there and asked.
An operator lets it open by typing the short code that this browser shows (`pair`); what they
type opens nothing anywhere else, so they never hold anything that opens the account (HLP-03),
and nothing travels by the channel that may also bring back a password. Without an operator, a
pass opens in the browser that asked for it, after a wait in which everybody is told (`ask`).
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import limits, random_codes
from accounts.models import Case, PairingRequest, RecoveryPass
from accounts.webhooks import outbox

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest, HttpResponseBase

    from accounts.subjects import Subject

# 8 letters of 21, for a quarter of an hour: read out on the phone, and opens nothing by itself.
PAIRING_LENGTH = 8
PAIRING_AGE = timedelta(minutes=15)
PORTAL = "portal"


class PairingUnknown(Exception):
    """No browser of this person waits with such a code, or not any more."""


def browser_of(request: "HttpRequest") -> str:
    """The hash of this browser's own cookie; empty where it has none yet."""
    cookie = request.COOKIES.get(settings.RECOVERY_COOKIE_NAME, "")
    return _hashed(cookie) if cookie else ""


def new_browser() -> tuple[str, str]:
    """A cookie for a browser that asks, and the hash it is known by."""
    cookie = secrets.token_urlsafe(32)
    return cookie, _hashed(cookie)


def keep_browser(response: "HttpResponseBase", cookie: str) -> None:
    """Give the browser its cookie, which says nothing and outlives every wait."""
    response.set_cookie(
        settings.RECOVERY_COOKIE_NAME,
        cookie,
        max_age=settings.RECOVERY_HOLD + settings.RECOVERY_PASS_AGE,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )


def _hashed(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()


def begin_pairing(subject: "Subject", browser: str) -> str:
    """Make the short code that this browser shows; an earlier one of it counts no more."""
    code = random_codes.make(PAIRING_LENGTH)
    with transaction.atomic():
        _of_browser(subject, browser).filter(paired_with__isnull=True).delete()
        PairingRequest.objects.create(
            pool_id=subject.pool_id,
            sub=subject.sub,
            code_hash=random_codes.hashed(code),
            session_hash=browser,
            ends_at=timezone.now() + PAIRING_AGE,
        )
    return code


def pair(
    subject: "Subject", code: str, *, issued_by: str, case: Case | None = None
) -> RecoveryPass:
    """Issue a pass that opens in the browser which shows this code, and in no other.

    issued_by: the operator's `sub`, whose right to it the caller has checked and recorded. An
    earlier pass of this person dies by it.
    Errors: PairingUnknown, LimitReached, LimiterAway.
    """
    limits.spend(limits.PAIR_PERSON, subject.sub)
    waiting = _waiting(subject, code)
    if waiting is None:
        raise PairingUnknown
    now = timezone.now()
    with transaction.atomic():
        revoke_all(subject)
        issued = _issue(subject, now, issued_by=issued_by, case=case)
        # In one statement: one code pairs once, whoever else types it at this moment.
        if not PairingRequest.objects.filter(pk=waiting.pk, paired_with__isnull=True).update(
            paired_with=issued, ends_at=issued.ends_at
        ):
            raise PairingUnknown
    return issued


def ask(subject: "Subject", browser: str, *, case: Case | None = None) -> RecoveryPass:
    """Let a pass open in this browser after the wait of the settings, if nobody stops it.

    One that waits already stays, and does not begin to wait anew.
    """
    already = waiting_pass(subject, browser)
    if already is not None:
        return already
    opens_at = timezone.now() + settings.RECOVERY_HOLD
    with transaction.atomic():
        revoke_all(subject)
        issued = _issue(subject, opens_at, issued_by=PORTAL, case=case)
        PairingRequest.objects.create(
            pool_id=subject.pool_id,
            sub=subject.sub,
            code_hash="",
            session_hash=browser,
            ends_at=issued.ends_at,
            paired_with=issued,
        )
    return issued


def _issue(
    subject: "Subject", opens_at: datetime, *, issued_by: str, case: Case | None
) -> RecoveryPass:
    issued = RecoveryPass.objects.create(
        pool_id=subject.pool_id,
        sub=subject.sub,
        issued_by=issued_by,
        opens_at=opens_at,
        ends_at=opens_at + settings.RECOVERY_PASS_AGE,
        case=case,
    )
    outbox.pass_issued(issued)
    return issued


def live(subject: "Subject") -> "QuerySet[RecoveryPass]":
    """Passes that open now or will: neither used, nor revoked, nor over."""
    return RecoveryPass.objects.filter(
        pool_id=subject.pool_id,
        sub=subject.sub,
        used_at__isnull=True,
        revoked_at__isnull=True,
        ends_at__gt=timezone.now(),
    ).order_by("-issued_at")


def waiting_pass(subject: "Subject", browser: str) -> RecoveryPass | None:
    """The live pass that opens in this browser, now or later."""
    if not browser:
        return None
    return live(subject).filter(pairings__session_hash=browser).first()


def asked_for(subject: "Subject") -> RecoveryPass | None:
    """The live pass after a wait, in whatever browser, with its case. One query."""
    return live(subject).filter(issued_by=PORTAL).select_related("case").first()


def open_in(subject: "Subject", browser: str) -> RecoveryPass | None:
    """The pass that is open in this browser now."""
    found = waiting_pass(subject, browser)
    return found if found is not None and found.opens_at <= timezone.now() else None


def use(found: RecoveryPass) -> bool:
    """Use a pass up, in one statement: of many at once, one succeeds (REC-03)."""
    now = timezone.now()
    usable = RecoveryPass.objects.filter(
        pk=found.pk, used_at__isnull=True, revoked_at__isnull=True, opens_at__lte=now
    )
    return bool(usable.filter(ends_at__gt=now).update(used_at=now))


def revoke(pass_id: UUID) -> bool:
    """Let a pass open nothing any more; false where it was used, or revoked before."""
    unused = RecoveryPass.objects.filter(pk=pass_id, used_at__isnull=True, revoked_at__isnull=True)
    return bool(unused.update(revoked_at=timezone.now()))


def revoke_all(subject: "Subject") -> int:
    """The same for every pass of this person; return how many there were."""
    return live(subject).update(revoked_at=timezone.now())


def _waiting(subject: "Subject", code: str) -> PairingRequest | None:
    if not random_codes.is_shaped(code, PAIRING_LENGTH):
        return None
    rows = PairingRequest.objects.filter(
        pool_id=subject.pool_id,
        sub=subject.sub,
        paired_with__isnull=True,
        ends_at__gt=timezone.now(),
    )
    return next((row for row in rows if random_codes.matches(code, row.code_hash)), None)


def _of_browser(subject: "Subject", browser: str) -> "QuerySet[PairingRequest]":
    return PairingRequest.objects.filter(
        pool_id=subject.pool_id, sub=subject.sub, session_hash=browser
    )

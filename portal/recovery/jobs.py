"""What closes a way back in that was cut: no account stays open to a password alone."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from accounts import audit, cases, notices, recoveries
from accounts.cognito import people
from accounts.cognito.errors import (
    CognitoError,
    FactorNotReady,
    Misconfigured,
    PersonUnknown,
    ResetNotPossible,
)
from accounts.cognito.people import Someone
from accounts.doors import way_back
from accounts.models import Case, Recovery
from accounts.subjects import Subject, Visitor
from portal.factors import policy as rules
from portal.factors import services as factors
from portal.factors.domain import Factor

log = structlog.get_logger(__name__)
# How soon it comes again: at first by the minute, for an account stands open meanwhile.
AGAIN, LATER = timedelta(minutes=1), timedelta(minutes=10)
BY_THE_MINUTE = timedelta(hours=1)
CLOSING, HALF_DONE = "recovery_closed", "as a try before that was cut"
CLOSED = gettext_noop(
    "Setting up a new sign-in method was not finished, so your account was closed to the password "
    "alone."
)


class NotThisWay(Exception):
    """This person or pool has no such way: the next one is tried."""


class NotClosed(CognitoError):
    """Nothing closes the account: somebody must look at it at once."""


@task()
def close_gap(recovery_id: str) -> None:
    """At the end of a sitting: where no new method is on, close the account to a password alone.

    The next try is set before this one begins, so neither a worker that dies here nor a pool that
    does not answer leaves the account open (RES-06). Comes again where somebody sat down again.
    """
    recovery = Recovery.objects.filter(
        pk=recovery_id, done_at__isnull=True, closed_at__isnull=True
    ).first()
    if recovery is None:
        return
    now = timezone.now()
    if now < recovery.ends_at:
        close_gap.using(run_after=recovery.ends_at).enqueue(recovery_id)
        return
    close_gap.using(run_after=now + _pause(now - recovery.ends_at)).enqueue(recovery_id)
    try:
        _close(recovery)
    except NotClosed as alarm:
        log.error("alarm", what="an account is open to its password alone", sub=recovery.sub)
        _open_case(recovery)
        log.warning("gap_not_closed", reason=str(alarm))
    except CognitoError as trouble:
        log.warning("gap_not_closed_yet", reason=str(trouble))


def _pause(overdue: timedelta) -> timedelta:
    return AGAIN if overdue < BY_THE_MINUTE else LATER


def watch(sender: object, recovery: Recovery, **kwargs: object) -> None:
    """Set the job that looks at the end of a sitting (signal `recoveries.sat_down`)."""
    close_gap.using(run_after=recovery.ends_at).enqueue(str(recovery.id))


def _close(recovery: Recovery) -> None:
    """Errors: NotClosed, and those of the pool."""
    try:
        someone = people.get(recovery.sub)
    except PersonUnknown:
        recoveries.note_closed(recovery)  # nobody can sign in any more
        return
    visitor = Visitor(recovery.pool_id, recovery.sub)
    is_barred = _is_barred(someone)
    if is_barred and not audit.was_tried(visitor, CLOSING, since=recovery.ends_at):
        # By the person, whose next sign-in with the method ends this way; or by an operator.
        way_back.end_everything(someone.sub)
        recoveries.note_closed(recovery)
        return
    with audit.change(visitor, CLOSING, detail={"by": "portal"}) as act:
        act.detail["how"] = HALF_DONE if is_barred else _bar(someone)
        way_back.end_everything(someone.sub)
        with transaction.atomic():
            recoveries.note_closed(recovery)
            _open_case(recovery, act.id)
            addresses = {someone.account.email}
            notices.announce(visitor, addresses, CLOSED, about=act.id, by=notices.By.PORTAL)


def _is_barred(someone: Someone) -> bool:
    """Whether the password of before opens nothing by itself."""
    is_open = someone.is_enabled and someone.status != "RESET_REQUIRED"
    return bool(someone.account.listed) or not is_open


def _open_case(recovery: Recovery, about: UUID | None = None) -> None:
    subject = Subject(recovery.pool_id, recovery.sub)
    cases.open_case(subject, Case.Kind.LOST, opened_by="portal", about=about)


def _bar(someone: Someone) -> str:
    """Ask for a code by e-mail from now on; else for a new password; else let nobody in.

    Errors: NotClosed, TryLater, CognitoUnreachable.
    """
    for way, bar in WAYS:
        with suppress(NotThisWay, ResetNotPossible, FactorNotReady, Misconfigured):
            bar(someone)
            return way
    raise NotClosed("AdminDisableUser", "nothing closes the account")


def _ask_for_codes(someone: Someone) -> None:
    policy = factors.current_policy()
    state = factors.state_from(someone.account, totp_enrolled=False)
    if not (state.email.verified and rules.is_usable(Factor.EMAIL, state, policy)):
        raise NotThisWay
    blocks = {"EmailMfaSettings": {"Enabled": True, "PreferredMfa": True}}
    people.set_preference(someone.sub, blocks)


WAYS: tuple[tuple[str, Callable[[Someone], None]], ...] = (
    ("a code by e-mail", _ask_for_codes),
    ("a new password", lambda someone: people.order_new_password(someone.sub)),
    ("disabled", lambda someone: people.disable(someone.sub)),
)

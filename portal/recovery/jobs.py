"""What closes a way back in that was cut: no account stays open to a password alone."""

from datetime import timedelta

import structlog
from django.utils import timezone
from django.utils.translation import gettext_noop
from django_tasks import task

from accounts import audit, cases, notices, recoveries
from accounts.cognito import people
from accounts.cognito.errors import (
    CognitoUnreachable,
    Misconfigured,
    PersonUnknown,
    ResetNotPossible,
    TryLater,
)
from accounts.cognito.people import Someone
from accounts.doors import way_back
from accounts.models import Case, Recovery
from accounts.subjects import Subject, Visitor
from portal.factors import policy as rules
from portal.factors import services as factors
from portal.factors.domain import Factor

log = structlog.get_logger(__name__)
AGAIN = timedelta(minutes=1)
CLOSED = gettext_noop(
    "Setting up a new sign-in method was not finished, so your account was closed to the password "
    "alone."
)


@task()
def close_gap(recovery_id: str) -> None:
    """At the end of a sitting: where no new method is on, close the account to a password alone.

    Comes again where somebody sat down again, and where the pool did not answer.
    """
    recovery = Recovery.objects.filter(pk=recovery_id, done_at__isnull=True).first()
    if recovery is None or recovery.closed_at is not None:
        return
    if timezone.now() < recovery.ends_at:
        close_gap.using(run_after=recovery.ends_at).enqueue(recovery_id)
        return
    try:
        _close(recovery)
    except (CognitoUnreachable, TryLater) as trouble:
        log.warning("gap_not_closed_yet", reason=str(trouble))
        close_gap.using(run_after=timezone.now() + AGAIN).enqueue(recovery_id)


def _close(recovery: Recovery) -> None:
    try:
        someone = people.get(recovery.sub)
    except PersonUnknown:
        return
    if someone.account.listed:
        return  # a method is on: the next sign-in with it ends this way
    subject = Subject(recovery.pool_id, recovery.sub)
    visitor = Visitor(recovery.pool_id, recovery.sub)
    with audit.change(visitor, "recovery_closed", detail={"by": "portal"}) as act:
        act.detail["how"] = _bar(someone)
        way_back.end_everything(someone.sub)
        recoveries.note_closed(recovery)
    cases.open_case(subject, Case.Kind.LOST, opened_by="portal", about=act.id)
    addresses = {someone.account.email}
    notices.announce(visitor, addresses, CLOSED, about=act.id, by=notices.By.PORTAL)


def _bar(someone: Someone) -> str:
    """Ask for a code by e-mail from now on; else for a new password; else let nobody in."""
    policy = factors.current_policy()
    state = factors.state_from(someone.account, totp_enrolled=False)
    if state.email.verified and rules.is_usable(Factor.EMAIL, state, policy):
        blocks = {"EmailMfaSettings": {"Enabled": True, "PreferredMfa": True}}
        people.set_preference(someone.sub, blocks)
        return "a code by e-mail"
    try:
        people.order_new_password(someone.sub)
    except ResetNotPossible:
        return _disable(someone)
    return "a new password"


def _disable(someone: Someone) -> str:
    try:
        people.disable(someone.sub)
    except Misconfigured:
        log.error("alarm", what="an account is open to its password alone", sub=someone.sub)
        return "not: the right to disable people is missing"
    return "disabled"

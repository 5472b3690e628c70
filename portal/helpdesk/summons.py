"""Word to everybody who may agree, that somebody asks for it (HLP-04)."""

from collections.abc import Iterator

import structlog
from django.conf import settings
from django_tasks import task

from accounts import messages, vault
from accounts.cognito import people
from accounts.cognito.errors import CognitoError
from accounts.cognito.people import Someone
from portal.helpdesk import words
from portal.helpdesk.matrix import Act, Target, refusals, roles_of
from portal.helpdesk.models import Approval
from portal.helpdesk.operators import operator_by_sub, target_of

log = structlog.get_logger(__name__)
# More than this many would be a mailing list, which PORTAL_ALARM_ADDRESSES can hold.
MOST = 50


@task()
def call_seconds(approval: str) -> None:
    """Find who may agree by the pool's groups of now, and write to them; nobody waits for it."""
    asked = Approval.objects.filter(pk=approval, state=Approval.State.OPEN).first()
    if asked is None:
        return
    try:
        target = target_of(asked.sub, people.groups(asked.sub))
        addresses = sorted({each.account.email for each in _seconds(asked, target)})[:MOST]
    except CognitoError as trouble:
        log.warning("seconds_not_called", reason=str(trouble))
        return
    messages.send_to_all(addresses, f"{settings.PORTAL_NAME}: {words.ASKED}", _text(asked))


def _seconds(asked: Approval, target: Target) -> Iterator[Someone]:
    for role in roles_of(Act.APPROVE):
        for each in _members(settings.ROLE_GROUPS.get(role.value, "")):
            account = each.account
            reached = each.is_enabled and account.email and account.email_verified
            if reached and each.sub != asked.operator and _may_agree(each.sub, target):
                yield each


def _may_agree(sub: str, target: Target) -> bool:
    return not refusals(Act.APPROVE, operator_by_sub(sub), target)


def _members(group: str) -> Iterator[Someone]:
    page = ""
    for _ in range(MOST if group else 0):
        found, page = people.in_group(group, page)
        yield from found
        if not page:
            return


def _text(asked: Approval) -> str:
    """Nothing of the person: it stands on the page, behind a sign-in."""
    return words.ASKED_BY_EMAIL.format(
        name=vault.unseal(asked.names)["operator"],
        doing=words.ACT[Act(asked.act)],
        ticket=asked.ticket,
        url=f"{settings.PORTAL_URL}/helpdesk/approvals/{asked.pk}/",
        portal=settings.PORTAL_NAME,
    )

"""Word to everybody who may agree, that somebody asks for it; and to who asked, of the answer."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from accounts import languages, messages, vault
from accounts.cognito import people
from accounts.cognito.errors import CognitoError, CognitoUnreachable, TryLater
from accounts.cognito.people import Someone
from accounts.subjects import Subject
from portal.helpdesk import caller_words, words
from portal.helpdesk.matrix import Act, Target, refusals, roles_of
from portal.helpdesk.models import Approval
from portal.helpdesk.operators import operator_by_sub, target_of

log = structlog.get_logger(__name__)
# More than this many would be a mailing list, which PORTAL_ALARM_ADDRESSES can hold.
MOST = 50
TRY_AGAIN = timedelta(minutes=1)


@task()
def call_seconds(approval: str) -> None:
    """Find who may agree by the pool's groups of now, and write to them; nobody waits for it.

    Where the pool does not answer it is tried again, as long as it is of use.
    """
    asked = Approval.objects.filter(pk=approval, state=Approval.State.OPEN).first()
    if asked is None:
        return
    now = timezone.now()
    try:
        target = target_of(asked.sub, people.groups(asked.sub))
        found = _addresses(asked, target)
    except CognitoError as trouble:
        log.warning("seconds_not_called", reason=str(trouble))
        may_pass = isinstance(trouble, CognitoUnreachable | TryLater)
        if may_pass and now + TRY_AGAIN < asked.ends_at:
            call_seconds.using(run_after=now + TRY_AGAIN).enqueue(approval)
        return
    for language in sorted(set(found.values())):
        _call(asked, language, [each for each in found if found[each] == language])


@task()
def tell_asker(approval: str, answer: str) -> None:
    """Write to who asked that somebody answered; their words stand on the page.

    answer: the state that it was given.
    """
    asked = Approval.objects.filter(pk=approval).first()
    if asked is None:
        return
    try:
        account = people.get(asked.operator).account
    except CognitoError as trouble:
        log.warning("asker_not_told", reason=str(trouble))
        return
    address = [account.email] if account.email and account.email_verified else []
    with languages.speaking(_language(asked, asked.operator)):
        text = _(words.ANSWERED_BY_EMAIL).format(
            answer=_(words.APPROVAL_STATE[answer]),
            doing=_(words.ACT[Act(asked.act)]),
            ticket=asked.ticket,
            url=f"{settings.PORTAL_URL}/helpdesk/approvals/",
            portal=settings.PORTAL_NAME,
        )
        subject = _(words.ANSWERED).format(portal=settings.PORTAL_NAME)
        messages.send_to_all(address, subject, text)


def _language(asked: Approval, operator: str) -> str:
    """What an operator has chosen, where the helpdesk speaks it; else the portal's own."""
    chosen = languages.of_subject(Subject(asked.pool_id, operator))
    return languages.offered(chosen, settings.HELPDESK_LANGUAGES) or settings.LANGUAGE_CODE


def _addresses(asked: Approval, target: Target) -> Mapping[str, str]:
    """The first of them, each once, with the language that they read.

    Nobody is asked about who would not be written to.
    """
    found: dict[str, str] = {}
    for each in _seconds(asked, target):
        found[each.account.email] = _language(asked, each.sub)
        if len(found) == MOST:
            break
    return found


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
    for _page in range(MOST if group else 0):
        found, page = people.in_group(group, page)
        yield from found
        if not page:
            return


def _call(asked: Approval, language: str, addresses: list[str]) -> None:
    """Nothing of the person: it stands on the page, behind a sign-in."""
    with languages.speaking(language):
        text = _(words.ASKED_BY_EMAIL).format(
            name=vault.unseal(asked.names)["operator"] or caller_words.an_operator(),
            doing=_(words.ACT[Act(asked.act)]),
            ticket=asked.ticket,
            url=f"{settings.PORTAL_URL}/helpdesk/approvals/{asked.pk}/",
            portal=settings.PORTAL_NAME,
        )
        subject = _(words.ASKED).format(portal=settings.PORTAL_NAME)
        messages.send_to_all(addresses, subject, text)

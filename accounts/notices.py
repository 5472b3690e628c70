"""Messages to a person about changes to their account (NOT-01 to NOT-04).

A notice says what happened, when, roughly where, by whom, and what to do if it was not you. It
holds no code, secret or sign-in link; its one link secures the account (`accounts.not_me`). It
is queued with its addresses sealed and sent by a worker, so a mail server that is away neither
undoes a change nor loses the notice.

It is in the language that the person has chosen, whoever made the change; where none is known, in
that of the person's own request, else in the portal's.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from ipaddress import ip_address, ip_network
from typing import Any
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import get_language, gettext
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult

from accounts import languages, not_me, vault
from accounts.audit import Act
from accounts.beside import Beside
from accounts.models import NotMeLink
from accounts.sessions import Origin, SignedInPerson
from accounts.subjects import Known, Subject, subject_of

log = structlog.get_logger(__name__)
# A sentence, or several, by `gettext_noop`; or what makes them in the language spoken then.
Happened = str | Sequence[str] | Callable[[], Sequence[str]]

RETRY_AFTER = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *[timedelta(hours=2)] * 12,
)


class By(StrEnum):
    """Who did it, as the person is told."""

    YOURSELF = "yourself"
    HELPDESK = "helpdesk"
    PORTAL = "portal"
    # Somebody, by another way than this portal: only that it was done is known.
    ELSEWHERE = "elsewhere"
    # Whoever said "this was not me": there is nothing more to say so of.
    ANSWER = "answer"


@dataclass(frozen=True)
class Begun:
    """The receipt of a change that is told late, and when it was begun."""

    receipt: UUID
    at: datetime


def announce(
    person: Known,
    addresses: Collection[str],
    happened: Happened,
    *,
    about: UUID | Act | None = None,
    by: By = By.YOURSELF,
    ticket: str = "",
) -> None:
    """Tell the person at every address what changed.

    happened: one sentence without personal data, such as "An authenticator app was added.", or
    several, of which the first is the headline; marked by `gettext_noop`. A function where they
    are composed: it is called where the person's language is spoken.
    addresses: all notification addresses, the one just replaced included.
    about: the receipt of the change; or the change itself, to be told with the row of its end.
    """
    # What is found elsewhere may be found by an operator, whose request it is then.
    is_own = by is not By.ELSEWHERE or isinstance(person, SignedInPerson)
    announce_for(
        person if isinstance(person, SignedInPerson) else subject_of(person),
        addresses,
        happened,
        about=about,
        by=by,
        ticket=ticket,
        origin=person.origin if is_own else None,
    )


def announce_for(
    subject: Subject | SignedInPerson,
    addresses: Collection[str],
    happened: Happened,
    *,
    about: UUID | Begun | Act | None = None,
    by: By = By.HELPDESK,
    ticket: str = "",
    origin: Origin | None = None,
) -> None:
    """Tell somebody what was done to their account, by the helpdesk or by the portal itself.

    origin: of the person's own request, whose language is spoken where they have chosen none; an
    operator's own place is nobody's business.
    """
    receipt, at = _receipt(about)
    language = languages.of_subject(subject, otherwise=get_language() if origin else None)
    headline, *details = said(happened, language)
    notice = {
        "happened": headline,
        "details": details,
        "by": by.value,
        "ticket": ticket,
        "when": (at or datetime.now(UTC)).isoformat(),
        "where": roughly_where(origin.client_address) if origin and by is not By.ELSEWHERE else "",
        "language": language,
        # Written down now: a worker may serve several portals.
        "portal_name": settings.PORTAL_NAME,
        "portal_url": settings.PORTAL_URL,
        "support_url": settings.SUPPORT_URL,
    }
    # To all of them or to none: a link that is there says that they were told (`unseen`).
    beside = about.beside if isinstance(about, Act) else Beside()
    for address in sorted({each for each in addresses if each}):
        # One link for each address, so that nobody can use up another's.
        link = None if by is By.ANSWER else not_me.link_for(subject, receipt)
        _queue({"address": address, **notice}, link, beside)
    if not isinstance(about, Act):
        beside.write()


def _queue(notice: dict[str, Any], link: NotMeLink | None, beside: Beside) -> None:
    if link:
        beside.row(link)
    url = not_me.url_of(link) if link else ""
    beside.job(send_notice, vault.seal({"not_me_url": url, **notice}), 0)


def _receipt(about: UUID | Begun | Act | None) -> tuple[UUID | None, datetime | None]:
    """Of what is told, and when it was begun where it is told late."""
    if isinstance(about, Begun):
        return about.receipt, about.at
    return (about.id if isinstance(about, Act) else about), None


def said(happened: Happened, language: str) -> Sequence[str]:
    """The headline, and what follows it."""
    with languages.speaking(language):
        if callable(happened):
            return happened()
        return [gettext(each) for each in ([happened] if isinstance(happened, str) else happened)]


def roughly_where(client_address: str) -> str:
    """The network, not the machine: `203.0.113.0/24`, `2001:db8::/32`."""
    try:
        address = ip_address(client_address)
    except ValueError:
        return ""
    prefix = 24 if address.version == 4 else 32
    return str(ip_network(f"{address}/{prefix}", strict=False))


@task()
def send_notice(sealed: str, attempt: int) -> None:
    """Send one notice; where the mail server is away, queue it again for later."""
    try:
        _message(vault.unseal(sealed)).send()
    except OSError as failure:
        if attempt >= len(RETRY_AFTER):
            raise
        later = datetime.now(UTC) + RETRY_AFTER[attempt]
        send_notice.using(run_after=later).enqueue(sealed, attempt + 1)
        log.warning("notice_delayed", attempt=attempt, reason=type(failure).__name__)


def unsent() -> tuple[int, int]:
    """How many wait for another try, and how many were given up and are not deleted yet.

    Of the queue in the database alone. One query.
    """
    own = DBTaskResult.objects.filter(task_path=send_notice.module_path)
    counted = own.aggregate(
        delayed=Count("pk", filter=Q(status=TaskResultStatus.READY, args_kwargs__args__1__gt=0)),
        given_up=Count("pk", filter=Q(status=TaskResultStatus.FAILED)),
    )
    return counted["delayed"], counted["given_up"]


def _message(notice: dict[str, Any]) -> EmailMultiAlternatives:
    with translation.override(notice["language"]):
        context = {**notice, "when": datetime.fromisoformat(notice["when"])}
        message = EmailMultiAlternatives(
            subject=f"{notice['portal_name']}: {notice['happened']}",
            body=render_to_string("notices/changed.txt", context),
            to=[notice["address"]],
        )
        message.attach_alternative(render_to_string("notices/changed.html", context), "text/html")
    return message

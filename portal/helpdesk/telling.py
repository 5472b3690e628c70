"""Word to the person at once, on every channel that the portal reaches them by (HLP-08, NOT-02)."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from accounts import languages, messages, not_me, notices
from accounts.audit import Outcome
from accounts.cognito.self_service import Account
from accounts.notices import Begun, Happened
from accounts.subjects import Subject
from accounts.unseen import Ending
from portal.helpdesk import told
from portal.helpdesk.matrix import Act

WORTH_SENDING = timedelta(days=1)


@transaction.atomic
def tell(
    subject: Subject,
    account: Account,
    happened: Happened,
    *,
    about: UUID | Begun | None,
    ticket: str = "",
    also: Collection[str] = (),
) -> None:
    """By e-mail, and by text message to a confirmed number where the portal can send one.

    happened: one of the sentences of `told`.
    account: as it was read before the act, so that a replaced address is told. also: a new address.
    about: the record of the act, which the link of each message names.
    """
    addresses = {account.email, *also} - {""}
    notices.announce_for(subject, addresses, happened, about=about, ticket=ticket)
    if messages.can_text() and account.phone and account.phone_verified:
        receipt = about.receipt if isinstance(about, Begun) else about
        text = _text(subject, happened, receipt, ticket)
        messages.send_text(account.phone, text, until=timezone.now() + WORTH_SENDING)


def tell_late(ending: Ending) -> None:
    """Of an act whose end nobody saw; where that is sure, as it had been told at once."""
    row, happened = ending.row, ending.happened
    if ending.outcome is Outcome.DONE:
        happened = told.TOLD[Act(row.event.removeprefix("helpdesk_"))]
    tell(
        Subject(row.pool_id, row.sub),
        ending.account,
        happened,
        about=Begun(row.id, row.created_at),
        ticket=row.ticket,
        also=ending.addresses,
    )


def _text(subject: Subject, happened: Happened, about: UUID | None, ticket: str) -> str:
    language = languages.of_subject(subject)
    # A line of its own where it is no whole sentence.
    end = "" if isinstance(happened, str) else "\n"
    with languages.speaking(language):
        return gettext(told.BY_TEXT_WITH_TICKET if ticket else told.BY_TEXT).format(
            portal=settings.PORTAL_NAME,
            happened=notices.said(happened, language)[0] + end,
            ticket=ticket,
            url=not_me.url_for(subject, about),
        )

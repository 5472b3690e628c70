"""Word to the person at once, on every channel that the portal reaches them by (HLP-08, NOT-02)."""

from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext

from accounts import languages, messages, not_me, notices
from accounts.cognito.self_service import Account
from accounts.subjects import Subject
from portal.helpdesk import told

WORTH_SENDING = timedelta(days=1)


def tell(
    subject: Subject,
    account: Account,
    happened: str,
    *,
    about: UUID,
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
        text = _text(subject, happened, about, ticket)
        messages.send_text(account.phone, text, until=timezone.now() + WORTH_SENDING)


def _text(subject: Subject, happened: str, about: UUID, ticket: str) -> str:
    with languages.speaking(languages.of_subject(subject)):
        return gettext(told.BY_TEXT_WITH_TICKET if ticket else told.BY_TEXT).format(
            portal=settings.PORTAL_NAME,
            happened=gettext(happened),
            ticket=ticket,
            url=not_me.url_for(subject, about),
        )

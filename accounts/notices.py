"""Messages to a person about changes to their account (NOT-01 to NOT-04).

A notice says what happened, when, roughly where, and what to do if it was not you. It holds no
code, secret or sign-in link. It is queued with its addresses sealed and sent by a worker, so a
mail server that is away neither undoes a change nor loses the notice.
"""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django_tasks import task

from accounts import vault
from accounts.subjects import Known

log = structlog.get_logger(__name__)

RETRY_AFTER = (
    timedelta(seconds=30),
    timedelta(minutes=5),
    timedelta(minutes=30),
    *[timedelta(hours=2)] * 12,
)


def announce(person: Known, addresses: Collection[str], happened: str) -> None:
    """Tell the person at every address what changed.

    happened: one sentence without personal data, such as "An authenticator app was added."
    addresses: all notification addresses, the one just replaced included.
    """
    for address in sorted({each for each in addresses if each}):
        notice = {
            "address": address,
            "happened": happened,
            "when": datetime.now(UTC).isoformat(),
            "where": roughly_where(person.origin.client_address),
            # Written down now: a worker may serve several portals.
            "portal_name": settings.PORTAL_NAME,
            "portal_url": settings.PORTAL_URL,
            "support_url": settings.SUPPORT_URL,
        }
        send_notice.enqueue(vault.seal(notice), 0)


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


def _message(notice: dict[str, str]) -> EmailMessage:
    context = {**notice, "when": datetime.fromisoformat(notice["when"])}
    return EmailMessage(
        subject=f"{notice['portal_name']}: {notice['happened']}",
        body=render_to_string("notices/changed.txt", context),
        to=[notice["address"]],
    )

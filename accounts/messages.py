"""Messages of the portal's own that carry a code or an alarm: by e-mail, or by text message.

E-mail always works. Text messages need a sender of the operator's (PORTAL_SMS_BACKEND), because
Cognito sends none for others; without one they are not offered. A message waits sealed in the
queue, and one that came too late is thrown away.
"""

import hashlib
import hmac
import json
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from http.client import HTTPException
from typing import Protocol
from urllib.request import Request, urlopen

import structlog
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.module_loading import import_string
from django_tasks import task

from accounts import vault

log = structlog.get_logger(__name__)
RETRY_AFTER = timedelta(seconds=10)
GATEWAY_SECONDS = 10


class SmsSender(Protocol):
    """Takes one text message. Errors: OSError where it may be tried again."""

    def send(self, number: str, text: str) -> None: ...


class Webhook:
    """Hands a text message to an HTTPS address of the operator's, which sends it.

    The body is JSON: to (E.164), text. X-Signature is `sha256=` and the HMAC-SHA256 of the body
    under PORTAL_SMS_WEBHOOK_SECRET. Any answer but a 2xx counts as not sent.
    """

    def send(self, number: str, text: str) -> None:
        body = json.dumps({"to": number, "text": text}).encode()
        secret = settings.SMS_WEBHOOK_SECRET.encode()
        signature = hmac.new(secret, body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "X-Signature": f"sha256={signature}"}
        request = Request(settings.SMS_WEBHOOK_URL, body, headers)  # noqa: S310  (set, and checked)
        try:
            with urlopen(request, timeout=GATEWAY_SECONDS):  # noqa: S310
                return
        except HTTPException as broken:
            raise OSError(type(broken).__name__) from broken


def can_text() -> bool:
    """Whether the portal has a sender of its own for text messages."""
    return bool(settings.SMS_BACKEND)


def send_email(address: str, subject: str, text: str, *, until: datetime) -> None:
    """Queue one e-mail, which is worth nothing after `until`."""
    _queue({"by": "email", "to": address, "subject": subject, "text": text}, until)


def send_text(number: str, text: str, *, until: datetime) -> None:
    """Queue one text message to a number in E.164. Only where `can_text`."""
    _queue({"by": "sms", "to": number, "text": text}, until)


def send_to_all(addresses: Collection[str], subject: str, text: str) -> None:
    """Queue the same e-mail to each address, worth sending for a day."""
    until = datetime.now(UTC) + timedelta(days=1)
    for address in sorted(set(addresses)):
        send_email(address, subject, text, until=until)


def _queue(message: dict[str, str], until: datetime) -> None:
    deliver.enqueue(vault.seal({**message, "until": until.isoformat()}))


@task()
def deliver(sealed: str) -> None:
    """Send one message; where the way is blocked, try again while it is worth something."""
    message = vault.unseal(sealed)
    now, until = datetime.now(UTC), datetime.fromisoformat(message["until"])
    if now >= until:
        log.warning("message_too_late", by=message["by"])
        return
    try:
        _send(message)
    except OSError as failure:
        log.warning("message_delayed", by=message["by"], reason=type(failure).__name__)
        deliver.using(run_after=now + RETRY_AFTER).enqueue(sealed)


def _send(message: dict[str, str]) -> None:
    if message["by"] == "sms":
        sender: SmsSender = import_string(settings.SMS_BACKEND)()
        sender.send(message["to"], message["text"])
        return
    EmailMessage(message["subject"], message["text"], to=[message["to"]]).send()

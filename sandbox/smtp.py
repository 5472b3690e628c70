"""The SMTP port: mail that others send lands in the same inbox."""

from __future__ import annotations

import asyncio
import socket
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import cast

from aiosmtpd.smtp import SMTP, Envelope, Session

from sandbox import inbox
from sandbox.core import Sandbox

LARGEST_MAIL = 10 * 1024 * 1024
ACCEPTED = "250 Message accepted for delivery"


class MailHandler:
    """Puts what arrives into the inbox, once for each recipient."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Called by aiosmtpd with a whole mail."""
        content = envelope.content or b""
        raw = content if isinstance(content, bytes) else content.encode()
        subject, text = readable(raw)
        with self._sandbox.database.transaction():
            for recipient in envelope.rcpt_tos:
                self._sandbox.inbox.deliver(inbox.EMAIL, recipient, text, subject=subject)
        return ACCEPTED


def readable(raw: bytes) -> tuple[str, str]:
    """Subject and text of a mail, transfer encodings undone; plain text before HTML."""
    mail = message_from_bytes(raw, policy=default)
    body = mail.get_body(("plain", "html"))
    return str(mail["subject"] or ""), _text(cast(EmailMessage, body) if body is not None else mail)


def _text(part: EmailMessage) -> str:
    try:
        content = part.get_content()
    except (LookupError, KeyError, ValueError):
        payload = part.get_payload(decode=True)
        content = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
    return str(content).strip()


async def open_mailbox(sandbox: Sandbox, bound: socket.socket) -> asyncio.Server:
    """Accept mail on a socket that is already bound."""
    loop = asyncio.get_running_loop()
    handler = MailHandler(sandbox)

    def protocol() -> SMTP:
        return SMTP(handler, data_size_limit=LARGEST_MAIL, enable_SMTPUTF8=True, loop=loop)

    return await loop.create_server(protocol, sock=bound)

"""Messages with a code: over the wire to a sender of the operator's, late ones, and settings."""

import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest
from django_tasks_db.models import DBTaskResult

from accounts import checks, messages

NUMBER, TEXT = "+447400123456", "123456 is your code"


class Gateway(BaseHTTPRequestHandler):
    """An SMS gateway that keeps what it was sent, and answers as it was told."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.seen.append((body, self.headers["X-Signature"]))  # type: ignore[attr-defined]
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture
def gateway(settings: Any) -> Iterator[Any]:
    server: Any = HTTPServer(("127.0.0.1", 0), Gateway)
    server.seen, server.status = [], 200
    Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_BACKEND = "accounts.messages.Webhook"
    settings.SMS_WEBHOOK_URL = f"http://127.0.0.1:{server.server_port}/"
    settings.SMS_WEBHOOK_SECRET = "only-we-two-know"
    yield server
    server.shutdown()
    server.server_close()


def soon() -> datetime:
    return datetime.now(UTC) + timedelta(minutes=10)


def queued() -> Any:
    return DBTaskResult.objects.filter(task_path="accounts.messages.deliver")


def deliver() -> None:
    task = queued().order_by("-enqueued_at").first()
    assert task is not None
    messages.deliver.func(*task.args_kwargs["args"])


@pytest.mark.django_db
def test_a_text_message_goes_to_the_gateway_signed(gateway: Any):
    """(HLP-02) who else posts there cannot make it send."""
    messages.send_text(NUMBER, TEXT, until=soon())
    deliver()
    ((body, signature),) = gateway.seen
    assert json.loads(body) == {"to": NUMBER, "text": TEXT}
    expected = hmac.new(b"only-we-two-know", body, hashlib.sha256).hexdigest()
    assert signature == f"sha256={expected}"


@pytest.mark.django_db
def test_what_waits_in_the_queue_cannot_be_read(gateway: Any, caplog: Any):
    """(AUD-03, DAT-02) neither number nor code; nor does the log tell when it fails."""
    caplog.set_level(logging.DEBUG)
    gateway.status = 503
    messages.send_text(NUMBER, TEXT, until=soon())
    deliver()
    kept = " ".join(str(row) for row in DBTaskResult.objects.values()) + caplog.text
    assert NUMBER not in kept
    assert "123456" not in kept
    # It is tried again.
    assert queued().count() == 2
    gateway.status = 200
    deliver()
    assert len(gateway.seen) == 2


@pytest.mark.django_db
def test_a_code_that_is_over_is_not_sent(gateway: Any):
    """(HLP-02)"""
    messages.send_text(NUMBER, TEXT, until=datetime.now(UTC) - timedelta(seconds=1))
    deliver()
    assert gateway.seen == []
    assert queued().count() == 1


def test_without_a_sender_none_is_offered(settings: Any):
    """(HLP-02)"""
    settings.SMS_BACKEND = ""
    assert not messages.can_text()
    assert checks.text_messages(None) == []


@pytest.mark.parametrize(
    ("backend", "url", "secret", "wrong"),
    [
        ("accounts.messages.Nothing", "https://sms.example.com/", "s", "accounts.E003"),
        ("accounts.messages.Webhook", "http://sms.example.com/", "s", "accounts.E004"),
        ("accounts.messages.Webhook", "file:///etc/passwd", "s", "accounts.E004"),
        ("accounts.messages.Webhook", "https://sms.example.com/", "", "accounts.E004"),
        ("accounts.messages.Webhook", "https://sms.example.com/", "s", ""),
    ],
)
def test_settings_that_would_fail_on_the_phone_are_said_at_start(
    settings: Any, backend: str, url: str, secret: str, wrong: str
):
    """(DAT-03)"""
    settings.SMS_BACKEND, settings.SMS_WEBHOOK_URL = backend, url
    settings.SMS_WEBHOOK_SECRET = secret
    assert [each.id for each in checks.text_messages(None)] == ([wrong] if wrong else [])

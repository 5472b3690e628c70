"""Rows on their way out: each at least once, in order, signed, and never skipped."""

import hashlib
import hmac
import json
import resource
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management import call_command

from accounts import audit, streaming, trail
from accounts.doctor import Grade
from accounts.models import AuditCursor, AuditRecord
from tests.unit.persons import somebody
from tests.unit.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
POOL = "eu-central-1_Unit00001"
KEY = "shared-with-the-receiver"


def numbers(receiver: Receiver) -> list[int]:
    lines = [line for each in receiver.got for line in each.body.splitlines()]
    return [json.loads(line)["metadata"]["sequence"] for line in lines]


@pytest.fixture
def receiver(settings: Any, memory_cache: None) -> Iterator[Receiver]:
    with receiving() as server:
        settings.AUDIT_WEBHOOK = server.url("/audit")
        settings.AUDIT_WEBHOOK_KEY = KEY
        yield server


def write(rows: int) -> None:
    for _ in range(rows):
        audit.signed_in(somebody())


def stream() -> int:
    try:
        call_command("audit", "stream", "--once")
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def test_rows_arrive_in_order_and_once_where_all_goes_well(receiver: Receiver, monkeypatch: Any):
    """AUD-04."""
    monkeypatch.setattr(streaming, "BATCH", 2)
    write(5)
    assert stream() == 0
    assert numbers(receiver) == [1, 2, 3, 4, 5]
    assert stream() == 0
    write(1)
    assert stream() == 0
    assert numbers(receiver) == [1, 2, 3, 4, 5, 6]


def test_a_batch_is_signed_as_the_document_says(receiver: Receiver):
    """By a receiver that has the key and no Django."""
    write(1)
    stream()
    _, headers, body = receiver.got[0]
    key = hashlib.sha256(b"accounts.streaming" + KEY.encode()).digest()
    signed = headers["Portal-Audit-Time"].encode() + b"." + body
    assert hmac.new(key, signed, hashlib.sha256).hexdigest() == headers["Portal-Audit-Signature"]


@pytest.mark.parametrize("status", [500, 429, 404, 302])
def test_what_was_refused_is_sent_again(receiver: Receiver, status: int):
    """RES-04: after a while that grows; a redirect is no delivery."""
    write(2)
    receiver.answers = [status, status]
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as now:
        assert stream() == 1
        assert stream() == 0
        assert numbers(receiver) == [1, 2]
        now.shift(11)
        assert stream() == 1
        now.shift(11)
        assert stream() == 0
        now.shift(10)
        assert stream() == 0
    assert numbers(receiver) == [1, 2] * 3


def test_a_crash_before_it_is_noted_repeats_and_skips_nothing(receiver: Receiver, monkeypatch: Any):
    """RES-06: at least once."""
    write(2)
    AuditCursor.objects.create(target="webhook", pool_id=POOL)

    def killed(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(AuditCursor, "save", killed)
        with pytest.raises(KeyboardInterrupt):
            stream()
    write(1)
    assert stream() == 0
    assert numbers(receiver) == [1, 2, 1, 2, 3]


def test_nobody_there_is_said_by_the_status(receiver: Receiver, settings: Any):
    write(1)
    settings.AUDIT_WEBHOOK = "http://127.0.0.1:1/"
    assert stream() == 1
    assert AuditCursor.objects.get().number == 0


def test_a_file_is_appended_and_a_cut_line_does_no_harm(
    settings: Any, tmp_path: Path, memory_cache: None
):
    """RES-06."""
    path = tmp_path / "audit.jsonl"
    settings.AUDIT_FILE = str(path)
    write(2)
    assert stream() == 0
    path.write_bytes(path.read_bytes() + b'{"activity_')
    write(1)
    assert stream() == 0
    lines = path.read_text().splitlines()
    whole = [json.loads(line)["metadata"]["sequence"] for line in lines if line.endswith("}")]
    assert whole == [1, 2, 3]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    settings.AUDIT_FILE = str(tmp_path)
    write(1)
    assert stream() == 1


def test_a_full_disk_keeps_the_place_of_the_stream(
    settings: Any, tmp_path: Path, memory_cache: None
):
    """(AUD-04, RES-08) nothing of it stays half written; then each row comes, once, in order."""
    settings.AUDIT_WEBHOOK, settings.AUDIT_FILE = "", str(tmp_path / "audit.ndjson")
    audit.signed_out(somebody())
    (target,) = streaming.targets()
    streaming.deliver_some(POOL, target)
    before = Path(settings.AUDIT_FILE).read_bytes()
    audit.signed_in(somebody())
    audit.signed_out(somebody())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 100, limits[1]))
    try:
        with pytest.raises(streaming.NotDelivered):
            streaming.deliver_some(POOL, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert Path(settings.AUDIT_FILE).read_bytes() == before
    AuditCursor.objects.update(opens_at=None)
    streaming.deliver_some(POOL, target)
    lines = Path(settings.AUDIT_FILE).read_text().splitlines()
    uids = [json.loads(line)["metadata"]["uid"] for line in lines]
    rows = AuditRecord.objects.order_by("number").values_list("id", flat=True)
    assert uids == [str(each) for each in rows]


def test_nothing_is_deleted_before_it_has_arrived_everywhere(
    receiver: Receiver, settings: Any, tmp_path: Path
):
    """(AUD-04, DAT-01) at least once comes first, however long the receiver is away."""
    settings.AUDIT_FILE, settings.AUDIT_KEPT_DAYS = str(tmp_path / "audit.jsonl"), 7
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as now:
        write(3)
        receiver.answers = [500]
        assert stream() == 1
        now.shift(timedelta(days=8))
        write(1)
        call_command("purge")
        assert AuditRecord.objects.count() == 4
        assert stream() == 0
        call_command("purge")
    assert numbers(receiver) == [1, 2, 3, 1, 2, 3, 4]
    events = AuditRecord.objects.order_by("number").values_list("event", flat=True)
    assert list(events) == ["signed_in", "audit_purged"]
    assert list(trail.findings(POOL)) == []


def test_the_doctor_names_a_target_that_rows_wait_for(
    receiver: Receiver, settings: Any, tmp_path: Path
):
    """(AUD-04, DAT-01) only after a day, and the target that takes nothing alone."""
    settings.AUDIT_FILE = str(tmp_path / "audit.jsonl")
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as now:
        write(2)
        receiver.answers = [500]
        assert stream() == 1
        now.shift(timedelta(hours=23))
        write(1)
        assert list(streaming.findings()) == []
        now.shift(timedelta(hours=2))
        (found,) = streaming.findings()
        assert (found.grade, found.name) == (Grade.WARNING, "audit-undelivered")
        assert "PORTAL_AUDIT_WEBHOOK: 2, the oldest since 2026-03-01 12:00 UTC" in found.says
        assert "PORTAL_AUDIT_WEBHOOK" in found.do
        assert stream() == 0
        assert list(streaming.findings()) == []


def test_the_doctor_names_a_target_that_was_never_served(settings: Any):
    """With what else it finds; a portal that streams nowhere has nothing to be told."""
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as now:
        write(1)
        now.shift(timedelta(days=400))
        assert list(streaming.findings()) == []
        settings.AUDIT_FILE = "/var/nobody/serves/this.jsonl"
        (found,) = streaming.findings()
    assert "PORTAL_AUDIT_FILE: 1, the oldest since 2026-03-01 12:00 UTC" in found.says
    assert not AuditCursor.objects.exists()


def test_nowhere_to_go_is_no_work():
    write(1)
    assert stream() == 0
    assert not AuditCursor.objects.exists()
    assert AuditRecord.objects.filter(pool_id=POOL).count() == 1

"""Word to other systems: signed, at least once, without a name, and only to where it may go."""

import base64
import json
import os
import re
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.conf import settings as portal
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult
from standardwebhooks import Webhook, WebhookVerificationError

from accounts import audit, cases, freezes, passes
from accounts.models import AuditRecord, Case, Freeze
from accounts.subjects import Subject
from accounts.webhooks import delivery, endpoints, events, examination, jobs
from accounts.webhooks.events import OF_AUDIT, Event
from accounts.webhooks.models import Message
from tests.unit.persons import somebody
from tests.unit.receiver import Receiver, receiving

pytestmark = pytest.mark.django_db
SUBJECT = Subject("eu-central-1_Unit00001", "11111111-2222-4333-8444-555555555555")
DOCUMENT = Path(portal.BASE_DIR, "docs/webhooks.md")


def fresh_secret() -> str:
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


SECRET, OLDER = fresh_secret(), fresh_secret()


def types(receiver: Receiver) -> list[str]:
    return [json.loads(each.body)["type"] for each in receiver.got]


@pytest.fixture
def receiver(settings: Any, memory_cache: None) -> Iterator[Receiver]:
    with receiving() as server:
        settings.WEBHOOKS = {"desk": server.url("/mfa")}
        settings.WEBHOOK_SECRETS = {"desk": [SECRET]}
        settings.WEBHOOK_EVENTS = {}
        settings.WEBHOOKS_MAY_BE_PRIVATE = True
        yield server


def work() -> int:
    """Do the jobs that are due, as a worker would, and none that comes due meanwhile."""
    waiting = [
        each for each in DBTaskResult.objects.ready() if each.task_path.endswith("jobs.deliver")
    ]
    for each in waiting:
        each.delete()
        jobs.deliver.call(*each.args_kwargs["args"], **each.args_kwargs["kwargs"])
    return len(waiting)


def change() -> None:
    with audit.change(somebody(), "totp_enrolled", factor="SOFTWARE_TOKEN_MFA"):
        pass


# --- what is told -----------------------------------------------------------------------------


def test_a_change_is_told_signed_and_without_a_name(receiver: Receiver):
    """(AUD-03) `sub` and no more; the signature is of the bytes and of the time."""
    change()
    work()
    ((path, headers, body),) = receiver.got
    told = Webhook(SECRET).verify(body, headers)
    row = AuditRecord.objects.get(outcome="intended")
    assert path == "/mfa"
    assert (told["type"], told["data"]) == (
        "factor.changed",
        {
            "pool": row.pool_id,
            "sub": row.sub,
            "change": "totp_enrolled",
            "factor": "SOFTWARE_TOKEN_MFA",
            "by": "person",
            "receipt": str(row.id),
            "ticket": "",
        },
    )
    assert headers["webhook-id"] == str(Message.objects.get().id)
    with pytest.raises(WebhookVerificationError):
        Webhook(fresh_secret()).verify(body, headers)
    later = timezone.now() + timedelta(minutes=6)
    with time_machine.travel(later), pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(body, headers)
    work()
    assert len(receiver.got) == 1


def test_cases_and_passes_are_told_and_refusals_are_not(receiver: Receiver):
    """Each where it is made; an intention and a refusal are no change."""
    case = cases.open_case(SUBJECT, Case.Kind.LOST, opened_by="portal")
    cases.open_case(SUBJECT, Case.Kind.LOST, opened_by="portal")
    issued = passes.ask(SUBJECT, "browser", case=case)
    cases.close(case, closed_by="portal", words="Freed.")
    cases.close(case, closed_by="portal", words="Freed.")
    audit.alarm_raised(somebody(), audit.Mandate(SUBJECT), "check-target")
    with pytest.raises(audit.NotDone), audit.change(somebody(), "sms_enrolled"):
        raise audit.NotDone
    work()
    assert types(receiver) == ["case.opened", "pass.issued", "case.closed", "alarm.raised"]
    opened, given, _, alarm = (json.loads(body)["data"] for _, _, body in receiver.got)
    assert (opened["case"], opened["kind"], opened["sub"]) == (case.number, "lost", SUBJECT.sub)
    assert given["by"] == "portal"
    assert given["opens_at"] == issued.opens_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (alarm["pattern"], alarm["by"]) == ("check-target", "helpdesk")


def test_a_change_made_elsewhere_is_told_as_such(receiver: Receiver):
    """Found by the portal, made by nobody it knows."""
    audit.drift_found(somebody(), {"changed": ["phone"]})
    work()
    (data,) = (json.loads(body)["data"] for _, _, body in receiver.got)
    assert (data["change"], data["by"]) == ("drift_found", "elsewhere")


def test_a_freeze_is_told_with_its_end_and_a_new_password_as_such(receiver: Receiver):
    """Whoever has a receiver knows until when; what the person did is told like the helpdesk's."""
    person = somebody()
    freezes.begin(Subject(person.pool_id, person.sub), timedelta(hours=1), "not_me")
    audit.not_me_said(person, {"way": "link"})
    audit.password_was_reset(person)
    work()
    frozen, reset = (json.loads(body)["data"] for _, _, body in receiver.got)
    assert frozen["until"] == Freeze.objects.get().ends_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert (reset["change"], reset["by"]) == ("password_was_reset", "person")
    assert types(receiver) == ["account.frozen", "password.reset"]


def test_a_message_stands_or_falls_with_its_row(receiver: Receiver):
    """(AUD-06, RES-08) of the same transaction, its job included."""

    def undone() -> None:
        with transaction.atomic():
            change()
            cases.open_case(SUBJECT, Case.Kind.HELP, opened_by="portal")
            assert Message.objects.count() == 2
            raise IntegrityError

    with pytest.raises(IntegrityError):
        undone()
    assert not Message.objects.exists()
    assert work() == 0


def test_an_endpoint_is_told_what_it_chose(receiver: Receiver, settings: Any):
    settings.WEBHOOKS = {**settings.WEBHOOKS, "siem": settings.WEBHOOKS["desk"]}
    settings.WEBHOOK_SECRETS = {"desk": [SECRET], "siem": [OLDER]}
    settings.WEBHOOK_EVENTS = {"desk": ["case.opened"]}
    change()
    cases.open_case(SUBJECT, Case.Kind.HELP, opened_by="portal")
    work()
    told = sorted(Message.objects.values_list("endpoint", "type"))
    assert told == [("desk", "case.opened"), ("siem", "case.opened"), ("siem", "factor.changed")]
    assert len(receiver.got) == 3


def test_nothing_is_written_where_nobody_listens(settings: Any):
    settings.WEBHOOKS = {}
    change()
    passes.ask(SUBJECT, "browser")
    assert not Message.objects.exists()


def test_a_secret_is_changed_without_a_gap(receiver: Receiver, settings: Any):
    """Two are live: whoever has one of them takes the message."""
    settings.WEBHOOK_SECRETS = {"desk": [SECRET, OLDER]}
    change()
    work()
    _, headers, body = receiver.got[0]
    for each in (SECRET, OLDER):
        assert Webhook(each).verify(body, headers)["type"] == "factor.changed"


# --- and again --------------------------------------------------------------------------------


def test_what_is_not_taken_comes_again_under_its_id(receiver: Receiver, memory_cache: None):
    """(RES-08) longer apart each time, the same bytes, signed anew; a redirect is no answer."""
    receiver.answers = [500, 302, 404]
    change()
    now = timezone.now() + timedelta(seconds=1)
    for number, wait in enumerate((timedelta(), *jobs.WAITS[:3])):
        now += wait
        with time_machine.travel(now, tick=False):
            if number:
                with time_machine.travel(now - timedelta(seconds=2), tick=False):
                    work()
            assert len(receiver.got) == number, "too early"
            work()
            Webhook(SECRET).verify(receiver.got[-1][2], receiver.got[-1][1])
    ids = {headers["webhook-id"] for _, headers, _ in receiver.got}
    bodies = {body for _, _, body in receiver.got}
    stamps = [headers["webhook-timestamp"] for _, headers, _ in receiver.got]
    assert (len(ids), len(bodies), len(set(stamps)), len(receiver.got)) == (1, 1, 4, 4)
    assert {path for path, _, _ in receiver.got} == {"/mfa"}
    message = Message.objects.get()
    assert (message.tries, message.trouble, message.delivered_at is None) == (4, "", False)
    with time_machine.travel(now + timedelta(days=30)):
        while work():
            pass
    assert len(receiver.got) == 4


def test_a_receiver_that_is_away_loses_nothing(receiver: Receiver, settings: Any, capsys: Any):
    """(RES-08) three days long; then given up, named by the doctor, and sent again by hand."""
    settings.WEBHOOKS = {"desk": f"http://127.0.0.1:{unused_port()}/mfa"}
    change()
    change()
    now = timezone.now()
    work()
    first, second = Message.objects.order_by("-tries")
    # One asked and nobody was there: the other waits without a try of its own.
    assert (first.tries, second.tries) == (1, 0)
    assert list(examination.findings()) == []
    with time_machine.travel(now + timedelta(minutes=61)):
        (dead,) = examination.findings()
        assert (dead.grade, dead.name) == ("warning", "webhook-dead")
    for _ in range(80):
        now += timedelta(hours=3)
        with time_machine.travel(now):
            work()
    assert {each.tries for each in Message.objects.all()} == {len(jobs.WAITS) + 1}
    assert not Message.objects.filter(given_up_at__isnull=True).exists()
    (lost,) = examination.findings()
    assert (lost.grade, lost.name) == ("error", "webhook-given-up")
    assert "2 messages to desk were given up: NewConnectionError." in lost.says
    settings.WEBHOOKS = {"desk": receiver.url("/mfa")}
    call_command("webhooks", "redeliver", "desk")
    assert "2 messages to desk are on their way again." in capsys.readouterr().out
    work()
    assert {headers["webhook-id"] for _, headers, _ in receiver.got} == {
        str(first.id),
        str(second.id),
    }
    assert list(examination.findings()) == []


def test_a_worker_that_died_is_followed(receiver: Receiver, monkeypatch: Any):
    """(RES-06) it fell between the claim and the answer."""
    change()
    with monkeypatch.context() as fallen:
        fallen.setattr(delivery, "post", lambda *_: sys.exit("fell"))
        with pytest.raises(SystemExit):
            work()
    work()
    assert receiver.got == []
    with time_machine.travel(timezone.now() + jobs.LEASE):
        work()
    assert types(receiver) == ["factor.changed"]


def test_of_many_workers_one_sends(receiver: Receiver):
    """(RES-05) the same job twice, and two jobs for one message."""
    change()
    message = Message.objects.get()
    for _ in range(3):
        jobs.deliver.call(str(message.id), 0)
    assert len(receiver.got) == 1


# --- where it may go --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.0.0.7",
        "192.168.1.1",
        "169.254.169.254",
        "[::1]",
        "[fd00::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[2002:7f00:1::]",
        "[64:ff9b::10.0.0.7]",
        "[64:ff9b:1::10.0.0.7]",
        "[fec0::1]",
        "[ff0e::1]",
        "100.64.0.1",
        "0.0.0.0",  # noqa: S104
        "224.0.0.1",
        "localhost",
    ],
)
def test_only_public_addresses_are_asked(receiver: Receiver, settings: Any, host: str):
    """Not our own network, not a machine's own metadata, however it is spelt."""
    settings.WEBHOOKS_MAY_BE_PRIVATE = False
    settings.WEBHOOKS = {"desk": f"http://{host}:{receiver.server_port}/mfa"}
    endpoint = endpoints.known()[0]
    with pytest.raises(delivery.NotDelivered, match="not public"):
        delivery.post(endpoint, "id", "{}")
    assert receiver.got == []


@pytest.mark.parametrize(
    "address",
    ["198.41.0.4", "2001:500:2::c", "::ffff:198.41.0.4", "64:ff9b::198.41.0.4", "2002:c629:4::"],
)
def test_public_addresses_are_asked_however_they_are_spelt(address: str):
    """Also where a network reaches the old Internet through the new one alone."""
    assert delivery._is_public(address)


def test_a_name_is_looked_up_once(receiver: Receiver, settings: Any, monkeypatch: Any):
    """A name that answers otherwise a moment later leads nowhere."""
    answers = iter([[(2, 1, 6, "", ("127.0.0.1", 0))], [(2, 1, 6, "", ("192.0.2.1", 0))]])
    real = socket.getaddrinfo

    def asked(host: str, *args: Any, **kwargs: Any) -> Any:
        return next(answers) if host == "hooks.example" else real(host, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    settings.WEBHOOKS = {"desk": f"http://hooks.example:{receiver.server_port}/mfa"}
    delivery.post(endpoints.known()[0], "id", "{}")
    assert receiver.got[0][1]["Host"] == f"hooks.example:{receiver.server_port}"


def test_a_name_that_is_none(settings: Any):
    settings.WEBHOOKS = {"desk": "https://nowhere.invalid/x"}
    settings.WEBHOOK_SECRETS = {"desk": [SECRET]}
    settings.WEBHOOK_EVENTS = {}
    with pytest.raises(delivery.NotDelivered, match="no such host"):
        delivery.post(endpoints.known()[0], "id", "{}")


# --- settings and commands --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("chosen", "says"),
    [
        ({"WEBHOOK_SECRETS": {}}, "needs one secret"),
        ({"WEBHOOK_SECRETS": {"desk": [SECRET, OLDER, fresh_secret()]}}, "needs one secret"),
        ({"WEBHOOK_SECRETS": {"desk": ["whsec_c2hvcnQ="]}}, "needs one secret"),
        ({"WEBHOOK_SECRETS": {"desk": [SECRET.removeprefix("whsec_")]}}, "needs one secret"),
        ({"WEBHOOK_SECRETS": {"desk": ["whsec_*"]}}, "needs one secret"),
        ({"WEBHOOK_EVENTS": {"desk": ["factor.eaten"]}}, "something other than"),
        ({"WEBHOOK_EVENTS": {"desk": []}}, "something other than"),
    ],
)
def test_what_cannot_be_is_said_by_name(
    receiver: Receiver, settings: Any, chosen: dict[str, Any], says: str
):
    for name, value in chosen.items():
        setattr(settings, name, value)
    with pytest.raises(ImproperlyConfigured, match=says):
        endpoints.known()
    (wrong,) = examination.findings()
    assert (wrong.grade, wrong.name) == ("error", "webhook-settings")
    assert SECRET not in wrong.says


def test_the_command_lists_tries_and_sends_again(receiver: Receiver, settings: Any, capsys: Any):
    change()
    call_command("webhooks", "list")
    line = capsys.readouterr().out
    assert "waiting=1 given_up=0 last_taken=-" in line
    assert SECRET not in line
    call_command("webhooks", "test", "desk")
    assert "desk took" in capsys.readouterr().out
    assert types(receiver) == ["webhook.test"]
    work()
    message = Message.objects.get()
    call_command("webhooks", "redeliver", "desk", str(message.id))
    work()
    assert types(receiver) == ["webhook.test", "factor.changed", "factor.changed"]
    receiver.answers = [500]
    with pytest.raises(CommandError, match="status 500"):
        call_command("webhooks", "test", "desk")
    with pytest.raises(CommandError, match="names no siem"):
        call_command("webhooks", "test", "siem")
    with pytest.raises(CommandError, match="has no message"):
        call_command("webhooks", "redeliver", "desk", "00000000-0000-4000-8000-000000000000")
    change()
    settings.WEBHOOKS = {"other": settings.WEBHOOKS["desk"]}
    work()
    assert Message.objects.get(endpoint="desk", tries=0).trouble == "no such endpoint"


def test_messages_are_deleted_when_their_time_is_over(receiver: Receiver, capsys: Any):
    """(DAT-01) what is still to be sent stays."""
    change()
    change()
    work()
    change()
    Message.objects.filter(tries=0).update(created_at=timezone.now() - timedelta(days=90))
    with time_machine.travel(timezone.now() + timedelta(days=8)):
        call_command("purge")
    assert "webhooks: 2" in capsys.readouterr().out
    assert Message.objects.get().tries == 0


def test_the_document_is_the_list(capsys: Any):
    """Every event is of the closed list, and the document prints it."""
    assert set(OF_AUDIT.values()) | {
        Event.CASE_OPENED,
        Event.CASE_CLOSED,
        Event.PASS_ISSUED,
        Event.TEST,
    } == set(Event)
    page = DOCUMENT.read_text().partition("<!-- begin: manage.py webhooks events -->")[2]
    assert page.partition("<!-- end -->")[0].strip() == events.table()
    call_command("webhooks", "events")
    assert capsys.readouterr().out.strip() == events.table()


def test_every_event_of_the_audit_is_one(receiver: Receiver):
    """No name of a row is misspelt: the history of a person knows each."""
    from portal.activity.said import SAID  # noqa: PLC0415

    assert set(OF_AUDIT) <= set(SAID)


def unused_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def test_the_receiver_of_the_document_works(settings: Any, memory_cache: None, tmp_path: Path):
    """docs/webhooks.md, run as it stands there: a message that comes twice is told once."""
    program = re.findall(r"```python\n(.*?)\n```", DOCUMENT.read_text(), re.DOTALL)[0]
    port = unused_port()
    variables = {**os.environ, "SECRET": SECRET, "PORT": str(port), "SEEN": str(tmp_path / "seen")}
    settings.WEBHOOKS = {"desk": f"http://127.0.0.1:{port}/"}
    settings.WEBHOOK_SECRETS = {"desk": [SECRET]}
    settings.WEBHOOK_EVENTS = {}
    settings.WEBHOOKS_MAY_BE_PRIVATE = True
    command = [sys.executable, "-c", program]
    with subprocess.Popen(command, env=variables, stdout=subprocess.PIPE, text=True) as running:
        _wait_for(port)
        change()
        work()
        call_command("webhooks", "redeliver", "desk", str(Message.objects.get().id))
        work()
        assert Message.objects.get().trouble == ""
        settings.WEBHOOK_SECRETS = {"desk": [OLDER]}
        with pytest.raises(CommandError, match="status 401"):
            call_command("webhooks", "test", "desk")
        running.terminate()
        told = running.stdout.read() if running.stdout else ""
    assert told.count("factor.changed") == 1


def _wait_for(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("no receiver")

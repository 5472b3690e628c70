"""Every refusal leaves a row: of a guard, a limit, a foreign origin, a token. And not too many."""

from typing import Any

import pytest
from django.db import connection

from accounts import limits
from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.steps import APP
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

EVIL = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}


def _told() -> list[tuple[str, str, str]]:
    """What was refused, by which guard or limit, and to whom."""
    rows = AuditRecord.objects.filter(
        event__in=("guard_refused", "limit_reached", "foreign_request", "csrf_refused")
    ).order_by("created_at")
    assert {row.outcome for row in rows} <= {"refused"}
    return [(row.event, row.detail["what"], row.actor) for row in rows]


def _sub(pool: People, somebody: Any) -> str:
    return str(pool.look(somebody)["attributes"]["sub"])


def test_a_form_of_another_site(walker: Walker, pool: People):
    """(AUD-02, WEB-08) from where, and in whose session as a hash; nothing of what was sent."""
    walker.sign_in(pool.make())
    response = walker.client.post("/sign-out/", {"canary": "c4n4ry"}, headers=EVIL)
    assert response.status_code == 403
    assert _told() == [("foreign_request", "cross-site", "anonymous")]
    row = AuditRecord.objects.get(event="foreign_request")
    assert row.client_address == "127.0.0.1"
    assert row.session_hash == AuditRecord.objects.get(event="signed_in").session_hash
    assert row.request_id == response["X-Request-Id"]
    assert "c4n4ry" not in str(row.__dict__)
    assert "evil" not in str(row.__dict__)


def test_a_form_without_its_token(walker: Walker, pool: People):
    """(AUD-02, WEB-08) a page's, and a program's."""
    walker.sign_in(pool.make())
    assert walker.post("/sign-out/", {}, token=False).status == 403
    assert walker.json("PUT", "/api/v1/mfa/preference", {}, token=False).status_code == 403
    assert [each[:2] for each in _told()] == [("csrf_refused", "token")] * 2


@pytest.mark.parametrize(
    ("address", "guard"),
    [
        ("/preference/", "signed_in"),
        ("/session/stay/", "in_session"),
        ("/sign-in/code/", "challenge"),
        ("/helpdesk/", "operator_only"),
    ],
)
def test_a_form_of_nobody(walker: Walker, pool: People, helpdesk: None, address: str, guard: str):
    """(AUD-02, SES-12) whoever only opens the page is led to the door, and leaves no row."""
    walker.open(address)
    assert _told() == []
    walker.open("/sign-in/")
    walker.post(address, {})
    assert _told() == [("guard_refused", guard, "anonymous")]


def test_a_change_without_a_fresh_proof(walker: Walker, pool: People, clock: Clock):
    """(AUD-02, REA-02) by a page's form and by a program, under the person's own name."""
    ella = pool.make(phone=True, app=True, on=(APP,))
    walker.sign_in(ella)
    sub = _sub(pool, ella)
    walker.open("/preference/")
    clock.forward(minutes=6)
    body = {"activated": [], "preferred": None, "digest": ";;"}
    assert walker.json("PUT", "/api/v1/mfa/preference", body).status_code == 403
    walker.send("Save")
    assert _told() == [("guard_refused", "recently_authenticated", sub)] * 2
    row = AuditRecord.objects.filter(event="guard_refused").latest("created_at")
    assert (row.sub, row.pool_id) == (sub, pool.pool_id)
    walker.prove_again(ella)
    told = walker.open("/activity/?kind=problems").text
    assert "Something was stopped that was not allowed just then" in told


def test_a_program_that_is_not_signed_in(walker: Walker, pool: People):
    """(AUD-02)"""
    assert walker.json("GET", "/api/v1/mfa").status_code == 401
    assert _told() == [("guard_refused", "signed_in", "anonymous")]


def test_a_page_of_the_helpdesk(walker: Walker, pool: People, helpdesk: None):
    """(AUD-02, HLP-06) no role, no second step, and a role that does not do this."""
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    assert walker.open("/helpdesk/enter/").status == 403
    auditor = pool.make()
    pool.join(auditor, ROLE_GROUPS["auditor"])
    other = Walker()
    other.sign_in(auditor)
    assert other.open("/helpdesk/enter/").status == 403
    auditor.app = pool.give_app(auditor)
    pool.prefer(auditor, (APP,), None)
    other.open("/")
    other.send("Sign out")
    other.sign_in(auditor)
    other.open("/helpdesk/enter/")
    other.send("Enter the helpdesk")
    assert other.open("/helpdesk/doctor/").status == 403
    assert _told() == [
        ("guard_refused", "helpdesk role", _sub(pool, tom)),
        ("guard_refused", "helpdesk second_step", _sub(pool, auditor)),
        ("guard_refused", "does read_doctor", _sub(pool, auditor)),
    ]


def test_a_limit_that_is_reached(walker: Walker, pool: People, sandbox: Sandbox):
    """(AUD-02) a lock, at the door and inside."""
    nora = pool.make()
    walker.open("/sign-in/")
    for _ in range(limits.SIGN_IN_NAME.amount):
        limits.spend(limits.SIGN_IN_NAME, nora.username, limits.network_of("127.0.0.1"))
    walker.send("Sign in", login=nora.username, password=nora.password)
    assert _told() == [("limit_reached", "sign-in-name", "anonymous")]
    limits.forgive(limits.SIGN_IN_NAME, nora.username, limits.network_of("127.0.0.1"))
    walker.send("Sign in", login=nora.username, password=nora.password)
    for _ in range(limits.SEND_PERSON.amount):
        limits.spend(limits.SEND_PERSON, _sub(pool, nora))
    walker.open("/enrolment/sms/")
    page = walker.send("Send me a code", country="", number=nora.phone)
    assert page.status != 200
    assert _told()[1:] == [("limit_reached", "send-person", _sub(pool, nora))]


@pytest.mark.usefixtures("by_srp")
def test_a_wrong_proof_of_somebody_signed_in_is_theirs(walker: Walker, pool: People, clock: Clock):
    """(AUD-02) password and code: the history of the account tells both."""
    tom = pool.make(app=True, on=(APP,))
    assert tom.app
    walker.sign_in(tom)
    clock.forward(minutes=6)
    walker.open("/preference/")
    walker.send("Continue", password="Not-The-Password-1")
    walker.send("Continue", password=tom.password)
    walker.send("Continue", code=tom.app.wrong_code())
    rows = AuditRecord.objects.filter(event="reauthenticated").order_by("created_at")
    assert [(row.outcome, row.actor) for row in rows] == [("refused", _sub(pool, tom))] * 2
    assert [row.detail["reason"].split(":")[0] for row in rows] == [
        "RespondToAuthChallenge",
        "RespondToAuthChallenge",
    ]


# --- bounds -----------------------------------------------------------------------------------


def test_nobody_fills_the_table_by_being_refused(walker: Walker, pool: People, clock: Clock):
    """(AUD-02, LIM-01) the last row says where the rest is; after the window it begins anew."""
    amount = limits.REFUSALS_NOTED.amount
    for _ in range(amount + 5):
        assert walker.client.post("/sign-in/", headers=EVIL).status_code == 403
    rows = list(AuditRecord.objects.filter(event="foreign_request").order_by("created_at"))
    assert len(rows) == amount
    assert [row.detail.get("further") for row in rows] == [None] * (amount - 1) + ["in the log"]
    # Another kind, and another address, have rows of their own.
    walker.open("/sign-in/")
    walker.post("/preference/", {})
    elsewhere = walker.client.post("/sign-in/", headers=EVIL, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 403
    assert AuditRecord.objects.count() == amount + 2
    clock.forward(minutes=61)
    walker.client.post("/sign-in/", headers=EVIL)
    assert AuditRecord.objects.count() == amount + 3


def test_many_addresses_have_an_end_too(walker: Walker, pool: People, monkeypatch: Any):
    """(AUD-02, LIM-01) for the portal as a whole."""
    monkeypatch.setattr(limits, "REFUSALS_TOTAL", limits.Limit("few", "", "", 3, limits.HOUR, ""))
    for number in range(6):
        walker.client.post("/sign-in/", headers=EVIL, REMOTE_ADDR=f"203.0.113.{number}")
    assert AuditRecord.objects.count() == 3


@pytest.mark.parametrize("table", ["accounts_tally", "accounts_auditrecord"])
def test_what_cannot_be_written_is_refused_all_the_same(walker: Walker, pool: People, table: str):
    """(RES-02, LIM-03)"""
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO gone")
    response = walker.client.post("/sign-in/", headers=EVIL)
    assert response.status_code == 403
    assert "Please try that again" in response.content.decode()

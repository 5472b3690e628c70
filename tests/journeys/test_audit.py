"""What is written down, what is announced, and what appears in neither."""

import base64
import logging
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import DatabaseError, connection
from django_tasks_db.models import DBTaskResult

from accounts import ocsf, trail
from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.steps import (
    ALL,
    APP,
    SMS,
    calls_counted,
    enrol_app,
    notices,
    session_id,
    session_of,
    tokens_of,
)
from tests.people import App, People, Somebody, fresh_number
from tests.sandbox_process import Sandbox
from tests.walker import Walker


def _rows(**how: Any) -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(**how).order_by("created_at"))


# --- rows -------------------------------------------------------------------------------------


def test_a_change_is_written_before_and_after(walker: Walker, pool: People):
    """(AUD-01) what was intended, then how it ended; the receipt is the first one."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    page = walker.send("Save", preferred=SMS)
    intended, done = _rows(event="preference_changed")
    assert (intended.outcome, done.outcome) == ("intended", "done")
    assert done.completes == intended
    assert str(intended.id) in page.url
    assert str(intended.id) in page.text
    assert intended.detail["before"] == {"activated": list(ALL), "preferred": APP}
    assert intended.detail["asked"] == {"activated": list(ALL), "preferred": SMS}


def test_who_collects_the_audit_reads_which_method_went_off(walker: Walker, pool: People):
    """(AUD-01, AUD-04) by the name it has there, though the person turned it off themselves."""
    ella = pool.make(phone=True, app=True, on=(APP, SMS), preferred=APP)
    walker.sign_in(ella)
    walker.open("/turn-off/sms/")
    walker.send("Turn off")
    told = [
        (event["activity_name"], [each["factor_type"] for each in event["auth_factors"]])
        for event in map(ocsf.event_of, trail.rows_between(pool.pool_id))
        if event["metadata"]["event_code"] == "preference_changed"
    ]
    assert told == [("MFA Factor Disable", ["SMS"])] * 2


def test_a_row_says_who_when_where(walker: Walker, pool: People):
    """(AUD-01)"""
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    walker.open("/turn-off/totp/")
    walker.send("Turn off")
    sub = pool.look(tom)["attributes"]["sub"]
    row = _rows(event="preference_changed")[0]
    assert (row.pool_id, row.sub, row.actor) == (pool.pool_id, sub, sub)
    assert row.client_address == "127.0.0.1"
    assert len(row.session_hash) == 64
    assert session_id(walker) not in row.session_hash
    assert len(row.request_id) == 36
    assert abs((datetime.now(UTC) - row.created_at).total_seconds()) < 60


def test_a_row_names_the_request_that_the_answer_names(walker: Walker, pool: People):
    """(AUD-01, RES-01)"""
    nora = pool.make()
    walker.open("/sign-in/")
    page = walker.send("Sign in", login=nora.username, password="Not-The-Password-1")
    assert _rows()[-1].request_id == page.headers["X-Request-Id"]


def test_a_person_who_enrols_by_factor_is_found_by_factor(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    enrol_app(walker)
    assert {row.factor for row in _rows(event="totp_enrolled")} == {APP}


def test_each_step_leaves_its_row(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """(AUD-02) sign-in, proof, send, enrol, prefer, remove, sign-out."""
    nora = pool.make()
    walker.sign_in(nora)
    nora.app, _ = enrol_app(walker)
    walker.open("/enrolment/sms/")
    walker.send("Send me a code", country="", number=nora.phone)
    walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    walker.send("Make this my preferred way")
    clock.forward(minutes=6)
    walker.open("/turn-off/sms/")
    walker.prove_again(nora, sandbox)
    walker.send("Turn off")
    walker.open("/")
    walker.send("Sign out")
    assert [(row.event, row.outcome) for row in _rows()] == [
        ("signed_in", "done"),
        ("totp_enrolled", "intended"),
        ("totp_enrolled", "done"),
        ("sms_change_asked", "intended"),
        ("sms_change_asked", "done"),
        ("code_sent", "done"),
        ("sms_enrolled", "intended"),
        ("sms_enrolled", "done"),
        ("preference_changed", "intended"),
        ("preference_changed", "done"),
        ("reauthenticated", "done"),
        ("preference_changed", "intended"),
        ("preference_changed", "done"),
        ("signed_out", "done"),
    ]


def test_each_refusal_leaves_its_row(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """(AUD-02) a wrong code while enrolling, a wrong password while proving."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    walker.send("Turn on", code=app.wrong_code())
    assert [row.outcome for row in _rows(event="totp_enrolled")] == ["intended", "refused"]
    walker.open("/enrolment/sms/")
    walker.send("Send me a code", country="", number=nora.phone)
    right = sandbox.newest_code(nora.phone)
    walker.send("Turn on", code=f"{(int(right) + 1) % 1_000_000:06d}")
    assert [row.outcome for row in _rows(event="sms_enrolled")] == ["intended", "refused"]
    clock.forward(minutes=6)
    walker.open("/preference/")
    walker.send("Continue", password="Not-The-Password-1")
    assert _rows()[-1].outcome == "refused"


# --- a change that cannot be recorded ---------------------------------------------------------


@pytest.mark.parametrize("change", ["preference", "turn off", "app", "number", "number's code"])
def test_what_cannot_be_recorded_is_not_done(
    walker: Walker, pool: People, sandbox: Sandbox, change: str
):
    """(AUD-06) the audit's table is gone: the pool hears nothing of the change."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    send = _ready_to(change, walker, sandbox)
    before = pool.look(ella)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditrecord RENAME TO gone")
    with calls_counted(sandbox) as calls, pytest.raises(DatabaseError):
        walker.send(**send)
    assert not set(calls) - {"GetUser", "GetUserAuthFactors"}
    after = pool.look(ella)
    for what in ("UserMFASettingList", "PreferredMfaSetting", "attributes", "UserLastModifiedDate"):
        assert after.get(what) == before.get(what)


def _ready_to(change: str, walker: Walker, sandbox: Sandbox) -> dict[str, Any]:
    """Walk to the page where one more press makes the change; returns that press."""
    if change == "preference":
        walker.open("/preference/")
        return {"button": "Save", "preferred": SMS}
    if change == "turn off":
        walker.open("/turn-off/sms/")
        return {"button": "Turn off"}
    if change == "app":
        walker.open("/enrolment/totp/")
        return {"button": "Turn on", "code": App(walker.send("Show").secret).code()}
    number = fresh_number()
    walker.open("/enrolment/sms/")
    if change == "number":
        return {"button": "Send me a code", "country": "", "number": number}
    walker.send("Send me a code", country="", number=number)
    return {"button": "Turn on", "code": sandbox.newest_code(number)}


# --- canaries ---------------------------------------------------------------------------------


def _everything_stored() -> str:
    """All rows of all tables of ours, the tasks and the cache with every session in it."""
    text = []
    for model in (AuditRecord, DBTaskResult):
        text += [str(row) for row in model.objects.values()]
    if isinstance(caches["default"], DatabaseCache):
        with connection.cursor() as cursor:
            cursor.execute("SELECT value FROM portal_cache")
            for (value,) in cursor.fetchall():
                text.append(base64.b64decode(value).decode("latin-1"))
    return "\n".join(text)


def _holds(text: str, canary: str) -> bool:
    """Whether it stands there by itself: the fraction of a second may have a code's six digits."""
    return re.search(rf"(?<![0-9.]){re.escape(canary)}(?![0-9])", text) is not None


def test_no_secret_is_kept_logged_or_shown(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    deliver_notices: Any,
):
    """(AUD-03, SES-11, OTP-10, TOK-04) one long journey; every step is searched for canaries."""
    caplog.set_level(logging.DEBUG)
    nora = pool.make()
    secrets: set[str] = {nora.password, "Not-The-Password-1"}
    personal: set[str] = {nora.phone, nora.phone[3:], nora.email}

    def look(*codes: str) -> None:
        secrets.update(codes)
        if "credentials" in session_of(walker):
            secrets.update(tokens_of(walker).values())
        stored = _everything_stored() + str(session_of(walker)) + caplog.text
        for canary in secrets | personal:
            assert not _holds(stored, canary), canary

    walker.open("/sign-in/")
    walker.send("Sign in", login=nora.username, password="Not-The-Password-1")
    walker.sign_in(nora)
    look()
    walker.open("/enrolment/totp/")
    nora.app = App(walker.send("Show").secret)
    look(nora.app.secret)
    wrong, right = nora.app.wrong_code() + " ", nora.app.code()
    walker.send("Turn on", code=wrong)
    walker.send("Turn on", code=right)
    look(right)
    walker.open("/enrolment/sms/")
    walker.send("Send me a code", country="", number=nora.phone)
    by_text = sandbox.newest_code(nora.phone)
    look(by_text)
    walker.send("Turn on", code=by_text)
    new_address = f"new-{nora.email}"
    personal.add(new_address)
    walker.open("/enrolment/email/")
    walker.send("Send me a code", email=new_address)
    by_mail = sandbox.newest_code(new_address)
    walker.send("Turn on", code=by_mail)
    look(by_mail)
    walker.open("/preference/")
    clock.forward(minutes=6)
    walker.send("Save", preferred=SMS)
    walker.send("Continue", password=nora.password)
    look()
    walker.send("Continue", factor=APP)
    proof = nora.app.code()
    walker.send("Continue", code=proof)
    look(proof)
    deliver_notices()
    look()
    for page in walker.visited:
        text = page.url + page.html.replace(nora.app.secret, "") + str(dict(page.headers))
        for canary in secrets - {nora.app.secret}:
            assert not _holds(text, canary), page.url
        assert nora.app.secret not in page.url + page.title


def test_what_failed_in_a_task_is_not_written_in_clear(
    walker: Walker, pool: People, settings: Any, deliver_notices: Any
):
    """(AUD-03) the addresses of notices are sealed, also in what a failed task leaves."""
    settings.EMAIL_PORT = 1
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    walker.open("/turn-off/totp/")
    walker.send("Turn off")
    deliver_notices()
    assert DBTaskResult.objects.count() == 2
    assert tom.email not in _everything_stored()


# --- notices ----------------------------------------------------------------------------------


def test_a_notice_says_what_when_and_roughly_where(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-03) and what to do; no code, no secret, no link that signs in."""
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    walker.open("/turn-off/totp/")
    walker.send("Turn off")
    deliver_notices()
    message = sandbox.inbox(tom.email)[0]
    assert message["subject"] == "Demo sign-in: Your sign-in methods were changed."
    text = message["text"]
    assert text.startswith("Your sign-in methods were changed.")
    assert f"When: {datetime.now(UTC):%-d %B %Y}" in text
    assert "From the network: 127.0.0.0/24" in text
    assert "If it was not you" in text
    assert message["code"] is None
    assert tom.phone not in text
    assert tom.username not in text
    links = [word for word in text.split() if "://" in word]
    assert len(links) == 1
    assert links[0].startswith("http://localhost/not-me/")


@pytest.mark.parametrize(("zone", "named"), [("UTC", "UTC"), ("Asia/Kolkata", "IST")])
def test_the_time_of_a_notice_is_that_of_its_zone(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    deliver_notices: Any,
    settings: Any,
    zone: str,
    named: str,
):
    """(NOT-03) an hour beside the wrong zone would tell the wrong story."""
    settings.TIME_ZONE = zone
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    walker.open("/turn-off/totp/")
    walker.send("Turn off")
    deliver_notices()
    text = notices(sandbox, tom)[0]
    when = next(line for line in text.splitlines() if line.startswith("When: "))
    assert when.endswith(named)


def test_a_mail_server_that_is_away_costs_neither_change_nor_notice(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    deliver_notices: Any,
    settings: Any,
    clock: Clock,
):
    """(NOT-04)"""
    settings.EMAIL_PORT = 1
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    walker.open("/turn-off/totp/")
    assert walker.send("Turn off").heading == "Saved"
    deliver_notices()
    assert pool.on(tom) == set()
    assert not notices(sandbox, tom)
    settings.EMAIL_PORT = sandbox.smtp_port
    deliver_notices()
    assert not notices(sandbox, tom)  # not before its time
    clock.forward(seconds=31)
    deliver_notices()
    assert len(notices(sandbox, tom)) == 1


def test_a_mail_server_that_stays_away_is_tried_for_a_day(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    deliver_notices: Any,
    settings: Any,
    clock: Clock,
):
    """(NOT-04) growing waits, and the notice still arrives after twenty hours."""
    settings.EMAIL_PORT = 1
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    walker.open("/turn-off/totp/")
    walker.send("Turn off")
    for _ in range(10):
        deliver_notices()
        clock.forward(hours=2, minutes=1)
    settings.EMAIL_PORT = sandbox.smtp_port
    deliver_notices()
    assert len(notices(sandbox, tom)) == 1


def test_somebody_without_an_address_hears_nothing_and_changes_all_the_same(
    walker: Walker, pool: People, deliver_notices: Any
):
    nora = pool.make(email=False)
    walker.sign_in(nora)
    enrol_app(walker)
    deliver_notices()
    assert pool.on(nora) == {APP}
    assert DBTaskResult.objects.count() == 0


def test_a_refused_change_is_not_announced(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-01) nothing happened, nothing is said."""
    ella: Somebody = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    walker.open("/preference/")
    with sandbox.trouble("SetUserMFAPreference", "throttle"):
        walker.send("Save", preferred=SMS)
    walker.open("/preference/")
    walker.send("Save")
    deliver_notices()
    assert notices(sandbox, ella) == []

"""Trying a method: a real question of the pool, and a session that knows nothing of it."""

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.steps import APP, CONFIRM, EMAIL, SMS, calls_counted, session_id, tokens_of
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

TRY = "/enrolment/try/{}/"


@pytest.mark.parametrize(
    ("on", "first", "slug"),
    [((APP,), APP, "totp"), ((APP, SMS), None, "sms"), ((SMS, EMAIL), EMAIL, "email")],
)
def test_a_method_is_tried_and_nothing_else_happens(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    on: tuple[str, ...],
    first: str | None,
    slug: str,
):
    """(SES-02, AUD-01) asked first, or chosen; the account is as before, and the row says when."""
    ella = pool.make(phone=True, app=True, on=on, preferred=first)
    walker.sign_in(ella, sandbox=sandbox)
    before, kept, name = pool.look(ella), tokens_of(walker), session_id(walker)
    clock.forward(seconds=31)
    walker.open(TRY.format(slug))
    page = walker.send("Continue", password=ella.password)
    assert page.heading == "Enter the code"
    with calls_counted(sandbox) as calls:
        page = walker.send("Try it", code=walker._code(ella, sandbox))
    assert page.heading == "It works"
    assert calls["RevokeToken"] == 1
    assert pool.look(ella) == before, "whatever the pool keeps, the time of the last change too"
    assert (tokens_of(walker), session_id(walker)) == (kept, name)
    row = AuditRecord.objects.get(event="method_tested", outcome="done")
    assert row.actor == row.sub
    assert "Last tried" in walker.open("/").text


def test_a_trial_proves_nothing_for_this_session(walker: Walker, pool: People, clock: Clock):
    """(REA-01, REA-05) its password and code open no change."""
    ella = pool.make(app=True, on=(APP,))
    walker.sign_in(ella)
    clock.forward(minutes=6)
    walker.open(TRY.format("totp"))
    walker.send("Continue", password=ella.password)
    assert ella.app
    assert walker.send("Try it", code=ella.app.code()).heading == "It works"
    assert walker.open("/preference/").heading == CONFIRM


def test_a_method_that_is_off_or_not_reached_says_why(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(contract 5.4, D06) no password is asked for it."""
    ella = pool.make(phone=True, app=True, on=(APP, SMS), preferred=APP)
    walker.sign_in(ella)
    assert "Sign-in does not ask for it" in walker.open(TRY.format("email")).text
    page = walker.open(TRY.format("sms"))
    assert "Sign‑in asks for another one first" in page.text
    assert not page.soup.select("main input[type=password]")
    walker.open("/")
    page = walker.post(TRY.format("sms"), {"password": ella.password})
    assert page.status == 422
    assert not sandbox.inbox(ella.phone)


def test_a_wrong_password_or_code_is_said_and_counted(walker: Walker, pool: People, clock: Clock):
    """(OTP-02, LIM-02)"""
    ella = pool.make(app=True, on=(APP,))
    walker.sign_in(ella)
    walker.open(TRY.format("totp"))
    page = walker.send("Continue", password="Not-The-One-1")
    assert page.errors == [
        "That password is not right. After several tries, wait a minute before the next one."
    ]
    clock.forward(minutes=1)
    walker.send("Continue", password=ella.password)
    page = walker.send("Try it", code="000000")
    assert page.errors == ["That code is not right. Check it and try again."]
    assert AuditRecord.objects.filter(event="method_tested", outcome="refused").count() == 1
    assert walker.open(TRY.format("sms") + "code/").url == TRY.format("sms")


def test_too_slow_a_trial_begins_again(walker: Walker, pool: People, clock: Clock):
    """(SES-12) the pool's own three minutes."""
    ella = pool.make(app=True, on=(APP,))
    walker.sign_in(ella)
    walker.open(TRY.format("totp"))
    walker.send("Continue", password=ella.password)
    clock.forward(minutes=4)
    assert ella.app
    page = walker.send("Try it", code=ella.app.code())
    assert page.url == TRY.format("totp")
    assert "took a little too long" in page.text


def test_somebody_elses_trial_is_nobodys(walker: Walker, second_walker: Walker, pool: People):
    """(AUZ-02)"""
    ella = pool.make(app=True, on=(APP,))
    walker.sign_in(ella)
    walker.open(TRY.format("totp"))
    walker.send("Continue", password=ella.password)
    assert ella.app
    theirs = walker.send("Try it", code=ella.app.code())
    second_walker.sign_in(pool.make())
    assert second_walker.open(theirs.url).status == 404

"""Whether a caller is who they say: every way to prove it, and every trick to seem so."""

from typing import Any

import pytest
from django.apps import apps
from django.core.management import call_command
from django.test import Client

from accounts import limits
from accounts.models import AuditRecord, Case, Tally
from portal.helpdesk import checks
from portal.helpdesk.matrix import Strength
from portal.helpdesk.models import CallerCheck, CallerProof
from tests.clock import Clock
from tests.journeys.helpdesk_steps import (
    TICKET,
    VOUCHERS,
    at_work,
    begin,
    code_in,
    enter,
    operator,
    shown,
    strength,
    sub_of,
    wrong,
)
from tests.journeys.steps import APP, notices
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
LOCKED, OPEN = "Locked", "The caller is this person"
NOT_RIGHT = "That is not right. Ask the caller to look again, and type exactly what they say."
GONE = "That does not count any more. Ask for another proof."


@pytest.fixture
def nora(pool: People) -> Somebody:
    return pool.make(app=True, on=(APP,))


@pytest.fixture
def anna(pool: People) -> Somebody:
    return operator(pool)


@pytest.fixture
def agent(anna: Somebody) -> Walker:
    return enter(anna)


def _events(**how: Any) -> list[tuple[str, str]]:
    rows = AuditRecord.objects.filter(**how).order_by("created_at")
    return [(row.event, row.outcome) for row in rows if row.ticket]


def test_a_code_that_reached_a_verified_mailbox_opens_what_it_may(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, sandbox: Sandbox,
    deliver_notices: Any, clock: Clock,
):  # fmt: skip
    """(HLP-02, REC-01, AUD-02, NOT-01) locked, sent, read out, open for fifteen minutes, locked."""
    me, sub = sub_of(pool, anna), sub_of(pool, nora)
    assert LOCKED in begin(agent, sub).text
    assert agent.send("Send a code by e-mail").status == 200
    deliver_notices()
    code = code_in(sandbox, nora.email)
    assert code not in agent.open(f"/helpdesk/check/{sub}/").html
    page = agent.send("Compare the code", code=wrong(code))
    assert (page.status, page.errors) == (422, [NOT_RIGHT])
    assert strength(pool, me, sub) is Strength.NONE
    page = agent.send("Compare the code", code=code)
    assert OPEN in page.text
    assert strength(pool, me, sub) is Strength.CHANNEL
    assert _events(sub=sub) == [
        ("caller_check_begun", "done"),
        ("caller_asked", "done"),
        ("caller_proved", "refused"),
        ("caller_proved", "done"),
    ]
    assert set(AuditRecord.objects.filter(ticket=TICKET).values_list("actor", flat=True)) == {me}
    deliver_notices()
    assert "made sure that it was speaking with you" in notices(sandbox, nora)[0]
    clock.forward(minutes=15)
    assert strength(pool, me, sub) is Strength.NONE


def test_a_phrase_in_their_own_portal_is_stronger(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, walker: Walker, caplog: Any
):
    """(HLP-02, AUD-03) the person sees who helps, with which ticket; the operator never sees it."""
    me, sub = sub_of(pool, anna), sub_of(pool, nora)
    walker.sign_in(nora)
    assert "Nobody at the helpdesk is helping you now." in walker.open("/helpdesk-check/").text
    begin(agent, sub)
    page = walker.open("/helpdesk-check/")
    assert anna.username in page.text
    assert TICKET in page.text
    assert not page.soup.select("[data-phrase]")
    agent.send("Show them a phrase")
    phrase = shown(walker.open("/helpdesk-check/"), "phrase")
    assert len(phrase.split()) == 4
    # WCAG 3.1.2: its words are English on every page.
    assert walker.page.soup.select("[data-phrase][lang=en]")
    assert phrase not in agent.page.html
    kept = [row for each in apps.get_models() for row in each._default_manager.values()]
    assert kept
    assert phrase not in str(kept)
    assert phrase not in caplog.text
    assert agent.send("Compare the phrase", phrase="acorn acorn acorn acorn").status == 422
    page = agent.send("Compare the phrase", phrase=f" {phrase.upper().replace(' ', ', ')}.")
    assert OPEN in page.text
    assert strength(pool, me, sub) is Strength.STRONG
    assert not walker.open("/helpdesk-check/").soup.select("[data-phrase]")


def test_the_person_says_that_it_is_not_they(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, walker: Walker
):
    """(HLP-02, HLP-09) the call ends at once, whatever was proved in it, and an alarm rings."""
    me, sub = sub_of(pool, anna), sub_of(pool, nora)
    begin(agent, sub)
    agent.send("It is this person", document="passport", seen="on")
    assert strength(pool, me, sub) is Strength.STRONG
    walker.sign_in(nora)
    walker.open("/helpdesk-check/")
    walker.send("I am not speaking with them")
    assert strength(pool, me, sub) is Strength.NONE
    assert Case.objects.get(sub=sub).kind == Case.Kind.ALARM
    assert "Begin the check" in agent.open(f"/helpdesk/check/{sub}/").text
    assert "helpdesk" in walker.open("/activity/").text


def test_the_person_can_check_the_operator_without_signing_in(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, walker: Walker
):
    """(HLP-02) name, role, ticket, since when; nothing of the person, and only so often."""
    sub = sub_of(pool, nora)
    number = shown(begin(agent, sub), "number")
    walker.open("/who-is-calling/")
    page = walker.send("Look it up", number=number.lower())
    assert anna.username in page.text
    assert TICKET in page.text
    for theirs in (nora.username, nora.email, sub):
        assert theirs not in page.html
    assert walker.send("Look it up", number="333333").status == 422
    agent.open(f"/helpdesk/check/{sub}/")
    agent.send("End the check")
    assert walker.send("Look it up", number=number).status == 422
    for _ in range(limits.WHO_IS_CALLING.amount - 3):
        walker.send("Look it up", number="333333")
    assert walker.send("Look it up", number="333333").status == 429


def test_somebody_else_vouches(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, settings: Any
):
    """(HLP-02) signed in themselves; not the person, not the operator, nobody of no group."""
    settings.VOUCHER_GROUPS = [VOUCHERS]
    me, sub = sub_of(pool, anna), sub_of(pool, nora)
    begin(agent, sub)
    number = shown(agent.send("Ask for a vouch"), "vouch")
    stranger, boss = pool.make(), pool.make()
    for each in (nora, anna, boss):
        pool.join(each, VOUCHERS)
    for each in (nora, anna, stranger):
        page = _vouch(each, number)
        assert page.status == 422
        assert nora.username not in page.soup.main.get_text()  # type: ignore[union-attr]
    assert strength(pool, me, sub) is Strength.NONE
    voucher = Walker()
    page = _vouch(boss, number, voucher)
    assert nora.username in page.text
    assert anna.username in page.text
    assert "you vouch for the caller" in voucher.send("I vouch for them").text
    assert strength(pool, me, sub) is Strength.STRONG
    row = AuditRecord.objects.get(event="caller_proved", sub=sub)
    assert row.actor == sub_of(pool, boss)
    assert OPEN in agent.open(f"/helpdesk/check/{sub}/").text
    # Once: the code is spent.
    voucher.open("/vouch/")
    assert voucher.send("Continue", number=number).status == 422
    assert AuditRecord.objects.filter(event="caller_vouched", outcome="refused").count() == 3


def _vouch(somebody: Somebody, number: str, walker: Walker | None = None) -> Page:
    walker = walker or Walker()
    walker.sign_in(somebody)
    walker.open("/vouch/")
    return walker.send("Continue", number=number)


def test_where_nobody_may_vouch_it_is_not_offered(pool: People, agent: Walker, nora: Somebody):
    """(HLP-02) an account that anybody may open is no colleague."""
    sub = sub_of(pool, nora)
    assert "vouches for them" not in begin(agent, sub).text
    assert agent.post(f"/helpdesk/check/{sub}/ask/vouch/", {}).status == 404


def test_in_person_is_recorded_with_the_kind_of_document(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody
):
    """(HLP-02) never its number: there is no field for it."""
    sub = sub_of(pool, nora)
    page = begin(agent, sub)
    fields = {field.get("name") for field in page.soup.select("main input, main select")}
    assert fields <= {"csrfmiddlewaretoken", "document", "seen"}
    assert agent.send("It is this person", document="passport").status == 422
    assert OPEN in agent.send("It is this person", document="passport", seen="on").text
    row = AuditRecord.objects.get(event="caller_proved", sub=sub)
    assert row.detail == {"way": "in_person", "document": "passport"}


def test_a_check_that_ends_at_that_very_moment_opens_nothing(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, walker: Walker,
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    """(HLP-02, AUZ-07) the person says that it is not they, while the operator presses."""
    me, sub = sub_of(pool, anna), sub_of(pool, nora)
    walker.sign_in(nora)
    begin(agent, sub)
    walker.open("/helpdesk-check/")
    passes_by = checks.passed_by

    def meanwhile(*given: Any) -> None:
        walker.send("I am not speaking with them")
        passes_by(*given)

    monkeypatch.setattr(checks, "passed_by", meanwhile)
    page = agent.send("It is this person", document="passport", seen="on")
    assert "The check has ended." in page.text
    assert strength(pool, me, sub) is Strength.NONE


# --- tricks -----------------------------------------------------------------------------------


def test_a_code_of_another_call_opens_nothing(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, sandbox: Sandbox,
    deliver_notices: Any,
):  # fmt: skip
    """(HLP-02) bound to operator and person: not for a colleague's check, not for another one."""
    tom, sub = pool.make(), sub_of(pool, nora)
    ben = operator(pool)
    colleague = enter(ben)
    begin(agent, sub)
    agent.send("Send a code by e-mail")
    deliver_notices()
    code = code_in(sandbox, nora.email)
    begin(colleague, sub)
    colleague.send("Send a code by e-mail")
    assert colleague.send("Compare the code", code=code).status == 422
    begin(agent, sub_of(pool, tom))
    agent.send("Send a code by e-mail")
    assert agent.send("Compare the code", code=code).status == 422
    assert strength(pool, sub_of(pool, ben), sub) is Strength.NONE
    assert strength(pool, sub_of(pool, anna), sub_of(pool, tom)) is Strength.NONE
    # What one operator was shown to be true is nothing to another.
    agent.open(f"/helpdesk/check/{sub}/")
    agent.send("Compare the code", code=code)
    assert strength(pool, sub_of(pool, anna), sub) is Strength.CHANNEL
    assert strength(pool, sub_of(pool, ben), sub) is Strength.NONE


def test_two_codes_under_way_have_two_buttons(pool: People, agent: Walker, settings: Any):
    """(A11-02) told apart by their names alone: whoever listens hears no region around them."""
    settings.SMS_BACKEND = "accounts.messages.Webhook"
    rosa = pool.make(phone=True, app=True, on=(APP,))
    begin(agent, sub_of(pool, rosa))
    agent.send("Send a code by e-mail")
    page = agent.send("Send a code by text message")
    names = [" ".join(each.get_text().split()) for each in page.soup.select("main button")]
    assert {
        "Compare the code of the e-mail",
        "Compare the code of the text message",
    } <= set(names)
    assert len(names) == len(set(names))


def test_a_code_is_used_once_in_its_time_and_for_its_address(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, sandbox: Sandbox,
    deliver_notices: Any, clock: Clock,
):  # fmt: skip
    """(HLP-02, OTP-01) not again, not late, not after another one, not for a changed address."""
    me, sub = sub_of(pool, anna), sub_of(pool, nora)
    answer = f"/helpdesk/check/{sub}/answer/email/"

    def fresh() -> str:
        begin(agent, sub) if "Begin the check" in agent.open(f"/helpdesk/check/{sub}/").text else 0
        agent.send("code by e-mail")
        deliver_notices()
        return code_in(sandbox, nora.email)

    code = fresh()
    agent.send("Compare the code", code=code)
    assert agent.post(answer, {"code": code}).errors == [GONE]
    agent.open(f"/helpdesk/check/{sub}/")
    agent.send("End the check")
    assert strength(pool, me, sub) is Strength.NONE
    older = fresh()
    newer = fresh()
    if older != newer:
        assert agent.send("Compare the code", code=older).errors == [NOT_RIGHT]
    pool.admin.admin_update_user_attributes(
        UserPoolId=pool.pool_id,
        Username=nora.username,
        UserAttributes=[
            {"Name": "email", "Value": f"new-{nora.email}"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    assert agent.send("Compare the code", code=newer).errors == [NOT_RIGHT]
    assert strength(pool, me, sub) is Strength.NONE


def test_a_code_that_came_too_late_is_none(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, sandbox: Sandbox,
    deliver_notices: Any, clock: Clock,
):  # fmt: skip
    """(HLP-02) ten minutes; and a message that waited longer than that is thrown away."""
    sub = sub_of(pool, nora)
    begin(agent, sub)
    agent.send("Send a code by e-mail")
    deliver_notices()
    code = code_in(sandbox, nora.email)
    agent.send("Send another code by e-mail")
    sent = len(sandbox.inbox(nora.email))
    clock.forward(minutes=10)
    deliver_notices()
    assert len(sandbox.inbox(nora.email)) == sent
    again = enter(anna)
    assert "End the check" in again.open(f"/helpdesk/check/{sub}/").text
    assert again.post(f"/helpdesk/check/{sub}/answer/email/", {"code": code}).errors == [GONE]


def test_an_address_that_was_never_verified_gets_no_code(pool: People, agent: Walker):
    """(HLP-02) nor is a text message offered where the portal has no sender of its own."""
    tom = pool.make(email_verified=False, phone=True)
    page = begin(agent, sub_of(pool, tom))
    assert "Send a code" not in page.text
    page = agent.post(f"/helpdesk/check/{sub_of(pool, tom)}/ask/email/", {})
    assert "There is no such channel any more that was confirmed." in page.text
    assert not CallerProof.objects.exists()


def test_wrong_answers_are_counted_and_no_new_check_forgets_them(
    pool: People, agent: Walker, anna: Somebody, nora: Somebody, settings: Any, caplog: Any
):
    """(HLP-09, OTP-03, OTP-04) three for a code, six in an hour for a person, with an alarm."""
    sub = sub_of(pool, nora)
    seen = []
    begin(agent, sub)
    for number in range(limits.CHECK_FAILED_TARGET.amount):
        if number % 3 == 0:
            agent.open(f"/helpdesk/check/{sub}/")
            agent.send("Show them a phrase")
        seen.append(agent.send("Compare the phrase", phrase="oak oak oak oak").errors)
    assert seen == [[NOT_RIGHT], [NOT_RIGHT], [GONE]] * 2
    agent.open(f"/helpdesk/check/{sub}/")
    agent.send("End the check")
    begin(agent, sub)
    agent.send("Show them a phrase")
    assert agent.send("Compare the phrase", phrase="oak oak oak oak").status == 429
    alarm = AuditRecord.objects.get(detail={"pattern": "check-failed-target"}, sub=sub)
    assert Case.objects.get(sub=sub).about == alarm.id


def test_many_checks_of_one_person_ring_too(
    pool: People, agent: Walker, nora: Somebody, settings: Any, sandbox: Sandbox,
    deliver_notices: Any,
):  # fmt: skip
    """(HLP-09) by log, audit, case and mail to those who are named for it."""
    settings.ALARM_ADDRESSES = ["seniors@example.com"]
    sub = sub_of(pool, nora)
    for _ in range(limits.CHECK_TARGET.amount):
        begin(agent, sub)
        agent.send("End the check")
    agent.open(f"/helpdesk/check/{sub}/")
    assert agent.send("Begin the check", ticket=TICKET).status == 429
    deliver_notices()
    (mail,) = sandbox.inbox("seniors@example.com")
    assert "Unusually many calls are about one person." in mail["text"]
    assert nora.username not in mail["text"]


def test_a_pattern_of_one_operator_rings(pool: People, agent: Walker, anna: Somebody):
    """(HLP-09) unusually many checks, and many that nobody passed; each rings once."""
    nora = pool.make()
    sub = sub_of(pool, nora)
    begin(agent, sub)
    agent.send("Show them a phrase")
    agent.send("Compare the phrase", phrase="oak oak oak oak")
    assert not AuditRecord.objects.filter(event="alarm_raised").exists()
    for limit in (limits.CHECK_OPERATOR, limits.CHECK_FAILED_OPERATOR):
        mine = Tally.objects.filter(key__startswith=f"{limit.name}:")
        assert mine.update(count=limit.alarm_at - 1) == 1
    for _ in range(2):
        agent.open(f"/helpdesk/check/{sub}/")
        agent.send("End the check")
        begin(agent, sub)
        agent.send("Show them a phrase")
        agent.send("Compare the phrase", phrase="oak oak oak oak")
    rung = AuditRecord.objects.filter(event="alarm_raised").order_by("number")
    told = [(row.detail["pattern"], row.actor, row.sub) for row in rung]
    mine_too = sub_of(pool, anna), sub
    assert told == [("check-operator", *mine_too), ("check-failed-operator", *mine_too)]


def test_rules_hold_before_anything_is_read(pool: People, agent: Walker, anna: Somebody):
    """(HLP-05, HLP-06) not oneself, not an equal one, not without the role."""
    for sub in (sub_of(pool, anna), sub_of(pool, operator(pool, "senior"))):
        assert agent.open(f"/helpdesk/check/{sub}/").status == 403
    viewer = at_work(pool, "viewer")
    assert viewer.open(f"/helpdesk/check/{sub_of(pool, pool.make())}/").status == 403
    assert not CallerCheck.objects.exists()


def test_a_trusted_browser_shows_no_phrase(pool: People, agent: Walker, nora: Somebody, rf: Any):
    """(HLP-02) a sign-in without the second step opens pages, and proves nothing."""
    from dataclasses import replace  # noqa: PLC0415

    from portal.helpdesk import callers  # noqa: PLC0415
    from tests.unit.persons import somebody  # noqa: PLC0415

    sub = sub_of(pool, nora)
    begin(agent, sub)
    agent.send("Show them a phrase")
    person = somebody(sub=sub, pool_id=pool.pool_id)
    assert callers.calls_about(person)[0].phrase
    assert not callers.calls_about(replace(person, came_by_device=True))[0].phrase


def test_checks_are_purged(pool: People, agent: Walker, nora: Somebody, clock: Clock):
    """(DAT-01)"""
    begin(agent, sub_of(pool, nora))
    agent.send("Show them a phrase")
    clock.forward(days=6)
    call_command("purge", verbosity=0)
    assert CallerProof.objects.exists()
    clock.forward(days=2)
    call_command("purge", verbosity=0)
    assert not CallerProof.objects.exists()
    assert not CallerCheck.objects.exists()


def test_without_a_helpdesk_there_is_nothing(pool: People, settings: Any, client: Client):
    """(AUZ-09)"""
    settings.HELPDESK = False
    assert client.get("/who-is-calling/").status_code == 404

"""What happened: the account's own history, and nobody else's."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from accounts.models import AuditRecord, Colleague
from portal.activity.said import SAID
from portal.activity.timeline import PAGE_SIZE
from tests.journeys.helpdesk_steps import at_work, begin, enter, operator, sub_of
from tests.journeys.steps import APP, EMAIL, SMS, enrol_app
from tests.people import People
from tests.walker import Page, Walker

HERE = Path(__file__).resolve().parent.parent.parent


def entries(page: Page) -> list[str]:
    found = page.soup.select(".timeline-what")
    return [" ".join(each.get_text(" ").split()) for each in found]


def test_what_was_done_is_told_newest_first(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    enrol_app(walker)
    assert entries(walker.open("/activity/")) == ["An authenticator app was added", "Signed in"]


def test_a_change_names_what_was_chosen(walker: Walker, pool: People):
    walker.sign_in(pool.make(phone=True, on=(SMS, EMAIL), preferred=SMS), sandbox=pool.sandbox)
    walker.open("/preference/")
    walker.send("Save", preferred=EMAIL)
    told = entries(walker.open("/activity/"))[0]
    assert told == "Changed what we ask for : text message, e-mail; first e-mail"


def test_of_a_single_method_nobody_is_told_to_choose(walker: Walker, pool: People):
    walker.sign_in(pool.make(phone=True, on=(SMS, EMAIL)), sandbox=pool.sandbox)
    walker.open("/turn-off/sms/")
    walker.send("Turn off")
    told = entries(walker.open("/activity/"))[0]
    assert told == "Changed what we ask for : e-mail"


def test_a_wrong_code_is_told_as_a_problem(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    walker.open("/enrolment/totp/")
    walker.send("Show")
    walker.send("Turn on", code="000000")
    page = walker.open("/activity/?kind=problems")
    assert "Adding an authenticator app was refused" in entries(page)
    assert "Signed in" not in entries(page)


def test_each_filter_shows_its_own(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    enrol_app(walker)
    assert entries(walker.open("/activity/?kind=changes")) == ["An authenticator app was added"]
    assert entries(walker.open("/activity/?kind=sign_ins")) == ["Signed in"]


def test_a_filter_that_does_not_exist_says_so(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    page = walker.open("/activity/?kind=gossip&before=yesterday")
    assert page.status == 422
    assert page.errors == [
        "Choose one of the kinds on this page.",
        "That page cannot be found, so here is the newest one.",
    ]
    assert entries(page) == ["Signed in"]


def test_nobody_sees_anothers_history(walker: Walker, second_walker: Walker, pool: People):
    """AUZ-02, AUZ-03: the same person elsewhere has another history, too."""
    walker.sign_in(pool.make())
    enrol_app(walker)
    second_walker.sign_in(pool.make())
    assert entries(second_walker.open("/activity/")) == ["Signed in"]
    AuditRecord.objects.create(
        event="totp_enrolled",
        outcome="done",
        pool_id="eu-central-1_Another",
        sub=AuditRecord.objects.latest("created_at").sub,
        actor="x",
    )
    assert entries(second_walker.open("/activity/")) == ["Signed in"]


def test_pages_follow_one_another_without_a_gap(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    sub = AuditRecord.objects.get(event="signed_in").sub
    for number in range(PAGE_SIZE + 5):
        AuditRecord.objects.create(
            event="code_sent",
            outcome="done",
            pool_id=pool.pool_id,
            sub=sub,
            actor=sub,
            factor=SMS,
            request_id=str(number),
        )
    first = walker.open("/activity/")
    second = walker.open(first.link("Older"))
    assert len(entries(first)) == PAGE_SIZE
    assert len(entries(second)) == 6
    assert "Older" not in second.text


@pytest.mark.parametrize(("days", "told"), [(364, ["Signed in"]), (366, [])])
def test_a_year_and_no_longer(walker: Walker, pool: People, days: int, told: list[str]):
    walker.sign_in(pool.make())
    AuditRecord._base_manager.update(created_at=datetime.now(UTC) - timedelta(days=days))
    assert entries(walker.open("/activity/")) == told
    table = walker.client.get("/activity/export.csv").content.decode()
    assert [row[1] for row in csv.reader(io.StringIO(table))][1:] == told


def test_a_change_that_never_ended_is_not_certain(walker: Walker, pool: People):
    """RES-04: the process died between the two rows."""
    walker.sign_in(pool.make())
    sub = AuditRecord.objects.get(event="signed_in").sub
    AuditRecord.objects.create(
        event="totp_enrolled", outcome="intended", pool_id=pool.pool_id, sub=sub, actor=sub
    )
    told = "An authenticator app was added – we are not certain that it happened"
    assert told in entries(walker.open("/activity/"))
    assert told in entries(walker.open("/activity/?kind=problems"))


def test_the_table_holds_everything_and_no_formula(walker: Walker, pool: People):
    """AUD-03: no number or address in full; INP-01: no cell that a spreadsheet runs."""
    nora = pool.make(phone=True, on=(SMS,), preferred=SMS)
    walker.sign_in(nora, sandbox=pool.sandbox)
    response = walker.client.get("/activity/export.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert "no-store" in response["Cache-Control"]
    table = list(csv.reader(io.StringIO(response.content.decode())))
    assert table[0][:2] == ["time (UTC)", "what"]
    when = datetime.fromisoformat(table[1][0])
    assert abs(when - datetime.now(UTC)) < timedelta(minutes=5)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in table for cell in row)
    assert nora.phone not in response.content.decode()


def test_the_history_costs_no_call_and_few_queries(
    walker: Walker, pool: People, django_assert_max_num_queries: Any
):
    walker.sign_in(pool.make())
    pool.sandbox.forget_calls()
    with django_assert_max_num_queries(6):
        walker.open("/activity/")
    assert not pool.sandbox.count_calls()


WRITTEN = re.compile(
    r"(?:change|_write)\(\s*\w+(?:\.\w+)?,\s*\"(\w+)\""
    r"|event(?:: str)?\s?=\s?\"(\w+)\""
)


def test_every_event_that_is_written_has_words():
    """An event without words would break the page of whoever has it in their history."""
    sources = [*HERE.glob("accounts/**/*.py"), *HERE.glob("portal/**/*.py")]
    found = {
        name
        for source in sources
        for match in WRITTEN.finditer(source.read_text())
        for name in match.groups()
        if name
    } | {f"{slug}_change_asked" for slug in ("sms", "email")}
    assert {"signed_in", "totp_enrolled", "sms_enrolled"} <= found
    assert found <= set(SAID)


@pytest.mark.parametrize("outcome", ["done", "refused", "unknown", "intended"])
def test_every_event_can_be_told(walker: Walker, pool: People, outcome: str):
    """(AUD-03) one that had no words, or none of this outcome, would break the page it is on."""
    walker.sign_in(pool.make())
    sub = AuditRecord.objects.get(event="signed_in").sub
    for event in SAID:
        AuditRecord.objects.create(
            event=event,
            outcome=outcome,
            pool_id=pool.pool_id,
            sub=sub,
            actor=sub,
            factor=SMS,
            detail={"asked": {"activated": [], "preferred": None}},
        )
    told, answers, page = 0, 0, walker.open("/activity/")
    while page.status == 200:
        told += len(entries(page))
        answers += len(page.soup.select("a[href*='/not-me/']"))
        if "Older" not in page.text:
            break
        page = walker.open(page.link("Older"))
    assert (page.status, told) == (200, len(SAID) + 1)
    assert answers == told - 3, "all but those that say already that something was not theirs"


@pytest.mark.usefixtures("helpdesk")
def test_what_operators_did_is_told_by_their_name(walker: Walker, pool: People):
    """(NOT-01, AUD-03) who, why, and under which ticket."""
    tom, agent = pool.make(app=True, on=(APP,)), operator(pool)
    desk = enter(agent)
    begin(desk, sub_of(pool, tom), "HD-4711")
    walker.sign_in(tom)
    (line,) = walker.open("/activity/?kind=helpdesk").soup.select(".timeline-entry")
    said = " ".join(line.get_text(" ").split())
    assert f"by {agent.username} of the helpdesk" in said
    assert "Ticket: HD-4711" in said


@pytest.mark.usefixtures("helpdesk")
def test_an_operator_without_a_name_is_of_the_helpdesk(walker: Walker, pool: People):
    """(NOT-01) a name that is not kept any more breaks no history."""
    tom = pool.make(app=True, on=(APP,))
    desk = at_work(pool)
    begin(desk, sub_of(pool, tom))
    Colleague.objects.all().delete()
    walker.sign_in(tom)
    (line,) = walker.open("/activity/?kind=helpdesk").soup.select(".timeline-entry")
    assert "by the helpdesk" in " ".join(line.get_text(" ").split())

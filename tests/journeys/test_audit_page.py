"""The auditor's page: everything is found, nothing is changed, and reading leaves a trace."""

import csv
import io
from typing import Any

import pytest
from django.db import connection

from accounts.models import AuditRecord
from portal.helpdesk import trails
from portal.helpdesk.trails import PAGE_SIZE, Question
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.steps import APP
from tests.people import People, Somebody
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
AUDIT = "/helpdesk/audit/"


def at_work(pool: People, walker: Walker, role: str = "auditor") -> Somebody:
    somebody = pool.make(app=True, on=(APP,))
    pool.join(somebody, ROLE_GROUPS[role])
    walker.sign_in(somebody)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    return somebody


def write(pool: People, rows: int = 1, **said: Any) -> None:
    fields = {"event": "code_sent", "outcome": "done", "sub": "ella", "actor": "tom"}
    for _ in range(rows):
        AuditRecord.objects.create(pool_id=pool.pool_id, **{**fields, **said})


def shown(page: Page) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page.soup.select("tbody tr")]


def test_an_auditor_finds_by_each_of_its_marks(walker: Walker, pool: People):
    """(AUD-01, AUZ-03) and only rows of the pool that is served."""
    at_work(pool, walker)
    write(pool, sub="person-a", actor="operator-a", ticket="HD-7", request_id="req-7")
    write(pool, sub="person-b", event="alarm_raised", outcome="refused")
    AuditRecord.objects.create(
        pool_id="eu-central-1_Other0001",
        event="code_sent",
        outcome="done",
        sub="person-a",
        actor="x",
    )
    for query in ("sub=person-a", "actor=operator-a", "ticket=HD-7", "request_id=req-7"):
        found = shown(walker.open(f"{AUDIT}?{query}"))
        assert len(found) == 1, query
        assert "person-a" in found[0]
    assert "person-b" in shown(walker.open(f"{AUDIT}?event=alarm_raised&outcome=refused"))[0]
    assert shown(walker.open(f"{AUDIT}?since=2000-01-01&until=2000-01-02")) == []
    assert len(shown(walker.open(f"{AUDIT}?since=2000-01-01&sub=person-a"))) == 1


def test_pages_follow_one_another_without_a_gap(walker: Walker, pool: People):
    at_work(pool, walker)
    write(pool, PAGE_SIZE + 3, ticket="HD-8")
    first = walker.open(f"{AUDIT}?ticket=HD-8")
    second = walker.open(first.link("Older"))
    assert (len(shown(first)), len(shown(second))) == (PAGE_SIZE, 3)
    assert not set(shown(first)) & set(shown(second))
    assert "Older" not in second.text


def test_what_is_not_a_day_is_said(walker: Walker, pool: People):
    at_work(pool, walker)
    page = walker.open(f"{AUDIT}?since=yesterday")
    assert (page.status, page.errors) == (422, ["Give year, month and day, such as 2026-05-03."])
    assert page.title.startswith("Error: ")


def test_a_search_that_ends_before_it_begins_is_not_a_search(walker: Walker, pool: People):
    """(AUD-01) nobody reads "nothing was recorded" of days in the wrong order."""
    at_work(pool, walker)
    page = walker.open(f"{AUDIT}?since=2026-05-03&until=2026-05-02")
    assert (page.status, page.errors) == (422, ["Give a day that is not before the first one."])
    assert walker.open(f"{AUDIT}?since=2026-05-03&until=2026-05-03").status == 200


def test_only_what_was_found_can_be_taken_along(walker: Walker, pool: People):
    """(AUD-01)"""
    at_work(pool, walker)
    write(pool, ticket="HD-7")
    assert walker.open(f"{AUDIT}?ticket=HD-7").link("Download as a table")
    assert "Download as a table" not in walker.open(f"{AUDIT}?ticket=HD-8").text


def test_the_page_of_a_row_tells_the_whole_act(walker: Walker, pool: People):
    """(AUD-04) and whether the chain holds there."""
    at_work(pool, walker)
    write(pool, event="totp_enrolled", outcome="intended", reason="<b>lost</b>", ticket="HD-9")
    asked = AuditRecord.objects.get(ticket="HD-9")
    write(pool, event="totp_enrolled", completes=asked)
    done = AuditRecord.objects.get(completes=asked)
    write(pool)
    for each in (asked, done):
        page = walker.open(f"{AUDIT}{each.pk}/")
        assert "The chain holds here" in page.text
        assert len(page.soup.select("section.panel")) == 2
        assert "<b>lost</b>" in page.text
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_auditrecord SET reason = 'x' WHERE ticket = 'HD-9'")
    page = walker.open(f"{AUDIT}{done.pk}/")
    assert f"row {asked.number}: was changed" in page.text
    assert walker.open(f"{AUDIT}{'0' * 8}-0000-4000-8000-{'0' * 12}/").status == 404


def test_reading_the_audit_is_in_the_audit(walker: Walker, pool: People):
    """(AUD-02, HLP-10) who read, and what they looked for."""
    auditor = at_work(pool, walker)
    walker.open(f"{AUDIT}?ticket=HD-7")
    read = AuditRecord.objects.filter(event="audit_read").latest("created_at")
    assert read.detail == {"what": "list", "asked": {"ticket": "HD-7"}}
    assert read.actor == pool.look(auditor)["attributes"]["sub"]
    before = AuditRecord.objects.filter(event="audit_read").count()
    _table(walker)
    assert AuditRecord.objects.filter(event="audit_read").count() == before + 1


def _table(walker: Walker, query: str = "") -> list[list[str]]:
    answer: Any = walker.client.get(f"{AUDIT}table.csv?{query}")
    text = b"".join(answer.streaming_content).decode()
    return list(csv.reader(io.StringIO(text)))


def test_the_table_has_no_formula(walker: Walker, pool: People):
    """(INP-01) whatever an operator wrote."""
    at_work(pool, walker)
    write(pool, reason="=HYPERLINK(1)", ticket="HD-7")
    head, row = _table(walker, "ticket=HD-7")
    assert dict(zip(head, row, strict=True))["reason"] == "'=HYPERLINK(1)"
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)


@pytest.mark.parametrize("role", ["agent", "senior", "administrator", "viewer"])
def test_others_do_not_read_it(walker: Walker, pool: People, role: str):
    """(HLP-06)"""
    at_work(pool, walker, role)
    for path in ("", "table.csv", "00000000-0000-4000-8000-000000000000/"):
        assert walker.open(AUDIT + path).status == 403


def test_a_page_costs_few_queries(walker: Walker, pool: People, django_assert_max_num_queries: Any):
    """No query per row."""
    at_work(pool, walker)
    write(pool, 30)
    pool.sandbox.forget_calls()
    with django_assert_max_num_queries(16):
        walker.open(AUDIT)
    assert set(pool.sandbox.count_calls()) <= {"GetUser"}


LOOK_UPS = {
    "audit_of_person": Question(sub="somebody"),
    "audit_by_actor": Question(actor="somebody"),
    "audit_by_request": Question(request_id="some"),
    "audit_by_ticket": Question(ticket="HD-1"),
    "audit_by_event": Question(event="signed_in"),
}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="what PostgreSQL plans hangs on its rows")
@pytest.mark.parametrize("index", LOOK_UPS)
def test_each_look_up_has_its_index(pool: People, index: str):
    """(AUD-01) in the order of the page: otherwise SQLite walks through a million rows."""
    plan = trails.rows_asked(pool.pool_id, LOOK_UPS[index]).order_by("-number")[:51].explain()
    assert f"INDEX {index} " in plan
    assert "TEMP B-TREE" not in plan

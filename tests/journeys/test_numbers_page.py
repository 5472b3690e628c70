"""Numbers for a manager: counted from what happened, drawn without a style or script."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from accounts import cases
from accounts.models import AuditRecord, Case
from accounts.reasons import REASONS
from accounts.subjects import Subject
from portal.helpdesk import charts
from portal.helpdesk.models import Approval
from tests.journeys.desk import do
from tests.journeys.test_audit_page import at_work
from tests.people import People
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
NUMBERS = "/helpdesk/numbers/"


def write(pool: People, event: str, outcome: str = "done", days_ago: float = 0) -> None:
    AuditRecord.objects.create(
        event=event,
        outcome=outcome,
        pool_id=pool.pool_id,
        sub="ella",
        actor="tom",
        created_at=datetime.now(UTC) - timedelta(days=days_ago),
    )


def numbers(walker: Walker, days: int = 30) -> dict[str, dict[str, int]]:
    answer: Any = walker.client.get(f"{NUMBERS}table.csv?days={days}")
    found: dict[str, dict[str, int]] = {}
    for row in csv.DictReader(io.StringIO(answer.content.decode())):
        found.setdefault(row["what"], {})[row["by"]] = int(row["number"])
    return found


def test_what_was_done_is_counted_by_day_and_kind(walker: Walker, pool: People):
    """Done, in the period, in this pool; looking is no act."""
    at_work(pool, walker, "senior")
    for _ in range(2):
        write(pool, "bulk_turned_off")
    write(pool, "bulk_app_removed", days_ago=5)
    write(pool, "bulk_app_removed", "refused")
    write(pool, "bulk_app_removed", days_ago=20)
    write(pool, "helpdesk_looked")
    write(pool, "caller_proved", "refused")
    write(pool, "caller_proved")
    AuditRecord.objects.create(
        event="bulk_turned_off", outcome="done", pool_id="eu-central-1_Other0001", actor="x"
    )
    week, month = numbers(walker, 7), numbers(walker, 30)
    today = datetime.now(UTC).date().isoformat()
    assert sum(week["Resets and other acts"].values()) == 3
    assert week["Resets and other acts"][today] == 2
    assert len(week["Resets and other acts"]) == 7
    assert sum(month["Resets and other acts"].values()) == 4
    assert sorted(month["What was done"].values()) == [2, 2]
    assert sum(week["Checks of callers that failed"].values()) == 1
    assert len(week["Busiest hours"]) == 24


def test_an_act_of_several_steps_is_one_with_its_reason(
    walker: Walker, second_walker: Walker, pool: People
):
    """Its steps are rows of their own, and no acts; a reason is counted by its first words."""
    at_work(pool, walker, "agent")
    for number, act in enumerate(("takeover", "end_sessions")):
        ella = pool.make()
        do(walker, pool, ella, act, kind=REASONS[number], more=f"word {number}")
    write(pool, "bulk_turned_off")
    at_work(pool, second_walker, "senior")
    found = numbers(second_walker)
    assert found["What was done"] == {
        "Secure an account that somebody else may be in": 1,
        "End all sessions": 1,
        "Turned off, one of many people": 1,
    }
    assert found["Why operators acted"] == {REASONS[0]: 1, REASONS[1]: 1}
    assert sum(found["Resets and other acts"].values()) == 3


def test_what_waits_for_a_second_operator_is_counted_by_act(walker: Walker, pool: People):
    """(HLP-04) of this pool, open, and not late."""
    at_work(pool, walker, "senior")
    soon = datetime.now(UTC) + timedelta(hours=1)
    open_one = {"pool_id": pool.pool_id, "act": "remove_app", "ends_at": soon}
    for more in ({}, {}, {"act": "issue_pass"}, {"state": "granted"}, {"pool_id": "other"}):
        Approval.objects.create(**{**open_one, **more})
    Approval.objects.create(**{**open_one, "ends_at": datetime.now(UTC)})
    assert numbers(walker)["Waits for a second operator now"] == {
        "Remove the authenticator app": 2,
        "Issue a recovery pass": 1,
    }
    page = walker.open(NUMBERS)
    assert "Waiting now: 3 approvals" in page.text
    assert page.soup.select("[aria-labelledby=numbers-waiting] svg.chart")


def test_cases_are_counted_by_kind_and_by_how_long_they_took(walker: Walker, pool: People):
    at_work(pool, walker, "auditor")
    lost = cases.open_case(Subject(pool.pool_id, "ella"), Case.Kind.LOST, opened_by="tom")
    cases.open_case(Subject(pool.pool_id, "nora"), Case.Kind.HELP, opened_by="tom")
    Case.objects.filter(pk=lost.pk).update(opened_at=datetime.now(UTC) - timedelta(minutes=40))
    cases.close(lost, closed_by="tom", words="done")
    found = numbers(walker)
    assert found["Why people needed help"] == {"Lost phone": 1, "Asks for help": 1}
    assert found["Time to resolve a case"]["up to an hour"] == 1
    page = walker.open(NUMBERS)
    assert "half within 40 minutes" in page.text.lower()
    assert "1 open case" in page.text


EVERY_QUESTION = [
    "Resets and other acts",
    "What was done",
    "Why operators acted",
    "Why people needed help",
    "Time to resolve a case",
    "Checks of callers that failed",
    "Busiest hours",
    "Waits for a second operator now",
]


def something_of_everything(pool: People) -> None:
    """So that no question has an empty answer, which has neither picture nor table."""
    write(pool, "helpdesk_reset_password")
    write(pool, "caller_proved", "refused")
    case = cases.open_case(Subject(pool.pool_id, "ella"), Case.Kind.LOST, opened_by="tom")
    cases.close(case, closed_by="tom", words="done")
    soon = datetime.now(UTC) + timedelta(hours=1)
    Approval.objects.create(pool_id=pool.pool_id, act="remove_app", ends_at=soon)


@pytest.mark.parametrize("days", [7, 30, 90])
def test_every_chart_has_its_table_and_nothing_that_the_policy_forbids(
    walker: Walker, pool: People, days: int
):
    """(WEB-01) no style, no script, no handler: what a strict policy lets stand."""
    at_work(pool, walker, "administrator")
    something_of_everything(pool)
    page = walker.open(f"{NUMBERS}?days={days}")
    assert page.status == 200
    told = {}
    for section in page.soup.select(".charts section"):
        (chart,) = section.select("svg.chart")
        assert chart["aria-label"]
        assert not re.search(r"<style|<script| style=| on\w+=|https?://(?!www\.w3)", str(chart))
        rows = [row.select("th, td") for row in section.select("table tbody tr")]
        assert section.h2
        told[section.h2.get_text()] = {by.get_text(): int(n.get_text()) for by, n in rows}
    assert list(told) == EVERY_QUESTION
    assert told == numbers(walker, days)
    assert all(sum(rows.values()) for rows in told.values())


def test_a_period_that_does_not_exist_says_so(walker: Walker, pool: People):
    at_work(pool, walker, "senior")
    page = walker.open(f"{NUMBERS}?days=8")
    assert page.status == 422
    assert page.title.startswith("Error: ")


@pytest.mark.parametrize("role", ["agent", "viewer"])
def test_others_do_not_see_them(walker: Walker, pool: People, role: str):
    """(HLP-06)"""
    at_work(pool, walker, role)
    assert walker.open(NUMBERS).status == 403
    assert walker.open(f"{NUMBERS}table.csv").status == 403


def test_words_in_a_chart_stay_words():
    """(INP-01)"""
    drawn = charts.bars(["<script>x</script>", "b"], [1, 2], said='"><script>', lying=True)
    assert "<script" not in drawn

"""Into the helpdesk and out of it: who may, by which proof, and what a session is then."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.steps import APP
from tests.people import People, Somebody
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
ENTER, LEAVE, HOME = "/helpdesk/enter/", "/helpdesk/leave/", "/helpdesk/"


def _operator(pool: People, role: str = "agent") -> Somebody:
    agent = pool.make(app=True, on=(APP,))
    pool.join(agent, ROLE_GROUPS[role])
    return agent


def _where(page: Page) -> str:
    return urlsplit(page.url).path


def test_an_operator_enters_with_a_second_step_and_leaves_again(walker: Walker, pool: People):
    """(HLP-01, SES-13, SES-02) a session of its own kind under a new id, and back."""
    walker.sign_in(_operator(pool))
    before = walker.client.cookies["mfa-session"].value
    assert _where(walker.open(HOME)) == ENTER
    page = walker.send("Enter the helpdesk")
    assert _where(page) == HOME
    assert "agent" in page.text
    assert walker.client.cookies["mfa-session"].value != before
    assert _where(walker.open("/")) == LEAVE
    assert _where(walker.send("Leave the helpdesk")) == "/"
    # What was proved for the helpdesk proves nothing for one's own account.
    assert _where(walker.open("/preference/")) == "/confirm/"
    events = AuditRecord.objects.filter(event__startswith="helpdesk_")
    assert set(events.values_list("event", flat=True)) == {"helpdesk_entered", "helpdesk_left"}


def test_without_a_second_step_nobody_works_there(walker: Walker, pool: People):
    """(HLP-01) a password alone, whatever the group."""
    agent = pool.make()
    pool.join(agent, ROLE_GROUPS["senior"])
    walker.sign_in(agent)
    page = walker.open(ENTER)
    assert page.status == 403
    assert "second step" in page.text
    assert walker.open(HOME).status == 403


def test_without_a_role_nobody_works_there(walker: Walker, pool: People):
    """(HLP-01, HLP-06)"""
    tom = pool.make(app=True, on=(APP,))
    pool.join(tom, "somebody-elses-group")
    walker.sign_in(tom)
    page = walker.open(HOME)
    assert (_where(page), page.status) == (ENTER, 403)


def test_a_role_that_was_taken_away_opens_nothing(walker: Walker, pool: People):
    """(HLP-06) the pool is asked at the door, not the token."""
    agent = _operator(pool)
    walker.sign_in(agent)
    walker.open(ENTER)
    pool.admin.admin_remove_user_from_group(
        UserPoolId=pool.pool_id, Username=agent.username, GroupName=ROLE_GROUPS["agent"]
    )
    assert walker.send("Enter the helpdesk").status == 403
    assert _where(walker.open(HOME)) == ENTER


def test_an_operator_is_out_sooner_than_anybody_else(walker: Walker, pool: People, clock: Clock):
    """(HLP-01, SES-03) ten minutes without a touch."""
    walker.sign_in(_operator(pool))
    walker.open(ENTER)
    walker.send("Enter the helpdesk")
    clock.forward(minutes=11)
    assert _where(walker.open(HOME)) == "/sign-in/"


def test_a_day_at_the_helpdesk_ends(walker: Walker, pool: People, clock: Clock, settings: Any):
    """(HLP-01, SES-03) after eight hours in all, however busy they were."""
    assert timedelta(hours=8) == settings.OPERATOR_ABSOLUTE_LIMIT
    settings.OPERATOR_ABSOLUTE_LIMIT = timedelta(minutes=20)
    walker.sign_in(_operator(pool))
    walker.open(ENTER)
    walker.send("Enter the helpdesk")
    for _ in range(2):
        clock.forward(minutes=8)
        assert _where(walker.open(HOME)) == HOME
    clock.forward(minutes=8)
    assert _where(walker.open(HOME)) == "/sign-in/"


def test_where_the_helpdesk_is_off_there_is_nothing(walker: Walker, pool: People, settings: Any):
    """(AUZ-09)"""
    settings.HELPDESK = False
    walker.sign_in(pool.make(app=True, on=(APP,)))
    assert walker.open(HOME).status == 404
    assert walker.open(ENTER).status == 404

"""The guided desk on its pages, for an account that is there."""

import pytest

from portal.helpdesk.guide import PRESSES, Situation
from tests.journeys.helpdesk_steps import at_work, prove, sub_of
from tests.journeys.steps import APP
from tests.people import People

pytestmark = pytest.mark.usefixtures("helpdesk")


def test_an_agent_is_led_through_every_situation(pool: People):
    """(HLP-02, HLP-04) for anybody, and for one account as it is now."""
    agent = at_work(pool)
    dora, nora = pool.make(app=True, on=(APP,)), pool.make(app=True, on=(APP,))
    pool.join(dora, "directors")
    marked, ordinary = sub_of(pool, dora), sub_of(pool, nora)
    page = agent.open("/helpdesk/guide/")
    for situation in Situation:
        assert page.soup.select(f'a[href="/helpdesk/guide/{situation}/"]')
        told = agent.open(f"/helpdesk/guide/{situation}/")
        drawn = [str(each["data-act"]) for each in told.soup.select("[data-act]")]
        assert drawn == [act.value for act in PRESSES[situation]] * 2
    told = agent.open(f"/helpdesk/guide/lost-phone/{ordinary}/")
    assert "Now, at sign-in: A code by authenticator app." in told.text
    assert [str(each["data-hand"]) for each in told.soup.select("[data-act]")] == ["mine"]
    assert told.link("Check the caller") == f"/helpdesk/check/{ordinary}/"
    told = agent.open(f"/helpdesk/guide/lost-phone/{marked}/")
    assert [str(each["data-hand"]) for each in told.soup.select("[data-act]")] == ["with_approval"]
    prove(agent, marked)
    told = agent.open(f"/helpdesk/guide/lost-phone/{marked}/")
    assert "Already proved by" in told.text
    asking = agent.open(told.link("Ask a second operator"))
    assert "First make sure" not in asking.text
    assert agent.open("/helpdesk/guide/no-such-thing/").status == 404


def test_a_viewer_is_led_nowhere(pool: People):
    """(HLP-06)"""
    assert at_work(pool, "viewer").open("/helpdesk/guide/").status == 403

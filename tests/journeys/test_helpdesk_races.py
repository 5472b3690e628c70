"""Two operators, or one with many tabs, at the same moment (QA-04)."""

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from portal.helpdesk.checks import MOST_TRIES
from tests.browser.portal_process import Portal, running_portal
from tests.http_walker import HttpWalker, all_at_once
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.helpdesk_steps import begin, operator, prove, shown, sub_of
from tests.journeys.steps import APP, SMS
from tests.people import People
from tests.sandbox_process import Sandbox


@pytest.fixture(scope="module")
def portal(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    data: Path = tmp_path_factory.mktemp("helpdesk-races")
    helpdesk = {
        "PORTAL_HELPDESK": "true",
        "PORTAL_ROLE_GROUPS": ",".join(f"{role}={group}" for role, group in ROLE_GROUPS.items()),
        "PORTAL_PRIVILEGED_GROUPS": "directors",
    }
    client = "demoportaloptional00000001"
    with running_portal(sandbox, data, pool="Optional1", client_id=client, **helpdesk) as running:
        yield running


@pytest.fixture
def people(sandbox: Sandbox, portal: Portal) -> People:
    return People(sandbox, portal.pool_id)


def _at_work(people: People, portal: Portal, role: str = "senior") -> HttpWalker:
    walker = HttpWalker(portal.url)
    walker.sign_in(operator(people, role))
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    return walker


def test_of_two_who_decide_at_once_one_does(people: People, portal: Portal):
    """(HLP-04) agree and refuse, by two seniors: the asker reads one answer."""
    dora = people.make(phone=True, app=True, on=(APP, SMS))
    people.join(dora, "directors")
    sub = sub_of(people, dora)
    asker = _at_work(people, portal, "senior")
    prove(asker, sub)
    asker.open(f"/helpdesk/approvals/ask/{sub}/remove_app/")
    asker.send("Ask for it", reason="Lost")
    # Each in a browser of their own: what a page tells once lies in the session.
    deciders = [_at_work(people, portal) for _ in range(3)]
    for each in deciders:
        each.open("/helpdesk/approvals/")
        each.open(each.page.link("See the evidence"))
    acts = [
        partial(each.send, "Decide", decision="grant" if number % 2 else "refuse", words="w")
        for number, each in enumerate(deciders)
    ]
    told = [page.text for page in all_at_once(acts)]
    said = [text for text in told if "You agreed." in text or "You refused." in text]
    assert len(said) == 1
    assert sum("Somebody was quicker" in text for text in told) == len(deciders) - 1
    mine = asker.open("/helpdesk/approvals/").text
    assert ("Agreed to" in mine) != ("Refused" in mine)


def test_of_two_agents_who_act_on_one_person_at_once_one_does(people: People, portal: Portal):
    """(HLP-06, FAC-03) done and recorded once; the other one is told how the account is now."""
    nora = people.make(phone=True, app=True, on=(APP, SMS))
    sub = sub_of(people, nora)
    agents = [_at_work(people, portal, "agent") for _ in range(2)]
    for each in agents:
        prove(each, sub)
        each.open(f"/helpdesk/people/{sub}/do/remove_app/")
    why = {"kind": "Lost phone", "ticket": "HD-7"}
    button = agents[0].page.heading
    pages = all_at_once([partial(each.send, button, **why) for each in agents])
    assert [page.heading for page in pages].count("Done") == 1
    (other,) = [page for page in pages if page.heading != "Done"]
    assert "There is no authenticator app." in other.text or other.status == 503
    assert people.on(nora) == {SMS}
    lines = portal.manage("audit", "export").splitlines()
    rows = [row for row in map(json.loads, lines) if row.get("user") == {"uid": sub}]
    told = [row["status"] for row in rows if row["activity_name"] == "MFA Factor Disable"]
    assert told == ["Intended", "Success"]


SPENDS = """
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from django.db import connection
from django.utils import timezone
from accounts.subjects import Subject
from portal.helpdesk import approvals
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import Approval
start, now = Barrier(12), timezone.now()
Approval.objects.create(pool_id="pool", sub="nora", act="remove_app", operator="sam",
    state="granted", opens_at=now, ends_at=now + timedelta(hours=1))
def spend(_):
    connection.ensure_connection()
    start.wait(timeout=30)
    try:
        return bool(approvals.spend(Act.REMOVE_APP, "sam", Subject("pool", "nora")))
    finally:
        connection.close()
with ThreadPoolExecutor(12) as threads:
    print("spent:", sum(threads.map(spend, range(12))))
"""


def test_of_twelve_uses_of_one_approval_at_once_one_wins(portal: Portal):
    """(HLP-04, QA-04) each by a connection of its own to the portal's database."""
    assert "spent: 1" in portal.manage("shell", "-c", SPENDS).splitlines()


def test_of_many_guesses_at_once_three_are_looked_at(people: People, portal: Portal):
    """(HLP-09, OTP-03) counted before the look; and the right one after them is too late."""
    nora = people.make()
    sub = sub_of(people, nora)
    agent = _at_work(people, portal, "agent")
    begin(agent, sub)
    agent.send("Show them a phrase")
    theirs = HttpWalker(portal.url)
    theirs.sign_in(nora)
    phrase = shown(theirs.open("/helpdesk-check/"), "phrase")
    tabs = [agent.same_browser() for _ in range(8)]
    guess = "oak oak oak oak"
    pages = all_at_once([partial(tab.send, "Compare the phrase", phrase=guess) for tab in tabs])
    assert not [page for page in pages if "The caller is this person" in page.text]
    looked = [page for page in pages if "Ask the caller to look again" in page.text]
    assert len(looked) <= MOST_TRIES
    assert not theirs.open("/helpdesk-check/").soup.select("[data-phrase]")
    last = tabs[0].post(f"/helpdesk/check/{sub}/answer/phrase/", {"phrase": phrase})
    assert "The caller is this person" not in last.text


def test_two_agents_check_one_caller_each_for_themselves(people: People, portal: Portal):
    """(HLP-02) at the same moment: the person sees both, and what one proved is not the other's."""
    nora = people.make()
    sub = sub_of(people, nora)
    agents = [_at_work(people, portal, "agent") for _ in range(2)]
    for each in agents:
        each.open(f"/helpdesk/check/{sub}/")
    pages = all_at_once([partial(each.send, "Begin the check", ticket="HD-7") for each in agents])
    numbers = {shown(page, "number") for page in pages}
    assert len(numbers) == 2
    theirs = HttpWalker(portal.url)
    theirs.sign_in(nora)
    assert theirs.open("/helpdesk-check/").text.count("Who is helping") == 2
    agents[0].send("It is this person", document="passport", seen="on")
    assert "The caller is this person" in agents[0].open(f"/helpdesk/check/{sub}/").text
    assert "Locked" in agents[1].open(f"/helpdesk/check/{sub}/").text


def test_the_right_phrase_twice_at_once_passes_once(people: People, portal: Portal):
    """(RES-05) a double press: proved, and recorded once."""
    nora = people.make()
    sub = sub_of(people, nora)
    agent = _at_work(people, portal, "agent")
    begin(agent, sub)
    agent.send("Show them a phrase")
    theirs = HttpWalker(portal.url)
    theirs.sign_in(nora)
    phrase = shown(theirs.open("/helpdesk-check/"), "phrase")
    tabs = [agent.same_browser(), agent.same_browser()]
    pages = all_at_once([partial(tab.send, "Compare the phrase", phrase=phrase) for tab in tabs])
    assert sorted(page.status for page in pages) == [200, 422]
    lines = theirs.open("/activity/").soup.select(".timeline-what")
    assert [line.get_text(strip=True) for line in lines].count("The caller proved to be you") == 1

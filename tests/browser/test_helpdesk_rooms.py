"""The rest of the helpdesk in real browsers: who comes in, cases, numbers, the pool, many people.

In a portal of its own: what it counts and lists is what these walks did, and nobody else.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils.dateformat import format as written
from playwright.sync_api import expect

from tests.browser.conftest import OPTIONAL, SitDown, Visit
from tests.browser.desk import DeskReader, fine, fit_for_engineers
from tests.browser.portal_process import Portal, running_portal, running_worker
from tests.browser.readings import compare
from tests.browser.visitor import Visitor
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.helpdesk_steps import sub_of
from tests.journeys.steps import APP, SMS
from tests.sandbox_process import Sandbox

MORE = {
    "PORTAL_HELPDESK": "true",
    "PORTAL_EMBED": "true",
    "PORTAL_ROLE_GROUPS": ",".join(f"{role}={group}" for role, group in ROLE_GROUPS.items()),
}
LOST_PHONE = "Free somebody who lost a phone"
FIND = "Username, e-mail address, phone number, name or id"
APPLICATIONS = "/helpdesk/embed-clients/"


@dataclass(frozen=True)
class Rooms:
    """A helpdesk without anybody's past. worker: does what waits, in a block."""

    portal: Portal
    sandbox: Sandbox
    data: Path

    def worker(self) -> AbstractContextManager[Any]:
        return running_worker(self.sandbox, self.data, self.portal, OPTIONAL["client_id"], **MORE)


@pytest.fixture
def rooms(chromium: str, sandbox: Sandbox, tmp_path: Path) -> Iterator[Rooms]:
    with running_portal(sandbox, tmp_path, **OPTIONAL, **MORE) as portal:
        yield Rooms(portal, sandbox, tmp_path)


@pytest.fixture
def helpdesk_portal(rooms: Rooms) -> Portal:
    """Where `sit_down` lets people sit down here."""
    return rooms.portal


def test_an_agent_comes_in_shows_a_number_opens_a_case_and_leaves(
    sit_down: SitDown, visit: Visit, rooms: Rooms
):
    """(A11-01, A11-03, HLP-01, HLP-10) and on the way reads what an agent may not do, too."""
    nora = visit({"phone": True, "app": True, "on": (APP, SMS)}, at=rooms.portal)
    agent = sit_down(ROLE_GROUPS["agent"])
    account = f"/helpdesk/people/{sub_of(nora.people, nora.somebody)}/"
    reader = DeskReader()
    reader.meet(caller=nora.somebody, operator=agent.somebody)
    _comes_in(agent, reader)
    _what_is_closed(agent, account, reader)
    _sees_them(agent, account, reader)
    agent.open(f"{account}do/reveal/")
    fine(agent, reader, "reveal")
    agent.choose("Phone number", "Which one")
    _gives_a_reason(agent)
    agent.press(agent.heading)
    assert nora.somebody.phone.removeprefix("+44") in agent.words.replace(" ", "")
    reader.names[agent.page.locator(".shown-once").inner_text()] = "(number)"
    fine(agent, reader, "revealed")
    _opens_and_closes_a_case(agent, account, reader)
    agent.open("/helpdesk/leave/")
    fine(agent, reader, "leave")
    agent.press("Leave the helpdesk")
    assert agent.heading == "How you sign in"
    compare("an_agent", reader.readings)


def _comes_in(agent: Visitor, reader: DeskReader) -> None:
    agent.open("/helpdesk/")
    assert agent.path == "/helpdesk/enter/"
    fine(agent, reader, "enter")
    agent.press("Enter the helpdesk")
    agent.press("Find")
    fine(agent, reader, "find-nothing-typed")
    agent.write(FIND, "nobody-at-all")
    agent.press("Find")
    fine(agent, reader, "found-nobody")
    agent.follow("What to do")
    fine(agent, reader, "situations")
    agent.follow("They lost their phone")
    fine(agent, reader, "situation")


def _what_is_closed(agent: Visitor, account: str, reader: DeskReader) -> None:
    own = sub_of(agent.people, agent.somebody)
    for path, state in (
        ("/helpdesk/numbers/", "not-allowed"),
        (f"{APPLICATIONS}add/", "not-allowed-applications"),
        (f"/helpdesk/people/{own}/", "out-of-reach"),
        (f"{account}do/enable/", "not-possible"),
    ):
        agent.open(path)
        fine(agent, reader, state)


def _sees_them(agent: Visitor, account: str, reader: DeskReader) -> None:
    agent.open(account.replace("people", "check"))
    agent.press("Begin the check")
    fine(agent, reader, "check-without-ticket")
    agent.write("Ticket number", "HD-2050")
    agent.press("Begin the check")
    agent.press("Send a code by e-mail")
    agent.write("Six-digit code", "000000")
    agent.press("Compare the code of the e-mail")
    fine(agent, reader, "check-wrong-code")
    agent.press("It is this person")
    fine(agent, reader, "check-nothing-seen")
    agent.page.get_by_label("Document you compared").select_option("passport")
    agent.page.get_by_text("The person stands before me, and the picture is theirs").click()
    agent.press("It is this person")
    assert "The caller is this person" in agent.words


def _gives_a_reason(agent: Visitor) -> None:
    agent.page.get_by_label("Reason", exact=True).select_option("Lost phone")
    agent.write("Ticket number", "HD-2050")


def _opens_and_closes_a_case(agent: Visitor, account: str, reader: DeskReader) -> None:
    agent.follow("Cases")
    fine(agent, reader, "cases-none")
    agent.open(f"{account}do/lost_phone/")
    agent.press(LOST_PHONE)
    fine(agent, reader, "lost-phone-nothing-typed")
    _gives_a_reason(agent)
    agent.press(LOST_PHONE)
    agent.follow("Cases")
    number = agent.page.get_by_role("table").get_by_role("rowheader").inner_text()
    reader.names[number] = "(case)"
    fine(agent, reader, "cases")
    agent.follow(f"Close case {number}")
    fine(agent, reader, "case-close")
    agent.press("Close the case")
    fine(agent, reader, "case-close-nothing-typed")
    agent.write("How it ended", "They have a new phone.")
    agent.press("Close the case")
    assert f"Case {number} is closed." in agent.words
    fine(agent, reader, "case-closed")


def test_numbers_for_a_manager(sit_down: SitDown, visit: Visit, rooms: Rooms):
    """(A11-01, A11-03) each chart is named, and its table has what it shows."""
    nora = visit({"app": True, "on": (APP,)}, at=rooms.portal)
    senior = sit_down(ROLE_GROUPS["senior"], at_work=True)
    reader = DeskReader(_of_days())
    reader.meet(manager=senior.somebody)
    senior.open(f"/helpdesk/people/{sub_of(nora.people, nora.somebody)}/do/end_sessions/")
    _gives_a_reason(senior)
    senior.press(senior.heading)
    senior.follow("Numbers")
    senior.field("Period").select_option("7")
    senior.press("Show")
    # But for the hours: the one that has something is another in each run.
    for table in ("acts", "kinds", "reasons"):
        senior.page.locator(f"section[aria-labelledby=numbers-{table}] summary").click()
    fine(senior, reader, "numbers")
    senior.open("/helpdesk/numbers/?days=x")
    fine(senior, reader, "numbers-refused")
    compare("a_manager", reader.readings)


def _of_days() -> dict[str, str]:
    """The tables' days and the charts', the longer ones first, have one name each."""
    days = [datetime.now(UTC).date() - timedelta(days=each) for each in range(30)]
    tables = {day.isoformat(): "(day)" for day in days}
    charts = sorted((written(day, "j M") for day in days), key=len, reverse=True)
    return tables | dict.fromkeys(charts, "(day)")


def test_an_administrator_reads_the_pool_and_registers_an_application(sit_down: SitDown):
    """(A11-01, A11-03) from the first key to the end of the application."""
    ada = sit_down(ROLE_GROUPS["administrator"], at_work=True)
    reader = DeskReader()
    reader.meet(administrator=ada.somebody)
    ada.follow("The user pool")
    fit_for_engineers(ada, reader, "the-pool")
    ada.follow("Embedding")
    fit_for_engineers(ada, reader, "applications-none")
    ada.follow("Add an application")
    fit_for_engineers(ada, reader, "application-add")
    ada.press("Add it")
    fit_for_engineers(ada, reader, "application-add-nothing-typed")
    ada.write("Name", "acme")
    ada.write("Origins of its pages", "https://app.acme.example")
    ada.write("App clients", OPTIONAL["client_id"])
    ada.press("Add it")
    _keeps_the_key(ada, reader, "application-key")
    fit_for_engineers(ada, reader, "applications")
    _changes_it(ada, reader)
    ada.follow("New key for acme")
    fit_for_engineers(ada, reader, "application-new-key")
    ada.press("Make a new key")
    _keeps_the_key(ada, reader, "application-newer-key")
    fit_for_engineers(ada, reader, "applications-two-keys")
    ada.follow("End the older key of acme")
    fit_for_engineers(ada, reader, "application-end-older")
    ada.press("End the older key")
    ada.follow("Remove acme")
    fit_for_engineers(ada, reader, "application-remove")
    ada.press("Remove it")
    assert "acme is removed." in ada.words
    compare("an_administrator", reader.readings)


def _keeps_the_key(ada: Visitor, reader: DeskReader, state: str) -> None:
    reader.names[ada.page.locator("[data-key]").inner_text()] = "(key)"
    fit_for_engineers(ada, reader, state)
    ada.follow("I have kept it")


def _changes_it(ada: Visitor, reader: DeskReader) -> None:
    ada.follow("Change acme")
    fit_for_engineers(ada, reader, "application-change")
    ada.write("Origins of its pages", "https://new.acme.example")
    ada.choose("Trusted devices", "Pages it may show")
    ada.press("Continue")
    fit_for_engineers(ada, reader, "application-difference")
    ada.press("Change it")
    assert "acme is changed." in ada.words


def test_a_change_for_many_people_from_its_plan_to_its_end(sit_down: SitDown, rooms: Rooms):
    """(A11-01, A11-03, HLP-04) each state is read by whoever planned it, or by who has to agree."""
    planner = sit_down(ROLE_GROUPS["senior"], at_work=True)
    second = sit_down(ROLE_GROUPS["senior"], at_work=True)
    reader = DeskReader()
    reader.meet(planner=planner.somebody, second=second.somebody)
    planner.follow("Many people")
    fine(planner, reader, "changes-none")
    _plans(planner, reader)
    planner.press("Begin the trial run")
    fine(planner, reader, "trial-run")
    with rooms.worker():
        expect(planner.page.get_by_text("It would change")).to_be_visible(timeout=90_000)
    fine(planner, reader, "waits-for-somebody-else")
    second.open(planner.path)
    fine(second, reader, "waits-for-you")
    second.press("Refuse")
    fine(second, reader, "refused-without-words")
    second.press("Agree, and begin")
    fine(second, reader, "running")
    second.press("Pause")
    fine(second, reader, "paused")
    second.press("Go on")
    with rooms.worker():
        ended = second.page.get_by_role("heading", name="Finished", exact=True)
        expect(ended).to_be_visible(timeout=30_000)
    second.page.reload()
    fine(second, reader, "finished")
    planner.open("/helpdesk/bulk/")
    fine(planner, reader, "changes")
    compare("many_people", reader.readings)


def _plans(planner: Visitor, reader: DeskReader) -> None:
    planner.follow("Plan a change")
    fine(planner, reader, "plan")
    planner.press("Write it down")
    fine(planner, reader, "plan-nothing-typed")
    many = [planner.people.make(phone=True, app=True, on=(APP, SMS)) for _ in range(2)]
    planner.choose("Turn a method off", "What shall be changed?")
    planner.field("Which method?").select_option(SMS)
    planner.write("People", many[0].username)
    planner.write("Reason", "Text messages are given up.")
    planner.write("Ticket", "HD-2051")
    planner.press("Write it down")
    fine(planner, reader, "draft")
    planner.follow("Add more people")
    fine(planner, reader, "add")
    planner.press("Add them")
    fine(planner, reader, "add-nobody")
    _chooses_a_file(planner, many[1].username.encode("utf-16"))
    planner.press("Add them")
    fine(planner, reader, "add-file-refused")
    _chooses_a_file(planner, many[1].username.encode("utf-8-sig"))
    planner.press("Add them")
    fine(planner, reader, "draft-of-two")


def _chooses_a_file(planner: Visitor, content: bytes) -> None:
    field = planner.field("Or a file with such a list")
    field.set_input_files({"name": "people.csv", "mimeType": "text/csv", "buffer": content})

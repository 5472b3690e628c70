"""A day at the helpdesk in real browsers: an agent, a senior, an auditor, and who phones them."""

import csv
import re
import time
from pathlib import Path

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, SitDown, Visit
from tests.browser.desk import DeskReader, fine, fit_for_engineers
from tests.browser.portal_process import Portal
from tests.browser.readings import Reader, compare
from tests.browser.visitor import KeyboardVisitor, Visitor
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.helpdesk_steps import sub_of
from tests.journeys.steps import APP

CODE = re.compile(r"Your code for the helpdesk: (\d{6})")
HERS = "Code that their browser shows"


def _code_by_mail(visitor: Visitor) -> str:
    """What the caller reads in their mailbox, once the worker has sent it."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        for message in visitor.sandbox.inbox(visitor.somebody.email):
            if found := CODE.search(message["text"]):
                return found[1]
        time.sleep(0.1)
    raise AssertionError("no code came")


def test_an_agent_without_a_mouse_frees_somebody_who_lost_a_phone(
    sit_down: SitDown, visit: Visit, helpdesk_portal: Portal
):
    """(HLP-02, HLP-03, HLP-08, REC-01, A11-02) from "I lost my phone" to a new one."""
    nora = visit({"app": True, "on": (APP,)}, at=helpdesk_portal, **PHONE)
    old = nora.somebody.app
    reader = DeskReader()
    reader.meet(caller=nora.somebody)
    _asks_for_the_code(nora, reader)
    shown = nora.page.locator("code.key-text").inner_text()
    agent = sit_down(ROLE_GROUPS["agent"], at_work=True, kind=KeyboardVisitor)
    reader.meet(operator=agent.somebody)
    _finds_them(agent, nora, reader)
    _compares_a_code(agent, nora)
    assert "The caller is this person" in agent.words
    agent.open(f"/helpdesk/people/{sub_of(nora.people, nora.somebody)}/do/issue_pass/")
    fine(agent, reader, "pass")
    agent.write(HERS, shown)
    agent.pick("Lost", "Reason")
    agent.write("Ticket number", "HD-2042")
    agent.press("Issue a recovery pass")
    assert agent.heading == "Done"
    fine(agent, reader, "pass-done")
    assert nora.people.on(nora.somebody) == {APP}, "the old one is on until the new one is proved"
    _sets_up_a_new_app(nora, reader)
    assert nora.people.on(nora.somebody) == {APP}
    assert nora.somebody.app is not old
    nora.sign_in()
    assert nora.heading == "How you sign in"
    nora.open("/activity/")
    assert "The helpdesk" in nora.words
    fine(nora, reader, "history")
    compare("a_lost_phone", reader.readings)


def _finds_them(agent: Visitor, nora: Visitor, reader: Reader) -> None:
    fine(agent, reader, "home")
    agent.page.keyboard.press("/")
    agent.page.keyboard.type(nora.somebody.username)
    with agent.page.expect_navigation():
        agent.page.keyboard.press("Enter")
    # The browser gives the first one found its focus when it draws the page, after it is loaded.
    expect(agent.page.get_by_role("table").get_by_role("link").first).to_be_focused()
    fine(agent, reader, "found")
    with agent.page.expect_navigation():
        agent.page.keyboard.press("Enter")
    fine(agent, reader, "account")
    agent.follow("Issue a recovery pass")
    fine(agent, reader, "pass-unchecked")


def _compares_a_code(agent: Visitor, nora: Visitor) -> None:
    agent.follow("Check the caller")
    agent.write("Ticket number", "HD-2042")
    agent.press("Begin the check")
    agent.press("Send a code by e-mail")
    agent.write("Six-digit code", _code_by_mail(nora))
    agent.press("Compare the code of the e-mail")


def _asks_for_the_code(nora: Visitor, reader: Reader) -> None:
    nora.open()
    nora.give_password()
    nora.page.locator("details > summary").first.click()
    nora.follow("I can’t use any of these")
    nora.press("Show the code for the helpdesk")
    assert nora.heading == "Read this to the helpdesk"
    fine(nora, reader, "code-for-the-helpdesk")


def _sets_up_a_new_app(nora: Visitor, reader: Reader) -> None:
    nora.follow("They have let me in")
    fine(nora, reader, "let-in")
    nora.write("Your password", nora.somebody.password)
    nora.press("Remove the old methods and go on")
    nora.follow("Authenticator app")
    nora.press("Show the QR code")
    nora.somebody.app = nora.scan()
    nora.give_code(nora.somebody.app.code())
    nora.press("Turn on")


def test_a_senior_agrees_to_what_an_agent_asks_for(sit_down: SitDown):
    """(HLP-04, HLP-05) a director's pass: who asks cannot agree, and then acts on the word."""
    dora = sit_down("directors")
    sub = sub_of(dora.people, dora.somebody)
    agent = sit_down(ROLE_GROUPS["agent"], at_work=True)
    reader = DeskReader()
    reader.meet(caller=dora.somebody, operator=agent.somebody)
    agent.open(f"/helpdesk/people/{sub}/do/lost_phone/")
    assert "A second operator has to agree first." in agent.words
    fine(agent, reader, "lost-phone-closed")
    _sees_them(agent)
    fine(agent, reader, "check-in-person")
    agent.open(f"/helpdesk/people/{sub}/do/lost_phone/")
    agent.follow("Ask a second operator")
    agent.write("Reason", "Lost phone")
    agent.press("Ask for it")
    assert "See the evidence" not in agent.words
    fine(agent, reader, "approval-asked")
    senior = sit_down(ROLE_GROUPS["senior"], at_work=True)
    reader.meet(senior=senior.somebody)
    senior.open("/helpdesk/approvals/")
    hers = senior.page.get_by_role("listitem").filter(has_text=dora.somebody.username)
    with senior.page.expect_navigation():
        hers.get_by_role("link", name="See the evidence").click()
    assert "in person, with a document" in senior.words
    fine(senior, reader, "evidence")
    senior.choose("I agree", "Your decision")
    senior.press("Decide")
    agent.open(f"/helpdesk/people/{sub}/do/lost_phone/")
    fine(agent, reader, "lost-phone")
    agent.page.get_by_label("Reason", exact=True).select_option("Lost phone")
    agent.write("Ticket number", "HD-2043")
    agent.press("Free somebody who lost a phone")
    assert "A case is opened" in agent.words
    fine(agent, reader, "lost-phone-done")
    _looks_around(agent, sub, reader)
    compare("a_second_word", reader.readings)


def _sees_them(agent: Visitor) -> None:
    agent.follow("Check the caller")
    agent.write("Ticket number", "HD-2043")
    agent.press("Begin the check")
    agent.page.get_by_label("Document you compared").select_option("passport")
    agent.page.get_by_text("The person stands before me, and the picture is theirs").click()
    agent.press("It is this person")


def _looks_around(agent: Visitor, sub: str, reader: Reader) -> None:
    """What is left out: the list of cases, which are of everybody in this portal."""
    for room in ("history", "why", "devices", "sessions"):
        agent.open(f"/helpdesk/people/{sub}/{room}/")
        fine(agent, reader, f"account-{room}")


def test_an_auditor_searches_takes_a_table_along_and_verifies(sit_down: SitDown, tmp_path: Path):
    """(AUD-02, AUD-04) what an operator did, in their words, and that the chain holds."""
    nora = sit_down()
    sub = sub_of(nora.people, nora.somebody)
    agent = sit_down(ROLE_GROUPS["agent"], at_work=True)
    agent.open(f"/helpdesk/people/{sub}/do/end_sessions/")
    agent.page.get_by_label("Reason", exact=True).select_option("Lost phone")
    agent.write("Ticket number", "HD-2044")
    agent.press("End all sessions")
    auditor = sit_down(ROLE_GROUPS["auditor"], at_work=True)
    reader = DeskReader({sub: "(id of the person)"})
    reader.meet(person=nora.somebody, operator=agent.somebody, auditor=auditor.somebody)
    auditor.follow("The audit")
    auditor.page.get_by_label("Ticket").fill("HD-2044")
    auditor.press("Search")
    rows = auditor.page.locator(".audit-table tbody tr")
    expect(rows).to_have_count(2)
    fit_for_engineers(auditor, reader, "audit-of-a-ticket")
    with auditor.page.expect_download() as started:
        auditor.link("Download as a table").click()
    table = tmp_path / "audit.csv"
    started.value.save_as(table)
    with table.open(newline="") as lines:
        told = list(csv.DictReader(lines))
    assert {(row["event"], row["person"], row["ticket"]) for row in told} == {
        ("helpdesk_end_sessions", sub, "HD-2044")
    }
    with auditor.page.expect_navigation():
        rows.first.get_by_role("link").click()
    assert "The chain holds" in auditor.words
    fit_for_engineers(auditor, reader, "audit-row")
    compare("an_auditor", reader.readings)

"""One call in real browsers: the operator, the person, who vouches, and who agrees."""

from urllib.parse import urlsplit

from tests.browser.conftest import SitDown
from tests.browser.desk import DeskReader, fine
from tests.browser.readings import Reader, compare
from tests.browser.visitor import Visitor
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.helpdesk_steps import VOUCHERS, sub_of

NUMBER = "Code that the operator reads out"


def _senior(sit_down: SitDown) -> Visitor:
    return sit_down(ROLE_GROUPS["senior"], at_work=True)


def test_a_call_from_its_beginning_to_a_second_operators_word(
    sit_down: SitDown,
):
    """(HLP-02, HLP-04) each of the four sees what they need, and every page is fit to be seen."""
    dora = sit_down("directors")
    sub = sub_of(dora.people, dora.somebody)
    asker, boss, second = _senior(sit_down), sit_down(VOUCHERS), _senior(sit_down)
    reader = DeskReader()
    reader.meet(caller=dora.somebody, operator=asker.somebody)
    reader.meet(boss=boss.somebody, second=second.somebody)
    asker.open(f"/helpdesk/guide/lost-phone/{sub}/")
    fine(asker, reader, "guide")
    asker.follow("Check the caller")
    fine(asker, reader, "check")
    asker.write("Ticket number", "HD-1234")
    asker.press("Begin the check")
    for button in ("Send a code by e-mail", "Show them a phrase", "Ask for a vouch"):
        asker.press(button)
    fine(asker, reader, "check-asked")
    _the_person_looks(dora, asker, reader)
    _the_boss_vouches(boss, asker.page.locator("[data-vouch]").inner_text(), reader)
    asker.follow("See whether they have confirmed")
    assert "The caller is this person" in asker.words
    fine(asker, reader, "check-done")
    asker.open(f"/helpdesk/approvals/ask/{sub}/issue_pass/")
    fine(asker, reader, "approval-ask")
    asker.write("Reason", "Lost phone")
    asker.press("Ask for it")
    fine(asker, reader, "approval-asked")
    asker.open(f"/helpdesk/break-glass/{sub}/issue_pass/")
    fine(asker, reader, "break-glass")
    _the_second_agrees(second, reader)
    asker.open("/helpdesk/approvals/")
    assert "Agreed to" in asker.words
    fine(asker, reader, "approvals-agreed")
    compare("a_call", reader.readings)


def _the_person_looks(dora: Visitor, asker: Visitor, reader: Reader) -> None:
    number = asker.page.locator("[data-number]").inner_text()
    dora.open()
    dora.follow("The helpdesk is calling me")
    phrase = dora.page.locator("[data-phrase]").inner_text()
    assert len(phrase.split()) == 4
    reader.names[phrase] = "(four words)"
    fine(dora, reader, "phrase")
    dora.open("/who-is-calling/")
    fine(dora, reader, "who-is-calling-number")
    dora.write(NUMBER, number)
    dora.press("Look it up")
    assert asker.somebody.username in dora.words
    fine(dora, reader, "who-is-calling")


def _the_boss_vouches(boss: Visitor, number: str, reader: Reader) -> None:
    boss.open("/vouch/")
    fine(boss, reader, "vouch-number")
    boss.write(NUMBER, number)
    boss.press("Continue")
    fine(boss, reader, "vouch")
    boss.press("I vouch for them")
    fine(boss, reader, "vouched")


def _the_second_agrees(second: Visitor, reader: Reader) -> None:
    second.open("/helpdesk/approvals/")
    fine(second, reader, "approvals")
    with second.page.expect_navigation():
        second.page.get_by_role("link", name="See the evidence").first.click()
    assert urlsplit(second.page.url).path.startswith("/helpdesk/approvals/")
    fine(second, reader, "evidence")
    second.choose("I agree", "Your decision")
    second.press("Decide")
    assert "You agreed." in second.words
    fine(second, reader, "decided")

"""One call in real browsers: the operator, the person, who vouches, and who agrees."""

from urllib.parse import urlsplit

from tests.browser.conftest import SitDown
from tests.browser.measure import problems_of
from tests.browser.visitor import Visitor
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.helpdesk_steps import VOUCHERS, sub_of

NUMBER = "Code that the operator reads out"


def _senior(sit_down: SitDown) -> Visitor:
    return sit_down(ROLE_GROUPS["senior"], at_work=True)


def _fine(visitor: Visitor) -> None:
    """A11-01, A11-06: axe finds nothing, light and dark; 320 px are enough."""
    assert list(problems_of(visitor.page)) == []


def test_a_call_from_its_beginning_to_a_second_operators_word(
    sit_down: SitDown,
):
    """(HLP-02, HLP-04) each of the four sees what they need, and every page is fit to be seen."""
    dora = sit_down("directors")
    sub = sub_of(dora.people, dora.somebody)
    asker, boss, second = _senior(sit_down), sit_down(VOUCHERS), _senior(sit_down)
    asker.open(f"/helpdesk/guide/lost-phone/{sub}/")
    _fine(asker)
    asker.follow("Check the caller")
    _fine(asker)
    asker.write("Ticket number", "HD-1234")
    asker.press("Begin the check")
    for button in ("Send a code by e-mail", "Show them a phrase", "Ask for a vouch"):
        asker.press(button)
    _fine(asker)
    _the_person_looks(dora, asker)
    _the_boss_vouches(boss, asker.page.locator("[data-vouch]").inner_text())
    asker.follow("See whether they have confirmed")
    assert "The caller is this person" in asker.words
    _fine(asker)
    asker.open(f"/helpdesk/approvals/ask/{sub}/remove_app/")
    _fine(asker)
    asker.write("Reason", "Lost phone")
    asker.press("Ask for it")
    _fine(asker)
    asker.open(f"/helpdesk/break-glass/{sub}/remove_app/")
    _fine(asker)
    _the_second_agrees(second)
    asker.open("/helpdesk/approvals/")
    assert "Agreed to" in asker.words


def _the_person_looks(dora: Visitor, asker: Visitor) -> None:
    number = asker.page.locator("[data-number]").inner_text()
    dora.open()
    dora.follow("The helpdesk is calling me")
    assert len(dora.page.locator("[data-phrase]").inner_text().split()) == 4
    _fine(dora)
    dora.open("/who-is-calling/")
    dora.write(NUMBER, number)
    dora.press("Look it up")
    assert asker.somebody.username in dora.words
    _fine(dora)


def _the_boss_vouches(boss: Visitor, number: str) -> None:
    boss.open("/vouch/")
    boss.write(NUMBER, number)
    boss.press("Continue")
    _fine(boss)
    boss.press("I vouch for them")


def _the_second_agrees(second: Visitor) -> None:
    second.open("/helpdesk/approvals/")
    _fine(second)
    with second.page.expect_navigation():
        second.page.get_by_role("link", name="See the evidence").first.click()
    assert urlsplit(second.page.url).path.startswith("/helpdesk/approvals/")
    _fine(second)
    second.choose("I agree", "Your decision")
    second.press("Decide")
    assert "You agreed." in second.words

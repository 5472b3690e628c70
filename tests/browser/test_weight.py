"""What a page makes a browser load the first time: little, in few requests, from one host."""

import gzip

import pytest
from playwright.sync_api import Response

from tests.browser.conftest import SitDown, Visit
from tests.browser.visitor import Visitor
from tests.journeys.helpdesk_steps import sub_of
from tests.journeys.steps import APP, SMS

MOST_BYTES, MOST_REQUESTS = 60_000, 6
PAGES = (
    *("/", "/preference/", "/enrolment/totp/", "/enrolment/sms/", "/enrolment/passkeys/add/"),
    *("/activity/", "/activity/sessions/", "/activity/devices/", "/recovery/codes/"),
)


def weigh(visitor: Visitor, path: str) -> tuple[int, int]:
    """Bytes as they would be sent compressed, and requests, with nothing kept from before."""
    answers: list[Response] = []
    # Nothing of the page before is still on its way then.
    visitor.page.goto("about:blank")
    session = visitor.page.context.new_cdp_session(visitor.page)
    session.send("Network.clearBrowserCache")

    def note(answer: Response) -> None:
        answers.append(answer)

    visitor.page.on("response", note)
    visitor.open(path)
    visitor.page.wait_for_load_state("networkidle")
    visitor.page.remove_listener("response", note)
    return sum(len(gzip.compress(each.body())) for each in answers if each.ok), len(answers)


def too_much(visitor: Visitor, path: str) -> list[str]:
    size, requests = weigh(visitor, path)
    heavy = [f"{path}: {size} bytes"] if size > MOST_BYTES else []
    return heavy + ([f"{path}: {requests} requests"] if requests > MOST_REQUESTS else [])


def test_no_page_of_people_is_heavy(visit: Visit):
    """(WEB-01) from the sign-in page to the history, with an empty cache."""
    nora = visit({"app": True, "phone": True, "on": (APP, SMS)})
    found = too_much(nora, "/sign-in/")
    nora.sign_in()
    for path in PAGES:
        found += too_much(nora, path)
    assert found == []


def test_no_page_of_the_helpdesk_is_heavy(sit_down: SitDown):
    """(WEB-01) where they work all day."""
    senior = sit_down("helpdesk-seniors", at_work=True)
    ella = senior.people.make(app=True, on=(APP,))
    person = f"/helpdesk/people/{sub_of(senior.people, ella)}/"
    found = [each for path in ("/helpdesk/", person) for each in too_much(senior, path)]
    assert found == []


def test_what_is_too_much_is_found(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    """An empty list means something."""
    monkeypatch.setattr("tests.browser.test_weight.MOST_BYTES", 1000)
    monkeypatch.setattr("tests.browser.test_weight.MOST_REQUESTS", 1)
    assert len(too_much(visit(), "/sign-in/")) == 2

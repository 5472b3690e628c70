"""Codes that cannot be sent to many people: a banner names the other ways, and goes by itself."""

from typing import Any

import pytest

from accounts import undelivered
from accounts.models import Tally
from portal.settings import TROUBLE_PEOPLE
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import APP, EMAIL, SMS
from tests.people import People, fresh_number
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

TEXTS, MAILS = "Text messages do not arrive at present", "E-mails do not arrive at present"
PHONE = "/enrolment/contact/phone/"


def _ask(walker: Walker) -> Page:
    walker.open(PHONE)
    return walker.send("Send me a code", number=fresh_number(), country="")


def _failing(pool: People, people: int, *, times: int = 1) -> Walker:
    """So many people whose code could not be sent; the browser of the last one."""
    with pool.sandbox.trouble(
        "UpdateUserAttributes", "error", code="CodeDeliveryFailureException", times=99
    ):
        for _ in range(people):
            walker = Walker()
            walker.sign_in(pool.make())
            for _ in range(times):
                page = _ask(walker)
                assert "could not be sent" in page.text
    return walker


def _banner(page: Page) -> str:
    found = page.soup.select_one("[aria-labelledby=undelivered-title]")
    return " ".join(found.get_text(" ").split()) if found else ""


def test_many_people_see_what_works(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock, caplog: Any
):
    """On every page, the code page of a sign-in included; until none has failed for a while."""
    ella = pool.make(phone=True, app=True, on=(SMS, APP), preferred=SMS)
    last = _failing(pool, TROUBLE_PEOPLE - 1)
    clock.forward(seconds=11)
    assert not _banner(last.open("/"))
    _failing(pool, 1)
    assert "alarm" in caplog.text
    walker.open("/sign-in/")
    page = walker.send("Sign in", login=ella.username, password=ella.password)
    assert page.heading == "Enter the code"
    assert _banner(page).startswith(TEXTS)
    assert "use that: an authenticator app or an e-mail." in _banner(page)
    assert TEXTS in _banner(last.open("/"))
    clock.forward(minutes=14)
    _failing(pool, 1)
    clock.forward(minutes=14)
    assert TEXTS in _banner(walker.open("/sign-in/"))
    clock.forward(minutes=2)
    assert not _banner(walker.open("/sign-in/"))


def test_one_person_who_tries_often_is_not_many(walker: Walker, pool: People):
    """(LIM-01)"""
    _failing(pool, 1, times=TROUBLE_PEOPLE)
    assert not _banner(walker.open("/sign-in/"))
    assert not Tally.objects.filter(key__startswith="undelivered:", count__gt=1).exists()


@pytest.mark.usefixtures("by_srp")
def test_what_fails_at_sign_in_counts_too(walker: Walker, make_pool: MakePool, sandbox: Sandbox):
    """The refusal names the kind of message; where nothing else is offered, the page says whom."""
    pool = make_pool(mfa="OPTIONAL", offered=("email",))
    people = [pool.make(on=(EMAIL,), preferred=EMAIL) for _ in range(TROUBLE_PEOPLE)]
    with sandbox.trouble(
        "RespondToAuthChallenge", "error", code="InvalidEmailRoleAccessPolicyException", times=99
    ):
        for person in people:
            walker.open("/sign-in/")
            page = walker.send("Sign in", login=person.username, password=person.password)
    assert page.status >= 400
    page = walker.open("/sign-in/")
    assert _banner(page).startswith(MAILS)
    assert "ask the people who run your account" in _banner(page)


def test_a_choice_that_cannot_be_sent_leaves_the_others(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """It says so beside the choice, and another one goes on."""
    ella = pool.make(phone=True, app=True, on=(SMS, APP))
    walker.open("/sign-in/")
    walker.send("Sign in", login=ella.username, password=ella.password)
    code = "InvalidSmsRoleTrustRelationshipException"
    with sandbox.trouble("RespondToAuthChallenge", "error", code=code):
        page = walker.send("Continue", factor=SMS)
    assert page.errors == ["The code could not be sent. Choose another way, or try again later."]
    assert walker.send("Continue", factor=APP).heading == "Enter the code"


def test_it_can_be_switched_off(walker: Walker, pool: People, settings: Any):
    settings.TROUBLE_PEOPLE = 0
    _failing(pool, 2)
    assert not Tally.objects.filter(key__startswith="undelivered").exists()


@pytest.mark.parametrize(
    ("flow", "left"),
    [
        ("USER_AUTH", "an authenticator app or a passkey"),
        ("USER_SRP_AUTH", "an authenticator app"),
    ],
)
@pytest.mark.parametrize("medium", [SMS, EMAIL])
def test_the_way_that_fails_is_not_named(
    medium: str, flow: str, left: str, pool: People, settings: Any
):
    """Whichever it is; both at once are one sentence. A passkey where sign-in takes one."""
    settings.COGNITO_SIGN_IN_FLOW = flow
    names = {SMS: "SMS", EMAIL: "EMAIL"}
    for person in range(TROUBLE_PEOPLE):
        undelivered.note(names[medium], f"person-{person}")
    found = undelivered.banner()
    assert found is not None
    assert ("text message" in found.others) == (medium == EMAIL)
    for person in range(TROUBLE_PEOPLE):
        undelivered.note(names[SMS if medium == EMAIL else EMAIL], f"person-{person}")
    found = undelivered.banner()
    assert found is not None
    assert (found.title, found.others) == (undelivered.BOTH, left)

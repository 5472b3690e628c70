"""A passkey for this device, offered on the overview: to whom, beside what, and until when not.

Whether the browser can make one is its script's to find: `browser/test_passkey_sign_in.py`.
"""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts import freezes
from accounts.subjects import Subject
from portal.factors.models import Dismissal, EnrolledAuthenticator
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.embed_steps import framed, register
from tests.journeys.steps import APP, EMAIL, calls_counted, enrol_app
from tests.journeys.test_passkeys import ADD, FIRST, LIST, make
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("by_choice")


def is_offered(page: Page) -> bool:
    """Whether the page holds an offer; nobody sees it before a script takes `hidden` away."""
    assert page.heading == "How you sign in"
    offers = page.soup.select("[data-passkey-offer]")
    assert all(each.has_attr("hidden") for each in offers)
    return bool(offers)


@pytest.fixture
def ella(walker: Walker, pool: People) -> Somebody:
    """Signed in, with two methods that are on and no passkey."""
    somebody = pool.make(phone=True, app=True, on=(APP, EMAIL))
    walker.sign_in(somebody)
    return somebody


def test_it_leads_to_the_page_that_makes_one_and_is_gone_then(walker: Walker, ella: Somebody):
    page = walker.open("/")
    assert is_offered(page)
    [link] = page.soup.select("[data-passkey-offer] a")
    assert link["href"] == ADD
    make(walker)
    assert not is_offered(walker.open("/"))


@pytest.mark.parametrize(
    ("flow", "doors", "expected"),
    [
        ("USER_SRP_AUTH", ["password"], False),
        ("USER_PASSWORD_AUTH", ["password"], False),
        ("USER_SRP_AUTH", ["password", "managed"], True),
    ],
)
def test_nobody_is_offered_what_no_door_takes(
    walker: Walker, ella: Somebody, settings: Any, flow: str, doors: list[str], expected: bool
):
    """Sign-in would ask for the password all the same; the login pages of the pool would not."""
    assert is_offered(walker.open("/"))
    settings.COGNITO_SIGN_IN_FLOW, settings.DOORS = flow, doors
    assert is_offered(walker.open("/")) is expected


def test_it_costs_no_call(walker: Walker, ella: Somebody, sandbox: Sandbox):
    with calls_counted(sandbox) as calls:
        walker.open("/")
    assert calls == {"GetUser": 1, "GetUserAuthFactors": 1}


def test_not_now_is_remembered_in_this_browser_for_this_person(
    walker: Walker, second_walker: Walker, pool: People, ella: Somebody, clock: Clock
):
    """(SES-01) without a proof, for it changes nothing; and without a row about anybody."""
    clock.forward(minutes=6)
    walker.open("/")
    page = walker.send("Not now")
    assert page.url == "/"
    assert not is_offered(page)
    assert not Dismissal.objects.exists()
    walker.send("Sign out")
    assert not is_offered(walker.sign_in(ella))
    assert is_offered(second_walker.sign_in(ella))
    walker.send("Sign out")
    assert is_offered(walker.sign_in(pool.make(app=True, on=(APP,))))


def test_whoever_deletes_one_is_not_offered_another(walker: Walker, ella: Somebody):
    make(walker)
    walker.open(LIST)
    walker.open(walker.page.link("Delete"))
    walker.send("Delete it")
    assert not is_offered(walker.open("/"))


def test_first_a_second_step(walker: Walker, pool: People):
    """One thing at a time."""
    page = walker.sign_in(pool.make())
    assert "Add a second step" in page.text
    assert not is_offered(page)
    enrol_app(walker)
    assert is_offered(walker.open("/"))


def test_a_question_comes_first(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    enrol_app(walker)
    four_weeks_ago = timezone.now() - timedelta(days=28)
    EnrolledAuthenticator.objects.update(added_at=four_weeks_ago)
    assert not is_offered(walker.open("/"))
    assert is_offered(walker.send("Yes, it is"))


def test_what_was_changed_elsewhere_comes_first(walker: Walker, pool: People, ella: Somebody):
    walker.open("/preference/")
    walker.send("Save", preferred=APP)
    pool.prefer(ella, (APP, EMAIL), EMAIL)
    page = walker.open("/")
    assert "This is not as you chose it here" in page.text
    assert not is_offered(page)
    walker.send("Keep it as it is")
    page = walker.open("/")
    assert "Changed outside these pages" in page.text
    assert not is_offered(page)
    assert is_offered(walker.send("Yes, I know of it"))


def test_not_while_the_account_is_frozen(walker: Walker, pool: People, ella: Somebody):
    subject = Subject(pool.pool_id, pool.look(ella)["attributes"]["sub"])
    freezes.begin(subject, timedelta(hours=1), "not_me")
    assert not is_offered(walker.open("/"))
    freezes.lift(subject)
    assert is_offered(walker.open("/"))


def test_not_in_a_frame(walker: Walker, pool: People, settings: Any):
    settings.EMBED = True
    ravi = pool.make(app=True, on=(APP,))
    framed(walker, pool, register(pool), ravi)
    assert not is_offered(walker.page)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [("SINGLE_FACTOR", False), ("MULTI_FACTOR_WITH_USER_VERIFICATION", True)],
)
def test_only_where_sign_in_would_take_it(
    walker: Walker, make_pool: MakePool, counts: str, expected: bool
):
    passkeys = {
        "RelyingPartyId": "localhost",
        "UserVerification": "required",
        "FactorConfiguration": counts,
    }
    people = make_pool(first=FIRST, passkeys=passkeys)
    assert is_offered(walker.sign_in(people.make(app=True, on=(APP,)))) is expected


def test_a_pool_without_second_steps_offers_it_and_one_without_passkeys_does_not(
    walker: Walker, second_walker: Walker, make_pool: MakePool
):
    people = make_pool(mfa="OFF", offered=(), first=FIRST, passkeys={"RelyingPartyId": "localhost"})
    assert is_offered(walker.sign_in(people.make()))
    people = make_pool()
    assert not is_offered(second_walker.sign_in(people.make(app=True, on=(APP,))))

"""Passkeys where no way in of the portal takes one: no page says that sign-in asks for it.

How it is where one does: `test_passkeys.py`, `test_passkey_sign_in.py`.
"""

from typing import Any

import pytest

from tests.journeys.conftest import MakePool
from tests.journeys.steps import APP, states
from tests.journeys.test_passkeys import ADD, FIRST, LIST, make
from tests.people import People, Somebody
from tests.walker import Page, Walker

NOT_HERE = "Signing in here does not ask for passkeys."
ELSEWHERE = f"{NOT_HERE} Other apps of your account may."
NO_CHANGE = "This changes nothing about signing in here."
COUNTING = {
    "RelyingPartyId": "localhost",
    "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
}
FLOWS = ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"]


@pytest.fixture(autouse=True, params=FLOWS)
def by_password(request: Any, settings: Any) -> None:
    """A name and a password are proved at once, which leaves no room for a passkey."""
    settings.COGNITO_SIGN_IN_FLOW = request.param


@pytest.fixture
def ella(walker: Walker, pool: People) -> Somebody:
    """Signed in, with an app that is on, and a passkey used instead of a code."""
    somebody = pool.make(app=True, on=(APP,))
    walker.sign_in(somebody)
    make(walker)
    assert NO_CHANGE in walker.open(LIST).text
    walker.send("Use it instead of a code")
    return somebody


def promises(page: Page) -> bool:
    """Whether it says that one could sign in with a passkey here."""
    return "choose your passkey" in page.text or "take the place of" in page.text


def test_it_is_said_before_one_is_made_and_after(walker: Walker, pool: People):
    for page in (walker.sign_in(pool.make()), walker.open(LIST)):
        assert ELSEWHERE in page.text
    assert NOT_HERE in walker.open(ADD).text
    for page in (make(walker), walker.open(LIST), walker.open("/")):
        assert ELSEWHERE in page.text
        assert not promises(page)
    assert states(page)["Passkey"] == "off"


def test_the_switch_changes_nothing_about_the_next_sign_in(
    walker: Walker, second_walker: Walker, ella: Somebody
):
    """Contract 7: never after a password. So the code is asked for, and the app is still missed."""
    page = walker.open(LIST)
    assert "This is on." in page.text
    assert NO_CHANGE in page.text
    assert not promises(page)
    page = walker.open("/")
    assert states(page)["Passkey"] == "off"
    assert not promises(page)
    assert "Authenticator app is your only method." in page.text
    second_walker.open("/sign-in/")
    page = second_walker.send("Sign in", login=ella.username, password=ella.password)
    assert page.heading == "Enter the code"


def test_what_ends_with_the_last_one_ends_elsewhere(walker: Walker, ella: Somebody):
    walker.open(LIST)
    page = walker.open(walker.page.link("Delete"))
    assert "Other apps of your account may ask for a code again." in page.text
    assert "From then on we ask" not in page.text


def test_other_apps_are_not_named_where_the_pool_bars_them(walker: Walker, make_pool: MakePool):
    people = make_pool(first=FIRST, passkeys={"RelyingPartyId": "localhost"})
    walker.sign_in(people.make(app=True, on=(APP,)))
    for page in (walker.page, walker.open(LIST), make(walker), walker.open("/")):
        assert NOT_HERE in page.text
        assert ELSEWHERE not in page.text


def test_one_is_no_next_step(walker: Walker, make_pool: MakePool, settings: Any):
    """Nor is it anywhere, but where sign-in takes one."""
    people = make_pool(offered=("totp",), first=FIRST, passkeys=COUNTING)
    page = walker.sign_in(people.make(app=True, on=(APP,)))
    assert "Authenticator app is your only method." in page.text
    assert "Add a passkey" not in page.text
    settings.COGNITO_SIGN_IN_FLOW = "USER_AUTH"
    assert walker.open("/").link("Add a passkey").endswith(LIST)

"""The phone number and the e-mail address, changed for themselves: no method comes by it."""

from typing import Any

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.steps import APP, CONFIRM, EMAIL, OVERVIEW, SMS, notices
from tests.people import People, Somebody, fresh_number
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

SEND = "Send me a code"
PHONE, ADDRESS = "/enrolment/contact/phone/", "/enrolment/contact/address/"


def _ask_for(walker: Walker, place: str, value: str) -> Page:
    walker.open(place)
    typed = {"number": value, "country": ""} if place == PHONE else {"email": value}
    return walker.send(SEND, **typed)


def _facts(pool: People, somebody: Somebody) -> dict[str, Any]:
    look = pool.look(somebody)
    return {
        **{name: look["attributes"].get(name) for name in ("phone_number", "email")},
        "verified": look["attributes"].get("phone_number_verified"),
        "on": pool.on(somebody),
        "preferred": pool.preferred(somebody),
    }


def test_a_number_is_changed_and_no_method_by_it(walker: Walker, pool: People, sandbox: Sandbox):
    """(FAC-04, NOT-02, AUD-01) the old one lives until the new one is proved."""
    nora = pool.make(phone=True, app=True, on=(APP,))
    page = walker.sign_in(nora)
    page = walker.open(page.link("Your phone number"))
    assert "Nothing changes about how you sign in." in page.text
    new = fresh_number()
    page = _ask_for(walker, PHONE, new)
    assert page.heading == "Enter the code"
    before = _facts(pool, nora)
    assert before["phone_number"] == nora.phone
    page = walker.send("Confirm", code=sandbox.newest_code(new))
    assert "Your account has the new phone number." in page.text
    assert _facts(pool, nora) == {**before, "phone_number": new, "verified": "true"}
    rows = AuditRecord.objects.filter(event="phone_number_changed").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "done"]


def test_a_number_that_gets_codes_says_so_and_takes_them_along(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(FAC-04) said before the button; the next sign-in sends its code there."""
    rosa = pool.make(phone=True, on=(SMS, EMAIL), preferred=SMS)
    walker.sign_in(rosa, sandbox=sandbox)
    assert "Your sign-in codes go to the new number" in walker.open(PHONE).text
    new = fresh_number()
    _ask_for(walker, PHONE, new)
    walker.send("Confirm", code=sandbox.newest_code(new))
    assert (pool.on(rosa), pool.preferred(rosa)) == ({SMS, EMAIL}, SMS)
    walker.open("/")
    walker.send("Sign out")
    walker.open("/sign-in/")
    walker.send("Sign in", login=rosa.username, password=rosa.password)
    assert walker.send("Continue", code=sandbox.newest_code(new)).heading == OVERVIEW


def test_old_and_new_address_hear_of_the_change(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-02)"""
    nora = pool.make()
    walker.sign_in(nora)
    new = f"new-{nora.email}"
    assert "The old address is told." in walker.open(ADDRESS).text
    _ask_for(walker, ADDRESS, new)
    walker.send("Confirm", code=sandbox.newest_code(new))
    assert pool.look(nora)["attributes"]["email"] == new
    assert pool.on(nora) == set()
    deliver_notices()
    assert "e-mail address of your account was changed" in notices(sandbox, nora)[0]
    nora.email = new
    assert "e-mail address of your account was changed" in notices(sandbox, nora)[0]


def test_the_way_of_recovery_can_be_changed_too(
    walker: Walker, required_pool: People, sandbox: Sandbox
):
    """(contract 4.3, 4.5) a pool that replaces at once says so, and brings the old one back."""
    ravi = required_pool.make(app=True)
    walker.sign_in(ravi)
    page = walker.open(ADDRESS)
    assert "it takes the place of the old one" in page.text
    assert "If you forget your password, the new address is how you get back in." in page.text
    _ask_for(walker, ADDRESS, f"new-{ravi.email}")
    assert required_pool.look(ravi)["attributes"]["email"] == f"new-{ravi.email}"
    walker.send("Go back to")
    walker.send("Confirm", code=sandbox.newest_code(ravi.email))
    attributes = required_pool.look(ravi)["attributes"]
    assert (attributes["email"], attributes["email_verified"]) == (ravi.email, "true")


def test_a_number_that_would_take_a_method_away_says_so(
    walker: Walker, make_pool: Any, sandbox: Sandbox
):
    """(contract 4.5) the first confirmed number becomes the way of recovery, and no method."""
    pool = make_pool(recovery=("verified_phone_number", "verified_email"))
    maya = pool.make(phone=True, phone_verified=False, on=(SMS, EMAIL), preferred=EMAIL)
    walker.sign_in(maya, sandbox=sandbox)
    page = walker.open(PHONE)
    said = "Text message will not be asked for at sign-in any more"
    assert (said in page.text) == (pool.look(maya)["attributes"]["phone_number_verified"] != "true")


def test_a_change_left_half_way_changes_nothing(walker: Walker, pool: People, sandbox: Sandbox):
    """(FAC-05) and the set-up of a method beside it goes on by itself."""
    nora = pool.make()
    walker.sign_in(nora)
    before = _facts(pool, nora)
    _ask_for(walker, PHONE, fresh_number())
    assert _facts(pool, nora) == before
    assert "Start it again here." in walker.open("/enrolment/sms/code/").text
    assert walker.open(f"{PHONE}code/").heading == "Enter the code"


def test_a_change_of_contact_needs_a_proof(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(REA-01) the number that was typed is not lost by it."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open(PHONE)
    clock.forward(minutes=6)
    new = fresh_number()
    assert walker.send(SEND, country="", number=new).heading == CONFIRM
    assert walker.prove_again(nora).heading == "Enter the code"
    assert sandbox.newest_code(new)


@pytest.mark.parametrize("place", [PHONE, ADDRESS])
def test_it_works_where_the_method_is_not_offered(
    walker: Walker, make_pool: Any, sandbox: Sandbox, place: str
):
    """(FAC-07) a contact is no method."""
    pool = make_pool(offered=("totp",))
    nora = pool.make()
    walker.sign_in(nora)
    value = fresh_number() if place == PHONE else f"new-{nora.email}"
    assert _ask_for(walker, place, value).heading == "Enter the code"
    assert walker.send("Confirm", code=sandbox.newest_code(value)).heading == "Saved"
    assert pool.on(nora) == set()

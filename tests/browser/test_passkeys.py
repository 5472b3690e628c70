"""Passkeys in a real browser, with authenticators that agree, refuse, wait or are not there."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Route

from portal.enrolment.passkey.words import PROBLEMS
from tests.browser.authenticators import BUILT_IN, ON_A_CABLE, nobody_touches, plug_in
from tests.browser.conftest import Visit
from tests.browser.portal_process import Portal, running_portal
from tests.browser.visitor import KeyboardVisitor, Visitor
from tests.sandbox_process import Sandbox

LIST, ADD = "/enrolment/passkeys/", "/enrolment/passkeys/add/"
CREATE = "Create a passkey"


@pytest.fixture(scope="module")
def easy_portal(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """The portal of a pool that takes passkeys which check nobody, too."""
    admin = sandbox.admin()
    pool_id = admin.create_user_pool(
        PoolName="Easy",
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
    )["UserPool"]["Id"]
    admin.set_user_pool_mfa_config(
        UserPoolId=pool_id,
        MfaConfiguration="OFF",
        WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "preferred"},
    )
    client = admin.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="Portal",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    pool = pool_id.partition("_")[2]
    data = tmp_path_factory.mktemp("easy")
    with running_portal(sandbox, data, pool=pool, client_id=client) as running:
        yield running


def told(visitor: Visitor) -> str:
    """The name of the problem that the page shows, once it shows one, and its words."""
    place = visitor.page.locator("[data-passkey-problem]:visible")
    place.wait_for()
    name = place.get_attribute("data-passkey-problem") or ""
    assert PROBLEMS[name].title in place.inner_text()
    assert place.evaluate("place => place === document.activeElement")
    return name


def try_to_create(visitor: Visitor) -> str:
    visitor.open(ADD)
    visitor.button(CREATE).click()
    problem = told(visitor)
    assert visitor.button(CREATE).is_enabled() or problem == "unsupported"
    return problem


def create(visitor: Visitor) -> None:
    visitor.open(ADD)
    visitor.press(CREATE)
    assert visitor.heading == "Your passkey is ready"


SYNCHRONISED, ON_A_KEY = "Synchronised between your devices", "On a security key"


@pytest.mark.parametrize(
    ("kind", "where", "can_verify"),
    [
        (BUILT_IN, SYNCHRONISED, True),
        (BUILT_IN, SYNCHRONISED, False),
        (ON_A_CABLE, ON_A_KEY, True),
    ],
    ids=["platform", "platform-unverified", "roaming"],
)
def test_each_kind_of_passkey_is_made_named_and_deleted(
    visit: Visit, easy_portal: Portal, kind: dict[str, Any], where: str, can_verify: bool
):
    """(PKY-05) built in and on a cable, with and without a check of who holds it."""
    visitor = visit(at=easy_portal)
    visitor.sign_in()
    device = plug_in(visitor.page, kind, can_verify=can_verify)
    visitor.follow("Set up passkey")
    visitor.follow("Add a passkey")
    visitor.press(CREATE)
    assert visitor.heading == "Your passkey is ready"
    assert device.has() == 1
    visitor.write("Give it a name", "My own")
    visitor.press("Save the name")
    assert where in visitor.words
    visitor.follow("Delete My own")
    visitor.press("Delete it")
    assert "You have no passkey yet." in visitor.words


@pytest.mark.parametrize("kind", [BUILT_IN, ON_A_CABLE], ids=["platform", "roaming"])
def test_a_second_one_in_the_same_place_points_to_the_first(visit: Visit, kind: dict[str, Any]):
    """(PKY-05) already there."""
    visitor = visit()
    visitor.sign_in()
    plug_in(visitor.page, kind)
    create(visitor)
    visitor.write("Give it a name", "The first")
    visitor.press("Save the name")
    assert try_to_create(visitor) == "already"
    assert "The first" in visitor.page.locator("[data-passkey-problem]").inner_text()


def test_two_places_hold_two_passkeys(visit: Visit):
    visitor = visit()
    visitor.sign_in()
    first = plug_in(visitor.page, BUILT_IN)
    create(visitor)
    first.unplug()
    plug_in(visitor.page, ON_A_CABLE)
    create(visitor)
    visitor.open(LIST)
    assert visitor.page.locator("li.factor").count() == 2


def test_a_person_who_does_not_pass_the_check_may_try_again(visit: Visit):
    """(PKY-05) cancelled, or not agreed: browsers do not tell these apart."""
    visitor = visit()
    visitor.sign_in()
    stubborn = plug_in(visitor.page, BUILT_IN, agrees=False)
    assert try_to_create(visitor) == "cancelled"
    stubborn.unplug()
    plug_in(visitor.page, BUILT_IN)
    visitor.press(CREATE)
    assert visitor.heading == "Your passkey is ready"


@pytest.mark.parametrize("kind", [BUILT_IN, ON_A_CABLE], ids=["platform", "roaming"])
def test_a_device_that_cannot_check_who_holds_it(visit: Visit, kind: dict[str, Any]):
    """(PKY-05) the pool of the demo insists on the check."""
    visitor = visit()
    visitor.sign_in()
    plug_in(visitor.page, kind, can_verify=False)
    assert try_to_create(visitor) == "no_verification"
    assert "a fingerprint, a face or a PIN" in visitor.words


def test_a_security_key_without_a_pin(visit: Visit, easy_portal: Portal):
    """(PKY-05) Chromium keeps no passkey on one, whatever the pool asks, and does not say why."""
    visitor = visit(at=easy_portal)
    visitor.sign_in()
    plug_in(visitor.page, ON_A_CABLE, can_verify=False)
    assert try_to_create(visitor) == "cancelled"
    assert "choose another place" in visitor.words


def shorten(visitor: Visitor, milliseconds: int) -> None:
    change(visitor, timeout=milliseconds)


def change(visitor: Visitor, **members: Any) -> None:
    """Let the options reach the script otherwise than the portal sent them."""

    def answer(route: Route) -> None:
        reply = route.fetch()
        body = reply.json()
        body["data"]["options"].update(members)
        route.fulfill(response=reply, body=json.dumps(body))

    visitor.page.route("**/add/options/", answer)


def test_a_device_that_nobody_touches(visit: Visit):
    """(PKY-05) the wait ends by itself, and says so."""
    visitor = visit()
    visitor.sign_in()
    nobody_touches(plug_in(visitor.page, ON_A_CABLE))
    shorten(visitor, 500)
    assert try_to_create(visitor) == "timed_out"


@pytest.mark.parametrize(("code", "left"), [("PASSKEY_REFUSED", 0), ("UNCLEAR", 1)])
def test_a_refused_passkey_does_not_stay_on_the_device(visit: Visit, code: str, left: int):
    """(PKY-02, PKY-05) one that the account may hold all the same does."""
    visitor = visit()
    visitor.sign_in()
    device = plug_in(visitor.page, BUILT_IN)
    body = json.dumps({"success": False, "error": {"code": code, "message": "No."}})
    visitor.page.route(
        "**/add/finish/", lambda route: route.fulfill(body=body, content_type="application/json")
    )
    assert try_to_create(visitor) == code.lower()
    assert device.has() == left


def test_a_site_that_is_not_the_accounts_own(visit: Visit):
    """(PKY-05) the browser refuses by itself."""
    visitor = visit()
    visitor.sign_in()
    plug_in(visitor.page, BUILT_IN)
    change(visitor, rp={"id": "example.com", "name": "example.com"})
    assert try_to_create(visitor) == "wrong_site"


def test_a_browser_without_passkeys(visit: Visit):
    """(PKY-05) said before anything is pressed, with a way on."""
    visitor = visit()
    visitor.sign_in()
    visitor.page.add_init_script("delete window.PublicKeyCredential")
    visitor.open(ADD)
    assert told(visitor) == "unsupported"
    assert not visitor.button(CREATE).is_visible()
    visitor.follow("Your passkeys")


def test_a_browser_that_is_some_years_old(visit: Visit):
    """(PKY-05) one without the platform's own conversion from and to JSON."""
    visitor = visit()
    visitor.sign_in()
    visitor.page.add_init_script(
        "delete PublicKeyCredential.parseCreationOptionsFromJSON;"
        "delete PublicKeyCredential.prototype.toJSON;"
    )
    plug_in(visitor.page, ON_A_CABLE)
    create(visitor)
    assert try_to_create(visitor) == "already"


def test_without_script_the_page_says_what_it_needs(visit: Visit):
    """(PKY-05) and everything else of the room works."""
    visitor = visit(java_script_enabled=False)
    visitor.sign_in()
    visitor.open(ADD)
    assert "This needs JavaScript" in visitor.words
    assert not visitor.button(CREATE).is_visible()
    visitor.follow("Your passkeys")
    assert visitor.heading == "Your passkeys"


def test_all_of_it_by_keyboard(visit: Visit):
    """A11-04: reached by Tab, and the focus is seen on every stop."""
    visitor = visit(kind=KeyboardVisitor)
    visitor.sign_in()
    plug_in(visitor.page, BUILT_IN)
    visitor.follow("Set up passkey")
    visitor.follow("Add a passkey")
    visitor.press(CREATE)
    visitor.write("Give it a name", "Typed")
    visitor.press("Save the name")
    visitor.follow("Delete Typed")
    visitor.press("Delete it")
    assert "You have no passkey yet." in visitor.words

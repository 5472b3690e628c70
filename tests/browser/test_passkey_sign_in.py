"""Signing in with a passkey in a real browser, each way in which that does not happen, and the
offer of one.
"""

from collections.abc import Iterator
from typing import Any

import pytest

from accounts.doors.passkey import PROBLEMS
from tests.browser.authenticators import BUILT_IN, ON_A_CABLE, nobody_touches, plug_in
from tests.browser.conftest import Visit
from tests.browser.measure import PHONE, WIDE, problems_of
from tests.browser.portal_process import Portal, running_portal
from tests.browser.readings import compare, names_of, reading_of
from tests.browser.visitor import KeyboardVisitor, Visitor
from tests.marked_words import unmarked
from tests.sandbox_process import Sandbox

USE, CREATE = "Use my passkey", "Create a passkey"
ADD = "/enrolment/passkeys/add/"
OFFER = "Sign in with this device next time?"

# How what one can do instead looks, and where its words begin.
LOOKS = """() => [...document.querySelectorAll('main .other-ways :is(a, button)')].map((each) => {
  const { fontSize, fontWeight, color, textDecorationLine, borderTopColor, backgroundColor }
    = getComputedStyle(each);
  const words = document.createRange();
  words.selectNodeContents(each);
  const { height } = each.getBoundingClientRect();
  return [fontSize, fontWeight, color, textDecorationLine, borderTopColor, backgroundColor,
    Math.round(words.getBoundingClientRect().left), Math.round(height)].join(' ');
})"""
# Whatever else can be pressed on such a page: the one plain button, and nothing beside.
ELSEWHERE = """() => [...document.querySelectorAll('main :is(a[href], button)')]
  .filter((each) => each.checkVisibility() && !each.closest('.other-ways, .skip-link'))
  .map((each) => each.textContent.trim())"""


@pytest.fixture(scope="module")
def passkey_portal(
    chromium: str, sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """The portal of a pool where a name comes first, and a passkey or the password then."""
    admin = sandbox.admin()
    pool_id = admin.create_user_pool(
        PoolName="Passkeys first",
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}},
    )["UserPool"]["Id"]
    admin.set_user_pool_mfa_config(
        UserPoolId=pool_id,
        MfaConfiguration="OFF",
        WebAuthnConfiguration={"RelyingPartyId": "localhost", "UserVerification": "required"},
    )
    client = admin.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="Portal",
        ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]["ClientId"]
    data = tmp_path_factory.mktemp("passkeys-first")
    flow = {"COGNITO_SIGN_IN_FLOW": "USER_AUTH"}
    pool = pool_id.partition("_")[2]
    with running_portal(sandbox, data, pool=pool, client_id=client, **flow) as running:
        yield running


def with_passkey(visitor: Visitor) -> None:
    """Sign in by password, add a passkey, sign out."""
    visitor.sign_in()
    visitor.open(ADD)
    visitor.press(CREATE)
    assert visitor.heading == "Your passkey is ready"
    visitor.sign_out()


def give_name(visitor: Visitor) -> None:
    visitor.open("/")
    visitor.write("Username", visitor.somebody.username)
    visitor.press("Continue")


def to_the_passkey(visitor: Visitor) -> None:
    give_name(visitor)
    visitor.choose("My passkey", "Choose how")
    visitor.press("Continue")
    assert visitor.heading == "Use your passkey"


def told(visitor: Visitor) -> str:
    place = visitor.page.locator("[data-passkey-problem]:visible")
    place.wait_for()
    name = place.get_attribute("data-passkey-problem") or ""
    assert PROBLEMS[name][0] in place.inner_text()
    assert place.evaluate("place => place === document.activeElement")
    return name


@pytest.mark.parametrize("kind", [BUILT_IN, ON_A_CABLE], ids=["built in", "on a cable"])
@pytest.mark.parametrize("person", [Visitor, KeyboardVisitor], ids=["mouse", "keyboard"])
def test_a_passkey_opens_the_door(
    visit: Visit, passkey_portal: Portal, kind: dict[str, object], person: type[Visitor]
):
    """PKY-02, A11-08: without any password, and remembered as the way of this browser."""
    nora = visit(at=passkey_portal, kind=person)
    plug_in(nora.page, kind)
    with_passkey(nora)
    to_the_passkey(nora)
    nora.press(USE)
    assert nora.heading == "How you sign in"
    nora.sign_out()
    give_name(nora)
    assert nora.heading == "Use your passkey"


def test_a_cancelled_check_says_so_and_can_be_tried_again(visit: Visit, passkey_portal: Portal):
    """PKY-05."""
    nora = visit(at=passkey_portal)
    device = plug_in(nora.page, BUILT_IN)
    with_passkey(nora)
    to_the_passkey(nora)
    devices = {"authenticatorId": device.id}
    device.devtools.send("WebAuthn.setUserVerified", {**devices, "isUserVerified": False})
    nora.button(USE).click()
    assert told(nora) == "cancelled"
    device.devtools.send("WebAuthn.setUserVerified", {**devices, "isUserVerified": True})
    nora.press(USE)
    assert nora.heading == "How you sign in"


def test_a_device_that_nobody_touches_times_out(visit: Visit, passkey_portal: Portal):
    """PKY-05: after the time that the pool gives, here shortened on the page."""
    nora = visit(at=passkey_portal)
    device = plug_in(nora.page, BUILT_IN)
    with_passkey(nora)
    to_the_passkey(nora)
    nobody_touches(device)
    nora.page.evaluate(
        """() => {
            const form = document.querySelector("form[data-passkey-sign-in]");
            const options = { ...JSON.parse(form.dataset.options), timeout: 300 };
            form.dataset.options = JSON.stringify(options);
        }"""
    )
    nora.button(USE).click()
    assert told(nora) in {"timed_out", "cancelled"}


def test_a_browser_that_has_none_of_it_offers_another_way(visit: Visit, passkey_portal: Portal):
    """PKY-05, WEB-17: an old browser, and one without script."""
    nora = visit(at=passkey_portal)
    plug_in(nora.page, BUILT_IN)
    with_passkey(nora)
    nora.page.add_init_script("delete window.PublicKeyCredential")
    to_the_passkey(nora)
    assert told(nora) == "unsupported"
    nora.press("Use another way")
    nora.choose("My password", "Choose how")
    nora.press("Continue")
    nora.write("Password", nora.somebody.password)
    nora.press("Sign in")
    assert nora.heading == "How you sign in"


def to_the_password(visitor: Visitor) -> None:
    give_name(visitor)
    visitor.choose("My password", "Choose how")
    visitor.press("Continue")


def test_a_browser_offers_the_passkey_where_it_offers_passwords(
    visit: Visit, passkey_portal: Portal
):
    """PKY-01, A11-02: by autofill of the password's field. Chromium's pretended person takes the
    offer as soon as the page waits for it, so nothing is pressed here.
    """
    nora = visit(at=passkey_portal)
    device = plug_in(nora.page, BUILT_IN)
    with_passkey(nora)
    signatures = device.signatures()
    to_the_password(nora)
    nora.page.wait_for_url(f"{passkey_portal.url}/")
    assert nora.heading == "How you sign in"
    assert device.signatures() == signatures + 1
    nora.sign_out()
    give_name(nora)
    assert nora.heading == "Use your passkey"


def test_whoever_does_not_take_the_offer_types_the_password(visit: Visit, passkey_portal: Portal):
    """PKY-05: the field waits for both; the link leads to the page that asks for the passkey."""
    nora = visit(at=passkey_portal)
    device = plug_in(nora.page, BUILT_IN)
    with_passkey(nora)
    nobody_touches(device)
    to_the_password(nora)
    assert nora.heading == "Enter your password"
    field = nora.page.get_by_label("Password")
    assert field.get_attribute("autocomplete") == "current-password webauthn"
    nora.write("Password", nora.somebody.password)
    nora.press("Sign in")
    assert nora.heading == "How you sign in"
    nora.sign_out()
    give_name(nora)  # this browser remembers the way
    touched = {"authenticatorId": device.id, "enabled": True}
    nora.page.get_by_role("link", name="Use my passkey instead").click()
    device.devtools.send("WebAuthn.setAutomaticPresenceSimulation", touched)
    nora.press(USE)
    assert nora.heading == "How you sign in"


def test_whatever_else_one_can_do_has_one_look(visit: Visit, passkey_portal: Portal):
    """On the password's page, on a phone and on a desk: links and buttons cannot be told apart."""
    nora = visit(at=passkey_portal)
    device = plug_in(nora.page, BUILT_IN)
    with_passkey(nora)
    nobody_touches(device)
    to_the_password(nora)
    for screen in (PHONE, WIDE):
        nora.page.set_viewport_size(screen)
        looks = nora.page.evaluate(LOOKS)
        assert len(looks) == 4
        assert len(set(looks)) == 1, looks
        assert [unmarked(each) for each in nora.page.evaluate(ELSEWHERE)] == ["Sign in"]


@pytest.fixture
def nora(visit: Visit, passkey_portal: Portal) -> Visitor:
    """Signed in by password; no passkey yet."""
    visitor = visit(at=passkey_portal, viewport=WIDE)
    visitor.sign_in()
    return visitor


def has_offer(visitor: Visitor) -> bool:
    """Whether the overview shows it, once the browser has said what it can."""
    assert visitor.heading == "How you sign in"
    page = visitor.page
    page.evaluate("PublicKeyCredential?.isUserVerifyingPlatformAuthenticatorAvailable()")
    return page.get_by_role("heading", name=OFFER).is_visible()


def test_a_device_that_can_make_one_is_offered_it(nora: Visitor):
    """PKY-05: the focus stays where it was; once it is made, the offer is gone."""
    device = plug_in(nora.page, BUILT_IN)
    nora.open()
    assert has_offer(nora)
    assert nora.page.evaluate("document.activeElement === document.body")
    nora.follow("Add a passkey")
    assert nora.path == ADD
    nora.press(CREATE)
    assert nora.heading == "Your passkey is ready"
    assert device.has() == 1
    nora.open()
    assert not has_offer(nora)


def test_the_offer_is_for_everybody(nora: Visitor):
    """A11-01, A11-03, A11-06: as of every page of a walk."""
    plug_in(nora.page, BUILT_IN)
    nora.open()
    assert has_offer(nora)
    reading = reading_of(nora.page, "overview-passkey-offered", names_of(nora.somebody))
    assert list(problems_of(nora.page)) == []
    compare("a_passkey_offered", [reading])


def test_not_now_holds_beyond_the_next_sign_in(nora: Visitor):
    plug_in(nora.page, BUILT_IN)
    nora.open()
    assert has_offer(nora)
    nora.press("Not now")
    assert not has_offer(nora)
    nora.sign_out()
    nora.sign_in()
    assert not has_offer(nora)


@pytest.mark.parametrize(
    ("kind", "can_verify"),
    [(BUILT_IN, False), (ON_A_CABLE, True)],
    ids=["without a check", "on a cable"],
)
def test_a_device_that_cannot_make_one_is_offered_none(
    nora: Visitor, kind: dict[str, Any], can_verify: bool
):
    plug_in(nora.page, kind, can_verify=can_verify)
    nora.open()
    assert not has_offer(nora)
    assert nora.page.locator("[data-passkey-offer]").count() == 1


@pytest.mark.parametrize(
    "script",
    [
        "window.PublicKeyCredential = undefined",
        "PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable = undefined",
        "PublicKeyCredential.isUserVerifyingPlatformAuthenticatorAvailable ="
        " () => Promise.reject(new Error('no'))",
    ],
    ids=["no passkeys", "cannot say", "an error"],
)
def test_a_browser_that_cannot_say_shows_no_offer_and_no_error(nora: Visitor, script: str):
    plug_in(nora.page, BUILT_IN)
    nora.page.add_init_script(script)
    nora.open()
    nora.page.wait_for_load_state("networkidle")
    assert nora.page.locator("[data-passkey-offer][hidden]").count() == 1

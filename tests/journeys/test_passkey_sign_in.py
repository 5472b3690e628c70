"""Signing in with a passkey in place of a password."""

import json
from typing import Any

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import APP, CONFIRM, OVERVIEW, calls_counted
from tests.people import People, Somebody
from tests.sandbox.authenticator import Authenticator
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

PAGE = "Use your passkey"
NOT_TAKEN = "That passkey was not accepted."


@pytest.fixture
def make_people(make_pool: MakePool, settings: Any) -> Any:
    def make(**described: Any) -> People:
        settings.COGNITO_SIGN_IN_FLOW = "USER_AUTH"
        return make_pool(
            first=("PASSWORD", "EMAIL_OTP", "WEB_AUTHN"),
            passkeys={"RelyingPartyId": "localhost", "UserVerification": "preferred"},
            **described,
        )

    return make


@pytest.fixture
def people(make_people: Any) -> People:
    made: People = make_people()
    return made


def give_passkey(people: People, somebody: Somebody) -> Authenticator:
    """Register one as any client would."""
    return register_passkey(people, people.access_token(somebody))


def register_passkey(people: People, token: str) -> Authenticator:
    device = Authenticator(origin="http://localhost")
    asked = people.admin.start_web_authn_registration(AccessToken=token)
    credential = device.create(asked["CredentialCreationOptions"])
    people.admin.complete_web_authn_registration(AccessToken=token, Credential=credential)
    return device


def name(walker: Walker, somebody: Somebody) -> Page:
    walker.open("/sign-in/?next=/preference/")
    return walker.send("Continue", login=somebody.username)


def choose_passkey(walker: Walker, somebody: Somebody) -> Page:
    name(walker, somebody)
    return walker.send("Continue", way="WEB_AUTHN")


def asked(page: Page) -> dict[str, Any]:
    """What the page's script is given for the browser."""
    form = page.soup.select_one("form[data-passkey-sign-in]")
    assert form is not None, page.heading
    options: dict[str, Any] = json.loads(str(form["data-options"]))
    return options


def signed(walker: Walker, device: Authenticator) -> Page:
    """What the script does with the browser's answer."""
    credential = device.get(asked(walker.page))
    return walker.send("Use my passkey", credential=json.dumps(credential))


def test_a_passkey_is_offered_first_and_opens_the_door(
    walker: Walker, people: People, sandbox: Sandbox
):
    """PKY-02: to where one was going, and a proof that allows changes."""
    nora = people.make()
    device = give_passkey(people, nora)
    page = name(walker, nora)
    ways = [str(each["value"]) for each in page.soup.find_all("input", attrs={"name": "way"})]
    assert ways == ["WEB_AUTHN", "PASSWORD", "EMAIL_OTP"]
    page = walker.send("Continue", way="WEB_AUTHN")
    assert (page.url, page.heading) == ("/sign-in/passkey/", PAGE)
    assert "no-store" in page.headers["Cache-Control"]
    with calls_counted(sandbox) as calls:
        page = signed(walker, device)
    assert calls["RespondToAuthChallenge"] == 1
    assert page.url == "/preference/"
    assert AuditRecord.objects.filter(event="signed_in", outcome="done").count() == 1


def test_this_browser_remembers_the_way_and_not_who(walker: Walker, people: People):
    nora, tom = people.make(), people.make()
    device = give_passkey(people, nora)
    choose_passkey(walker, nora)
    signed(walker, device)
    walker.open("/")
    walker.send("Sign out")
    assert name(walker, nora).heading == PAGE
    walker.send("Use another username")
    assert name(walker, tom).heading != PAGE


def test_another_persons_passkey_opens_nothing(walker: Walker, people: People):
    """PKY-02, OTP-17: and says no more than that it was not accepted."""
    nora, tom = people.make(), people.make()
    give_passkey(people, nora)
    theirs = give_passkey(people, tom)
    choose_passkey(walker, nora)
    own = {**asked(walker.page), "allowCredentials": [{"id": next(iter(theirs.keys))}]}
    page = walker.send("Use my passkey", credential=json.dumps(theirs.get(own)))
    assert page.status == 422
    assert page.errors[0].startswith(NOT_TAKEN)
    assert page.heading == PAGE


def test_an_answer_to_another_question_opens_nothing(
    walker: Walker, second_walker: Walker, people: People
):
    """PKY-01: the challenge serves one ceremony; a finished one cannot be sent again."""
    nora = people.make()
    device = give_passkey(people, nora)
    choose_passkey(walker, nora)
    credential = json.dumps(device.get(asked(walker.page)))
    assert walker.send("Use my passkey", credential=credential).url == "/preference/"
    choose_passkey(second_walker, nora)
    page = second_walker.send("Use my passkey", credential=credential)
    assert page.errors[0].startswith(NOT_TAKEN)


@pytest.mark.parametrize(
    "given", ["", "x", "[]", "7", "null", "{}", '{"id": "x"}', '{"id": null, "response": []}']
)
def test_nonsense_is_no_answer_of_a_passkey(walker: Walker, people: People, given: str):
    """INP-06: the question stays open."""
    nora = people.make()
    device = give_passkey(people, nora)
    choose_passkey(walker, nora)
    page = walker.send("Use my passkey", credential=given)
    assert page.status == 422
    assert page.heading == PAGE
    assert signed(walker, device).url == "/preference/"


def test_a_passkey_of_another_site_opens_nothing(walker: Walker, people: People):
    """PKY-02."""
    nora = people.make()
    device = give_passkey(people, nora)
    device.origin = "https://evil.example"
    choose_passkey(walker, nora)
    assert signed(walker, device).errors[0].startswith(NOT_TAKEN)


def test_a_passkey_that_was_used_in_a_strange_frame_opens_nothing(
    walker: Walker, people: People, sandbox: Sandbox
):
    """PKY-06: the pool is not even asked."""
    nora = people.make()
    device = give_passkey(people, nora)
    device.framed_by = "https://evil.example"
    choose_passkey(walker, nora)
    with calls_counted(sandbox) as calls:
        assert signed(walker, device).errors[0].startswith(NOT_TAKEN)
    assert not calls
    device.framed_by = ""
    assert signed(walker, device).url == "/preference/"


def test_a_second_step_follows_where_the_pool_wants_one(walker: Walker, people: People):
    """Contract 5.4: a passkey alone is one factor, unless the pool says that it is two."""
    tom = people.make(app=True)
    device = give_passkey(people, tom)
    people.prefer(tom, (APP,), APP)
    page = name(walker, tom)
    offered = [str(each["value"]) for each in page.soup.find_all("input", attrs={"name": "way"})]
    if "WEB_AUTHN" not in offered:
        return  # row D26: not even offered while another second step is on
    walker.send("Continue", way="WEB_AUTHN")
    assert signed(walker, device).heading != OVERVIEW


def test_another_way_is_always_there(walker: Walker, people: People):
    """PKY-05, WEB-17: without a script too."""
    nora = people.make()
    give_passkey(people, nora)
    page = choose_passkey(walker, nora)
    assert "This needs JavaScript" in page.text
    page = walker.send("Use another way")
    assert page.url == "/sign-in/ways/"
    walker.send("Continue", way="PASSWORD")
    assert walker.send("Sign in", password=nora.password).url == "/preference/"


def test_a_disabled_person_is_refused_in_the_middle(walker: Walker, people: People):
    """AUZ-08."""
    nora = people.make()
    device = give_passkey(people, nora)
    choose_passkey(walker, nora)
    people.admin.admin_disable_user(UserPoolId=people.pool_id, Username=nora.username)
    assert signed(walker, device).heading in {PAGE, "Sign in"}
    assert walker.open("/").heading != OVERVIEW


def test_a_question_that_waited_too_long_begins_again(walker: Walker, people: People, clock: Clock):
    nora = people.make()
    device = give_passkey(people, nora)
    choose_passkey(walker, nora)
    page = walker.page
    clock.forward(minutes=16)
    walker.page = page
    assert signed(walker, device).heading != OVERVIEW
    assert walker.open("/").heading == "Sign in"


def test_proving_again_asks_for_the_password_where_there_is_one(
    walker: Walker, people: People, clock: Clock
):
    """REA-03."""
    nora = people.make()
    device = give_passkey(people, nora)
    choose_passkey(walker, nora)
    signed(walker, device)
    clock.forward(minutes=6)
    assert walker.open("/preference/").heading == CONFIRM


# --- beside the password ----------------------------------------------------------------------


def to_password(walker: Walker, somebody: Somebody) -> Page:
    name(walker, somebody)
    return walker.send("Continue", way="PASSWORD")


def offered(page: Page) -> dict[str, Any]:
    """What the browser may fill in at the field of the password."""
    form = page.soup.select_one("form[data-passkey-autofill]")
    assert form is not None, page.heading
    assert form["action"] == "/sign-in/passkey/"
    options: dict[str, Any] = json.loads(str(form["data-options"]))
    return options


def test_a_passkey_may_be_filled_in_where_the_password_is_asked(
    walker: Walker, people: People, sandbox: Sandbox
):
    """PKY-01: signed is the pool's own question of this sign-in, and no other."""
    nora = people.make()
    device = give_passkey(people, nora)
    page = to_password(walker, nora)
    field = page.soup.find("input", attrs={"name": "password"})
    assert field is not None
    assert field["autocomplete"] == "current-password webauthn"  # type: ignore[index]
    other = Walker()
    options = offered(to_password(other, nora))
    assert options["challenge"] != offered(page)["challenge"]
    stale = json.dumps(device.get(options))
    refused = walker.post("/sign-in/passkey/", {"credential": stale})
    assert refused.errors[0].startswith(NOT_TAKEN)
    assert asked(refused) == offered(page)
    with calls_counted(sandbox) as calls:
        assert signed(walker, device).url == "/preference/"
    assert calls["RespondToAuthChallenge"] == 1
    walker.open("/")
    walker.send("Sign out")
    assert name(walker, nora).heading == PAGE


def test_the_password_is_taken_all_the_same(walker: Walker, people: People):
    """PKY-05: also after the page of the passkey was opened, and after a wrong one."""
    nora = people.make()
    give_passkey(people, nora)
    page = to_password(walker, nora)
    assert walker.open(page.link("Use my passkey instead")).heading == PAGE
    walker.open("/sign-in/password/")
    assert walker.send("Sign in", password="Not-The-Password-1").heading == "Enter your password"
    assert walker.send("Sign in", password=nora.password).url == "/preference/"


def test_whoever_has_no_passkey_is_offered_none(walker: Walker, people: People, sandbox: Sandbox):
    """And the pool is not asked for one."""
    name(walker, people.make())
    with calls_counted(sandbox) as calls:
        page = walker.send("Continue", way="PASSWORD")
    assert not calls
    assert "webauthn" not in page.html
    assert "passkey" not in page.html
    assert walker.open("/sign-in/passkey/").url == "/sign-in/password/"


def test_nobody_may_seem_to_have_a_passkey(people: People):
    """OTP-17: the pool pretends for some names that nobody has, and the page is the same."""
    somebody, walker = people.make(), Walker()
    device = give_passkey(people, somebody)
    for number in range(40):
        walker = Walker()
        walker.open("/sign-in/")
        walker.send("Continue", login=f"nobody-{number}")
        if "My passkey" in walker.page.text:
            break
    page = walker.send("Continue", way="PASSWORD")
    mine = {**offered(page), "allowCredentials": [{"id": next(iter(device.keys))}]}
    refused = walker.post("/sign-in/passkey/", {"credential": json.dumps(device.get(mine))})
    assert refused.errors[0].startswith(NOT_TAKEN)
    # But for the name, which is shown as it was typed.
    known = to_password(Walker(), somebody).text.replace(somebody.username, "")
    assert known == page.text.replace(f"nobody-{number}", "")


def test_a_pool_that_does_not_answer_leaves_the_password(
    walker: Walker, people: People, sandbox: Sandbox
):
    """RES-04: what is only an offer stops nobody."""
    nora = people.make()
    give_passkey(people, nora)
    name(walker, nora)
    with sandbox.trouble("RespondToAuthChallenge", "throttle"):
        page = walker.send("Continue", way="PASSWORD")
    assert "webauthn" not in page.html
    assert walker.send("Sign in", password=nora.password).url == "/preference/"

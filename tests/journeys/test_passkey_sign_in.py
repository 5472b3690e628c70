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
    device = Authenticator(origin="http://localhost")
    token = people.access_token(somebody)
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

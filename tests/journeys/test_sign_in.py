"""Signing in: every state of a person, every question Cognito asks."""

from typing import Any

import pytest

from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import ALL, APP, EMAIL, OVERVIEW, SMS, sentence, states
from tests.people import App, People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("by_srp")

NEW_PASSWORD = "Another-Ferry-52"
SHORT_LIFE = "The code works for a few minutes."


def test_a_password_alone_lets_in_where_nothing_is_set_up(walker: Walker, pool: People):
    page = walker.sign_in(pool.make())
    assert page.heading == OVERVIEW
    assert sentence(page) == "Your password alone will let you in."


def test_an_app_is_asked_for_where_it_is_on(walker: Walker, pool: People):
    tom = pool.make(app=True, on=(APP,))
    walker.open("/sign-in/")
    page = walker.send("Sign in", login=tom.username, password=tom.password)
    assert (page.url, page.heading) == ("/sign-in/code/", "Enter the code")
    assert "Open your authenticator app" in page.text
    assert SHORT_LIFE not in page.text
    assert tom.app
    assert walker.send("Continue", code=tom.app.code()).heading == OVERVIEW


def test_the_code_page_names_the_app_by_its_day(walker: Walker, pool: People):
    """Cognito keeps the name an app was verified with, and gives it back with its question."""
    tom = pool.make(app=True, on=(APP,))
    token = pool.access_token(tom)
    secret = pool.admin.associate_software_token(AccessToken=token)["SecretCode"]
    tom.app = App(secret)
    pool.admin.verify_software_token(
        AccessToken=token, UserCode=tom.app.code(), FriendlyDeviceName="added 3 May 2026"
    )
    walker.open("/sign-in/")
    page = walker.send("Sign in", login=tom.username, password=tom.password)
    assert "Open your authenticator app (added 3 May 2026)" in page.text


def test_several_and_none_preferred_asks_which(walker: Walker, pool: People, sandbox: Sandbox):
    maria = pool.make(phone=True, on=(SMS, EMAIL))
    walker.open("/sign-in/")
    page = walker.send("Sign in", login=maria.username, password=maria.password)
    assert page.url == "/sign-in/choose/"
    assert _offered(page.soup) == {SMS: "A code by text message", EMAIL: "A code by e-mail"}
    page = walker.send("Continue", factor=SMS)
    assert f"We sent a text message to ••• {maria.phone[-4:]}" in page.text
    assert maria.phone not in page.html
    assert SHORT_LIFE in page.text
    assert walker.send("Continue", code=sandbox.newest_code(maria.phone)).heading == OVERVIEW


def test_a_choice_must_be_one_of_the_page(walker: Walker, pool: People):
    maria = pool.make(phone=True, on=(SMS, EMAIL))
    walker.open("/sign-in/")
    walker.send("Sign in", login=maria.username, password=maria.password)
    assert walker.send("Continue", factor=None).errors == ["Choose one of the ways."]
    page = walker.send("Continue", factor=APP)
    assert (page.status, page.errors) == (422, ["Choose one of the ways on this page."])


def test_the_preferred_one_is_asked_for(walker: Walker, pool: People, sandbox: Sandbox):
    ella = pool.make(phone=True, app=True, on=ALL, preferred=EMAIL)
    walker.open("/sign-in/")
    page = walker.send("Sign in", login=ella.username, password=ella.password)
    assert "We sent an e-mail to p•••@e•••" in page.text
    assert ella.email not in page.html
    assert walker.send("Continue", code=sandbox.newest_code(ella.email)).heading == OVERVIEW


def test_a_first_password_must_be_replaced(walker: Walker, pool: People, second_walker: Walker):
    paul = pool.make(temporary=True)
    walker.open("/sign-in/?next=/preference/")
    page = walker.send("Sign in", login=paul.username, password=paul.password)
    assert page.heading == "Choose a new password"
    page = walker.send("Save", new_password="short")
    assert (page.status, page.url) == (422, "/sign-in/new-password/")
    assert page.errors[0].startswith("This password is not enough yet. It needs 8 characters")
    assert 'value="short"' not in page.html
    assert walker.send("Save", new_password="").errors == ["Enter your new password."]
    assert walker.send("Save", new_password=NEW_PASSWORD).url == "/preference/"
    assert pool.look(paul)["UserStatus"] == "CONFIRMED"
    assert second_walker.sign_in(paul).status == 422
    paul.password = NEW_PASSWORD
    assert second_walker.sign_in(paul).heading == OVERVIEW


def test_an_unconfirmed_phone_is_not_asked_for(walker: Walker, pool: People):
    page = walker.sign_in(pool.make(phone=True, phone_verified=False))
    assert sentence(page) == "Your password alone will let you in."
    assert states(page)["Text message"] == "needs_confirming"


@pytest.mark.parametrize("change", [str.upper, str.title])
def test_the_case_of_a_name_does_not_matter(walker: Walker, pool: People, change: Any):
    nora = pool.make()
    nora.username = change(nora.username)
    assert walker.sign_in(nora).heading == OVERVIEW


def test_an_e_mail_address_is_a_name_too(walker: Walker, pool: People):
    tom = pool.make(app=True, on=(APP,))
    tom.username = tom.email
    assert walker.sign_in(tom).heading == OVERVIEW


def test_the_password_itself_may_be_sent_by_setting(walker: Walker, pool: People, settings: Any):
    settings.COGNITO_SIGN_IN_FLOW = "USER_PASSWORD_AUTH"
    tom = pool.make(app=True, on=(APP,))
    assert walker.sign_in(tom).heading == OVERVIEW


def test_a_client_with_a_secret_signs_everything(walker: Walker, make_pool: MakePool, clock: Clock):
    pool = make_pool(mfa="ON", secret=True)
    tom = pool.make(email=False)
    page = walker.sign_in(tom)
    walker.open(page.link("Set up an app"))
    tom.app = App(walker.send("Show").secret)
    assert walker.send("Continue", code=tom.app.code()).heading == OVERVIEW
    for _ in range(5):  # beyond the hour an access token lives, never idle
        clock.forward(minutes=14)
        assert walker.open("/").heading == OVERVIEW
    page = walker.send("Sign out")
    assert "You are signed out." in page.text


def test_required_and_nothing_set_up_begins_with_an_app(walker: Walker, required_pool: People):
    """D18: the only address is the way of recovery, so an app is all that is left."""
    rita = required_pool.make()
    page = walker.sign_in(rita, at="/sign-in/?next=/preference/")
    assert (page.url, page.heading) == ("/sign-in/set-up/app/", "Set up an authenticator app")
    assert not page.secret
    secret = walker.send("Show").secret
    rita.app = App(secret)
    page = walker.send("Continue", code=rita.app.wrong_code())
    assert (page.status, page.secret) == (422, secret)
    assert page.errors == ["That code is not right. Check it and try again."]
    assert walker.open("/sign-in/set-up/").url == "/sign-in/set-up/app/"
    assert walker.send("Show").secret == secret
    assert walker.send("Continue", code=rita.app.code()).url == "/preference/"


def test_the_app_of_a_required_set_up_is_asked_for_next_time(
    walker: Walker, second_walker: Walker, required_pool: People
):
    rita = required_pool.make()
    walker.sign_in(rita)
    rita.app = App(walker.send("Show").secret)
    walker.send("Continue", code=rita.app.code())
    page = second_walker.sign_in(rita)
    assert page.heading == OVERVIEW
    assert states(page)["Authenticator app"] == "on"


def test_a_required_set_up_by_e_mail(walker: Walker, make_pool: MakePool, sandbox: Sandbox):
    pool = make_pool(mfa="ON", offered=("totp", "email"))
    rita = pool.make(email=False)
    page = walker.sign_in(rita)
    assert page.heading == "Set up a second step"
    walker.open(page.link("Set up e-mail"))
    page = walker.send("Send me a code", email="not an address")
    assert page.errors == ["Enter an e-mail address such as name@example.com."]
    page = walker.send("Send me a code", email=rita.email)
    assert (page.url, page.heading) == ("/sign-in/code/", "Enter the code")
    assert walker.send("Continue", code=sandbox.newest_code(rita.email)).heading == OVERVIEW
    assert pool.look(rita)["attributes"]["email_verified"] == "true"


@pytest.mark.parametrize("tried", [False, True], ids=["looked", "tried a code"])
def test_who_began_with_an_app_may_still_take_e_mail(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox, *, tried: bool
):
    """Without starting again: showing the QR code moved the Session on, and the page knows."""
    pool = make_pool(mfa="ON", offered=("totp", "email"))
    rita = pool.make(email=False)
    page = walker.sign_in(rita, at="/sign-in/?next=/preference/")
    walker.open(page.link("Set up an app"))
    app = App(walker.send("Show").secret)
    if tried:
        assert walker.send("Continue", code=app.wrong_code()).status == 422
    walker.open(walker.page.link("Other ways"))
    walker.open(walker.page.link("Set up e-mail"))
    walker.send("Send me a code", email=rita.email)
    page = walker.send("Continue", code=sandbox.newest_code(rita.email))
    assert page.url == "/preference/"
    assert pool.look(rita)["attributes"]["email_verified"] == "true"


def test_who_looked_at_e_mail_may_still_take_the_app(walker: Walker, make_pool: MakePool):
    pool = make_pool(mfa="ON", offered=("totp", "email"))
    rita = pool.make(email=False)
    page = walker.sign_in(rita, at="/sign-in/?next=/preference/")
    walker.open(page.link("Set up e-mail"))
    walker.open(walker.page.link("Other ways"))
    walker.open(walker.page.link("Set up an app"))
    app = App(walker.send("Show").secret)
    assert walker.send("Continue", code=app.code()).url == "/preference/"


@pytest.mark.parametrize("page", ["", "app/", "email/"])
def test_every_page_of_a_set_up_has_a_way_out(walker: Walker, make_pool: MakePool, page: str):
    """Back to the first page, and where one was going is kept."""
    rita = make_pool(mfa="ON", offered=("totp", "email")).make(email=False)
    walker.sign_in(rita, at="/sign-in/?next=/preference/")
    walker.open(f"/sign-in/set-up/{page}")
    assert "I cannot do this now" in walker.page.text
    assert walker.send("Start again").url == "/sign-in/?next=%2Fpreference%2F"


def test_a_wrong_address_in_a_set_up_can_be_left(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox
):
    """The code went where nobody reads it: start again, and the right address is taken."""
    pool = make_pool(mfa="ON", offered=("email",))
    rita = pool.make(email=False)
    walker.sign_in(rita, at="/sign-in/?next=/preference/")
    walker.open(walker.page.link("Set up e-mail"))
    walker.send("Send me a code", email="wrong@example.com")
    assert walker.send("Start again").url == "/sign-in/?next=%2Fpreference%2F"
    walker.send("Sign in", login=rita.username, password=rita.password)
    walker.open(walker.page.link("Set up e-mail"))
    walker.send("Send me a code", email=rita.email)
    page = walker.send("Continue", code=sandbox.newest_code(rita.email))
    assert page.url == "/preference/"


def test_a_new_password_page_can_be_left_and_names_its_owner(walker: Walker, pool: People):
    """(A11-02) a browser that keeps passwords learns whose this one is."""
    paul = pool.make(temporary=True)
    walker.open("/sign-in/?next=/preference/")
    page = walker.send("Sign in", login=paul.username, password=paul.password)
    field = page.soup.select_one("input[autocomplete=username]")
    assert field is not None
    assert (field["value"], field.has_attr("hidden")) == (paul.username, True)
    assert walker.send("Start again").url == "/sign-in/?next=%2Fpreference%2F"


def test_an_address_the_pool_will_not_take(walker: Walker, make_pool: MakePool, sandbox: Sandbox):
    rita = make_pool(mfa="ON", offered=("totp", "email")).make(email=False)
    walker.sign_in(rita)
    walker.open("/sign-in/set-up/email/")
    refused = {"code": "InvalidParameterException", "message": "Invalid email address format."}
    with sandbox.trouble("RespondToAuthChallenge", "error", **refused):
        page = walker.send("Send me a code", email=rita.email)
    assert (page.status, page.url) == (422, "/sign-in/set-up/email/")
    assert page.errors == ["We cannot send codes to that address. Try another one."]


def test_only_what_is_offered_can_be_set_up(walker: Walker, required_pool: People):
    """(FAC-07) the address is the way of recovery, so it has no page here."""
    walker.sign_in(required_pool.make())
    assert walker.open("/sign-in/set-up/email/").url == "/sign-in/set-up/app/"


def test_a_required_set_up_that_nobody_can_do_here_says_so(walker: Walker, make_pool: MakePool):
    """D17: text messages may be listed, yet Cognito has no way to set them up in a sign-in."""
    page = walker.sign_in(make_pool(mfa="ON", offered=("sms",)).make(email=False))
    assert page.heading == "This page cannot go on"
    assert walker.send("Start again").url.startswith("/sign-in/")
    assert walker.page.heading == "Sign in"


def test_an_unknown_question_has_a_page_too(walker: Walker, pool: People, sandbox: Sandbox):
    nora = pool.make()
    unknown = {"ChallengeName": "CUSTOM_CHALLENGE", "Session": "s" * 40, "ChallengeParameters": {}}
    with sandbox.trouble("RespondToAuthChallenge", "status", body=unknown):
        page = walker.sign_in(nora)
    assert (page.url, page.heading) == ("/sign-in/unsupported/", "This page cannot go on")


def test_required_asks_for_an_app_without_any_flag(walker: Walker, required_pool: People):
    """D12: in a required pool a verified app counts, whatever the flags say."""
    ravi = required_pool.make(app=True)
    assert required_pool.on(ravi) == set()
    page = walker.sign_in(ravi)
    assert page.heading == OVERVIEW
    assert states(page)["Authenticator app"] == "on"


def test_required_texts_a_phone_without_any_preference(
    walker: Walker, required_pool: People, sandbox: Sandbox
):
    """D14."""
    rosa = required_pool.make(phone=True)
    walker.open("/sign-in/")
    page = walker.send("Sign in", login=rosa.username, password=rosa.password)
    assert "We sent a text message to" in page.text
    page = walker.send("Continue", code=sandbox.newest_code(rosa.phone))
    assert sentence(page) == "After your password, we will text you a code and ask for it."


def test_who_is_signed_in_is_not_asked_again(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    assert walker.open("/sign-in/?next=/preference/").url == "/preference/"


def _offered(soup: Any) -> dict[str, str]:
    return {
        str(radio["value"]): " ".join(soup.find("label", attrs={"for": radio["id"]}).text.split())
        for radio in soup.find_all("input", attrs={"name": "factor"})
    }

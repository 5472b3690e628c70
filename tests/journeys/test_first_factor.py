"""Signing in by choice: a name first, then what the pool offers that person."""

import re
from typing import Any

import pytest

from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import APP, CONFIRM, OVERVIEW, calls_counted, session_of
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

EVERY_WAY = ("PASSWORD", "EMAIL_OTP", "SMS_OTP")
NO_MATCH = "We could not sign you in with that."
WRONG = (
    "That code is not right. Check it and try again. "
    "After several tries, wait a minute before the next one."
)
WAYS = "How do you want to sign in?"
COOKIE = "mfa-way"


@pytest.fixture
def people(make_pool: MakePool, settings: Any) -> People:
    settings.COGNITO_SIGN_IN_FLOW = "USER_AUTH"
    return make_pool(first=EVERY_WAY, recovery=("verified_email", "verified_phone_number"))


def _name(walker: Walker, name: str, *, at: str = "/sign-in/?next=/preference/") -> Page:
    walker.open(at)
    return walker.send("Continue", login=name)


def _offered(page: Page) -> list[str]:
    return [str(radio["value"]) for radio in page.soup.find_all("input", attrs={"name": "way"})]


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 100_000_000:08d}"


def test_a_name_then_a_choice_then_the_password(walker: Walker, people: People):
    nora = people.make(phone=True)
    page = _name(walker, nora.username)
    assert (page.url, page.heading) == ("/sign-in/ways/", WAYS)
    assert _offered(page) == list(EVERY_WAY)
    assert walker.send("Continue").errors == ["Choose one of the ways."]
    assert walker.send("Continue", way="WEB_AUTHN").status == 422
    page = walker.send("Continue", way="PASSWORD")
    assert (page.url, page.heading) == ("/sign-in/password/", "Enter your password")
    page = walker.send("Sign in", password="Not-The-Password-1")
    assert page.errors[0].startswith(NO_MATCH)
    assert "Not-The-Password-1" not in page.html
    assert walker.send("Sign in", password=nora.password).url == "/preference/"


def test_a_code_by_e_mail_instead_of_a_password(walker: Walker, people: People, sandbox: Sandbox):
    nora = people.make()
    _name(walker, nora.username)
    page = walker.send("Continue", way="EMAIL_OTP")
    assert (page.url, page.heading) == ("/sign-in/code/", "Enter the code")
    assert "we sent an e-mail to p•••@e•••" in page.text
    assert nora.email not in page.html
    code = sandbox.newest_code(nora.email)
    assert len(code) == 8
    assert walker.send("Continue", code=code[:6]).errors == [
        "The code has eight digits; you entered 6."
    ]
    page = walker.send("Continue", code=_wrong(code))
    assert (page.status, page.errors) == (422, [WRONG])
    assert walker.send("Continue", code=f"{code[:4]} {code[4:]}").url == "/preference/"


def test_a_code_by_text_message(walker: Walker, people: People, sandbox: Sandbox):
    rosa = people.make(phone=True)
    _name(walker, rosa.username)
    page = walker.send("Continue", way="SMS_OTP")
    assert f"we sent a text message to ••• {rosa.phone[-4:]}" in page.text
    assert "The code works for a few minutes." in page.text
    assert walker.send("Continue", code=sandbox.newest_code(rosa.phone)).url == "/preference/"


def test_the_only_way_is_not_asked_about(walker: Walker, people: People, sandbox: Sandbox):
    """One page less for who has only a password, and for who has only a mailbox."""
    tom = people.make(app=True, on=(APP,))
    assert _name(walker, tom.username).url == "/sign-in/password/"
    assert "Use another way" not in walker.page.text
    walker.send("Use another username")
    mia = people.make_without_password()
    page = _name(walker, mia.username)
    assert page.url == "/sign-in/code/"
    assert walker.send("Continue", code=sandbox.newest_code(mia.email)).url == "/preference/"


def test_the_second_step_follows_as_the_pool_decides(walker: Walker, people: People):
    """(REA-03) who has an app is offered the password only, then asked for the app."""
    tom = people.make(app=True, on=(APP,))
    _name(walker, tom.username)
    page = walker.send("Sign in", password=tom.password)
    assert "Open your authenticator app" in page.text
    assert tom.app
    assert walker.send("Continue", code=tom.app.code()).url == "/preference/"


def test_a_required_pool_offers_the_password_only(
    walker: Walker, make_pool: MakePool, settings: Any
):
    """Row D29."""
    settings.COGNITO_SIGN_IN_FLOW = "USER_AUTH"
    ravi = make_pool(mfa="ON").make(app=True, email=False)
    assert _name(walker, ravi.username).url == "/sign-in/password/"
    walker.send("Sign in", password=ravi.password)
    assert walker.page.url == "/sign-in/code/"


def test_a_first_password_is_replaced_here_too(walker: Walker, people: People):
    """Row D30."""
    paul = people.make(temporary=True)
    assert _name(walker, paul.username).url == "/sign-in/password/"
    page = walker.send("Sign in", password=paul.password)
    assert page.heading == "Choose a new password"
    assert walker.send("Save", new_password="Another-Ferry-52").url == "/preference/"


def test_a_client_with_a_secret(walker: Walker, make_pool: MakePool, settings: Any):
    settings.COGNITO_SIGN_IN_FLOW = "USER_AUTH"
    people = make_pool(first=EVERY_WAY, secret=True)
    nora = people.make()
    _name(walker, nora.username)
    walker.send("Continue", way="EMAIL_OTP")
    code = people.sandbox.newest_code(nora.email)
    assert walker.send("Continue", code=code).url == "/preference/"


# --- the choice of this browser ---------------------------------------------------------------


def test_the_choice_is_remembered_and_not_whose_it_was(
    walker: Walker, people: People, sandbox: Sandbox
):
    """(SES-10) the cookie holds one of three words; the next name goes the same way at once."""
    nora, rosa = people.make(), people.make(phone=True)
    _name(walker, nora.username)
    walker.send("Continue", way="EMAIL_OTP")
    cookie = walker.client.cookies[COOKIE]
    assert cookie.value == "EMAIL_OTP"
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")
    walker.send("Use another username")
    with calls_counted(sandbox) as calls:
        page = _name(walker, rosa.username)
    assert page.url == "/sign-in/code/"
    assert calls["InitiateAuth"] == 1
    assert "RespondToAuthChallenge" not in calls
    assert walker.send("Continue", code=sandbox.newest_code(rosa.email)).url == "/preference/"


def test_another_way_can_be_chosen_again(walker: Walker, people: People):
    nora = people.make()
    _name(walker, nora.username)
    walker.send("Continue", way="EMAIL_OTP")
    page = walker.send("Use another way")
    assert (page.url, _offered(page)) == ("/sign-in/ways/", ["PASSWORD", "EMAIL_OTP"])
    walker.send("Continue", way="PASSWORD")
    walker.send("Use another username")
    assert _name(walker, nora.username).url == "/sign-in/password/"
    page = walker.send("Use another way")
    assert page.url == "/sign-in/ways/"


def test_a_way_that_somebody_does_not_have_is_not_gone(walker: Walker, people: People):
    """The browser remembers text messages; tom can only use his password."""
    walker.client.cookies[COOKIE] = "SMS_OTP"
    tom = people.make(app=True, on=(APP,))
    assert _name(walker, tom.username).url == "/sign-in/password/"


@pytest.mark.parametrize("nonsense", ["", "PASSWORD_SRP", "../../etc", "é", "x" * 4000])
def test_nonsense_in_the_cookie_is_nothing(walker: Walker, people: People, nonsense: str):
    walker.client.cookies[COOKIE] = nonsense
    assert _name(walker, people.make().username).url == "/sign-in/ways/"


# --- nobody, somebody -------------------------------------------------------------------------


def _strangers(people: People) -> list[Somebody]:
    disabled, locked = people.make(phone=True), people.make(phone=True)
    people.admin.admin_disable_user(UserPoolId=people.pool_id, Username=disabled.username)
    for _ in range(8):
        with pytest.raises(people.admin.exceptions.NotAuthorizedException):
            people.admin.initiate_auth(
                AuthFlow="USER_PASSWORD_AUTH",
                ClientId=people.client_id(),
                AuthParameters={"USERNAME": locked.username, "PASSWORD": "wrong"},
            )
        people.sandbox.control_call("POST", "/clock", {"advance": 16})
    return [disabled, locked, Somebody("nobody-of-this-name", "", "")]


def _answers(walker: Walker, name: str) -> list[tuple[int, str, list[str]]]:
    """The choice, a wrong password, and a wrong code by e-mail, as a stranger sees them."""
    pages = [_name(walker, name), walker.send("Continue", way="PASSWORD")]
    pages.append(walker.send("Sign in", password="Not-The-Password-1"))
    pages.append(walker.send("Use another way"))
    pages.append(walker.send("Continue", way="EMAIL_OTP"))
    pages.append(walker.send("Continue", code="00000000"))
    return [(page.status, _without_place(page), page.errors) for page in pages]


def _without_place(page: Page) -> str:
    """The words of a page, but for the name that was typed, the mailbox, and how long to wait."""
    text = page.text
    for own in page.soup.select(".whereabouts strong, .page-header .account-name span"):
        text = text.replace(own.get_text(), "")
    return re.sub(r"\d+ seconds?", "a moment", text)


def test_unknown_disabled_and_locked_look_like_somebody(
    walker: Walker, people: People, clock: Clock
):
    """(OTP-17) at the name, at the password and at the code."""
    expected = _answers(walker, people.make(phone=True).username)
    assert [status for status, _, _ in expected] == [200, 200, 422, 200, 200, 422]
    for stranger in _strangers(people):
        browser = Walker()
        assert _answers(browser, stranger.username) == expected, stranger


def test_the_page_of_the_password_says_whose_it_is_as_it_was_typed(walker: Walker, people: People):
    """A slip in the name is seen before the password is blamed; nobody's name looks the same."""
    for name in (people.make().username.upper(), "nobody-of-this-name"):
        browser = Walker()
        _name(browser, name)
        page = browser.send("Continue", way="PASSWORD")
        shown = page.soup.select_one(".page-header .account-name span")
        assert shown is not None
        assert shown.get_text() == name


def test_a_pool_that_tells_who_exists_is_not_believed(walker: Walker, people: People):
    """(OTP-17) a client without PreventUserExistenceErrors."""
    people.admin.update_user_pool_client(
        UserPoolId=people.pool_id,
        ClientId=people.client_id(),
        ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="LEGACY",
    )
    known = _answers(walker, people.make(phone=True).username)
    assert _answers(Walker(), "nobody-of-this-name") == known


def test_a_pretended_code_grows_too_old_as_a_real_one_does(people: People, clock: Clock):
    """(OTP-17) sooner or later: at the choice, at the code, and after another one."""

    def answers(name: str) -> list[tuple[str, str]]:
        browser = Walker()
        _name(browser, name)
        clock.forward(minutes=4)
        pages = [browser.send("Continue", way="EMAIL_OTP")]
        clock.forward(seconds=31)
        pages.append(browser.send("Send another code"))
        clock.forward(minutes=2, seconds=50)
        pages.append(browser.send("Continue", code="00000000"))
        clock.forward(minutes=4)
        pages.append(browser.send("Continue", code="00000000"))
        return [(page.url, _without_place(page)) for page in pages]

    expected = answers(people.make(phone=True).username)
    assert [url for url, _ in expected] == [
        "/sign-in/code/",
        "/sign-in/code/",
        "/sign-in/code/",
        "/sign-in/?next=%2Fpreference%2F",
    ]
    for stranger in _strangers(people):
        assert answers(stranger.username) == expected, stranger


def test_a_pretended_code_costs_as_many_calls_as_a_real_one(
    people: People, sandbox: Sandbox, clock: Clock
):
    """(OTP-17) so it takes as long: the choice, and each try."""

    def calls_of(name: str) -> list[dict[str, int]]:
        browser = Walker()
        _name(browser, name)
        with calls_counted(sandbox) as choosing:
            browser.send("Continue", way="EMAIL_OTP")
        with calls_counted(sandbox) as trying:
            browser.send("Continue", code="00000000")
        return [dict(choosing), dict(trying)]

    expected = calls_of(people.make().username)
    assert expected == [{"InitiateAuth": 1}, {"RespondToAuthChallenge": 1}]
    for stranger in _strangers(people):
        assert calls_of(stranger.username) == expected, stranger


def test_a_pretended_code_is_never_right(walker: Walker, people: People):
    """(OTP-18) whatever the pool says to a Session that it never gave."""
    disabled = people.make()
    people.admin.admin_disable_user(UserPoolId=people.pool_id, Username=disabled.username)
    _name(walker, disabled.username)
    walker.send("Continue", way="EMAIL_OTP")
    for code in ("00000000", "12345678"):
        assert walker.send("Continue", code=code).errors == [WRONG]


# --- limits and lateness ----------------------------------------------------------------------


def test_another_code_can_be_sent_but_not_too_often(
    walker: Walker, people: People, sandbox: Sandbox, clock: Clock
):
    """(OTP-11) after half a minute, ten an hour for a name, then the choice without a new code."""
    nora = people.make()
    _name(walker, nora.username)
    walker.send("Continue", way="EMAIL_OTP")
    old = sandbox.newest_code(nora.email)
    with calls_counted(sandbox) as calls:
        assert "You can ask for another code in" in walker.send("Send another code").text
    assert "InitiateAuth" not in calls
    clock.forward(seconds=31)
    page = walker.send("Send another code")
    assert "If there is such an account, a new code is on its way." in page.text
    assert walker.send("Continue", code=old).errors == [WRONG]
    for _ in range(8):
        clock.forward(seconds=31)
        walker.send("Send another code")
    clock.forward(seconds=31)
    with calls_counted(sandbox) as calls:
        page = walker.send("Send another code")
    assert page.url == "/sign-in/ways/"
    assert "Too many codes were asked for." in page.text
    assert "RespondToAuthChallenge" not in calls
    page = walker.send("Continue", way="EMAIL_OTP")
    assert page.errors == [
        "Too many codes were asked for. Choose another way, or try again in an hour."
    ]
    walker.send("Continue", way="PASSWORD")
    assert walker.send("Sign in", password=nora.password).url == "/preference/"


def test_passwords_are_tried_only_so_often(walker: Walker, people: People, sandbox: Sandbox):
    """(OTP-02) ten for a name within five minutes, then even the right one has to wait."""
    tom = people.make(app=True, on=(APP,))
    _name(walker, tom.username)
    for _ in range(10):
        walker.send("Sign in", password="Not-The-Password-1")
    with calls_counted(sandbox) as calls:
        page = walker.send("Sign in", password=tom.password)
    assert page.errors[0].startswith(NO_MATCH)
    assert not set(calls) - {"DescribeUserPool", "GetUserPoolMfaConfig"}


def test_names_are_typed_only_so_often(walker: Walker, people: People):
    """(LIM-05) thirty in a quarter of an hour, from one address."""
    nora = people.make()
    for _ in range(30):
        assert _name(walker, nora.username).url == "/sign-in/ways/"
        walker.send("Use another username")
    assert _name(walker, nora.username).errors[0].startswith("There were too many tries.")


def test_a_code_that_comes_too_late_begins_again(walker: Walker, people: People, clock: Clock):
    nora = people.make()
    _name(walker, nora.username)
    walker.send("Continue", way="EMAIL_OTP")
    clock.forward(minutes=4)
    page = walker.send("Continue", code="12345678")
    assert page.url == "/sign-in/?next=%2Fpreference%2F"
    assert "That took a little too long" in page.text


def test_a_choice_may_be_thought_about(
    walker: Walker, people: People, sandbox: Sandbox, clock: Clock
):
    """Nothing is proved yet, so nothing grows too old: the code is asked for anew."""
    nora = people.make()
    _name(walker, nora.username)
    clock.forward(minutes=4)
    walker.send("Continue", way="EMAIL_OTP")
    page = walker.send("Continue", code=sandbox.newest_code(nora.email))
    assert page.url == "/preference/"


def test_unconfirmed_and_reset_lead_on_from_the_name(
    walker: Walker, people: People, sandbox: Sandbox
):
    assert _name(walker, people.sign_up().username).url == "/sign-in/activate/"
    nora = people.make()
    people.admin.admin_reset_user_password(UserPoolId=people.pool_id, Username=nora.username)
    assert _name(walker, nora.username).url == "/sign-in/forgotten/code/"


def test_a_forgotten_password_on_the_way(walker: Walker, people: People, sandbox: Sandbox):
    """(SES-12) nothing is proved yet, so this way out is open."""
    nora = people.make()
    _name(walker, nora.username)
    walker.send("Continue", way="PASSWORD")
    walker.open(walker.page.link("Forgotten your password?"))
    walker.send("Send me a code", login=nora.username)
    code = sandbox.newest_code(nora.email)
    page = walker.send("Save", code=code, new_password="Another-Ferry-52")
    assert page.heading == OVERVIEW


def test_steps_cannot_be_skipped(walker: Walker, people: People):
    """(AUZ-07) a name opens no page but its own."""
    nora = people.make()
    _name(walker, nora.username)
    for other in ("code", "password", "choose", "new-password", "set-up/app"):
        assert walker.open(f"/sign-in/{other}/").url == "/sign-in/ways/"
    assert walker.post("/sign-in/password/", {"password": nora.password}).url == "/sign-in/ways/"
    assert walker.open("/preference/").heading == WAYS


def test_what_is_kept_of_a_name_is_sealed(walker: Walker, people: People):
    """(DAT-02)"""
    nora = people.make()
    _name(walker, nora.username)
    assert nora.username not in str(session_of(walker))


# --- proving again ----------------------------------------------------------------------------


def test_who_has_a_password_proves_it_again(walker: Walker, people: People, clock: Clock):
    """(REA-03) signed in by a code, asked for the password before a change."""
    nora = people.make()
    _name(walker, nora.username, at="/sign-in/")
    walker.send("Continue", way="EMAIL_OTP")
    walker.send("Continue", code=people.sandbox.newest_code(nora.email))
    clock.forward(minutes=6)
    assert walker.open("/preference/").heading == CONFIRM
    page = walker.send("I have no password")
    assert (page.heading, "Your account has a password." in page.text) == (CONFIRM, True)
    assert walker.send("Continue", password=nora.password).url == "/preference/"


def test_who_has_none_proves_the_mailbox_again(
    walker: Walker, people: People, sandbox: Sandbox, clock: Clock
):
    """(REA-01) and comes back to the very page."""
    mia = people.make_without_password(phone=True)
    _name(walker, mia.username, at="/sign-in/")
    walker.send("Continue", way="SMS_OTP")
    walker.send("Continue", code=sandbox.newest_code(mia.phone))
    assert walker.page.heading == OVERVIEW
    clock.forward(minutes=6)
    walker.open("/enrolment/totp/")
    page = walker.send("I have no password")
    assert _offered(page) == ["EMAIL_OTP", "SMS_OTP"]
    walker.send("Continue", way="EMAIL_OTP")
    page = walker.send("Continue", code=sandbox.newest_code(mia.email))
    assert page.url == "/enrolment/totp/"


def test_a_second_step_is_part_of_proving_again(walker: Walker, people: People, clock: Clock):
    """(REA-03)"""
    tom = people.make(app=True, on=(APP,))
    _name(walker, tom.username, at="/sign-in/")
    walker.send("Sign in", password=tom.password)
    walker.answer_challenges(tom)
    clock.forward(minutes=6)
    walker.open("/turn-off/totp/")
    walker.send("Continue", password=tom.password)
    assert walker.page.url == "/sign-in/code/"
    assert tom.app
    assert walker.send("Continue", code=tom.app.code()).url == "/turn-off/totp/"

"""The overview: what is on, and what the next sign-in will ask, read from the pool each time."""

from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import (
    ALL,
    APP,
    EMAIL,
    OVERVIEW,
    SMS,
    calls_counted,
    enrol_app,
    sentence,
    states,
)
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

PASSWORD_ONLY = "Your password alone will let you in."
BY_APP = "After your password, we will ask for a code from your authenticator app."
BY_TEXT = "After your password, we will text you a code and ask for it."
BY_E_MAIL = "After your password, we will e-mail you a code and ask for it."
EITHER = "After your password, we will let you choose: "
SAID = {None: PASSWORD_ONLY, APP: BY_APP, SMS: BY_TEXT, EMAIL: BY_E_MAIL}


def _asked(pool: People, somebody: Somebody) -> tuple[str | None, set[str]]:
    """What the pool itself asks after the password, and between what one may choose."""
    reply = pool.admin.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=pool.client_id(),
        AuthParameters={"USERNAME": somebody.username, "PASSWORD": somebody.password},
    )
    choice = reply.get("ChallengeParameters", {}).get("MFAS_CAN_CHOOSE", "")
    return reply.get("ChallengeName"), {factor for factor in ALL if factor in choice}


STATES: list[Any] = [
    pytest.param({}, PASSWORD_ONLY, id="nothing"),
    pytest.param({"app": True}, PASSWORD_ONLY, id="an app that is off"),
    pytest.param({"phone": True}, PASSWORD_ONLY, id="a phone that is off"),
    pytest.param({"app": True, "on": (APP,)}, BY_APP, id="app"),
    pytest.param({"phone": True, "on": (SMS,)}, BY_TEXT, id="sms"),
    pytest.param({"on": (EMAIL,)}, BY_E_MAIL, id="e-mail"),
    pytest.param(
        {"phone": True, "phone_verified": False, "on": (SMS,)}, BY_TEXT, id="unverified but on"
    ),
    pytest.param(
        {"phone": True, "on": (SMS, EMAIL)}, EITHER + "a text message or an e-mail.", id="two"
    ),
    pytest.param(
        {"phone": True, "app": True, "on": ALL},
        EITHER + "your authenticator app, a text message or an e-mail.",
        id="three",
    ),
    pytest.param(
        {"phone": True, "app": True, "on": ALL, "preferred": SMS}, BY_TEXT, id="sms preferred"
    ),
    pytest.param(
        {"phone": True, "app": True, "on": ALL, "preferred": APP}, BY_APP, id="app preferred"
    ),
]


@pytest.mark.parametrize(("state", "said"), STATES)
def test_the_sentence_says_what_the_pool_will_ask(
    walker: Walker, pool: People, sandbox: Sandbox, state: dict[str, Any], said: str
):
    """From the effective state, and the pool agrees (contract 5.4, D02 to D07)."""
    somebody = pool.make(**state)
    assert sentence(walker.sign_in(somebody, sandbox=sandbox)) == said
    challenge, choice = _asked(pool, somebody)
    if challenge == "SELECT_MFA_TYPE":
        assert choice == pool.on(somebody)
        assert said.startswith(EITHER)
    else:
        assert said == SAID[challenge]


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"app": True}, BY_APP),
        ({"phone": True}, BY_TEXT),
        ({"phone": True, "app": True}, EITHER + "your authenticator app or a text message."),
        ({"phone": True, "app": True, "on": (SMS,), "preferred": SMS}, BY_TEXT),
    ],
)
def test_where_everybody_is_asked_the_flags_are_only_preferences(
    walker: Walker, required_pool: People, sandbox: Sandbox, state: dict[str, Any], said: str
):
    """(D11 to D14)"""
    somebody = required_pool.make(**state)
    page = walker.sign_in(somebody, sandbox=sandbox)
    assert sentence(page) == said
    assert states(page)["E-mail"] == "unavailable"  # it is the way of recovery
    challenge, _ = _asked(required_pool, somebody)
    assert said == SAID.get(challenge) or said.startswith(EITHER)


def test_an_app_taken_away_by_an_administrator_is_told_at_once(
    walker: Walker, required_pool: People
):
    """(D18) nothing is cached, and the warning names what comes."""
    ravi = required_pool.make(app=True)
    walker.sign_in(ravi)
    required_pool.admin.admin_delete_software_token(
        UserPoolId=required_pool.pool_id, Username=ravi.username
    )
    page = walker.open("/")
    assert sentence(page) == "After your password, you will be asked to set up a second step."
    assert "Set it up now, while you have time for it." in page.text
    assert page.link("Set up authenticator app").endswith("/enrolment/totp/")


def test_a_pool_without_second_steps_says_so(walker: Walker, make_pool: MakePool):
    page = walker.sign_in(make_pool(mfa="OFF", offered=()).make())
    assert sentence(page) == PASSWORD_ONLY
    assert states(page) == {}


# --- cost -------------------------------------------------------------------------------------


def test_a_view_costs_one_read(walker: Walker, pool: People, sandbox: Sandbox):
    """One GetUser per view, and one read more where passkeys are offered.

    The pool's own settings are read every five minutes.
    """
    walker.sign_in(pool.make(app=True, on=(APP,)))
    with calls_counted(sandbox) as calls:
        walker.open("/")
        walker.open("/")
    assert calls == {"GetUser": 2, "GetUserAuthFactors": 2}
    with calls_counted(sandbox) as calls:
        walker.open("/preference/")
    assert calls == {"GetUser": 1}


def test_the_settings_of_the_pool_are_five_minutes_old_at_most(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    walker.sign_in(pool.make())
    clock.forward(minutes=5, seconds=1)
    with calls_counted(sandbox) as calls:
        walker.open("/")
    assert calls == {
        "GetUser": 1,
        "GetUserAuthFactors": 1,
        "DescribeUserPool": 1,
        "GetUserPoolMfaConfig": 1,
    }


def test_where_the_flags_say_too_little_one_more_read(
    walker: Walker, required_pool: People, sandbox: Sandbox
):
    """A required pool lists no app: GetUserAuthFactors tells of it (contract 2.5)."""
    walker.sign_in(required_pool.make(app=True))
    with calls_counted(sandbox) as calls:
        walker.open("/")
    assert calls == {"GetUser": 1, "GetUserAuthFactors": 1}


def test_a_view_costs_few_questions_to_the_database(walker: Walker, pool: People):
    walker.sign_in(pool.make(app=True, on=(APP,)))
    with CaptureQueriesContext(
        connection,
    ) as asked:
        walker.open("/")
    assert len(asked) <= 8, [query["sql"] for query in asked.captured_queries]


# --- rows -------------------------------------------------------------------------------------


def test_each_method_has_its_row(walker: Walker, pool: People):
    ella = pool.make(phone=True, app=True, on=(APP, EMAIL), preferred=APP)
    page = walker.sign_in(ella)
    assert states(page) == {
        "Passkey": "off",
        "Authenticator app": "preferred",
        "Text message": "off",
        "E-mail": "on",
    }
    assert f"••• {ella.phone[-4:]}" in page.text
    assert "p•••@e•••" in page.text
    assert page.link("Replace").endswith("/enrolment/totp/")
    assert page.link("Turn on").endswith("/enrolment/sms/")


def test_the_strongest_comes_first_with_its_risk_named(walker: Walker, pool: People):
    """(FAC-06)"""
    page = walker.sign_in(pool.make())
    assert list(states(page)) == ["Passkey", "Authenticator app", "Text message", "E-mail"]
    page = walker.open("/enrolment/sms/")
    assert "An authenticator app is safer." in page.text


def test_what_was_added_here_is_dated_and_named(walker: Walker, pool: People, clock: Clock):
    walker.sign_in(pool.make())
    enrol_app(walker)
    walker.send("Save the name", name="Work phone")
    row = walker.open("/").soup.select(".factor-facts")[0].get_text(" ")
    assert "Work phone" in row
    assert "Added " in row


def test_somebody_with_nothing_has_one_clear_step(walker: Walker, pool: People):
    page = walker.sign_in(pool.make())
    assert "Add a second step" in page.text
    assert page.link("Set up authenticator app").endswith("/enrolment/totp/")


def test_a_phone_nobody_confirmed_says_so(walker: Walker, pool: People):
    page = walker.sign_in(pool.make(phone=True, phone_verified=False))
    assert states(page)["Text message"] == "needs_confirming"
    assert page.link("Confirm").endswith("/enrolment/sms/")


def test_the_recovery_channel_is_explained(walker: Walker, required_pool: People):
    """(contract 4.5)"""
    rosa = required_pool.make(app=True, phone=True)
    walker.open("/sign-in/")
    page = walker.sign_in(rosa)
    assert "This is how you get back in when you forget your password" in page.text
    assert "It can also reset your password." in page.text  # the phone, second in line


@pytest.mark.parametrize(
    "url",
    [
        "/",
        "/preference/",
        "/enrolment/sms/",
        "/enrolment/email/",
        "/enrolment/totp/",
        "/turn-off/sms/",
        "/turn-off/email/",
        "/confirm/",
        "/enrolment/passkeys/",
        "/enrolment/passkeys/add/",
        "/api/v1/mfa",
    ],
)
def test_no_page_source_holds_a_full_number_or_address(walker: Walker, pool: People, url: str):
    """(FAC-10) in the source and in JSON as well as on screen."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    response = walker.client.get(url)
    assert response.status_code == 200
    source = response.content.decode()
    for full in (ella.phone, ella.phone[3:], ella.email, ella.email.split("@")[0] + "@"):
        assert full not in source


def test_a_name_that_is_an_address_is_masked_too(walker: Walker, make_pool: MakePool):
    """(FAC-10) pools that sign people in by their address name them by an id."""
    pool = make_pool(UsernameAttributes=["email"])
    nora = pool.make_by_email()
    page = walker.sign_in(nora)
    assert page.heading == OVERVIEW
    assert nora.email not in page.html


# --- the operator's own switches --------------------------------------------------------------


@pytest.mark.parametrize(
    ("switch", "label", "room"),
    [("OFFER_SMS", "Text message", "sms"), ("OFFER_EMAIL", "E-mail", "email")],
)
def test_what_the_operator_withholds_is_neither_shown_nor_taken(
    walker: Walker,
    pool: People,
    settings: Any,
    sandbox: Sandbox,
    switch: str,
    label: str,
    room: str,
):
    """(FAC-06, FAC-07) page and POST."""
    setattr(settings, switch, False)
    nora = pool.make(phone=True)
    assert label not in states(walker.sign_in(nora))
    page = walker.open(f"/enrolment/{room}/")
    assert (page.url, page.heading) == ("/", OVERVIEW)
    assert f"{label} is not offered here." in page.text
    for tail in ("", "on/", "confirm/", "resend/", "undo/"):
        walker.post(f"/enrolment/{room}/{tail}", {"email": "a@example.com", "number": nora.phone})
        walker.open("/")
    assert pool.on(nora) == set()
    assert not sandbox.inbox(nora.phone)


def test_what_is_withheld_but_on_can_still_be_turned_off(
    walker: Walker, pool: People, settings: Any, sandbox: Sandbox
):
    """(FAC-06)"""
    settings.OFFER_SMS = False
    rosa = pool.make(phone=True, on=(SMS,))
    page = walker.sign_in(rosa, sandbox=sandbox)
    assert states(page)["Text message"] == "on"
    walker.open(page.link("Turn off"))
    walker.send("Turn off")
    assert pool.on(rosa) == set()


@pytest.mark.parametrize("offered", [("totp",), ("sms",), ("email",), ("sms", "email")])
def test_only_what_the_pool_offers_is_shown(
    walker: Walker, make_pool: MakePool, offered: tuple[str, ...]
):
    """(FAC-07)"""
    labels = {"totp": "Authenticator app", "sms": "Text message", "email": "E-mail"}
    page = walker.sign_in(make_pool(offered=offered).make())
    assert list(states(page)) == [labels[each] for each in labels if each in offered]
    for slug, label in labels.items():
        page = walker.open(f"/enrolment/{slug}/")
        assert (label in page.text and "is not offered here" in page.text) == (slug not in offered)
    caches["process"].clear()


def test_somebody_elses_receipt_looks_like_a_missing_one(
    walker: Walker, second_walker: Walker, pool: People
):
    """(AUZ-02)"""
    walker.sign_in(pool.make())
    _, page = enrol_app(walker)
    theirs = page.url
    second_walker.sign_in(pool.make())
    missing = "/enrolment/ready/00000000-0000-4000-8000-000000000000/"
    for one, other in (
        (theirs, missing),
        (
            theirs.replace("enrolment/ready", "changes"),
            missing.replace("enrolment/ready", "changes"),
        ),
    ):
        pages: list[Page] = [second_walker.open(one), second_walker.open(other)]
        assert [(page.status, page.text) for page in pages] == [(404, pages[0].text)] * 2
    second_walker.open("/")
    page = second_walker.post(theirs + "name/", {"name": "Mine now"})
    assert page.status == 404

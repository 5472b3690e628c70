"""Setting up, changing and undoing a phone number or an e-mail address."""

import re
from typing import Any

import pytest

from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import (
    APP,
    EMAIL,
    SMS,
    calls_counted,
    notices,
    sentence,
    states,
)
from tests.people import People, Somebody, fresh_number
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

SEND = "Send me a code"


def _national(number: str) -> str:
    """As people in Britain write it: 07400 123456."""
    return f"0{number[3:7]} {number[7:]}"


def _text_to(walker: Walker, number: str) -> Page:
    walker.open("/enrolment/sms/")
    return walker.send(SEND, country="", number=number)


def _mail_to(walker: Walker, address: str) -> Page:
    walker.open("/enrolment/email/")
    return walker.send(SEND, email=address)


# --- a new number -----------------------------------------------------------------------------


def test_a_number_with_its_country(walker: Walker, pool: People, sandbox: Sandbox):
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/sms/")
    page = walker.send(SEND, country="GB", number=_national(nora.phone))
    assert (page.url, page.heading) == ("/enrolment/sms/code/", "Enter the code")
    assert nora.phone[-4:] in page.text
    assert nora.phone not in page.html
    page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert page.heading == "Text message is on"
    assert sentence(page) == "After your password, we will text you a code and ask for it."
    attributes = pool.look(nora)["attributes"]
    assert (attributes["phone_number"], attributes["phone_number_verified"]) == (nora.phone, "true")
    assert pool.on(nora) == {SMS}


@pytest.mark.parametrize("typed", ["{0}", " {0} ", "{1}"])
def test_a_number_with_a_plus_needs_no_country(
    walker: Walker, pool: People, sandbox: Sandbox, typed: str
):
    nora = pool.make()
    walker.sign_in(nora)
    spaced = f"{nora.phone[:3]} {nora.phone[3:7]}-{nora.phone[7:]}"
    _text_to(walker, typed.format(nora.phone, spaced))
    assert sandbox.newest_code(nora.phone)


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ({"country": "", "number": "07400 123456"}, "Choose the country, or begin the number"),
        ({"country": "GB", "number": ""}, "Enter your phone number."),
        ({"country": "GB", "number": "none"}, "That is not a phone number."),
        ({"country": "GB", "number": "07400"}, "No phone can have that number."),
        ({"country": "", "number": "+999 123456789"}, "That is not a phone number."),
        ({"country": "US", "number": "555 0100"}, "No phone can have that number."),
        ({"country": "ZZ", "number": "07400 123456"}, "Choose a country from the list."),
        ({"country": "GB", "number": "0" * 41}, "That is too long for a phone number."),
        ({"country": "GB", "number": "07400 123456\r\n07400 123457"}, None),
    ],
)
def test_a_number_that_cannot_be(
    walker: Walker, pool: People, sandbox: Sandbox, typed: dict[str, str], error: str | None
):
    """What was typed stays in its field, and the pool hears nothing."""
    walker.sign_in(pool.make())
    walker.open("/enrolment/sms/")
    with calls_counted(sandbox) as calls:
        page = walker.send(SEND, **typed)
    assert page.status == 422
    assert page.title.startswith("Error: ")
    assert error is None or page.errors[0].startswith(error)
    assert "UpdateUserAttributes" not in calls
    field = page.soup.select("input[name=number]")[0]
    assert field.get("value", "").split() == typed["number"].split()


def test_nothing_is_on_before_the_code_came_back(walker: Walker, pool: People, sandbox: Sandbox):
    """(FAC-04, OTP-14) abandoned: the account has no number, and nobody is asked for one."""
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    assert "phone_number" not in pool.look(nora)["attributes"]
    page = walker.open("/")
    assert states(page)["Text message"] == "off"
    assert pool.on(nora) == set()


# --- what the account holds already -----------------------------------------------------------


def test_a_confirmed_number_is_offered_at_once(walker: Walker, pool: People, sandbox: Sandbox):
    rosa = pool.make(phone=True)
    walker.sign_in(rosa)
    page = walker.open("/enrolment/sms/")
    assert rosa.phone not in page.html
    page = walker.send("Turn on")
    assert page.heading == "Text message is on"
    assert pool.on(rosa) == {SMS}
    assert not sandbox.inbox(rosa.phone)


def test_a_confirmed_address_is_offered_at_once(walker: Walker, pool: People):
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/email/")
    assert walker.send("Turn on").heading == "E-mail is on"
    assert pool.on(nora) == {EMAIL}


def test_an_unconfirmed_number_is_confirmed_first(walker: Walker, pool: People, sandbox: Sandbox):
    """(FAC-05)"""
    uma = pool.make(phone=True, phone_verified=False)
    page = walker.sign_in(uma)
    page = walker.open(page.link("Confirm"))
    assert "It is confirmed already" not in page.text
    page = walker.send("Send a code")
    assert page.url == "/enrolment/sms/code/"
    page = walker.send("Turn on", code=sandbox.newest_code(uma.phone))
    assert page.heading == "Text message is on"
    assert pool.look(uma)["attributes"]["phone_number_verified"] == "true"


@pytest.mark.parametrize("contact", ["sms", "email"])
def test_an_unconfirmed_one_cannot_be_turned_on_by_a_forged_post(
    walker: Walker, pool: People, contact: str
):
    """(FAC-05) by the one button, by the form, by "prefer", and as JSON."""
    factor = {"sms": SMS, "email": EMAIL}[contact]
    uma = pool.make(phone=True, phone_verified=False, email_verified=False)
    walker.sign_in(uma)
    digest = walker.json("GET", "/api/v1/mfa").json()["data"]["digest"]
    forged: list[tuple[str, dict[str, Any]]] = [
        (f"/enrolment/{contact}/on/", {}),
        ("/preference/", {"activated": [factor], "preferred": ""}),
        (f"/prefer/{contact}/", {}),
    ]
    for url, fields in forged:
        walker.open("/")
        walker.post(url, {**fields, "drawn_from": digest})
        assert pool.on(uma) == set(), url
    walker.open("/")
    response = walker.json(
        "PUT",
        "/api/v1/mfa/preference",
        {"activated": [factor], "preferred": None, "digest": digest},
    )
    assert response.status_code == 422
    assert pool.on(uma) == set()


def test_there_is_nothing_to_confirm_without_a_number(
    walker: Walker, pool: People, sandbox: Sandbox
):
    walker.sign_in(pool.make())
    with calls_counted(sandbox) as calls:
        page = walker.post("/enrolment/sms/confirm/", {})
    assert "GetUserAttributeVerificationCode" not in calls
    assert page.url.startswith("/enrolment/sms/")


# --- changing ---------------------------------------------------------------------------------


def test_the_old_number_works_until_the_new_one_is_proved(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    deliver_notices: Any,
):
    """(FAC-04, NOT-01)"""
    rosa = pool.make(phone=True, on=(SMS,), preferred=SMS)
    walker.sign_in(rosa, sandbox=sandbox)
    new = fresh_number()
    page = _text_to(walker, new)
    assert page.url == "/enrolment/sms/code/"
    assert pool.look(rosa)["attributes"]["phone_number"] == rosa.phone
    assert second_walker.sign_in(rosa, sandbox=sandbox).url == "/"
    page = walker.send("Turn on", code=sandbox.newest_code(new))
    assert page.heading == "Text message is on"
    assert pool.look(rosa)["attributes"]["phone_number"] == new
    assert (pool.on(rosa), pool.preferred(rosa)) == ({SMS}, SMS)
    deliver_notices()
    assert notices(sandbox, rosa)[0].startswith("The phone number for sign-in codes was changed.")


def test_old_and_new_address_both_hear_of_it(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(FAC-04, NOT-02)"""
    maria = pool.make(on=(EMAIL,))
    walker.sign_in(maria, sandbox=sandbox)
    new = f"new-{maria.email}"
    _mail_to(walker, new)
    assert pool.look(maria)["attributes"]["email"] == maria.email
    walker.send("Turn on", code=sandbox.newest_code(new))
    attributes = pool.look(maria)["attributes"]
    assert (attributes["email"], attributes["email_verified"]) == (new, "true")
    deliver_notices()
    said = "The e-mail address for sign-in codes was changed."
    assert notices(sandbox, maria)[0].startswith(said)
    assert notices(sandbox, Somebody("", new, ""))[0].startswith(said)


def test_another_number_while_enrolling(walker: Walker, pool: People, sandbox: Sandbox):
    """Going back finds what was typed; the code of the first number proves nothing (OTP-09)."""
    nora = pool.make()
    walker.sign_in(nora)
    second = fresh_number()
    page = _text_to(walker, nora.phone)
    page = walker.open(page.link("Use another"))
    assert page.soup.select("input[name=number]")[0]["value"] == nora.phone
    walker.send(SEND, country="", number=second)
    page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert page.status == 422
    assert "newer one was sent" in page.errors[0]
    assert walker.send("Turn on", code=sandbox.newest_code(second)).status == 200
    assert pool.look(nora)["attributes"]["phone_number"] == second


def test_a_code_lives_for_an_hour(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """The page says so; the pool alone would take it for a day (contract 4.1)."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/sms/")
    page = walker.send(SEND, country="GB", number=_national(nora.phone))
    assert "The code works for an hour. Only the newest one works." in page.text
    for _ in range(5):
        clock.forward(minutes=14)
        walker.send("Stay signed in longer")
    walker.open("/enrolment/sms/code/")
    assert walker.send("Continue", password=nora.password).url == "/enrolment/sms/"


def test_a_code_for_one_thing_proves_no_other(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox
):
    """(OTP-09) another person's, another channel's."""
    nora, tom = pool.make(), pool.make(email_verified=False)
    walker.sign_in(nora)
    second_walker.sign_in(tom)
    _text_to(walker, nora.phone)
    _text_to(second_walker, tom.phone)
    assert second_walker.send("Turn on", code=sandbox.newest_code(nora.phone)).status == 422
    code = sandbox.newest_code(tom.phone)
    second_walker.open("/enrolment/email/")
    second_walker.send("Send a code")
    assert second_walker.send("Turn on", code=code).status == 422
    assert pool.on(tom) == pool.on(nora) == set()


def test_an_address_of_somebody_else_stays_theirs(walker: Walker, pool: People, sandbox: Sandbox):
    """People sign in with their address here, so a confirmed one belongs to one account."""
    nora, tom = pool.make(), pool.make()
    walker.sign_in(nora)
    page = _mail_to(walker, tom.email)
    page = walker.send("Turn on", code=sandbox.newest_code(tom.email))
    assert (page.status, page.url) == (422, "/enrolment/email/code/")
    assert "Another account already uses this e-mail address." in page.errors[0]
    assert pool.look(nora)["attributes"]["email"] == nora.email


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter your e-mail address."),
        ("nora", "Enter an e-mail address such as name@example.com."),
        ("nora@example.com\r\nBcc: mallory@example.com", None),
        ("nora@example.com\u2028x", None),
        ("nora@example.com, mallory@example.com", None),
        ("x" * 250 + "@example.com", None),
    ],
)
def test_an_address_that_is_none(
    walker: Walker, pool: People, sandbox: Sandbox, typed: str, error: str | None
):
    """(INP-02) line breaks and lists included; nothing is sent."""
    walker.sign_in(pool.make())
    walker.open("/enrolment/email/")
    with calls_counted(sandbox) as calls:
        page = walker.send(SEND, email=typed)
    assert page.status == 422
    assert page.errors
    assert error in {None, *page.errors}
    assert "UpdateUserAttributes" not in calls


# --- codes ------------------------------------------------------------------------------------


def test_a_wrong_code_may_be_tried_again(walker: Walker, pool: People, sandbox: Sandbox):
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    right = sandbox.newest_code(nora.phone)
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    page = walker.send("Turn on", code=wrong)
    assert (page.status, page.errors) == (422, ["That code is not right. Check it and try again."])
    assert wrong not in page.html
    assert walker.send("Turn on", code=right).status == 200


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "abcdef", "１２３４５６"])
def test_what_is_no_code_does_not_reach_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox, typed: str
):
    """(OTP-07)"""
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    with calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=typed)
    assert page.status == 422
    assert "VerifyUserAttribute" not in calls


def test_too_many_wrong_codes(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """(OTP-02) after five in a row one waits; then the right one is taken."""
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    wrong = f"{(int(sandbox.newest_code(nora.phone)) + 1) % 1_000_000:06d}"
    for _ in range(5):
        walker.send("Turn on", code=wrong)
    page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert (page.status, pool.on(nora)) == (422, set())
    assert page.errors[0].startswith("There were too many wrong codes. Wait ")
    clock.forward(seconds=31)
    assert walker.send("Turn on", code=sandbox.newest_code(nora.phone)).status == 200
    assert pool.on(nora) == {SMS}


def test_too_many_wrong_codes_for_the_pool(walker: Walker, pool: People, sandbox: Sandbox):
    """Fifteen an hour are all the pool takes; the portal says when it helps to ask again."""
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    words = "Attempt limit exceeded, please try after some time."
    limit = {"code": "LimitExceededException", "message": words}
    with sandbox.trouble("VerifyUserAttribute", "error", **limit):
        page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert page.errors[0].startswith("There were too many wrong codes. Wait an hour")


def test_what_is_withheld_meanwhile_is_not_turned_on(
    walker: Walker, pool: People, sandbox: Sandbox, settings: Any
):
    """(FAC-06) the operator's switch counts at the last step, too."""
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    settings.OFFER_SMS = False
    page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert (page.status, page.errors) == (422, ["Text message is not offered here."])
    assert pool.on(nora) == set()


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("ExpiredCodeException", "That code is too old, or a newer one was sent."),
        ("InvalidParameterException", "That code is not right."),
        ("AliasExistsException", "Another account already uses this phone number."),
    ],
)
def test_every_refusal_of_a_code_has_its_sentence(
    walker: Walker, pool: People, sandbox: Sandbox, code: str, error: str
):
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    with sandbox.trouble("VerifyUserAttribute", "error", code=code, message="No."):
        page = walker.send("Turn on", code="123456")
    assert page.status == 422
    assert page.errors[0].startswith(error)


def test_another_code_has_to_wait(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """The wait is enforced on the server, and only the newest code works."""
    nora = pool.make()
    walker.sign_in(nora)
    page = _text_to(walker, nora.phone)
    assert re.search(r"(29|30) seconds", page.text)
    first = sandbox.newest_code(nora.phone)
    clock.forward(seconds=10)
    page = walker.send("Send another code")
    assert "You can ask for another code in" in page.text
    assert len(sandbox.inbox(nora.phone)) == 1
    clock.forward(seconds=21)
    page = walker.send("Send another code")
    assert "A new code is on its way." in page.text
    assert len(sandbox.inbox(nora.phone)) == 2
    page = walker.send("Turn on", code=first)
    assert "newer one was sent" in page.errors[0]
    assert walker.send("Turn on", code=sandbox.newest_code(nora.phone)).status == 200


def test_the_same_press_twice_sends_one_code(walker: Walker, pool: People, sandbox: Sandbox):
    """(RES-05)"""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/sms/")
    form = walker.page
    walker.send(SEND, country="", number=nora.phone)
    walker.page = form
    assert walker.send(SEND, country="", number=nora.phone).url == "/enrolment/sms/code/"
    assert len(sandbox.inbox(nora.phone)) == 1
    assert walker.send("Turn on", code=sandbox.newest_code(nora.phone)).status == 200


def test_only_so_many_codes_are_sent(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """(OTP-11) six an hour for one person, whatever the number."""
    nora = pool.make()
    walker.sign_in(nora)
    for _ in range(6):
        assert _text_to(walker, fresh_number()).url == "/enrolment/sms/code/"
    with calls_counted(sandbox) as calls:
        page = _text_to(walker, nora.phone)
    assert page.status == 422
    assert page.errors == ["Too many codes were asked for. Wait an hour, then try again."]
    assert "UpdateUserAttributes" not in calls
    assert not sandbox.inbox(nora.phone)


def test_the_pool_may_send_fewer(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """Five verification codes an hour for what the account holds (contract 4.2)."""
    uma = pool.make(phone=True, phone_verified=False)
    walker.sign_in(uma)
    for _ in range(5):
        walker.open("/enrolment/sms/")
        assert walker.send("Send a code").url == "/enrolment/sms/code/"
        clock.forward(seconds=31)
    walker.open("/enrolment/sms/")
    page = walker.send("Send a code")
    assert page.url == "/enrolment/sms/"
    assert "Too many codes were asked for. Wait an hour, then try again." in page.text


@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("CodeDeliveryFailureException", "The code could not be sent."),
        ("InvalidSmsRoleAccessPolicyException", "The code could not be sent."),
        ("InvalidParameterException", "We cannot send codes there."),
        ("AliasExistsException", "Another account already uses this phone number."),
    ],
)
def test_every_refusal_to_send_has_its_sentence(
    walker: Walker, pool: People, sandbox: Sandbox, code: str, error: str
):
    nora = pool.make()
    walker.sign_in(nora)
    with sandbox.trouble("UpdateUserAttributes", "error", code=code, message="No."):
        page = _text_to(walker, nora.phone)
    assert (page.status, page.url) == (422, "/enrolment/sms/")
    assert page.errors[0].startswith(error)
    assert page.soup.select("input[name=number]")[0]["value"] == nora.phone


def test_a_resend_that_is_refused_says_so(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    clock.forward(seconds=31)
    with sandbox.trouble(
        "UpdateUserAttributes", "error", code="CodeDeliveryFailureException", message="No."
    ):
        page = walker.send("Send another code")
    assert page.url == "/enrolment/sms/code/"
    assert "The code could not be sent." in page.text


@pytest.mark.parametrize("room", ["sms", "email"])
def test_a_step_without_its_beginning_leads_to_the_beginning(
    walker: Walker, pool: People, room: str
):
    """(AUZ-07)"""
    walker.sign_in(pool.make())
    assert walker.open(f"/enrolment/{room}/code/").url == f"/enrolment/{room}/"
    for tail in ("code", "resend", "undo"):
        walker.open("/")
        page = walker.post(f"/enrolment/{room}/{tail}/", {"code": "123456"})
        assert page.url == f"/enrolment/{room}/"


# --- a pool that replaces at once -------------------------------------------------------------


def test_a_pool_that_replaces_at_once_is_said_before_the_button(
    walker: Walker, required_pool: People, sandbox: Sandbox
):
    """(contract 4.3)"""
    rosa = required_pool.make(phone=True)
    walker.sign_in(rosa, sandbox=sandbox)
    page = walker.open("/enrolment/sms/")
    assert "it takes the place of the old one" in page.text
    assert "It can also reset your password" in page.text  # contract 4.5


def test_a_number_replaced_at_once_is_proved_and_announced(
    walker: Walker, required_pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(FAC-04, NOT-02) the notice goes out before the proof, since the old one is gone already."""
    rosa = required_pool.make(phone=True, app=True)
    walker.sign_in(rosa)
    new = fresh_number()
    _text_to(walker, new)
    attributes = required_pool.look(rosa)["attributes"]
    assert (attributes["phone_number"], attributes["phone_number_verified"]) == (new, "false")
    deliver_notices()
    assert "still has to be confirmed" in notices(sandbox, rosa)[0]
    page = walker.send("Turn on", code=sandbox.newest_code(new))
    assert page.heading == "Text message is on"
    assert required_pool.look(rosa)["attributes"]["phone_number_verified"] == "true"


def test_a_number_replaced_at_once_can_be_brought_back(
    walker: Walker, required_pool: People, sandbox: Sandbox
):
    """The way back is a code to the old number."""
    rosa = required_pool.make(phone=True, app=True)
    walker.sign_in(rosa)
    _text_to(walker, fresh_number())
    _text_to(walker, fresh_number())
    page = walker.send("Go back to")
    assert page.url == "/enrolment/sms/code/"
    assert rosa.phone[-4:] in page.text
    assert required_pool.look(rosa)["attributes"]["phone_number"] == rosa.phone
    assert "Go back to" not in page.text
    page = walker.send("Turn on", code=sandbox.newest_code(rosa.phone))
    assert page.heading == "Text message is on"
    attributes = required_pool.look(rosa)["attributes"]
    assert (attributes["phone_number"], attributes["phone_number_verified"]) == (rosa.phone, "true")


def test_the_way_of_recovery_cannot_be_asked_for(
    walker: Walker, required_pool: People, sandbox: Sandbox
):
    """(contract 4.5) the page says why, and a forged POST sends nothing."""
    ravi = required_pool.make(app=True)
    walker.sign_in(ravi)
    page = walker.open("/enrolment/email/")
    assert "so it cannot also be asked for at sign-in" in page.text
    before = len(sandbox.inbox(ravi.email))
    page = walker.post("/enrolment/email/", {"email": f"new-{ravi.email}"})
    assert page.status == 422
    assert len(sandbox.inbox(ravi.email)) == before
    assert required_pool.look(ravi)["attributes"]["email"] == ravi.email


def test_a_pool_that_sends_no_code_by_itself_is_asked_for_one(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox
):
    """(contract 4.3, third row)"""
    pool = make_pool(auto_verified=())
    nora = pool.make()
    walker.sign_in(nora)
    assert _text_to(walker, nora.phone).url == "/enrolment/sms/code/"
    page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert page.heading == "Text message is on"


def test_what_is_replaced_is_announced_even_where_its_code_fails(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-02) the old number is gone by then: its owner hears of it, whatever comes next."""
    pool = make_pool(auto_verified=())
    rosa = pool.make(phone=True, app=True, on=(APP,))
    walker.sign_in(rosa)
    refused = {"code": "CodeDeliveryFailureException", "message": "No."}
    with sandbox.trouble("GetUserAttributeVerificationCode", "error", **refused):
        page = _text_to(walker, fresh_number())
    assert page.errors[0].startswith("The code could not be sent.")
    deliver_notices()
    assert "still has to be confirmed" in notices(sandbox, rosa)[0]
    assert states(walker.open("/"))["Text message"] == "needs_confirming"


def test_a_replacement_whose_answer_was_lost_goes_on(
    walker: Walker, required_pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(RES-04) replaced at the pool, unknown here: it is read, announced, and gets its code."""
    rosa = required_pool.make(phone=True, app=True)
    walker.sign_in(rosa)
    new = fresh_number()
    with sandbox.trouble("UpdateUserAttributes", "silence", seconds=0.05):
        page = _text_to(walker, new)
    assert page.url == "/enrolment/sms/code/"
    deliver_notices()
    assert "still has to be confirmed" in notices(sandbox, rosa)[0]
    page = walker.send("Turn on", code=sandbox.newest_code(new))
    assert page.heading == "Text message is on"


# --- cut in between ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["throttle", "reset", "error"])
def test_confirmed_but_not_on_is_told_and_offered(
    walker: Walker, pool: People, sandbox: Sandbox, kind: str
):
    """(RES-06) cut between the proof and the preference."""
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    with sandbox.trouble("SetUserMFAPreference", kind):
        page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert page.heading == "Text message is not on yet"
    assert pool.look(nora)["attributes"]["phone_number"] == nora.phone
    page = walker.open("/")
    walker.open(page.link("Turn on"))
    assert walker.send("Turn on").heading == "Text message is on"
    assert pool.on(nora) == {SMS}


def test_a_proof_whose_answer_was_lost_is_read_from_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04)"""
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    with sandbox.trouble("VerifyUserAttribute", "silence", seconds=0.05):
        page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert page.heading == "Text message is on"
    assert pool.on(nora) == {SMS}


def test_a_proof_that_never_arrived_is_not_claimed(walker: Walker, pool: People, sandbox: Sandbox):
    """(RES-04) the same code still works afterwards: nothing was sent twice."""
    nora = pool.make()
    walker.sign_in(nora)
    _text_to(walker, nora.phone)
    form = walker.page
    with sandbox.trouble("VerifyUserAttribute", "reset"), calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert (page.status, calls["VerifyUserAttribute"]) == (504, 1)
    assert pool.on(nora) == set()
    walker.page = form
    page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert page.heading == "Text message is on"


def test_adding_a_second_method_asks_each_time_unless_preferred(
    walker: Walker, pool: People, sandbox: Sandbox
):
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    _text_to(walker, tom.phone)
    page = walker.send("Turn on", code=sandbox.newest_code(tom.phone))
    assert sentence(page).startswith("After your password, we will let you choose")
    assert "Make this my preferred way" in page.text
    assert pool.preferred(tom) is None

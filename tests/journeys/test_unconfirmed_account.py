"""An account that its owner made and never confirmed."""

from typing import Any

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import OVERVIEW, calls_counted
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker


@pytest.fixture
def people(make_pool: MakePool) -> People:
    return make_pool(offered=("totp",))


def _try(walker: Walker, somebody: Somebody) -> Page:
    walker.open("/sign-in/?next=/preference/")
    return walker.send("Sign in", login=somebody.username, password=somebody.password)


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_the_code_of_the_sign_up_confirms_it(walker: Walker, people: People, sandbox: Sandbox):
    nora = people.sign_up()
    page = _try(walker, nora)
    assert (page.url, page.heading) == ("/sign-in/activate/", "Confirm your account")
    code = sandbox.newest_code(nora.email)
    page = walker.send("Confirm my account", code=_wrong(code))
    assert (page.status, page.errors) == (422, ["That code is not right. Check it and try again."])
    page = walker.send("Confirm my account", code=code)
    assert page.url == "/sign-in/?next=%2Fpreference%2F"
    assert "Your account is confirmed. Sign in to go on." in page.text
    assert people.look(nora)["UserStatus"] == "CONFIRMED"
    walker.send("Sign in", login=nora.username, password=nora.password)
    assert walker.page.url == "/preference/"
    rows = AuditRecord.objects.filter(event="account_confirmed").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "refused", "intended", "done"]


def test_another_code_can_be_sent(walker: Walker, people: People, sandbox: Sandbox, clock: Clock):
    nora = people.sign_up()
    _try(walker, nora)
    old = sandbox.newest_code(nora.email)
    page = walker.send("Send another code")
    assert "we sent an e-mail to p•••@e•••" in page.text
    assert (
        walker.send("Confirm my account", code=old)
        .errors[0]
        .startswith("That code is too old, or a newer one was sent.")
    )
    with calls_counted(sandbox) as calls:
        page = walker.send("Send another code")
    assert "You can ask for another code in" in page.text
    assert not calls
    page = walker.send("Confirm my account", code=sandbox.newest_code(nora.email))
    assert page.heading == "Sign in"


def test_codes_are_sent_only_so_often(
    walker: Walker, people: People, sandbox: Sandbox, clock: Clock
):
    """(OTP-11)"""
    _try(walker, people.sign_up())
    for _ in range(5):
        assert "A new code is on its way." in walker.send("Send another code").text
        clock.forward(seconds=31)
    with calls_counted(sandbox) as calls:
        page = walker.send("Send another code")
    assert "Too many codes were asked for." in page.text
    assert not calls


def test_codes_are_tried_only_so_often(walker: Walker, people: People, sandbox: Sandbox):
    """(OTP-02)"""
    nora = people.sign_up()
    _try(walker, nora)
    for _ in range(10):
        walker.send("Confirm my account", code=_wrong(sandbox.newest_code(nora.email)))
    page = walker.send("Confirm my account", code=sandbox.newest_code(nora.email))
    assert page.errors[0].startswith("There were too many wrong codes.")


@pytest.mark.parametrize("button", ["Confirm my account", "Send another code"])
def test_confirmed_in_the_meantime(walker: Walker, people: People, sandbox: Sandbox, button: str):
    """(RES-05) by an administrator, or by the same press a moment ago."""
    nora = people.sign_up()
    _try(walker, nora)
    code = sandbox.newest_code(nora.email)
    people.admin.admin_confirm_sign_up(UserPoolId=people.pool_id, Username=nora.username)
    typed = {"code": code} if "Confirm" in button else {}
    walker.send(button, **typed)
    walker.sign_in(nora)
    assert walker.page.heading == OVERVIEW


@pytest.mark.parametrize(
    ("operation", "button", "refused", "sentence"),
    [
        ("ConfirmSignUp", "Confirm my account", "AliasExistsException", "Another account already"),
        ("ConfirmSignUp", "Confirm my account", "NotAuthorizedException", "not possible here"),
        ("ResendConfirmationCode", "Send another", "NotAuthorizedException", "not possible here"),
        (
            "ResendConfirmationCode", "Send another", "CodeDeliveryFailureException",
            "could not be sent",
        ),
    ],
)  # fmt: skip
def test_every_refusal_says_what_to_do(
    walker: Walker,
    people: People,
    sandbox: Sandbox,
    operation: str,
    button: str,
    refused: str,
    sentence: str,
):
    _try(walker, people.sign_up())
    typed = {"code": "123456"} if operation == "ConfirmSignUp" else {}
    with sandbox.trouble(operation, "error", code=refused, message="No."):
        page = walker.send(button, **typed)
    assert sentence in page.text
    assert page.url == "/sign-in/activate/"


def test_only_where_the_settings_allow(walker: Walker, people: People, settings: Any):
    settings.CONFIRM_ACCOUNTS = False
    page = _try(walker, people.sign_up())
    assert (page.status, page.url) == (422, "/sign-in/")
    assert page.errors[0].startswith("This account was never confirmed.")


def test_without_a_beginning_there_is_no_such_page(walker: Walker, people: People):
    assert walker.open("/sign-in/activate/").url == "/sign-in/"
    assert walker.post("/sign-in/activate/resend/", {}).url == "/sign-in/"

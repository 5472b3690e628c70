"""A forgotten password: a code, a new password, and straight on with the sign-in."""

import re
from typing import Any

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import APP, OVERVIEW, calls_counted, notices, session_of
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("by_srp")

NEW_PASSWORD = "Another-Ferry-52"
WRONG = (
    "That code is not right, or it is too old. Enter the newest one, or ask for another. "
    "After several tries, wait an hour before the next one."
)
BY_MAIL = {"offered": ("totp", "sms"), "recovery": ("verified_email", "verified_phone_number")}


@pytest.fixture
def people(make_pool: MakePool) -> People:
    """A pool whose people reset their password by e-mail, else by text message."""
    return make_pool(**BY_MAIL)


def _ask(walker: Walker, name: str, *, at: str = "/sign-in/") -> Page:
    page = walker.open(at)
    walker.open(page.link("Forgotten your password?"))
    return walker.send("Send me a code", login=name)


def _wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06d}"


def test_a_code_and_a_new_password_let_one_in(
    walker: Walker, second_walker: Walker, people: People, sandbox: Sandbox
):
    nora = people.make()
    page = _ask(walker, nora.username, at="/sign-in/?next=/preference/")
    assert (page.url, page.heading) == ("/sign-in/forgotten/code/", "Choose a new password")
    assert "If there is such an account, we sent an e-mail to p•••@e•••" in page.text
    assert nora.email not in page.html
    page = walker.send("Save", code=sandbox.newest_code(nora.email), new_password=NEW_PASSWORD)
    assert page.url == "/preference/"
    assert "Your password is changed." in page.text
    assert second_walker.sign_in(nora).status == 422
    nora.password = NEW_PASSWORD
    assert second_walker.sign_in(nora).heading == OVERVIEW


def test_the_second_step_follows(walker: Walker, people: People, sandbox: Sandbox):
    """(REC-01, REA-03) a mailbox alone is never enough for somebody who has an app."""
    tom = people.make(app=True, on=(APP,))
    _ask(walker, tom.username, at="/sign-in/?next=/preference/")
    page = walker.send("Save", code=sandbox.newest_code(tom.email), new_password=NEW_PASSWORD)
    assert page.url == "/sign-in/code/"
    assert "Your password is changed." in page.text
    assert tom.app
    assert walker.send("Continue", code=tom.app.code()).url == "/preference/"


def test_a_person_without_a_mailbox_gets_a_text_message(
    walker: Walker, people: People, sandbox: Sandbox
):
    rosa = people.make(phone=True, email=False)
    page = _ask(walker, rosa.username)
    assert f"we sent a text message to ••• {rosa.phone[-4:]}" in page.text
    assert rosa.phone not in page.html
    page = walker.send("Save", code=sandbox.newest_code(rosa.phone), new_password=NEW_PASSWORD)
    assert page.heading == OVERVIEW


def _same_answer(page: Page) -> tuple[int, str, str, list[str]]:
    """What a stranger sees, without the letters of the mailbox."""
    whereabouts = page.soup.select_one(".whereabouts strong")
    masked = whereabouts.get_text() if whereabouts else ""
    shape = "".join(each if each in "•@" else "x" for each in masked)
    text = re.sub(r"\d+ seconds?", "a moment", page.text.replace(masked, shape))
    return page.status, text, page.heading, page.errors


def _strangers(pool: People) -> list[Somebody]:
    """Nobody, and people of whom the pool would say no: all to look like somebody."""
    disabled, unreachable, unproved = pool.make(), pool.make(email=False), pool.make(temporary=True)
    pool.admin.admin_disable_user(UserPoolId=pool.pool_id, Username=disabled.username)
    nobody = Somebody("nobody-of-this-name", "", "")
    return [nobody, disabled, unreachable, unproved, Somebody("white space", "", "")]


def test_known_and_unknown_names_look_alike(
    walker: Walker, second_walker: Walker, people: People, sandbox: Sandbox
):
    """(OTP-17) the answer to the name, and the answer to a wrong code after it."""
    known = people.make()
    asked = _same_answer(_ask(walker, known.username))
    wrong = walker.send("Save", code="000000", new_password=NEW_PASSWORD)
    assert wrong.errors == [WRONG]
    for stranger in _strangers(people):
        assert _same_answer(_ask(second_walker, stranger.username)) == asked, stranger
        page = second_walker.send("Save", code="000000", new_password=NEW_PASSWORD)
        assert _same_answer(page) == _same_answer(wrong), stranger


def test_a_pool_that_tells_who_exists_is_not_believed(
    walker: Walker, people: People, sandbox: Sandbox
):
    """(OTP-17) a client without PreventUserExistenceErrors."""
    people.admin.update_user_pool_client(
        UserPoolId=people.pool_id,
        ClientId=people.client_id(),
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="LEGACY",
    )
    page = _ask(walker, "nobody@example.org")
    assert "we sent an e-mail to n•••@e•••" in page.text
    assert _ask(walker, "someone-else").url == "/sign-in/forgotten/code/"


def test_the_place_shown_for_nobody_is_always_the_same(
    walker: Walker, second_walker: Walker, people: People
):
    """(OTP-17) one that changed from try to try would tell."""
    mute = people.make(email=False)
    first = _ask(walker, mute.username).text
    again = _ask(second_walker, mute.username).text
    assert again.partition("Six-digit code")[0] == first.partition("Six-digit code")[0]


def test_where_only_phones_recover_nobody_has_a_mailbox(walker: Walker, make_pool: MakePool):
    """(OTP-17)"""
    pool = make_pool(offered=("totp", "email"), recovery=("verified_phone_number",))
    mute = pool.make()
    assert "we sent a text message to ••• " in _ask(walker, mute.username).text


def test_a_wrong_code_keeps_the_page_and_an_older_one_is_no_better(
    walker: Walker, people: People, sandbox: Sandbox, clock: Clock
):
    nora = people.make()
    _ask(walker, nora.username)
    old = sandbox.newest_code(nora.email)
    page = walker.send("Save", code=_wrong(old), new_password=NEW_PASSWORD)
    assert (page.status, page.errors) == (422, [WRONG])
    assert page.title.startswith("Error: ")
    assert NEW_PASSWORD not in page.html
    assert _wrong(old) not in page.html
    clock.forward(seconds=31)
    page = walker.send("Send another code")
    assert "If there is such an account, a new code is on its way." in page.text
    assert walker.send("Save", code=old, new_password=NEW_PASSWORD).errors == [WRONG]
    page = walker.send("Save", code=sandbox.newest_code(nora.email), new_password=NEW_PASSWORD)
    assert page.heading == OVERVIEW


def test_a_code_lives_for_an_hour(walker: Walker, people: People, sandbox: Sandbox, clock: Clock):
    """What was begun ends with it: the first page again."""
    nora = people.make()
    assert "The code works for an hour." in _ask(walker, nora.username).text
    clock.forward(minutes=61)
    code = sandbox.newest_code(nora.email)
    page = walker.send("Save", code=code, new_password=NEW_PASSWORD)
    assert (page.url, page.heading) == ("/sign-in/forgotten/", "Forgotten password")


def test_another_code_waits_a_little(walker: Walker, people: People, sandbox: Sandbox):
    """(OTP-11, RES-05) neither a press on the button nor the same name again sends one more."""
    nora = people.make()
    with calls_counted(sandbox) as calls:
        _ask(walker, nora.username)
        page = walker.send("Send another code")
        assert "You can ask for another code in" in page.text
        _ask(walker, nora.username)
    assert calls["ForgotPassword"] == 1


def test_codes_are_sent_only_so_often(
    walker: Walker, people: People, sandbox: Sandbox, clock: Clock
):
    """(OTP-11) five an hour for a name, alike for one that nobody has."""
    for name in (people.make().username, "nobody-of-this-name"):
        for _ in range(5):
            assert _ask(walker, name).url == "/sign-in/forgotten/code/"
            clock.forward(seconds=31)
        with calls_counted(sandbox) as calls:
            page = walker.send("Send another code")
            assert "Too many codes were asked for." in page.text
            page = _ask(walker, name)
        assert page.errors == ["Too many codes were asked for. Wait an hour, then try again."]
        assert "ForgotPassword" not in calls


def test_codes_are_tried_only_so_often(walker: Walker, people: People, sandbox: Sandbox):
    """(OTP-02, OTP-04, OTP-17) ten an hour; Cognito's own limit looks like a wrong code."""
    for name in (people.make().username, "nobody-of-this-name"):
        _ask(walker, name)
        for _ in range(10):
            page = walker.send("Save", code="000000", new_password=NEW_PASSWORD)
            assert page.errors == [WRONG]
        with calls_counted(sandbox) as calls:
            page = walker.send("Save", code="000000", new_password=NEW_PASSWORD)
        assert page.errors == ["There were too many tries. Wait an hour, then ask for a new code."]
        assert not calls


def test_the_rules_are_shown_and_a_weak_password_costs_no_try(
    walker: Walker, people: People, sandbox: Sandbox
):
    nora = people.make()
    page = _ask(walker, nora.username)
    code = sandbox.newest_code(nora.email)
    listed = [item.get_text() for item in page.soup.select("main form li")]
    assert listed[0] == "8 characters or more"
    with calls_counted(sandbox) as calls:
        page = walker.send("Save", code=code, new_password="short")
    assert page.errors == [
        "This password is not enough yet. It needs 8 characters or more, a capital letter, "
        "a digit and a sign such as - or !."
    ]
    assert not calls
    assert walker.send("Save", code=code, new_password=NEW_PASSWORD).heading == OVERVIEW


def test_a_password_that_only_the_pool_can_refuse(walker: Walker, people: People, sandbox: Sandbox):
    nora = people.make()
    _ask(walker, nora.username)
    code = sandbox.newest_code(nora.email)
    refused = {"code": "PasswordHistoryPolicyViolationException", "message": "Used before."}
    with sandbox.trouble("ConfirmForgotPassword", "error", **refused):
        page = walker.send("Save", code=code, new_password=NEW_PASSWORD)
    assert page.errors == ["That password does not fit the rules below, or was used before."]
    assert walker.send("Save", code=code, new_password=NEW_PASSWORD).heading == OVERVIEW


def test_an_answer_that_got_lost_is_found_out(walker: Walker, people: People, sandbox: Sandbox):
    """(RES-04) the pool changed the password, and nobody heard: the door itself tells."""
    nora = people.make()
    _ask(walker, nora.username)
    code = sandbox.newest_code(nora.email)
    people.admin.confirm_forgot_password(
        ClientId=people.client_id(),
        Username=nora.username,
        ConfirmationCode=code,
        Password=NEW_PASSWORD,
    )
    with sandbox.trouble("ConfirmForgotPassword", "reset"):
        page = walker.send("Save", code=code, new_password=NEW_PASSWORD)
    assert page.heading == OVERVIEW


def test_silence_before_the_change_says_so(walker: Walker, people: People, sandbox: Sandbox):
    """(RES-04, RES-06) nothing happened; the same code is still good on the same page."""
    nora = people.make()
    _ask(walker, nora.username)
    form = walker.page
    code = sandbox.newest_code(nora.email)
    with sandbox.trouble("ConfirmForgotPassword", "reset"):
        page = walker.send("Save", code=code, new_password=NEW_PASSWORD)
    assert page.status == 504
    walker.page = form
    assert walker.send("Save", code=code, new_password=NEW_PASSWORD).heading == OVERVIEW


def test_a_sign_in_that_fails_afterwards_still_says_what_is_changed(
    walker: Walker, people: People, sandbox: Sandbox
):
    """(RES-06)"""
    nora = people.make()
    _ask(walker, nora.username, at="/sign-in/?next=/preference/")
    code = sandbox.newest_code(nora.email)
    with sandbox.trouble("InitiateAuth", "error", code="TooManyRequestsException"):
        page = walker.send("Save", code=code, new_password=NEW_PASSWORD)
    assert page.url == "/sign-in/?next=%2Fpreference%2F"
    assert "Your password is changed." in page.text


def test_an_administrator_may_ask_for_it(walker: Walker, people: People, sandbox: Sandbox):
    """PasswordResetRequired: the pool has sent the code, the sign-in leads to the page for it."""
    nora = people.make()
    people.admin.admin_reset_user_password(UserPoolId=people.pool_id, Username=nora.username)
    walker.open("/sign-in/?next=/preference/")
    page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert (page.url, page.heading) == ("/sign-in/forgotten/code/", "Choose a new password")
    assert "You were sent a code for that." in page.text
    page = walker.send("Save", code=sandbox.newest_code(nora.email), new_password=NEW_PASSWORD)
    assert page.url == "/preference/"
    assert people.look(nora)["UserStatus"] == "CONFIRMED"


def test_a_reset_in_the_middle_of_a_session_leads_there_too(
    walker: Walker, people: People, sandbox: Sandbox, clock: Clock
):
    """(AUZ-08) the proof before a change meets it first."""
    nora = people.make()
    walker.sign_in(nora)
    clock.forward(minutes=6)
    walker.open("/preference/")
    people.admin.admin_reset_user_password(UserPoolId=people.pool_id, Username=nora.username)
    page = walker.send("Continue", password=nora.password)
    assert page.heading == "Sign in"
    page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert page.heading == "Choose a new password"


@pytest.mark.parametrize("by", ["the settings", "the pool"])
def test_only_where_it_is_allowed(
    walker: Walker, make_pool: MakePool, settings: Any, sandbox: Sandbox, by: str
):
    if by == "the settings":
        settings.FORGOTTEN_PASSWORD = False
    pool = make_pool(**BY_MAIL) if by == "the settings" else make_pool()
    assert "Forgotten your password?" not in walker.open("/sign-in/").text
    page = walker.open("/sign-in/forgotten/")
    assert "Ask the people who run your account" in page.text
    nora = pool.make()
    required = {"code": "PasswordResetRequiredException", "message": "Password reset required"}
    walker.open("/sign-in/")
    with sandbox.trouble("RespondToAuthChallenge", "error", **required):
        page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert page.status == 422
    assert page.errors[0].startswith("Your password must be changed before you can sign in.")


def test_the_sign_in_page_does_not_fail_over_a_link(walker: Walker, pool: People, sandbox: Sandbox):
    """(RES-02) IAM is away: the link stays, and its page says what is wrong."""
    with sandbox.trouble("DescribeUserPool", "error", code="AccessDeniedException"):
        page = walker.open("/sign-in/")
        assert page.heading == "Sign in"
        assert "Forgotten your password?" in page.text


def test_nobody_comes_here_in_the_middle_of_something_else(
    walker: Walker, second_walker: Walker, people: People
):
    """(SES-12, SES-13) who owes a code is led back to it; who is signed in, to the overview."""
    tom, nora = people.make(app=True, on=(APP,)), people.make()
    walker.open("/sign-in/")
    walker.send("Sign in", login=tom.username, password=tom.password)
    second_walker.sign_in(nora)
    for path in ("forgotten/", "forgotten/code/", "activate/"):
        assert walker.open(f"/sign-in/{path}").url == "/sign-in/code/"
        assert second_walker.open(f"/sign-in/{path}").heading == OVERVIEW


def test_without_a_beginning_there_is_no_second_page(walker: Walker, people: People):
    assert walker.open("/sign-in/forgotten/code/").url == "/sign-in/forgotten/"
    page = walker.post("/sign-in/forgotten/resend/", {})
    assert page.url == "/sign-in/forgotten/"


def test_what_is_remembered_is_sealed(walker: Walker, people: People):
    """(SES-11, DAT-02) not even the name lies in the open."""
    nora = people.make()
    _ask(walker, nora.username)
    kept = str(session_of(walker))
    assert "errand_forgotten" in kept
    assert nora.username not in kept


def test_it_is_written_down_and_announced(
    walker: Walker, people: People, sandbox: Sandbox, deliver_notices: Any
):
    """(AUD-02, NOT-01, AUD-03) without the name, the code or the password."""
    nora = people.make()
    _ask(walker, nora.username)
    code = sandbox.newest_code(nora.email)
    walker.send("Save", code=_wrong(code), new_password=NEW_PASSWORD)
    walker.send("Save", code=code, new_password=NEW_PASSWORD)
    rows = AuditRecord.objects.order_by("created_at")
    assert [(row.event, row.outcome) for row in rows] == [
        ("password_reset_asked", "done"),
        ("password_reset", "intended"),
        ("password_reset", "refused"),
        ("password_reset", "intended"),
        ("password_reset", "done"),
        ("signed_in", "done"),
        ("password_was_reset", "done"),
    ]
    stored = str(list(rows.values()))
    assert not any(secret in stored for secret in (nora.username, code, NEW_PASSWORD))
    deliver_notices()
    assert notices(sandbox, nora)[0].startswith("Your password was changed.")


def test_a_reset_clears_ones_own_wrong_tries(walker: Walker, people: People, sandbox: Sandbox):
    """(OTP-05) ten wrong passwords, then the code: the way in is open at once."""
    nora = people.make()
    for _ in range(10):
        walker.open("/sign-in/")
        walker.send("Sign in", login=nora.username, password="Not-The-Password-1")
    _ask(walker, nora.username)
    nora.password = NEW_PASSWORD
    walker.send("Save", code=sandbox.newest_code(nora.email), new_password=NEW_PASSWORD)
    walker.open("/")
    walker.send("Sign out")
    assert walker.sign_in(nora).heading == OVERVIEW

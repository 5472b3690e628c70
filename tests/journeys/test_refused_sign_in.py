"""What a sign-in says no to, and how: wrong passwords, wrong codes, late answers, bad `next`."""

import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.steps import ALL, APP, EMAIL, OVERVIEW, SMS, calls_counted
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("by_srp")

NO_MATCH = (
    "We could not sign you in with that. Check the username and the password. "
    "After several tries, wait a minute before the next one."
)
TOO_SLOW = "That took a little too long, so we have to start again. Nothing was changed."


def _try(walker: Walker, name: str, password: str) -> Page:
    walker.open("/sign-in/")
    return walker.send("Sign in", login=name, password=password)


def _disabled(pool: People) -> Somebody:
    somebody = pool.make()
    pool.admin.admin_disable_user(UserPoolId=pool.pool_id, Username=somebody.username)
    return somebody


def _locked(pool: People, clock: Clock) -> Somebody:
    """Wrong passwords through another client, until the doubled lock outlasts the test."""
    somebody = pool.make()
    for _ in range(11):
        clock.forward(seconds=40)
        with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
            pool.admin.initiate_auth(
                AuthFlow="USER_PASSWORD_AUTH",
                ClientId=pool.client_id(),
                AuthParameters={"USERNAME": somebody.username, "PASSWORD": "wrong"},
            )
    return somebody


def test_wrong_unknown_disabled_and_locked_look_alike(walker: Walker, pool: People, clock: Clock):
    """(OTP-17) in status and in every word of the page."""
    known, disabled, locked = pool.make(), _disabled(pool), _locked(pool, clock)
    wrong = _try(walker, known.username, "Not-The-Password-1")
    assert (wrong.status, wrong.errors) == (422, [NO_MATCH])
    others = [
        _try(walker, "nobody-of-this-name", "Not-The-Password-1"),
        _try(walker, disabled.username, disabled.password),
        _try(walker, locked.username, locked.password),
        _try(walker, "x" * 128, "y" * 256),
        _try(walker, "no\u200bbody", "white space in it"),
    ]
    assert [(page.status, page.text) for page in others] == [(422, wrong.text)] * 5


@pytest.mark.parametrize("by", ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
def test_nobody_tells_them_apart_by_time(
    pool: People, clock: Clock, settings: Any, sandbox: Sandbox, by: str
):
    """(OTP-17) as many calls for each, and about as much work: the least of many tries, in turn.

    The least of more tries comes nearer to the work itself, so a busy machine gets more of them.
    """
    settings.COGNITO_SIGN_IN_FLOW = by
    disabled, locked = _disabled(pool).username, _locked(pool, clock).username
    took: dict[str, list[float]] = {}
    called: dict[str, list[int]] = {}
    for turn in range(40):
        if turn >= 9 and _spread(took) < 1.5:
            break
        known = pool.make().username
        tried = {"known": known, "nobody": "nobody-of-this-name", "off": disabled, "shut": locked}
        for who, name in tried.items():
            walker = Walker()
            # Each turn from elsewhere: a name has ten tries from one address.
            walker.client.defaults["REMOTE_ADDR"] = f"203.0.113.{turn + 1}"
            walker.open("/sign-in/")
            began = time.thread_time()
            with calls_counted(sandbox) as calls:
                walker.send("Sign in", login=name, password="Not-The-Password-1")
            took.setdefault(who, []).append(time.thread_time() - began)
            called.setdefault(who, []).append(sum(calls.values()))
    assert {count for counts in called.values() for count in counts} == {2 if "SRP" in by else 1}
    # Time of the processor, which other work on the machine adds little to. Without the arithmetic
    # for nobody it is one to two.
    assert _spread(took) < 1.5, took


def _spread(took: Mapping[str, list[float]]) -> float:
    """How many times as long the slowest takes as the quickest, each at its best."""
    least = [min(times) for times in took.values()]
    return max(least) / min(least)


def test_an_attack_from_outside_locks_nobody_out(pool: People, clock: Clock, sandbox: Sandbox):
    """(LIM-05) whoever guesses is stopped at their address; the owner gets in from another."""
    nora, attacker, owner = pool.make(), Walker(), Walker()
    attacker.client.defaults["REMOTE_ADDR"] = "203.0.113.9"
    for _ in range(15):
        _try(attacker, nora.username, "Not-The-Password-1")
    clock.forward(minutes=2)  # the pool's own lock after so many (contract 5.7)
    with calls_counted(sandbox) as calls:
        assert _try(attacker, nora.username, nora.password).errors == [NO_MATCH]
    assert not calls
    assert owner.sign_in(nora).heading == OVERVIEW


@pytest.mark.parametrize(("days", "works"), [(6, True), (8, False)])
def test_a_first_password_lasts_a_week(
    walker: Walker, pool: People, clock: Clock, days: int, *, works: bool
):
    """Contract 4.3: then the page says whom to ask."""
    paul = pool.make(temporary=True)
    clock.forward(days=days)
    page = _try(walker, paul.username, paul.password)
    assert (page.url == "/sign-in/new-password/") is works
    assert works or page.errors[0].startswith("Your first password was not used in time.")


def test_a_wrong_password_is_not_drawn_again(walker: Walker, pool: People):
    page = _try(walker, pool.make().username, "Not-The-Password-1")
    assert "Not-The-Password-1" not in page.html
    assert page.title.startswith("Error: Sign in")


@pytest.mark.parametrize(
    ("typed", "errors"),
    [
        ({"login": "", "password": ""}, ["Enter your username.", "Enter your password."]),
        ({"login": "nora", "password": None}, ["Enter your password."]),
        ({"login": "x" * 129, "password": "secret"}, None),
        ({"login": "nora", "password": "y" * 257}, None),
    ],
)
def test_what_cannot_be_right_does_not_reach_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox, typed: dict[str, str], errors: list[str] | None
):
    walker.open("/sign-in/")
    with calls_counted(sandbox) as calls:
        page = walker.send("Sign in", **typed)
    assert page.status == 422
    assert page.errors
    assert errors in (None, page.errors)
    assert not calls


def test_a_name_is_tried_only_so_often(walker: Walker, pool: People, sandbox: Sandbox):
    """Ten wrong tries for one name within five minutes; then even the right one has to wait."""
    nora = pool.make()
    for _ in range(10):
        assert _try(walker, nora.username, "Not-The-Password-1").errors == [NO_MATCH]
    with calls_counted(sandbox) as calls:
        assert _try(walker, nora.username.upper(), nora.password).errors == [NO_MATCH]
    assert not calls


def test_guessing_at_one_door_does_not_lock_another_person_out(
    walker: Walker, second_walker: Walker, pool: People
):
    nora, tom = pool.make(), pool.make()
    for _ in range(10):
        _try(walker, nora.username, "Not-The-Password-1")
    assert second_walker.sign_in(tom).heading == OVERVIEW


def test_an_address_has_its_own_limit(walker: Walker, pool: People):
    """(LIM-05) sixty tries a minute from one address, whatever the names."""
    walker.open("/sign-in/")
    for _ in range(60):
        assert walker.send("Sign in", login="", password="").status == 422
    page = walker.send("Sign in", login="", password="")
    assert page.status == 429
    assert page.heading == "Please wait a little"


@pytest.mark.parametrize(
    ("code", "words", "sentence"),
    [
        ("UserNotConfirmedException", "User is not confirmed.", "never confirmed"),
        ("PasswordResetRequiredException", "Password reset required", "must be changed before"),
        ("NotAuthorizedException", "User is disabled.", "We could not sign you in with that."),
        (
            "NotAuthorizedException",
            "Temporary password has expired and must be reset by an administrator.",
            "was not used in time",
        ),
    ],
)
def test_other_reasons_have_their_own_sentence(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    settings: Any,
    code: str,
    words: str,
    sentence: str,
):
    settings.CONFIRM_ACCOUNTS = settings.FORGOTTEN_PASSWORD = False
    nora = pool.make()
    with sandbox.trouble("RespondToAuthChallenge", "error", code=code, message=words):
        page = _try(walker, nora.username, nora.password)
    assert page.status == 422
    assert sentence in page.errors[0]


def test_a_first_password_is_good_for_a_week(walker: Walker, pool: People, clock: Clock):
    paul = pool.make(temporary=True)
    clock.forward(days=8)
    assert "was not used in time" in _try(walker, paul.username, paul.password).errors[0]


def test_a_first_password_can_run_out_on_its_own_page(walker: Walker, pool: People):
    """(AUZ-08) disabled in the middle: back to the first page, in the words for everybody."""
    paul = pool.make(temporary=True)
    _try(walker, paul.username, paul.password)
    pool.admin.admin_disable_user(UserPoolId=pool.pool_id, Username=paul.username)
    page = walker.send("Save", new_password="Another-Ferry-52")
    assert page.heading == "Sign in"
    assert NO_MATCH in page.text


# --- codes ------------------------------------------------------------------------------------


def _at_code(walker: Walker, pool: People, **how: object) -> Somebody:
    tom = pool.make(app=True, on=(APP,))
    walker.open("/sign-in/?next=/preference/")
    walker.send("Sign in", login=tom.username, password=tom.password)
    return tom


def test_a_wrong_code_may_be_tried_again(walker: Walker, pool: People):
    tom = _at_code(walker, pool)
    assert tom.app
    wrong = tom.app.wrong_code()
    page = walker.send("Continue", code=wrong)
    assert (page.status, page.url) == (422, "/sign-in/code/")
    assert page.errors == ["That code is not right. Check it and try again."]
    assert wrong not in page.html
    assert walker.send("Continue", code=tom.app.code()).url == "/preference/"


def test_a_used_code_is_called_so(walker: Walker, second_walker: Walker, pool: People):
    """(OTP-01) the same code again, by another browser a moment later."""
    tom = _at_code(walker, pool)
    assert tom.app
    code = tom.app.code()
    walker.send("Continue", code=code)
    second_walker.open("/sign-in/")
    second_walker.send("Sign in", login=tom.username, password=tom.password)
    page = second_walker.send("Continue", code=code)
    assert page.status == 422
    assert page.errors[0].startswith("That code was already used. Wait until your app shows")


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter the six-digit code."),
        ("12345", "The code has six digits; you entered 5."),
        ("1234567", "The code has six digits; you entered 7."),
        ("12a456", "A code has only digits, no letters or signs."),
        ("１２３４５６", "Use the ordinary digits 0 to 9."),
        ("9" * 40, "That is too long. The code has six digits."),
    ],
)
def test_what_is_no_code_does_not_reach_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox, typed: str, error: str
):
    """(OTP-07)"""
    _at_code(walker, pool)
    with calls_counted(sandbox) as calls:
        page = walker.send("Continue", code=typed)
    assert (page.status, page.errors) == (422, [error])
    assert not calls


def test_spaces_in_a_code_are_forgiven(walker: Walker, pool: People):
    """(OTP-07)"""
    tom = _at_code(walker, pool)
    assert tom.app
    code = tom.app.code()
    assert walker.send("Continue", code=f" {code[:3]} {code[3:]} ").url == "/preference/"


def test_a_late_code_begins_again_without_losing_where_one_was_going(
    walker: Walker, pool: People, clock: Clock
):
    tom = _at_code(walker, pool)
    clock.forward(minutes=4)
    assert tom.app
    page = walker.send("Continue", code=tom.app.code())
    assert page.heading == "Sign in"
    assert TOO_SLOW in page.text
    walker.send("Sign in", login=tom.username, password=tom.password)
    assert walker.answer_challenges(tom).url == "/preference/"


def test_starting_again_keeps_where_one_was_going(walker: Walker, pool: People):
    tom = _at_code(walker, pool)
    assert walker.send("Start again").heading == "Sign in"
    walker.send("Sign in", login=tom.username, password=tom.password)
    assert walker.answer_challenges(tom).url == "/preference/"


def test_a_late_choice_and_a_late_new_password_begin_again(
    walker: Walker, pool: People, clock: Clock
):
    maria, paul = pool.make(phone=True, on=(SMS, EMAIL)), pool.make(temporary=True)
    _try(walker, maria.username, maria.password)
    clock.forward(minutes=4)
    assert TOO_SLOW in walker.send("Continue", factor=SMS).text
    _try(walker, paul.username, paul.password)
    clock.forward(minutes=4)
    assert TOO_SLOW in walker.send("Save", new_password="Another-Ferry-52").text


def test_a_superseded_text_message_is_refused(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox
):
    """Codes of two sign-ins do not stand for each other (OTP-09)."""
    rosa = pool.make(phone=True, on=(SMS,))
    _try(walker, rosa.username, rosa.password)
    first = sandbox.newest_code(rosa.phone)
    _try(second_walker, rosa.username, rosa.password)
    page = second_walker.send("Continue", code=first)
    assert (page.status, page.heading) == (422, "Enter the code")
    assert second_walker.open("/").heading != OVERVIEW
    # Its own is good all the same.
    newest = sandbox.newest_code(rosa.phone)
    second_walker.open("/sign-in/code/")
    assert second_walker.send("Continue", code=newest).heading == OVERVIEW


def test_too_many_wrong_codes_lock_for_a_moment(walker: Walker, pool: People, clock: Clock):
    """(OTP-02) after five in a row one waits, twice as long each time."""
    tom = _at_code(walker, pool)
    assert tom.app
    for _ in range(5):
        walker.send("Continue", code=tom.app.wrong_code())
    page = walker.send("Continue", code=tom.app.code())
    assert (page.status, page.url) == (422, "/sign-in/code/")
    assert page.errors[0].startswith("There were too many wrong codes. Wait ")
    clock.forward(seconds=31)
    walker.send("Continue", code=tom.app.wrong_code())
    assert (
        walker.send("Continue", code=tom.app.code())
        .errors[0]
        .endswith(("Wait a minute, then try again.", " seconds, then try again."))
    )
    clock.forward(seconds=61)
    assert walker.send("Continue", code=tom.app.code()).url == "/preference/"


def test_the_lock_of_the_pool_itself_is_told(walker: Walker, pool: People, sandbox: Sandbox):
    """Contract 5.7: shared with every other app of the pool, so it may come before ours."""
    tom = _at_code(walker, pool)
    words = "Password attempts exceeded"
    with sandbox.trouble(
        "RespondToAuthChallenge", "error", code="NotAuthorizedException", message=words
    ):
        assert tom.app
        page = walker.send("Continue", code=tom.app.code())
    assert page.errors[0].startswith("There were too many wrong codes. Wait a minute")


def test_codes_are_guessed_only_so_often(walker: Walker, pool: People, clock: Clock):
    """Thirty tries in a quarter of an hour, in however many sign-ins (OTP-04)."""
    tom = _at_code(walker, pool)
    for _ in range(15):
        walker.send("Continue", code="12")
    walker.send("Start again")
    walker.send("Sign in", login=tom.username, password=tom.password)
    for _ in range(14):
        page = walker.send("Continue", code="12")
    assert page.status == 422
    page = walker.send("Continue", code="12")
    assert (page.status, page.heading) == (429, "Please wait a little")


def test_too_many_e_mails_are_not_called_a_wrong_password(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """The pool sends only so many; another way, or time, helps."""
    maria = pool.make(phone=True, on=(SMS, EMAIL))
    _try(walker, maria.username, maria.password)
    words = "Attempt limit exceeded, please try after some time."
    limit = {"code": "LimitExceededException", "message": words}
    with sandbox.trouble("RespondToAuthChallenge", "error", **limit):
        page = walker.send("Continue", factor=EMAIL)
    assert "password" not in page.text
    assert page.url == "/sign-in/choose/"
    assert walker.send("Continue", factor=SMS).heading == "Enter the code"


def test_every_refusal_leaves_a_row(walker: Walker, pool: People):
    """(AUD-02) without any name: nobody is known yet."""
    tom = _at_code(walker, pool)
    assert tom.app
    walker.send("Continue", code=tom.app.wrong_code())
    walker.send("Start again")
    _try(walker, tom.username, "Not-The-Password-1")
    rows = AuditRecord.objects.filter(event="signed_in", outcome="refused", actor="anonymous")
    assert [row.detail["reason"] for row in rows] == [
        "RespondToAuthChallenge: CodeMismatchException",
        "RespondToAuthChallenge: NotAuthorizedException",
    ]
    assert {row.client_address for row in rows} == {"127.0.0.1"}
    assert all(row.request_id for row in rows)


def test_every_spelling_of_a_name_shares_one_count(pool: People, sandbox: Sandbox):
    """(OTP-06) thirty codes in a quarter of an hour, through name, capitals and address."""
    tom = pool.make(app=True, on=(APP,))
    assert tom.app
    wrong, walkers = tom.app.wrong_code(), [Walker(), Walker(), Walker()]
    for walker, name in zip(walkers, (tom.username, tom.username.upper(), tom.email), strict=True):
        assert _try(walker, name, tom.password).url == "/sign-in/code/"
    for turn in range(30):
        assert walkers[turn % 3].send("Continue", code=wrong).status == 422
    for walker in walkers:
        form = walker.page
        with calls_counted(sandbox) as calls:
            assert walker.send("Continue", code=wrong).status == 429
        assert not calls
        walker.page = form


@pytest.mark.parametrize("minutes", [4, 31], ids=["the question", "the sign-in"])
def test_what_is_too_old_begins_again_and_keeps_where_one_was_going(
    walker: Walker, pool: People, clock: Clock, minutes: int
):
    """(WEB-10) after the question's few minutes, and after the half hour of a sign-in."""
    tom = _at_code(walker, pool)
    clock.forward(minutes=minutes)
    assert tom.app
    page = walker.send("Continue", code=tom.app.wrong_code())
    assert page.url == "/sign-in/?next=%2Fpreference%2F"
    assert TOO_SLOW in page.text


# --- next -------------------------------------------------------------------------------------

HOSTILE = [
    "//evil.example",
    "///evil.example",
    "////evil.example/",
    "/\\evil.example",
    "\\\\evil.example",
    "\\/evil.example",
    "https://evil.example/",
    "http:///evil.example",
    "https:evil.example",
    "http://localhost.evil.example/",
    "http://localhost@evil.example/",
    "//localhost@evil.example/",
    "http://localhost:80@evil.example/",
    "http://evil.example\\@localhost/",
    "javascript:alert(1)",
    "data:text/html,hello",
    "ftp://localhost/",
    "/\t/evil.example",
    "\t//evil.example",
    "/\n/evil.example",
    "//evil%2Eexample",
    "%2F%2Fevil.example",
    "/%09/evil.example",
    "/%5Cevil.example",
    "[",
    "http://[::1",
]


def _where_a_browser_goes(location: str) -> str:
    """Browsers drop tabs and line breaks, and take a backslash for a slash."""
    seen = location.strip().translate({9: None, 10: None, 13: None}).replace("\\", "/")
    return urljoin("http://localhost/sign-in/", seen)


@pytest.mark.parametrize(
    "hostile", ["//evil.example", "/\\evil.example", "https://evil.example/", "http://[::1"]
)
def test_next_leads_only_to_our_own_pages(walker: Walker, pool: People, hostile: str):
    """(WEB-10) straight after the password."""
    nora = pool.make()
    walker.open("/sign-in/")
    response = walker.client.post(
        f"/sign-in/?next={quote(hostile)}",
        {
            "login": nora.username,
            "password": nora.password,
            "next": hostile,
            "csrfmiddlewaretoken": walker.csrf_token(),
        },
    )
    assert response.status_code == 302
    assert urlsplit(_where_a_browser_goes(response["Location"])).netloc == "localhost"


def test_next_leads_only_to_our_own_pages_for_who_is_signed_in(walker: Walker, pool: People):
    """(WEB-10) the whole table, where nothing is asked."""
    walker.sign_in(pool.make())
    for hostile in HOSTILE:
        response = walker.client.get(f"/sign-in/?next={quote(hostile)}")
        gone_to = urlsplit(_where_a_browser_goes(response["Location"]))
        assert (gone_to.scheme, gone_to.netloc) == ("http", "localhost"), hostile


def test_next_leads_only_to_our_own_pages_after_a_proof_too(
    walker: Walker, pool: People, clock: Clock
):
    """(WEB-10) the same table at "Confirm that it is you"."""
    nora = pool.make()
    walker.sign_in(nora)
    for hostile in HOSTILE:
        page = walker.open(f"/confirm/?next={quote(hostile)}")
        kept = str(page.soup.select("input[name=next]")[0]["value"])
        assert urlsplit(_where_a_browser_goes(kept)).netloc == "localhost", hostile
    response = walker.client.post(
        "/confirm/",
        {
            "password": nora.password,
            "next": "//evil.example",
            "csrfmiddlewaretoken": walker.csrf_token(),
        },
    )
    assert response["Location"] == "/"


def test_next_survives_a_choice_and_a_code(walker: Walker, pool: People, sandbox: Sandbox):
    ella = pool.make(phone=True, app=True, on=ALL)
    page = walker.sign_in(ella, at="/turn-off/sms/")
    assert page.url == "/turn-off/sms/"

"""What happens at the limits: through every door, from many sessions, and when nobody can count."""

from typing import Any

import pytest
from django.db import connection

from accounts import limits
from accounts.limits import PROOFS
from tests.clock import Clock
from tests.journeys.steps import APP, CONFIRM, EMAIL, OVERVIEW, SMS, calls_counted
from tests.people import App, People, Somebody, fresh_number
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

TOO_MANY_CODES = "There were too many wrong codes. "
NOT_POSSIBLE = "Not possible right now"
# Longer than the first wait, and than the pool's own lock after as many (contract 5.7).
A_LITTLE = {"seconds": 31}


def _at_code(walker: Walker, somebody: Somebody, name: str = "") -> Page:
    walker.open("/sign-in/")
    return walker.send("Sign in", login=name or somebody.username, password=somebody.password)


def _all_at_code(somebody: Somebody, number: int, *names: str) -> list[Walker]:
    """So many browsers at the code page; begun before the pool's own lock closes the sign-in."""
    walkers = [Walker() for _ in range(number)]
    for each, walker in enumerate(walkers):
        _at_code(walker, somebody, names[each % len(names)] if names else "")
        assert walker.page.url == "/sign-in/code/"
    return walkers


def _wrong(walker: Walker, somebody: Somebody) -> Page:
    assert somebody.app
    return walker.send("Continue", code=somebody.app.wrong_code())


def _without_counts() -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_tally RENAME TO gone")


# --- failures in a row ------------------------------------------------------------------------


def test_waits_grow_across_sessions(pool: People, sandbox: Sandbox):
    """(OTP-02, OTP-04) each wrong code from a browser of its own; the sixth has to wait."""
    tom = pool.make(app=True, on=(APP,))
    assert tom.app
    *guessing, last = _all_at_code(tom, PROOFS.free + 1)
    for walker in guessing:
        assert _wrong(walker, tom).errors == ["That code is not right. Check it and try again."]
    with calls_counted(sandbox) as calls:
        page = last.send("Continue", code=tom.app.code())
    assert page.errors[0].startswith(TOO_MANY_CODES + "Wait ")
    assert page.errors[0].endswith(" seconds, then try again.")
    assert not calls


def test_every_spelling_of_a_name_shares_one_count(make_pool: Any, sandbox: Sandbox):
    """(OTP-06) e-mail in capitals or not: the pool's own name of the account is what counts."""
    pool = make_pool(UsernameAttributes=["email"], UsernameConfiguration={"CaseSensitive": False})
    nora = pool.make_by_email()
    nora.app = pool.give_app(nora)
    pool.prefer(nora, (APP,), None)
    sub = pool.look(nora)["attributes"]["sub"]
    *guessing, last = _all_at_code(nora, PROOFS.free + 1, nora.email, nora.email.upper(), sub)
    for walker in guessing:
        _wrong(walker, nora)
    with calls_counted(sandbox) as calls:
        page = _wrong(last, nora)
    assert page.errors[0].startswith(TOO_MANY_CODES + "Wait ")
    assert not calls


def test_a_new_secret_does_not_begin_a_new_count(walker: Walker, pool: People, sandbox: Sandbox):
    """(OTP-04) neither a new picture to scan nor a new sign-in."""
    nora = pool.make()
    for _ in range(PROOFS.free):
        if walker.page.heading == OVERVIEW:
            walker.send("Sign out")
        walker.sign_in(nora)
        walker.open("/enrolment/totp/")
        app = App(walker.send("Show").secret)
        walker.send("Turn on", code=app.wrong_code())
        walker.open("/")
    walker.open("/enrolment/totp/")
    page = walker.post("/enrolment/totp/", {"afresh": "1"})
    assert page.secret != app.secret
    app = App(page.secret)
    with calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=app.code())
    assert page.errors[0].startswith(TOO_MANY_CODES + "Wait ")
    assert page.secret == app.secret
    assert "VerifySoftwareToken" not in calls


def test_a_resent_code_does_not_begin_a_new_count(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(OTP-04) resend and guess in turn."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/sms/")
    walker.send("Send me a code", country="", number=nora.phone)
    for _ in range(PROOFS.free):
        right = sandbox.newest_code(nora.phone)
        walker.send("Turn on", code=f"{(int(right) + 1) % 1_000_000:06d}")
        clock.forward(seconds=6)
        walker.send("Send another code")
    with calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert page.errors[0].startswith(TOO_MANY_CODES + "Wait ")
    assert "VerifyUserAttribute" not in calls
    clock.forward(seconds=31)
    assert walker.send("Turn on", code=sandbox.newest_code(nora.phone)).status == 200


def test_a_right_code_ends_the_row(walker: Walker, pool: People, clock: Clock):
    """(OTP-05) and only that of its person: somebody else's failures stay."""
    tom, uma = (pool.make(app=True, on=(APP,)) for _ in range(2))
    for who in (tom, uma):
        for other in _all_at_code(who, PROOFS.free - 1):
            _wrong(other, who)
    clock.forward(**A_LITTLE)
    assert walker.sign_in(tom).heading == OVERVIEW
    for who, waits in ((tom, False), (uma, True)):
        pages = [_wrong(other, who) for other in _all_at_code(who, 2)]
        assert pages[-1].errors[0].startswith(f"{TOO_MANY_CODES}Wait ") is waits
        assert pages[-1].errors[0].endswith(" seconds, then try again.") is waits


def test_guessing_at_a_password_again_waits_too(walker: Walker, pool: People, clock: Clock):
    """(OTP-02) somebody at a screen left open guesses at the password."""
    nora = pool.make()
    walker.sign_in(nora)
    clock.forward(minutes=6)
    assert walker.open("/preference/").heading == CONFIRM
    for _ in range(PROOFS.free):
        walker.send("Continue", password="Not-The-Password-1")
    page = walker.send("Continue", password=nora.password)
    assert page.status == 422
    assert page.errors[0].startswith("There were too many tries. Wait ")
    clock.forward(**A_LITTLE)
    assert walker.send("Continue", password=nora.password).url == "/preference/"


def test_a_hundred_in_a_row_stop_the_method_until_an_operator_looks(
    walker: Walker, pool: People, clock: Clock
):
    """(OTP-02) the last of the hundred is the last."""
    tom = pool.make(app=True, on=(APP,))
    for _ in range(PROOFS.most):
        limits.spend_proof(tom.username, APP)
        clock.forward(hours=1)
    assert tom.app
    _at_code(walker, tom)
    page = walker.send("Continue", code=tom.app.code())
    assert "Use another method, or ask the people who run your account" in page.errors[0]
    limits.release(tom.username)
    assert walker.send("Continue", code=tom.app.code()).heading == OVERVIEW


# --- sends ------------------------------------------------------------------------------------


def test_choosing_a_message_counts_as_one(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(OTP-11, OTP-04) also where each is chosen in a sign-in of its own."""
    maria = pool.make(phone=True, on=(SMS, EMAIL))
    for _ in range(limits.SEND_PERSON.amount):
        _at_code(walker, maria)
        assert walker.send("Continue", factor=SMS).url == "/sign-in/code/"
        walker.send("Start again")
    _at_code(walker, maria)
    before = len(sandbox.inbox(maria.phone))
    page = walker.send("Continue", factor=SMS)
    assert page.url == "/sign-in/choose/"
    assert page.errors[0].startswith("Too many codes were asked for")
    assert len(sandbox.inbox(maria.phone)) == before


def test_a_number_gets_only_so_many_codes_from_however_many_people(pool: People, sandbox: Sandbox):
    """(OTP-11) per destination."""
    number = fresh_number()
    walkers = [Walker() for _ in range(limits.SEND_DESTINATION.amount + 1)]
    for walker in walkers:
        walker.sign_in(pool.make())
        walker.open("/enrolment/sms/")
        walker.send("Send me a code", country="", number=number)
    assert walkers[-2].page.url == "/enrolment/sms/code/"
    assert walkers[-1].page.errors == [
        "Too many codes were asked for. Wait an hour, then try again."
    ]
    assert len(sandbox.inbox(number)) == limits.SEND_DESTINATION.amount


# --- the JSON room ----------------------------------------------------------------------------


def test_the_json_room_has_its_limit(walker: Walker, pool: People, monkeypatch: Any):
    """(LIM-01) in the envelope, with the seconds to wait."""
    walker.sign_in(pool.make())
    tight = limits.Limit("api-person", "", "", 2, limits.MINUTE, "")
    monkeypatch.setattr(limits, "API_PERSON", tight)
    answers = [walker.json("GET", "/api/v1/mfa") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].json()["error"]["code"] == "TOO_MANY_ATTEMPTS"
    assert 0 < int(answers[-1]["Retry-After"]) <= 60


# --- when nobody can count --------------------------------------------------------------------


def test_without_counts_reading_works(walker: Walker, pool: People):
    """(LIM-03)"""
    walker.sign_in(pool.make(phone=True))
    _without_counts()
    assert walker.open("/").heading == OVERVIEW
    assert walker.json("GET", "/api/v1/mfa").status_code == 200
    assert walker.open("/enrolment/sms/").status == 200


def test_without_counts_nobody_signs_in(walker: Walker, pool: People, sandbox: Sandbox):
    """(LIM-03)"""
    nora = pool.make()
    walker.open("/sign-in/")
    _without_counts()
    with calls_counted(sandbox) as calls:
        page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert (page.status, page.heading) == (503, NOT_POSSIBLE)
    assert page.headers["Retry-After"] == "30"
    assert not calls


@pytest.mark.parametrize(
    ("opened", "button", "fields", "never"),
    [
        ("/enrolment/totp/", "Show", {}, "AssociateSoftwareToken"),
        (
            "/enrolment/sms/",
            "Send me a code",
            {"country": "", "number": "+447400123456"},
            "UpdateUserAttributes",
        ),
    ],
)
def test_without_counts_nothing_is_sent_and_nothing_begins(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    opened: str,
    button: str,
    fields: dict[str, Any],
    never: str,
):
    """(LIM-03)"""
    walker.sign_in(pool.make())
    walker.open(opened)
    _without_counts()
    with calls_counted(sandbox) as calls:
        page = walker.send(button, **fields)
    assert (page.status, page.heading) == (503, NOT_POSSIBLE)
    assert never not in calls


def test_without_counts_no_proof_reaches_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(LIM-03) neither a code, nor the password again, nor a change through JSON."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    _without_counts()
    with calls_counted(sandbox) as calls:
        assert walker.send("Turn on", code=app.code()).status == 503
        answer = walker.json(
            "PUT", "/api/v1/mfa/preference", {"activated": [], "preferred": None, "digest": ""}
        )
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "TRY_LATER")
        clock.forward(minutes=6)
        walker.open("/preference/")
        assert walker.send("Continue", password=nora.password).status == 503
    assert not {"VerifySoftwareToken", "InitiateAuth", "SetUserMFAPreference"} & set(calls)

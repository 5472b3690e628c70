"""A session from its beginning to its end, and what a half-finished one may not do."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.contrib.sessions.backends.cache import SessionStore
from django.test import Client

from accounts.models import Person
from accounts.watch.middleware import PROBES
from tests.clock import Clock
from tests.journeys.routes import routes
from tests.journeys.steps import (
    APP,
    CONFIRM,
    EMAIL,
    OVERVIEW,
    SMS,
    calls_counted,
    session_id,
    session_of,
    tokens_of,
)
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

CODE_PAGES = {"/sign-in/", "/sign-in/code/", "/sign-in/again/", "/sign-in/unsupported/"}
# Frames and their windows have sessions of their own: test_session_kinds walks them, every kind.
OF_FRAMES = ("/embed/", "/w/")


def _open_with(session: str, url: str = "/") -> Any:
    """A browser that has only this cookie."""
    client = Client(SERVER_NAME="localhost")
    client.cookies[portal_settings.SESSION_COOKIE_NAME] = session
    return client.get(url)


def _until_renewal(walker: Walker, clock: Clock) -> None:
    """Stay busy until the access token is about to run out."""
    for _ in range(4):
        clock.forward(minutes=14)
        walker.open("/")
    clock.forward(minutes=5)


def test_a_new_id_at_sign_in_and_the_old_one_dies(walker: Walker, pool: People):
    """(SES-02) an id planted before the sign-in is worth nothing after it."""
    planted = SessionStore()
    planted.create()
    assert planted.session_key
    walker.client.cookies[portal_settings.SESSION_COOKIE_NAME] = planted.session_key
    walker.sign_in(pool.make())
    assert session_id(walker) != planted.session_key
    assert _open_with(planted.session_key).status_code == 302
    assert not SessionStore().exists(planted.session_key)


def test_a_new_id_after_each_question_and_each_proof(walker: Walker, pool: People, clock: Clock):
    """(SES-02)"""
    tom = pool.make(app=True, on=(APP,))
    walker.open("/sign-in/")
    walker.send("Sign in", login=tom.username, password=tom.password)
    pending = session_id(walker)
    walker.answer_challenges(tom)
    signed_in = session_id(walker)
    clock.forward(minutes=6)
    walker.open("/preference/")
    walker.prove_again(tom)
    assert len({pending, signed_in, session_id(walker)}) == 3
    assert [_open_with(old).status_code for old in (pending, signed_in)] == [302, 302]


def test_ids_are_opaque_and_long(walker: Walker, pool: People):
    """(SES-01, SES-10) the cookie holds no data and 32 characters of 36."""
    walker.sign_in(pool.make())
    cookie = walker.client.cookies[portal_settings.SESSION_COOKIE_NAME]
    assert len(cookie.value) == 32
    assert cookie.value.isalnum()
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Lax", "/")


def test_what_the_server_keeps_is_sealed(walker: Walker, pool: People, sandbox: Sandbox):
    """(DAT-02, SES-11) no token, password or code in clear, in any step of a sign-in."""
    tom = pool.make(app=True, on=(APP,))
    walker.open("/sign-in/")
    walker.send("Sign in", login=tom.username, password=tom.password)
    assert tom.app
    pending, code = str(session_of(walker)), tom.app.code()
    walker.send("Continue", code=code)
    kept = tokens_of(walker)
    for text in (pending, str(session_of(walker))):
        for secret in (tom.password, tom.app.secret, code, *kept.values()):
            assert secret not in text


def test_idle_for_a_quarter_of_an_hour_ends_it(walker: Walker, pool: People, clock: Clock):
    """(SES-03)"""
    walker.sign_in(pool.make())
    clock.forward(minutes=14)
    assert walker.open("/").heading == OVERVIEW
    clock.forward(minutes=14)
    assert walker.open("/").heading == OVERVIEW
    clock.forward(minutes=16)
    assert walker.open("/preference/").url == "/sign-in/?next=%2Fpreference%2F"


def test_an_idle_session_is_revoked_at_the_pool(walker: Walker, pool: People, clock: Clock):
    """(SES-03, TOK-07)"""
    walker.sign_in(pool.make())
    refresh = tokens_of(walker)["refresh"]
    clock.forward(minutes=16)
    walker.open("/")
    _assert_revoked(pool, refresh)


def test_twelve_hours_end_it_however_busy(walker: Walker, pool: People, clock: Clock):
    """(SES-03) and the access token is renewed on the way, once an hour."""
    walker.sign_in(pool.make())
    for _ in range(52):
        clock.forward(minutes=13, seconds=50)
        assert walker.open("/").heading == OVERVIEW
    clock.forward(minutes=10)
    assert walker.open("/").heading == "Sign in"


def test_limits_can_be_set_lower(walker: Walker, pool: People, clock: Clock, settings: Any):
    """(SES-03)"""
    settings.SESSION_ABSOLUTE_LIMIT = timedelta(minutes=20)
    walker.sign_in(pool.make())
    clock.forward(minutes=12)
    assert walker.open("/").heading == OVERVIEW
    clock.forward(minutes=9)
    assert walker.open("/").heading == "Sign in"


# --- sign-out ---------------------------------------------------------------------------------


def _assert_revoked(pool: People, refresh_token: str) -> None:
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException, match="revoked"):
        pool.admin.get_tokens_from_refresh_token(
            RefreshToken=refresh_token, ClientId=pool.client_id()
        )


def test_signing_out_ends_it_at_the_pool_and_here(walker: Walker, pool: People):
    """(TOK-07, SES-05)"""
    nora = pool.make()
    page = walker.sign_in(nora)
    assert "no-store" in page.headers["Cache-Control"]  # the back button shows nothing
    session, kept = session_id(walker), tokens_of(walker)
    page = walker.send("Sign out")
    assert (page.url, page.heading) == ("/sign-in/", "Sign in")
    assert "You are signed out." in page.text
    _assert_revoked(pool, kept["refresh"])
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
        pool.admin.get_user(AccessToken=kept["access"])
    assert _open_with(session).status_code == 302
    assert not SessionStore().exists(session)


def test_signing_out_needs_a_post(walker: Walker, pool: People):
    """(AUZ-06)"""
    walker.sign_in(pool.make())
    assert walker.open("/sign-out/").status == 405
    assert walker.open("/").heading == OVERVIEW


def test_signing_out_twice_is_no_error(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    walker.send("Sign out")
    assert walker.post("/sign-out/", {}).heading == "Sign in"


@pytest.mark.parametrize("expired", [False, True])
def test_a_silent_pool_keeps_nobody_signed_in(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock, *, expired: bool
):
    """(SES-05) also where the access token has run out by then."""
    walker.sign_in(pool.make())
    if expired:
        _until_renewal(walker, clock)
    session = session_id(walker)
    with sandbox.trouble("*", "reset"):
        page = walker.send("Sign out")
    assert page.heading == "Sign in"
    assert not SessionStore().exists(session)


# --- refresh ----------------------------------------------------------------------------------


def test_tokens_are_renewed_on_the_server(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(TOK-04, TOK-07) once, under the same session, and never seen by the browser."""
    walker.sign_in(pool.make())
    session, before = session_id(walker), tokens_of(walker)
    _until_renewal(walker, clock)
    with calls_counted(sandbox) as calls:
        pages = [walker.open("/"), walker.open("/")]
    assert [page.heading for page in pages] == [OVERVIEW, OVERVIEW]
    assert calls["GetTokensFromRefreshToken"] == 1
    after = tokens_of(walker)
    assert session_id(walker) == session
    assert after["access"] != before["access"]
    for page in pages:
        for token in (*before.values(), *after.values()):
            assert token not in page.html + str(dict(page.headers))


def test_a_refused_renewal_asks_to_sign_in_again(walker: Walker, pool: People, clock: Clock):
    nora = pool.make()
    walker.sign_in(nora)
    _until_renewal(walker, clock)
    pool.admin.admin_user_global_sign_out(UserPoolId=pool.pool_id, Username=nora.username)
    page = walker.open("/preference/")
    assert page.url == "/sign-in/?next=%2Fpreference%2F"
    walker.send("Sign in", login=nora.username, password=nora.password)
    assert walker.page.url == "/preference/"


def test_a_silent_renewal_keeps_the_session(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    walker.sign_in(pool.make())
    _until_renewal(walker, clock)
    with sandbox.trouble("GetTokensFromRefreshToken", "reset"):
        page = walker.open("/")
    assert (page.status, page.heading) == (504, "No answer from the sign‑in service")
    assert walker.open("/").heading == OVERVIEW


# --- ended elsewhere --------------------------------------------------------------------------


def test_a_disabled_person_is_out_at_the_next_page(walker: Walker, pool: People):
    """(TOK-09, AUZ-08)"""
    nora = pool.make(phone=True)
    walker.sign_in(nora)
    walker.open("/enrolment/sms/")
    pool.admin.admin_disable_user(UserPoolId=pool.pool_id, Username=nora.username)
    page = walker.send("Turn on")
    assert page.heading == "Sign in"
    assert walker.open("/").heading == "Sign in"
    assert pool.on(nora) == set()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("NotAuthorizedException", "User is disabled."),
        ("NotAuthorizedException", "Access Token has been revoked"),
        ("UserNotFoundException", "User does not exist."),
        ("PasswordResetRequiredException", "Password reset required for the user"),
    ],
)
def test_every_word_for_an_ended_account_ends_the_session(
    walker: Walker, pool: People, sandbox: Sandbox, code: str, message: str
):
    """(TOK-09) contract 8.4: Cognito has several words for it."""
    walker.sign_in(pool.make())
    session = session_id(walker)
    with sandbox.trouble("GetUser", "error", code=code, message=message):
        page = walker.open("/preference/")
    assert page.url == "/sign-in/?next=%2Fpreference%2F"
    assert not SessionStore().exists(session)


def test_a_renamed_person_is_the_same_account(walker: Walker, pool: People):
    """(TOK-03) the pair (pool, sub) and nothing else."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.send("Sign out")
    pool.admin.admin_update_user_attributes(
        UserPoolId=pool.pool_id,
        Username=nora.username,
        UserAttributes=[
            {"Name": "email", "Value": f"new-{nora.email}"},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    nora.username = f"new-{nora.email}"
    assert walker.sign_in(nora).heading == OVERVIEW
    assert Person.objects.count() == 1


# --- half finished ----------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_half_finished_sign_in_opens_nothing_else(walker: Walker, pool: People, method: str):
    """(SES-12, SES-13) every address of the URL map, with a code still owed."""
    tom = pool.make(app=True, on=(APP,))
    for route in routes():
        if route.path == "/language/":  # nothing of anybody
            continue
        walker.open("/sign-in/")
        if walker.page.url == "/sign-in/":
            walker.send("Sign in", login=tom.username, password=tom.password)
        if route.path in CODE_PAGES | PROBES or route.path.startswith(OF_FRAMES):
            continue
        response = walker.client.generic(
            method, route.path, headers={"x-csrftoken": walker.csrf_token()}
        )
        if route.is_json:
            # What the JSON room says of itself holds nothing of anybody.
            is_open = "public" in route.guards and response.status_code == 200
            assert is_open or response.status_code in {401, 404, 405}, route.path
        else:
            # 404: a door that is shut.
            assert response.status_code in {302, 404, 405}, route.path
            to = response.get("Location", "/sign-in/")
            # What is open to everybody may lead to the start, which is not.
            leads_home = to == "/" and route.guards == ("public",)
            assert to.startswith("/sign-in/") or leads_home, route.path
    assert pool.on(tom) == {APP}


def test_a_question_opens_only_its_own_page(walker: Walker, pool: People):
    """(AUZ-07) the steps of a sign-in cannot be skipped."""
    maria = pool.make(phone=True, on=(SMS, EMAIL))
    walker.open("/sign-in/")
    walker.send("Sign in", login=maria.username, password=maria.password)
    for other in ("code", "new-password", "set-up", "set-up/app", "set-up/email", "again"):
        assert walker.open(f"/sign-in/{other}/").url == "/sign-in/choose/"
    assert walker.post("/sign-in/code/", {"code": "123456"}).url == "/sign-in/choose/"


def test_without_any_sign_in_no_question_has_a_page(walker: Walker, pool: People):
    for page in ("code", "choose", "new-password", "set-up", "set-up/app", "again", "unsupported"):
        assert walker.open(f"/sign-in/{page}/").url == "/sign-in/"


def test_who_is_signed_in_has_no_question_open(walker: Walker, pool: People):
    """(SES-13)"""
    walker.sign_in(pool.make())
    assert walker.open("/sign-in/code/").heading == OVERVIEW


def test_a_half_finished_proof_leaves_the_rest_as_it_was(
    walker: Walker, pool: People, clock: Clock
):
    """(SES-13) while the second proof is owed, pages open and changes do not."""
    tom = pool.make(app=True, on=(APP,), phone=True)
    walker.sign_in(tom)
    clock.forward(minutes=6)
    walker.open("/turn-off/totp/")
    walker.send("Continue", password=tom.password)
    assert walker.page.url == "/sign-in/code/"
    assert walker.open("/").heading == OVERVIEW
    assert walker.open("/turn-off/totp/").heading == CONFIRM


def test_broken_seals_mean_signed_out(walker: Walker, pool: People, settings: Any):
    """(DAT-02) without its key nothing sealed can be used, and nobody sees an error."""
    tom = pool.make(app=True, on=(APP,))
    walker.open("/sign-in/")
    walker.send("Sign in", login=tom.username, password=tom.password)
    old_keys = settings.TOKEN_KEYS
    settings.TOKEN_KEYS = ["YW5vdGhlci1rZXktZm9yLXRlc3RzLTAxMjM0NTY3ODk="]
    assert walker.client.get("/sign-in/")["Location"] == "/sign-in/"
    assert walker.open("/sign-in/code/").heading == "Sign in"
    settings.TOKEN_KEYS = old_keys
    walker.sign_in(tom)
    settings.TOKEN_KEYS = ["YW5vdGhlci1rZXktZm9yLXRlc3RzLTAxMjM0NTY3ODk="]
    assert walker.open("/").heading == "Sign in"


def test_keys_can_be_rotated(walker: Walker, pool: People, settings: Any):
    """(DAT-02) the newest seals, all of them open."""
    walker.sign_in(pool.make())
    settings.TOKEN_KEYS = ["YW5vdGhlci1rZXktZm9yLXRlc3RzLTAxMjM0NTY3ODk=", *settings.TOKEN_KEYS]
    assert walker.open("/").heading == OVERVIEW

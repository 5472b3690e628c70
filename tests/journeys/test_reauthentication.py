"""Proving again who one is, just before a change."""

from typing import Any

import pytest
from django.core.cache import caches

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.routes import NOBODYS_RECEIPT, Route, pages
from tests.journeys.steps import (
    ALL,
    APP,
    CONFIRM,
    EMAIL,
    OVERVIEW,
    SMS,
    calls_counted,
    notices,
    session_id,
    tokens_of,
)
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

# Changes nothing of the account: the proof itself, the way out, the questions of a sign-in, and
# what is only looked at.
NO_CHANGE = {
    "/confirm/",
    "/sign-out/",
    "/session/stay/",
    "/session/close-changes/",
    "/",
    "/changes/" + NOBODYS_RECEIPT + "/",
    "/confirm/managed/",
    "/helpdesk/leave/",
    "/signed-out/",
    "/activity/",
    "/activity/export.csv",
    "/activity/sessions/",
    "/activity/devices/",
    "/enrolment/passkeys/",
    "/enrolment/passkeys/added/" + NOBODYS_RECEIPT + "/",
    "/recovery/codes/",
    # Links to one of the pages here, and away from them.
    "/go/add-app/",
    "/go/back/",
    # Questions and warnings that only make an account safer, and an answered reminder.
    "/who-is-calling/",
    "/helpdesk-check/",
    "/helpdesk-check/deny/",
    "/not-me/forged/",
    # In whose language and colours; and the design system.
    "/brand/0123456789ab.css",
    "/brand/logo/0123456789ab",
    "/styleguide/",
    "/styleguide/pages/",
    "/styleguide/pages/nowhere/none/",
    "/not-me/done/",
    "/reminders/",
    # What one is spoken to in.
    "/language/",
    # A trial of a method, which asks for the password itself.
    "/enrolment/try/sms/",
    "/enrolment/try/sms/code/",
    "/enrolment/tried/" + NOBODYS_RECEIPT + "/",
    # Whether the portal lives, and what it counts.
    "/health/live",
    "/health/ready",
    "/metrics",
    # What a page lacks to embed us; the beginning of a frame, and windows that stand in for one.
    "/embed/check",
    "/embed/check/cookie",
    "/embed/",
    "/embed/tickets",
    "/embed/session",
    "/embed/over/",
    "/w/done/",
    "/w/forged/",
}
# Sessions of other kinds, each with walks of its own: operators at work, questions of a sign-in,
# people on their way back in, whose proof is what brought them there, and frames.
OTHERS = {"operator_only", "challenge", "recovering", "embedded"}
CHANGES = [
    route
    for route in pages()
    if not route.path.startswith("/sign-in/")
    and route.path not in NO_CHANGE
    and not OTHERS & set(route.guards)
]
MAKES_A_CHANGE = [route for route in CHANGES if "ready" not in route.path or "name" in route.path]


def _stale(walker: Walker, clock: Clock, somebody: Somebody, url: str) -> Page:
    """Open a page, and let the proof grow old on it."""
    walker.sign_in(somebody)
    page = walker.open(url)
    clock.forward(minutes=5, seconds=1)
    return page


# --- the rule ---------------------------------------------------------------------------------


@pytest.mark.parametrize("route", MAKES_A_CHANGE, ids=lambda route: route.path)
def test_every_change_carries_the_guard(route: Route):
    """(REA-02) generated from the URL map."""
    assert "recently_authenticated" in route.guards
    outer = set(route.guards) - {"recently_authenticated"}
    assert outer
    assert outer <= {"signed_in", "enrolling"}


def test_every_change_needs_a_fresh_proof(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(REA-01, REA-02) every address, GET and POST: sent to prove it, and nothing changed."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    _stale(walker, clock, ella, "/")
    token = walker.csrf_token()
    before = pool.look(ella)
    for route in MAKES_A_CHANGE:
        for method in ("GET", "POST"):
            with calls_counted(sandbox) as calls:
                response = walker.client.generic(method, route.path, headers={"x-csrftoken": token})
            assert response.status_code == 302, (method, route.path)
            assert response["Location"].startswith("/confirm/?next="), (method, route.path)
            # Only whether the person is still alive, once a minute (TOK-09).
            assert set(calls) <= {"GetUser"}, (method, route.path)
    assert pool.look(ella)["UserLastModifiedDate"] == before["UserLastModifiedDate"]


def test_the_json_room_keeps_the_rule(walker: Walker, pool: People, clock: Clock):
    """(REA-02)"""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    _stale(walker, clock, ella, "/")
    state = walker.json("GET", "/api/v1/mfa").json()["data"]
    answer = walker.json(
        "PUT",
        "/api/v1/mfa/preference",
        {"activated": [], "preferred": None, "digest": state["digest"]},
    )
    assert answer.status_code == 403
    assert answer.json()["error"]["code"] == "REAUTHENTICATION_REQUIRED"
    assert pool.on(ella) == set(ALL)


def test_within_five_minutes_nothing_is_asked(walker: Walker, pool: People, clock: Clock):
    """(REA-01) a second before the limit, and the page says until when."""
    walker.sign_in(pool.make())
    clock.forward(minutes=4, seconds=45)
    page = walker.open("/enrolment/totp/")
    assert page.url == "/enrolment/totp/"
    assert "until" in page.soup.select(".changes-until")[0].text
    clock.forward(seconds=16)
    page = walker.open("/")
    assert not page.soup.select(".changes-until")


def test_reading_needs_no_fresh_proof(walker: Walker, pool: People, clock: Clock):
    walker.sign_in(pool.make())
    clock.forward(minutes=6)
    assert walker.open("/").heading == OVERVIEW


# --- the proof --------------------------------------------------------------------------------


def test_the_second_proof_is_asked_for_where_there_is_one(
    walker: Walker, pool: People, clock: Clock
):
    """(REA-03) the password alone proves nothing for who has more."""
    tom = pool.make(app=True, on=(APP,))
    _stale(walker, clock, tom, "/")
    page = walker.open("/turn-off/totp/")
    assert page.heading == CONFIRM
    page = walker.send("Continue", password=tom.password)
    assert page.url == "/sign-in/code/"
    assert walker.open("/turn-off/totp/").heading == CONFIRM
    walker.send("Continue", password=tom.password)
    assert tom.app
    assert walker.send("Continue", code=tom.app.wrong_code()).status == 422
    page = walker.send("Continue", code=tom.app.code())
    assert (page.url, page.heading) == ("/turn-off/totp/", "Turn off authenticator app?")


def test_a_browser_that_keeps_passwords_learns_whose_this_is(
    walker: Walker, pool: People, clock: Clock
):
    """(A11-02)"""
    nora = pool.make()
    _stale(walker, clock, nora, "/")
    field = walker.open("/preference/").soup.select_one("input[autocomplete=username]")
    assert field is not None
    assert (field["value"], field.has_attr("hidden")) == (nora.username, True)


def test_a_name_that_is_an_address_is_not_written_into_the_page(
    walker: Walker, make_pool: Any, clock: Clock
):
    """(FAC-10) the pool names such people by their sub: nothing a browser would know."""
    nora = make_pool(UsernameAttributes=["email"]).make_by_email()
    _stale(walker, clock, nora, "/")
    page = walker.open("/preference/")
    assert page.heading == CONFIRM
    assert not page.soup.select("input[autocomplete=username]")
    assert nora.email not in page.html


def test_a_wrong_password_proves_nothing(walker: Walker, pool: People, clock: Clock):
    nora = pool.make()
    _stale(walker, clock, nora, "/")
    walker.open("/preference/")
    page = walker.send("Continue", password="Not-The-Password-1")
    assert (page.status, page.heading) == (422, CONFIRM)
    assert page.errors[0].startswith("That password is not right.")
    assert "Not-The-Password-1" not in page.html
    assert walker.send("Continue", password="").errors == ["Enter your password."]
    assert walker.open("/preference/").heading == CONFIRM


def test_proofs_are_tried_only_so_often(walker: Walker, pool: People, clock: Clock):
    """(OTP-02)"""
    nora = pool.make()
    _stale(walker, clock, nora, "/")
    walker.open("/preference/")
    for _ in range(20):
        walker.send("Continue", password="Not-The-Password-1")
    page = walker.send("Continue", password=nora.password)
    assert page.status == 422
    assert page.errors[0].startswith("There were too many tries.")


def test_a_choice_is_part_of_the_proof(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(REA-03)"""
    maria = pool.make(phone=True, on=(SMS, EMAIL))
    walker.sign_in(maria, sandbox=sandbox)
    clock.forward(minutes=6)
    walker.open("/preference/")
    page = walker.prove_again(maria, sandbox)
    assert page.url == "/preference/"


def test_a_late_answer_begins_again_and_keeps_where_one_was_going(
    walker: Walker, pool: People, clock: Clock
):
    tom = pool.make(app=True, on=(APP,))
    _stale(walker, clock, tom, "/")
    walker.open("/turn-off/totp/")
    walker.send("Continue", password=tom.password)
    clock.forward(minutes=4)
    assert tom.app
    page = walker.send("Continue", code=tom.app.code())
    assert page.heading == CONFIRM
    assert "That took a little too long" in page.text
    assert walker.prove_again(tom).url == "/turn-off/totp/"


def test_starting_again_keeps_where_one_was_going(walker: Walker, pool: People, clock: Clock):
    tom = pool.make(app=True, on=(APP,))
    _stale(walker, clock, tom, "/")
    walker.open("/turn-off/totp/")
    walker.send("Continue", password=tom.password)
    assert walker.send("Start again").heading == CONFIRM
    assert walker.prove_again(tom).url == "/turn-off/totp/"


def test_a_proof_renews_the_session_and_ends_the_old_sign_in(
    walker: Walker, pool: People, clock: Clock
):
    """(SES-02, TOK-07)"""
    nora = pool.make()
    _stale(walker, clock, nora, "/")
    session, kept = session_id(walker), tokens_of(walker)
    walker.open("/preference/")
    walker.prove_again(nora)
    assert session_id(walker) != session
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException, match="revoked"):
        pool.admin.get_tokens_from_refresh_token(
            RefreshToken=kept["refresh"], ClientId=pool.client_id()
        )
    row = AuditRecord.objects.get(event="reauthenticated")
    assert (row.outcome, row.sub) == ("done", _sub(pool, nora))


def _sub(pool: People, somebody: Somebody) -> str:
    return str(pool.look(somebody)["attributes"]["sub"])


def test_somebody_elses_proof_ends_the_session(walker: Walker, pool: People, clock: Clock):
    """(REA-04) the same name, another person: the account was deleted and made anew."""
    nora = pool.make()
    _stale(walker, clock, nora, "/")
    walker.open("/preference/")
    pool.admin.admin_delete_user(UserPoolId=pool.pool_id, Username=nora.username)
    pool.admin.admin_create_user(
        UserPoolId=pool.pool_id,
        Username=nora.username,
        TemporaryPassword=nora.password,
        MessageAction="SUPPRESS",
    )
    pool.admin.admin_set_user_password(
        UserPoolId=pool.pool_id, Username=nora.username, Password=nora.password, Permanent=True
    )
    page = walker.prove_again(nora)
    assert page.heading == "Sign in"
    assert "That was not the same account, so you were signed out." in page.text
    assert walker.open("/").heading == "Sign in"
    row = AuditRecord.objects.get(event="reauthenticated")
    assert (row.outcome, row.detail) == ("refused", {"reason": "another person"})


def test_renewing_a_token_proves_nothing(walker: Walker, pool: People, clock: Clock):
    """(REA-05) freshness is the pool's auth_time."""
    walker.sign_in(pool.make())
    before = tokens_of(walker)["access"]
    for _ in range(4):
        clock.forward(minutes=14)
        walker.open("/")
    clock.forward(minutes=5)
    walker.open("/")
    assert tokens_of(walker)["access"] != before
    assert walker.open("/preference/").heading == CONFIRM


def test_touching_a_page_proves_nothing(walker: Walker, pool: People, clock: Clock):
    """(REA-05)"""
    walker.sign_in(pool.make())
    for _ in range(3):
        clock.forward(minutes=2)
        walker.open("/")
    assert walker.open("/preference/").heading == CONFIRM


# --- what was typed ---------------------------------------------------------------------------


def test_a_form_is_held_and_carried_out_after_the_proof(walker: Walker, pool: People, clock: Clock):
    """Nothing typed is lost: the change is made with it, once."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    _stale(walker, clock, ella, "/preference/")
    page = walker.send("Save", activated=[APP, SMS], preferred=SMS)
    assert page.heading == CONFIRM
    assert (pool.on(ella), pool.preferred(ella)) == (set(ALL), APP)
    page = walker.prove_again(ella)
    assert page.heading == "Saved"
    assert (pool.on(ella), pool.preferred(ella)) == ({APP, SMS}, SMS)
    done = AuditRecord.objects.filter(event="preference_changed", outcome="done")
    assert done.count() == 1


def test_a_held_form_with_a_mistake_shows_it_and_can_be_sent_again(
    walker: Walker, pool: People, clock: Clock
):
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    _stale(walker, clock, ella, "/preference/")
    walker.send("Save", activated=[SMS], preferred=APP)
    page = walker.prove_again(ella)
    assert page.errors == ["Authenticator app is off. Turn it on, or choose another."]
    assert walker.send("Save", activated=[SMS], preferred=SMS).heading == "Saved"
    assert pool.on(ella) == {SMS}


def test_a_held_form_that_grew_old_meanwhile_can_be_sent_again(
    walker: Walker, pool: People, clock: Clock
):
    """The page drawn at the end of a proof sends its form to its own address."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    _stale(walker, clock, ella, "/turn-off/sms/")
    walker.send("Turn off")
    pool.prefer(ella, (EMAIL,), EMAIL)
    page = walker.prove_again(ella, pool.sandbox)
    assert page.status == 409
    assert walker.send("Turn off").heading == "Saved"
    assert pool.on(ella) == {APP, EMAIL}


def test_a_phone_number_is_held(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    nora = pool.make()
    _stale(walker, clock, nora, "/enrolment/sms/")
    page = walker.send("Send me a code", country="", number=nora.phone)
    assert page.heading == CONFIRM
    assert not sandbox.inbox(nora.phone)
    page = walker.prove_again(nora)
    assert page.url == "/enrolment/sms/code/"
    assert len(sandbox.inbox(nora.phone)) == 1


def test_a_code_is_never_held(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """(SES-11) it is asked for again, on a page that works."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/sms/")
    walker.send("Send me a code", country="", number=nora.phone)
    code = sandbox.newest_code(nora.phone)
    clock.forward(minutes=6)
    assert walker.send("Turn on", code=code).heading == CONFIRM
    page = walker.prove_again(nora)
    assert page.heading == "Enter the code"
    assert pool.on(nora) == set()
    assert walker.send("Turn on", code=code).heading == "Text message is on"


def test_a_picture_to_scan_waits_for_the_proof(walker: Walker, pool: People, clock: Clock):
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    clock.forward(minutes=6)
    assert walker.send("Turn on", code=app.code()).heading == CONFIRM
    page = walker.prove_again(nora)
    assert page.secret == app.secret
    assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"


@pytest.mark.parametrize(
    ("opened", "button", "fields"),
    [
        ("/enrolment/sms/", "Turn on", {}),
        ("/enrolment/email/", "Turn on", {}),
        ("/turn-off/totp/", "Turn off", {}),
    ],
)
def test_a_button_is_held_too(
    walker: Walker, pool: People, clock: Clock, opened: str, button: str, fields: dict[str, Any]
):
    """Addresses that answer only a POST are carried out like any other."""
    tom = pool.make(app=True, on=(APP,), phone=True)
    _stale(walker, clock, tom, opened)
    before = pool.on(tom)
    assert walker.send(button, **fields).heading == CONFIRM
    page = walker.prove_again(tom)
    assert page.status == 200
    assert pool.on(tom) != before


def test_a_held_form_waits_ten_minutes(walker: Walker, pool: People, clock: Clock):
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    _stale(walker, clock, ella, "/preference/")
    walker.send("Save", preferred=SMS)
    clock.forward(minutes=11)
    page = walker.prove_again(ella)
    assert page.url == "/preference/"
    assert pool.preferred(ella) == APP


def test_a_button_held_too_long_leads_to_a_page_that_opens(
    walker: Walker, pool: People, clock: Clock
):
    tom = pool.make(app=True, on=(APP,), phone=True)
    _stale(walker, clock, tom, "/enrolment/sms/")
    walker.send("Turn on")
    clock.forward(minutes=11)
    page = walker.prove_again(tom)
    assert page.status == 200
    assert pool.on(tom) == {APP}


def test_a_held_form_is_for_its_own_page(walker: Walker, pool: People, clock: Clock):
    """Somebody who goes elsewhere first does not set it off later."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    _stale(walker, clock, ella, "/preference/")
    walker.send("Save", preferred=SMS)
    walker.open("/turn-off/email/")
    assert walker.prove_again(ella).url == "/turn-off/email/"
    walker.open("/preference/")
    assert pool.preferred(ella) == APP


def test_a_session_that_ended_under_a_form_comes_back_to_a_page_that_opens(
    walker: Walker, pool: People, clock: Clock
):
    """Signed out under a button that answers only a POST: back to where it stands."""
    tom = pool.make(app=True, on=(APP,), phone=True)
    walker.sign_in(tom)
    walker.open("/enrolment/sms/")
    clock.forward(minutes=16)
    page = walker.send("Turn on")
    assert page.heading == "Sign in"
    walker.send("Sign in", login=tom.username, password=tom.password)
    page = walker.answer_challenges(tom)
    assert page.status == 200
    assert pool.on(tom) == {APP}


def test_a_method_that_the_proof_itself_sets_up_is_told(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox, clock: Clock, deliver_notices: Any
):
    """(AUD-02, NOT-01) the pool asks everybody from now on, and somebody had none."""
    pool = make_pool(offered=("totp",))
    tom = pool.make()
    walker.sign_in(tom)
    pool.admin.set_user_pool_mfa_config(
        UserPoolId=pool.pool_id,
        MfaConfiguration="ON",
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    caches["process"].clear()
    clock.forward(minutes=6)
    walker.open("/preference/")
    assert walker.prove_again(tom).url == "/sign-in/set-up/app/"
    app = App(walker.send("Show").secret)
    assert walker.send("Continue", code=app.code()).url == "/preference/"
    walker.open("/")
    row = AuditRecord.objects.get(event="totp_enrolled")
    assert (row.outcome, row.factor) == ("done", "SOFTWARE_TOKEN_MFA")
    assert not AuditRecord.objects.filter(event="drift_found").exists()
    deliver_notices()
    (told,) = notices(sandbox, tom)
    assert "An authenticator app was added." in told

"""Setting up, replacing and naming an authenticator app."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.sessions.backends.cache import SessionStore

from accounts import freezes, vault
from accounts.models import AuditRecord, Person, Tally
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import (
    APP,
    EMAIL,
    OVERVIEW,
    SMS,
    calls_counted,
    enrol_app,
    notices,
    sentence,
    session_id,
    states,
)
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

NOT_AS_CHOSEN = "This is not as you chose it here"
NOT_RIGHT = "That code is not right."


def _begin(walker: Walker) -> Page:
    walker.open("/enrolment/totp/")
    return walker.send("Show")


def _asked(pool: People, somebody: Somebody) -> str | None:
    """What the pool asks for after the password."""
    reply = pool.admin.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=pool.client_id(),
        AuthParameters={"USERNAME": somebody.username, "PASSWORD": somebody.password},
    )
    name: str | None = reply.get("ChallengeName")
    return name


def test_the_first_method_becomes_the_only_one_asked(
    walker: Walker, second_walker: Walker, pool: People, clock: Clock
):
    nora = pool.make()
    walker.sign_in(nora)
    nora.app, page = enrol_app(walker)
    assert page.heading == "Authenticator app is on"
    assert sentence(page).startswith("After your password, we will ask for a code from your")
    assert "Ask for this one first?" not in page.text
    assert "If you ever lose this one, you can still get in." in page.text
    assert (pool.on(nora), pool.preferred(nora)) == ({APP}, None)
    assert _asked(pool, nora) == APP
    clock.forward(seconds=60)
    assert second_walker.sign_in(nora).heading == OVERVIEW


def test_being_asked_first_is_offered_and_never_assumed(
    walker: Walker, pool: People, sandbox: Sandbox
):
    rosa = pool.make(phone=True, on=(SMS,), preferred=SMS)
    walker.sign_in(rosa, sandbox=sandbox)
    _, page = enrol_app(walker)
    assert pool.preferred(rosa) == SMS
    assert sentence(page) == "After your password, we will text you a code and ask for it."
    page = walker.send("Make this my preferred way")
    assert page.heading == "Saved"
    assert (pool.on(rosa), pool.preferred(rosa)) == ({SMS, APP}, APP)


def test_where_everybody_is_asked_an_app_counts_at_once(
    walker: Walker, required_pool: People, sandbox: Sandbox, deliver_notices: Any
):
    rosa = required_pool.make(phone=True)
    walker.sign_in(rosa, sandbox=sandbox)
    _, page = enrol_app(walker)
    assert page.heading == "Authenticator app is on"
    deliver_notices()
    assert notices(sandbox, rosa)[0].startswith("An authenticator app was added.")
    assert sentence(page).startswith("After your password, we will let you choose")
    walker.send("Make this my preferred way")
    assert required_pool.preferred(rosa) == APP


def test_the_page_offers_the_key_three_ways(walker: Walker, pool: People):
    """(A11-02) a picture, the key in groups of four, and a link for an app on this device."""
    nora = pool.make()
    walker.sign_in(nora)
    page = _begin(walker)
    groups = [group.text for group in page.soup.select(".key-text span")]
    assert {len(group) for group in groups} == {4}
    link = page.link("Add it on this device")
    assert link == (
        f"otpauth://totp/Demo%20sign-in:{nora.username}?secret={page.secret}&issuer=Demo%20sign-in"
    )
    assert page.soup.select(".qr svg path")
    assert page.secret not in page.title + page.url


# --- wrong codes ------------------------------------------------------------------------------


def test_wrong_codes_help_more_and_more_and_keep_the_key(walker: Walker, pool: People):
    nora = pool.make()
    walker.sign_in(nora)
    secret = _begin(walker).secret
    app = App(secret)
    said = []
    for _ in range(4):
        page = walker.send("Turn on", code=app.wrong_code())
        assert (page.status, page.secret) == (422, secret)
        said += page.errors
    assert all(sentence.startswith(NOT_RIGHT) for sentence in said)
    assert "shows a new one" in said[0]
    assert "check that your phone sets its clock" in said[1]
    assert "the entry you have just added" in said[2]
    assert said[3] == said[2]
    assert pool.on(nora) == set()


def test_after_three_wrong_codes_there_is_a_new_picture(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    first = App(_begin(walker).secret)
    for _ in range(3):
        page = walker.send("Turn on", code=first.wrong_code())
    assert "Still no luck?" in page.text
    page = walker.send("Show a new")
    assert page.secret != first.secret
    assert "Still no luck?" not in page.text


def test_the_dead_picture_is_refused(walker: Walker, pool: People, clock: Clock):
    """(OTP-14) abandon, restart, prove with the old secret: refused."""
    nora = pool.make()
    walker.sign_in(nora)
    old = App(_begin(walker).secret)
    for _ in range(3):
        walker.send("Turn on", code=old.wrong_code())
    new = App(walker.send("Show a new").secret)
    page = walker.send("Turn on", code=old.code())
    assert (page.status, page.secret) == (422, new.secret)
    assert pool.on(nora) == set()
    assert walker.send("Turn on", code=new.code()).heading == "Authenticator app is on"


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("", "Enter the six-digit code."),
        ("abcdef", "A code has only digits, no letters or signs."),
        ("12345", "The code has six digits; you entered 5."),
        ("1234567", "The code has six digits; you entered 7."),
        ("１２３４５６", "Use the ordinary digits 0 to 9."),
    ],
)
def test_what_is_no_code_does_not_reach_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox, typed: str, error: str
):
    """(OTP-07) and the key stays."""
    walker.sign_in(pool.make())
    secret = _begin(walker).secret
    with calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=typed)
    assert (page.status, page.errors, page.secret) == (422, [error], secret)
    assert "VerifySoftwareToken" not in calls
    assert not typed or typed not in page.html


def test_a_used_code_is_refused(walker: Walker, pool: People, sandbox: Sandbox):
    """(OTP-01) Cognito calls it expired here (contract 3.3)."""
    walker.sign_in(pool.make())
    app = App(_begin(walker).secret)
    used = "Your software token has already been used once."
    trouble = {"code": "ExpiredCodeException", "message": used}
    with sandbox.trouble("VerifySoftwareToken", "error", **trouble):
        page = walker.send("Turn on", code=app.code())
    assert (page.status, page.secret) == (422, app.secret)
    assert page.errors[0].startswith(NOT_RIGHT)


def test_codes_are_tried_only_so_often(walker: Walker, pool: People, clock: Clock):
    """(OTP-02) after five in a row one waits, on the same page; then the right one is taken."""
    walker.sign_in(pool.make())
    app = App(_begin(walker).secret)
    pages = [walker.send("Turn on", code=app.wrong_code()) for _ in range(6)]
    assert {(page.status, page.secret) for page in pages} == {(422, app.secret)}
    assert pages[4].errors[0].startswith("That code is not right.")
    assert pages[5].errors[0].startswith("There were too many wrong codes. Wait ")
    clock.forward(seconds=31)
    assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"


# --- coming back ------------------------------------------------------------------------------


def test_a_link_or_a_cache_holds_no_key(walker: Walker, pool: People):
    """(OTP-12) only the answer to a POST shows it, and nobody keeps that answer."""
    walker.sign_in(pool.make())
    page = _begin(walker)
    secret = page.secret
    assert "no-store" in page.headers["Cache-Control"]
    page = walker.open("/enrolment/totp/")
    assert not page.secret
    assert secret not in page.html
    assert "otpauth" not in page.html


def test_reload_and_back_keep_the_key(walker: Walker, pool: People, sandbox: Sandbox):
    walker.sign_in(pool.make())
    secret = _begin(walker).secret
    with calls_counted(sandbox) as calls:
        walker.open("/enrolment/totp/")
        assert walker.send("Continue where I was").secret == secret
    assert "AssociateSoftwareToken" not in calls
    assert walker.send("Turn on", code=App(secret).code()).heading == "Authenticator app is on"


def test_an_abandoned_set_up_leaves_nothing_active(
    walker: Walker, second_walker: Walker, pool: People
):
    """(OTP-14)"""
    nora = pool.make()
    walker.sign_in(nora)
    _begin(walker)
    assert states(walker.open("/"))["Authenticator app"] == "off"
    assert pool.on(nora) == set()
    assert _asked(pool, nora) is None
    assert not second_walker.sign_in(nora).soup.select(".factor-name")


def test_a_set_up_is_not_continued_after_an_hour(walker: Walker, pool: People, clock: Clock):
    nora = pool.make()
    walker.sign_in(nora)
    secret = _begin(walker).secret
    for _ in range(5):
        clock.forward(minutes=13)
        walker.open("/")
    walker.open("/enrolment/totp/")
    walker.prove_again(nora)
    page = walker.send("Show")
    assert page.secret != secret


def test_the_same_post_twice_has_one_effect(walker: Walker, pool: People, sandbox: Sandbox):
    """(RES-05) a second press finds the set-up done, and begins no other one."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    form, code = walker.page, app.code()
    walker.send("Turn on", code=code)
    walker.page = form
    with calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=code)
    assert (page.status, page.url) == (200, "/")
    assert "That set-up is over." in page.text
    assert not {"AssociateSoftwareToken", "VerifySoftwareToken"} & set(calls)
    assert pool.on(nora) == {APP}
    done = AuditRecord.objects.filter(event="totp_enrolled", outcome="done")
    assert done.count() == 1


# --- replacing --------------------------------------------------------------------------------


def test_the_old_app_works_until_the_new_one_is_proved(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    deliver_notices: Any,
):
    """(OTP-15) fail half-way: the old still works; succeed: the old is refused."""
    tom = pool.make(app=True, on=(APP,), preferred=APP)
    walker.sign_in(tom)
    page = walker.open("/enrolment/totp/")
    assert page.heading == "Replace your authenticator app"
    old, new = tom.app, App(_begin(walker).secret)
    assert old
    walker.send("Turn on", code=new.wrong_code())
    clock.forward(seconds=90)
    assert second_walker.sign_in(tom).heading == OVERVIEW
    second_walker.send("Sign out")
    walker.send("Turn on", code=new.code())
    deliver_notices()
    assert notices(sandbox, tom)[0].startswith("An authenticator app was replaced.")
    assert (pool.on(tom), pool.preferred(tom)) == ({APP}, APP)
    clock.forward(seconds=90)
    second_walker.open("/sign-in/")
    second_walker.send("Sign in", login=tom.username, password=tom.password)
    assert second_walker.send("Continue", code=old.code()).status == 422
    assert second_walker.send("Continue", code=new.code()).heading == OVERVIEW


def test_an_app_that_was_off_is_not_a_replacement(walker: Walker, pool: People):
    """It was proved before and is off: the new one takes its place and is on."""
    tom = pool.make(app=True)
    walker.sign_in(tom)
    _, page = enrol_app(walker)
    assert page.heading == "Authenticator app is on"
    assert pool.on(tom) == {APP}


# --- what was read before it ------------------------------------------------------------------


def test_what_was_changed_here_meanwhile_is_read_anew(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox
):
    """(FAC-03) another tab turns a method off between the first page and the code."""
    nora = pool.make(phone=True, on=(SMS,))
    walker.sign_in(nora, sandbox=sandbox)
    second_walker.client.cookies = walker.client.cookies
    app = App(_begin(walker).secret)
    second_walker.open("/preference/")
    second_walker.send("Save", activated=[], preferred="")
    assert pool.on(nora) == set()
    with calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=app.code())
    assert calls["GetUser"] == 2  # one before the change, one of the page that follows
    assert page.heading == "Authenticator app is on"
    assert pool.on(nora) == {APP}
    assert not AuditRecord.objects.filter(event="preference_mismatch").exists()


def test_what_was_read_long_ago_is_read_anew(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """Whoever needs six minutes to find their phone."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    clock.forward(minutes=6)
    walker.open("/enrolment/totp/")
    walker.prove_again(nora)
    walker.send("Continue where I was")
    with calls_counted(sandbox) as calls:
        assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"
    assert calls["GetUser"] == 2


def test_what_was_changed_elsewhere_meanwhile_is_told(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """What no act of ours shows is found by the page that follows: it tells what is true.

    By the reading that it makes anyway; and puts it back, at a press.
    """
    nora = pool.make(phone=True, on=(SMS,), preferred=SMS)
    walker.sign_in(nora, sandbox=sandbox)
    app = App(_begin(walker).secret)
    off = {"Enabled": False, "PreferredMfa": False}
    pool.admin.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id, Username=nora.username, SMSMfaSettings=off
    )
    with calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=app.code())
    assert calls == {"VerifySoftwareToken": 1, "SetUserMFAPreference": 1, "GetUser": 1}
    assert pool.on(nora) == {APP}
    assert sentence(page).startswith("After your password, we will ask for a code from your auth")
    assert NOT_AS_CHOSEN in page.text
    assert AuditRecord.objects.filter(event="preference_mismatch").count() == 1
    for told in (page, walker.open("/")):
        assert "Text message was turned off." in told.text
    walker.page = page
    assert walker.send("Put it back").heading == "Saved"
    assert pool.on(nora) == {APP, SMS}
    assert NOT_AS_CHOSEN not in walker.open(page.url).text


def test_a_set_up_begun_by_the_version_before_ends_well(walker: Walker, pool: People):
    """A portal of before kept no reading with what it began (roll-out)."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    form = walker.page
    session = SessionStore(session_id(walker))
    begun = vault.unseal(session[f"enrolment:{APP}"])
    assert begun["replaces"] is False  # what a portal of before reads
    del begun["seen"]
    session[f"enrolment:{APP}"] = vault.seal(begun)
    session.save()
    walker.page = form
    assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"
    assert pool.on(nora) == {APP}


def test_what_a_page_has_read_is_not_in_it(walker: Walker, pool: People):
    """(FAC-10) the number and the address travel with the form, sealed."""
    nora = pool.make(phone=True)
    walker.sign_in(nora)
    page = walker.open("/enrolment/totp/")
    assert page.soup.select_one("input[name=seen]")
    assert nora.email not in page.text + str(page.soup)
    assert nora.phone not in page.text + str(page.soup)


# --- its name ---------------------------------------------------------------------------------


def test_a_name_is_asked_after_success(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    enrol_app(walker)
    page = walker.send("Save the name", name="My phone")
    assert (page.url, page.heading) == ("/", OVERVIEW)
    assert "Saved as “My phone”." in page.text
    assert "My phone" in page.soup.select(".factor-facts")[0].text


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("", "Enter a name, or leave this page as it is."),
        ("x" * 65, "Use at most 64 characters."),
        ("safe\u202eenohp", "Use ordinary letters, digits and signs only."),
        ("zero\u200bwidth", "Use ordinary letters, digits and signs only."),
        ("two\r\nlines", "Use ordinary letters, digits and signs only."),
        ("two\u2028lines", "Use ordinary letters, digits and signs only."),
        ("bell\x07", "Use ordinary letters, digits and signs only."),
        ("nul\x00", None),
    ],
)
def test_a_name_without_tricks(walker: Walker, pool: People, name: str, error: str | None):
    """(FAC-09, INP-02)"""
    walker.sign_in(pool.make())
    enrol_app(walker)
    page = walker.send("Save the name", name=name)
    assert page.status == 422
    assert page.heading == "Authenticator app is on"
    assert error in {*page.errors, None}
    assert not walker.open("/").soup.select(".factor-name")


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "&amp;"]
)
def test_a_name_is_escaped_everywhere(walker: Walker, pool: People, name: str):
    """(FAC-09)"""
    walker.sign_in(pool.make())
    _, ready = enrol_app(walker)
    page = walker.send("Save the name", name=name)
    assert name in page.text  # as text, in the message and in its row
    for shown in (page, walker.open(ready.url), walker.open("/enrolment/totp/")):
        assert "<script>alert" not in shown.html
        assert "<img" not in shown.html


def test_sixty_four_characters_of_any_script_will_do(walker: Walker, pool: People):
    """(FAC-09)"""
    walker.sign_in(pool.make())
    enrol_app(walker)
    name = "Größe 電話 ☎ " + "é" * 53
    assert len(name) == 64
    walker.send("Save the name", name=name)
    assert name in walker.open("/").text


def test_a_new_app_forgets_the_old_name(walker: Walker, pool: People, clock: Clock):
    walker.sign_in(pool.make())
    enrol_app(walker)
    walker.send("Save the name", name="Old phone")
    enrol_app(walker)
    assert "Old phone" not in walker.open("/").text


# --- cut in between ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["throttle", "reset", "error"])
def test_cut_before_it_is_on_it_can_be_turned_on_at_the_next_visit(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any, kind: str
):
    """(RES-06) the app is proved, the pool did not turn it on, nothing must be scanned again."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    with sandbox.trouble("SetUserMFAPreference", kind):
        page = walker.send("Turn on", code=app.code())
    assert page.heading == "Authenticator app is not on yet"
    assert pool.on(nora) == set()
    deliver_notices()
    assert notices(sandbox, nora)[0].startswith("An authenticator app was added.")
    page = walker.open("/")
    assert states(page)["Authenticator app"] == "off"
    walker.open(page.link("Turn on"))
    walker.send("Save", activated=[APP], preferred="")
    assert pool.on(nora) == {APP}


def test_cut_before_it_is_on_the_next_code_does_it_too(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-06) the read after the proof fails; the same picture and the next code arrive."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    # After a try of before the account is read once more.
    form = walker.send("Turn on", code=app.wrong_code())
    with sandbox.trouble("GetUser", "error"):
        page = walker.send("Turn on", code=app.code())
    assert page.status >= 500
    assert pool.on(nora) == set()
    walker.page = form
    assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"
    assert pool.on(nora) == {APP}


def test_an_answer_that_was_lost_is_read_from_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04) the pool turned it on, its answer never came: the page says what is true."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    with sandbox.trouble("SetUserMFAPreference", "silence", seconds=0.05):
        page = walker.send("Turn on", code=app.code())
    assert pool.on(nora) == {APP}
    assert page.heading == "Authenticator app is on"


def test_a_proof_whose_answer_was_lost_is_read_from_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04) proved at the pool, unknown here."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    with sandbox.trouble("VerifySoftwareToken", "silence", seconds=0.05):
        page = walker.send("Turn on", code=app.code())
    assert page.heading == "Authenticator app is on"
    assert pool.on(nora) == {APP}


def test_a_replacement_whose_answer_was_lost_says_so_and_ends_well(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04) nobody can tell the old app from the new one here: the next code does."""
    tom = pool.make(app=True, on=(APP,))
    walker.sign_in(tom)
    new = App(_begin(walker).secret)
    form = walker.page
    with sandbox.trouble("VerifySoftwareToken", "silence", seconds=0.05):
        page = walker.send("Turn on", code=new.code())
    assert page.status == 504
    assert "We do not know whether your change was made." in page.text
    walker.page = form
    assert walker.send("Turn on", code=new.code()).heading == "Authenticator app is on"


def test_a_set_up_that_vanished_is_over(walker: Walker, pool: People):
    """Taken away by an administrator in the middle: nothing is left to prove."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    pool.admin.admin_delete_software_token(UserPoolId=pool.pool_id, Username=nora.username)
    page = walker.send("Turn on", code=app.code())
    assert (page.url, states(page)["Authenticator app"]) == ("/", "off")
    assert "That set-up is over." in page.text


def test_apps_switched_off_in_the_pool_cannot_be_set_up(
    walker: Walker, make_pool: MakePool, sandbox: Sandbox
):
    walker.sign_in(make_pool(offered=("sms", "email")).make())
    page = walker.open("/enrolment/totp/")
    assert "Authenticator app is not offered here." in page.text
    with calls_counted(sandbox) as calls:
        walker.post("/enrolment/totp/", {})
    assert "AssociateSoftwareToken" not in calls


def test_an_app_survives_the_switch_of_the_pool(walker: Walker, pool: People):
    """(contract 2.6, last row; D10) who has one keeps being asked for it."""
    tom = pool.make(app=True, on=(APP, EMAIL), preferred=APP)
    page = walker.sign_in(tom)
    assert states(page)["Authenticator app"] == "preferred"


def test_a_code_for_an_account_that_was_frozen_meanwhile_counts_nothing(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """It is refused before it is a try: whoever froze the account used up none of its tries."""
    nora = pool.make()
    walker.sign_in(nora)
    app = App(_begin(walker).secret)
    person = Person.objects.get()
    freezes.begin(Subject(person.pool_id, person.sub), timedelta(hours=1), "helpdesk")
    before = _tries()
    with calls_counted(sandbox) as calls:
        page = walker.send("Turn on", code=app.code())
    assert page.heading == "Changes are stopped for now"
    assert calls["VerifySoftwareToken"] == 0
    assert _tries() == before
    freezes.lift(Subject(person.pool_id, person.sub))
    walker.open("/enrolment/totp/")
    walker.send("Continue where I was")
    assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"


def test_a_code_of_somebody_the_portal_forgot_is_counted_all_the_same(
    walker: Walker, pool: People, monkeypatch: pytest.MonkeyPatch
):
    """No freeze is found of them, and no row that would say so."""
    walker.sign_in(pool.make())
    app = App(_begin(walker).secret)
    asks = SignedInPerson.unfrozen
    monkeypatch.setattr(
        SignedInPerson, "unfrozen", lambda person, now: asks(replace(person, id=uuid4()), now)
    )
    walker.send("Turn on", code=app.wrong_code())
    assert sorted(_tries().values()) == [1, 1]


def _tries() -> dict[str, int]:
    """Of the person and of the method; that something was refused is counted elsewhere."""
    return dict(Tally.objects.filter(key__startswith="pro").values_list("key", "count"))

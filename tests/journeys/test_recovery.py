"""The way back in: password and a code or a pass, a new method, and never the password alone."""

import re
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django_tasks_db.models import DBTaskResult
from structlog.testing import capture_logs

from accounts import limits, messages, passes, recovery_codes, vault
from accounts import notices as notices_of
from accounts.cognito import people
from accounts.models import AuditRecord, Case, Recovery
from tests.clock import Clock
from tests.journeys.steps import ALL, APP, EMAIL, OVERVIEW, enrol_app, notices, session_of
from tests.journeys.way_back import (
    BACK,
    GO,
    LINK,
    NEXT,
    at_the_question,
    ella_with_codes,
    set_up_app,
    subject_of,
    use_code,
)
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker


@pytest.fixture(autouse=True)
def _offered(settings: Any) -> None:
    settings.RECOVERY = True


def has_app(pool: People, who: Somebody) -> bool:
    return APP in pool.on(who)


def test_a_code_leads_to_a_new_app_in_one_sitting(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(REC-01, REC-03, SES-06, NOT-01, AUD-02) and everything that was signed in has ended."""
    ella, codes = ella_with_codes(pool)
    old = ella.app
    second_walker.sign_in(ella)
    elsewhere = pool.access_token(ella)
    page = use_code(walker, ella, codes[0].lower())
    assert page.heading == NEXT
    assert pool.on(ella) == set()
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
        pool.admin.get_user(AccessToken=elsewhere)
    assert walker.open("/").heading == NEXT
    assert walker.open("/activity/").heading == NEXT
    ella.app = set_up_app(walker)
    assert BACK in walker.page.text
    assert ella.app.secret != (old and old.secret)
    assert has_app(pool, ella)
    assert walker.sign_in(ella).heading == OVERVIEW
    assert Recovery.objects.get().done_at is not None
    assert recovery_codes.codes_left(subject_of(pool, ella)) == 9
    events = AuditRecord.objects.filter(event__startswith="recovery_", outcome="done")
    assert set(events.values_list("event", flat=True)) == {"recovery_begun", "recovery_finished"}
    deliver_notices()
    told = " ".join(notices(sandbox, ella))
    assert "a recovery code was used" in told
    assert "A new sign-in method was set up after a recovery" in told


def test_in_a_pool_that_asks_everybody_the_pool_itself_asks_for_a_new_one(
    walker: Walker, make_pool: Any
):
    """(REC-01) the account is never open to the password alone: the pool asks to set one up."""
    pool = make_pool(mfa="ON", offered=("totp",))
    ella, codes = ella_with_codes(pool)
    page = use_code(walker, ella, codes[0])
    assert page.url == "/sign-in/set-up/app/"
    page = walker.send("Show")
    ella.app = App(page.secret)
    page = walker.send("Continue", code=ella.app.code())
    assert BACK in page.text
    assert walker.sign_in(ella).heading == OVERVIEW
    assert Recovery.objects.get().done_at is not None


def test_one_proof_is_not_enough(walker: Walker, pool: People):
    """(REC-01) a code with a wrong password, a password with a wrong code: nothing changes."""
    ella, codes = ella_with_codes(pool)
    page = use_code(walker, ella, codes[0], password="Wrong-Ferry-31")
    assert "That password is not right." in page.text
    page = walker.send(GO, code="ACDE-FHJK-MNPR-TWXY", password=ella.password)
    assert "That code is not right" in page.text
    assert has_app(pool, ella)
    assert recovery_codes.codes_left(subject_of(pool, ella)) == 10
    assert not Recovery.objects.exists()
    walker.client.cookies.clear()
    assert walker.open("/recovery/code/").heading == "Sign in"


def test_a_code_works_once(walker: Walker, second_walker: Walker, pool: People):
    """(REC-03) the second time it is wrong, like any other."""
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    set_up_app(walker)
    page = use_code(second_walker, ella, codes[0])
    assert "That code is not right" in page.text


def test_guessing_ends_the_sign_in(walker: Walker, pool: People):
    """(REC-04, OTP-02) and the count outlives the flow."""
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, "ACDE-FHJK-MNPR-TWXY")
    for _ in range(4):
        walker.send(GO, code="ACDE-FHJK-MNPR-TWXY", password=ella.password)
    page = walker.send(GO, code=codes[0], password=ella.password)
    assert page.heading == "Sign in"
    assert "There were too many tries" in page.text
    page = use_code(walker, ella, codes[0])
    assert page.heading == "Sign in"
    assert has_app(pool, ella)


def test_a_pass_opens_where_the_helpdesk_typed_the_code(
    walker: Walker, second_walker: Walker, pool: People
):
    """(HLP-03, REC-01) in that browser, with the password; the code itself opens nothing."""
    ella = pool.make(app=True, on=(APP,))
    at_the_question(walker, ella)
    walker.open(walker.page.link(LINK))
    page = walker.send("Show the code for the helpdesk")
    shown = page.soup.select(".key-text")[0].get_text()
    passes.pair(subject_of(pool, ella), shown, issued_by="olga")
    at_the_question(second_walker, ella)
    assert GO not in second_walker.open("/recovery/").text
    page = walker.open(page.link("They have let me in"))
    assert "The helpdesk let you in here" in page.text
    page = walker.send(GO, password=ella.password)
    assert page.heading == NEXT
    ella.app = set_up_app(walker)
    assert walker.sign_in(ella).heading == OVERVIEW


STEPS = [
    "AdminUserGlobalSignOut",
    "AdminListDevices",
    "AdminSetUserMFAPreference",
    "AdminDeleteSoftwareToken",
]


@pytest.mark.parametrize("operation", STEPS)
@pytest.mark.parametrize("kind", ["silence", "reset"])
def test_cut_anywhere_the_next_visit_continues(
    walker: Walker, pool: People, sandbox: Sandbox, operation: str, kind: str
):
    """(RES-06) whether the step was made or not; no second code is needed in that browser."""
    ella, codes = ella_with_codes(pool)
    how = {"seconds": 0.05} if kind == "silence" else {}
    with sandbox.trouble(operation, kind, **how):
        use_code(walker, ella, codes[0])
    assert Recovery.objects.get().freed_at is None
    page = at_the_question(walker, ella)
    if page.heading != NEXT:
        page = walker.open("/recovery/")
        assert "Go on where you stopped" in page.text
        page = walker.send(GO, password=ella.password)
    assert page.heading == NEXT
    ella.app = set_up_app(walker)
    assert walker.sign_in(ella).heading == OVERVIEW
    assert recovery_codes.codes_left(subject_of(pool, ella)) == 9


def test_cut_after_the_new_app_the_next_sign_in_finishes(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-06) the app is on, and the sitting's end got lost."""
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    with sandbox.trouble("AdminUserGlobalSignOut", "reset"):
        ella.app = set_up_app(walker)
    assert has_app(pool, ella)
    assert Recovery.objects.get().done_at is None
    assert BACK in walker.sign_in(ella).text
    assert Recovery.objects.get().done_at is not None
    assert walker.sign_in(ella).heading == OVERVIEW


def test_another_browser_does_not_get_in_by_the_password_alone(
    walker: Walker, second_walker: Walker, pool: People
):
    """(REC-01) while the sitting lasts, it is asked for a proof of its own."""
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    page = at_the_question(second_walker, ella)
    assert page.heading == "Get back into your account"
    assert GO not in page.text
    assert second_walker.open("/enrolment/totp/").heading == "Get back into your account"
    assert "credentials" not in session_of(second_walker)
    page = use_code_here(second_walker, ella, codes[1])
    assert page.heading == NEXT


def use_code_here(walker: Walker, who: Somebody, code: str) -> Page:
    walker.open("/recovery/code/")
    return walker.send(GO, code=code, password=who.password)


def test_a_sitting_that_is_left_is_closed(
    walker: Walker, make_pool: Any, sandbox: Sandbox, clock: Clock, transactional_db: None
):
    """(REC-01, NOT-01) after a quarter of an hour the account asks for more than its password."""
    pool = make_pool()
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    assert pool.on(ella) == set()
    clock.forward(minutes=14)
    call_command("worker", batch=True, interval=0, verbosity=0)
    assert pool.on(ella) == set()
    clock.forward(minutes=2)
    call_command("worker", batch=True, interval=0, verbosity=0)
    assert pool.on(ella) == {EMAIL}
    assert Case.objects.get().kind == Case.Kind.LOST
    call_command("worker", batch=True, interval=0, verbosity=0)
    assert "was closed to the password alone" in " ".join(notices(sandbox, ella))
    # The mailbox proves the second step now, and that ends the way back.
    ella.app = None
    page = walker.sign_in(ella, sandbox=sandbox)
    assert BACK in page.text


@pytest.mark.parametrize(
    ("recovery", "ends_as", "how"),
    [
        ("verified_email", "RESET_REQUIRED", "a new password"),
        ("admin_only", "disabled", "disabled"),
    ],
)
def test_where_no_code_can_be_asked_the_password_is_closed(
    walker: Walker,
    make_pool: Any,
    clock: Clock,
    transactional_db: None,
    recovery: str,
    ends_as: str,
    how: str,
):
    """(REC-01) a pool without codes by e-mail: a new password is ordered, or nobody gets in."""
    pool = make_pool(offered=("totp",), recovery=(recovery,))
    ella = pool.make(app=True, on=(APP,), email=recovery == "verified_email")
    codes = recovery_codes.make(subject_of(pool, ella))
    use_code(walker, ella, codes[0])
    clock.forward(minutes=16)
    call_command("worker", batch=True, interval=0, verbosity=0)
    seen = pool.look(ella)
    assert ends_as == (seen["UserStatus"] if seen["Enabled"] else "disabled")
    told = AuditRecord.objects.get(event="recovery_closed", outcome="done")
    assert told.detail["how"] == how


def test_a_pool_that_does_not_answer_is_asked_again(
    walker: Walker, make_pool: Any, sandbox: Sandbox, clock: Clock, transactional_db: None
):
    """(RES-06) the account is closed as soon as the pool can be reached."""
    pool = make_pool()
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    clock.forward(minutes=16)
    with sandbox.trouble("AdminGetUser", "throttle", times=5):
        call_command("worker", batch=True, interval=0, verbosity=0)
    assert pool.on(ella) == set()
    clock.forward(minutes=2)
    call_command("worker", batch=True, interval=0, verbosity=0)
    assert pool.on(ella) == {EMAIL}


def test_a_method_that_was_set_up_elsewhere_needs_no_closing(
    walker: Walker, make_pool: Any, clock: Clock, transactional_db: None
):
    """(REC-01, SES-06) the account is not open any more; whoever came in meanwhile is out."""
    pool = make_pool()
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    token = pool.access_token(ella)
    ella.app = pool.give_app(ella)
    pool.prefer(ella, (APP,), APP)
    clock.forward(minutes=16)
    call_command("worker", batch=True, interval=0, verbosity=0)
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
        pool.admin.get_user(AccessToken=token)
    assert pool.on(ella) == {APP}
    assert not Case.objects.exists()
    assert BACK in walker.sign_in(ella).text
    assert walker.sign_in(ella).heading == OVERVIEW


def test_what_was_chosen_before_a_way_back_counts_no_more(
    walker: Walker, make_pool: Any, clock: Clock, transactional_db: None
):
    """(FAC-01, REC-01) closed to the password alone is as the portal made it: no other's doing."""
    pool = make_pool()
    ella = pool.make()
    codes = recovery_codes.make(subject_of(pool, ella))
    walker.sign_in(ella)
    ella.app, _ = enrol_app(walker)
    use_code(walker, ella, codes[0])
    clock.forward(minutes=16)
    call_command("worker", batch=True, interval=0, verbosity=0)
    walker.sign_in(ella, sandbox=pool.sandbox)  # it says that the way back is over
    page = walker.sign_in(ella, sandbox=pool.sandbox)
    assert page.heading == OVERVIEW
    assert "This is not as you chose it here" not in page.text
    assert not AuditRecord.objects.filter(event="preference_mismatch").exists()


def test_somebody_who_is_gone_needs_no_closing(
    walker: Walker, make_pool: Any, clock: Clock, transactional_db: None
):
    """(RES-06) and the job does not come again for ever."""
    pool = make_pool()
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    pool.admin.admin_delete_user(UserPoolId=pool.pool_id, Username=ella.username)
    clock.forward(minutes=16)
    call_command("worker", batch=True, interval=0, verbosity=0)
    assert Recovery.objects.get().closed_at is not None


def test_a_closing_that_was_cut_is_made_whole(
    walker: Walker, make_pool: Any, sandbox: Sandbox, clock: Clock, transactional_db: None
):
    """(RES-06, SES-06, NOT-01) codes by e-mail are on, and nobody was signed out or told yet."""
    pool = make_pool()
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    token = pool.access_token(ella)
    clock.forward(minutes=16)
    with sandbox.trouble("AdminUserGlobalSignOut", "reset"):
        call_command("worker", batch=True, interval=0, verbosity=0)
    assert pool.on(ella) == {EMAIL}
    assert Recovery.objects.get().closed_at is None
    clock.forward(minutes=2)
    call_command("worker", batch=True, interval=0, verbosity=0)
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
        pool.admin.get_user(AccessToken=token)
    assert Recovery.objects.get().closed_at is not None
    assert [each.kind for each in Case.objects.all()] == [Case.Kind.LOST]
    assert "was closed to the password alone" in notices(sandbox, ella)[0]


def test_who_sits_down_again_after_the_closing_is_watched_again(
    walker: Walker, make_pool: Any, sandbox: Sandbox, clock: Clock, transactional_db: None
):
    """(REC-01, RES-06) a new password opens the account for a sitting, and no longer."""
    pool = make_pool(offered=("totp",), recovery=("verified_email",))
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    for _ in range(2):
        for minutes in (16, 2):  # nothing is left of what watched, either
            clock.forward(minutes=minutes)
            call_command("worker", batch=True, interval=0, verbosity=0)
        assert pool.look(ella)["UserStatus"] == "RESET_REQUIRED"
        ella.password = "Lantern-Brook-58"
        pool.admin.confirm_forgot_password(
            ClientId=pool.client_id(),
            Username=ella.username,
            ConfirmationCode=sandbox.newest_code(ella.email),
            Password=ella.password,
        )
        assert at_the_question(walker, ella).heading == NEXT
    ella.app = set_up_app(walker)
    assert walker.sign_in(ella).heading == OVERVIEW


def test_a_missing_right_to_disable_rings(
    walker: Walker, make_pool: Any, sandbox: Sandbox, clock: Clock, transactional_db: None
):
    """(REC-01, RES-02) nothing is left to close the account with: somebody must look at it."""
    pool = make_pool(offered=("totp",), recovery=("admin_only",))
    ella = pool.make(app=True, on=(APP,), email=False)
    codes = recovery_codes.make(subject_of(pool, ella))
    use_code(walker, ella, codes[0])
    clock.forward(minutes=16)
    with (
        capture_logs() as logs,
        sandbox.trouble("AdminDisableUser", "error", code="AccessDeniedException"),
    ):
        call_command("worker", batch=True, interval=0, verbosity=0)
    assert [each["event"] for each in logs].count("alarm") == 1
    assert Case.objects.get().kind == Case.Kind.LOST
    # It is not given up: once the right is there, the account is closed.
    clock.forward(minutes=2)
    call_command("worker", batch=True, interval=0, verbosity=0)
    assert not pool.look(ella)["Enabled"]


def test_a_sitting_cannot_be_stretched(walker: Walker, pool: People, clock: Clock):
    """(SES-03, SES-13) its session ends with it."""
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    clock.forward(minutes=16)
    assert walker.open("/recovery/next/").heading == "Sign in"


def test_everything_but_the_new_method_stays_closed(walker: Walker, pool: People):
    """(SES-13) neither history nor passkeys nor recovery codes nor JSON."""
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    for path in ("/recovery/codes/", "/enrolment/passkeys/", "/activity/sessions/", "/preference/"):
        assert walker.open(path).heading == NEXT
    assert walker.json("GET", "/api/v1/mfa").status_code == 401


def test_all_methods_go_and_the_link_is_not_there_where_it_is_off(
    walker: Walker, pool: People, settings: Any
):
    """(REC-01)"""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    (code, *_rest) = recovery_codes.make(subject_of(pool, ella))
    assert use_code(walker, ella, code).heading == NEXT
    assert pool.on(ella) == set()
    settings.RECOVERY = False
    other = pool.make(app=True, on=(APP,))
    walker.client.cookies.clear()
    assert LINK not in at_the_question(walker, other).text
    assert walker.open("/recovery/").status == 404


def test_whoever_has_nothing_waits_and_everybody_is_told(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock, deliver_notices: Any
):
    """(REC-01, NOT-01) a day, in this browser, with the password again at its end."""
    ella = pool.make(app=True, on=(APP,))
    _ask(walker, ella)
    assert "You can go on later" in walker.page.text
    assert Case.objects.get().kind == Case.Kind.LOST
    deliver_notices()
    assert "asked to set up a new sign-in method" in notices(sandbox, ella)[0]
    clock.forward(hours=23)
    at_the_question(walker, ella)
    assert GO not in walker.open("/recovery/").text
    clock.forward(hours=2)
    at_the_question(walker, ella)
    assert "Your wait is over" in walker.open("/recovery/").text
    assert walker.send(GO, password=ella.password).heading == NEXT


def _ask(walker: Walker, who: Somebody) -> Page:
    at_the_question(walker, who)
    walker.open("/recovery/")
    walker.open(walker.page.link("let me wait for it"))
    return walker.send("Wait 24 hours")


def test_the_owner_stops_a_wait_without_signing_in(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    deliver_notices: Any,
):
    """(REC-01, REC-07) by the link of the notice, and nothing opens after the wait."""
    ella = pool.make(app=True, on=(APP,))
    _ask(walker, ella)
    deliver_notices()
    found = re.search(r"(/not-me/[^\s]+)", notices(sandbox, ella)[0])
    assert found
    second_walker.open(found[1])
    second_walker.send()
    clock.forward(hours=25)
    at_the_question(walker, ella)
    assert GO not in walker.open("/recovery/").text
    assert has_app(pool, ella)


def test_a_wait_is_told_by_text_message_too(
    walker: Walker, second_walker: Walker, pool: People, clock: Clock, settings: Any
):
    """(REC-01, NOT-01) where the operator has a sender; each link stops it, and signed out."""
    settings.SMS_BACKEND = "accounts.messages.Webhook"
    ella = pool.make(phone=True, app=True, on=(APP,))
    _ask(walker, ella)
    (text,) = _texts()
    assert text["to"] == ella.phone
    assert "asked to set up a new sign-in method" in text["text"]
    second_walker.open(text["text"].partition("http://localhost")[2])
    assert second_walker.send(SECURE).heading == "The account is secured"
    clock.forward(hours=25)
    at_the_question(walker, ella)
    assert GO not in walker.open("/recovery/").text


@pytest.mark.parametrize(
    "has", [{"email": False}, {"email_verified": False}, {"email": False, "phone": True}]
)
def test_there_is_no_wait_that_nobody_is_told_of(
    walker: Walker, pool: People, clock: Clock, has: dict[str, bool]
):
    """(REC-01) or a password alone would open the account a day later; a call still helps."""
    ella = pool.make(app=True, on=(APP,), **has)
    page = _ask(walker, ella)
    assert page.url == "/recovery/"
    assert "nobody could be told and stop it" in page.text
    clock.forward(hours=25)
    at_the_question(walker, ella)
    assert GO not in walker.open("/recovery/").text
    assert not AuditRecord.objects.filter(event="recovery_asked").exists()
    assert "Show the code for the helpdesk" in walker.page.text


def test_a_text_message_is_enough_to_tell_of_a_wait(walker: Walker, pool: People, settings: Any):
    """(REC-01, NOT-01) and where it is not sent, because there were too many, there is no wait."""
    settings.SMS_BACKEND = "accounts.messages.Webhook"
    ella, tom = (pool.make(email=False, phone=True, app=True, on=(APP,)) for _ in range(2))
    assert _ask(walker, ella).heading == "You can go on later"
    assert len(_texts()) == 1
    for _ in range(limits.SEND_PERSON.amount):
        limits.spend(limits.SEND_PERSON, subject_of(pool, tom).sub)
    assert "nobody could be told" in _ask(walker, tom).text
    assert len(_texts()) == 1


@pytest.mark.parametrize("phone_verified", [True, False])
def test_no_wait_is_told_where_no_text_can_go(
    walker: Walker, pool: People, settings: Any, *, phone_verified: bool
):
    """To a number that nobody confirmed, none; nor where the limit of messages is reached."""
    settings.SMS_BACKEND = "accounts.messages.Webhook"
    ella = pool.make(phone=True, phone_verified=phone_verified, app=True, on=(APP,))
    if phone_verified:
        for _ in range(limits.SEND_PERSON.amount):
            limits.spend(limits.SEND_PERSON, subject_of(pool, ella).sub)
    _ask(walker, ella)
    assert "You can go on later" in walker.page.text
    assert not _texts()
    assert DBTaskResult.objects.filter(task_path=notices_of.send_notice.module_path).count() == 1


def _texts() -> list[dict[str, str]]:
    """The text messages of the portal's own that wait to be sent."""
    queued = DBTaskResult.objects.filter(task_path=messages.deliver.module_path)
    opened = [vault.unseal(job.args_kwargs["args"][0]) for job in queued]
    return [message for message in opened if message["by"] == "sms"]


def test_who_is_signed_in_sees_a_wait_and_stops_it(
    walker: Walker, second_walker: Walker, pool: People, clock: Clock
):
    """(REC-01) on the overview, from the first minute on, until it is stopped or over."""
    ella = pool.make(app=True, on=(APP,))
    second_walker.sign_in(ella)
    assert SOMEBODY_ASKED not in second_walker.open("/").text
    clock.forward(seconds=31)
    _ask(walker, ella)
    page = second_walker.open("/")
    assert SOMEBODY_ASKED in page.text
    assert "They can set up a new method from" in page.text
    page = second_walker.open(page.link("This was not me: stop it"))
    assert "Asked to set up a new sign-in method" in page.text
    second_walker.send(SECURE)
    clock.forward(hours=25)
    second_walker.sign_in(ella)
    assert SOMEBODY_ASKED not in second_walker.open("/").text
    at_the_question(walker, ella)
    assert GO not in walker.open("/recovery/").text


SECURE = "secure the account"
SOMEBODY_ASKED = "Somebody asked for a way in without your sign‑in methods"


def test_no_link_is_built_from_what_a_request_says_of_its_host(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(REC-07) a forged Host is refused, and no header of a proxy changes where a link leads."""
    ella = pool.make(app=True, on=(APP,))
    evil = walker.client.get("/sign-in/", headers={"host": "evil.example"})
    assert evil.status_code == 400
    walker.client.defaults |= {
        "HTTP_X_FORWARDED_HOST": "evil.example",
        "HTTP_FORWARDED": "host=evil.example",
        "HTTP_X_HOST": "evil.example",
    }
    _ask(walker, ella)
    deliver_notices()
    told = notices(sandbox, ella)[0]
    links = re.findall(r"https?://[^\s]+", told)
    assert links
    assert all(link.startswith("http://localhost/") for link in links)
    assert "evil.example" not in told


def test_without_a_wait_in_the_settings_none_is_offered(
    walker: Walker, pool: People, settings: Any
):
    """(REC-01)"""
    settings.RECOVERY_HOLD = timedelta(0)
    ella = pool.make(app=True, on=(APP,))
    at_the_question(walker, ella)
    assert "let me wait for it" not in walker.open("/recovery/").text
    assert walker.open("/recovery/ask/").url == "/recovery/"


RIGHTS = [
    "AdminGetUser",
    "AdminListDevices",
    "AdminForgetDevice",
    "AdminUserGlobalSignOut",
    "AdminSetUserMFAPreference",
    "AdminDeleteSoftwareToken",
    "AdminResetUserPassword",
]


@pytest.mark.parametrize("operation", RIGHTS)
def test_a_right_that_is_missing_uses_no_code_up(
    walker: Walker, pool: People, sandbox: Sandbox, capsys: Any, operation: str
):
    """(REC-01, AUZ-04) it is tried on nobody, before: no code goes, and the doctor names it."""
    ella, codes = ella_with_codes(pool)
    at_the_question(walker, ella)
    walker.open(walker.page.link(LINK))
    walker.open("/recovery/code/")
    with sandbox.trouble(operation, "error", code="AccessDeniedException"):
        page = walker.send(GO, code=codes[0], password=ella.password)
        assert "not set up correctly" in page.text
        assert people.rights_missing() == (operation,)
        with pytest.raises(SystemExit):
            call_command("doctor")
        assert f"IAM refuses {operation}: nobody comes back in" in capsys.readouterr().out
    assert has_app(pool, ella)
    assert recovery_codes.codes_left(subject_of(pool, ella)) == 10
    assert not Recovery.objects.exists()
    assert people.rights_missing() == ()


def test_where_a_right_is_missing_the_way_is_not_offered(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox
):
    """(REC-01, AUZ-04) no link, no codes that would help nobody; what is begun stays open."""
    ella, nora = pool.make(app=True, on=(APP,)), pool.make()
    second_walker.sign_in(nora)
    at_the_question(walker, ella)
    with sandbox.trouble("AdminDeleteSoftwareToken", "error", code="AccessDeniedException"):
        assert "not set up correctly" in walker.open("/recovery/").text
        assert LINK not in at_the_question(walker, ella).text
        assert "not set up correctly" in walker.open("/recovery/code/").text
        assert "not set up correctly" in second_walker.open("/recovery/codes/").text
        assert "Recovery codes" not in second_walker.open("/").text


def _doctor(capsys: Any) -> str:
    """What it says, with other findings: jobs wait, and this clock is ahead of the pool."""
    with suppress(SystemExit):
        call_command("doctor")
    return str(capsys.readouterr().out)


def test_a_worker_that_is_away_is_told_by_the_doctor(
    walker: Walker, make_pool: Any, clock: Clock, capsys: Any, transactional_db: None
):
    """(REC-01, RES-06) an account that the job should have closed is an error of its own."""
    pool = make_pool()
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    clock.forward(minutes=16)
    assert "left-open" not in _doctor(capsys)
    clock.forward(minutes=2)
    said = _doctor(capsys)
    assert "left-open" in said
    assert "Unfinished ways back in: 1, past their end and not closed" in said
    call_command("worker", batch=True, interval=0, verbosity=0)
    assert "left-open" not in _doctor(capsys)

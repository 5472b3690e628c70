"""The overview's sentence grown up: drift put back or kept, this browser, gaps and reminders."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditRecord, RecoveryCodeSet
from portal.factors.models import Dismissal, EnrolledAuthenticator
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import ALL, APP, CONFIRM, EMAIL, SMS, calls_counted, enrol_app, sentence
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

NOT_AS_CHOSEN = "This is not as you chose it here"
PHONE_TONIGHT = "What if you lose your phone tonight?"


def _chose_app_first(walker: Walker, pool: People) -> Somebody:
    ella = pool.make(phone=True, app=True, on=(APP, SMS), preferred=SMS)
    walker.sign_in(ella, sandbox=pool.sandbox)
    walker.open("/preference/")
    assert walker.send("Save", preferred=APP).heading == "Saved"
    return ella


def _change_elsewhere(pool: People, somebody: Somebody) -> None:
    """By another client: text messages first, the app off."""
    pool.admin.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id,
        Username=somebody.username,
        SoftwareTokenMfaSettings={"Enabled": False, "PreferredMfa": False},
        SMSMfaSettings={"Enabled": True, "PreferredMfa": True},
    )


def _noted() -> int:
    return AuditRecord.objects.filter(event="preference_mismatch").count()


def test_what_is_as_it_was_asked_is_not_mentioned(walker: Walker, pool: People):
    _chose_app_first(walker, pool)
    assert NOT_AS_CHOSEN not in walker.open("/").text
    assert _noted() == 0


def test_a_change_by_another_way_is_shown_recorded_once_and_put_back(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(contract 2.6, AUD-01, REA-02) the press is carried out after the proof it needs."""
    ella = _chose_app_first(walker, pool)
    _change_elsewhere(pool, ella)
    with calls_counted(sandbox) as calls:
        page = walker.open("/")
    assert calls["GetUser"] == 1
    walker.open("/")
    assert NOT_AS_CHOSEN in page.text
    assert "Authenticator app was turned off." in page.text
    assert "Text message is now asked first." in page.text
    assert _noted() == 1
    clock.forward(minutes=6)
    walker.open("/")
    assert walker.send("Put it back").heading == CONFIRM
    assert walker.prove_again(ella, sandbox).heading == "Saved"
    assert (pool.on(ella), pool.preferred(ella)) == ({APP, SMS}, APP)
    assert NOT_AS_CHOSEN not in walker.open("/").text
    ended = AuditRecord.objects.filter(event="preference_repaired", outcome="done")
    assert ended.count() == 1


def test_a_change_that_was_ones_own_is_kept(walker: Walker, pool: People):
    """Then it counts as asked, and nothing is sent to the pool."""
    ella = _chose_app_first(walker, pool)
    _change_elsewhere(pool, ella)
    walker.open("/")
    assert "It was like this already" in walker.send("Keep it as it is").text
    assert (pool.on(ella), pool.preferred(ella)) == ({SMS}, SMS)
    assert NOT_AS_CHOSEN not in walker.open("/").text


def test_what_cannot_be_put_back_says_why(walker: Walker, pool: People):
    """(FAC-01) the app is gone from the account: it has to be set up anew."""
    ella = _chose_app_first(walker, pool)
    pool.admin.admin_delete_software_token(UserPoolId=pool.pool_id, Username=ella.username)
    walker.open("/")
    page = walker.send("Put it back")
    assert page.url == "/preference/"
    assert "Authenticator app is not set up yet." in page.text
    assert pool.on(ella) == {SMS}


def test_a_page_that_moved_on_meanwhile_puts_nothing_back(walker: Walker, pool: People):
    """(FAC-03)"""
    ella = _chose_app_first(walker, pool)
    _change_elsewhere(pool, ella)
    walker.open("/")
    pool.prefer(ella, (SMS, EMAIL), EMAIL)
    page = walker.send("Put it back")
    assert page.url == "/preference/"
    assert pool.on(ella) == {SMS, EMAIL}


@pytest.mark.parametrize("sent", [{}, {"put_back": "perhaps"}, {"drawn_from": "x" * 200}])
def test_a_press_by_hand_changes_nothing(walker: Walker, pool: People, sent: dict[str, Any]):
    """(INP-01)"""
    ella = _chose_app_first(walker, pool)
    walker.open("/")
    assert walker.post("/repair/", sent).url == "/"
    assert pool.preferred(ella) == APP


def test_a_required_pool_that_asks_for_more_by_itself_is_no_drift(
    walker: Walker, required_pool: People, clock: Clock
):
    """(D13) a phone that somebody gave the account is asked for there by itself."""
    ravi = required_pool.make(app=True)
    walker.sign_in(ravi)
    walker.open("/preference/")
    walker.send("Save", preferred=APP)
    required_pool.admin.admin_update_user_attributes(
        UserPoolId=required_pool.pool_id,
        Username=ravi.username,
        UserAttributes=[{"Name": "phone_number", "Value": ravi.phone}],
    )
    assert NOT_AS_CHOSEN not in walker.open("/").text


# --- this browser -----------------------------------------------------------------------------


def test_a_trusted_browser_is_told_that_it_is_not_asked(walker: Walker, make_pool: MakePool):
    """(D08) until all devices are forgotten, here or there."""
    people = make_pool(
        DeviceConfiguration={
            "ChallengeRequiredOnNewDevice": True,
            "DeviceOnlyRememberedOnUserPrompt": True,
        }
    )
    tom = people.make(app=True, on=(APP,))
    walker.open("/sign-in/")
    walker.send("Sign in", login=tom.username, password=tom.password)
    assert tom.app
    page = walker.send("Continue", code=tom.app.code(), trust="on")
    assert "Not in this browser: you trusted it" in page.text
    walker.open("/activity/devices/")
    walker.send("Forget all devices")
    assert "Not in this browser" not in walker.open("/").text


# --- the phone tonight ------------------------------------------------------------------------


def _panel(page: Page) -> str:
    found = page.soup.select_one("section[aria-labelledby=readiness-title]")
    return " ".join(found.get_text(" ").split()) if found else ""


def test_the_gap_and_its_next_step(walker: Walker, pool: People, sandbox: Sandbox):
    """(FAC-06) one method only; then none, and it says so; then one that hides the others."""
    nora = pool.make(phone=True)
    page = walker.sign_in(nora)
    assert _panel(page) == ""  # nothing is on: the page says that louder
    enrol_app(walker)
    page = walker.open("/")
    assert "Authenticator app is your only method." in _panel(page)
    # The address is confirmed: the panel says it as the method's own row does.
    assert page.link("Turn on e-mail").endswith("/enrolment/email/")
    assert len(page.soup.select('a[aria-label="Turn on e-mail"]')) == 1
    walker.open(page.link("Turn on e-mail"))
    walker.send("Turn on")
    assert _panel(walker.open("/")).endswith(
        "You could still sign in. There is nothing you have to do."
    )
    walker.open("/preference/")
    walker.send("Save", preferred=APP)
    page = walker.open("/")
    assert PHONE_TONIGHT in _panel(page)
    assert "offers nothing else" in _panel(page)
    assert page.link("Choose what we ask for").endswith("/preference/")
    assert sentence(page).startswith("After your password, we will ask for a code from your")


def test_what_has_to_be_set_up_first_is_called_so(walker: Walker, pool: People):
    """(FAC-06) without an address there is nothing to turn on yet."""
    page = walker.sign_in(pool.make(email=False, app=True, on=(APP,)))
    assert page.link("Set up e-mail").endswith("/enrolment/email/")
    assert len(page.soup.select('a[aria-label="Set up e-mail"]')) == 1


def test_a_number_nobody_confirmed_leads_to_its_code(walker: Walker, pool: People):
    page = walker.sign_in(
        pool.make(phone=True, phone_verified=False, on=(SMS, EMAIL)), sandbox=pool.sandbox
    )
    # Signing in by text message has just confirmed it (contract 4.3).
    assert "never confirmed" not in _panel(page)


# --- reminders --------------------------------------------------------------------------------


def test_after_four_weeks_it_is_asked_once_whether_it_is_still_theirs(
    walker: Walker, pool: People, clock: Clock
):
    """(DAT-01) answered with one press, without a proof: it changes nothing."""
    nora = pool.make()
    walker.sign_in(nora)
    nora.app, _ = enrol_app(walker)
    assert "Is your authenticator app still" not in walker.open("/").text
    four_weeks_ago = timezone.now() - timedelta(days=28)
    EnrolledAuthenticator.objects.update(added_at=four_weeks_ago)
    page = walker.open("/")
    assert "Is your authenticator app still on a phone that you have?" in page.text
    assert page.link("No, change it").endswith("/enrolment/totp/")
    clock.forward(minutes=6)
    page = walker.send("Yes, it is")
    assert page.url == "/"
    assert "Is your authenticator app still" not in page.text
    assert list(Dismissal.objects.values_list("what", flat=True)) == [APP]
    assert walker.post("/reminders/", {"what": "anything"}).url == "/"
    assert Dismissal.objects.count() == 1


def test_old_codes_are_asked_about_once_a_set(walker: Walker, pool: People, settings: Any):
    """(REC-02) after a year; the answer is kept until there are new ones, which begin anew."""
    settings.RECOVERY = True
    nora = pool.make()
    walker.sign_in(nora)
    question = "Is the list of your recovery codes still where you can find it?"

    def made(days_ago: int) -> Page:
        RecoveryCodeSet.objects.update(made_at=timezone.now() - timedelta(days=days_ago))
        return walker.open("/")

    walker.open("/recovery/codes/")
    walker.send("Make recovery codes")
    assert question not in made(364).text
    page = made(365)
    assert question in page.text
    assert page.link("No, change it") == "/recovery/codes/"
    assert question not in walker.send("Yes, it is").text
    assert question not in made(366).text
    walker.open("/recovery/codes/")
    walker.send("Make new recovery codes")
    Dismissal.objects.update(dismissed_at=timezone.now() - timedelta(days=400))
    assert question in made(365).text


def test_everything_at_once_stays_one_page(walker: Walker, pool: People, sandbox: Sandbox):
    """All three methods, one first: a single gap, no notice, one read."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    with calls_counted(sandbox) as calls:
        page = walker.open("/")
    assert calls == {"GetUser": 1, "GetUserAuthFactors": 1}
    assert "Text message and e-mail are on, too" in page.text
    assert len(page.soup.select("main section")) <= 4

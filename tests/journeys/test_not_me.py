"""This was not me: by the link of a notice, signed out, and from one's own history."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.signing import Signer

from accounts import cases, freezes, not_me
from accounts.models import AuditRecord, Case, Freeze, NotMeLink, RecoveryPass
from accounts.subjects import Subject
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import ALL, APP, CONFIRM, OVERVIEW, SMS, enrol_app, notices, states
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

SECURE = "secure the account"
GONE = "This link does not work any more"


def _subject(pool: People, who: Somebody) -> Subject:
    return Subject(pool.pool_id, pool.look(who)["attributes"]["sub"])


def _link(sandbox: Sandbox, who: Somebody) -> str:
    """The path of the link in the newest notice; it must be the portal's own."""
    found = re.search(r"http://localhost(/not-me/\S+/)", notices(sandbox, who)[0])
    assert found is not None
    return found[1]


@pytest.fixture
def changed(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
) -> tuple[Somebody, str]:
    """Ella with a change in her name, still signed in there, and the link she was sent."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=SMS)
    walker.sign_in(ella, sandbox=sandbox)
    walker.open("/preference/")
    walker.send("Save", preferred=APP)
    deliver_notices()
    return ella, _link(sandbox, ella)


def test_the_click_signs_out_freezes_and_opens_a_case(
    changed: tuple[Somebody, str],
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    deliver_notices: Any,
):
    """(NOT-03, TOK-09, AUD-01) signed out, after a page that says what it will do."""
    ella, link = changed
    elsewhere = pool.access_token(ella)
    subject = _subject(pool, ella)
    RecoveryPass.objects.create(
        pool_id=subject.pool_id,
        sub=subject.sub,
        issued_by="portal",
        opens_at=datetime.now(UTC),
        ends_at=datetime.now(UTC) + timedelta(hours=24),
    )
    page = second_walker.open(link)
    assert page.heading == "Was this not you?"
    assert "Changed what we ask for" in page.text
    assert "For 24 hours nobody can change" in page.text
    assert freezes.frozen_until(subject) is None
    page = second_walker.send(SECURE)
    assert page.url == "/not-me/done/"
    case = cases.open_cases(subject).get()
    assert case.kind == Case.Kind.NOT_ME
    assert case.number in page.text
    assert "Every browser and app was signed out" in page.text
    about = AuditRecord.objects.filter(event="preference_changed").first()
    assert AuditRecord.objects.get(event="not_me_said").detail["case"] == case.number
    assert about is not None
    assert case.about == about.id
    assert RecoveryPass.objects.get().revoked_at is not None
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
        pool.admin.get_user(AccessToken=elsewhere)
    clock.forward(seconds=60)
    assert walker.open("/confirm/").heading == "Sign in"
    deliver_notices()
    told = notices(sandbox, ella)[0]
    assert "Your account was secured" in told
    assert "/not-me/" not in told


def test_it_holds_on_pages_and_in_json_until_it_ends(
    changed: tuple[Somebody, str], second_walker: Walker, pool: People, clock: Clock
):
    """(REA-02) also for the owner, who sees until when; then all is as before."""
    ella, link = changed
    second_walker.open(link)
    second_walker.send(SECURE)
    clock.forward(seconds=2)
    page = second_walker.sign_in(ella, sandbox=pool.sandbox)
    assert "Changes are stopped" in page.text
    assert "Changes are stopped" in second_walker.open("/activity/").text
    before = pool.look(ella)
    second_walker.open("/preference/")
    page = second_walker.send("Save", preferred=SMS)
    assert page.status == 423
    digest = second_walker.json("GET", "/api/v1/mfa").json()["data"]["digest"]
    body = {"activated": [SMS], "preferred": SMS, "digest": digest}
    second_walker.open("/")
    refused = second_walker.json("PUT", "/api/v1/mfa/preference", body)
    assert refused.status_code == 423
    assert refused.json()["error"]["code"] == "CHANGES_FROZEN"
    assert pool.look(ella)["UserMFASettingList"] == before["UserMFASettingList"]
    assert pool.preferred(ella) == APP
    clock.forward(hours=24)
    page = second_walker.sign_in(ella, sandbox=pool.sandbox)
    assert "Changes are stopped" not in page.text
    second_walker.open("/preference/")
    assert second_walker.send("Save", preferred=SMS).heading == "Saved"


def test_a_link_works_once_in_its_time_and_as_it_was_signed(
    changed: tuple[Somebody, str], second_walker: Walker, pool: People, clock: Clock
):
    """(REC-07) used, over, forged and invented look alike and do nothing."""
    ella, link = changed
    token = link.removeprefix("/not-me/").removesuffix("/")
    some_link = NotMeLink.objects.get()
    unsigned = some_link.pk.hex
    other_salt = Signer(salt="other", sep=".").sign(unsigned)
    for forged in (token[:-1] + ("A" if token[-1] != "A" else "B"), unsigned, other_salt, "x"):
        page = second_walker.open(f"/not-me/{forged}/")
        assert (page.status, page.heading) == (404, GONE)
    gone = page
    second_walker.open(link)
    form_of_link = second_walker.page
    assert second_walker.send(SECURE).heading == "The account is secured"
    freezes.lift(_subject(pool, ella))
    second_walker.page = form_of_link
    for page in (second_walker.send(SECURE), second_walker.open(link)):
        assert (page.status, page.soup.main.get_text()) == (404, gone.soup.main.get_text())
    assert freezes.frozen_until(_subject(pool, ella)) is None
    assert Freeze.objects.count() == 1


def test_a_link_is_over_after_its_hours(
    changed: tuple[Somebody, str], second_walker: Walker, clock: Clock
):
    """(REC-07) three days by default, also for a page that was opened before."""
    _, link = changed
    clock.forward(hours=71)
    assert second_walker.open(link).heading == "Was this not you?"
    clock.forward(hours=2)
    assert second_walker.send(SECURE).heading == GONE
    assert second_walker.open(link).heading == GONE
    assert not Freeze.objects.exists()


def test_the_operator_says_how_long_a_link_lives(
    second_walker: Walker, pool: People, clock: Clock, settings: Any
):
    """(REC-07) PORTAL_NOT_ME_HOURS"""
    settings.NOT_ME_LINK_AGE = timedelta(hours=5)
    link = not_me.url_for(_subject(pool, pool.make()), None).removeprefix("http://localhost")
    clock.forward(hours=4)
    assert second_walker.open(link).heading == "Was this not you?"
    clock.forward(hours=2)
    assert second_walker.open(link).heading == GONE


def test_opening_or_forging_the_click_does_nothing(
    changed: tuple[Somebody, str], second_walker: Walker, pool: People
):
    """(WEB-08) programs that read mail open links; another site cannot press for anybody."""
    ella, link = changed
    for _ in range(3):
        second_walker.open(link)
    assert second_walker.post(link, {}, token=False).status == 403
    assert second_walker.client.head(link).status_code == 200
    assert freezes.frozen_until(_subject(pool, ella)) is None
    assert not Case.objects.exists()


def test_without_rights_it_says_what_could_not_be_done(
    changed: tuple[Somebody, str],
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
):
    """(TOK-09) the portal's own sessions end all the same, and the account is frozen."""
    ella, link = changed
    second_walker.open(link)
    with sandbox.trouble("AdminUserGlobalSignOut", "throttle", times=9):
        page = second_walker.send(SECURE)
    assert "Other apps could not be signed out" in page.text
    assert freezes.frozen_until(_subject(pool, ella)) is not None
    clock.forward(seconds=61)
    assert walker.open("/").heading == "Sign in"


def test_from_ones_own_history(walker: Walker, second_walker: Walker, pool: People, clock: Clock):
    """(REA-01, AUZ-02) it needs a proof, so that a stolen cookie cannot stop the owner."""
    nora = pool.make()
    second_walker.sign_in(nora)
    walker.sign_in(nora)
    nora.app, _ = enrol_app(walker)
    clock.forward(minutes=6)
    page = walker.open(walker.open("/activity/").link("This was not me"))
    assert page.heading == CONFIRM
    page = walker.prove_again(nora)
    assert page.heading == "Was this not you?"
    assert "An authenticator app was added" in page.text
    page = walker.send(SECURE)
    assert page.heading == "The account is secured"
    assert Case.objects.get().number in page.text
    assert walker.open("/").heading == "Sign in"
    clock.forward(seconds=60)
    assert second_walker.open("/").heading == "Sign in"
    assert states(walker.sign_in(nora))["Authenticator app"] == "on"
    told = [item.get_text(" ") for item in walker.open("/activity/").soup.select(".timeline-what")]
    assert any("Said “this was not me”" in each for each in told)


def test_what_was_refused_may_be_not_mine_as_well(walker: Walker, pool: People, clock: Clock):
    """(REA-01) whoever entered a wrong code in my place had my password, or my browser."""
    nora = pool.make()
    walker.sign_in(nora)
    clock.forward(minutes=6)
    walker.open("/preference/")
    walker.send("Continue", password="Not-The-Password-1")
    page = walker.open("/activity/?kind=problems")
    assert "It was not confirmed that it was you" in page.text
    walker.open(page.link("This was not me"))
    page = walker.prove_again(nora)
    assert page.heading == "Was this not you?"
    assert "It was not confirmed that it was you" in page.text
    assert walker.send(SECURE).heading == "The account is secured"
    assert Case.objects.get().kind == Case.Kind.NOT_ME


def test_nobody_says_it_about_anothers_history(walker: Walker, second_walker: Walker, pool: People):
    """(AUZ-02)"""
    walker.sign_in(pool.make())
    enrol_app(walker)
    receipt = AuditRecord.objects.filter(event="totp_enrolled").first()
    assert receipt is not None
    second_walker.sign_in(pool.make())
    assert second_walker.open(f"/activity/not-me/{receipt.id}/").status == 404
    assert not Freeze.objects.exists()


def test_what_operators_did_is_told_with_reason_and_ticket(walker: Walker, pool: People):
    """(HLP-08, INP-01) by role, never by name; the table holds no formula."""
    nora = pool.make()
    walker.sign_in(nora)
    AuditRecord.objects.create(
        event="helpdesk_looked",
        outcome="done",
        pool_id=pool.pool_id,
        sub=_subject(pool, nora).sub,
        actor="0b5e-operator",
        reason='=HYPERLINK("evil")',
        ticket="OPS-7",
    )
    page: Page = walker.open("/activity/")
    assert "by the helpdesk" in page.text
    assert "Ticket: OPS-7" in page.text
    assert "0b5e-operator" not in page.html
    table = walker.client.get("/activity/export.csv").content.decode()
    assert "'=HYPERLINK" in table
    assert "OPS-7" in table


NEW_PASSWORD = "Another-Ferry-52"
CHOOSE = "Choose a new password"
BY_MAIL = {"offered": ("totp", "sms"), "recovery": ("verified_email",)}


@pytest.fixture
def by_mail(make_pool: MakePool) -> People:
    """A pool whose people may choose a new password by a code."""
    return make_pool(**BY_MAIL)


def _secured(walker: Walker) -> Page:
    """What somebody who is signed in says of the newest line of their history."""
    walker.open(walker.open("/activity/").link("This was not me"))
    page = walker.send(SECURE)
    assert page.heading == "The account is secured"
    return page


def _steps(page: Page) -> list[str]:
    return [" ".join(each.get_text(" ").split()) for each in page.soup.select("main ol li")]


def _buttons(page: Page) -> list[str]:
    return [each.get_text(strip=True) for each in page.soup.select("main .button-row a")]


def test_a_new_password_is_the_next_press(walker: Walker, by_mail: People, sandbox: Sandbox):
    """The name of whoever was signed in stands there; with the code they are in again."""
    nora = by_mail.make()
    walker.sign_in(nora)
    page = _secured(walker)
    assert _steps(page)[0] == "Choose a new password now, one that you use nowhere else."
    assert _buttons(page)[0] == CHOOSE
    assert walker.open(page.link(CHOOSE)).heading == "Forgotten password"
    page = walker.send("Send me a code")
    assert page.heading == CHOOSE
    page = walker.send("Save", code=sandbox.newest_code(nora.email), new_password=NEW_PASSWORD)
    assert "Your password is changed." in page.text
    assert "Changes are stopped" in page.text


@pytest.fixture
def told_by_mail(
    walker: Walker, by_mail: People, sandbox: Sandbox, deliver_notices: Any
) -> tuple[Somebody, str]:
    """Nora, still signed in, with a new method and the link she was sent about it."""
    nora = by_mail.make()
    walker.sign_in(nora)
    enrol_app(walker)
    deliver_notices()
    return nora, _link(sandbox, nora)


def test_a_link_tells_nobody_whose_account_it_is(
    told_by_mail: tuple[Somebody, str], second_walker: Walker
):
    """(OTP-17) it leads on to a new password, and the name is theirs to know."""
    nora, link = told_by_mail
    second_walker.open(link)
    page = second_walker.send(SECURE)
    page = second_walker.open(page.link(CHOOSE))
    assert page.heading == "Forgotten password"
    assert page.form("Send me a code").select("[name=login]:not([value])")
    assert nora.username not in page.html


def test_a_link_ends_the_sign_in_of_its_own_browser_at_once(
    told_by_mail: tuple[Somebody, str], walker: Walker
):
    """(TOK-09) so that the new password is there, and not the owner's pages for a minute more."""
    _, link = told_by_mail
    walker.open(link)
    page = walker.send(SECURE)
    assert walker.open(page.link(CHOOSE)).heading == "Forgotten password"


def test_a_link_signs_nobody_else_out(
    told_by_mail: tuple[Somebody, str], second_walker: Walker, by_mail: People
):
    """Who is signed in as somebody else stays so, and is led nowhere that is shut to them."""
    _, link = told_by_mail
    second_walker.sign_in(by_mail.make())
    second_walker.open(link)
    page = second_walker.send(SECURE)
    assert page.heading == "The account is secured"
    assert CHOOSE not in _buttons(page)
    assert second_walker.open("/").heading == OVERVIEW


def test_a_name_that_is_an_address_is_not_kept_for_it(
    walker: Walker, by_mail: People, monkeypatch: pytest.MonkeyPatch
):
    """(FAC-10) no page shows it whole, and this one does not either."""
    monkeypatch.setattr("accounts.doors.forgotten.show_username", lambda name: "p•••@e•••")
    nora = by_mail.make()
    walker.sign_in(nora)
    page = walker.open(_secured(walker).link(CHOOSE))
    assert nora.username not in page.html


@pytest.mark.parametrize("by", ["the settings", "the pool"])
def test_where_nobody_chooses_one_here_it_says_whom_to_ask(
    walker: Walker, make_pool: MakePool, settings: Any, by: str
):
    settings.FORGOTTEN_PASSWORD = by != "the settings"
    pool = make_pool(**BY_MAIL) if by == "the settings" else make_pool()
    walker.sign_in(pool.make())
    page = _secured(walker)
    assert _steps(page)[0] == "Ask the people who run your account for a new password."
    assert CHOOSE not in _buttons(page)


@pytest.mark.parametrize("why", ["another door", "another provider"])
def test_where_it_is_chosen_elsewhere_nobody_is_led_here(
    walker: Walker, by_mail: People, settings: Any, monkeypatch: pytest.MonkeyPatch, why: str
):
    walker.sign_in(by_mail.make())
    if why == "another provider":
        monkeypatch.setattr("accounts.cognito.self_service._provider", lambda *_: "Apple")
    else:
        monkeypatch.setattr("accounts.doors.front.takes_passwords", lambda: False)
    page = _secured(walker)
    assert _steps(page)[0].startswith("Choose a new password now")
    assert CHOOSE not in _buttons(page)

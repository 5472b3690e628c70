"""What an operator does to an account, one act after the other, and what became true."""

import json
import re
from typing import Any

import pytest

from accounts import cases, passes, phones
from accounts.models import AuditRecord, Case, Freeze, Tally
from accounts.subjects import Subject
from accounts.webhooks.models import Message
from tests.clock import Clock
from tests.journeys.desk import (
    TICKET,
    Phones,
    agreed,
    at_work,
    do,
    open_act,
    page_of,
    proved,
    sub_of,
)
from tests.journeys.steps import ALL, APP, CONFIRM, EMAIL, SMS, calls_counted, notices
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("helpdesk")


def _ella(pool: People) -> Somebody:
    return pool.make(phone=True, app=True, on=ALL, preferred=APP)


def _rows(event: str) -> list[AuditRecord]:
    return list(AuditRecord.objects.filter(event=event).order_by("created_at"))


# --- the way of every act ---------------------------------------------------------------------


def test_the_menu_says_once_that_the_caller_is_to_be_checked(walker: Walker, pool: People):
    """With the way to the check; beside each act that waits for it stands a lock, and its words."""
    ella = _ella(pool)
    agent = at_work(walker, pool)
    page = walker.open(page_of(pool, ella))
    assert [link["href"] for link in page.soup.select(".acts-check a")] == [
        f"/helpdesk/check/{sub_of(pool, ella)}/"
    ]
    locked = [
        " ".join(row.get_text(" ").split()) for row in page.soup.select(".acts li:has(.icon-lock)")
    ]
    assert "Remove the authenticator app First make sure that the caller is this person." in locked
    assert not [words for words in locked if words.startswith("End all sessions")]
    proved(pool, agent, ella)
    assert not walker.open(page_of(pool, ella)).soup.select(".acts-check, .acts .icon-lock")


def test_removing_an_app_is_previewed_recorded_told_and_true(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    deliver_notices: Any,
):
    """(HLP-02, HLP-08, NOT-01, AUD-02, AUD-03) locked until the caller is checked."""
    ella = _ella(pool)
    agent = at_work(walker, pool)
    second_walker.sign_in(ella)
    page = open_act(walker, pool, ella, "remove_app")
    assert "First make sure that the caller is this person." in page.text
    assert not page.soup.select("main form[method=post]:not(.changes-until)")
    assert page.link("Check the caller").endswith(f"/helpdesk/check/{sub_of(pool, ella)}/")
    check = proved(pool, agent, ella).check_of_id
    page = open_act(walker, pool, ella, "remove_app")
    assert "A choice: text message or e-mail." in page.text
    page = do(walker, pool, ella, "remove_app")
    assert page.heading == "Done"
    assert "A choice: text message or e-mail." in page.text
    assert pool.on(ella) == {SMS, EMAIL}
    assert second_walker.open("/").heading == "Sign in"
    rows = _rows("helpdesk_remove_app")
    assert [row.outcome for row in rows] == ["intended", "done"]
    told = {(row.sub, row.actor, row.ticket, row.reason, row.caller_check) for row in rows}
    why = (TICKET, "Lost phone: Fell into a lake", str(check))
    assert told == {(sub_of(pool, ella), sub_of(pool, agent), *why)}
    assert ella.email not in str([row.detail for row in rows])
    deliver_notices()
    assert "The helpdesk removed your authenticator app." in notices(sandbox, ella)[0]


def test_a_check_by_a_channel_opens_only_what_it_allows(walker: Walker, pool: People):
    """(HLP-02)"""
    ella = _ella(pool)
    agent = at_work(walker, pool)
    proved(pool, agent, ella, "sms")
    assert do(walker, pool, ella, "prefer", method=SMS).heading == "Done"
    assert pool.preferred(ella) == SMS
    assert "First make sure" in open_act(walker, pool, ella, "remove_app").text


def test_the_proof_of_an_operator_ends_after_five_minutes(
    walker: Walker, pool: People, clock: Clock
):
    """(HLP-01, REA-01) and what was typed is carried out by the proof."""
    ella = _ella(pool)
    agent = at_work(walker, pool)
    open_act(walker, pool, ella, "end_sessions")
    clock.forward(minutes=6)
    typed = {"kind": "Lost phone", "more": "", "ticket": TICKET}
    assert walker.send("End all sessions", **typed).heading == CONFIRM
    assert walker.prove_again(agent).heading == "Done"


def test_why_is_asked_and_numbers_are_kept_out_of_it(walker: Walker, pool: People):
    """(AUD-03) no reason, no act; no number or address in the audit."""
    ella = _ella(pool)
    at_work(walker, pool)
    open_act(walker, pool, ella, "end_sessions")
    page = walker.send("End all sessions")
    assert page.status == 422
    assert {"Choose why.", "Enter the number of your ticket."} <= set(page.errors)
    for more in (ella.email, f"call {ella.phone}", "pin 1234 567"):
        page = walker.send("End all sessions", kind="Left", more=more, ticket=TICKET)
        assert "Leave out numbers and addresses." in page.errors
    page = walker.send("End all sessions", kind="Left", more="", ticket="nonsense!")
    assert "That does not look like one of your ticket numbers." in page.errors
    assert _rows("helpdesk_end_sessions") == []


@pytest.fixture
def forms(walker: Walker, pool: People) -> list[tuple[str, str, dict[str, str]]]:
    """Each form that asks for a ticket: where it is, its field of a reason, the rest of it."""
    dora = _ella(pool)
    pool.join(dora, "directors")
    proved(pool, at_work(walker, pool, "senior"), dora)
    sub = sub_of(pool, dora)
    bulk = {"kind": "end_sessions", "factor": "", "people": dora.username, "reason": "Old ones"}
    order = {"kind": "Left", "more": "", "drawn_from": "x"}
    return [
        (f"/helpdesk/check/{sub_of(pool, pool.make())}/", "", {}),
        (f"/helpdesk/people/{sub}/do/end_sessions/", "more", order),
        (f"/helpdesk/approvals/ask/{sub}/remove_app/", "reason", {"reason": "Lost phone"}),
        (f"/helpdesk/break-glass/{sub}/remove_app/", "reason", {"reason": "Lost phone"}),
        ("/helpdesk/bulk/new/", "reason", bulk),
    ]


def test_the_setting_says_what_a_ticket_looks_like(
    walker: Walker, settings: Any, forms: list[tuple[str, str, dict[str, str]]]
):
    """(HLP-02, AUD-02) the whole of it, on every form."""
    settings.TICKET_PATTERN = "CHG-[0-9]{5}"
    for path, _reason, sent in forms:
        for ticket in (TICKET, "CHG-123456", "XCHG-12345"):
            walker.open(path)
            page = walker.post(path, {**sent, "ticket": ticket})
            assert page.status == 422, (path, ticket)
            assert any("icket" in each for each in page.errors), (path, page.errors)
        walker.open(path)
        assert walker.post(path, {**sent, "ticket": "CHG-12345"}).status == 200, path


def test_no_form_takes_a_number_into_the_audit(
    walker: Walker, forms: list[tuple[str, str, dict[str, str]]]
):
    """(AUD-03) whatever asks why: an act, a second operator, an emergency, many people."""
    before = AuditRecord.objects.exclude(event="helpdesk_looked").count()
    for path, reason, sent in forms:
        for more in ("call +44 7700 900123", "ella@example.com") if reason else ():
            walker.open(path)
            page = walker.post(path, {**sent, reason: more, "ticket": TICKET})
            assert page.status == 422, path
            assert "Leave out numbers and addresses." in page.errors, path
    assert AuditRecord.objects.exclude(event="helpdesk_looked").count() == before


def test_acts_are_limited_per_operator(walker: Walker, pool: People, caplog: Any):
    """(HLP-09) with an alarm on the way."""
    ella = _ella(pool)
    at_work(walker, pool)
    do(walker, pool, ella, "end_sessions")
    Tally.objects.filter(key__startswith="act-operator").update(count=29)
    do(walker, pool, ella, "end_sessions")
    assert "'limit': 'act-operator'" in caplog.text
    Tally.objects.filter(key__startswith="act-operator").update(count=60)
    assert do(walker, pool, ella, "end_sessions").status == 429


def test_the_person_is_told_on_every_channel(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    settings: Any,
    deliver_notices: Any,
):
    """(HLP-08, NOT-02, NOT-03) by text message as well; its link says what it is about."""
    settings.SMS_BACKEND = f"{Phones.__module__}.{Phones.__name__}"
    Phones.sent.clear()
    ella = _ella(pool)
    nora = pool.make(phone=True, phone_verified=False)
    agent = at_work(walker, pool)
    proved(pool, agent, ella)
    do(walker, pool, ella, "remove_app")
    do(walker, pool, nora, "end_sessions")
    deliver_notices()
    assert "The helpdesk removed your authenticator app." in notices(sandbox, ella)[0]
    assert "The helpdesk ended all your sessions." in notices(sandbox, nora)[0]
    ((number, text),) = Phones.sent
    assert number == ella.phone
    assert f"The helpdesk removed your authenticator app. Ticket {TICKET}." in text
    link = re.search(r"http://localhost(/not-me/\S+/)$", text)
    assert link
    assert link[1] not in notices(sandbox, ella)[0]
    assert "The authenticator app was removed" in second_walker.open(link[1]).text


# --- each act ---------------------------------------------------------------------------------


def test_turning_off_says_what_follows_for_each_method(walker: Walker, pool: People):
    """(FAC-01) and never leaves the password alone."""
    ella = _ella(pool)
    proved(pool, at_work(walker, pool), ella)
    page = open_act(walker, pool, ella, "turn_off")
    assert "A code by authenticator app." in page.text
    assert do(walker, pool, ella, "turn_off", method=APP).heading == "Done"
    assert pool.on(ella) == {SMS, EMAIL}
    assert do(walker, pool, ella, "turn_off", method=SMS).heading == "Done"
    page = open_act(walker, pool, ella, "turn_off")
    assert page.status == 409
    assert "left with the password alone" in page.text
    assert pool.on(ella) == {EMAIL}


def test_the_last_one_stays_where_everybody_is_asked(walker: Walker, required_pool: People):
    """(FAC-01) by the helpdesk's road, too."""
    pool = required_pool
    ravi = pool.make(app=True, email=False)
    proved(pool, at_work(walker, pool, "senior"), ravi)
    for act in ("remove_app", "turn_off"):
        page = open_act(walker, pool, ravi, act)
        assert page.status == 409
    assert "Issue a recovery pass instead" in open_act(walker, pool, ravi, "remove_app").text
    assert "SOFTWARE_TOKEN" in _configured(pool, ravi)


def _configured(pool: People, somebody: Somebody) -> list[str]:
    reply = pool.admin.admin_get_user_auth_factors(
        UserPoolId=pool.pool_id, Username=somebody.username
    )
    return list(reply["ConfiguredUserAuthFactors"])


def test_a_recovery_pass_opens_in_the_browser_that_shows_the_code(walker: Walker, pool: People):
    """(HLP-03, REC-01) no method goes; the operator types a code and holds nothing.

    Nor does a page show again what was typed there.
    """
    ella = _ella(pool)
    proved(pool, at_work(walker, pool), ella, "sms")
    subject = Subject(pool.pool_id, sub_of(pool, ella))
    code = passes.begin_pairing(subject, "a-browser")
    page = do(walker, pool, ella, "issue_pass", code="XXXXXXXX")
    assert "No browser of this person shows that code now. Ask again for it." in page.errors
    assert "XXXXXXXX" not in page.html
    page = do(walker, pool, ella, "issue_pass", code=code)
    assert page.heading == "Done"
    assert passes.open_in(subject, "a-browser")
    assert not passes.open_in(subject, "another-browser")
    assert pool.on(ella) == set(ALL)
    outcomes = [row.outcome for row in _rows("helpdesk_issue_pass")]
    assert outcomes == ["intended", "refused", "intended", "done"]
    assert code not in str([row.detail for row in AuditRecord.objects.all()])
    assert "A pass, until" in walker.open(page_of(pool, ella)).text


def test_a_slip_of_the_tongue_does_not_cost_the_second_operators_word(walker: Walker, pool: People):
    """(HLP-04) what was agreed to is spent by the act, and a wrong code is none."""
    dora = _ella(pool)
    pool.join(dora, "directors")
    agent = at_work(walker, pool)
    proved(pool, agent, dora)
    granted = agreed(pool, agent, dora, "issue_pass")
    code = passes.begin_pairing(Subject(pool.pool_id, sub_of(pool, dora)), "a-browser")
    page = do(walker, pool, dora, "issue_pass", code="XXXXXXXX")
    assert "No browser of this person shows that code now. Ask again for it." in page.errors
    assert do(walker, pool, dora, "issue_pass", code=code).heading == "Done"
    assert [row.approval for row in _rows("helpdesk_issue_pass")] == [str(granted.pk)] * 4
    assert "A second operator has to agree first." in do(walker, pool, dora, "issue_pass").text


def test_nobodys_word_comes_back_after_the_person_objected(
    walker: Walker, second_walker: Walker, pool: People, monkeypatch: pytest.MonkeyPatch
):
    """(HLP-04, HLP-08) not even where they said so while the act was under way."""
    dora = _ella(pool)
    pool.join(dora, "directors")
    agent = at_work(walker, pool)
    proved(pool, agent, dora)
    granted = agreed(pool, agent, dora, "issue_pass")
    second_walker.sign_in(dora)
    second_walker.open("/helpdesk-check/")

    def meanwhile(*_: Any, **__: Any) -> None:
        second_walker.send("I am not speaking with them")
        raise passes.PairingUnknown

    monkeypatch.setattr(passes, "pair", meanwhile)
    assert do(walker, pool, dora, "issue_pass", code="XXXXXXXX").status == 422
    granted.refresh_from_db()
    assert granted.state == "spent"


def test_a_password_reset_where_the_pool_can_send_a_code(walker: Walker, required_pool: People):
    pool = required_pool
    rita = pool.make(app=True)
    proved(pool, at_work(walker, pool), rita, "email")
    page = open_act(walker, pool, rita, "reset_password")
    assert "and a new password" in page.text
    assert do(walker, pool, rita, "reset_password").heading == "Done"
    assert pool.look(rita)["UserStatus"] == "RESET_REQUIRED"


def test_a_password_reset_where_it_cannot(walker: Walker, pool: People):
    """The pool leaves resets to its administrators."""
    ella = _ella(pool)
    proved(pool, at_work(walker, pool), ella)
    page = open_act(walker, pool, ella, "reset_password")
    assert page.status == 409
    assert "The pool can send no code" in page.text


def test_disable_and_enable(walker: Walker, pool: People):
    ella = _ella(pool)
    senior = at_work(walker, pool, "senior")
    assert do(walker, pool, ella, "disable").heading == "Done"
    assert pool.look(ella)["Enabled"] is False
    assert "They cannot get in" in walker.page.text
    assert open_act(walker, pool, ella, "disable").status == 409
    proved(pool, senior, ella)
    assert do(walker, pool, ella, "enable").heading == "Done"
    assert pool.look(ella)["Enabled"] is True


def test_a_reveal_is_shown_once_recorded_and_told(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(HLP-10, HLP-03) from the answer to the form alone; no page and no record holds it."""
    ella = _ella(pool)
    proved(pool, at_work(walker, pool), ella, "sms")
    page = do(walker, pool, ella, "reveal", channel="phone_number")
    assert page.heading == "Shown once"
    assert f"The phone number of {ella.username}: {phones.written(ella.phone)}" in page.text
    assert "no-store" in page.headers["Cache-Control"]
    again = walker.open(page.url).html
    assert ella.phone not in again
    assert phones.written(ella.phone) not in again
    rows = _rows("helpdesk_reveal")
    assert [row.outcome for row in rows] == ["intended", "done"]
    assert rows[0].detail == {"channel": "phone_number"}
    deliver_notices()
    assert "looked at your whole phone number" in notices(sandbox, ella)[0]


def test_a_frozen_account_is_not_changed_until_it_is_let(walker: Walker, pool: People):
    """(HLP-06) what somebody stopped by "not me" no caller talks open."""
    ella = _ella(pool)
    agent = at_work(walker, pool)
    proved(pool, agent, ella)
    assert do(walker, pool, ella, "takeover").heading.startswith("Done: Secure")
    assert "Let changes be made again" in walker.open(page_of(pool, ella)).text
    for act in ("issue_pass", "remove_app", "turn_off", "prefer", "reset_password"):
        page = open_act(walker, pool, ella, act)
        assert page.status == 409, act
        assert "They must be let again first." in page.text
    assert do(walker, pool, ella, "lift_freeze").heading == "Done"
    assert open_act(walker, pool, ella, "prefer").status == 200
    # What is so already is not offered.
    page = walker.open(page_of(pool, ella))
    for offered in ("Let changes be made again", "Enable the account"):
        assert offered not in page.text


def test_other_systems_are_told_of_a_freeze_its_end_and_a_new_password(
    walker: Walker, required_pool: People, settings: Any
):
    """(AUD-02) by names of their own, the freeze with its end."""
    settings.WEBHOOKS = {"desk": "https://tickets.example.com/in"}
    settings.WEBHOOK_SECRETS = {"desk": ["whsec_" + "c2VjcmV0" * 6]}
    rita = required_pool.make(app=True)
    agent = at_work(walker, required_pool)
    proved(required_pool, agent, rita)
    do(walker, required_pool, rita, "takeover")
    until = Freeze.objects.get().ends_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    do(walker, required_pool, rita, "lift_freeze")
    told = {each.type: json.loads(each.body)["data"] for each in Message.objects.all()}
    assert told["account.frozen"]["until"] == until
    assert told["account.unfrozen"]["change"] == "helpdesk_lift_freeze"
    assert told["password.reset"]["change"] == "helpdesk_reset_password"
    assert {each["by"] for each in told.values() if "by" in each} == {"helpdesk"}


def test_a_contact_is_never_a_way_in_by_itself(walker: Walker, pool: People, sandbox: Sandbox):
    """(HLP-03, FAC-04) not confirmed, not asked for, old address told; refused where it is used."""
    ella, nora = _ella(pool), pool.make(phone=True)
    senior = at_work(walker, pool, "senior")
    for each in (ella, nora):
        proved(pool, senior, each)
    assert (
        "A second operator has to agree first."
        in open_act(walker, pool, nora, "correct_contact").text
    )
    word = [agreed(pool, senior, each, "correct_contact") for each in (ella, nora)][1]
    page = open_act(walker, pool, ella, "correct_contact")
    assert page.status == 409
    assert "the person sets up the new one themselves" in page.text
    new = f"new-{nora.email}"
    page = do(walker, pool, nora, "correct_contact", channel="email", value=new)
    assert page.heading == "Done"
    # This pool keeps the old one until the new one is confirmed; another counts it as unproved.
    attributes = pool.look(nora)["attributes"]
    assert (attributes["email"], attributes.get("email_verified")) != (new, "true")
    assert sandbox.inbox(new)
    # What was agreed to is used up.
    assert "A second operator has to agree first." in do(walker, pool, nora, "correct_contact").text
    assert pool.on(nora) == set()
    assert new not in str([row.detail for row in AuditRecord.objects.all()])
    rows = _rows("helpdesk_correct_contact")
    assert {row.approval for row in rows} == {str(word.pk)}


def test_a_case_is_closed_with_words_and_once(walker: Walker, pool: People):
    """(AUD-02)"""
    ella = _ella(pool)
    at_work(walker, pool)
    do(walker, pool, ella, "takeover")
    case = Case.objects.get(kind="takeover")
    page = walker.open("/helpdesk/cases/")
    assert case.number in page.text
    walker.open(page.link(f"Close case {case.number}"))
    assert walker.send("Close the case").status == 422
    page = walker.send("Close the case", closing="It was they themselves.")
    assert f"Case {case.number} is closed." in page.text
    case.refresh_from_db()
    assert (case.state, case.closing_words) == ("closed", "It was they themselves.")
    assert walker.open(f"/helpdesk/cases/{case.number}/close/").status == 404


# --- two at once, and silence -----------------------------------------------------------------


def test_of_two_who_close_a_case_at_once_the_second_is_told(
    walker: Walker, pool: People, monkeypatch: pytest.MonkeyPatch
):
    """(AUD-02, RES-05) and no row says that it was they."""
    ella = _ella(pool)
    at_work(walker, pool)
    do(walker, pool, ella, "takeover")
    case, closes = Case.objects.get(kind="takeover"), cases.close

    def after_somebody_else(case: Case, **how: str) -> bool:
        closes(case, closed_by="somebody-else", words="Done.")
        return closes(case, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(cases, "close", after_somebody_else)
    walker.open(f"/helpdesk/cases/{case.number}/close/")
    page = walker.send("Close the case", closing="It was they themselves.")
    assert "Somebody was quicker" in page.text
    assert "is closed." not in page.text
    assert [row.outcome for row in _rows("helpdesk_close_case")] == ["intended", "refused"]


def test_a_case_of_another_pool_is_none_here(walker: Walker, pool: People):
    """(AUZ-03) though it has the number, and its person the id, of one of this pool."""
    at_work(walker, pool)
    subject = Subject("eu-central-1_Other0001", sub_of(pool, _ella(pool)))
    case = cases.open_case(subject, Case.Kind.HELP, opened_by="somebody")
    assert case.number not in walker.open("/helpdesk/cases/").text
    assert walker.open(f"/helpdesk/cases/{case.number}/close/").status == 404


def test_of_two_operators_the_second_sees_what_the_first_did(
    walker: Walker, second_walker: Walker, pool: People
):
    """(FAC-03, AUZ-07) a page that has grown old does nothing."""
    ella = _ella(pool)
    for browser in (walker, second_walker):
        proved(pool, at_work(browser, pool), ella)
        open_act(browser, pool, ella, "remove_app")
    why = {"kind": "Lost phone", "ticket": TICKET}
    assert walker.send("Remove the authenticator app", **why).heading == "Done"
    page = second_walker.send("Remove the authenticator app", **why)
    assert page.status == 409
    assert "There is no authenticator app." in page.text
    assert len(_rows("helpdesk_remove_app")) == 2


@pytest.mark.parametrize(("kind", "how"), [("silence", {"seconds": 0.05}), ("reset", {})])
def test_after_silence_the_pool_is_asked(
    walker: Walker, pool: People, sandbox: Sandbox, kind: str, how: dict[str, Any]
):
    """(RES-04) tried once more; what still is not certain is called so, and shown as it is."""
    ella = _ella(pool)
    proved(pool, at_work(walker, pool), ella)
    open_act(walker, pool, ella, "remove_app")
    why = {"kind": "Lost phone", "ticket": TICKET}
    with sandbox.trouble("AdminDeleteSoftwareToken", kind, **how):
        page = walker.send("Remove the authenticator app", **why)
    assert page.heading in {"Done", "Not certain"}
    ended = _rows("helpdesk_remove_app")[-1].outcome
    assert ended == ("done" if page.heading == "Done" else "unknown")
    if page.heading == "Not certain":
        assert "Asked first authenticator app" in page.text or APP not in pool.on(ella)


@pytest.mark.parametrize(
    ("act", "more"),
    [("remove_app", {}), ("turn_off", {"method": SMS})],
)
def test_what_is_half_done_is_not_called_refused(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any, act: str,
    more: dict[str, str],
):  # fmt: skip
    """(AUD-02, HLP-08) the method went and the sessions did not: noted as open, shown, and told."""
    ella = _ella(pool)
    proved(pool, at_work(walker, pool), ella)
    with sandbox.trouble("AdminUserGlobalSignOut", "throttle"):
        page = do(walker, pool, ella, act, **more)
    assert page.heading == "Not certain"
    assert pool.on(ella) != set(ALL)
    assert _rows(f"helpdesk_{act}")[-1].outcome == "unknown"
    deliver_notices()
    assert notices(sandbox, ella)


def test_an_act_costs_few_calls(walker: Walker, pool: People, sandbox: Sandbox):
    """The operator's role, the person, the act itself, and the person again."""
    ella = _ella(pool)
    at_work(walker, pool)
    open_act(walker, pool, ella, "end_sessions")
    with calls_counted(sandbox) as calls:
        walker.send("End all sessions", kind="Left", ticket=TICKET)
    assert calls["AdminUserGlobalSignOut"] == 1
    assert calls["AdminGetUser"] <= 3
    assert sum(calls.values()) <= 12

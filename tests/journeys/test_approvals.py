"""A second operator's word: asked for, given, refused, late, spent, and done without."""

from typing import Any

import pytest

from accounts.models import AuditRecord, Case
from accounts.subjects import Subject
from portal.helpdesk import approvals, words
from portal.helpdesk.matrix import RULES, Act, Why
from portal.helpdesk.menu import LISTED
from portal.helpdesk.models import Approval
from tests.clock import Clock
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.helpdesk_steps import TICKET, at_work, enter, operator, prove, sub_of
from tests.journeys.steps import APP, SMS, notices
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
ACT = Act.REMOVE_APP
OPEN = "Open this step"
WHY = "Lost phone, stands before me"


@pytest.fixture
def dora(pool: People) -> Somebody:
    """A director, whose account needs a second operator."""
    made = pool.make(phone=True, app=True, on=(APP, SMS), preferred=APP)
    pool.join(made, "directors")
    return made


def _ordinary(pool: People) -> Somebody:
    return pool.make(phone=True, app=True, on=(APP, SMS))


@pytest.fixture
def sam(pool: People) -> Somebody:
    return operator(pool, "senior")


@pytest.fixture
def senior(sam: Somebody) -> Walker:
    return enter(sam)


def _url(sub: str, act: Act = ACT) -> str:
    return f"/helpdesk/approvals/ask/{sub}/{act}/"


def _ask(walker: Walker, sub: str, act: Act = ACT) -> Page:
    prove(walker, sub)
    walker.open(_url(sub, act))
    return walker.send("Ask for it", reason=WHY)


def _granted(pool: People, who: Somebody, sub: str, act: Act = ACT) -> bool:
    return approvals.is_granted(act, sub_of(pool, who), Subject(pool.pool_id, sub))


def _see(walker: Walker) -> Page:
    page = walker.open("/helpdesk/approvals/")
    return walker.open(page.link("See the evidence"))


def test_a_second_operator_sees_the_evidence_and_agrees_once(
    pool: People, senior: Walker, sam: Somebody, dora: Somebody, sandbox: Sandbox,
    deliver_notices: Any, clock: Clock,
):  # fmt: skip
    """(HLP-04, AUD-02, NOT-01) who, for whom, what, why, how it was proved; spent by the act."""
    sub = sub_of(pool, dora)
    assert "Waits for an answer" in _ask(senior, sub).text
    assert not _granted(pool, sam, sub)
    other = at_work(pool, "senior")
    page = _see(other)
    for told in (
        sam.username, dora.username, "Remove the authenticator app", WHY, TICKET,
        "in person, with a document", "Now, at sign-in: A code by authenticator app.",
        "The authenticator app is deleted.", "Then, at sign-in: A code by text message.",
    ):  # fmt: skip
        assert told in page.text
    assert dora.email not in page.html
    assert "You agreed." in other.send("Decide", decision="grant").text
    assert _granted(pool, sam, sub)
    assert not _granted(pool, dora, sub)
    assert not _granted(pool, sam, sub, Act.TURN_OFF)
    queue = senior.open("/helpdesk/approvals/")
    assert queue.link(OPEN).endswith(f"/helpdesk/people/{sub}/do/{ACT.value}/")
    subject = Subject(pool.pool_id, sub)
    assert approvals.spend(ACT, sub_of(pool, sam), subject)
    assert not approvals.spend(ACT, sub_of(pool, sam), subject)
    assert not _granted(pool, sam, sub)
    queue = senior.open("/helpdesk/approvals/")
    assert "Done" in queue.text
    assert OPEN not in queue.text
    deliver_notices()
    assert any("agreed to a change" in text for text in notices(sandbox, dora))
    assert any("Agreed to: remove the" in mail["text"] for mail in sandbox.inbox(sam.email))
    rows = AuditRecord.objects.filter(event__startswith="approval_").order_by("created_at")
    assert [(row.event, row.actor) for row in rows] == [
        ("approval_asked", sub_of(pool, sam)),
        ("approval_given", rows[1].actor),
    ]
    assert rows[1].actor != sub_of(pool, sam)


def test_whoever_may_agree_is_told_that_somebody_asks(
    pool: People, dora: Somebody, settings: Any, sandbox: Sandbox, deliver_notices: Any
):
    """(HLP-04, NOT-03) by mail, without a word of the person; not the asker, and no agent."""
    settings.ROLE_GROUPS = {**settings.ROLE_GROUPS, "senior": f"seniors-of-{dora.username}"}
    sam, olga, anna = pool.make(app=True, on=(APP,)), pool.make(), operator(pool)
    away = pool.make(email_verified=False)
    for each in (sam, olga, away):
        pool.join(each, settings.ROLE_GROUPS["senior"])
    _ask(enter(sam), sub_of(pool, dora))
    deliver_notices()
    (mail,) = [m for m in sandbox.inbox(olga.email) if "second operator" in m["text"]]
    assert sam.username in mail["text"]
    assert f"/helpdesk/approvals/{Approval.objects.get().pk}/" in mail["text"]
    for theirs in (dora.username, dora.email, sub_of(pool, dora)):
        assert theirs not in mail["text"]
    for each in (sam, anna, dora, away):
        assert not [m for m in sandbox.inbox(each.email) if "second operator" in m["text"]]


def test_who_is_out_of_reach_is_nobody_in_the_queue(
    pool: People, senior: Walker, dora: Somebody, settings: Any
):
    """(HLP-06, AUZ-02) neither by name nor by number, on the page and as the mail's link leads."""
    pool.join(dora, "emea")
    _ask(senior, sub_of(pool, dora))
    asked = Approval.objects.get()
    for region in ("emea", "apac"):
        settings.HELPDESK_SCOPES = {ROLE_GROUPS["senior"]: frozenset({region})}
        walker = at_work(pool, "senior")
        page = walker.open("/helpdesk/approvals/")
        reached = region == "emea"
        for told in (dora.username, TICKET, "Approvals (1"):
            assert (told in page.text) == reached, (region, told)
        assert ("Nothing waits." in page.text) != reached
        status = walker.open(f"/helpdesk/approvals/{asked.pk}/").status
        assert status == (200 if reached else 404)


def test_nobody_approves_their_own(pool: People, senior: Walker, sam: Somebody, dora: Somebody):
    """(HLP-04, HLP-05) nor by a forged form, nor an agent, nor what is about themselves."""
    sub = sub_of(pool, dora)
    _ask(senior, sub)
    asked = Approval.objects.get()
    assert "See the evidence" not in senior.open("/helpdesk/approvals/").text
    agent = at_work(pool, "agent")
    for walker in (senior, agent):
        walker.open("/helpdesk/approvals/")
        page = walker.post(f"/helpdesk/approvals/{asked.id}/", {"decision": "grant", "words": ""})
        assert page.status == 403
    # A senior of an equal rank is no target, and so nobody to decide about either.
    Approval.objects.filter(pk=asked.pk).update(sub=sub_of(pool, sam))
    other = at_work(pool, "senior")
    assert other.open(f"/helpdesk/approvals/{asked.id}/").status == 403
    assert Approval.objects.get().state == "open"


def test_it_is_refused_with_words(
    pool: People,
    senior: Walker,
    sam: Somebody,
    dora: Somebody,
    sandbox: Sandbox,
    deliver_notices: Any,
):
    """(HLP-04, NOT-03) which the asker is told of, and reads on the page."""
    sub = sub_of(pool, dora)
    _ask(senior, sub)
    other = at_work(pool, "senior")
    _see(other)
    assert other.send("Decide", decision="refuse").errors == ["Say why you refuse."]
    assert "You refused." in other.send("Decide", decision="refuse", words="Call her first.").text
    page = senior.open("/helpdesk/approvals/")
    assert "Refused" in page.text
    assert "Call her first." in page.text
    assert not _granted(pool, sam, sub)
    deliver_notices()
    (mail,) = [m["text"] for m in sandbox.inbox(sam.email) if "Refused" in m["text"]]
    assert f"Refused: remove the authenticator app, ticket {TICKET}." in mail
    for theirs in (dora.username, dora.email, sub, "Call her first."):
        assert theirs not in mail


def test_it_is_late_on_both_sides(
    pool: People, senior: Walker, sam: Somebody, dora: Somebody, clock: Clock
):
    """(HLP-04) four hours to be agreed to, and four hours to be used."""
    sub = sub_of(pool, dora)
    _ask(senior, sub)
    clock.forward(hours=4)
    late = at_work(pool, "senior")
    asked = Approval.objects.get()
    assert "See the evidence" not in late.open("/helpdesk/approvals/").text
    page = late.open(f"/helpdesk/approvals/{asked.id}/")
    assert "Its time is over" in page.text
    page = late.post(f"/helpdesk/approvals/{asked.id}/", {"decision": "grant", "words": ""})
    assert "Somebody was quicker, or its time is over." in page.text
    _ask(enter(sam), sub)
    _see(late)
    late.send("Decide", decision="grant")
    assert _granted(pool, sam, sub)
    clock.forward(hours=4)
    assert not _granted(pool, sam, sub)
    assert not approvals.spend(ACT, sub_of(pool, sam), Subject(pool.pool_id, sub))


def test_it_can_be_taken_back(pool: People, senior: Walker, sam: Somebody, dora: Somebody):
    """(HLP-04) by the asker alone, and agreeing comes too late then."""
    sub = sub_of(pool, dora)
    _ask(senior, sub)
    asked = Approval.objects.get()
    other = at_work(pool, "senior")
    _see(other)
    withdrawn = f"/helpdesk/approvals/{asked.id}/withdraw/"
    assert other.post(withdrawn, {}).status == 404
    assert "You no longer ask for it." in senior.send("Ask no longer").text
    other.open(f"/helpdesk/approvals/{asked.id}/")
    assert not other.page.soup.select("main form:not(.changes-until)")
    assert not _granted(pool, sam, sub)


def test_first_the_caller_then_the_approval(pool: People, senior: Walker, dora: Somebody):
    """(HLP-02, AUZ-07) no step is skipped: without a check nothing is asked for."""
    sub = sub_of(pool, dora)
    page = senior.open(_url(sub))
    assert "First make sure who calls" in page.text
    page = senior.post(_url(sub), {"reason": WHY, "ticket": TICKET})
    assert page.status == 403
    assert not Approval.objects.exists()


def test_nobody_is_asked_for_what_the_account_stands_against(pool: People, senior: Walker):
    """(HLP-04, FAC-01) the plan of the act says no before a second operator reads of it."""
    made = pool.make(app=True, on=(APP,))
    pool.join(made, "directors")
    sub = sub_of(pool, made)
    prove(senior, sub)
    page = senior.open(_url(sub))
    assert page.status == 409
    assert "They would be left with the password alone." in page.text
    assert senior.post(_url(sub), {"reason": WHY, "ticket": TICKET}).status == 409
    glass = f"/helpdesk/break-glass/{sub}/{ACT}/"
    assert senior.post(glass, {"reason": WHY, "ticket": TICKET}).status == 409
    assert not Approval.objects.exists()


def test_what_needs_nobody_asks_nobody(pool: People, senior: Walker):
    """(HLP-04) the same act on an ordinary account."""
    sub = sub_of(pool, _ordinary(pool))
    prove(senior, sub)
    assert "This needs no second operator." in senior.open(_url(sub)).text
    senior.post(_url(sub), {"reason": WHY, "ticket": TICKET})
    assert not Approval.objects.exists()


@pytest.mark.parametrize("act", sorted(set(RULES) - set(LISTED)))
def test_what_changes_no_account_asks_nobody(pool: People, senior: Walker, act: Act):
    """(INP-06, HLP-04) an address that no link leads to: said, and no mistake of ours."""
    sub = sub_of(pool, _ordinary(pool))
    page = senior.open(_url(sub, act))
    assert page.status == 200
    assert "This needs no second operator." in page.text
    for url in (_url(sub, act), f"/helpdesk/break-glass/{sub}/{act}/"):
        answer = senior.post(url, {"reason": WHY, "ticket": TICKET})
        assert "You can do it now." in answer.text
    assert not Approval.objects.exists()


def test_a_hold_lets_time_pass_first(
    pool: People, sam: Somebody, senior: Walker, dora: Somebody, settings: Any, clock: Clock
):
    """(HLP-04) after an approval, or alone where the rules need no second operator."""
    from datetime import timedelta  # noqa: PLC0415

    settings.HELPDESK_HOLDS = {ACT.value: timedelta(hours=2)}
    ordinary, marked = sub_of(pool, _ordinary(pool)), sub_of(pool, dora)
    for sub, why in ((ordinary, Why.HOLD), (marked, Why.APPROVAL)):
        prove(senior, sub)
        assert [words.WHY[each] in _do(senior, sub).text for each in (Why.HOLD, Why.APPROVAL)] == [
            each is why for each in (Why.HOLD, Why.APPROVAL)
        ]
    assert "It has to wait 2 hours" in senior.open(_url(ordinary)).text
    senior.send("Ask for it", reason=WHY)
    assert "You can do it from" in senior.page.text
    senior.open(_url(marked))
    senior.send("Ask for it", reason=WHY)
    other = at_work(pool, "senior")
    _see(other)
    other.send("Decide", decision="grant")
    assert not _granted(pool, sam, ordinary)
    assert not _granted(pool, sam, marked)
    for sub in (ordinary, marked):
        page = _do(senior, sub)
        assert words.WHY[Why.HOLD] in page.text
        assert words.WHY[Why.APPROVAL] not in page.text
    clock.forward(hours=2, minutes=1)
    assert _granted(pool, sam, ordinary)
    assert _granted(pool, sam, marked)
    # The time of the check has passed meanwhile.
    senior = enter(sam)
    for sub in (ordinary, marked):
        prove(senior, sub)
        assert _do(senior, sub).heading == "Done"
        assert not _granted(pool, sam, sub)


def _do(walker: Walker, sub: str) -> Page:
    page = walker.open(f"/helpdesk/people/{sub}/do/{ACT}/")
    title = "Remove the authenticator app"
    if not page.soup.select("main textarea, main select"):
        return page
    return walker.send(title, kind="Lost phone", ticket=TICKET)


def test_breaking_the_glass_rings(
    pool: People, senior: Walker, sam: Somebody, dora: Somebody, settings: Any,
    sandbox: Sandbox, *, deliver_notices: Any, clock: Clock,
):  # fmt: skip
    """(HLP-04, AUD-02, NOT-01) the act alone, at once, with everybody told; agents cannot."""
    settings.ALARM_ADDRESSES = ["lead@example.com"]
    sub = sub_of(pool, dora)
    url = f"/helpdesk/break-glass/{sub}/{ACT}/"
    assert at_work(pool, "agent").open(url).status == 403
    assert "First check the caller." in senior.open(url).text
    prove(senior, sub)
    senior.open(url)
    page = senior.send("Act alone", reason="Held hostage by a fire")
    assert "The alarm rang." in page.text
    assert _granted(pool, sam, sub)
    row = AuditRecord.objects.get(event="glass_broken")
    assert (row.sub, row.reason, row.ticket) == (sub, "Held hostage by a fire", TICKET)
    assert Case.objects.get(sub=sub).kind == Case.Kind.ALARM
    deliver_notices()
    assert sandbox.inbox("lead@example.com")
    assert any("without the approval" in text for text in notices(sandbox, dora))
    clock.forward(minutes=15)
    assert not _granted(pool, sam, sub)


def test_an_approval_of_the_whole_covers_the_step_that_waits(pool: People, dora: Somebody):
    """(HLP-04) a lost phone: the pass is issued when the person's browser shows its code."""
    agent_person = operator(pool)
    sub = sub_of(pool, dora)
    _ask(enter(agent_person), sub, Act.LOST_PHONE)
    senior = at_work(pool, "senior")
    _see(senior)
    senior.send("Decide", decision="grant")
    subject = Subject(pool.pool_id, sub)
    assert not _granted(pool, agent_person, sub, Act.ISSUE_PASS)
    assert approvals.spend(Act.LOST_PHONE, sub_of(pool, agent_person), subject)
    assert _granted(pool, agent_person, sub, Act.ISSUE_PASS)
    assert approvals.spend(Act.ISSUE_PASS, sub_of(pool, agent_person), subject)
    assert not approvals.spend(Act.ISSUE_PASS, sub_of(pool, agent_person), subject)

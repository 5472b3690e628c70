"""Acts of several steps: in the safe order, told, cut anywhere, killed, and gone on with."""

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from django.db import DatabaseError

from accounts import audit, freezes, trail
from accounts.cases import open_cases
from accounts.models import AuditRecord, Case, RecoveryPass, Tally
from accounts.subjects import Subject
from portal.activity.said import SAID
from portal.factors import services as factors
from portal.factors.services import lock_name
from portal.helpdesk import compounds
from portal.helpdesk.matrix import Act
from portal.helpdesk.models import Compound
from portal.helpdesk.told import TOLD
from tests.browser.portal_process import Portal, running_portal
from tests.http_walker import HttpWalker
from tests.journeys.conftest import ROLE_GROUPS, MakePool
from tests.journeys.cutting import watched
from tests.journeys.desk import REASON, TICKET, at_work, do, operator, page_of, proved, sub_of
from tests.journeys.helpdesk_steps import prove
from tests.journeys.steps import APP, SMS, notices
from tests.journeys.test_bulk_workers import wait_for
from tests.journeys.test_devices_page import known, laptop_of
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

ON = (APP, SMS)
COMPOUNDS = list(compounds.STEPS)
WITH_DEVICES = {"DeviceOnlyRememberedOnUserPrompt": True}


@pytest.fixture
def desk(make_pool: MakePool, helpdesk: None) -> People:
    """A pool that tracks devices and sends codes for a new password."""
    return make_pool(
        offered=("totp", "sms"), recovery=("verified_email",), DeviceConfiguration=WITH_DEVICES
    )


def _ella(pool: People) -> Somebody:
    """Somebody with a trusted device, who turned on two methods afterwards."""
    ella = pool.make(phone=True, app=True)
    laptop_of(pool, ella)
    pool.prefer(ella, ON, APP)
    return ella


def _subject(pool: People, who: Somebody) -> Subject:
    return Subject(pool.pool_id, sub_of(pool, who))


def _steps(page: Page) -> dict[str, str]:
    rows = page.soup.select("[data-step]")
    return {str(row["data-step"]): str(row["data-state"]) for row in rows}


def _is_as_it_shall_be(pool: People, who: Somebody, act: Act) -> None:
    """What each step makes of pool and records, whatever came between."""
    subject, look = _subject(pool, who), pool.look(who)
    assert known(pool, who) == {}
    assert pool.on(who) == set(ON), "no method goes by itself"
    assert look["Enabled"] is (act is not Act.LEAVER)
    assert (look["UserStatus"] == "RESET_REQUIRED") is (act is Act.TAKEOVER)
    assert bool(freezes.frozen_until(subject)) is (act is Act.TAKEOVER)
    kinds = [case.kind for case in open_cases(subject)]
    assert kinds == [compounds.KIND_OF_CASE[act]] if act in compounds.KIND_OF_CASE else kinds == []
    assert not RecoveryPass.objects.filter(sub=subject.sub, revoked_at=None).exists()


@pytest.mark.parametrize("act", COMPOUNDS)
def test_the_steps_are_taken_in_the_safe_order(walker: Walker, desk: People, act: Act):
    """(HLP-08, AUD-02, AUD-06) first what keeps others out; each with rows of its own."""
    ella = _ella(desk)
    senior = at_work(walker, desk, "senior")
    check = proved(desk, senior, ella).check_of_id
    page = do(walker, desk, ella, act.value)
    taken = [step.value for step in compounds.STEPS[act] if step in compounds.TAKEN]
    assert [step for step, state in _steps(page).items() if state == "done"] == taken
    _is_as_it_shall_be(desk, ella, act)
    rows = AuditRecord.objects.filter(event__startswith="helpdesk_", ticket=TICKET)
    began, *each = rows.order_by("number")
    assert (began.event, began.outcome) == (f"helpdesk_{act}", "done")
    assert began.detail == {"steps": [step.value for step in compounds.STEPS[act]]}
    assert [row.event for row in each if row.outcome == "done"] == [f"helpdesk_{s}" for s in taken]
    assert len(each) == 2 * len(taken)
    assert {row.caller_check for row in rows} == {str(check)}
    assert {row.reason for row in rows} == {"Lost phone: Fell into a lake"}
    assert Compound.objects.get().id == began.id


@pytest.mark.parametrize("act", COMPOUNDS)
def test_the_link_of_the_notice_says_what_it_is_about(
    walker: Walker,
    second_walker: Walker,
    desk: People,
    sandbox: Sandbox,
    deliver_notices: Any,
    act: Act,
):
    """(HLP-08, NOT-01, NOT-03) one notice at once; its page tells what was begun, and when."""
    ella = _ella(desk)
    proved(desk, at_work(walker, desk, "senior"), ella)
    do(walker, desk, ella, act.value)
    deliver_notices()
    told = [text for text in notices(sandbox, ella) if TOLD[act] in text]
    assert len(told) == 1
    assert TICKET in told[0]
    link = re.search(r"http://localhost(/not-me/\S+/)", told[0])
    assert link
    page = second_walker.open(link[1])
    assert page.heading == "Was this not you?"
    assert SAID[f"helpdesk_{act}"].done in page.soup.select_one(".lead").text  # type: ignore[union-attr]
    second_walker.send("secure the account")
    began = AuditRecord.objects.get(event=f"helpdesk_{act}")
    assert Case.objects.get(kind="not_me").about == began.id


@pytest.mark.parametrize("act", COMPOUNDS)
def test_the_person_finds_it_in_their_history(
    walker: Walker, second_walker: Walker, desk: People, act: Act
):
    """(HLP-08, NOT-01) with the operator's words and the ticket, on both sides."""
    ella = _ella(desk)
    proved(desk, at_work(walker, desk, "senior"), ella)
    do(walker, desk, ella, act.value)
    said = SAID[f"helpdesk_{act}"].done
    lines = walker.open(page_of(desk, ella, "history/")).soup.select(".timeline-entry")
    (line,) = [each.get_text(" ") for each in lines if said in each.get_text(" ")]
    assert TICKET in line
    assert "Fell into a lake" in line


@pytest.mark.usefixtures("transactional_db")
@pytest.mark.parametrize("act", COMPOUNDS)
def test_what_was_cut_anywhere_goes_on(
    desk: People,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    deliver_notices: Any,
    act: Act,
):
    """(RES-06, AUZ-07, HLP-08) the portal dies between two calls: told once, done to its end."""
    senior, walker = operator(desk, "senior"), Walker()
    walker.sign_in(senior)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")

    def ready() -> Somebody:
        # What the portal keeps for minutes is read before, so that every run makes the same calls.
        factors.current_policy()
        Tally.objects.all().delete()
        ella = _ella(desk)
        proved(desk, senior, ella)
        walker.open(page_of(desk, ella, f"do/{act}/"))
        return ella

    ready()
    with watched(monkeypatch) as calls:
        walker.send(walker.page.heading, **REASON)
    cuts = calls.cuts(every=False)
    assert {cut.operation for cut in cuts} >= WRITES[act]
    for cut in cuts:
        ella = ready()
        with watched(monkeypatch, cut):
            walker.send(walker.page.heading, **REASON)
        subject = _subject(desk, ella)
        assert compounds.open_one(subject, act) or (cut.after and not _waits(act)), cut
        if compounds.open_one(subject, act):
            page = walker.open(page_of(desk, ella, f"do/{act}/"))
            assert "It was begun and not finished" in page.text, cut
            page = walker.send(page.heading, **REASON)
            assert "open" not in _steps(page).values() or _waits(act), cut
        _is_as_it_shall_be(desk, ella, act)
        done = AuditRecord.objects.filter(sub=subject.sub, outcome="done")
        events = list(done.exclude(event="helpdesk_looked").values_list("event", flat=True))
        assert len(events) == len(set(events)), f"{cut}: {events}"
        deliver_notices()
        assert len([text for text in notices(sandbox, ella) if TOLD[act] in text]) == 1, cut
    assert list(trail.findings(desk.pool_id)) == []


WRITES = {
    Act.LOST_PHONE: {"AdminUserGlobalSignOut", "AdminForgetDevice"},
    Act.TAKEOVER: {"AdminResetUserPassword", "AdminUserGlobalSignOut", "AdminForgetDevice"},
    Act.LEAVER: {"AdminDisableUser", "AdminUserGlobalSignOut", "AdminForgetDevice"},
}


def _waits(act: Act) -> bool:
    return compounds.Step.ISSUE_PASS in compounds.STEPS[act]


@pytest.mark.usefixtures("transactional_db")
def test_what_cannot_be_recorded_is_not_begun(
    desk: People, walker: Walker, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    """(AUD-06) no row, no step, and no word of it."""
    ella = _ella(desk)
    at_work(walker, desk, "senior")
    walker.open(page_of(desk, ella, "do/takeover/"))

    def gone(*args: Any, **more: Any) -> None:
        raise DatabaseError

    monkeypatch.setattr(audit, "_created", gone)
    with watched(monkeypatch) as calls, pytest.raises(DatabaseError):
        walker.send(walker.page.heading, **REASON)
    assert calls.writes == set()
    assert not Compound.objects.exists()
    assert len(known(desk, ella)) == 1


# --- a real one is killed ---------------------------------------------------------------------


@pytest.fixture
def portal(sandbox: Sandbox, tmp_path: Path) -> Iterator[Portal]:
    variables = {
        "PORTAL_HELPDESK": "true",
        "PORTAL_ROLE_GROUPS": ",".join(f"{role}={group}" for role, group in ROLE_GROUPS.items()),
    }
    client = "demoportaloptional00000001"
    with running_portal(
        sandbox, tmp_path, pool="Optional1", client_id=client, **variables
    ) as running:
        yield running


def test_a_portal_that_is_killed_in_the_middle_is_gone_on_with(sandbox: Sandbox, portal: Portal):
    """(RES-06, AUZ-07) SIGKILL after the call and before its answer; another press ends it."""
    people, walker = People(sandbox, portal.pool_id), HttpWalker(portal.url)
    ella = people.make(app=True, on=(APP,))
    sub = sub_of(people, ella)
    walker.sign_in(operator(people, "senior"))
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    prove(walker, sub)
    page = walker.open(page_of(people, ella, "do/leaver/"))
    with (
        ThreadPoolExecutor(1) as thread,
        sandbox.trouble("AdminUserGlobalSignOut", "silence", times=1, seconds=20),
    ):
        pressed = thread.submit(walker.send, page.heading, **REASON)
        wait_for(lambda: not sandbox.ask("GET", "/trouble"))
        portal.kill_workers()
        with pytest.raises(requests.ConnectionError):
            pressed.result()
    assert people.look(ella)["Enabled"] is False, "what keeps others out comes first"
    wait_for(lambda: _answers(walker))
    # The dead keep the lock for half a minute; here it is over.
    freed = f"from django.core.cache import cache; print(cache.delete('{_lock(people, sub)}'))"
    assert "True" in portal.manage("shell", "-c", freed)
    page = walker.open(page_of(people, ella, "do/leaver/"))
    assert "It was begun and not finished" in page.text
    page = walker.send(page.heading, **REASON)
    assert page.heading.startswith("Done: Close the account")
    assert set(_steps(page).values()) == {"done"}
    rows = [json.loads(line) for line in portal.manage("audit", "export").splitlines()]
    found = [(row["metadata"]["event_code"], row["status"]) for row in rows]
    assert [each for each in found if each[0] in KILLED_IN] == [
        ("helpdesk_leaver", "Success"),
        ("helpdesk_disable", "Intended"),
        ("helpdesk_disable", "Success"),
        ("helpdesk_end_sessions", "Intended"),
        ("helpdesk_end_sessions", "Intended"),
        ("helpdesk_end_sessions", "Success"),
    ]
    assert "holds" in portal.manage("audit", "verify")


KILLED_IN = {"helpdesk_leaver", "helpdesk_disable", "helpdesk_end_sessions"}


def _lock(people: People, sub: str) -> str:
    return f"lock:{lock_name(Subject(people.pool_id, sub))}"


def _answers(walker: HttpWalker) -> bool:
    try:
        return walker.open("/helpdesk/").status == 200
    except requests.ConnectionError:
        return False

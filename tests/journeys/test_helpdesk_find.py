"""An operator looks for somebody, and opens their page."""

import re
from typing import Any

import pytest

from accounts import cases, recoveries, recovery_codes
from accounts.cognito import people
from accounts.models import AuditRecord, Case, Recovery, Tally
from accounts.subjects import Subject
from tests.journeys.desk import HOME, at_work, page_of, sub_of
from tests.journeys.helpdesk_steps import begin
from tests.journeys.steps import APP, EMAIL, SMS, calls_counted
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
FIND = "/helpdesk/find/"


def _find(walker: Walker, typed: str, **more: Any) -> Page:
    walker.open(HOME)
    return walker.send("Find", typed=typed, **more)


def _rows(page: Page) -> list[str]:
    return [str(link["href"]) for link in page.soup.select("[data-results] a")]


def test_whatever_the_caller_goes_by_finds_them(walker: Walker, pool: People, sandbox: Sandbox):
    """(HLP-10, FAC-10) username, address, any spelling of a number, id: one call, masked."""
    nora = pool.make(phone=True)
    at_work(walker, pool)
    national = f"0{nora.phone[3:7]} {nora.phone[7:]}"
    spellings = (
        nora.username,
        nora.email,
        nora.email.upper(),
        nora.phone,
        f"+44 ({nora.phone[3:7]}) {nora.phone[7:]}",
        f"00{nora.phone[1:]}",
        sub_of(pool, nora),
    )
    for typed in spellings:
        walker.open(HOME)
        with calls_counted(sandbox) as calls:
            page = walker.send("Find", typed=typed)
        assert _rows(page) == [page_of(pool, nora)], typed
        assert dict(calls) == {"ListUsers": 1}, typed
        for whole in (nora.email, nora.phone, nora.phone[3:], national):
            assert whole not in page.html


def test_a_national_number_is_read_as_one_of_the_portals_country(
    walker: Walker, pool: People, settings: Any
):
    settings.DEFAULT_COUNTRY = "GB"
    nora = pool.make(phone=True)
    at_work(walker, pool)
    assert _rows(_find(walker, f"0{nora.phone[3:]}")) == [page_of(pool, nora)]


def test_only_the_beginning_where_asked(walker: Walker, pool: People):
    """Exact first: a beginning alone finds nobody, until it is said to be one."""
    nora = pool.make(phone=True)
    at_work(walker, pool)
    for whole in (nora.username, nora.email, nora.phone):
        # One digit short: numbers are given out in a row, and more than twenty are not shown.
        assert "Nobody was found" in _find(walker, whole[:-1]).text
        assert page_of(pool, nora) in _rows(_find(walker, whole[:-1], beginning="on"))


def test_a_name_finds_several_and_tells_little(walker: Walker, pool: People):
    """(HLP-10)"""
    found = [pool.make(), pool.make()]
    for each in found:
        _name(pool, each.username, "Zelda Quartermaine")
    at_work(walker, pool)
    page = _find(walker, "Zelda Quartermaine")
    assert set(_rows(page)) == {page_of(pool, each) for each in found}
    assert "Zelda Q•••" in page.text
    assert "Quartermaine" not in page.html
    assert len(_rows(_find(walker, "Zelda", beginning="on"))) >= 2


def _name(pool: People, username: str, name: str) -> None:
    pool.admin.admin_update_user_attributes(
        UserPoolId=pool.pool_id,
        Username=username,
        UserAttributes=[{"Name": "name", "Value": name}],
    )


def test_somebody_whom_the_list_does_not_show_yet(
    walker: Walker, pool: People, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
):
    """(contract 11.1) the list lags behind: an exact look-up asks for the person itself."""
    nora = pool.make()
    at_work(walker, pool)
    # The sandbox's list never lags: this one has not heard of anybody yet.
    monkeypatch.setattr(people, "find", lambda **_: [])
    walker.open(HOME)
    with calls_counted(sandbox) as calls:
        page = walker.send("Find", typed=nora.username)
    assert _rows(page) == [page_of(pool, nora)]
    assert calls["AdminGetUser"] == 1
    assert "Nobody was found" in _find(walker, "nobody-of-that-name").text
    # A beginning is not asked for by a call that costs.
    assert "Nobody was found" in _find(walker, nora.username, beginning="on").text


def test_nobody_out_of_reach_is_read_because_the_list_lags(
    walker: Walker, pool: People, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, settings: Any
):
    """(AUZ-02, contract 12.4) their groups are asked for, which makes nobody billable."""
    settings.HELPDESK_SCOPES = {"helpdesk": frozenset({"partners"})}
    inside, outside = pool.make(), pool.make()
    pool.join(inside, "partners")
    at_work(walker, pool)
    monkeypatch.setattr(people, "find", lambda **_: [])
    for somebody, reads in ((outside, 0), (inside, 1)):
        walker.open(HOME)
        with calls_counted(sandbox) as calls:
            page = walker.send("Find", typed=somebody.username)
        assert calls.get("AdminGetUser", 0) == reads
        assert _rows(page) == [page_of(pool, somebody)][:reads]


def test_what_was_typed_is_in_no_address_and_no_record(walker: Walker, pool: People, caplog: Any):
    """(AUD-03, HLP-10) and the page can be loaded again."""
    nora = pool.make(phone=True)
    agent = at_work(walker, pool)
    page = _find(walker, nora.email)
    assert page.url == FIND
    assert walker.open(FIND).soup.select("[data-results] a")
    rows = AuditRecord.objects.filter(event="helpdesk_searched")
    assert [row.detail for row in rows] == [{"by": "e-mail", "prefix": False}] * 2
    assert {row.actor for row in rows} == {sub_of(pool, agent)}
    assert nora.email not in caplog.text


def test_whom_an_operator_does_not_reach_is_not_there(walker: Walker, pool: People, settings: Any):
    """(HLP-06, AUZ-02) neither in the list nor by address."""
    settings.HELPDESK_SCOPES = {"helpdesk": frozenset({"partners"})}
    inside, outside = pool.make(), pool.make()
    pool.join(inside, "partners")
    at_work(walker, pool)
    assert _rows(_find(walker, inside.username)) == [page_of(pool, inside)]
    assert "Nobody was found" in _find(walker, outside.username).text
    missing = walker.open(f"{HOME}people/00000000-0000-4000-8000-000000000000/")
    for tail in ("", "devices/", "sessions/", "history/", "why/"):
        page = walker.open(page_of(pool, outside, tail))
        assert page.status == missing.status == 404
        assert page.text == missing.text
    assert walker.open(page_of(pool, inside)).status == 200


def test_searches_are_counted_and_an_alarm_is_raised(walker: Walker, pool: People, caplog: Any):
    """(HLP-09) per operator; beyond the limit the page says how long to wait."""
    nora = pool.make()
    at_work(walker, pool)
    _find(walker, nora.username)
    Tally.objects.filter(key__startswith="find-operator").update(count=59)
    walker.open(FIND)
    assert '"limit": "find-operator"' in caplog.text.replace("'", '"')
    Tally.objects.filter(key__startswith="find-operator").update(count=120)
    assert walker.open(FIND).status == 429


def test_the_page_of_a_person_costs_three_calls(walker: Walker, pool: People, sandbox: Sandbox):
    """(HLP-10) nothing is loaded that nobody asked for; looking is recorded."""
    ella = pool.make(phone=True, app=True, on=(APP, SMS, EMAIL), preferred=APP)
    agent = at_work(walker, pool)
    url = page_of(pool, ella)
    with calls_counted(sandbox) as calls:
        page = walker.open(url)
    assert dict(calls) == {
        "AdminListGroupsForUser": 1,
        "AdminGetUser": 1,
        "AdminGetUserAuthFactors": 1,
    }
    assert page.status == 200
    for said in ("Asked first", "A code by authenticator app.", "confirmed", "In use"):
        assert said in page.text
    assert ella.email not in page.html
    assert ella.phone not in page.html
    row = AuditRecord.objects.get(event="helpdesk_looked")
    assert (row.sub, row.actor) == (sub_of(pool, ella), sub_of(pool, agent))


def test_the_page_tells_how_they_can_come_back(walker: Walker, pool: People, settings: Any):
    """(REC-01) passes, recovery codes, a way back that was begun; and a case by its name."""
    settings.RECOVERY = True
    ella = pool.make(app=True, on=(APP,))
    at_work(walker, pool)
    url, subject = page_of(pool, ella), Subject(pool.pool_id, sub_of(pool, ella))
    page = walker.open(url)
    for said in ("No pass is open.", "They have no recovery codes.", "none is open"):
        assert said in page.text
    recovery_codes.make(subject)
    recoveries.begin(subject, Recovery.Way.CODE, "a browser")
    cases.open_case(subject, Case.Kind.NOT_ME, opened_by="portal")
    page = walker.open(url)
    for said in ("10 recovery codes left.", "A way back in was begun", "(“This was not me”)"):
        assert said in page.text


def test_whoever_reveals_nothing_is_not_led_there(walker: Walker, pool: People):
    """(HLP-10) a viewer's page has no such link."""
    ella = pool.make()
    at_work(walker, pool, "viewer")
    assert "Reveal" not in walker.open(page_of(pool, ella)).text


def test_devices_and_sessions_have_pages_of_their_own(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(AUD-02) each is read when it is asked for, and each look is recorded."""
    ella = pool.make()
    at_work(walker, pool)
    read = {"devices/": "AdminListDevices", "sessions/": "AdminListUserSessions"}
    for tail, operation in read.items():
        url = page_of(pool, ella, tail)
        with calls_counted(sandbox) as calls:
            assert walker.open(url).status == 200
        assert calls[operation] == 1
        assert "AdminGetUser" not in calls
    assert walker.open(page_of(pool, ella, "history/")).status == 200
    looked = AuditRecord.objects.filter(event="helpdesk_looked").order_by("created_at")
    assert [row.detail["what"] for row in looked] == ["devices", "sessions", "history"]


def test_the_owner_reads_that_somebody_looked(walker: Walker, second_walker: Walker, pool: People):
    """(NOT-01, HLP-10) who and at what, and while they called, under which ticket."""
    nora = pool.make()
    agent = at_work(walker, pool)
    walker.open(page_of(pool, nora))
    begin(walker, sub_of(pool, nora), "HD-4711")
    walker.open(page_of(pool, nora, "devices/"))
    second_walker.sign_in(nora)
    lines = [
        " ".join(line.get_text(" ").split())
        for line in second_walker.open("/activity/?kind=helpdesk").soup.select(".timeline-entry")
    ]
    newest, *_, oldest = lines
    assert newest.startswith("Looked at the account : Trusted devices")
    assert "Ticket: HD-4711" in newest
    assert "Ticket" not in oldest
    for line in (newest, oldest):
        assert "Looked at the account" in line
        assert f"by {agent.username} of the helpdesk" in line


def test_ones_own_account_is_somebody_elses_work(walker: Walker, pool: People):
    """(HLP-05)"""
    agent = at_work(walker, pool)
    page = walker.open(page_of(pool, agent))
    assert page.status == 403
    assert "This is your own account" in page.text


@pytest.mark.parametrize("role", ["viewer", "agent", "senior", "administrator", "auditor"])
def test_each_role_finds_its_first_page(walker: Walker, pool: People, role: str):
    """(HLP-06) the auditor finds nobody, and has a first page all the same."""
    at_work(walker, pool, role)
    assert bool(walker.page.soup.select("[data-find-box]")) == (role != "auditor")
    assert walker.open(FIND).status == (403 if role == "auditor" else 200)


def test_no_page_of_the_helpdesk_can_be_framed(walker: Walker, pool: People):
    """(HLP-11) by both headers, on every page."""
    nora = pool.make()
    at_work(walker, pool)
    for url in (HOME, FIND, page_of(pool, nora), page_of(pool, nora, "why/")):
        headers = walker.open(url).headers
        assert headers["X-Frame-Options"] == "DENY"
        assert re.search(r"frame-ancestors 'none'", headers["Content-Security-Policy"])

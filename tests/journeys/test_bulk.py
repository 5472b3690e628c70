"""A change for many people, from the list to the report, by two operators and a worker."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile, TemporaryUploadedFile
from django.core.management import call_command

from accounts import ocsf, vault
from accounts.models import AuditRecord
from portal.activity.said import SAID
from portal.helpdesk.bulk import progress, work
from portal.helpdesk.bulk.models import BulkChange, BulkRow
from portal.helpdesk.bulk.telling import EVENT
from tests.clock import Clock
from tests.journeys.conftest import ROLE_GROUPS, MakePool
from tests.journeys.desk import Phones
from tests.journeys.other_words import said_in
from tests.journeys.steps import ALL, APP, EMAIL, SMS, calls_counted, notices
from tests.journeys.test_devices_page import known, laptop_of
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
LIST, NEW = "/helpdesk/bulk/", "/helpdesk/bulk/new/"
WRITTEN = {"kind": "turn_off", "factor": SMS, "reason": "No more text messages", "ticket": "HD-77"}


@pytest.fixture
def phones(settings: Any) -> None:
    settings.SMS_BACKEND = f"{Phones.__module__}.{Phones.__name__}"
    Phones.sent.clear()


@pytest.fixture
def run_jobs(transactional_db: None, settings: Any) -> Callable[[], None]:
    """Let a worker do all that is queued."""
    # A trial and a change of a few people shall not take the time of many.
    settings.BULK_SHARE, settings.COGNITO_WRITE_RPS = 1.0, 400.0

    def run() -> None:
        call_command("worker", batch=True, interval=0, verbosity=0)

    return run


def senior(pool: People, walker: Walker) -> Somebody:
    """An operator at work."""
    tom = pool.make(app=True, on=(APP,))
    pool.join(tom, ROLE_GROUPS["senior"])
    walker.sign_in(tom)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    return tom


def plan(walker: Walker, people: str = "", **other: Any) -> Page:
    walker.open(NEW)
    return walker.send("Write it down", people=people, **{**WRITTEN, **other})


def report(walker: Walker, change_page: str) -> list[dict[str, str]]:
    answer = walker.client.get(f"{change_page}report.csv")
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(text)))


def test_a_change_for_many_people_from_list_to_report(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    run_jobs: Callable[[], None],
    phones: None,
):
    """(HLP-04, HLP-05, HLP-06, HLP-08, AUD-02) tried, agreed, made once, recorded and told."""
    ella = pool.make(phone=True, app=True, on=(APP, SMS), preferred=SMS)
    only_sms = pool.make(phone=True, on=(SMS,))
    without = pool.make()
    director = pool.make(phone=True, app=True, on=(APP, SMS))
    pool.join(director, "directors")
    planner = senior(pool, walker)
    lines = [
        "username",
        ella.username,
        only_sms.username,
        "",
        without.username,
        director.username,
        "nobody-here",
        ella.email,
        planner.username,
    ]
    page = plan(walker, "\n".join(lines))
    assert "Draft" in page.text
    assert "7 people named" in page.text
    url = page.url
    walker.send("Begin the trial run")
    with calls_counted(sandbox) as calls:
        run_jobs()
    assert not {name for name in calls if name.startswith(("AdminSet", "AdminDelete"))}
    page = walker.open(url)
    assert "It would change 1 account and leave out 6." in page.text
    assert "text message" in page.text
    reasons = (
        "it is their only second step",
        "already so",
        "a privileged account",
        "nobody is called that",
        "named twice",
        "an operator's own account",
    )
    assert all(each in page.text for each in reasons)
    # Nobody agrees to their own, on the page or past it.
    assert not page.soup.select("form[action$='decide/']")
    walker.post(f"{url}decide/", {"decision": "approve", "words": ""})
    assert "cannot agree" in walker.page.text
    assert pool.on(ella) == {APP, SMS}

    senior(pool, second_walker)
    second_walker.open(url)
    page = second_walker.send("Agree", words="Yes, do it")
    assert "You agreed" in page.text
    with calls_counted(sandbox) as calls:
        run_jobs()
    assert calls["AdminSetUserMFAPreference"] == 1
    assert (pool.on(ella), pool.preferred(ella)) == ({APP}, None)
    assert pool.on(only_sms) == {SMS}
    assert pool.on(director) == {APP, SMS}
    assert "Yes, do it" in walker.open(url).text

    rows = {row["line"]: row for row in report(walker, url)}
    assert {line: row["outcome"] for line, row in rows.items()} == {
        "2": "done",
        **dict.fromkeys(["3", "5", "6", "7", "8", "9"], "left out"),
    }
    told = AuditRecord.objects.filter(event="bulk_turned_off").order_by("created_at")
    assert [each.outcome for each in told] == ["intended", "done"]
    assert {each.sub for each in told} == {pool.look(ella)["attributes"]["sub"]}
    assert {each.actor for each in told} == {pool.look(planner)["attributes"]["sub"]}
    assert {(each.reason, each.ticket) for each in told} == {("No more text messages", "HD-77")}
    assert {each.approval for each in told} == {url.rstrip("/").rpartition("/")[2]}
    assert str(told[0].id) == rows["2"]["reference"]
    hears_on_every_channel(ella, sandbox, "turned off a sign-in method: text message", "HD-77")
    # What was typed is gone once it is known who that is (DAT-01).
    assert not BulkRow.objects.exclude(sealed="").exists()
    assert ella_is_told(ella) == (
        f"The helpdesk turned off a sign-in method: Text message by {planner.username} of the "
        "helpdesk Why: No more text messages Ticket: HD-77"
    )


def hears_on_every_channel(somebody: Somebody, sandbox: Sandbox, *words: str) -> None:
    """By e-mail, and by text message to the confirmed number; once on each."""
    (mail,) = notices(sandbox, somebody)
    ((number, text),) = Phones.sent
    assert number == somebody.phone
    assert all(each in mail and each in text for each in words)


def ella_is_told(ella: Somebody) -> str:
    """What her own history says that the helpdesk did: what, who, why and the ticket."""
    browser = Walker()
    browser.sign_in(ella)
    (line,) = browser.open("/activity/?kind=helpdesk").soup.select(".timeline-entry")
    texts = line.select(".timeline-what span, .soft > span")
    return " ".join(" ".join(each.get_text().split()) for each in texts)


def test_every_change_for_many_is_among_what_the_helpdesk_did():
    """(HLP-08) on the page where people look for it."""
    assert {SAID[event].kind for event in EVENT.values()} == {"helpdesk"}


def test_a_group_and_the_other_changes(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    run_jobs: Callable[[], None],
):
    """(HLP-06) each kind does what it says, to the people of a group."""
    group = "leaving-the-old-app"
    ella = pool.make(phone=True, app=True, on=ALL, preferred=SMS)
    pool.join(ella, group)
    pool.join(pool.make(temporary=True), group)
    senior(pool, walker)
    senior(pool, second_walker)
    token = pool.access_token(pool.make())

    def through(kind: str, **other: str) -> Page:
        url = plan(walker, kind=kind, group=group, status="CONFIRMED", **other).url
        walker.send("Begin the trial run")
        run_jobs()
        assert "It would change 1 account and leave out 0." in second_walker.open(url).text
        second_walker.send("Agree")
        run_jobs()
        page = walker.open(url)
        assert "Finished" in page.text
        return page

    assert "There is no group" in plan(walker, group="no-such-group").text
    through("prefer", factor=EMAIL)
    assert pool.preferred(ella) == EMAIL
    through("remove_app")
    assert pool.on(ella) == {SMS, EMAIL}
    with calls_counted(sandbox) as calls:
        through("end_sessions")
    assert calls["AdminUserGlobalSignOut"] == 1
    assert pool.admin.get_user(AccessToken=token)
    assert len(notices(sandbox, ella)) == 3


def test_trusted_devices_of_many_are_forgotten(
    walker: Walker,
    second_walker: Walker,
    make_pool: MakePool,
    sandbox: Sandbox,
    run_jobs: Callable[[], None],
):
    """(HLP-06, NOT-01, AUD-02) of those who have some; nobody else is touched."""
    pool = make_pool(DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": True})
    ella, nora = pool.make(), pool.make()
    for name in ("Old laptop", "Old tablet"):
        laptop_of(pool, ella, name)
    senior(pool, walker)
    senior(pool, second_walker)
    url = plan(walker, f"{ella.username}\n{nora.username}", kind="forget_devices").url
    walker.send("Begin the trial run")
    run_jobs()
    assert "It would change 1 account and leave out 1." in second_walker.open(url).text
    assert len(known(pool, ella)) == 2
    second_walker.send("Agree")
    run_jobs()
    assert known(pool, ella) == {}
    told = report(walker, url)
    assert [row["outcome"] for row in told] == ["done", "left out"]
    assert "removed all your trusted devices" in notices(sandbox, ella)[0]
    assert notices(sandbox, nora) == []
    rows = AuditRecord.objects.filter(event="bulk_devices_forgotten")
    assert [row.outcome for row in rows] == ["intended", "done"]


@pytest.fixture
def three_devices(make_pool: MakePool) -> tuple[People, Somebody]:
    pool = make_pool(DeviceConfiguration={"DeviceOnlyRememberedOnUserPrompt": True})
    ella = pool.make()
    for name in ("One", "Two", "Three"):
        laptop_of(pool, ella, name)
    return pool, ella


@contextmanager
def cut_after_two(sandbox: Sandbox, kind: str, **trouble: Any) -> Iterator[None]:
    passes = sandbox.trouble("AdminForgetDevice", "delay", seconds=0, times=2)
    with passes, sandbox.trouble("AdminForgetDevice", kind, **trouble):
        yield


def ends_of_forgetting() -> list[tuple[str, Any, Any]]:
    rows = AuditRecord.objects.filter(event="bulk_devices_forgotten").order_by("number")
    return [(row.outcome, row.detail.get("forgotten"), row.detail.get("left")) for row in rows]


def readers_see(pool: People, row: AuditRecord, forgotten: int, left: int) -> None:
    """On the page of the audit, in its table and where it is collected (OCSF)."""
    walker = Walker()
    auditor = pool.make(app=True, on=(APP,))
    pool.join(auditor, ROLE_GROUPS["auditor"])
    walker.sign_in(auditor)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    page = walker.open(f"/helpdesk/audit/{row.pk}/")
    told = {dt.get_text(): dt.find_next("dd").get_text() for dt in page.soup.select("dt")}
    assert (told["Forgotten"], told["Left"]) == (str(forgotten), str(left))
    asked = {"event": row.event, "outcome": "unknown"}
    answer = walker.client.get("/helpdesk/audit/table.csv", asked)
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    (cells,) = csv.DictReader(io.StringIO(text))
    detail = json.loads(cells["detail"])
    assert (detail["forgotten"], detail["left"]) == (forgotten, left)
    event = ocsf.event_of(row)
    assert (event["status"], event["unmapped"]["detail"]) == ("Unknown", row.detail)


@pytest.mark.parametrize("kind", ["throttle", "reset"])
def test_an_attempt_that_is_cut_between_two_devices_says_how_far_it_came(
    walker: Walker,
    second_walker: Walker,
    three_devices: tuple[People, Somebody],
    sandbox: Sandbox,
    clock: Clock,
    run_jobs: Callable[[], None],
    kind: str,
):
    """(AUD-02, RES-04, RES-06) it was not refused: two are gone. A later one forgets the rest."""
    pool, ella = three_devices
    url = started(walker, second_walker, pool, run_jobs, ella, kind="forget_devices")
    with cut_after_two(sandbox, kind):
        run_jobs()
    assert len(known(pool, ella)) == 1
    assert notices(sandbox, ella) == []
    cut = [("intended", None, None), ("unknown", 2, 1)]
    assert ends_of_forgetting() == cut
    with sandbox.trouble("AdminForgetDevice", "throttle", times=1):
        for _ in range(4):
            clock.forward(seconds=30)
            run_jobs()
    assert known(pool, ella) == {}
    assert [row["outcome"] for row in report(walker, url)] == ["done"]
    assert "removed all your trusted devices" in notices(sandbox, ella)[0]
    later = ("intended", "refused", "intended", "done")
    assert ends_of_forgetting() == [*cut, *((each, None, None) for each in later)]
    row = AuditRecord.objects.get(event="bulk_devices_forgotten", outcome="unknown")
    readers_see(pool, row, forgotten=2, left=1)


def test_a_right_that_is_gone_between_two_devices_stops_it_there(
    walker: Walker,
    second_walker: Walker,
    three_devices: tuple[People, Somebody],
    sandbox: Sandbox,
    clock: Clock,
    run_jobs: Callable[[], None],
):
    """(AUD-02, RES-06) an operator must look; what was done stays written down."""
    pool, ella = three_devices
    url = started(walker, second_walker, pool, run_jobs, ella, kind="forget_devices")
    with cut_after_two(sandbox, "error", code="AccessDeniedException"):
        run_jobs()
    assert ends_of_forgetting()[1:] == [("unknown", 2, 1)]
    assert "Paused" in walker.open(url).text
    walker.send("Go on")
    clock.forward(seconds=61)
    run_jobs()
    assert known(pool, ella) == {}
    assert [row["outcome"] for row in report(walker, url)] == ["done"]


def test_the_report_is_in_the_language_of_whoever_asks(
    walker: Walker, pool: People, tmp_path: Path, settings: Any
):
    """(HLP-04) though its lines are read after the request, when its language is forgotten."""
    senior(pool, walker)
    url = plan(walker, pool.make().username).url
    words = {"outcome": "Ergebnis", "not looked at": "nicht angesehen"}
    with said_in("de", words, tmp_path, settings):
        walker.client.cookies[settings.LANGUAGE_COOKIE_NAME] = "de"
        (row,) = report(walker, url)
    assert row["Ergebnis"] == "nicht angesehen"


def test_no_cell_of_the_report_is_a_formula(walker: Walker, pool: People):
    """(INP-01) whatever a row came to hold: a spreadsheet shows it and computes nothing."""
    senior(pool, walker)
    url = plan(walker, "ella").url
    change = BulkChange.objects.get()
    for line, start in enumerate("=+-@\t\r", 10):
        BulkRow.objects.create(change=change, line=line, sub=f"{start}1+1", reason=f"{start}cmd()")
    told = report(walker, url)[1:]
    assert len(told) == 6
    assert {row["account id"][0] + row["reason"][0] for row in told} == {"''"}


def test_what_cannot_be_read_is_refused_line_by_line(walker: Walker, pool: People, helpdesk: None):
    """(INP-04) nothing is kept of it; and more people may be added to what was."""
    senior(pool, walker)
    page = plan(walker, "nora\ntom,ella\nNORA")
    assert page.status == 422
    assert page.errors == [
        "Line 2: more than one column, and no heading says which one to take.",
        "Line 3: the same as line 1.",
    ]
    assert plan(walker, "", ticket="no ticket", reason="").errors == [
        "Name somebody, or a group.",
        "Write why.",
        "No ticket looks like this.",
    ]
    assert plan(walker, "nora", factor="").errors == ["Choose the method."]
    assert not BulkChange.objects.exists()
    page = plan(walker, "nora\ntom")
    walker.open(page.link("Add more people"))
    page = walker.send("Add them", people="ella\nemil")
    assert "4 people named" in page.text
    assert list(BulkRow.objects.values_list("line", flat=True).order_by("line")) == [1, 2, 3, 4]
    assert not any("nora" in row.sealed for row in BulkRow.objects.all())


def chosen(content: bytes) -> SimpleUploadedFile:
    """As a browser sends it; a spreadsheet begins UTF-8 with a mark."""
    return SimpleUploadedFile("people.csv", content, "text/csv")


def test_a_list_is_taken_from_a_file(walker: Walker, pool: People, monkeypatch: Any):
    """(INP-04, DAT-01) read like what is pasted, with its heading, and never put on a disk."""
    monkeypatch.setattr(TemporaryUploadedFile, "__init__", None)
    senior(pool, walker)
    table = "username,team\r\nzoë,blue\r\n\r\ntom,red\r\n"
    page = plan(walker, file=chosen(table.encode("utf-8-sig")))
    assert "2 people named" in page.text
    walker.open(page.link("Add more people"))
    page = walker.send("Add them", file=chosen("ella\n".encode("utf-8-sig")))
    assert "3 people named" in page.text
    rows = BulkRow.objects.order_by("line")
    assert [(row.line, vault.unseal(row.sealed)) for row in rows] == [
        (2, "zoë"),
        (4, "tom"),
        (5, "ella"),
    ]


NOT_UTF_8 = "This file is not written in UTF-8. Save it as CSV UTF-8, then choose it again."
TOO_LARGE = (
    "This file is larger than 100 kB. Leave out columns that are not needed, or choose a part of "
    "it; you can add more."
)


@pytest.mark.parametrize(
    ("content", "typed", "problem"),
    [
        ("zoë\n".encode("latin-1"), {}, NOT_UTF_8),
        ("zoë\n".encode("utf-16"), {}, NOT_UTF_8),
        (b"x" * 100_001, {}, TOO_LARGE),
        (b"x" * 700_000, {}, TOO_LARGE),
        (b"", {}, "There is nobody in this list."),
        (b"nora\nNORA\n", {}, "Line 2: the same as line 1."),
        (b"nora\n", {"people": "tom"}, "Give a list or a file, not both."),
        (b"nora\n", {"group": "staff"}, "Give a list or a group, not both."),
    ],
)
def test_a_file_that_is_not_taken_costs_nothing_that_was_typed(
    walker: Walker, pool: People, content: bytes, typed: dict[str, str], problem: str
):
    """(INP-04, A11-02) one sentence that says what to do, on the form as it was."""
    senior(pool, walker)
    page = plan(walker, file=chosen(content), **typed)
    assert page.status == 422
    again = ["Choose the file again: browsers do not keep it."] if "group" in typed else []
    assert page.errors == [*again, problem]
    assert page.form().select_one("[name=reason]")["value"] == WRITTEN["reason"]
    assert page.form().select_one("[name=ticket]")["value"] == WRITTEN["ticket"]
    assert page.form().select_one("[name=people]").text.strip() == typed.get("people", "")
    assert not BulkChange.objects.exists()
    assert "2 people named" in plan(walker, file=chosen(b"nora\ntom\n")).text


def test_a_form_with_a_file_is_bounded_too(walker: Walker, pool: People):
    """(INP-04) the whole, what is typed in it, and how many files; elsewhere none is larger."""
    senior(pool, walker)
    url = plan(walker, "nora").url
    for path, sent, status in (
        (NEW, {"file": chosen(b"x" * 1_050_000)}, 413),
        (NEW, {"people": "x" * 70_000}, 413),
        (NEW, {"file": [chosen(b"nora\n"), chosen(b"tom\n")]}, 400),
        (f"{url}steer/", {"file": chosen(b"x" * 70_000)}, 413),
    ):
        walker.open(f"{url}add/")
        page = walker.post(path, {**WRITTEN, **sent})
        assert (page.status, "Nothing was changed." in page.text) == (status, True)
    assert BulkChange.objects.count() == 1


def test_refused_cancelled_or_too_late(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    clock: Clock,
    run_jobs: Callable[[], None],
):
    """(HLP-04) with words; one decision; and after a day none at all."""
    ella = pool.make(phone=True, app=True, on=(APP, SMS))
    senior(pool, walker)
    senior(pool, second_walker)
    urls = []
    for _ in range(3):
        urls.append(plan(walker, ella.username).url)
        walker.send("Begin the trial run")
    run_jobs()
    second_walker.open(urls[0])
    assert second_walker.send("Refuse", decision="refuse").errors == ["Write why you refuse it."]
    second_walker.send("Refuse", decision="refuse", words="Not this week")
    assert "Not this week" in walker.open(urls[0]).text
    second_walker.open(urls[1])
    walker.open(urls[1])
    walker.send("Cancel it")
    assert "not possible any more" in second_walker.send("Agree").text
    expired = BulkChange.objects.get(state="waiting")
    progress.move(expired, BulkChange.State.WAITING, of=("waiting",), expires_at=expired.planned_at)
    page = second_walker.open(urls[2])
    assert "nobody agreed in time" in page.text
    second_walker.post(f"{urls[2]}decide/", {"decision": "approve", "words": ""})
    assert "not possible any more" in second_walker.page.text
    run_jobs()
    assert pool.on(ella) == {APP, SMS}
    assert walker.open(LIST).text.count("HD-77") == 3


@pytest.mark.parametrize("role", ["agent", "viewer", "auditor", "administrator"])
def test_only_seniors_are_let_in(walker: Walker, pool: People, role: str):
    """(HLP-06)"""
    tom = pool.make(app=True, on=(APP,))
    pool.join(tom, ROLE_GROUPS[role])
    walker.sign_in(tom)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    assert walker.open(LIST).status == 403
    assert walker.open(NEW).status == 403


def test_a_role_that_is_gone_stops_what_it_planned(
    walker: Walker, second_walker: Walker, pool: People, run_jobs: Callable[[], None]
):
    """(HLP-06) asked of the pool at each slice, and nothing is done until another looks."""
    ella = pool.make(phone=True, app=True, on=(APP, SMS))
    planner = senior(pool, walker)
    senior(pool, second_walker)
    url = plan(walker, ella.username).url
    walker.send("Begin the trial run")
    run_jobs()
    second_walker.open(url)
    second_walker.send("Agree")
    pool.admin.admin_remove_user_from_group(
        UserPoolId=pool.pool_id, Username=planner.username, GroupName=ROLE_GROUPS["senior"]
    )
    run_jobs()
    page = second_walker.open(url)
    assert "Paused" in page.text
    assert "has no role for this any more" in page.text
    assert pool.on(ella) == {APP, SMS}


def started(
    walker: Walker, second: Walker, pool: People, run: Callable[[], None], *people: Somebody,
    **other: str,
) -> str:  # fmt: skip
    """Planned, tried and agreed to; nothing of it done."""
    senior(pool, walker)
    senior(pool, second)
    url = plan(walker, "\n".join(each.username for each in people), **other).url
    walker.send("Begin the trial run")
    run()
    second.open(url)
    second.send("Agree")
    return url


def test_pause_go_on_and_cancel(
    walker: Walker, second_walker: Walker, pool: People, run_jobs: Callable[[], None]
):
    """What waits while it stands still is done later, or never."""
    ella, emil = (pool.make(phone=True, app=True, on=(APP, SMS)) for _ in range(2))
    url = started(walker, second_walker, pool, run_jobs, ella, emil)
    walker.open(url)
    assert "Paused" in walker.send("Pause").text
    run_jobs()
    assert pool.on(ella) == pool.on(emil) == {APP, SMS}
    assert "Running" in walker.send("Go on").text
    change = BulkChange.objects.get()
    row = work.take(change)
    assert row
    work.do(change, row, [])
    assert "Cancelled" in walker.send("Cancel it").text
    run_jobs()
    assert sorted((len(pool.on(ella)), len(pool.on(emil)))) == [1, 2]
    assert sorted(each["outcome"] for each in report(walker, url)) == ["done", "to do"]


@pytest.mark.parametrize(
    ("kind", "trouble", "calls"),
    [
        ("throttle", {"times": 2}, 3),
        ("silence", {"times": 1, "seconds": 0.05}, 1),
        ("reset", {"times": 1}, 2),
    ],
)
def test_trouble_slows_it_down_and_repeats_nothing_that_was_done(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    run_jobs: Callable[[], None],
    *,
    kind: str,
    trouble: dict[str, Any],
    calls: int,
):
    """(LIM-06, RES-04) throttled: nothing was looked at; silence: the pool is read first."""
    ella = pool.make(phone=True, app=True, on=(APP, SMS))
    url = started(walker, second_walker, pool, run_jobs, ella)
    with (
        sandbox.trouble("AdminSetUserMFAPreference", kind, **trouble),
        calls_counted(sandbox) as counted,
    ):
        for _ in range(8):
            run_jobs()
            clock.forward(seconds=30)
    assert counted["AdminSetUserMFAPreference"] == calls
    assert pool.on(ella) == {APP}
    assert [row["outcome"] for row in report(walker, url)] == ["done"]
    assert len(notices(sandbox, ella)) == 1
    ended = AuditRecord.objects.filter(event="bulk_turned_off", outcome="done")
    assert ended.count() == 1


def test_sessions_that_were_perhaps_ended_are_not_ended_twice(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    run_jobs: Callable[[], None],
):
    """(RES-04) no read tells here, so it is left to an operator, and said."""
    ella = pool.make()
    url = started(walker, second_walker, pool, run_jobs, ella, kind="end_sessions")
    with (
        sandbox.trouble("AdminUserGlobalSignOut", "silence", times=1, seconds=0.05),
        sandbox.trouble("AdminListUserSessions", "error", code="InvalidParameterException"),
        calls_counted(sandbox) as counted,
    ):
        for _ in range(4):
            run_jobs()
            clock.forward(seconds=30)
    assert counted["AdminUserGlobalSignOut"] == 1
    (row,) = report(walker, url)
    assert (row["outcome"], "look at this person" in row["reason"]) == ("not certain", True)


def test_a_throttled_call_ended_no_session(
    walker: Walker,
    second_walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    run_jobs: Callable[[], None],
):
    """(LIM-06, RES-04) so nothing about it is uncertain: it is made again."""
    ella = pool.make()
    url = started(walker, second_walker, pool, run_jobs, ella, kind="end_sessions")
    with (
        sandbox.trouble("AdminUserGlobalSignOut", "throttle", times=1),
        sandbox.trouble("AdminListUserSessions", "error", code="InvalidParameterException"),
    ):
        for _ in range(3):
            run_jobs()
            clock.forward(seconds=30)
    assert [row["outcome"] for row in report(walker, url)] == ["done"]


def test_what_was_planned_long_ago_is_purged(
    walker: Walker, pool: People, clock: Clock, capsys: pytest.CaptureFixture[str]
):
    """(DAT-01)"""
    senior(pool, walker)
    plan(walker, "nora\ntom")
    clock.forward(days=89)
    call_command("purge")
    assert "changes for many people: 0" in capsys.readouterr().out
    clock.forward(days=2)
    call_command("purge")
    assert "changes for many people: 1" in capsys.readouterr().out
    assert not BulkRow.objects.exists()

"""Sign-ins that a Plus pool recorded, of any app, in the history of their owner."""

import csv
import io
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest

from accounts.cognito import people
from accounts.models import AuditRecord, Case
from portal.activity import sign_ins
from portal.activity.timeline import PAGE_SIZE
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.program import program_of
from tests.journeys.steps import APP, CONFIRM, calls_counted
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

READ, TELL = "AdminListUserAuthEvents", "AdminUpdateAuthEventFeedback"
A_SIGN_IN = "A sign-in, as the sign-in service recorded it"
HISTORY = "/api/v1/history"
PLUS = {"UserPoolTier": "PLUS", "UserPoolAddOns": {"AdvancedSecurityMode": "AUDIT"}}


@pytest.fixture
def plus(make_pool: MakePool) -> People:
    return make_pool(**PLUS)


def _lines(page: Page) -> list[str]:
    found = page.soup.select(".timeline-what")
    return [" ".join(each.get_text(" ").split()) for each in found]


def _elsewhere(plus: People, who: Somebody) -> None:
    """By another client: once with a wrong password, once in."""
    with suppress(plus.admin.exceptions.NotAuthorizedException):
        plus.admin.initiate_auth(
            AuthFlow="USER_PASSWORD_AUTH",
            ClientId=plus.client_id(),
            AuthParameters={"USERNAME": who.username, "PASSWORD": "Guess-Guess-1"},
        )
    plus.access_token(who)


def _wrong_second_step(plus: People, who: Somebody) -> None:
    """By another client: the password is right, the code is not."""
    assert who.app is not None
    asked = plus.admin.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=plus.client_id(),
        AuthParameters={"USERNAME": who.username, "PASSWORD": who.password},
    )
    wrong = f"{(int(who.app.code()) + 1) % 1_000_000:06d}"
    with suppress(plus.admin.exceptions.CodeMismatchException):
        plus.admin.respond_to_auth_challenge(
            ClientId=plus.client_id(),
            ChallengeName=asked["ChallengeName"],
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": who.username, "SOFTWARE_TOKEN_MFA_CODE": wrong},
        )


def _advices(page: Page) -> list[str]:
    """What stands below each line."""
    found = (line.select_one(".timeline-advice") for line in page.soup.select(".timeline-entry"))
    return [each.get_text(strip=True) if each else "" for each in found]


def _advice(page: Page) -> dict[str, str]:
    """What stands below the lines, by what they tell, the newest of each; empty where nothing."""
    found: dict[str, str] = {}
    told = page.soup.select(".timeline-entry .timeline-what")
    for line, advice in zip(told, _advices(page), strict=True):
        ended = " ".join(line.get_text(" ").split()).partition("; ")[2]
        found.setdefault(ended, advice)
    return found


def test_they_stand_in_the_history_beside_our_own(walker: Walker, plus: People, sandbox: Sandbox):
    """One call; by kind, and in the table. (INP-01) nothing of it is a formula."""
    nora = plus.make()
    walker.sign_in(nora)
    _elsewhere(plus, nora)
    with calls_counted(sandbox) as calls:
        page = walker.open("/activity/")
    assert calls[READ] == 1
    assert calls.total() == 1
    assert f"{A_SIGN_IN} : Linux, Boto3; password right" in _lines(page)
    assert "Signed in" in _lines(page)
    assert "by the sign-in service" in page.text
    problems = walker.open("/activity/?kind=problems")
    assert [line for line in _lines(problems) if "password wrong" in line]
    assert not [
        line for line in _lines(walker.open("/activity/?kind=changes")) if "sign-in" in line
    ]
    rows = list(csv.reader(io.StringIO(walker.client.get("/activity/export.csv").content.decode())))
    assert len([row for row in rows if row[1].startswith(A_SIGN_IN)]) >= 3
    assert [row[0] for row in rows[1:]] == sorted((row[0] for row in rows[1:]), reverse=True)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)


def test_pages_follow_one_another_without_a_gap(walker: Walker, plus: People, sandbox: Sandbox):
    """Sixty events a call, and only as many calls as the page needs."""
    nora = plus.make()
    walker.sign_in(nora)
    for _ in range(65):
        plus.access_token(nora)
    with calls_counted(sandbox) as calls:
        page = walker.open("/activity/?kind=sign_ins")
    assert calls[READ] == 1
    seen = len(_lines(page))
    assert seen == PAGE_SIZE
    while "Older" in page.text:
        with calls_counted(sandbox) as calls:
            page = walker.open(page.link("Older"))
        seen += len(_lines(page))
        assert calls[READ] <= 2
    assert seen == len(list(people.each_auth_event(nora.username))) + 1


def test_nobody_waits_for_what_never_ends(
    walker: Walker, plus: People, monkeypatch: pytest.MonkeyPatch
):
    """Bounded, and said."""
    monkeypatch.setattr(sign_ins, "MOST_EVENTS", 2)
    nora = plus.make()
    walker.sign_in(nora)
    plus.access_token(nora)
    plus.access_token(nora)
    page = walker.open("/activity/")
    assert len([line for line in _lines(page) if A_SIGN_IN in line]) == 2
    assert "Of sign-ins in other apps, the newest" in page.text


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("AccessDeniedException", "these pages may not read them"),
        ("TooManyRequestsException", "could not be read just now"),
        ("UserPoolAddOnNotEnabledException", "are not recorded here"),
    ],
)
def test_where_they_cannot_be_read_a_sentence_says_so(
    walker: Walker, plus: People, sandbox: Sandbox, code: str, said: str
):
    """(RES-04) the rest of the history is there all the same."""
    walker.sign_in(plus.make())
    with sandbox.trouble(READ, "error", code=code, times=9):
        page = walker.open("/activity/")
    assert said in page.text
    assert _lines(page) == ["Signed in"]


def test_the_json_history_has_them_as_the_page_has(
    walker: Walker, plus: People, sandbox: Sandbox, settings: Any
):
    """The same lines, by the same call, page by page; else the same sentence. (AUZ-02)"""
    settings.API_CLIENTS = frozenset({plus.client_id()})
    nora = plus.make()
    walker.sign_in(nora)
    _elsewhere(plus, nora)
    program = program_of(plus, nora)
    page = walker.open("/activity/")
    with calls_counted(sandbox) as calls:
        told = program.ask("GET", HISTORY).json()["data"]
    assert calls[READ] == 1
    said = [f"{each['what']} : {each['detail']}".removesuffix(" : ") for each in told["entries"]]
    assert said == _lines(page)
    assert [each["advice"] for each in told["entries"]] == _advices(page)
    assert any(_advices(page))
    recorded = {each.id for each in people.each_auth_event(nora.username)}
    assert {each["reference"] for each in told["entries"] if each["recorded_by_pool"]} == recorded
    assert not [
        each for each in told["entries"] if each["by"] == "you" and each["recorded_by_pool"]
    ]
    assert told["note"] == ""
    refused = program.ask("GET", f"{HISTORY}?kind=problems").json()["data"]["entries"]
    assert [each["outcome"] for each in refused] == ["refused"]
    with sandbox.trouble(READ, "error", code="AccessDeniedException", times=9):
        told = program.ask("GET", HISTORY).json()["data"]
    assert [each["what"] for each in told["entries"]] == ["Signed in"]
    assert "these pages may not read them" in told["note"]


def test_a_pool_that_records_nothing_costs_no_call(walker: Walker, pool: People, sandbox: Sandbox):
    walker.sign_in(pool.make())
    with calls_counted(sandbox) as calls:
        page = walker.open("/activity/")
    assert not calls
    assert "Sign-ins in other apps are not recorded here." in page.text


def test_this_was_not_me_tells_the_pool_too(
    walker: Walker, plus: People, sandbox: Sandbox, clock: Clock
):
    """(REA-01, TOK-09) all that it does for an entry of ours, and feedback on the event."""
    nora = plus.make()
    walker.sign_in(nora)
    clock.forward(minutes=6)
    _elsewhere(plus, nora)
    page = walker.open("/activity/")
    assert len(page.soup.select("a[href*=recorded]")) == 3, "with the wrong password of a stranger"
    assert walker.open(page.link("This was not me")).heading == CONFIRM
    page = walker.prove_again(nora)
    assert A_SIGN_IN in page.text
    page = walker.send("secure the account")
    assert page.heading == "The account is secured"
    marked = [each for each in people.each_auth_event(nora.username) if each.feedback == "Invalid"]
    assert len(marked) == 1
    assert Case.objects.get().about is None
    said = AuditRecord.objects.get(event="not_me_said")
    assert said.detail["recorded"] == marked[0].id
    clock.forward(seconds=61)
    page = walker.sign_in(nora)
    links = walker.open("/activity/").soup.select("a[href*=recorded]")
    assert marked[0].id not in str(links)


def test_a_pool_that_may_not_be_told_secures_nobody_less(
    walker: Walker, plus: People, sandbox: Sandbox
):
    nora = plus.make()
    walker.sign_in(nora)
    walker.open(walker.open("/activity/").soup.select("a[href*=recorded]")[0]["href"])
    with sandbox.trouble(TELL, "error", code="AccessDeniedException"):
        page = walker.send("secure the account")
    assert page.heading == "The account is secured"
    ended = AuditRecord.objects.filter(event="sign_in_denied").latest("number")
    assert ended.outcome == "refused"


def test_nobody_denies_anothers_sign_in(walker: Walker, second_walker: Walker, plus: People):
    """(AUZ-02)"""
    nora, eve = plus.make(), plus.make()
    walker.sign_in(nora)
    (event, *_) = people.each_auth_event(nora.username)
    second_walker.sign_in(eve)
    assert second_walker.open(f"/activity/not-me/recorded/{event.id}/").status == 404
    assert walker.open(f"/activity/not-me/recorded/{event.id}/").status == 200


def test_what_is_older_than_the_history_is_not_shown(
    walker: Walker, plus: People, clock: Clock, monkeypatch: pytest.MonkeyPatch
):
    """The pool keeps two years, the page tells of one."""
    assert timedelta(days=365) == sign_ins.SHOWN_FOR
    monkeypatch.setattr(sign_ins, "SHOWN_FOR", timedelta(days=1))
    nora = plus.make()
    plus.access_token(nora)
    clock.forward(days=2)
    walker.sign_in(nora)
    found = [line for line in _lines(walker.open("/activity/")) if A_SIGN_IN in line]
    assert len(found) == 1
    assert len(list(people.each_auth_event(nora.username))) == 2


def test_what_a_failed_one_means_stands_below_it(walker: Walker, plus: People):
    """And what to do: nothing, or "this was not me"; of one that got in nothing is said."""
    nora = plus.make(app=True, on=(APP,))
    walker.sign_in(nora)
    _elsewhere(plus, nora)
    _wrong_second_step(plus, nora)
    said = _advice(walker.open("/activity/"))
    assert said.pop("password wrong").startswith("Nobody got in.")
    assert said.pop("password right, second step wrong").startswith("The password was right.")
    assert said["password right, second step right"] == ""
    assert not any(said.values())


def test_one_that_waits_for_its_second_step_may_be_a_strangers(walker: Walker, plus: People):
    """That nobody got in is not said, for it may go on."""
    nora = plus.make(app=True, on=(APP,))
    walker.sign_in(nora)
    plus.admin.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=plus.client_id(),
        AuthParameters={"USERNAME": nora.username, "PASSWORD": nora.password},
    )
    said = _advice(walker.open("/activity/"))["password right"]
    assert said.startswith("The password was right.")


def test_what_is_said_to_be_a_strangers_needs_no_advice(walker: Walker, plus: People):
    nora = plus.make(app=True, on=(APP,))
    walker.sign_in(nora)
    _wrong_second_step(plus, nora)
    (event, *_) = people.each_auth_event(nora.username)
    people.tell_of_event(nora.username, event.id, was_me=False)
    assert _advice(walker.open("/activity/"))["password right, second step wrong"] == ""

"""The guards of the helpdesk, and what each guard tells a program."""

import json
from typing import Any

import pytest
from django.http import Http404, HttpRequest, HttpResponse

from accounts import guards, sessions
from accounts.guards import ReauthenticationNeeded
from tests.unit.mint import Mint
from tests.unit.persons import sign_in

JSON = {"headers": {"accept": "application/json"}}
AGENTS = "desk"


def page(request: Any) -> HttpResponse:
    return HttpResponse(request.person.kind)


ANYBODYS = guards.in_session(page)
OPERATORS = guards.operator_only(page)
ACT = guards.operator_only(guards.recently_authenticated(page))
OWN = guards.signed_in(page)
CHANGE = guards.signed_in(guards.recently_authenticated(page))


@pytest.fixture(autouse=True)
def helpdesk(settings: Any) -> None:
    settings.HELPDESK = True
    settings.ROLE_GROUPS = {"agent": AGENTS}


def operator(request: HttpRequest, mint: Mint, *, ago: int = 0, group: str = AGENTS) -> HttpRequest:
    proved = int(mint.claims()["iat"] - ago)
    sign_in(request, mint, auth_time=proved, **{"cognito:groups": [group]})
    sessions.become_operator(request)
    return request


def error(answer: Any) -> tuple[int, str, str]:
    said = json.loads(answer.content)["error"]
    return answer.status_code, said["code"], said["message"]


def test_an_operator_at_work_is_let_in(ask: Any, mint: Mint):
    """(HLP-01) and nothing of it is kept by a browser (WEB-07)."""
    answer = OPERATORS(operator(ask(), mint))
    assert answer.content == b"re-authenticated operator"
    assert "no-store" in answer["Cache-Control"]
    assert OPERATORS(operator(ask(), mint, ago=301)).content == b"operator"
    assert ACT(operator(ask(), mint)).status_code == 200


def test_whoever_is_no_operator_is_shown_the_way_in(ask: Any, mint: Mint):
    """(HLP-01, SES-13) an ordinary session, be it fresh, and one whose role is gone."""
    ordinary = sign_in(ask(path="/helpdesk/"), mint, **{"cognito:groups": [AGENTS]})
    assert OPERATORS(ordinary)["Location"] == "/helpdesk/enter/?next=%2Fhelpdesk%2F"
    former = operator(ask(path="/helpdesk/"), mint, group="somebody")
    assert OPERATORS(former)["Location"].startswith("/helpdesk/enter/")
    assert OPERATORS(ask(path="/helpdesk/"))["Location"] == "/sign-in/?next=%2Fhelpdesk%2F"


def test_where_there_is_no_helpdesk_nobody_gets_in(ask: Any, mint: Mint, settings: Any):
    """(AUZ-09)"""
    request = operator(ask(), mint)
    settings.HELPDESK = False
    with pytest.raises(Http404):
        OPERATORS(request)


def test_an_act_of_an_operator_needs_a_fresh_proof(ask: Any, mint: Mint):
    """(HLP-01, REA-01)"""
    late = operator(ask(path="/helpdesk/"), mint, ago=301)
    assert ACT(late)["Location"] == "/confirm/?next=%2Fhelpdesk%2F"
    with pytest.raises(ReauthenticationNeeded):
        guards.require_recent_operator(sessions.person_of(late))  # type: ignore[arg-type]
    fresh = operator(ask(), mint)
    guards.require_recent_operator(sessions.person_of(fresh))  # type: ignore[arg-type]
    with pytest.raises(ReauthenticationNeeded):
        # The same proof is none for their own account (SES-13).
        guards.require_recent(sessions.person_of(fresh))  # type: ignore[arg-type]


def test_an_operator_at_work_opens_no_page_of_their_own(ask: Any, mint: Mint):
    """(SES-13)"""
    answer = OWN(operator(ask(path="/preference/"), mint))
    assert answer["Location"] == "/helpdesk/leave/?next=%2Fpreference%2F"
    told = OWN(operator(ask("get", "/preference/", **JSON), mint))
    assert error(told) == (403, "FORBIDDEN", "Leave the helpdesk first.")


def test_what_a_session_itself_needs_is_open_to_both(ask: Any, mint: Mint):
    """(SES-13) and to nobody else; never kept by a browser."""
    assert ANYBODYS(operator(ask(), mint)).content == b"re-authenticated operator"
    own = ANYBODYS(sign_in(ask(), mint))
    assert own.content == b"re-authenticated"
    assert "no-store" in own["Cache-Control"]
    assert ANYBODYS(ask())["Location"] == "/sign-in/"


def test_a_program_is_told_what_is_missing(ask: Any, mint: Mint):
    """(REA-02, AUZ-01) in the envelope, by the codes of docs/api.md."""
    assert error(OWN(ask("get", "/", **JSON))) == (401, "UNAUTHENTICATED", "Sign in first.")
    late = sign_in(ask("get", "/", **JSON), mint, auth_time=int(mint.claims()["iat"] - 301))
    assert error(CHANGE(late)) == (
        403,
        "REAUTHENTICATION_REQUIRED",
        "Changes need a sign-in that is not older than five minutes.",
    )


def test_each_guard_writes_its_name_on_the_view():
    """(AUZ-01) which the test of the URL map reads."""
    assert ANYBODYS.guards == ("in_session",)  # type: ignore[attr-defined]
    assert ACT.guards == ("recently_authenticated", "operator_only")  # type: ignore[attr-defined]

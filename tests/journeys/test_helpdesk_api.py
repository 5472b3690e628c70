"""The helpdesk for programs: an operator's token, and the rules and records of the pages."""

import re
from typing import Any

import pytest

from accounts import bearer
from accounts.envelope import instant
from accounts.models import AuditRecord, Case, Recovery, RecoveryPass
from accounts.roles import RANK, Role
from portal.helpdesk import words
from portal.helpdesk.matrix import RULES, Act, Operator, Target, Tier, Why, refusals
from portal.helpdesk.menu import LISTED
from portal.helpdesk.models import CallerCheck
from tests.clock import Clock
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.desk import operator, proved, sub_of
from tests.journeys.helpdesk_steps import code_in, shown, wrong
from tests.journeys.program import Program, program_of
from tests.journeys.steps import ALL, APP, EMAIL, SMS, notices
from tests.journeys.test_api_document import fits
from tests.journeys.way_back import (
    LINK,
    at_the_question,
    ella_with_codes,
    set_up_app,
    use_code,
)
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("helpdesk")
DESK = "/api/v1/helpdesk"
CALLS = "/api/v1/calls"
SUITE = "https://tickets.example.com"
TICKET = "INC-4711"
ORDER = {"reason": "Lost phone", "more": "Fell into a lake", "ticket": TICKET}
NOW = {"if-match": "*"}


@pytest.fixture
def desk(pool: People, settings: Any) -> People:
    settings.HELPDESK_API_CLIENTS = frozenset({pool.client_id()})
    return pool


def _error(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def _data(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 200, answer.content
    return dict(answer.json()["data"])


def _ella(pool: People, *groups: str) -> tuple[Somebody, str]:
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    for group in groups:
        pool.join(ella, group)
    return ella, f"{DESK}/people/{sub_of(pool, ella)}"


def _at_work(pool: People, role: str = "agent") -> tuple[Somebody, Program]:
    somebody = operator(pool, role)
    return somebody, program_of(pool, somebody)


# --- who gets in ------------------------------------------------------------------------------


def test_the_desk_has_a_list_of_clients_of_its_own(desk: People, settings: Any):
    """(TOK-01, AUZ-01) neither list opens what the other one is for."""
    _, program = _at_work(desk)
    assert _data(program.ask("GET", f"{DESK}/cases")) == {"cases": []}
    assert _error(program.ask("GET", "/api/v1/mfa")) == (401, "UNAUTHENTICATED")
    settings.API_CLIENTS, settings.HELPDESK_API_CLIENTS = settings.HELPDESK_API_CLIENTS, frozenset()
    assert _error(program.ask("GET", f"{DESK}/cases")) == (401, "UNAUTHENTICATED")
    assert program.ask("GET", "/api/v1/mfa").status_code == 200


def test_the_session_of_an_operator_is_no_token(desk: People, walker: Walker):
    """(SES-13, WEB-08) what a browser adds by itself opens nothing here."""
    walker.sign_in(operator(desk))
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    assert walker.json("GET", f"{DESK}/cases").status_code == 401


@pytest.mark.parametrize(("origin", "may"), [(SUITE, True), (f"{SUITE}.evil.example", False)])
def test_a_page_of_a_listed_origin_calls_with_a_token(
    desk: People, settings: Any, origin: str, may: bool
):
    """(WEB-09) and no other page does, whatever token it has; no cookie comes along."""
    settings.API_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [SUITE]
    _, program = _at_work(desk)
    headers = {"origin": origin, "sec-fetch-site": "cross-site"}
    answer = program.ask("GET", f"{DESK}/cases", **headers)
    assert (answer.status_code == 200) is may
    assert answer.get("Access-Control-Allow-Origin") == (SUITE if may else None)
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_role_and_a_second_step_are_needed(desk: People, settings: Any):
    """(HLP-01) as far as the pool can show it; and the helpdesk must be on."""
    nobody = program_of(desk, desk.make(app=True, on=(APP,))).ask("GET", f"{DESK}/cases")
    assert _error(nobody) == (403, "FORBIDDEN")
    assert nobody.json()["error"]["details"] == {"missing": "role"}
    plain = desk.make()
    desk.join(plain, ROLE_GROUPS["agent"])
    program = program_of(desk, plain)
    refused = program.ask("GET", f"{DESK}/cases")
    assert refused.json()["error"]["details"] == {"missing": "second_step"}
    rows = AuditRecord.objects.filter(event="guard_refused").values_list("detail__what", flat=True)
    assert {"helpdesk role", "helpdesk second_step"} <= set(rows)
    settings.HELPDESK = False
    assert program.ask("GET", f"{DESK}/cases").status_code == 404


def test_an_act_needs_a_fresh_proof_and_a_role_of_this_moment(desk: People, clock: Clock):
    """(HLP-01, HLP-06, REA-01)"""
    agent, program = _at_work(desk)
    _, path = _ella(desk)
    desk.admin.admin_remove_user_from_group(
        UserPoolId=desk.pool_id, Username=agent.username, GroupName=ROLE_GROUPS["agent"]
    )
    refused = program.ask("POST", f"{path}/acts/end_sessions", ORDER, **NOW)
    # Without a role one reaches nobody.
    assert _error(refused) == (404, "NOT_FOUND")
    clock.forward(minutes=5, seconds=1)
    for verb, tail, body in (
        ("POST", "acts/end_sessions", ORDER),
        ("POST", "check", {"ticket": TICKET}),
        ("DELETE", "check", None),
    ):
        late = program.ask(verb, f"{path}/{tail}", body, **NOW)
        assert _error(late) == (403, "REAUTHENTICATION_REQUIRED"), tail
    assert not AuditRecord.objects.filter(event="helpdesk_end_sessions").exists()


# --- the matrix -------------------------------------------------------------------------------

WHOLE = {**ORDER, "method": SMS, "channel": "email", "value": "new@example.com", "code": "ACDEFHJK"}


def _expected(act: Act, role: Role, tier: Tier) -> tuple[Why, ...]:
    found = refusals(act, Operator("me", frozenset({role})), Target("other", tier))
    # Whoever may not even look is stopped at the door.
    may_look = not refusals(Act.LOOK, Operator("me", frozenset({role})), Target("other", tier))
    return found if may_look else (Why.ROLE,)


@pytest.mark.parametrize("tier", list(Tier))
@pytest.mark.parametrize("role", list(Role))
def test_every_act_is_refused_to_programs_as_the_matrix_says(desk: People, role: Role, tier: Tier):
    """(HLP-02, HLP-04, HLP-06) act x role, by JSON alone, nobody being checked or agreed to."""
    _, program = _at_work(desk, role.value)
    ella, path = _ella(desk, *(["directors"] if tier is Tier.PRIVILEGED else []))
    for act in LISTED:
        whys = _expected(act, role, tier)
        if not whys:
            continue
        answer = program.ask("POST", f"{path}/acts/{act}", WHOLE, **NOW)
        assert _error(answer) == (403, "NOT_ALLOWED"), act
        told = [each["reason"] for each in answer.json()["error"]["details"]["why"]]
        assert told == [why.value for why in whys], act
    assert desk.on(ella) == set(ALL)
    assert not AuditRecord.objects.filter(event__startswith="helpdesk_", outcome="intended")


@pytest.mark.parametrize("role", [Role.AGENT, Role.SENIOR])
def test_what_the_matrix_allows_is_done(desk: People, role: Role):
    """(HLP-06) the other cells: what needs nobody on the phone is done, and recorded."""
    _, program = _at_work(desk, role.value)
    for act in (Act.END_SESSIONS, Act.FORGET_DEVICES, Act.TAKEOVER, Act.LEAVER, Act.DISABLE):
        if _expected(act, role, Tier.ORDINARY):
            continue
        _, path = _ella(desk)
        acts = {each["act"]: each for each in _data(program.ask("GET", path))["acts"]}
        assert acts[act.value]["against"] == []
        assert _data(program.ask("POST", f"{path}/acts/{act}", ORDER, **NOW))["act"] == act.value
    assert RANK[role] > 0


def test_an_account_says_what_stands_in_the_way(desk: People):
    """(HLP-10) masked, for this operator and this account; the look is recorded."""
    agent, program = _at_work(desk)
    ella, path = _ella(desk)
    answer = program.ask("GET", path)
    seen = _data(answer)
    assert (seen["preferred"], seen["privileged"]) == (APP, False)
    assert answer["ETag"] == f'"{seen["digest"]}"'
    for known in (ella.email, ella.phone):
        assert known not in answer.content.decode()
    acts = {each["act"]: each for each in seen["acts"]}
    assert acts["remove_app"] == {
        "act": "remove_app",
        "title": words.ACT[Act.REMOVE_APP],
        "against": ["check"],
        "roles": ["agent", "senior"],
        "check": "strong",
        "approval": False,
    }
    look = AuditRecord.objects.get(event="helpdesk_looked")
    assert (look.actor, look.sub) == (sub_of(desk, agent), sub_of(desk, ella))
    for part, kept in (("devices", "devices"), ("sessions", "sessions"), ("history", "lines")):
        assert kept in _data(program.ask("GET", f"{path}/{part}"))


def test_what_is_left_for_the_way_back_is_counted_and_never_shown(
    desk: People, walker: Walker, settings: Any
):
    """(HLP-03, REC-02) how many codes, and since when somebody is on the way back; no value."""
    settings.RECOVERY = True
    ella, codes = ella_with_codes(desk)
    _, program = _at_work(desk)
    path = f"{DESK}/people/{sub_of(desk, ella)}"
    seen = _data(program.ask("GET", path))
    assert (seen["recovery_codes_left"], seen["way_back"]) == (len(codes), None)
    use_code(walker, ella, codes[0])
    answer = program.ask("GET", path)
    seen = _data(answer)
    assert seen["recovery_codes_left"] == len(codes) - 1
    assert seen["way_back"] == {"begun_at": instant(Recovery.objects.get().begun_at)}
    assert not any(code in answer.content.decode() for code in codes)
    nobody = desk.make()
    other = _data(program.ask("GET", f"{DESK}/people/{sub_of(desk, nobody)}"))
    assert (other["recovery_codes_left"], other["way_back"]) == (None, None)


@pytest.mark.parametrize("role", [Role.VIEWER, Role.AGENT, Role.SENIOR])
def test_a_program_is_told_why_it_cannot(desk: People, walker: Walker, role: Role):
    """(HLP-06) the rows of the page, from the matrix, with what was proved counted in."""
    somebody, program = _at_work(desk, role.value)
    ella, path = _ella(desk, "directors")
    told = _data(program.ask("GET", f"{path}/why"))
    assert (told["roles"], told["privileged"], told["has_role"]) == ([role.value], True, False)
    me = Operator("me", frozenset({role}))
    for row in told["rules"]:
        whys = refusals(Act(row["act"]), me, Target("other", Tier.PRIVILEGED))
        assert [each["reason"] for each in row["against"]] == [why.value for why in whys]
    assert {row["act"] for row in told["rules"]} == {*RULES}
    walker.sign_in(somebody)
    walker.open("/helpdesk/enter/")
    walker.send("Enter the helpdesk")
    page = walker.open(f"/helpdesk/people/{sub_of(desk, ella)}/why/")
    shown_there = [row.get_text(" ", strip=True) for row in page.soup.select("tbody tr")]
    assert len(shown_there) == len(told["rules"])
    for row, line in zip(told["rules"], shown_there, strict=True):
        assert line.startswith(row["title"])
        assert all(each["explanation"] in line for each in row["against"])
        assert ("You can." in line) is not bool(row["against"])


def test_a_check_changes_what_stands_in_the_way(desk: People, settings: Any):
    """(HLP-02, AUZ-02) and nobody out of scope is told anything."""
    agent, program = _at_work(desk)
    ella, path = _ella(desk)

    def against() -> dict[str, list[str]]:
        rows = _data(program.ask("GET", f"{path}/why"))["rules"]
        return {row["act"]: [each["reason"] for each in row["against"]] for row in rows}

    assert against()["remove_app"] == ["check"]
    proved(desk, agent, ella)
    assert against()["remove_app"] == []
    settings.HELPDESK_SCOPES = {ROLE_GROUPS["agent"]: frozenset({"emea"})}
    assert _error(program.ask("GET", f"{path}/why")) == (404, "NOT_FOUND")


def test_somebody_out_of_reach_looks_like_nobody(desk: People, settings: Any):
    """(AUZ-02) and one's own account is nobody's case."""
    settings.HELPDESK_SCOPES = {ROLE_GROUPS["agent"]: frozenset({"emea"})}
    agent, program = _at_work(desk)
    _, path = _ella(desk)
    unknown = f"{DESK}/people/00000000-0000-4000-8000-000000000000"
    for each in (path, unknown):
        assert _error(program.ask("GET", each)) == (404, "NOT_FOUND")
        assert program.ask("GET", f"{each}/check").status_code == 404
    settings.HELPDESK_SCOPES = {}
    own = f"{DESK}/people/{sub_of(desk, agent)}"
    assert _error(program.ask("GET", own)) == (403, "NOT_ALLOWED")


# --- freeing a caller -------------------------------------------------------------------------


def test_an_agent_frees_a_caller_with_a_pass_by_json_alone(
    desk: People, sandbox: Sandbox, walker: Walker, settings: Any, deliver_notices: Any
):
    """(HLP-02, HLP-03, HLP-08, REC-01) find, check both ways, preview, act, and be freed."""
    settings.RECOVERY = True
    ella, path = _ella(desk)
    at_the_question(walker, ella)
    walker.open(walker.page.link(LINK))
    pairing = walker.send("Show the code for the helpdesk")
    pairing_code = pairing.soup.select(".key-text")[0].get_text()
    agent, program = _at_work(desk)
    found = _data(program.ask("POST", f"{DESK}/find", {"typed": ella.email}))["people"]
    assert [each["sub"] for each in found] == [sub_of(desk, ella)]
    assert ella.email not in str(found)
    begun = _data(program.ask("POST", f"{path}/check", {"ticket": TICKET}))
    other = Walker()
    other.open("/who-is-calling/")
    assert TICKET in other.send("Look it up", number=begun["number"]).text
    asked = _data(program.ask("POST", f"{path}/check/email/ask"))
    assert next(way["asked_until"] for way in asked["ways"] if way["way"] == "email")
    deliver_notices()
    code = code_in(sandbox, ella.email)
    bad = program.ask("POST", f"{path}/check/email/answer", {"said": wrong(code)})
    assert _error(bad) == (422, "NOT_PROVED")
    assert _data(program.ask("POST", f"{path}/check/email/answer", {"said": code}))["strength"] == (
        "channel"
    )
    preview = _data(program.ask("GET", f"{path}/acts/issue_pass"))
    assert (preview["needs"], preview["against"]) == (["code"], [])
    order = {**ORDER, "digest": preview["digest"]}
    nothing = program.ask("POST", f"{path}/acts/issue_pass", {**order, "code": "ACDEFHJK"})
    assert _error(nothing) == (422, "CODE_REJECTED")
    done = _data(program.ask("POST", f"{path}/acts/issue_pass", {**order, "code": pairing_code}))
    assert (done["outcome"], done["as_asked"]) == ("done", True)
    assert _data(program.ask("GET", f"{path}/done/{done['id']}")) == done
    rows = AuditRecord.objects.filter(event="helpdesk_issue_pass").order_by("number")
    assert [row.outcome for row in rows] == ["intended", "refused", "intended", "done"]
    assert {(row.actor, row.ticket) for row in rows} == {(sub_of(desk, agent), TICKET)}
    assert RecoveryPass.objects.get().issued_by == sub_of(desk, agent)
    walker.open(pairing.link("They have let me in"))
    walker.send("Remove the old methods", password=ella.password)
    ella.app = set_up_app(walker)
    assert desk.on(ella) == {APP}
    deliver_notices()
    assert "The helpdesk" in " ".join(notices(sandbox, ella))


def test_a_check_of_each_way_is_one_of_the_pages(desk: People, settings: Any, walker: Walker):
    """(HLP-02) a phrase by the person's own portal, in person, a vouch; and the end of it."""
    settings.VOUCHER_GROUPS = ["managers"]
    _, program = _at_work(desk)
    ella, path = _ella(desk)
    assert _error(program.ask("POST", f"{path}/check/phrase/ask")) == (409, "CHECK_OVER")
    nonsense = program.ask("POST", f"{path}/check", {"ticket": "nonsense!"})
    assert _error(nonsense) == (422, "VALIDATION_ERROR")
    program.ask("POST", f"{path}/check", {"ticket": TICKET})
    program.ask("POST", f"{path}/check/phrase/ask")
    walker.sign_in(ella)
    phrase = shown(walker.open("/helpdesk-check/"), "phrase")
    said = program.ask("POST", f"{path}/check/phrase/answer", {"said": phrase})
    assert _data(said)["strength"] == "strong"
    assert _data(program.ask("POST", f"{path}/check/vouch/ask"))["vouch_number"]
    for way, tail in (("vouch", "answer"), ("in_person", "ask"), ("horoscope", "ask")):
        answer = program.ask("POST", f"{path}/check/{way}/{tail}", {"said": "x"})
        assert answer.status_code == 404
    assert _data(program.ask("DELETE", f"{path}/check"))["strength"] == "none"
    program.ask("POST", f"{path}/check", {"ticket": TICKET})
    stood = {"document": "passport", "seen": True}
    assert _data(program.ask("POST", f"{path}/check/in-person", stood))["strength"] == "strong"
    assert _data(program.ask("DELETE", f"{path}/check"))["open"] is False
    assert not CallerCheck.objects.filter(closed_at__isnull=True).exists()


def test_an_app_shows_a_caller_who_helps_and_what_to_read_out(
    desk: People, settings: Any, monkeypatch: Any
):
    """(HLP-02) the phrase by their own token; none by a remembered device; and "it is not I"."""
    settings.API_CLIENTS = settings.HELPDESK_API_CLIENTS
    _, program = _at_work(desk)
    ella, path = _ella(desk)
    own = program_of(desk, ella)
    assert _data(own.ask("GET", CALLS)) == {"calls": []}
    number = _data(program.ask("POST", f"{path}/check", {"ticket": TICKET}))["number"]
    program.ask("POST", f"{path}/check/phrase/ask")
    (call,) = _data(own.ask("GET", CALLS))["calls"]
    assert (call["number"], call["ticket"], call["roles"]) == (number, TICKET, "agent")
    said = program.ask("POST", f"{path}/check/phrase/answer", {"said": call["phrase"]})
    assert _data(said)["strength"] == "strong"
    program.ask("POST", f"{path}/check/phrase/ask")
    with monkeypatch.context() as by_device:
        by_device.setattr(bearer, "came_by_device", lambda token: True)
        assert _data(own.ask("GET", CALLS))["calls"][0]["phrase"] == ""
    assert _data(own.ask("POST", f"{CALLS}/deny")) == {"ended": 1}
    assert _data(program.ask("GET", f"{path}/check"))["strength"] == "none"
    settings.HELPDESK = False
    assert own.ask("GET", CALLS).status_code == 404


# --- acts -------------------------------------------------------------------------------------


def test_the_same_order_twice_is_one_act(desk: People):
    """(RES-05)"""
    agent, program = _at_work(desk)
    ella, path = _ella(desk)
    proved(desk, agent, ella)
    key = {"idempotency-key": "order-of-ticket-4711", **NOW}
    order = {**ORDER, "method": APP}
    first, again = (program.ask("POST", f"{path}/acts/turn_off", order, **key) for _ in range(2))
    assert first.json() == again.json()
    assert again["Idempotent-Replayed"] == "true"
    assert desk.on(ella) == {SMS, EMAIL}
    assert AuditRecord.objects.filter(event="helpdesk_turn_off", outcome="done").count() == 1


def test_an_order_is_carried_out_on_what_was_read(desk: People):
    """(FAC-03) by digest or If-Match; none of both is no order; nothing else is sent on."""
    agent, program = _at_work(desk)
    ella, path = _ella(desk)
    proved(desk, agent, ella)
    preview = program.ask("GET", f"{path}/acts/prefer")
    assert [each["method"] for each in _data(preview)["previews"]] == [SMS, EMAIL, "each_time"]
    desk.prefer(ella, ALL, EMAIL)
    order = {**ORDER, "method": SMS}
    act = f"{path}/acts/prefer"
    assert _error(program.ask("POST", act, order)) == (428, "PRECONDITION_REQUIRED")
    stale = program.ask("POST", act, order, **{"if-match": preview["ETag"]})
    assert _error(stale) == (412, "STALE_STATE")
    old = {**order, "digest": preview.json()["data"]["digest"]}
    assert _error(program.ask("POST", act, old)) == (409, "STALE_STATE")
    for more in (
        {"more": ella.email},
        {"reason": "Because"},
        {"ticket": "?"},
        {"method": "PIGEON"},
    ):
        bad = program.ask("POST", act, {**order, **more}, **NOW)
        assert _error(bad) == (422, "VALIDATION_ERROR")
        assert [*bad.json()["error"]["details"]["fields"]] == [*more]
    assert program.ask("POST", f"{path}/acts/fly", order, **NOW).status_code == 404
    assert _data(program.ask("POST", act, order, **NOW))["now"]["first"] == "text message"
    assert desk.preferred(ella) == SMS


def test_what_an_account_does_not_allow_is_said(desk: People):
    """(FAC-01) as on the page: never the password alone."""
    agent, program = _at_work(desk)
    ravi = desk.make(app=True, on=(APP,))
    path = f"{DESK}/people/{sub_of(desk, ravi)}"
    proved(desk, agent, ravi)
    for answer in (
        program.ask("GET", f"{path}/acts/remove_app"),
        program.ask("POST", f"{path}/acts/remove_app", ORDER, **NOW),
    ):
        assert _error(answer) == (409, "NOT_POSSIBLE")
        assert "password alone" in answer.json()["error"]["details"]["explanation"]
    assert desk.on(ravi) == {APP}


def test_a_second_operator_agrees_by_json(desk: People):
    """(HLP-04) ask, see, agree, once; never to one's own."""
    agent, asking = _at_work(desk, "senior")
    _, agreeing = _at_work(desk, "senior")
    ella, path = _ella(desk, "directors")
    proved(desk, agent, ella)
    ask = {"act": "turn_off", "reason": "Lost phone", "ticket": TICKET}
    order = {**ORDER, "method": SMS}
    refused = asking.ask("POST", f"{path}/acts/turn_off", order, **NOW)
    assert refused.json()["error"]["details"]["why"][0]["reason"] == "approval"
    other = {**ask, "act": "end_sessions"}
    assert _error(asking.ask("POST", f"{path}/approvals", other)) == (409, "NOT_NEEDED")
    for about_no_account in (Act.LOOK, Act.CHECK_CALLER, Act.CLOSE_CASE, Act.APPROVE):
        other = {**ask, "act": about_no_account}
        for tail in ("approvals", "break-glass"):
            assert _error(asking.ask("POST", f"{path}/{tail}", other)) == (409, "NOT_NEEDED")
    general = asking.ask("POST", f"{path}/approvals", {**ask, "act": "find"})
    assert _error(general) == (422, "VALIDATION_ERROR")
    asked = _data(asking.ask("POST", f"{path}/approvals", ask))
    decide = f"{DESK}/approvals/{asked['id']}/decide"
    assert _error(asking.ask("POST", decide, {"decision": "grant"})) == (403, "NOT_ALLOWED")
    wordless = agreeing.ask("POST", decide, {"decision": "refuse"})
    assert _error(wordless) == (422, "VALIDATION_ERROR")
    (waiting,) = _data(agreeing.ask("GET", f"{DESK}/approvals"))["waiting"]
    assert (waiting["id"], waiting["proved_by"]) == (
        asked["id"],
        ["in person, with a document"],
    )
    assert ella.email not in str(waiting)
    assert _data(agreeing.ask("POST", decide, {"decision": "grant"}))["state"] == "granted"
    assert _error(agreeing.ask("POST", decide, {"decision": "grant"})) == (409, "DECIDED")
    assert _data(asking.ask("POST", f"{path}/acts/turn_off", order, **NOW))["outcome"] == "done"
    assert desk.on(ella) == {APP, EMAIL}
    again = asking.ask("POST", f"{path}/acts/turn_off", {**order, "method": APP}, **NOW)
    assert _error(again) == (403, "NOT_ALLOWED")
    later = _data(asking.ask("POST", f"{path}/approvals", ask))["id"]
    assert agreeing.ask("DELETE", f"{DESK}/approvals/{later}").status_code == 404
    assert _data(asking.ask("DELETE", f"{DESK}/approvals/{later}")) == {"done": True}
    glass = _data(asking.ask("POST", f"{path}/break-glass", ask))
    assert (glass["state"], glass["broke_glass"]) == ("granted", True)
    assert Case.objects.filter(kind="alarm").exists()


def test_a_situation_of_several_steps_and_its_case(desk: People):
    """(RES-06) begun, reported, its case closed; a number revealed once."""
    agent, program = _at_work(desk)
    ella, path = _ella(desk)
    proved(desk, agent, ella)
    begun = _data(program.ask("POST", f"{path}/acts/lost_phone", ORDER, **NOW))
    states = {each["step"]: each["state"] for each in begun["steps"]}
    assert states == {
        "open_case": "done",
        "end_sessions": "done",
        "forget_devices": "done",
        "issue_pass": "open",
    }
    assert _data(program.ask("GET", f"{path}/steps/{begun['id']}")) == begun
    assert _data(program.ask("GET", f"{path}/acts/lost_phone"))["begun"] == begun["id"]
    assert program.ask("GET", f"{path}/steps/{sub_of(desk, ella)}").status_code == 404
    assert program.ask("GET", f"{path}/done/{sub_of(desk, ella)}").status_code == 404
    (case,) = _data(program.ask("GET", f"{DESK}/cases"))["cases"]
    close = f"{DESK}/cases/{case['number']}/close"
    bad = program.ask("POST", close, {"closing": f"wrote to {ella.email}"})
    assert _error(bad) == (422, "VALIDATION_ERROR")
    assert _data(program.ask("POST", close, {"closing": "Freed."})) == {"done": True}
    assert program.ask("POST", close, {"closing": "Freed."}).status_code == 404
    key = {"idempotency-key": "show-me-once", **NOW}
    wanted = {**ORDER, "channel": "email"}
    revealed = program.ask("POST", f"{path}/reveal", wanted, **key)
    assert _data(revealed) == {"value": ella.email}
    again = program.ask("POST", f"{path}/reveal", wanted, **key)
    assert _error(again) == (409, "ANSWER_NOT_KEPT")


@pytest.mark.parametrize("kind", ["throttle", "reset"])
def test_a_situation_that_is_cut_says_what_was_done(desk: People, sandbox: Sandbox, kind: str):
    """(AUZ-07, RES-01, RES-06) the steps of the report; by the same key and order it goes on."""
    senior, program = _at_work(desk, "senior")
    ella, path = _ella(desk)
    proved(desk, senior, ella)
    once = {"idempotency-key": "close-it-once", **NOW}
    with sandbox.trouble("AdminUserGlobalSignOut", kind):
        cut = program.ask("POST", f"{path}/acts/leaver", ORDER, **once)
    assert _error(cut) == (504, "COGNITO_UNREACHABLE")
    assert cut["Retry-After"]
    fits("helpdesk_acts_perform", 504, cut.json())
    error = cut.json()["error"]
    assert "Nothing was changed" not in error["message"]
    assert error["details"]["operation"] == "AdminUserGlobalSignOut"
    begun = error["details"]["compound"]
    assert [(each["step"], each["state"]) for each in begun["steps"]] == [
        ("disable", "done"),
        ("end_sessions", "open"),
        ("forget_devices", "open"),
        ("revoke_passes", "open"),
    ]
    assert begun["finished_at"] is None
    assert _data(program.ask("GET", f"{path}/steps/{begun['id']}")) == begun
    assert desk.look(ella)["Enabled"] is False
    done = _data(program.ask("POST", f"{path}/acts/leaver", ORDER, **once))
    assert (done["id"], {each["state"] for each in done["steps"]}) == (begun["id"], {"done"})


def test_auditors_read_the_audit_by_json(desk: People):
    """(AUD-01, HLP-06) and nobody else; that they read is a row itself."""
    _, agent = _at_work(desk)
    _, auditor = _at_work(desk, "auditor")
    _, path = _ella(desk)
    agent.ask("POST", f"{path}/acts/end_sessions", ORDER, **NOW)
    assert _error(agent.ask("GET", f"{DESK}/audit")) == (403, "NOT_ALLOWED")
    assert _error(auditor.ask("GET", path)) == (403, "NOT_ALLOWED")
    rows = _data(auditor.ask("GET", f"{DESK}/audit?ticket={TICKET}"))["records"]
    assert [row["outcome"] for row in rows] == ["done", "intended"]
    whole = _data(auditor.ask("GET", f"{DESK}/audit/{rows[0]['id']}"))
    assert [row["id"] for row in whole["records"]] == [rows[1]["id"], rows[0]["id"]]
    assert whole["findings"] == []
    assert AuditRecord.objects.filter(event="audit_read").count() == 2
    bad = auditor.ask("GET", f"{DESK}/audit?since=yesterday")
    assert _error(bad) == (422, "VALIDATION_ERROR")
    nothing = f"{DESK}/audit/00000000-0000-4000-8000-000000000000"
    assert auditor.ask("GET", nothing).status_code == 404
    assert re.fullmatch(r"[0-9a-f]{64}", rows[0]["hash"])

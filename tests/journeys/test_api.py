"""The JSON room: the same as the pages, in one envelope."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.steps import (
    ALL,
    APP,
    EMAIL,
    SMS,
    calls_counted,
    enrol_app,
    notices,
)
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Walker

READ, SAVE = "/api/v1/mfa", "/api/v1/mfa/preference"
REFUSED = {"code": "VALIDATION_ERROR", "message": "Invalid request parameters"}


def _ella(walker: Walker, pool: People) -> tuple[Somebody, dict[str, Any]]:
    """Somebody with everything, signed in, and what the room says of them."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    return ella, walker.json("GET", READ).json()["data"]


def _wanted(seen: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {
        "activated": seen["activated"],
        "preferred": seen["preferred"],
        "digest": seen["digest"],
        **changed,
    }


def _error(response: Any) -> tuple[int, str]:
    answer = response.json()
    assert set(answer) == {"success", "error"}
    assert answer["success"] is False
    assert set(answer["error"]) <= {"code", "message", "details"}
    return response.status_code, answer["error"]["code"]


# --- reading ----------------------------------------------------------------------------------


def test_reading_says_all_that_the_overview_says(walker: Walker, pool: People):
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    response = walker.json("GET", READ)
    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert "no-store" in response["Cache-Control"]
    answer = response.json()
    digest = answer["data"].pop("digest")
    assert digest.startswith("SOFTWARE_TOKEN_MFA,SMS_MFA,EMAIL_OTP;SOFTWARE_TOKEN_MFA;")
    assert answer == {
        "success": True,
        "data": {
            "activated": [APP, SMS, EMAIL],
            "preferred": APP,
            "effective": [APP, SMS, EMAIL],
            "next_challenge": {"kind": "one", "factors": [APP]},
            "methods": [
                {"factor": APP, "state": "preferred", "destination": None, "added_at": None},
                {
                    "factor": SMS,
                    "state": "on",
                    "destination": f"•••\u00a0{ella.phone[-4:]}",
                    "added_at": None,
                },
                {"factor": EMAIL, "state": "on", "destination": "p•••@e•••", "added_at": None},
            ],
        },
    }


def test_reading_costs_one_call(walker: Walker, pool: People, sandbox: Sandbox):
    _ella(walker, pool)
    with calls_counted(sandbox) as calls:
        walker.json("GET", READ)
    assert calls == {"GetUser": 1}


def test_what_was_added_here_has_its_time(walker: Walker, pool: People):
    walker.sign_in(pool.make())
    enrol_app(walker)
    method = walker.json("GET", READ).json()["data"]["methods"][0]
    added = datetime.strptime(method["added_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    assert abs((datetime.now(UTC) - added).total_seconds()) < 60


def test_reading_without_a_sign_in(walker: Walker, pool: People):
    assert _error(walker.json("GET", READ)) == (401, "UNAUTHENTICATED")


def test_reading_after_a_session_has_ended(walker: Walker, pool: People, clock: Clock):
    """(SES-03)"""
    _ella(walker, pool)
    clock.forward(minutes=16)
    assert _error(walker.json("GET", READ)) == (401, "UNAUTHENTICATED")


def test_reading_for_somebody_disabled(walker: Walker, pool: People):
    """(TOK-09)"""
    ella, _ = _ella(walker, pool)
    pool.admin.admin_disable_user(UserPoolId=pool.pool_id, Username=ella.username)
    assert _error(walker.json("GET", READ)) == (401, "UNAUTHENTICATED")


# --- saving -----------------------------------------------------------------------------------


def test_saving_answers_with_a_receipt(walker: Walker, pool: People):
    """`success`, `data.id` and `data.created_at` hold literally; the id is an audit record's."""
    ella, seen = _ella(walker, pool)
    response = walker.json("PUT", SAVE, _wanted(seen, activated=[APP, SMS], preferred=SMS))
    answer = response.json()
    assert (response.status_code, answer["success"]) == (200, True)
    row = AuditRecord.objects.get(pk=answer["data"]["id"])
    assert (row.event, row.outcome) == ("preference_changed", "intended")
    assert answer["data"]["created_at"] == row.created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert answer["data"]["changed"] is True
    assert answer["data"]["activated"] == [APP, SMS]
    assert answer["data"]["next_challenge"] == {"kind": "one", "factors": [SMS]}
    assert (pool.on(ella), pool.preferred(ella)) == ({APP, SMS}, SMS)


def test_the_token_for_a_change_comes_with_the_reading(walker: Walker, pool: People):
    """A script needs no page: GET gives the token, PUT sends it back."""
    ella, seen = _ella(walker, pool)
    token = walker.json("GET", READ)["X-CSRFToken"]
    response = walker.client.put(
        SAVE,
        _wanted(seen, preferred=EMAIL),
        content_type="application/json",
        headers={"x-csrftoken": token},
    )
    assert response.status_code == 200
    assert pool.preferred(ella) == EMAIL


def test_ask_me_each_time_is_null(walker: Walker, pool: People):
    ella, seen = _ella(walker, pool)
    data = walker.json("PUT", SAVE, _wanted(seen, preferred=None)).json()["data"]
    assert data["next_challenge"] == {"kind": "choice", "factors": [APP, SMS, EMAIL]}
    assert pool.preferred(ella) is None


def test_saving_what_is_already_so(walker: Walker, pool: People, sandbox: Sandbox):
    _, seen = _ella(walker, pool)
    with calls_counted(sandbox) as calls:
        data = walker.json("PUT", SAVE, _wanted(seen)).json()["data"]
    assert data["changed"] is False
    assert calls == {"GetUser": 2}
    assert AuditRecord.objects.get(pk=data["id"]).event == "preference_kept"


def test_the_member_twice_is_one_member(walker: Walker, pool: People):
    ella, seen = _ella(walker, pool)
    response = walker.json("PUT", SAVE, _wanted(seen, activated=[APP, APP, SMS]))
    assert response.status_code == 200
    assert pool.on(ella) == {APP, SMS}


def test_a_saved_preference_is_announced(
    walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(NOT-01)"""
    ella, seen = _ella(walker, pool)
    walker.json("PUT", SAVE, _wanted(seen, preferred=SMS))
    deliver_notices()
    assert len(notices(sandbox, ella)) == 1


# --- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    ["", "{", "no json", "[" * 5000, '{"activated": [', "\x00", '{"a": NaN'],
    ids=["empty", "cut", "words", "deep", "open", "nul", "nan"],
)
def test_a_body_that_is_no_json(walker: Walker, pool: People, body: str):
    """(INP-06)"""
    ella, _ = _ella(walker, pool)
    response = walker.json("PUT", SAVE, body)
    status, code = _error(response)
    assert status in {400, 422}
    assert code == "VALIDATION_ERROR"
    assert response.json()["error"]["message"] == REFUSED["message"]
    assert pool.preferred(ella) == APP


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"activated": "SMS_MFA"}, "activated"),
        ({"activated": None}, "activated"),
        ({"activated": {}}, "activated"),
        ({"activated": [1]}, "activated.0"),
        ({"activated": ["PIGEON"]}, "activated.0"),
        ({"activated": ["sms_mfa"]}, "activated.0"),
        ({"activated": [APP, SMS, EMAIL, APP]}, "activated"),
        ({"preferred": "PIGEON"}, "preferred"),
        ({"preferred": [APP, SMS]}, "preferred"),
        ({"preferred": ""}, "preferred"),
        ({"digest": 7}, "digest"),
        ({"digest": "x" * 129}, "digest"),
        ({"surplus": True}, "surplus"),
    ],
)
def test_a_member_that_cannot_be(
    walker: Walker, pool: People, sandbox: Sandbox, changed: dict[str, Any], field: str
):
    """The envelope of the published example, and which member it was."""
    ella, seen = _ella(walker, pool)
    with calls_counted(sandbox) as calls:
        response = walker.json("PUT", SAVE, _wanted(seen, **changed))
    assert response.status_code == 422
    error = response.json()["error"]
    fields = error.pop("details")["fields"]
    assert error == REFUSED
    assert [name.rpartition("wanted.")[2] for name in fields] == [field]
    assert "SetUserMFAPreference" not in calls
    assert (pool.on(ella), pool.preferred(ella)) == (set(ALL), APP)


def test_a_change_is_decided_on_something(walker: Walker, pool: People):
    """(FAC-03) neither a digest nor If-Match: nothing is overwritten unseen."""
    ella, seen = _ella(walker, pool)
    response = walker.json("PUT", SAVE, _wanted(seen, digest=None, preferred=SMS))
    assert _error(response) == (428, "PRECONDITION_REQUIRED")
    assert pool.preferred(ella) == APP


@pytest.mark.parametrize("body", [[], "text", 7, None, {}])
def test_a_body_of_another_kind(walker: Walker, pool: People, body: Any):
    ella, _ = _ella(walker, pool)
    response = walker.json("PUT", SAVE, json.dumps(body))
    assert _error(response) == (422, "VALIDATION_ERROR")
    assert pool.preferred(ella) == APP


@pytest.mark.parametrize(
    ("state", "wanted", "reason", "factor"),
    [
        ({"app": True, "on": (APP,)}, {"preferred": SMS}, "preferred_is_off", SMS),
        ({"app": True, "on": (APP,)}, {"activated": [APP, SMS]}, "not_enrolled", SMS),
        (
            {"app": True, "on": (APP,), "phone": True, "phone_verified": False},
            {"activated": [APP, SMS]},
            "not_enrolled",
            SMS,
        ),
    ],
)
def test_a_preference_that_cannot_be(
    walker: Walker,
    pool: People,
    state: dict[str, Any],
    wanted: dict[str, Any],
    reason: str,
    factor: str,
):
    """(FAC-05) what was asked is understood, and cannot be: which reason, about which factor."""
    somebody = pool.make(**state)
    walker.sign_in(somebody)
    seen = walker.json("GET", READ).json()["data"]
    response = walker.json("PUT", SAVE, _wanted(seen, **wanted))
    assert response.status_code == 422
    error = response.json()["error"]
    details = error.pop("details")
    assert error == REFUSED
    assert (details["reason"], details["factor"]) == (reason, factor)
    assert details["explanation"].endswith(".")
    assert pool.on(somebody) == {APP}


def test_what_the_pool_asks_of_everybody_stays_on(walker: Walker, required_pool: People):
    """(FAC-01)"""
    ravi = required_pool.make(app=True)
    walker.sign_in(ravi)
    seen = walker.json("GET", READ).json()["data"]
    response = walker.json("PUT", SAVE, _wanted(seen, activated=[]))
    assert response.status_code == 422
    assert response.json()["error"]["details"]["reason"] == "last_factor"


def test_a_channel_that_resets_the_password_cannot_be_a_factor(
    walker: Walker, required_pool: People
):
    """(contract 4.5)"""
    ravi = required_pool.make(app=True)
    walker.sign_in(ravi)
    seen = walker.json("GET", READ).json()["data"]
    response = walker.json("PUT", SAVE, _wanted(seen, activated=[APP, EMAIL]))
    assert response.json()["error"]["details"]["reason"] == "not_usable"


def test_what_the_operator_withholds_is_not_offered(walker: Walker, pool: People, settings: Any):
    """(FAC-06)"""
    settings.OFFER_SMS = False
    tom = pool.make(app=True, on=(APP,), phone=True)
    walker.sign_in(tom)
    seen = walker.json("GET", READ).json()["data"]
    response = walker.json("PUT", SAVE, _wanted(seen, activated=[APP, SMS]))
    assert response.json()["error"]["details"]["reason"] == "not_offered"
    assert pool.on(tom) == {APP}


def test_an_old_digest_overwrites_nothing(walker: Walker, pool: People, sandbox: Sandbox):
    ella, seen = _ella(walker, pool)
    pool.prefer(ella, (EMAIL,), EMAIL)
    with calls_counted(sandbox) as calls:
        response = walker.json("PUT", SAVE, _wanted(seen, preferred=SMS))
    assert _error(response) == (409, "STALE_STATE")
    assert response.json()["error"]["details"] == {"changes": ["E-mail is now asked first."]}
    assert calls == {"GetUser": 1}
    assert pool.preferred(ella) == EMAIL


# --- guards -----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", ["", "x" * 64])
def test_a_change_needs_its_token(walker: Walker, pool: People, token: str):
    """(WEB-08)"""
    ella, seen = _ella(walker, pool)
    response = walker.client.put(
        SAVE,
        _wanted(seen, preferred=SMS),
        content_type="application/json",
        headers={"x-csrftoken": token} if token else {},
    )
    assert _error(response) == (403, "CSRF_FAILED")
    assert pool.preferred(ella) == APP


def test_a_change_needs_a_sign_in(walker: Walker, pool: People):
    walker.open("/sign-in/")
    body = {"activated": [], "preferred": None, "digest": ";;"}
    assert _error(walker.json("PUT", SAVE, body)) == (401, "UNAUTHENTICATED")


def test_a_change_needs_a_fresh_proof(walker: Walker, pool: People, clock: Clock):
    """(REA-01, REA-02)"""
    ella, seen = _ella(walker, pool)
    clock.forward(minutes=5, seconds=1)
    response = walker.json("PUT", SAVE, _wanted(seen, preferred=SMS))
    assert _error(response) == (403, "REAUTHENTICATION_REQUIRED")
    assert pool.preferred(ella) == APP


def test_too_large_a_body(walker: Walker, pool: People):
    """(INP-04)"""
    _, seen = _ella(walker, pool)
    response = walker.json("PUT", SAVE, _wanted(seen, digest="x" * 70_000))
    assert _error(response) == (413, "REQUEST_TOO_LARGE")


@pytest.mark.parametrize(
    ("url", "method", "allowed"),
    [
        *((READ, method, "GET") for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")),
        *((SAVE, method, "PUT") for method in ("GET", "POST", "PATCH", "DELETE", "OPTIONS")),
    ],
)
def test_a_wrong_method(walker: Walker, pool: People, url: str, method: str, allowed: str):
    _ella(walker, pool)
    response = walker.json(method, url, {})
    assert _error(response) == (405, "METHOD_NOT_ALLOWED")
    assert response["Allow"] == allowed


@pytest.mark.parametrize("path", ["", "nothing", "mfa/", "mfa/preference/1"])
def test_nothing_there(walker: Walker, pool: People, path: str):
    _ella(walker, pool)
    assert _error(walker.json("GET", f"/api/v1/{path}")) == (404, "NOT_FOUND")


# --- trouble ----------------------------------------------------------------------------------

TROUBLES: list[Any] = [
    ("throttle", {}, 503, "TRY_LATER"),
    ("reset", {}, 504, "COGNITO_UNREACHABLE"),
    ("error", {}, 504, "COGNITO_UNREACHABLE"),
    ("error", {"code": "SomethingNewException"}, 502, "COGNITO_REFUSED"),
    ("error", {"code": "AccessDeniedException"}, 502, "COGNITO_REFUSED"),
    ("error", {"code": "LimitExceededException"}, 429, "TOO_MANY_ATTEMPTS"),
]


@pytest.mark.parametrize(("kind", "how", "status", "code"), TROUBLES)
def test_trouble_while_reading(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    kind: str,
    how: dict[str, Any],
    status: int,
    code: str,
):
    _ella(walker, pool)
    with sandbox.trouble("GetUser", kind, **how):
        response = walker.json("GET", READ)
    assert _error(response) == (status, code)
    assert response.json()["error"]["details"] == {"operation": "GetUser"}
    assert ("Retry-After" in response) == (status in {503, 504})


@pytest.mark.parametrize(
    ("kind", "how", "status", "code"),
    [
        *TROUBLES,
        ("error", {"code": "InvalidParameterException"}, 409, "FACTOR_NOT_READY"),
        ("error", {"code": "NotAuthorizedException"}, 401, "UNAUTHENTICATED"),
    ],
)
def test_trouble_while_saving(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    kind: str,
    how: dict[str, Any],
    status: int,
    code: str,
):
    ella, seen = _ella(walker, pool)
    with sandbox.trouble("SetUserMFAPreference", kind, **how):
        response = walker.json("PUT", SAVE, _wanted(seen, preferred=SMS))
    assert _error(response) == (status, code)
    assert (pool.on(ella), pool.preferred(ella)) == (set(ALL), APP)


def test_a_lost_answer_is_read_from_the_pool(walker: Walker, pool: People, sandbox: Sandbox):
    """(RES-04)"""
    ella, seen = _ella(walker, pool)
    with sandbox.trouble("SetUserMFAPreference", "silence", seconds=0.05):
        response = walker.json("PUT", SAVE, _wanted(seen, preferred=SMS))
    assert (response.status_code, response.json()["data"]["preferred"]) == (200, SMS)
    assert pool.preferred(ella) == SMS


def test_what_was_saved_is_not_hidden_by_trouble_afterwards(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04) the read after the change fails: the receipt comes all the same."""
    rosa = pool.make(phone=True, on=(SMS,))
    walker.sign_in(rosa, sandbox=sandbox)
    enrol_app(walker)
    seen = walker.json("GET", READ).json()["data"]
    with sandbox.trouble("GetUserAuthFactors", "throttle"):
        response = walker.json("PUT", SAVE, _wanted(seen, activated=[SMS]))
    data = response.json()["data"]
    assert (response.status_code, set(data)) == (200, {"id", "created_at", "changed"})
    assert pool.on(rosa) == {SMS}

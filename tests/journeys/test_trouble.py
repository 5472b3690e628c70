"""Cognito away, slow, throttling, refusing, or answering in a way nobody knows."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts import locks
from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.steps import (
    ALL,
    APP,
    CONFIRM,
    OVERVIEW,
    SMS,
    calls_counted,
    enrol_app,
    session_id,
)
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Walker

pytestmark = pytest.mark.usefixtures("by_srp")

BUSY = (503, "Too busy right now", "30")
SILENT = (504, "No answer from the sign‑in service", "30")
REFUSED = (502, "The sign‑in service refused this", None)
MISCONFIGURED = (502, "This portal is not set up correctly", None)
WAIT = (429, "Too many tries", "900")

TROUBLES: list[Any] = [
    pytest.param("throttle", {}, BUSY, id="throttled"),
    pytest.param("reset", {}, SILENT, id="connection cut"),
    pytest.param("error", {"code": "ThrottlingException", "message": "Rate"}, BUSY, id="rate"),
    pytest.param("error", {"code": "SomethingNewException", "message": "?"}, REFUSED, id="unknown"),
    pytest.param("error", {"code": "SomethingNew", "status": 500}, SILENT, id="unknown 500"),
    pytest.param("error", {"code": "AccessDeniedException"}, MISCONFIGURED, id="denied"),
    pytest.param(
        "error", {"code": "LimitExceededException", "message": "Attempt"}, WAIT, id="limit"
    ),
]


def _told(page: Any) -> tuple[int, str, str | None]:
    return page.status, page.heading, page.headers.get("Retry-After")


def _ella(walker: Walker, pool: People) -> Somebody:
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    return ella


# --- reading ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "how", "told"), TROUBLES)
def test_trouble_while_reading(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    kind: str,
    how: dict[str, Any],
    told: tuple[int, str, str | None],
):
    """(RES-01) what happened, when to try again, a reference, and one is still signed in."""
    walker.sign_in(pool.make())
    with sandbox.trouble("GetUser", kind, **how):
        page = walker.open("/")
    assert _told(page) == told
    assert page.headers["X-Request-Id"] in page.text
    assert "Traceback" not in page.text
    assert walker.open("/").heading == OVERVIEW


def test_a_slow_cognito_counts_as_silent(
    walker: Walker, pool: People, sandbox: Sandbox, impatient: None
):
    """(RES-03) nobody waits longer than the settings say, and not twice."""
    walker.sign_in(pool.make())
    with sandbox.trouble("GetUser", "delay", seconds=1.5), calls_counted(sandbox) as calls:
        page = walker.open("/")
    assert _told(page) == SILENT
    assert calls["GetUser"] == 1


def test_a_read_is_tried_twice(walker: Walker, pool: People, sandbox: Sandbox):
    """(LIM-06) a cut connection or a throttled read is repeated once, without a word."""
    walker.sign_in(pool.make())
    for kind in ("reset", "throttle"):
        with sandbox.trouble("GetUser", kind, times=1), calls_counted(sandbox) as calls:
            assert walker.open("/").heading == OVERVIEW
        assert calls["GetUser"] == 2


@pytest.mark.parametrize("kind", ["reset", "throttle"])
def test_a_proof_is_never_sent_twice(walker: Walker, pool: People, sandbox: Sandbox, kind: str):
    """(LIM-06)"""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    with sandbox.trouble("VerifySoftwareToken", kind), calls_counted(sandbox) as calls:
        walker.send("Turn on", code=app.code())
    assert calls["VerifySoftwareToken"] == 1
    walker.open("/enrolment/sms/")
    with sandbox.trouble("UpdateUserAttributes", kind), calls_counted(sandbox) as calls:
        walker.send("Send me a code", country="", number=nora.phone)
    assert calls["UpdateUserAttributes"] == 1


def test_rights_that_are_missing_are_the_operators_trouble(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    walker.sign_in(pool.make())
    clock.forward(minutes=6)
    with sandbox.trouble("DescribeUserPool", "error", code="AccessDeniedException"):
        page = walker.open("/")
    assert _told(page) == MISCONFIGURED
    assert "It is not your fault" in page.text


@pytest.mark.parametrize("body", [{}, {"UserAttributes": None}, {"Username": "x"}])
def test_an_answer_of_no_known_shape_is_a_refusal(
    walker: Walker, pool: People, sandbox: Sandbox, body: dict[str, Any]
):
    """(OTP-18) 200, and nothing of what was asked for."""
    walker.sign_in(pool.make())
    with sandbox.trouble("GetUser", "status", body=body):
        page = walker.open("/")
    assert page.status in {502, 504}


# --- signing in -------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", ["InitiateAuth", "RespondToAuthChallenge"])
@pytest.mark.parametrize(("kind", "how", "told"), [each for each in TROUBLES if each.id != "limit"])
def test_trouble_while_signing_in(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    operation: str,
    kind: str,
    how: dict[str, Any],
    told: tuple[int, str, str | None],
):
    nora = pool.make()
    walker.open("/sign-in/?next=/preference/")
    form = walker.page
    with sandbox.trouble(operation, kind, **how):
        page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert _told(page) == told
    assert walker.open("/").heading == "Sign in"
    walker.page = form
    page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert page.url == "/preference/"


@pytest.mark.parametrize("operation", ["InitiateAuth", "RespondToAuthChallenge"])
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"AuthenticationResult": {}},
        {"AuthenticationResult": {"AccessToken": "no.token.atall"}},
        {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeParameters": {}},
        {"ChallengeName": "SELECT_MFA_TYPE", "Session": "s" * 40, "ChallengeParameters": {}},
        {"ChallengeName": "MFA_SETUP", "Session": "s" * 40, "ChallengeParameters": {}},
    ],
)
def test_an_answer_of_no_known_shape_lets_nobody_in(
    walker: Walker, pool: People, sandbox: Sandbox, operation: str, body: dict[str, Any]
):
    """(OTP-18)"""
    nora = pool.make()
    walker.open("/sign-in/")
    with sandbox.trouble(operation, "status", body=body):
        page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert page.heading != OVERVIEW
    assert page.status < 500 or page.status in {502, 504}
    assert walker.open("/").heading != OVERVIEW


@pytest.mark.parametrize("status", ["ERROR", "", "PENDING"])
def test_a_proof_that_is_not_called_a_success_is_none(
    walker: Walker, pool: People, sandbox: Sandbox, status: str
):
    """(OTP-18) 200 with a bad status, while enrolling."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    with sandbox.trouble("VerifySoftwareToken", "status", body={"Status": status}):
        page = walker.send("Turn on", code=app.code())
    assert (page.status, page.secret) == (422, app.secret)
    assert pool.on(nora) == set()


@pytest.mark.parametrize("body", [{"Status": "ERROR"}, {}])
def test_a_proof_that_is_not_called_a_success_is_none_while_signing_in(
    walker: Walker, required_pool: People, sandbox: Sandbox, body: dict[str, Any]
):
    """(OTP-18)"""
    walker.sign_in(required_pool.make())
    app = App(walker.send("Show").secret)
    with sandbox.trouble("VerifySoftwareToken", "status", body=body):
        page = walker.send("Continue", code=app.code())
    assert page.status in {422, 502, 504}
    assert walker.open("/").heading != OVERVIEW


def test_a_set_up_cut_between_its_two_calls_goes_on(
    walker: Walker, required_pool: People, sandbox: Sandbox
):
    """(RES-06) the app is proved, the answer to MFA_SETUP never came."""
    walker.sign_in(required_pool.make())
    app = App(walker.send("Show").secret)
    with sandbox.trouble("RespondToAuthChallenge", "reset"):
        assert walker.send("Continue", code=app.code()).status == 504
    walker.open("/sign-in/set-up/app/")
    walker.send("Show")
    assert walker.send("Continue", code=app.code()).heading == OVERVIEW


def test_keys_that_cannot_be_fetched(walker: Walker, pool: People, settings: Any):
    """(TOK-01) no token is believed without them, and nobody is called signed out for it."""
    nora = pool.make()
    settings.COGNITO_ISSUER = "http://127.0.0.1:1/eu-central-1_Optional1"
    walker.open("/sign-in/")
    page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert _told(page) == SILENT


# --- proving again ----------------------------------------------------------------------------


def test_trouble_with_a_held_change_keeps_the_new_session(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(SES-02) the proof is done and the id is new; the change it carried meets trouble."""
    ella = _ella(walker, pool)
    walker.open("/preference/")
    clock.forward(minutes=6)
    walker.send("Save", preferred=SMS)
    before = session_id(walker)
    with sandbox.trouble("SetUserMFAPreference", "throttle"):
        page = walker.prove_again(ella)
    assert _told(page) == BUSY
    assert session_id(walker) != before
    page = walker.open("/preference/")
    assert page.url == "/preference/"
    assert walker.send("Save", preferred=SMS).heading == "Saved"


@pytest.mark.parametrize(("kind", "told"), [("throttle", BUSY), ("reset", SILENT)])
def test_trouble_while_proving_again_loses_nothing(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    clock: Clock,
    kind: str,
    told: tuple[int, str, str | None],
):
    ella = _ella(walker, pool)
    walker.open("/preference/")
    clock.forward(minutes=6)
    assert walker.send("Save", preferred=SMS).heading == CONFIRM
    form = walker.page
    with sandbox.trouble("InitiateAuth", kind):
        assert _told(walker.send("Continue", password=ella.password)) == told
    walker.page = form
    assert walker.prove_again(ella).heading == "Saved"
    assert pool.preferred(ella) == SMS


# --- changing ---------------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "how", "told"), TROUBLES)
def test_trouble_while_changing(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    kind: str,
    how: dict[str, Any],
    told: tuple[int, str, str | None],
):
    """Told as it is, recorded as it is, and the pool is as it was."""
    ella = _ella(walker, pool)
    walker.open("/preference/")
    form = walker.page
    with sandbox.trouble("SetUserMFAPreference", kind, **how):
        page = walker.send("Save", preferred=SMS)
    assert _told(page) == told
    assert (pool.on(ella), pool.preferred(ella)) == (set(ALL), APP)
    rows = AuditRecord.objects.filter(event="preference_changed").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "unknown" if told == SILENT else "refused"]
    assert rows[1].detail["reason"].startswith("SetUserMFAPreference: ")
    walker.page = form
    assert walker.send("Save", preferred=SMS).heading == "Saved"
    assert pool.preferred(ella) == SMS


def test_a_change_whose_answer_was_lost_is_read_from_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04) made at the pool, told as made, recorded as done."""
    ella = _ella(walker, pool)
    walker.open("/preference/")
    with sandbox.trouble("SetUserMFAPreference", "silence", seconds=0.05):
        page = walker.send("Save", preferred=SMS)
    assert page.heading == "Saved"
    assert pool.preferred(ella) == SMS
    rows = AuditRecord.objects.filter(event="preference_changed").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "done"]


def test_a_change_nobody_can_read_back_is_called_unknown(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04) made at the pool, but neither answer nor reading came: nothing is claimed.

    An app set up here makes the pool be asked twice where it is off; the second read fails.
    """
    ella = pool.make(phone=True, on=(SMS,))
    walker.sign_in(ella, sandbox=sandbox)
    enrol_app(walker)
    walker.open("/preference/")
    with (
        sandbox.trouble("SetUserMFAPreference", "silence", seconds=0.05),
        sandbox.trouble("GetUserAuthFactors", "reset"),
    ):
        page = walker.send("Save", activated=[SMS], preferred=SMS)
    assert page.status == 504
    assert "We do not know whether your change was made." in page.text
    assert (pool.on(ella), pool.preferred(ella)) == ({SMS}, SMS)
    rows = AuditRecord.objects.filter(event="preference_changed").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "unknown"]


def test_a_factor_the_pool_will_not_take(walker: Walker, pool: People, sandbox: Sandbox):
    ella = _ella(walker, pool)
    walker.open("/preference/")
    refusal = {"code": "InvalidParameterException", "message": "User has not set up that factor."}
    with sandbox.trouble("SetUserMFAPreference", "error", **refusal):
        page = walker.send("Save", preferred=SMS)
    assert page.status in {409, 502}
    assert "Traceback" not in page.text
    assert pool.preferred(ella) == APP


def test_a_sign_in_that_ended_in_the_middle_of_a_change(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(TOK-09) refused, recorded, told; and made once the same person is in again."""
    ella = _ella(walker, pool)
    walker.open("/preference/")
    refusal = {"code": "NotAuthorizedException", "message": "Access Token has been revoked"}
    with sandbox.trouble("SetUserMFAPreference", "error", **refusal):
        page = walker.send("Save", preferred=SMS)
    assert page.heading == "Sign in"
    assert "Your sign-in ended before this was done, so nothing was changed." in page.text
    assert pool.preferred(ella) == APP
    walker.sign_in(ella, at=page.url)
    assert walker.page.heading == "Saved"
    assert pool.preferred(ella) == SMS


# --- ours -------------------------------------------------------------------------------------


class _Hurried:
    """A clock whose every look is five seconds later: waiting for a lock takes no time."""

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += 5
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def test_another_change_at_this_moment(
    walker: Walker, pool: People, monkeypatch: pytest.MonkeyPatch
):
    """(FAC-03) one change of one person at a time; the second is asked to wait."""
    ella = _ella(walker, pool)
    form = walker.open("/preference/")
    sub = pool.look(ella)["attributes"]["sub"]
    monkeypatch.setattr(locks, "time", _Hurried())
    with locks.locked(f"person:{pool.pool_id}:{sub}"):
        page = walker.send("Save", preferred=SMS)
        assert (page.status, page.heading) == (409, "Another change is being made")
        answer = walker.json("GET", "/api/v1/mfa").json()["data"]
        walker.page = form
        response = walker.json(
            "PUT",
            "/api/v1/mfa/preference",
            {"activated": [SMS], "preferred": SMS, "digest": answer["digest"]},
        )
        assert (response.status_code, response.json()["error"]["code"]) == (409, "CONFLICT")
    assert pool.preferred(ella) == APP
    walker.page = form
    assert walker.send("Save", preferred=SMS).heading == "Saved"


def test_our_own_mistake_shows_a_reference_and_nothing_else(walker: Walker, pool: People):
    """(RES-01) a table is missing: a plain page, with what helps to find it in the logs."""
    walker.sign_in(pool.make())
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    client.cookies["mfa-session"] = session_id(walker)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE factors_enrolledauthenticator RENAME TO gone")
    response = client.get("/")
    text = response.content.decode()
    assert response.status_code == 500
    assert "Something went wrong on our side" in text
    assert response["X-Request-Id"] in text
    for leak in ("Traceback", "OperationalError", "ProgrammingError", "gone", "sqlite"):
        assert leak not in text

"""The JSON room for other apps of the pool: by a person's own access token, and nothing else."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from django.conf import settings as portal
from django.test import Client
from django.utils import timezone

from accounts.api.models import KeyedChange
from accounts.models import AuditRecord
from tests.clock import Clock
from tests.journeys.program import Program, program_of
from tests.journeys.steps import ALL, APP, EMAIL, SMS, calls_counted
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox

MFA = "/api/v1/mfa"
APP_ORIGIN = "https://app.example.com"


@pytest.fixture
def api(settings: Any, pool: People) -> People:
    settings.API_CLIENTS = frozenset({pool.client_id()})
    return pool


def _error(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["code"]


def _ella(pool: People) -> tuple[Somebody, Program]:
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    return ella, program_of(pool, ella)


# --- who gets in ------------------------------------------------------------------------------


def test_a_token_of_a_listed_client_reads_and_changes(api: People):
    ella, program = _ella(api)
    seen = program.ask("GET", MFA)
    assert seen.json()["data"]["preferred"] == APP
    assert "X-CSRFToken" not in seen
    body = {"activated": [APP, SMS], "preferred": SMS}
    saved = program.ask("PUT", f"{MFA}/preference", body, **{"if-match": seen["ETag"]})
    assert saved.status_code == 200
    assert api.preferred(ella) == SMS
    receipt = AuditRecord.objects.get(pk=saved.json()["data"]["id"])
    assert (receipt.event, receipt.actor) == ("preference_changed", receipt.sub)
    # No session was opened for it.
    assert portal.SESSION_COOKIE_NAME not in saved.cookies


def test_no_client_is_listed_by_default(pool: People):
    """(AUZ-01) off until somebody says which app."""
    _, program = _ella(pool)
    assert _error(program.ask("GET", MFA)) == (401, "UNAUTHENTICATED")


def test_a_token_of_another_client_opens_nothing(api: People, settings: Any):
    """(TOK-01)"""
    settings.API_CLIENTS = frozenset({"anotherclient0000000000001"})
    _, program = _ella(api)
    assert _error(program.ask("GET", MFA)) == (401, "UNAUTHENTICATED")


def test_an_id_token_opens_nothing(api: People):
    """(TOK-02)"""
    nora = api.make()
    reply = api.admin.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=api.client_id(),
        AuthParameters={"USERNAME": nora.username, "PASSWORD": nora.password},
    )
    program = Program(reply["AuthenticationResult"]["IdToken"])
    assert _error(program.ask("GET", MFA)) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "é"])
def test_nonsense_opens_nothing(api: People, token: str):
    """(INP-06)"""
    assert _error(Program(token).ask("GET", MFA)) == (401, "UNAUTHENTICATED")


def test_a_wrong_token_is_not_helped_by_a_cookie(api: People, walker: Any):
    """(SES-13) whoever shows a token means it."""
    walker.sign_in(api.make())
    response = walker.client.get(MFA, headers={"authorization": "Bearer nonsense"})
    assert _error(response) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("path", [MFA, "/api/v1/history"])
def test_ended_in_the_pool_means_ended_here(api: People, clock: Clock, path: str):
    """(TOK-09, AUZ-08) also where the pool would not be asked."""
    ella, program = _ella(api)
    assert program.ask("GET", path).status_code == 200
    api.admin.admin_user_global_sign_out(UserPoolId=api.pool_id, Username=ella.username)
    clock.forward(seconds=61)
    assert _error(program.ask("GET", path)) == (401, "UNAUTHENTICATED")


def test_reading_costs_one_call_with_a_token_too(api: People, sandbox: Sandbox):
    (_, program), (_, first) = _ella(api), _ella(api)
    first.ask("GET", MFA)
    with calls_counted(sandbox) as calls:
        program.ask("GET", MFA)
    assert calls == {"GetUser": 1}


def test_a_change_needs_a_sign_in_of_the_last_five_minutes(api: People, clock: Clock):
    """(REA-01, REA-02, REA-05)"""
    ella, program = _ella(api)
    clock.forward(minutes=5, seconds=1)
    body = {"activated": [], "preferred": None}
    answer = program.ask("PUT", f"{MFA}/preference", body, **{"if-match": "*"})
    assert _error(answer) == (403, "REAUTHENTICATION_REQUIRED")
    assert api.on(ella) == set(ALL)


def test_what_is_left_is_said(api: People):
    """(LIM-01)"""
    _, program = _ella(api)
    first, second = (program.ask("GET", MFA) for _ in range(2))
    assert first["RateLimit-Policy"] == '"api";q=120;w=60'
    assert [each["RateLimit"] for each in (first, second)] == ['"api";r=119', '"api";r=118']


# --- where it may be called from --------------------------------------------------------------


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        (None, True),
        (APP_ORIGIN, True),
        ("https://app.example.com.evil.example", False),
        ("https://evil.example", False),
        ("http://app.example.com", False),
        ("https://app.example.com:8443", False),
        ("null", False),
        ("", False),
    ],
)
def test_only_listed_origins_call_with_a_token(
    api: People, settings: Any, origin: str | None, may: bool
):
    """(WEB-09) an exact list: never reflected, never null."""
    settings.API_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [APP_ORIGIN]
    _, program = _ella(api)
    headers = {} if origin is None else {"origin": origin, "sec-fetch-site": "cross-site"}
    answer = program.ask("GET", MFA, **headers)
    assert (answer.status_code == 200) is may
    allowed = answer.get("Access-Control-Allow-Origin")
    assert allowed == (APP_ORIGIN if origin == APP_ORIGIN else None)
    assert "Access-Control-Allow-Credentials" not in answer


def test_a_browser_may_ask_beforehand(api: People, settings: Any):
    """(WEB-09) for the JSON room of a listed origin, and for no other page."""
    settings.API_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [APP_ORIGIN]
    asked = {"origin": APP_ORIGIN, "access-control-request-method": "PUT"}
    client = Client()
    answer = client.options(f"{MFA}/preference", headers=asked)
    assert answer["Access-Control-Allow-Origin"] == APP_ORIGIN
    assert "authorization" in answer["Access-Control-Allow-Headers"]
    for path in ("/", "/sign-in/"):
        assert "Access-Control-Allow-Origin" not in client.options(path, headers=asked)


def test_the_session_is_not_for_other_origins(api: People, settings: Any, walker: Any):
    """(WEB-08, WEB-09) a listed origin uses a token; the cookie of our pages is ours alone."""
    settings.API_ORIGINS = settings.CORS_ALLOWED_ORIGINS = [APP_ORIGIN]
    walker.sign_in(api.make())
    foreign = {"origin": APP_ORIGIN, "sec-fetch-site": "same-site"}
    assert walker.client.get(MFA, headers=foreign).status_code == 403


# --- the same change twice --------------------------------------------------------------------


def test_the_same_key_gets_the_same_answer(api: People, sandbox: Sandbox):
    """(RES-05)"""
    ella, program = _ella(api)
    key = {"idempotency-key": str(uuid4()), "if-match": "*"}
    body = {"activated": [APP, SMS], "preferred": SMS}
    first = program.ask("PUT", f"{MFA}/preference", body, **key)
    with calls_counted(sandbox) as calls:
        again = program.ask("PUT", f"{MFA}/preference", body, **key)
    assert again.json() == first.json()
    assert (again["Idempotent-Replayed"], "Idempotent-Replayed" in first) == ("true", False)
    assert again["ETag"] == first["ETag"] == program.ask("GET", MFA)["ETag"]
    assert calls == {}
    assert AuditRecord.objects.filter(event="preference_changed", outcome="done").count() == 1
    kept = KeyedChange.objects.get()
    assert all(sealed and SMS not in sealed for sealed in (kept.sealed, kept.sealed_etag))
    assert api.preferred(ella) == SMS


def test_the_etag_of_a_repeated_answer_is_that_of_its_time(api: People):
    """(RES-05, FAC-03) a change on it is refused where somebody else has changed more since."""
    ella, program = _ella(api)
    key = {"idempotency-key": str(uuid4()), "if-match": "*"}
    body = {"activated": [APP, SMS], "preferred": SMS}
    program.ask("PUT", f"{MFA}/preference", body, **key)
    api.prefer(ella, ALL, APP)
    again = program.ask("PUT", f"{MFA}/preference", body, **key)
    off = {"factor": SMS, "preferred": APP}
    late = program.ask("POST", f"{MFA}/turn-off", off, **{"if-match": again["ETag"]})
    assert _error(late) == (412, "STALE_STATE")
    assert api.on(ella) == set(ALL)


def test_an_answer_that_no_key_opens_is_not_made_up(api: People, settings: Any):
    """(DAT-02, RES-05) done once, and said so; never done again."""
    ella, program = _ella(api)
    key = {"idempotency-key": str(uuid4()), "if-match": "*"}
    body = {"activated": [APP], "preferred": APP}
    program.ask("PUT", f"{MFA}/preference", body, **key)
    settings.TOKEN_KEYS = [Fernet.generate_key().decode()]
    api.prefer(ella, ALL, SMS)
    assert _error(program.ask("PUT", f"{MFA}/preference", body, **key)) == (409, "ANSWER_NOT_KEPT")
    assert api.preferred(ella) == SMS


def test_a_key_serves_one_request(api: People):
    ella, program = _ella(api)
    key = {"idempotency-key": str(uuid4()), "if-match": "*"}
    program.ask("PUT", f"{MFA}/preference", {"activated": [APP], "preferred": APP}, **key)
    other = program.ask("PUT", f"{MFA}/preference", {"activated": [SMS], "preferred": SMS}, **key)
    assert _error(other) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert api.on(ella) == {APP}


def test_a_key_is_its_owners(api: People):
    """(AUZ-02) somebody else's key is a new key."""
    (ella, hers), (tom, his) = _ella(api), _ella(api)
    key = {"idempotency-key": "the-same-key", "if-match": "*"}
    for program in (hers, his):
        body = {"activated": [APP], "preferred": APP}
        assert program.ask("PUT", f"{MFA}/preference", body, **key).status_code == 200
    assert api.on(ella) == api.on(tom) == {APP}


def test_a_refusal_is_judged_anew(api: People):
    ella, program = _ella(api)
    key = {"idempotency-key": str(uuid4()), "if-match": '"old"'}
    body = {"activated": [APP], "preferred": APP}
    assert program.ask("PUT", f"{MFA}/preference", body, **key).status_code == 412
    key["if-match"] = "*"
    assert program.ask("PUT", f"{MFA}/preference", body, **key).status_code == 200
    assert api.on(ella) == {APP}


@pytest.mark.parametrize("key", ["short", "x" * 129, "with space in it", "ümlautümlaut"])
def test_a_key_that_is_none(api: People, key: str):
    ella, program = _ella(api)
    body = {"activated": [APP], "preferred": APP}
    answer = program.ask("PUT", f"{MFA}/preference", body, **{"idempotency-key": key})
    assert _error(answer) == (400, "VALIDATION_ERROR")
    assert api.on(ella) == set(ALL)


def test_a_secret_is_answered_once(api: People):
    """(OTP-12) the answer with the key of an app is kept nowhere."""
    program = program_of(api, api.make())
    key = {"idempotency-key": str(uuid4())}
    first = program.ask("POST", "/api/v1/enrolments/totp", **key)
    assert first.json()["data"]["secret"]
    again = program.ask("POST", "/api/v1/enrolments/totp", **key)
    assert _error(again) == (409, "ANSWER_NOT_KEPT")
    assert KeyedChange.objects.get().sealed == ""


def test_a_change_that_died_is_taken_over(api: People):
    """(RES-06) its process fell before it could answer."""
    ella, program = _ella(api)
    key = {"idempotency-key": str(uuid4()), "if-match": "*"}
    body = {"activated": [APP], "preferred": APP}
    program.ask("PUT", f"{MFA}/preference", body, **key)
    api.prefer(ella, ALL, SMS)
    KeyedChange.objects.update(status=0, sealed="")
    assert _error(program.ask("PUT", f"{MFA}/preference", body, **key)) == (409, "CONFLICT")
    KeyedChange.objects.update(claimed_at=timezone.now() - timedelta(minutes=3))
    assert program.ask("PUT", f"{MFA}/preference", body, **key).status_code == 200
    assert api.preferred(ella) == APP


# --- adding a method --------------------------------------------------------------------------


def test_an_app_is_added(api: People):
    """(OTP-14, NOT-01)"""
    nora = api.make()
    program = program_of(api, nora)
    start = program.ask("POST", "/api/v1/enrolments/totp").json()["data"]
    assert start["otpauth_uri"].startswith("otpauth://totp/")
    app = App(start["secret"])
    wrong = {"code": app.wrong_code()}
    refused = program.ask("POST", "/api/v1/enrolments/totp/verify", wrong)
    assert _error(refused) == (422, "CODE_REJECTED")
    assert api.on(nora) == set()
    proof = {"code": app.code(), "name": "Work phone"}
    saved = program.ask("POST", "/api/v1/enrolments/totp/verify", proof)
    assert saved.json()["data"]["activated"] == [APP]
    assert api.on(nora) == {APP}


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "１２３４５６", 123456, None])
def test_a_code_that_is_none(api: People, sandbox: Sandbox, code: Any):
    """(OTP-07) refused before Cognito is called."""
    program = program_of(api, api.make())
    program.ask("GET", MFA)
    with calls_counted(sandbox) as calls:
        answer = program.ask("POST", "/api/v1/enrolments/totp/verify", {"code": code})
    assert _error(answer) == (422, "VALIDATION_ERROR")
    assert calls == {}


def test_a_phone_is_added(api: People, sandbox: Sandbox):
    """(FAC-04, FAC-10)"""
    nora = api.make()
    program = program_of(api, nora)
    sent = program.ask("POST", "/api/v1/enrolments/sms", {"phone_number": nora.phone})
    assert sent.json()["data"] == {
        "destination": f"•••\u00a0{nora.phone[-4:]}",
        "replaced": False,
    }
    code = {"code": sandbox.newest_code(nora.phone)}
    saved = program.ask("POST", "/api/v1/enrolments/sms/verify", code)
    assert saved.json()["data"]["activated"] == [SMS]
    assert api.on(nora) == {SMS}


def test_a_number_that_cannot_be(api: People):
    program = program_of(api, api.make())
    answer = program.ask("POST", "/api/v1/enrolments/sms", {"phone_number": "+4412"})
    assert _error(answer) == (422, "VALIDATION_ERROR")
    assert "phone_number" in answer.json()["error"]["details"]["fields"]


def test_a_confirmed_address_is_turned_on_and_off(api: People):
    nora = api.make()
    program = program_of(api, nora)
    on = program.ask("POST", "/api/v1/enrolments/email/activate", {}, **{"if-match": "*"})
    assert on.json()["data"]["activated"] == [EMAIL]
    stale = program.ask("POST", f"{MFA}/turn-off", {"factor": EMAIL}, **{"if-match": '"x"'})
    assert _error(stale) == (412, "STALE_STATE")
    off = program.ask("POST", f"{MFA}/turn-off", {"factor": EMAIL}, **{"if-match": on["ETag"]})
    assert off.json()["data"]["activated"] == []
    assert api.on(nora) == set()


def test_of_several_writers_one_is_first(api: People):
    """(FAC-03) all decided on the same state: one change is made, the others are told."""
    ella, program = _ella(api)
    etag = program.ask("GET", MFA)["ETag"]
    wanted = [{"activated": [APP, each], "preferred": each} for each in (SMS, EMAIL, SMS)]
    answers = [
        program.ask("PUT", f"{MFA}/preference", body, **{"if-match": etag}).status_code
        for body in wanted
    ]
    # The third asks for what is so already: the same press twice (RES-05).
    assert answers == [200, 412, 200]
    assert api.preferred(ella) == SMS

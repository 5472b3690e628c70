"""Rows of docs/faults.md that no other file walks: sign-ins that end, keys, stores, clocks."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import redis.exceptions
import time_machine
from django.conf import settings as portal
from django.core.cache import cache, caches
from django.db import InterfaceError, OperationalError, connection
from django.test import Client

from accounts import held_forms, limits, locks, recovery_codes
from accounts.cognito import administration, breaker, people, tokens
from accounts.cognito.errors import (
    CognitoUnreachable,
    DevicesNotTracked,
    EventsNotRecorded,
    SessionsNotListed,
)
from accounts.models import AuditRecord
from accounts.sessions import KIND, OPENED_AT, SEEN_AT
from accounts.stores import StoreAway
from accounts.table_cache import TableCache
from tests.clock import Clock
from tests.journeys.steps import ALL, APP, OVERVIEW, SMS, calls_counted, session_id, session_of
from tests.journeys.way_back import (
    NEXT,
    at_the_question,
    ella_with_codes,
    set_up_app,
    subject_of,
    use_code,
)
from tests.people import App, People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

SILENT = (504, "No answer from the sign‑in service")
AWAY = (503, "The sign‑in service is away")
OURS = (503, "Not possible right now")
MISCONFIGURED = (502, "This portal is not set up correctly")
ENDED = "Your sign-in ended before this was done, so nothing was changed."
REVOKED = {"code": "NotAuthorizedException", "message": "Access Token has been revoked"}
JWKS = "/.well-known/jwks.json"


def told(page: Page) -> tuple[int, str]:
    return page.status, page.heading


def ella_signed_in(walker: Walker, pool: People) -> Somebody:
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    assert walker.sign_in(ella).heading == OVERVIEW
    return ella


# --- Cognito: late, broken off, not Cognito at all --------------------------------------------


def test_eight_seconds_late_is_no_answer(
    walker: Walker, pool: People, sandbox: Sandbox, request: pytest.FixtureRequest
):
    """(RES-03, RES-04) nobody waits for it, and the change that came late is read, not guessed."""
    ella = ella_signed_in(walker, pool)
    walker.open("/preference/")
    request.getfixturevalue("impatient")
    with sandbox.trouble("SetUserMFAPreference", "delay", seconds=8):
        page = walker.send("Save", preferred=SMS)
    assert told(page) == SILENT
    assert "We do not know whether your change was made." in page.text
    rows = AuditRecord.objects.filter(event="preference_changed").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "unknown"]
    assert pool.preferred(ella) == APP


@pytest.mark.parametrize("kind", ["half", "garbage"])
def test_an_answer_that_cannot_be_read_is_none(
    walker: Walker, pool: People, sandbox: Sandbox, kind: str
):
    """(RES-01, OTP-18) half of one, or the page of a proxy: while reading."""
    ella_signed_in(walker, pool)
    with sandbox.trouble("GetUser", kind):
        page = walker.open("/")
    assert told(page) == SILENT
    assert walker.open("/").heading == OVERVIEW


@pytest.mark.parametrize("kind", ["half", "garbage"])
def test_a_read_that_is_no_answer_once_is_asked_again(
    walker: Walker, pool: People, sandbox: Sandbox, kind: str
):
    """(LIM-06) as behind a connection that was cut: nobody sees it. A second time it is told."""
    ella_signed_in(walker, pool)
    with sandbox.trouble("GetUser", kind, times=1), calls_counted(sandbox) as calls:
        assert walker.open("/").heading == OVERVIEW
    assert calls["GetUser"] == 2
    with sandbox.trouble("GetUser", kind), calls_counted(sandbox) as calls:
        assert told(walker.open("/")) == SILENT
    assert calls["GetUser"] == 2


@pytest.mark.parametrize("kind", ["half", "garbage"])
def test_a_change_that_is_no_answer_is_never_sent_again(
    walker: Walker, pool: People, sandbox: Sandbox, kind: str
):
    """(LIM-06, RES-04) half of one may have been made; where the pool shows it not, it is told."""
    ella = ella_signed_in(walker, pool)
    walker.open("/preference/")
    with sandbox.trouble("SetUserMFAPreference", kind), calls_counted(sandbox) as calls:
        page = walker.send("Save", preferred=SMS)
    assert calls["SetUserMFAPreference"] == 1
    is_made = pool.preferred(ella) == SMS
    assert is_made == (kind == "half")
    assert ("We do not know whether your change was made." in page.text) == (not is_made)


def test_half_an_answer_to_a_proof_is_read_from_the_pool(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04, LIM-06) the app was proved, the answer broke off: it is on, and told so."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    with sandbox.trouble("VerifySoftwareToken", "half"):
        page = walker.send("Turn on", code=app.code())
    assert page.heading == "Authenticator app is on"
    assert pool.on(nora) == {APP}


def test_a_page_of_a_proxy_in_place_of_a_change_is_no_success(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(RES-04) 200 and HTML: nobody says that it was done, nor that it was not."""
    ella = ella_signed_in(walker, pool)
    walker.open("/preference/")
    with sandbox.trouble("SetUserMFAPreference", "garbage"):
        page = walker.send("Save", preferred=SMS)
    assert told(page) == SILENT
    assert "We do not know whether your change was made." in page.text
    assert pool.preferred(ella) == APP
    rows = AuditRecord.objects.filter(event="preference_changed").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "unknown"]


NAMED_READS: dict[str, Callable[[str], Any]] = {
    "AdminListGroupsForUser": people.groups,
    "AdminGetUserAuthFactors": people.configured_factors,
    "AdminListDevices": people.devices,
    "AdminListUserSessions": people.sessions,
    "AdminListUserAuthEvents": people.auth_events,
    "ListUsers": lambda name: people.find(attribute="username", value=name),
    "DescribeUserPool": lambda _name: administration._read_pool_facts(),
    "GetUserPoolMfaConfig": lambda _name: administration._read_pool_facts(),
}
NOT_THERE = (DevicesNotTracked, SessionsNotListed, EventsNotRecorded)


@pytest.mark.parametrize("kind", ["half", "garbage"])
@pytest.mark.parametrize("operation", NAMED_READS)
def test_what_is_no_answer_is_never_an_empty_one(
    pool: People, sandbox: Sandbox, operation: str, kind: str
):
    """(RES-01, OTP-18, HLP-06) nobody is in no group, and no pool without rules, for want of it."""
    ella = pool.make()
    with sandbox.trouble(operation, kind), pytest.raises(CognitoUnreachable) as trouble:
        NAMED_READS[operation](ella.username)
    assert trouble.value.operation in {operation, "GetUserPoolMfaConfig"}
    assert ella.username not in str(trouble.value.__context__)


@pytest.mark.parametrize("kind", ["half", "garbage"])
@pytest.mark.parametrize("operation", NAMED_READS)
def test_what_is_asked_about_somebody_is_asked_again(
    pool: People, sandbox: Sandbox, operation: str, kind: str
):
    """(LIM-06) by IAM, too; what a pool does not have is then its answer."""
    ella = pool.make()
    trouble, nothing_there = sandbox.trouble(operation, kind, times=1), suppress(*NOT_THERE)
    with trouble, calls_counted(sandbox) as calls, nothing_there:
        NAMED_READS[operation](ella.username)
    assert calls[operation] == 2


# --- the pool's keys --------------------------------------------------------------------------


@pytest.fixture
def without_keys() -> Iterator[None]:
    """A process that has not read the pool's keys yet, as after a start."""
    tokens._keys.cache_clear()
    yield
    tokens._keys.cache_clear()


@pytest.mark.parametrize("kind", ["reset", "half", "silence"])
def test_keys_that_do_not_come_are_left_alone_for_a_while(
    walker: Walker,
    pool: People,
    sandbox: Sandbox,
    without_keys: None,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
):
    """(RES-03, TOK-01) told so, at once from then on; then somebody looks, and all is well."""
    nora = pool.make()
    monkeypatch.setattr(tokens, "KEYS_SECONDS", 0.3)
    with sandbox.trouble(JWKS, kind, seconds=0.5):
        walker.open("/sign-in/")
        form = walker.page
        assert told(walker.send("Sign in", login=nora.username, password=nora.password)) == SILENT
    assert breaker.keys.is_open
    assert not breaker.cognito.is_open
    walker.page = form
    page = walker.send("Sign in", login=nora.username, password=nora.password)
    assert told(page) == AWAY
    assert 0 < int(page.headers["Retry-After"]) <= 10
    monkeypatch.setattr(breaker.keys, "_clock", lambda: float("inf"))
    walker.page = form
    assert walker.send("Sign in", login=nora.username, password=nora.password).heading == OVERVIEW
    assert not breaker.keys.is_open


@pytest.mark.parametrize("body", [{}, {"keys": []}, {"keys": [{"kty": "?"}]}])
def test_keys_of_no_known_shape_end_no_session(
    walker: Walker, pool: People, sandbox: Sandbox, without_keys: None, body: dict[str, Any]
):
    """(RES-02) an answer, so nothing is left alone; nobody is signed out by it."""
    ella_signed_in(walker, pool)
    tokens._keys.cache_clear()
    with sandbox.trouble(JWKS, "status", body=body):
        assert told(walker.open("/")) == SILENT
    assert not breaker.keys.is_open
    assert walker.open("/").heading == OVERVIEW


# --- a sign-in that the pool ends meanwhile ---------------------------------------------------


def test_a_number_that_was_typed_is_not_lost(walker: Walker, pool: People, sandbox: Sandbox):
    """(TOK-09) sign in again, and the code for it is sent; the code itself is asked for."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/sms/")
    with sandbox.trouble("UpdateUserAttributes", "error", **REVOKED):
        page = walker.send("Send me a code", country="", number=nora.phone)
    assert page.heading == "Sign in"
    assert ENDED in page.text
    page = walker.sign_in(nora, at=page.url)
    assert page.url == "/enrolment/sms/code/"
    with sandbox.trouble("VerifyUserAttribute", "error", **REVOKED):
        page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert ENDED in page.text
    page = walker.sign_in(nora, at=page.url)
    assert page.errors
    assert page.url.startswith(("/enrolment/sms/code/", "/sign-in/"))
    assert walker.open("/enrolment/sms/code/").heading != "Sign in"
    page = walker.send("Turn on", code=sandbox.newest_code(nora.phone))
    assert pool.on(nora) == {SMS}


def test_an_app_that_was_scanned_is_not_lost(walker: Walker, pool: People, sandbox: Sandbox):
    """(TOK-09, OTP-10) the same key goes on; a code is no thing to keep, and is asked for again."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    with sandbox.trouble("VerifySoftwareToken", "error", **REVOKED):
        page = walker.send("Turn on", code=app.code())
    assert ENDED in page.text
    page = walker.sign_in(nora, at=page.url)
    assert page.secret == app.secret
    assert walker.send("Turn on", code=app.code()).heading == "Authenticator app is on"


def test_a_sign_out_everywhere_in_the_middle_is_met_at_the_next_press(
    walker: Walker, pool: People, clock: Clock
):
    """(TOK-09) noticed by the guard within a minute, before anything is sent: held, and made."""
    ella = ella_signed_in(walker, pool)
    walker.open("/preference/")
    pool.admin.admin_user_global_sign_out(UserPoolId=pool.pool_id, Username=ella.username)
    clock.forward(seconds=61)
    page = walker.send("Save", preferred=SMS)
    assert ENDED in page.text
    assert pool.preferred(ella) == APP
    page = walker.sign_in(ella, at=page.url)
    assert page.heading == "Saved"
    assert pool.preferred(ella) == SMS


def test_what_was_typed_is_nobody_elses(walker: Walker, pool: People, sandbox: Sandbox):
    """(AUZ-02) another person at this browser: nothing of it is done or shown."""
    ella, tom = ella_signed_in(walker, pool), pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.open("/preference/")
    with sandbox.trouble("SetUserMFAPreference", "error", **REVOKED):
        page = walker.send("Save", preferred=SMS)
    page = walker.sign_in(tom, at=page.url)
    assert page.url == "/preference/"
    assert (pool.preferred(ella), pool.preferred(tom)) == (APP, APP)
    assert held_forms.KEPT not in session_of(walker)
    assert held_forms.HELD not in session_of(walker)


def test_what_was_typed_waits_ten_minutes(
    walker: Walker, pool: People, sandbox: Sandbox, clock: Clock
):
    """(TOK-09) as its page said; later it is a matter of typing it again."""
    ella = ella_signed_in(walker, pool)
    walker.open("/preference/")
    with sandbox.trouble("SetUserMFAPreference", "error", **REVOKED):
        page = walker.send("Save", preferred=SMS)
    clock.forward(minutes=11)
    page = walker.sign_in(ella, at=page.url)
    assert page.url == "/preference/"
    assert pool.preferred(ella) == APP


def test_a_session_left_idle_carries_nothing_out(walker: Walker, pool: People, clock: Clock):
    """(SES-03) over by our own clock, nobody may have been at the browser: type it again."""
    ella = ella_signed_in(walker, pool)
    walker.open("/preference/")
    clock.forward(minutes=16)
    page = walker.send("Save", preferred=SMS)
    assert page.heading == "Sign in"
    assert ENDED not in page.text
    assert walker.sign_in(ella, at=page.url).url == "/preference/"
    assert pool.preferred(ella) == APP


@pytest.mark.usefixtures("transactional_db")
def test_a_way_back_goes_on_after_its_sign_in_was_ended(
    walker: Walker, pool: People, sandbox: Sandbox, settings: Any
):
    """(TOK-09, REC-01) told to sign in, and led on: the code that was used is not asked again."""
    settings.RECOVERY = True
    ella, codes = ella_with_codes(pool)
    use_code(walker, ella, codes[0])
    walker.open("/enrolment/totp/")
    with sandbox.trouble("AssociateSoftwareToken", "error", **REVOKED):
        page = walker.send("Show")
    assert page.heading == "Sign in"
    assert at_the_question(walker, ella).heading == NEXT
    set_up_app(walker)
    assert pool.on(ella) == {APP}
    assert recovery_codes.codes_left(subject_of(pool, ella)) == 9


# --- the portal's own stores ------------------------------------------------------------------


def _sqlite(name: str) -> Exception:
    """What Django raises where SQLite could not, as the engine itself says it."""
    cause = sqlite3.OperationalError("canary")
    cause.sqlite_errorcode, cause.sqlite_errorname = getattr(sqlite3, name), name
    trouble = OperationalError("canary")
    trouble.__cause__ = cause
    return trouble


def _writes(sql: str, params: Any = ()) -> bool:
    """Several changes in one statement begin with their names (accounts.prepared.told)."""
    return sql.startswith(("INSERT", "UPDATE", "WITH"))


@contextmanager
def statements_fail(trouble: Exception, *, where: Callable[[str, Any], bool]) -> Iterator[None]:
    """where: of a statement and its values, whether it fails."""

    def fail(execute: Any, sql: str, params: Any, *rest: Any) -> Any:
        if where(sql, params):
            raise trouble
        return execute(sql, params, *rest)

    with connection.execute_wrapper(fail):
        yield


@pytest.fixture
def as_served(db: None) -> Callable[[Walker], Client]:
    """The browser of a walker, answered as a server would where something was raised."""

    def of(walker: Walker) -> Client:
        client = Client(SERVER_NAME="localhost", raise_request_exception=False)
        client.cookies["mfa-session"] = session_id(walker)
        client.defaults["HTTP_ORIGIN"] = "http://localhost"
        return client

    return of


DATABASE_TROUBLES = {
    "locked": _sqlite("SQLITE_BUSY"),
    "opened for reading only": _sqlite("SQLITE_READONLY_DIRECTORY"),
    "full": _sqlite("SQLITE_FULL"),
    "gone": OperationalError("canary"),
    "cut off": InterfaceError("canary"),
}


@pytest.mark.parametrize("kind", DATABASE_TROUBLES)
def test_a_database_that_takes_no_rows(
    walker: Walker, pool: People, as_served: Any, kind: str, monkeypatch: pytest.MonkeyPatch
):
    """(RES-01, RES-08, LIM-03, AUD-06) told as it is; no code is tried, and nothing is changed."""
    ella = ella_signed_in(walker, pool)
    trouble = DATABASE_TROUBLES[kind]
    client = as_served(walker)
    data = {"activated": [*ALL], "preferred": SMS, "drawn_from": _drawn_from(walker)}
    with statements_fail(trouble, where=_writes):
        page = client.post("/preference/", data)
        answer = client.put(
            "/api/v1/mfa/preference",
            {"activated": [SMS], "preferred": SMS, "digest": "x"},
            content_type="application/json",
        )
    text = page.content.decode()
    assert page.status_code == 503
    assert "Not possible right now" in text
    assert "check your settings before you send it again" in text
    assert page["X-Request-Id"] in text
    assert "canary" not in text
    assert page["Retry-After"] == "30"
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] in {"STORE_AWAY", "TRY_LATER"}
    assert pool.preferred(ella) == APP
    # And back: the same session goes on, and the change is made once.
    assert walker.open("/preference/").url == "/preference/"
    assert walker.send("Save", preferred=SMS).heading == "Saved"
    assert pool.preferred(ella) == SMS


@contextmanager
def no_room() -> Iterator[None]:
    """The engine itself takes no rows: SQLite's file may not grow, PostgreSQL only reads.

    SQLite gives back first what earlier rows have left free in it.
    """
    begin, end = {
        "sqlite": (
            ["VACUUM", "PRAGMA max_page_count = 1"],
            "PRAGMA max_page_count = 1073741823",
        ),
        "postgresql": (
            ["SET default_transaction_read_only = on"],
            "SET default_transaction_read_only = off",
        ),
    }[connection.vendor]
    with connection.cursor() as cursor:
        for statement in begin:
            cursor.execute(statement)
        try:
            yield
        finally:
            cursor.execute(end)


def test_a_disk_that_is_full(walker: Walker, pool: People, as_served: Any, transactional_db: None):
    """(RES-01, RES-08, AUD-06) as the engine says it: told so, and then all is well."""
    ella = ella_signed_in(walker, pool)
    data = {"activated": [*ALL], "preferred": SMS, "drawn_from": _drawn_from(walker)}
    with no_room():
        pages = [as_served(walker).post("/preference/", data) for _ in range(40)]
    refused = [page for page in pages if page.status_code == 503]
    # The last page of each table may hold some rows; then there is room for none.
    assert refused
    assert "Not possible right now" in refused[-1].content.decode()
    assert walker.open("/preference/").url == "/preference/"
    assert walker.send("Save", activated=[APP], preferred=APP).heading == "Saved"
    assert pool.on(ella) == {APP}


@pytest.mark.skipif(
    "TableCache" not in str(portal.CACHES["default"]["BACKEND"]), reason="Redis has no such table"
)
def test_a_cache_table_that_takes_no_rows_says_so(db: None):
    """(RES-02, RES-08) neither a lock that somebody else holds, nor a session lost in silence."""
    table = TableCache("portal_cache", {})
    table.add("held", "by somebody", timeout=30)
    with statements_fail(OperationalError("canary"), where=_writes):
        assert table.add("held", "by me", timeout=30) is False
        for write in (table.add, table.set):
            with pytest.raises(StoreAway):
                write("fresh", "value", timeout=30)
    assert table.get("held") == "by somebody"
    table.delete("held")


def test_a_log_that_cannot_be_written_stops_nobody(
    walker: Walker, pool: People, monkeypatch: pytest.MonkeyPatch
):
    """(RES-08) its disk is full: pages and changes go on; the audit is another thing."""
    (handler,) = (h for h in logging.getLogger().handlers if h.name == "stderr")
    assert isinstance(handler, logging.StreamHandler)
    ella = ella_signed_in(walker, pool)
    # A log in trouble says so on standard error, which has no room either.
    monkeypatch.setattr(logging, "raiseExceptions", False)
    with suppress(OSError), open("/dev/full", "w") as full:
        before = handler.setStream(full)
        try:
            walker.open("/preference/")
            assert walker.send("Save", preferred=SMS).heading == "Saved"
        finally:
            handler.stream = before
    assert pool.preferred(ella) == SMS


def _drawn_from(walker: Walker) -> str:
    walker.open("/preference/")
    return str(walker.page.form("Save").find("input", attrs={"name": "drawn_from"})["value"])  # type: ignore[index]


def test_a_database_lost_between_a_change_and_its_row(walker: Walker, pool: People, as_served: Any):
    """(RES-04, RES-08, AUD-06) made, and not said to be undone; the history calls it unknown."""
    ella = ella_signed_in(walker, pool)
    drawn_from, is_lost = _drawn_from(walker), False

    def from_the_end_on(sql: str, params: Any) -> bool:
        nonlocal is_lost
        is_lost |= 'INSERT INTO "accounts_auditrecord"' in sql and "intended" not in params
        return is_lost and _writes(sql)

    data = {"activated": [*ALL], "preferred": SMS, "drawn_from": drawn_from}
    with statements_fail(OperationalError("canary"), where=from_the_end_on):
        page = as_served(walker).post("/preference/", data)
    assert page.status_code == 503
    assert "We do not know whether what you sent was done." in page.content.decode()
    assert pool.preferred(ella) == SMS
    rows = AuditRecord.objects.filter(event="preference_changed")
    assert [row.outcome for row in rows] == ["intended"]
    assert walker.open("/activity/").status == 200


def test_counts_that_cannot_be_kept_let_no_guess_through(
    walker: Walker, pool: People, sandbox: Sandbox
):
    """(LIM-03, RES-02) fails closed, at the door and behind it; and pages are still shown."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open("/enrolment/totp/")
    app = App(walker.send("Show").secret)
    stranger = Walker()
    stranger.open("/sign-in/")
    sandbox.forget_calls()
    with statements_fail(OperationalError("canary"), where=lambda sql, _: "accounts_tally" in sql):
        page = walker.send("Turn on", code=app.code())
        assert told(page) == OURS
        assert "Nothing was changed." in page.text
        page = stranger.send("Sign in", login=nora.username, password=nora.password)
        assert told(page) == OURS
        made = sandbox.count_calls()
        assert walker.open("/").heading == OVERVIEW
    assert not {"VerifySoftwareToken", "InitiateAuth"} & set(made)


class _Lost:
    """A cache server that is gone: what Django's Redis cache then raises."""

    def close(self, **_: Any) -> None:
        """At the end of each request."""

    def __getattr__(self, name: str) -> Any:
        def lost(*_: Any, **__: Any) -> Any:
            raise redis.exceptions.ConnectionError("canary")

        return lost


def test_a_cache_that_is_gone_says_so_and_lets_nobody_in(
    walker: Walker, pool: People, as_served: Any, monkeypatch: pytest.MonkeyPatch
):
    """(RES-08, RES-02, SES-01) sessions lie there: no page, no sign-in, no change; then as before.

    The store is lost for a moment; what it held is still there when it answers again.
    """
    nora = pool.make()
    walker.sign_in(nora)
    client = as_served(walker)
    real = caches["default"]
    caches["default"] = _Lost()
    try:
        answers = [
            client.get("/"),
            client.get("/sign-in/"),
            client.post("/preference/", {}),
            client.get("/api/v1/mfa", headers={"accept": "application/json"}),
        ]
    finally:
        caches["default"] = real
    assert [each.status_code for each in answers] == [503] * 4
    assert "Nothing was changed. Wait 30 seconds" in answers[0].content.decode()
    assert all(b"canary" not in each.content for each in answers)
    assert answers[3].json()["error"]["code"] == "STORE_AWAY"
    assert walker.open("/").heading == OVERVIEW


def test_our_own_mistake_is_still_called_one(walker: Walker, pool: People, as_served: Any):
    """(RES-01) SQLite says of a missing table what it says of a full disk: not the same thing."""
    walker.sign_in(pool.make())
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE factors_enrolledauthenticator RENAME TO gone")
    assert as_served(walker).get("/").status_code == 500


# --- clocks -----------------------------------------------------------------------------------


def test_a_clock_behind_the_pools_signs_nobody_out(walker: Walker, pool: People, sandbox: Sandbox):
    """(RES-02, TOK-01) set back by a minute: told that it is ours to mend, the session stays."""
    ella_signed_in(walker, pool)
    nora = pool.make()
    stranger = Walker()
    stranger.open("/sign-in/")
    with sandbox.later(90):
        # A token of the pool's future.
        page = stranger.send("Sign in", login=nora.username, password=nora.password)
    assert told(page) == MISCONFIGURED
    assert "It is not your fault" in page.text
    assert walker.open("/").heading == OVERVIEW


def test_a_clock_that_jumps_forward_ends_sessions_and_opens_nothing(
    walker: Walker, pool: People, clock: Clock
):
    """(SES-03, REA-05) a day at once: signed out, with nothing changed; a new sign-in works."""
    ella = ella_signed_in(walker, pool)
    walker.open("/preference/")
    clock.forward(days=1)
    page = walker.send("Save", preferred=SMS)
    assert page.heading == "Sign in"
    assert pool.preferred(ella) == APP
    assert walker.sign_in(ella, at="/").heading == OVERVIEW


@pytest.mark.parametrize("moment", [OPENED_AT, SEEN_AT])
def test_a_session_of_the_future_is_over(walker: Walker, pool: People, moment: str):
    """(SES-03) opened while a clock was wrong by an hour: it would outlive its limits."""
    ella_signed_in(walker, pool)
    session = walker.client.session
    assert session[KIND]
    session[moment] += int(timedelta(hours=1).total_seconds())
    session.save()
    assert walker.open("/").heading == "Sign in"


def test_a_proof_of_the_future_is_no_recent_one(walker: Walker, pool: People):
    """(REA-05, SES-03) set back by ten minutes after a sign-in: it lasts not a moment longer."""
    ella_signed_in(walker, pool)
    with time_machine.travel(datetime.now(UTC) - timedelta(minutes=10), tick=True):
        assert walker.open("/preference/").heading == "Sign in"


def test_waits_outlive_a_clock_set_back(pool: People, clock: Clock):
    """(OTP-02, LIM-03) a guesser gains nothing by it: who has to wait still waits."""
    name = pool.make().username
    for _ in range(limits.PROOFS.free):
        limits.spend_proof(name, APP)
    with pytest.raises(limits.LimitReached):
        limits.spend_proof(name, APP)
    clock.forward(hours=-1)
    with pytest.raises(limits.LimitReached):
        limits.spend_proof(name, APP)


def test_a_lock_ends_by_itself_whatever_the_clock_says(db: None, clock: Clock):
    """(FAC-03, RES-06) its holder died, then the clock jumped: it is free when its time is over."""
    cache.add("lock:person:somebody", "of the dead", timeout=1)
    clock.forward(seconds=2)
    # Redis counts by a clock of its own, so there it takes this second.
    with locks.locked("person:somebody", wait_seconds=3):
        pass
    assert cache.get("lock:person:somebody") is None


def test_the_breaker_does_not_look_at_the_clock(db: None, clock: Clock):
    """(RES-03) ten seconds are ten seconds, by the monotonic clock."""
    breaker.keys.silent()
    assert breaker.keys.is_open
    clock.forward(days=1)
    with pytest.raises(breaker.CircuitOpen):
        breaker.keys.ask()
    clock.forward(days=-2)
    with pytest.raises(breaker.CircuitOpen):
        breaker.keys.ask()

"""What is kept of a signed-in person, for how long, and what is left when they go."""

import json
import string
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from allauth.account.adapter import get_adapter
from botocore.stub import Stubber
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.cache import SessionStore
from django.core.cache import cache
from django.http import HttpRequest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from accounts import sessions, vault
from accounts.cognito import client, tokens
from accounts.cognito.tokens import Tokens
from accounts.sessions import Kind
from tests.unit.mint import Mint
from tests.unit.persons import sign_in

# Whether somebody said "this was not me" is asked with whether the person is alive.
pytestmark = pytest.mark.django_db

IDLE, ABSOLUTE = timedelta(minutes=15), timedelta(hours=12)


@pytest.fixture
def cognito() -> Iterator[Stubber]:
    """The connection, with prepared answers in place of the network."""
    with Stubber(client.self_service()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


@pytest.fixture
def reads() -> Iterator[Stubber]:
    """The connection that reads, with prepared answers: whether the person is alive."""
    with Stubber(client.reads()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()


def expect_alive(reads: Stubber, times: int = 1) -> None:
    for _ in range(times):
        reads.add_response("get_user", {"Username": "nora", "UserAttributes": []})


def expect_revocation(cognito: Stubber, refresh: str) -> None:
    asked = {"Token": refresh, "ClientId": "unitportal0000000000000001"}
    cognito.add_response("revoke_token", {}, asked)


def expect_refresh(
    cognito: Stubber, access: str, *, asked: str, rotated: str | None = None
) -> None:
    result = {"AccessToken": access, **({"RefreshToken": rotated} if rotated else {})}
    request = {"RefreshToken": asked, "ClientId": "unitportal0000000000000001"}
    cognito.add_response("get_tokens_from_refresh_token", {"AuthenticationResult": result}, request)


def kept(request: HttpRequest) -> Any:
    return vault.unseal(request.session[sessions.CREDENTIALS])


def at(moment: datetime) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


def test_a_sign_in_gets_a_new_session_and_the_old_one_dies(ask: Any, mint: Mint):
    """SES-02: an id planted before the sign-in opens nothing afterwards."""
    request = ask()
    planted = request.session.session_key
    sign_in(request, mint)
    assert request.session.session_key != planted
    assert not SessionStore().exists(planted)


def test_tokens_lie_in_the_session_sealed(ask: Any, mint: Mint):
    """SES-11, TOK-04, DAT-02: the store shows neither of them."""
    request = sign_in(ask(), mint, refresh="canary-refresh")
    stored = json.dumps(dict(request.session.items()))
    assert "canary-refresh" not in stored
    assert kept(request)["access"] not in stored
    assert kept(request)["refresh"] == "canary-refresh"


def test_a_session_key_is_long_random_and_says_nothing(memory_cache: None):
    """SES-01: 10,000 of them; at least 128 bits each."""
    made = {SessionStore()._get_new_session_key() for _ in range(10_000)}
    assert len(made) == 10_000
    assert {len(key) for key in made} == {32}
    assert set("".join(made)) == set(string.ascii_lowercase + string.digits)


def test_the_person_is_the_one_of_the_token(ask: Any, mint: Mint, settings: Any):
    """TOK-03, AUD-01."""
    request = sign_in(ask("get", "/", REMOTE_ADDR="203.0.113.7"), mint, sub="nora-s-sub")
    request.request_id = "request-1"
    person = sessions.person_of(request)
    assert person is not None
    assert (person.sub, person.username) == ("nora-s-sub", "nora")
    assert person.pool_id == settings.COGNITO_USER_POOL_ID
    assert str(person.id) == request.session[SESSION_KEY]
    assert (person.origin.client_address, person.origin.request_id) == ("203.0.113.7", "request-1")
    assert request.session.session_key not in person.origin.session_hash
    assert len(person.origin.session_hash) == 64
    assert person.token.value not in repr(person)


@pytest.mark.parametrize(
    ("after", "alive"),
    [(IDLE - timedelta(seconds=1), True), (IDLE, True), (IDLE + timedelta(seconds=1), False)],
)
def test_an_idle_session_ends(
    after: timedelta, alive: bool, ask: Any, mint: Mint, cognito: Stubber, reads: Stubber
):
    """SES-03, TOK-07: after 15 minutes, here and at the pool."""
    request = sign_in(ask(), mint)
    if alive:
        expect_alive(reads)
    else:
        expect_revocation(cognito, "refresh")
    with at(datetime.now(UTC) + after):
        assert (sessions.person_of(request) is not None) == alive
    assert (sessions.CREDENTIALS in request.session) == alive


def test_a_used_session_ends_too(ask: Any, mint: Mint, cognito: Stubber, reads: Stubber):
    """SES-03: after 12 hours, however busy it was."""
    began = datetime.now(UTC)
    request = sign_in(ask(), mint, exp=int(began.timestamp()) + 86_400)
    step = timedelta(minutes=10)
    while step <= ABSOLUTE:
        expect_alive(reads)
        with at(began + step):
            assert sessions.person_of(request) is not None
        step += timedelta(minutes=10)
    expect_revocation(cognito, "refresh")
    with at(began + ABSOLUTE + timedelta(minutes=2)):
        assert sessions.person_of(request) is None


def test_looking_at_pages_writes_the_clock_once_a_minute(ask: Any, mint: Mint, reads: Stubber):
    """SES-03: a page view should not cost a write."""
    request = sign_in(ask(), mint)
    began = request.session[sessions.SEEN_AT]
    expect_alive(reads)
    with at(datetime.fromtimestamp(began + 60, UTC)):
        sessions.person_of(request)
    assert request.session[sessions.SEEN_AT] == began
    with at(datetime.fromtimestamp(began + 61, UTC)):
        sessions.person_of(request)
    assert request.session[sessions.SEEN_AT] == began + 61


def test_the_pool_is_asked_once_a_minute_whether_the_person_is_alive(
    ask: Any, mint: Mint, reads: Stubber
):
    """TOK-09: and what it says is good for the page's own first read, so a page costs no more."""
    request = sign_in(ask(), mint)
    began = request.session[sessions.ALIVE_AT]
    with at(datetime.fromtimestamp(began + 59, UTC)):
        assert sessions.person_of(request) is not None
    expect_alive(reads)
    with at(datetime.fromtimestamp(began + 60, UTC)):
        person = sessions.person_of(request)
        assert person is not None
        assert person.self_service.get_user().username == "nora"
        reads.assert_no_pending_responses()
        assert sessions.person_of(request) is not None
    expect_alive(reads)
    assert person.self_service.get_user().username == "nora"


def test_a_form_is_judged_on_a_read_of_its_own(ask: Any, mint: Mint, reads: Stubber):
    """FAC-03: what was read before the lock is worth nothing under it."""
    request = sign_in(ask("post", "/preference/"), mint)
    expect_alive(reads, times=2)
    with at(datetime.fromtimestamp(request.session[sessions.ALIVE_AT] + 60, UTC)):
        person = sessions.person_of(request)
        assert person is not None
        person.self_service.get_user()


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("NotAuthorizedException", "User is disabled."),
        ("NotAuthorizedException", "Access Token has been revoked"),
        ("UserNotFoundException", "User does not exist."),
    ],
)
def test_who_is_gone_at_the_pool_is_out_within_a_minute(
    code: str, message: str, ask: Any, mint: Mint, cognito: Stubber, reads: Stubber
):
    """TOK-09, AUZ-08."""
    request = sign_in(ask(), mint)
    reads.add_client_error("get_user", code, message)
    expect_revocation(cognito, "refresh")
    with at(datetime.fromtimestamp(request.session[sessions.ALIVE_AT] + 60, UTC)):
        assert sessions.person_of(request) is None


def test_a_session_of_another_kind_is_none(ask: Any, mint: Mint):
    """SES-13: the same tokens, kept for something else, open nothing here."""
    request = sign_in(ask(), mint)
    for other in ("embedded", "", None):
        request.session[sessions.KIND] = other
        assert sessions.person_of(request) is None


def test_a_kind_is_what_was_proved(ask: Any, mint: Mint):
    """SES-13, REA-01: five minutes after the proof, or as soon as the person says so."""
    request = sign_in(ask(), mint)
    person = sessions.person_of(request)
    assert person is not None
    assert person.kind is Kind.REAUTHENTICATED
    request.person = person  # type: ignore[attr-defined]
    sessions.close_changes(request)  # type: ignore[arg-type]
    closed = sessions.person_of(request)
    assert closed is not None
    assert closed.kind is Kind.SIGNED_IN
    sign_in(request, mint)
    again = sessions.person_of(request)
    assert again is not None
    assert again.kind is Kind.REAUTHENTICATED


def test_staying_lasts_as_long_as_it_may(ask: Any, mint: Mint, reads: Stubber):
    """SES-03: fifteen minutes from now, and never past the twelve hours."""
    began = datetime.now(UTC).replace(microsecond=0)
    with at(began):
        request: Any = sign_in(ask(), mint, exp=int(began.timestamp()) + 86_400)
        request.person = sessions.person_of(request)
    assert request.person.signed_in_until == began + IDLE
    assert request.person.signed_in_at_most_until == began + ABSOLUTE
    with at(began + timedelta(minutes=14)):
        assert sessions.stay(request) == began + timedelta(minutes=29)
    with at(began + ABSOLUTE - timedelta(minutes=1)):
        assert sessions.stay(request) == began + ABSOLUTE


@pytest.mark.parametrize("lost", [sessions.OPENED_AT, sessions.SEEN_AT])
def test_a_session_that_lost_its_clock_is_over(lost: str, ask: Any, mint: Mint, cognito: Stubber):
    """SES-03, RES-02."""
    request = sign_in(ask(), mint)
    del request.session[lost]
    expect_revocation(cognito, "refresh")
    assert sessions.person_of(request) is None


def test_a_broken_seal_ends_the_session(ask: Any, mint: Mint):
    """DAT-02, RES-02: there is nothing left to revoke with."""
    request = sign_in(ask(), mint)
    request.session[sessions.CREDENTIALS] = "no seal"
    assert sessions.person_of(request) is None
    assert sessions.CREDENTIALS not in request.session


def test_signing_out_revokes_here_and_at_the_pool(ask: Any, mint: Mint, cognito: Stubber):
    """TOK-07, SES-05: the server's record is gone, so the old cookie names nothing."""
    request = sign_in(ask(), mint, refresh="mine")
    request.session.save()
    key = request.session.session_key
    expect_revocation(cognito, "mine")
    sessions.end(request)
    assert not SessionStore().exists(key)
    assert dict(request.session.items()) == {}


@pytest.mark.parametrize("code", ["InternalErrorException", "TooManyRequestsException"])
def test_a_pool_in_trouble_keeps_nobody_signed_in(
    code: str, ask: Any, mint: Mint, cognito: Stubber
):
    """SES-05, RES-02."""
    request = sign_in(ask(), mint)
    cognito.add_client_error("revoke_token", code)
    sessions.end(request)
    assert sessions.CREDENTIALS not in request.session


def test_signing_out_nobody_is_quiet(ask: Any, cognito: Stubber):
    """SES-05."""
    sessions.end(ask())
    sessions.forget_refresh_token("no seal")


def test_what_a_reauthentication_replaced_is_revoked(ask: Any, mint: Mint, cognito: Stubber):
    """TOK-07."""
    expect_revocation(cognito, "older")
    sessions.forget_refresh_token(vault.seal({"access": "a", "refresh": "older"}))


SOON = 30  # seconds: less than the portal wants to have left


def test_a_token_that_is_about_to_end_is_refreshed_before(ask: Any, mint: Mint, cognito: Stubber):
    """TOK-07, REA-05: the proof stays as old as it is."""
    proved = int(time.time()) - 1000
    request = sign_in(ask(), mint, exp=int(time.time()) + SOON, auth_time=proved)
    fresh = mint.access_token(auth_time=proved)
    expect_refresh(cognito, fresh, asked="refresh")
    person = sessions.person_of(request)
    assert person is not None
    assert person.token.value == fresh
    assert not person.proved_recently
    assert kept(request) == {"access": fresh, "refresh": "refresh"}


def test_an_expired_token_is_refreshed_too_and_rotation_is_kept(
    ask: Any, mint: Mint, cognito: Stubber
):
    """Contract 8.6: with rotation, the new refresh token is the one to keep."""
    request = sign_in(ask(), mint, exp=int(time.time()) + 1)
    fresh = mint.access_token(exp=int(time.time()) + 7200)
    expect_refresh(cognito, fresh, asked="refresh", rotated="rotated")
    with at(datetime.now(UTC) + timedelta(minutes=1)):
        assert sessions.person_of(request) is not None
    assert kept(request)["refresh"] == "rotated"


def test_a_refused_refresh_ends_the_session(ask: Any, mint: Mint, cognito: Stubber):
    """TOK-09, AUZ-08: a person who was disabled or signed out everywhere."""
    request = sign_in(ask(), mint, exp=int(time.time()) + SOON)
    cognito.add_client_error(
        "get_tokens_from_refresh_token", "NotAuthorizedException", "User is disabled."
    )
    expect_revocation(cognito, "refresh")
    assert sessions.person_of(request) is None
    assert sessions.CREDENTIALS not in request.session


def test_two_tabs_spend_a_refresh_token_once(ask: Any, mint: Mint, cognito: Stubber):
    """Contract 8.6, QA-04: the second tab finds what the first one brought."""
    one = sign_in(ask(), mint, exp=int(time.time()) + SOON)
    one.session.save()
    tabs = [one, ask()]
    tabs[1].session = SessionStore(one.session.session_key)
    tabs[1].session.get(sessions.CREDENTIALS)
    fresh = mint.access_token()
    expect_refresh(cognito, fresh, asked="refresh", rotated="rotated")
    barrier = threading.Barrier(2)

    def open_tab(request: HttpRequest) -> str:
        barrier.wait()
        person = sessions.person_of(request)
        assert person is not None
        return person.token.value

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(open_tab, tabs)) == [fresh, fresh]


def test_a_refresh_does_not_make_a_proof_younger(ask: Any, mint: Mint):
    """REA-05: auth_time decides, not iat and not the page that was looked at."""
    proved = int(time.time()) - 301
    request = sign_in(ask(), mint, auth_time=proved, iat=int(time.time()))
    person = sessions.person_of(request)
    assert person is not None
    assert not person.proved_recently
    assert person.changes_until == datetime.fromtimestamp(proved + 300, UTC)


def test_a_refresh_token_that_is_missing_is_kept_as_none(ask: Any, mint: Mint):
    """Contract 8.6."""
    request = ask()
    sessions.keep(request, Tokens(tokens.verified(mint.access_token())))
    assert kept(request)["refresh"] == ""


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, None, "192.0.2.1"),
        (0, "203.0.113.7", "192.0.2.1"),
        (1, "203.0.113.7", "203.0.113.7"),
        (1, "10.0.0.1, 203.0.113.7", "203.0.113.7"),
        (2, "203.0.113.7, 198.51.100.2", "203.0.113.7"),
        (1, "2001:db8::7", "2001:db8::7"),
        (1, "nonsense", "unknown"),
        (1, "203.0.113.7, <script>", "unknown"),
        # Past the proxy, or before any: the address of the connection cannot be forged.
        (1, "", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (2, "203.0.113.7", "unknown"),
        (1, "203.0.113.7:1234", "203.0.113.7"),
    ],
)
def test_an_address_comes_only_from_proxies_we_trust(
    proxies: int, forwarded: str | None, address: str, ask: Any, settings: Any
):
    """LIM-02: nonsense is "unknown", never an error and never a pass."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
    headers = {} if forwarded is None else {"HTTP_X_FORWARDED_FOR": forwarded}
    request = ask("get", "/", REMOTE_ADDR="192.0.2.1", **headers)
    assert sessions.origin_of(request).client_address == address
    assert get_adapter().get_client_ip(request) == address


@given(st.text(max_size=60))
def test_no_header_can_break_the_address(forwarded: str):
    """LIM-02, INP-06, AUD-01: whatever it is, it fits its column."""
    request: Any = RequestFactory().get("/", HTTP_X_FORWARDED_FOR=forwarded)
    request.session = SessionStore()
    with override_settings(ALLAUTH_TRUSTED_PROXY_COUNT=1):
        assert 0 < len(sessions.origin_of(request).client_address) <= 45


def test_a_request_without_a_session_has_an_origin_all_the_same(memory_cache: None, rf: Any):
    """AUD-01."""
    request = rf.get("/")
    request.session = SessionStore()
    assert sessions.origin_of(request).session_hash == ""
    assert cache.get("nothing") is None

"""Tickets of frames: what a host may ask for; good once, for a minute, for one host."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.cognito import client as connections
from accounts.cognito.errors import TryLater
from accounts.cognito.tokens import AccessToken
from portal.embed import clients, tickets
from portal.embed.models import EmbedClient, EmbedTicket
from portal.embed.tickets import LONGEST_TOKEN, Refused, Wanted
from tests.unit.mint import Mint

HOST, OTHER = "https://app.acme.example", "https://other.acme.example"
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SUB = "5f3c9c1e-0000-4000-8000-000000000001"


class Pool:
    """A Cognito that knows one person, or refuses. answer: of the next calls; asked: for what."""

    def __init__(self) -> None:
        attributes = [{"Name": "sub", "Value": SUB}]
        self.answer: tuple[int, dict[str, Any]] = (
            200,
            {"Username": "nora", "UserAttributes": attributes},
        )
        self.asked: list[str] = []

    def refuse(self, code: str) -> None:
        self.answer = (400, {"__type": code, "message": "No."})


@pytest.fixture
def pool(monkeypatch: pytest.MonkeyPatch) -> Iterator[Pool]:
    pool = Pool()

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            pool.asked.append(self.headers["X-Amz-Target"].rpartition(".")[2])
            status, told = pool.answer
            body = json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    # It looks so often whether it shall end: half a second otherwise, after each test.
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_COGNITO_IDENTITY_PROVIDER", address)
    _forget_connections()
    try:
        yield pool
    finally:
        _forget_connections()
        server.shutdown()
        server.server_close()


def _forget_connections() -> None:
    for purpose in connections.PURPOSES:
        purpose.cache_clear()  # type: ignore[attr-defined]


@pytest.fixture
def acme(db: None, mint: Mint) -> EmbedClient:
    return _client("acme", mint)


def _client(name: str, mint: Mint) -> EmbedClient:
    pages = ["overview", "turn-off", "history"]
    clients.add(name, allowed=[HOST, OTHER], app_clients=[mint.client_id], pages=pages)
    return EmbedClient.objects.get(name=name)


def _body(mint: Mint, **more: Any) -> dict[str, Any]:
    return {"access_token": mint.access_token(), "origin": HOST, "page": "overview", **more}


def _code(client: EmbedClient, body: Any) -> str:
    with pytest.raises(Refused) as refused:
        tickets.wanted(client, body)
    assert str(refused.value) == refused.value.code
    return refused.value.code


# --- what a host may ask for ------------------------------------------------------------------


def test_a_host_asks_for_a_person_by_their_living_token(acme: EmbedClient, mint: Mint, pool: Pool):
    """(EMB-06) origin and page as asked; one call to the pool, which says who it is."""
    asked = tickets.wanted(acme, _body(mint, origin=OTHER, page="history"))
    assert (asked.origin, asked.page, asked.token.sub) == (OTHER, "history", SUB)
    assert pool.asked == ["GetUser"]
    token, account = tickets.living(acme, mint.access_token())
    assert (token.sub, account.username) == (SUB, "nora")
    assert asked.token.value not in repr(asked)


@pytest.mark.parametrize(
    "more",
    [
        {"sub": SUB},
        {"origin": None},
        {"page": 7},
        {"access_token": ["a"]},
        {"access_token": "a" * (LONGEST_TOKEN + 1)},
        {"origin": "https://" + "a" * 293},
        {"page": "a" * 41},
    ],
)
def test_what_has_another_form_is_no_request(
    acme: EmbedClient, mint: Mint, pool: Pool, more: dict[str, Any]
):
    """(EMB-06, INP-04) a field more, another type, or too long: nobody is asked."""
    assert _code(acme, _body(mint, **more)) == "VALIDATION_ERROR"
    assert pool.asked == []


@pytest.mark.parametrize("body", [None, [], "text", {}, {"origin": HOST, "page": "overview"}])
def test_what_lacks_a_field_is_no_request(acme: EmbedClient, pool: Pool, body: Any):
    """(EMB-06)"""
    assert _code(acme, body) == "VALIDATION_ERROR"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        # As long as it may be: read, and not on the list.
        ({"origin": "https://" + "a" * 292}, "ORIGIN_NOT_ALLOWED"),
        ({"origin": "https://app.acme.example.evil"}, "ORIGIN_NOT_ALLOWED"),
        ({"page": "a" * 40}, "PAGE_NOT_ALLOWED"),
        # Of the portal, and not of this client.
        ({"page": "devices"}, "PAGE_NOT_ALLOWED"),
        # Of this client, and never the first one.
        ({"page": "turn-off"}, "PAGE_NOT_ALLOWED"),
        ({"access_token": "a" * LONGEST_TOKEN}, "TOKEN_NOT_ACCEPTED"),
    ],
)
def test_origin_page_and_token_are_of_the_list(
    acme: EmbedClient, mint: Mint, pool: Pool, more: dict[str, Any], code: str
):
    """(EMB-01, EMB-06)"""
    assert _code(acme, _body(mint, **more)) == code
    assert pool.asked == []


@pytest.mark.parametrize(
    "changed",
    [
        {"scope": "openid"},
        {"scope": "aws.cognito.signin.user.adminx"},
        {"client_id": "another"},
        {"token_use": "id"},
        {"exp": 1},
    ],
)
def test_a_token_that_does_not_fit_asks_for_nobody(
    acme: EmbedClient, mint: Mint, pool: Pool, changed: dict[str, Any]
):
    """(EMB-06, TOK-01, TOK-02)"""
    assert _code(acme, _body(mint, access_token=mint.access_token(**changed))) == (
        "TOKEN_NOT_ACCEPTED"
    )
    assert pool.asked == []


def test_a_token_is_of_the_hosts_own_app_client(acme: EmbedClient, mint: Mint, pool: Pool):
    """(EMB-06, TOK-02) the portal's own counts for no host that does not name it."""
    acme.app_clients = ["appofthehost0000000000001"]
    assert _code(acme, _body(mint)) == "TOKEN_NOT_ACCEPTED"
    assert pool.asked == []
    theirs = mint.access_token(client_id="appofthehost0000000000001")
    assert tickets.wanted(acme, _body(mint, access_token=theirs)).token.sub == SUB


def test_a_token_that_the_pool_no_longer_honours(acme: EmbedClient, mint: Mint, pool: Pool):
    """(EMB-06) revoked: refused; the pool busy: said so, and not called a bad token."""
    pool.refuse("NotAuthorizedException")
    assert _code(acme, _body(mint)) == "TOKEN_NOT_ACCEPTED"
    pool.refuse("TooManyRequestsException")
    with pytest.raises(TryLater):
        tickets.wanted(acme, _body(mint))


# --- good once --------------------------------------------------------------------------------


@pytest.fixture
def token(mint: Mint) -> AccessToken:
    from accounts.cognito import tokens  # noqa: PLC0415

    return tokens.verified(mint.access_token(), clients=[mint.client_id])


def test_a_ticket_is_random_and_kept_as_a_hash(acme: EmbedClient, token: AccessToken):
    """(EMB-04) 256 bits, in no column; it says whose frame begins with which page."""
    issued = [tickets.issue(acme, Wanted(token, HOST, "history")) for _ in range(2)]
    assert len({*issued}) == 2
    assert {len(each) for each in issued} == {43}
    kept = EmbedTicket.objects.order_by("pk").first()
    assert kept is not None
    assert (kept.client, kept.origin, kept.sub, kept.page) == (acme, HOST, SUB, "history")
    assert kept.used_at is None
    columns = " ".join(str(value) for row in EmbedTicket.objects.values_list() for value in row)
    assert not [text for text in (*issued, token.value) if text in columns]
    assert tickets.token_of(kept) == token.value


def test_a_ticket_works_once(acme: EmbedClient, token: AccessToken):
    """(EMB-04)"""
    ticket = tickets.issue(acme, Wanted(token, HOST, "overview"))
    another = tickets.issue(acme, Wanted(token, HOST, "history"))
    used = tickets.redeem(acme, ticket, HOST)
    assert used is not None
    assert (used.page, used.used_at is None) == ("overview", False)
    assert tickets.redeem(acme, ticket, HOST) is None
    assert tickets.redeem(acme, another, HOST) is not None


@pytest.mark.parametrize(("seconds", "works"), [(0, True), (59, True), (60, False), (3600, False)])
def test_a_ticket_lives_a_minute(
    acme: EmbedClient, token: AccessToken, *, seconds: int, works: bool
):
    """(EMB-04)"""
    with time_machine.travel(NOW, tick=False) as clock:
        ticket = tickets.issue(acme, Wanted(token, HOST, "overview"))
        clock.shift(timedelta(seconds=seconds))
        assert (tickets.redeem(acme, ticket, HOST) is not None) == works


def test_a_ticket_is_of_its_client_and_origin(acme: EmbedClient, token: AccessToken, mint: Mint):
    """(EMB-04, AUZ-03) for another one it looks like none, and is not used up by the try."""
    ticket = tickets.issue(acme, Wanted(token, HOST, "overview"))
    assert tickets.redeem(acme, ticket, OTHER) is None
    assert tickets.redeem(_client("rival", mint), ticket, HOST) is None
    assert tickets.redeem(acme, ticket + "A", HOST) is None
    assert tickets.redeem(acme, ticket, HOST) is not None


def test_what_is_over_is_deleted(acme: EmbedClient, token: AccessToken):
    """(DAT-01) a ticket is kept no longer than it could have worked."""
    with time_machine.travel(NOW, tick=False) as clock:
        tickets.issue(acme, Wanted(token, HOST, "overview"))
        clock.shift(timedelta(seconds=59))
        tickets.issue(acme, Wanted(token, HOST, "history"))
        assert tickets.purge() == 0
        clock.shift(timedelta(seconds=1))
        assert tickets.purge() == 1
        assert EmbedTicket.objects.get().page == "history"
        assert EmbedTicket.objects.get().ends_at == timezone.now() + timedelta(seconds=59)

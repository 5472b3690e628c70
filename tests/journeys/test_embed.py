"""The portal in a frame of another application: tickets, sessions, pages, windows."""

import json
import threading
from io import StringIO
from typing import Any

import pytest
from django.conf import settings as portal
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import AuditRecord
from portal.embed import clients, tickets, windows
from portal.embed.models import EmbedClient, EmbedTicket, PortalWindow
from tests.clock import Clock
from tests.journeys.embed_steps import (
    HOST,
    LOBBY,
    Host,
    exchange,
    framed,
    lobby_of,
    register,
    send_json,
)
from tests.journeys.steps import (
    ALL,
    APP,
    EMAIL,
    OVERVIEW,
    SMS,
    enrol_app,
    see_app_key,
    session_id,
    tokens_of,
)
from tests.journeys.test_passkey_sign_in import PAGE as PASSKEY
from tests.journeys.test_passkey_sign_in import choose_passkey, register_passkey
from tests.people import App, People
from tests.sandbox_process import Sandbox
from tests.walker import OWN_ORIGIN, Walker

# Of the same site as the portal, which is at http://localhost in these tests.
NEAR = "http://localhost:8001"
OVER = "That took a little long"
PROVE = "Confirm that it is you"


@pytest.fixture
def host(pool: People, settings: Any) -> Host:
    """An application of another site."""
    settings.EMBED = True
    return register(pool)


@pytest.fixture
def near(pool: People, settings: Any) -> Host:
    """An application of our own site."""
    settings.EMBED = True
    return register(pool, origin=NEAR)


def ancestors(response: Any) -> list[str]:
    policy = response["Content-Security-Policy"]
    (found,) = [part for part in policy.split("; ") if part.startswith("frame-ancestors")]
    return sorted(found.split()[1:])


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


# --- clients ----------------------------------------------------------------------------------


def manage(*arguments: str) -> str:
    said = StringIO()
    call_command("embed", "client", *arguments, stdout=said)
    return said.getvalue()


ADD = ("add", "acme", "--origin", HOST, "--app-client", "abc123", "--page", "overview")


def test_a_client_is_added_listed_rotated_and_removed(pool: People, settings: Any):
    """(EMB-01, EMB-05) a key is shown once and kept as a hash; two work during a change."""
    settings.EMBED = True
    first = manage(*ADD).split()[-1]
    assert len(first) > 50
    listed = manage("list")
    assert HOST in listed
    assert first not in listed
    assert first not in str(list(EmbedClient.objects.get().keys.values()))
    second, third = (manage("rotate", "acme").split()[-1] for _ in range(2))
    assert manage("list").count("never used") == 2
    assert [clients.of_key(key) is not None for key in (first, second, third)] == [0, 1, 1]
    assert manage("list").count("last used") == 2
    assert "1 older key" in manage("rotate", "acme", "--end-older")
    assert [clients.of_key(key) is not None for key in (second, third)] == [0, 1]
    assert "removed" in manage("remove", "acme")
    assert clients.of_key(third) is None
    assert manage("list").strip() == "No client is registered."


@pytest.mark.parametrize(
    "arguments",
    [
        ("add", "Acme!", *ADD[2:]),
        ("add", "acme", "--origin", "https://*.acme.example", "--app-client", "abc123"),
        ("add", "acme", "--app-client", "abc123"),
        ("add", "acme", "--origin", HOST),
        ("add", "acme", "--origin", HOST, "--app-client", "a b"),
        (*ADD[:-1], "turn-off"),
        ("rotate", "nobody"),
        ("remove", "nobody"),
    ],
)
def test_what_is_no_client_is_not_registered(pool: People, arguments: tuple[str, ...]):
    """(EMB-01)"""
    with pytest.raises(CommandError):
        manage(*arguments)
    assert not EmbedClient.objects.exists()


def test_a_name_is_taken_once_and_the_last_origin_stays(pool: People):
    """(EMB-01)"""
    manage(*ADD)
    for arguments in (
        ADD,
        ("remove", "acme", "--origin", HOST),
        ("remove", "acme", "--origin", NEAR),
    ):
        with pytest.raises(CommandError):
            manage(*arguments)
    assert EmbedClient.objects.get().origins == [HOST]


def test_it_is_off_by_default(pool: People, walker: Walker, settings: Any):
    """(EMB-01) a registered client opens nothing while the room is off."""
    host = register(pool)
    assert settings.EMBED is False
    assert lobby_of(walker).status == 404
    assert ancestors(walker.client.get(LOBBY)) == ["'none'"]
    assert refusal(host.ask(pool.access_token(pool.make()))) == (401, "UNAUTHENTICATED")


# --- who may show us --------------------------------------------------------------------------


def test_only_the_clients_own_origins_may_show_its_frame(walker: Walker, pool: People, host: Host):
    """(EMB-02, WEB-02) two clients, an unknown one, and every page that is no frame's."""
    register(pool, "other", origin="https://other.example", allowed=["https://other.example"])
    assert ancestors(walker.client.get(LOBBY)) == [HOST]
    assert ancestors(walker.client.get("/embed/?client=other")) == ["https://other.example"]
    for path in ("/embed/?client=unknown", "/embed/", "/embed/?client=acme%20https://evil.example"):
        response = walker.client.get(path)
        assert (response.status_code, ancestors(response)) == (404, ["'none'"])
        assert response["X-Frame-Options"] == "DENY"
    framed(walker, pool, host, pool.make())
    for path in ("/embed/in/", "/embed/in/preference/", "/embed/in/nothing/", "/embed/over/"):
        response = walker.client.get(path)
        assert ancestors(response) == ["'self'", HOST], path
        assert "X-Frame-Options" not in response
    for path in ("/", "/sign-in/", "/helpdesk/", "/w/nothing/"):
        assert ancestors(walker.client.get(path)) == ["'none'"], path


# --- tickets ----------------------------------------------------------------------------------


def test_a_ticket_needs_the_clients_own_key(pool: People, host: Host):
    """(EMB-05, AUD-02) missing, wrong, and one that was rotated away; each leaves its row."""
    token = pool.access_token(pool.make())
    for headers in ({"authorization": "Basic x"}, {"authorization": "Bearer mfa-embed_wrong"}):
        assert refusal(host.ask(token, headers=headers)) == (401, "UNAUTHENTICATED")
    clients.rotate(host.client)
    assert host.ask(token).status_code == 201
    clients.rotate(host.client)
    assert refusal(host.ask(token)) == (401, "UNAUTHENTICATED")
    refused = AuditRecord.objects.filter(event="guard_refused", detail__what="embed key")
    assert refused.count() == 3
    issued = AuditRecord.objects.get(event="embed_ticket_issued")
    assert (issued.embed_client, issued.detail) == ("acme", {"page": "overview"})


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": HOST},
        {"origin": OWN_ORIGIN},
        {"sec-fetch-site": "cross-site"},
        {"origin": "null"},
    ],
    ids=str,
)
def test_no_browser_gets_a_ticket(pool: People, host: Host, headers: dict[str, str]):
    """(EMB-05) even with the key; and there is no CORS."""
    answer = host.ask(pool.access_token(pool.make()), headers=headers)
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer
    assert not EmbedTicket.objects.exists()


def test_a_host_cannot_name_a_person(pool: People, host: Host, clock: Clock, make_pool: Any):
    """(EMB-06, TOK-01, TOK-02) only a token that the pool honours, of the client's own app."""
    nora = pool.make()
    token = pool.access_token(nora)
    made = pool.admin.create_user_pool_client(
        UserPoolId=pool.pool_id,
        ClientName="Another",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    )["UserPoolClient"]["ClientId"]
    reply = pool.admin.initiate_auth(
        AuthFlow="USER_PASSWORD_AUTH",
        ClientId=made,
        AuthParameters={"USERNAME": nora.username, "PASSWORD": nora.password},
    )["AuthenticationResult"]
    for wrong in (nora.username, "", reply["AccessToken"], reply["IdToken"], token + "x"):
        assert refusal(host.ask(wrong)) == (403, "TOKEN_NOT_ACCEPTED"), wrong
    assert host.ask(token).status_code == 201
    pool.admin.admin_user_global_sign_out(UserPoolId=pool.pool_id, Username=nora.username)
    assert refusal(host.ask(token)) == (403, "TOKEN_NOT_ACCEPTED")
    fresh = pool.access_token(nora)
    clock.forward(minutes=61)
    assert refusal(host.ask(fresh)) == (403, "TOKEN_NOT_ACCEPTED")


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({"origin": "https://app.acme.example.evil.example"}, 403, "ORIGIN_NOT_ALLOWED"),
        ({"origin": HOST + "/"}, 403, "ORIGIN_NOT_ALLOWED"),
        ({"page": "history"}, 403, "PAGE_NOT_ALLOWED"),
        ({"page": "turn-off"}, 403, "PAGE_NOT_ALLOWED"),
        ({"sub": "somebody"}, 400, "VALIDATION_ERROR"),
        ({"page": ["overview"]}, 400, "VALIDATION_ERROR"),
        ({"origin": "h" * 301}, 400, "VALIDATION_ERROR"),
    ],
)
def test_what_a_ticket_is_not_issued_for(
    pool: People, settings: Any, more: dict[str, Any], status: int, code: str
):
    """(EMB-04, EMB-05)"""
    settings.EMBED = True
    host = register(pool, pages=["overview", "turn-off"])
    assert refusal(host.ask(pool.access_token(pool.make()), **more)) == (status, code)
    for body in ("", "[", "[]", "[" * 50_000):
        answer = host.server.post(
            "/embed/tickets",
            body,
            content_type="application/json",
            headers={"authorization": f"Bearer {host.key}"},
        )
        assert refusal(answer) == (400, "VALIDATION_ERROR")


def test_tickets_are_limited(pool: People, host: Host):
    """(EMB-05, LIM-01)"""
    token = pool.access_token(pool.make())
    for _ in range(20):
        assert host.ask(token).status_code == 201
    refused = host.ask(token)
    assert refusal(refused) == (429, "TOO_MANY_ATTEMPTS")
    assert int(refused["Retry-After"]) > 0


def test_a_ticket_works_once_for_its_own_client_and_origin_within_a_minute(
    walker: Walker, pool: People, clock: Clock, settings: Any
):
    """(EMB-04, EMB-03) all refusals look alike; nothing of it is in the answer or the store."""
    settings.EMBED = True
    host = register(pool, allowed=[HOST, NEAR])
    other = register(pool, "other")
    token = pool.access_token(pool.make())
    ticket = host.ticket(token)
    kept = EmbedTicket.objects.get()
    assert len(ticket) == 43
    assert ticket not in str(vars(kept))
    assert token not in str(vars(kept))
    elsewhere = Host(host.key, "acme", NEAR)
    for wrong in (Host(other.key, "other"), elsewhere, Host("", "acme", "https://evil.example")):
        assert refusal(exchange(walker, ticket, wrong)) == (403, "TICKET_REFUSED")
    for text in (ticket[:-1], ticket.swapcase(), "", None, 7, [ticket]):
        assert refusal(exchange(walker, text, host)) == (403, "TICKET_REFUSED")  # type: ignore[arg-type]
    answer = exchange(walker, ticket, host)
    assert answer.status_code == 200
    assert ticket not in answer.content.decode()
    assert token not in answer.content.decode()
    assert refusal(exchange(walker, ticket, host)) == (403, "TICKET_REFUSED")
    late = host.ticket(token)
    clock.forward(seconds=61)
    assert refusal(exchange(walker, late, host)) == (403, "TICKET_REFUSED")
    assert tickets.purge() == 2


def test_what_is_left_of_a_window_goes_when_no_frame_can_wait_for_it(
    walker: Walker, pool: People, host: Host, clock: Clock
):
    """(EMB-11, DAT-01) with the token and the proof sealed in it; `manage.py purge` says so."""
    framed(walker, pool, host, pool.make())
    assert PortalWindow.objects.exclude(sealed="").count() == 1
    age = portal.EMBED_WINDOW_AGE + portal.EMBED_ABSOLUTE_LIMIT
    clock.forward(seconds=age.total_seconds() - 5)
    assert windows.purge() == 0
    clock.forward(seconds=10)
    said = StringIO()
    call_command("purge", stdout=said)
    assert "portal windows: 1" in said.getvalue()
    assert not PortalWindow.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_of_twenty_uses_at_once_one_wins(pool: People, host: Host):
    """(EMB-04, QA-04) one statement decides."""
    if portal.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # In memory every connection would have a database of its own: one thread, interleaved.
        ticket = host.ticket(pool.access_token(pool.make()))
        won = [tickets.redeem(host.client, ticket, HOST) for _ in range(20)]
        assert sum(each is not None for each in won) == 1
        return
    ticket, barrier, wins = host.ticket(pool.access_token(pool.make())), threading.Barrier(20), []

    def use() -> None:
        barrier.wait()
        try:
            wins.append(tickets.redeem(host.client, ticket, HOST) is not None)
        finally:
            connection.close()

    threads = [threading.Thread(target=use) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(wins) == 1


@pytest.mark.parametrize(
    "headers", [{"origin": HOST}, {"origin": "null"}, {"sec-fetch-site": "same-site"}], ids=str
)
def test_only_a_lobby_of_ours_exchanges_a_ticket(
    walker: Walker, pool: People, host: Host, headers: dict[str, str]
):
    """(EMB-07, WEB-08) by its signed token, and by where the request comes from."""
    ticket = host.ticket(pool.access_token(pool.make()))
    body = {"ticket": ticket, "origin": HOST, "theme": None, "locale": None}
    for lobby in ("", "forged", None, {}):
        answer = walker.client.post(
            "/embed/session", json.dumps({**body, "lobby": lobby}), content_type="application/json"
        )
        assert refusal(answer) == (403, "CSRF_FAILED")
    real = lobby_of(walker).soup.select("[data-lobby]")[0]["data-lobby"]
    answer = walker.client.post(
        "/embed/session",
        json.dumps({**body, "lobby": real}),
        content_type="application/json",
        headers=headers,
    )
    assert answer.status_code == 403
    assert EmbedTicket.objects.get().used_at is None


# --- the session in the frame -----------------------------------------------------------------


def test_the_frame_shows_whose_account_it_is_and_nothing_of_the_portal_around(
    walker: Walker, pool: People, host: Host
):
    """(EMB-29, EMB-03, TOK-04) no navigation, no full address, no token."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    told = framed(walker, pool, host, ella)
    assert told["start"] == "/embed/in/"
    assert walker.page.heading == OVERVIEW
    assert walker.page.soup.select(".frame-header .account-name")
    assert ella.username in walker.page.soup.select(".frame-header")[0].text
    for absent in ("Sign out", "Your phone number", "Where you are signed in", "Recovery codes"):
        assert absent not in walker.page.text
    addresses = [a["href"] for a in walker.page.soup.select("a[href]")]
    assert all(str(each).startswith(("/embed/in/", "#")) for each in addresses)
    for page in walker.visited:
        assert ella.email not in page.html
        assert ella.phone not in page.html


def test_two_people_in_one_browser_each_see_their_own(walker: Walker, pool: People, host: Host):
    """(EMB-29, SES-02) the second ticket puts the first session out, under a new id."""
    ann, bob = pool.make(), pool.make()
    framed(walker, pool, host, ann)
    first = walker.client.cookies[portal.EMBED_COOKIE_NAME].value
    framed(walker, pool, host, bob)
    assert walker.client.cookies[portal.EMBED_COOKIE_NAME].value != first
    header = walker.page.soup.select(".frame-header")[0].text
    assert bob.username in header
    assert ann.username not in header
    walker.client.cookies[portal.EMBED_COOKIE_NAME] = first
    assert walker.open("/embed/in/").heading == OVER


def test_the_frames_session_and_the_portals_are_apart(walker: Walker, pool: People, host: Host):
    """(EMB-09, SES-13) each has a cookie of its own, and neither ends the other."""
    ann, bob = pool.make(), pool.make()
    walker.sign_in(ann)
    own = session_id(walker)
    framed(walker, pool, host, bob)
    assert session_id(walker) == own
    assert walker.open("/").heading == OVERVIEW
    assert bob.username not in walker.page.text
    assert portal.EMBED_COOKIE_NAME in walker.client.cookies


def test_it_ends_when_nobody_uses_it(walker: Walker, pool: People, host: Host, clock: Clock):
    """(EMB-13, SES-03) the page says so, and may still be shown by its host."""
    framed(walker, pool, host, pool.make())
    clock.forward(minutes=14)
    assert walker.open("/embed/in/").heading == OVERVIEW
    clock.forward(minutes=15, seconds=1)
    page = walker.open("/embed/in/")
    assert page.heading == OVER
    assert page.soup.html["data-frame"] == "over"  # type: ignore[index]
    assert ancestors(page.headers) == ["'self'", HOST]


def test_it_ends_after_an_hour_whatever_happens(
    walker: Walker, pool: People, near: Host, clock: Clock
):
    """(EMB-13, REA-05) a proof in between makes it no longer."""
    nora = pool.make(app=True, on=(APP,))
    clock.forward(seconds=1)
    framed(walker, pool, near, nora)
    for _ in range(4):
        clock.forward(minutes=14)
        walker.open("/embed/in/preference/")
        if walker.page.heading == PROVE:
            walker.prove_again(nora)
        assert walker.open("/embed/in/").heading == OVERVIEW
    clock.forward(minutes=4, seconds=1)
    assert walker.open("/embed/in/").heading == OVER


def test_it_ends_with_the_hosts_token(walker: Walker, pool: People, host: Host, clock: Clock):
    """(EMB-13) issued half an hour before, it leaves half an hour."""
    nora = pool.make()
    token = pool.access_token(nora)
    clock.forward(minutes=30)
    told = exchange(walker, host.ticket(token), host).json()["data"]
    clock.forward(minutes=14)
    assert walker.open(told["start"]).heading == OVERVIEW
    clock.forward(minutes=14)
    assert walker.open(told["start"]).heading == OVERVIEW
    clock.forward(minutes=2, seconds=11)
    assert walker.open(told["start"]).heading == OVER


def test_it_ends_in_the_pool_within_a_minute(
    walker: Walker, pool: People, host: Host, clock: Clock
):
    """(TOK-09, AUZ-08)"""
    nora = pool.make()
    framed(walker, pool, host, nora)
    pool.admin.admin_disable_user(UserPoolId=pool.pool_id, Username=nora.username)
    clock.forward(seconds=60)
    assert walker.open("/embed/in/").heading == OVER


@pytest.mark.parametrize("what", ["client", "origin"])
def test_what_is_removed_is_stopped(walker: Walker, pool: People, settings: Any, what: str):
    """(EMB-23) new frames at once, running ones with their next request."""
    settings.EMBED = True
    host = register(pool, allowed=[HOST, NEAR])
    ticket = host.ticket(pool.access_token(pool.make()))
    framed(walker, pool, host, pool.make())
    if what == "client":
        manage("remove", "acme")
    else:
        manage("remove", "acme", "--origin", HOST)
    response = walker.client.get("/embed/in/")
    assert response["Location"].startswith("/embed/over/")
    assert ancestors(response) == ["'none'"]
    fresh = Walker()
    if what == "client":
        assert lobby_of(fresh).status == 404
        assert host.ask("anything").status_code == 401
    else:
        assert ancestors(fresh.client.get(LOBBY)) == [NEAR]
        assert refusal(exchange(fresh, ticket, host)) == (403, "TICKET_REFUSED")


def test_the_host_can_end_it(walker: Walker, pool: People, host: Host):
    """(SES-05)"""
    told = framed(walker, pool, host, pool.make())
    assert walker.client.get("/embed/probe").status_code == 200
    assert send_json(walker, told, "/embed/close", {}).status_code == 200
    answer = walker.client.get("/embed/probe", headers={"accept": "application/json"})
    assert refusal(answer) == (401, "UNAUTHENTICATED")
    assert AuditRecord.objects.filter(event="embed_closed", embed_client="acme").exists()


def test_a_client_shows_only_its_own_pages(walker: Walker, pool: People, settings: Any):
    """(EMB-01, AUZ-01) others are offered in a window of their own, and take no form."""
    settings.EMBED = True
    host = register(pool, pages=["overview", "history"])
    framed(walker, pool, host, pool.make())
    page = walker.open("/embed/in/enrolment/totp/")
    assert page.heading == "This opens in its own window"
    (link,) = page.soup.select("a[data-portal-window]")
    assert (link["href"], link["rel"]) == ("/enrolment/totp/", ["noopener"])
    assert walker.open("/embed/in/activity/").heading == "What happened"
    assert walker.open("/embed/in/activity/sessions/").heading == "This opens in its own window"
    token = walker.client.cookies[portal.EMBED_CSRF_COOKIE_NAME].value
    answer = walker.client.post("/embed/in/enrolment/totp/", {"csrfmiddlewaretoken": token})
    assert answer.status_code == 403


# --- changes ----------------------------------------------------------------------------------


def test_whoever_has_just_signed_in_at_the_host_has_proved_nothing_here(
    walker: Walker, pool: People, near: Host
):
    """(EMB-14, REA-01) a click that was stolen changes nothing, however fresh the host's token."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    framed(walker, pool, near, ella, "preference")
    assert walker.page.heading == PROVE
    before = pool.look(ella)["UserLastModifiedDate"]
    walker.open("/embed/in/")
    for path in ("prefer/sms/", "turn-off/totp/", "enrolment/sms/", "enrolment/passkeys/add/"):
        answer = walker.client.post(
            f"/embed/in/{path}", {"csrfmiddlewaretoken": _csrf(walker), "drawn_from": "x"}
        )
        assert answer["Location"].startswith("/embed/in/confirm/"), path
    assert pool.look(ella)["UserLastModifiedDate"] == before


def _csrf(walker: Walker) -> str:
    return str(walker.page.soup.select("[name=csrfmiddlewaretoken]")[0]["value"])


def test_on_our_own_site_everything_is_done_within_the_frame(
    walker: Walker, pool: People, near: Host
):
    """The same forms as on the full pages; the pool has it, and the host is told its name only.

    (EMB-17, NOT-01, REA-03)
    """
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    framed(walker, pool, near, ella, "preference")
    walker.prove_again(ella)
    assert walker.page.url == "/embed/in/preference/"
    page = walker.send("Save", preferred=SMS)
    assert page.url.startswith("/embed/in/changes/")
    assert pool.preferred(ella) == SMS
    (told,) = page.soup.select("#frame-events")
    assert json.loads(told.text) == [{"factor": "preference", "act": "changed"}]
    assert not walker.open("/embed/in/").soup.select("#frame-events")
    row = AuditRecord.objects.get(event="preference_changed", outcome="done")
    assert row.embed_client == "acme"


def test_an_app_is_set_up_within_the_frame(walker: Walker, pool: People, near: Host):
    nora = pool.make()
    framed(walker, pool, near, nora, "add-app")
    walker.prove_again(nora)
    assert walker.page.url == "/embed/in/enrolment/totp/"
    _, page = enrol_app(walker, "/embed/in/enrolment/totp/")
    assert page.heading == "Authenticator app is on"
    assert pool.on(nora) == {APP}


@pytest.mark.parametrize(
    ("pages", "offered"),
    [
        (["add-app"], set()),
        (["add-app", "overview"], {"/embed/in/repair/"}),
        (["add-app", "preference"], {"/embed/in/repair/", "/embed/in/prefer/totp/"}),
    ],
)
def test_what_an_app_ends_with_offers_no_form_that_its_client_may_not_show(
    walker: Walker, pool: People, settings: Any, pages: list[str], offered: set[str]
):
    """(EMB-01) text messages were turned off elsewhere meanwhile, the e-mail codes are still on."""
    settings.EMBED = True
    host = register(pool, origin=NEAR, pages=pages)
    nora = pool.make(phone=True)
    framed(walker, pool, host, nora, "add-app")
    walker.prove_again(nora)
    pool.prefer(nora, (SMS, EMAIL), SMS)
    app = App(see_app_key(walker, "/embed/in/enrolment/totp/").secret)
    off = {"Enabled": False, "PreferredMfa": False}
    pool.admin.admin_set_user_mfa_preference(
        UserPoolId=pool.pool_id, Username=nora.username, SMSMfaSettings=off
    )
    page = walker.send("Turn on", code=app.code())
    assert page.heading == "Authenticator app is on"
    forms = {str(form["action"]) for form in page.soup.select("main form[action]")}
    assert forms & {"/embed/in/repair/", "/embed/in/prefer/totp/"} == offered


# --- another site's page ----------------------------------------------------------------------


def _prepared(walker: Walker, told: dict[str, Any], reason: str = "password") -> str:
    answer = send_json(walker, told, "/embed/window", {"reason": reason})
    assert answer.status_code == 200, answer.content
    return str(answer.json()["data"]["window"])


def test_on_another_sites_page_a_password_is_asked_for_in_a_window(
    walker: Walker, second_walker: Walker, pool: People, host: Host
):
    """(EMB-16, SES-02) never in the frame; the frame takes over what was proved in the window.

    The second walker is the window: on another site its cookies are not the frame's.
    """
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    told = framed(walker, pool, host, ella, "preference")
    page = walker.page
    assert page.heading == PROVE
    assert not page.soup.select("input[type=password]")
    before = pool.look(ella)["UserLastModifiedDate"]
    typed = {"csrfmiddlewaretoken": _csrf_of(told), "password": ella.password}
    answer = walker.client.post(page.url, typed)
    assert answer.status_code == 200
    assert "window" in answer.content.decode()
    assert pool.look(ella)["UserLastModifiedDate"] == before

    window = second_walker
    assert ella.username in window.open(_prepared(walker, told)).text
    window.send("Go on")
    assert window.page.heading == PROVE
    window.prove_again(ella)
    assert window.page.heading == "Thank you, that was you"
    # Nothing is left in the window.
    assert window.open("/w/in/").heading == OVER
    old = walker.client.cookies[portal.EMBED_COOKIE_NAME].value
    walker.open("/embed/in/preference/")
    assert walker.page.heading == "Choose what we ask for"
    assert walker.client.cookies[portal.EMBED_COOKIE_NAME].value != old
    walker.send("Save", preferred=SMS)
    assert pool.preferred(ella) == SMS


def test_a_frame_outlives_its_window_where_they_share_their_cookies(
    walker: Walker, second_walker: Walker, pool: People, host: Host
):
    """(EMB-16, EMB-09, SES-13) as in a browser that keeps all cookies of other sites together."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    told = framed(walker, pool, host, ella, "preference")
    window, second_walker.client = second_walker, walker.client
    window.open(_prepared(walker, told))
    window.send("Go on")
    assert window.page.url.startswith("/w/in/confirm/")
    # Two sessions of one browser, and neither opens the other's pages.
    assert send_json(walker, told, "/embed/window", {"reason": "password"}).status_code == 200
    assert walker.open("/embed/in/preference/").heading == PROVE
    window.prove_again(ella)
    assert window.page.heading == "Thank you, that was you"
    assert walker.open("/embed/in/preference/").heading == "Choose what we ask for"
    walker.send("Save", preferred=SMS)
    assert pool.preferred(ella) == SMS


def test_neither_sessions_cookie_opens_the_other(
    walker: Walker, second_walker: Walker, pool: People, host: Host
):
    """(SES-13, EMB-02) by the other's name it is none; and nobody may show a window in a page."""
    told = framed(walker, pool, host, pool.make())
    second_walker.open(_prepared(walker, told))
    second_walker.send("Go on")
    response = second_walker.client.get("/w/in/")
    assert response.status_code == 200
    assert ancestors(response) == ["'none'"]
    frames, windows = portal.EMBED_COOKIE_NAME, portal.WINDOW_COOKIE_NAME
    of_frame = walker.client.cookies.pop(frames).value
    of_window = second_walker.client.cookies.pop(windows).value
    walker.client.cookies[windows] = of_frame
    second_walker.client.cookies[frames] = of_window
    assert walker.open("/w/in/").heading == OVER
    assert second_walker.open("/embed/in/").heading == OVER


def _csrf_of(told: dict[str, Any]) -> str:
    return str(told["csrf"])


def test_somebody_else_in_the_window_proves_nothing(
    walker: Walker, second_walker: Walker, pool: People, host: Host
):
    """(REA-04) a window that is passed on to somebody who does not know the password."""
    ann = pool.make()
    told = framed(walker, pool, host, ann, "preference")
    second_walker.open(_prepared(walker, told))
    second_walker.send("Go on")
    assert second_walker.send("Continue", password="not-the-password").heading == PROVE
    assert not PortalWindow.objects.exclude(proof="").exists()
    assert walker.open("/embed/in/preference/").heading == PROVE


def test_where_cookies_are_blocked_the_window_shows_the_same_page(
    walker: Walker, second_walker: Walker, pool: People, host: Host
):
    """(EMB-11) everything can be done there, also a password typed: it is our own address."""
    nora = pool.make()
    answer = exchange(walker, host.ticket(pool.access_token(nora), "add-app"), host)
    window = answer.json()["data"]["window"]
    walker.client.cookies.clear()
    blocked = walker.client.get("/embed/probe", headers={"accept": "application/json"})
    assert blocked.status_code == 401
    second_walker.open(window)
    second_walker.send("Go on")
    assert second_walker.page.heading == PROVE
    second_walker.prove_again(nora)
    assert second_walker.page.url == "/w/in/enrolment/totp/"
    assert second_walker.page.soup.html["class"] == ["in-window"]  # type: ignore[index]


def test_a_window_opens_once_and_soon(
    walker: Walker, second_walker: Walker, pool: People, host: Host, clock: Clock
):
    """(EMB-03, AUZ-06) looking at it uses nothing up; its id is good for nothing afterwards."""
    told = framed(walker, pool, host, pool.make())
    window = _prepared(walker, told)
    for _ in range(2):
        assert second_walker.open(window).heading == "Go on here"
    assert second_walker.send("Go on").heading == PROVE
    assert second_walker.open(window).heading == "This link works once"
    late = _prepared(walker, told)
    clock.forward(minutes=10, seconds=1)
    assert second_walker.open(late).status == 404
    host.client.delete()
    assert second_walker.open("/w/nothing/").status == 404


def test_a_window_of_a_person_who_was_signed_out_opens_nothing(
    walker: Walker, second_walker: Walker, pool: People, host: Host
):
    """(AUZ-08)"""
    nora = pool.make()
    window = _prepared(walker, framed(walker, pool, host, nora))
    pool.admin.admin_user_global_sign_out(UserPoolId=pool.pool_id, Username=nora.username)
    second_walker.open(window)
    assert second_walker.send("Go on").heading == OVER


# --- how it looks -----------------------------------------------------------------------------

DARK = {
    "scheme": "dark",
    "background": "#101010",
    "surface": "#181818",
    "text": "#ffffff",
    "accent": "rgb(160, 200, 255)",
    "accentText": "#000",
    "radius": 0,
}


def test_a_theme_is_a_style_sheet_of_our_own(walker: Walker, pool: People, host: Host):
    """(EMB-18) and can be changed while the frame is open."""
    told = framed(walker, pool, host, pool.make(), theme=DARK, locale="de-CH")
    assert told["theme_refused"] is False
    assert walker.page.soup.html["data-locale"] == "de-CH"  # type: ignore[index]
    (link,) = walker.page.soup.select("link[data-theme]")
    sheet = walker.client.get(str(link["href"]))
    assert sheet["Content-Type"].startswith("text/css")
    assert "--brand: #a0c8ff;" in sheet.content.decode()
    for change, is_refused in (
        ({"theme": {**DARK, "text": "#333333"}}, True),
        ({"theme": {"css": "*{}"}}, True),
        ({"theme": DARK, "locale": "<script>"}, False),
        ({"theme": None}, False),
    ):
        answer = send_json(walker, told, "/embed/appearance", change)
        assert answer.json()["data"]["theme_refused"] is is_refused
    assert not walker.open("/embed/in/").soup.select("link[data-theme]")
    assert walker.page.soup.html["data-locale"] == ""  # type: ignore[index]
    assert "--brand" not in walker.client.get("/embed/theme.css").content.decode()
    for wrong in ({}, [], {"origin": HOST}):
        answer = send_json(walker, told, "/embed/appearance", wrong)
        assert refusal(answer) == (400, "VALIDATION_ERROR")
    answer = send_json(walker, told, "/embed/window", {"reason": "fun"})
    assert refusal(answer) == (400, "VALIDATION_ERROR")


def test_a_refused_theme_opens_the_frame_all_the_same(walker: Walker, pool: People, host: Host):
    """(EMB-18)"""
    told = framed(walker, pool, host, pool.make(), theme={"radius": 99})
    assert told["theme_refused"] is True
    assert walker.page.heading == OVERVIEW


def test_the_pool_is_away(walker: Walker, pool: People, host: Host, settings: Any):
    """(RES-01) a program is told so and when to ask again; the ticket that was used is lost."""
    token = pool.access_token(pool.make())
    ticket = host.ticket(token)
    with pool.sandbox.trouble("GetUser", "throttle"):
        for answer in (host.ask(token), exchange(walker, ticket, host)):
            assert refusal(answer) == (503, "TRY_LATER")
            assert answer["Retry-After"] == "30"


def test_over_leads_on_whoever_has_a_session(walker: Walker, pool: People, host: Host):
    framed(walker, pool, host, pool.make())
    assert walker.open("/embed/over/").heading == OVERVIEW


def test_the_question_for_a_passkey_offers_a_window_within_a_frame_alone(
    walker: Walker, make_pool: Any, settings: Any, sandbox: Sandbox
):
    """(EMB-11, EMB-16) for hosts that give the frame no passkeys; then on to where one was."""
    settings.EMBED, settings.COGNITO_SIGN_IN_FLOW = True, "USER_AUTH"
    served = {"RelyingPartyId": "localhost", "UserVerification": "preferred"}
    people = make_pool(first=("PASSWORD", "EMAIL_OTP", "WEB_AUTHN"), passkeys=served)
    mia, outside = people.make_without_password(), Walker()
    outside.open("/sign-in/")
    outside.send("Continue", login=mia.username)
    outside.send("Continue", code=sandbox.newest_code(mia.email))
    token = tokens_of(outside)["access"]
    register_passkey(people, token)
    near = register(people, origin=NEAR)
    assert exchange(walker, near.ticket(token), near).status_code == 200
    walker.open("/embed/in/preference/")
    walker.send("I have no password")
    page = walker.send("Continue", way="WEB_AUTHN")
    assert page.heading == PASSKEY
    (instead,) = page.soup.select("template[data-needs-passkeys=get]")
    assert instead.select("a[data-portal-window=password][data-prepare]")
    assert instead.select("[name=next]")[0]["value"] == "/embed/in/preference/"
    outside = Walker()
    assert choose_passkey(outside, mia).heading == PASSKEY
    assert not outside.page.soup.select("[data-needs-passkeys], [data-portal-window]")

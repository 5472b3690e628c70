"""Kinds of session, how long each lasts, and every way to end more than one."""

from typing import Any

import pytest
from django.conf import settings as portal

from accounts import recovery_codes
from accounts.guards import OPEN_TO
from accounts.models import AuditRecord
from accounts.sessions import Kind
from tests.clock import Clock
from tests.journeys.conftest import ROLE_GROUPS
from tests.journeys.embed_steps import framed, register
from tests.journeys.routes import Route, pages, routes
from tests.journeys.steps import (
    ALL,
    APP,
    CONFIRM,
    OVERVIEW,
    SMS,
    calls_counted,
    enrol_app,
    notices,
    session_of,
    tokens_of,
)
from tests.journeys.test_recovery import subject_of, use_code
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.walker import Page, Walker

STAY = "/session/stay/"
EVERYWHERE = "/sign-out/everywhere/"
# Where nothing is begun, or with one door: on to the page that begins.
LEADS_ON = {"/sign-in/by/password/", "/sign-in/activate/", "/sign-in/forgotten/code/"}


SELF_SERVICE = ("mfa", "passkeys", "devices", "sessions", "history", "recovery-codes", "calls")
JSON_READS = {f"/api/v1/{name}" for name in SELF_SERVICE}
# By an operator's token alone: no session of any kind opens what is read there.
DESK = "/api/v1/helpdesk/"


# --- the matrix -------------------------------------------------------------------------------


OPERATORS = {Kind.OPERATOR, Kind.OPERATOR_REAUTHENTICATED}
FRAMES = OPEN_TO["embedded"]
# Where a frame is told that it has no session.
OVER = "/embed/over/"


def _become(kind: Kind, walker: Walker, pool: People, clock: Clock) -> None:
    tom = pool.make(app=True, on=(APP,), phone=True)
    if kind in OPERATORS:
        # Of every role: what a role may not do is no matter of the session.
        for group in ROLE_GROUPS.values():
            pool.join(tom, group)
    if kind in FRAMES:
        framed(walker, pool, register(pool, origin="http://localhost:8001"), tom)
        if kind is Kind.EMBEDDED_REAUTHENTICATED:
            walker.open("/embed/in/preference/")
            walker.prove_again(tom)
        return
    walker.open("/sign-in/")
    if kind is Kind.NOBODY:
        return
    if kind is Kind.RECOVERING:
        use_code(walker, tom, recovery_codes.make(subject_of(pool, tom))[0])
        return
    walker.send("Sign in", login=tom.username, password=tom.password)
    if kind is Kind.PENDING:
        return
    walker.answer_challenges(tom)
    if kind in OPERATORS:
        walker.open("/helpdesk/enter/")
        walker.send("Enter the helpdesk")
    if kind in {Kind.SIGNED_IN, Kind.OPERATOR}:
        clock.forward(minutes=6)
        walker.open("/helpdesk/" if kind in OPERATORS else "/")


def _outcome(walker: Walker, route: Route) -> str:
    """What a page does with this session: "opens", or where it sends instead."""
    response = walker.client.get(route.path)
    if route.path.startswith(DESK):
        return "nobody" if response.status_code in {401, 405} else "opens"
    if route.is_json:
        return "nobody" if response.status_code == 401 else "opens"
    to = response.get("Location", "")
    places = (
        OVER,
        "/sign-in/code/",
        "/sign-in/",
        "/confirm/",
        "/helpdesk/enter/",
        "/helpdesk/leave/",
        "/recovery/next/",
    )
    for place in places:
        if to.startswith(place):
            return place
    return "opens"


def _plant(walker: Walker) -> None:
    """Name the one session as the other, as whoever holds a browser can."""
    cookies = walker.client.cookies
    own, framed_one = portal.SESSION_COOKIE_NAME, portal.EMBED_COOKIE_NAME
    for one, other in ((own, framed_one), (framed_one, own)):
        if one in cookies and other not in cookies:
            cookies[other] = cookies[one].value


def _expected(kind: Kind, route: Route) -> set[str]:
    if route.is_json and route.path.startswith(DESK):
        return {"nobody"}
    if route.is_json:
        # Any other path of the JSON room takes no GET, and says so to everybody.
        let_in = kind in OPEN_TO["signed_in"] or route.path not in JSON_READS
        return {"opens"} if let_in else {"nobody"}
    if "challenge" in route.guards:
        # Its own question's page, whichever was asked for; for all others there is none.
        own = {"opens", "/sign-in/code/"}
        return own if kind in OPEN_TO["challenge"] else {"/sign-in/"}
    if route.path in LEADS_ON:
        return {"opens", "/sign-in/", "/sign-in/code/"}
    if "public" in route.guards:
        return {"opens", "/sign-in/code/"} if kind is Kind.PENDING else {"opens"}
    is_somebody = kind in {Kind.RECOVERING, *FRAMES, *OPEN_TO["in_session"]}
    return _expected_inside(kind, route) if is_somebody else {"/sign-in/"}


def _expected_of_a_frame(route: Route) -> set[str]:
    """Outside of its own pages it opens nothing."""
    if "operator_only" in route.guards:
        return {"/helpdesk/enter/"}
    return {"opens"} if "recovering" in route.guards else {"/sign-in/"}


def _expected_on_the_way_back(route: Route) -> set[str]:
    """Setting up a method, and nothing else."""
    if "signed_in" in route.guards:
        return {"/recovery/next/"}
    if {"enrolling", "recovering"} & set(route.guards):
        return {"opens"}
    return {"/helpdesk/enter/"} if "operator_only" in route.guards else {"/sign-in/"}


def _expected_inside(kind: Kind, route: Route) -> set[str]:
    """For whoever is signed in, as a person or as an operator at work: never one for the other."""
    if kind in {Kind.RECOVERING, *FRAMES}:
        elsewhere = _expected_on_the_way_back if kind is Kind.RECOVERING else _expected_of_a_frame
        return elsewhere(route)
    if "in_session" in route.guards:
        # Leaving leads on whoever is not there.
        return {"opens", "/"}
    if "operator_only" in route.guards and kind not in OPERATORS:
        return {"/helpdesk/enter/"}
    if "recovering" in route.guards:
        return {"opens"}  # that is: led to the overview
    if {"signed_in", "enrolling"} & set(route.guards) and kind in OPERATORS:
        return {"/helpdesk/leave/"}
    needs_proof = "recently_authenticated" in route.guards
    return (
        {"opens"} if not needs_proof or kind in OPEN_TO["recently_authenticated"] else {"/confirm/"}
    )


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_session_at_every_address(
    walker: Walker, pool: People, clock: Clock, settings: Any, helpdesk: None, kind: Kind
):
    """(SES-13, SES-12, AUZ-01) generated from the URL map and the guards' own table."""
    settings.RECOVERY = settings.EMBED = True
    _become(kind, walker, pool, clock)
    _plant(walker)
    wrong = {}
    for route in routes():
        # A signed-in person is sent on from the sign-in page to where they were going.
        if route.path == "/sign-in/" and kind in OPEN_TO["signed_in"]:
            continue
        got = _outcome(walker, route)
        of_frame = "embedded" in route.guards
        expected = {"opens" if kind in FRAMES else OVER} if of_frame else _expected(kind, route)
        if got not in expected:
            wrong[route.path] = got
    assert wrong == {}


def test_the_matrix_covers_every_guard():
    """(SES-13) a guard that the table does not know would be skipped above."""
    assert {guard for route in pages() for guard in route.guards} == set(OPEN_TO)


# --- ended in the pool ------------------------------------------------------------------------


def _disable(pool: People, who: Somebody) -> None:
    pool.admin.admin_disable_user(UserPoolId=pool.pool_id, Username=who.username)


def _sign_out_globally(pool: People, who: Somebody) -> None:
    pool.admin.admin_user_global_sign_out(UserPoolId=pool.pool_id, Username=who.username)


# Pages that ask the pool nothing of their own.
@pytest.mark.parametrize("path", ["/confirm/", STAY, "/preference/"])
@pytest.mark.parametrize("end", [_disable, _sign_out_globally])
def test_ended_in_the_pool_means_ended_here_within_a_minute(
    walker: Walker, pool: People, clock: Clock, end: Any, path: str
):
    """(TOK-09, AUZ-08) also on a page that would not ask the pool."""
    nora = pool.make()
    walker.sign_in(nora)
    end(pool, nora)
    clock.forward(seconds=60)
    response = walker.client.get(path)
    assert response["Location"].startswith("/sign-in/")
    assert walker.open("/").heading == "Sign in"


@pytest.mark.parametrize("end", [_disable, _sign_out_globally])
def test_a_form_of_somebody_who_is_gone_does_nothing(
    walker: Walker, pool: People, clock: Clock, end: Any
):
    """(TOK-09, AUZ-08) one that only the portal itself would keep: a name for an app."""
    nora = pool.make()
    walker.sign_in(nora)
    end(pool, nora)
    clock.forward(seconds=60)
    response = walker.client.post(STAY, {"csrfmiddlewaretoken": walker.csrf_token()})
    assert response["Location"].startswith("/sign-in/")


def test_pages_cost_no_call_for_it(walker: Walker, pool: People, sandbox: Sandbox, clock: Clock):
    """(TOK-09) the question whether somebody is alive is the page's own read."""
    walker.sign_in(pool.make())
    for minutes in (0, 2, 2):
        clock.forward(minutes=minutes)
        with calls_counted(sandbox) as calls:
            walker.open("/")
        assert calls["GetUser"] == 1
    with calls_counted(sandbox) as calls:
        for _ in range(5):
            walker.open("/confirm/")
    assert not calls
    clock.forward(seconds=61)
    with calls_counted(sandbox) as calls:
        for _ in range(5):
            walker.open("/confirm/")
    assert dict(calls) == {"GetUser": 1}


# --- staying ----------------------------------------------------------------------------------


def test_the_page_says_until_when_and_staying_extends_it(
    walker: Walker, pool: People, clock: Clock
):
    """(SES-03, WEB-17) a form of the page does it, without script."""
    walker.sign_in(pool.make())
    page = walker.open("/confirm/")
    assert "You are signed in until" in page.text
    assert 895 <= _seconds_left(page) <= 900
    clock.forward(minutes=14)
    page = walker.send("Stay signed in longer")
    assert page.url == "/confirm/"
    assert 895 <= _seconds_left(page) <= 900
    clock.forward(minutes=14)
    assert walker.open("/").heading == OVERVIEW


def _seconds_left(page: Page) -> int:
    return int(str(page.soup.select("[data-session]")[0]["data-seconds"]))


def test_a_script_may_stay_too(walker: Walker, pool: People, clock: Clock):
    """(SES-03) and learns the new end from the server, not from its own clock."""
    walker.sign_in(pool.make())
    clock.forward(minutes=14)
    answer = walker.client.post(
        STAY,
        {"csrfmiddlewaretoken": walker.csrf_token()},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 200
    told = answer.json()["data"]
    assert 895 <= told["seconds_left"] <= 900
    assert told["is_final"] is False
    assert told["until"].endswith("Z")


def test_nobody_stays_past_the_twelve_hours(walker: Walker, pool: People, clock: Clock):
    """(SES-03) the page says so, and offers no button that could not help."""
    walker.sign_in(pool.make())
    for _ in range(51):
        clock.forward(minutes=14)
        page = walker.open("/confirm/")
    assert page.soup.select("[data-final]")
    assert not page.soup.select("[data-session-stay]")
    clock.forward(minutes=7)
    assert walker.open("/").heading == "Sign in"


def test_where_staying_leads_is_ours(walker: Walker, pool: People):
    """(WEB-10)"""
    walker.sign_in(pool.make())
    for foreign in ("//evil.example", "https://evil.example/", "/\\evil.example"):
        response = walker.client.post(
            STAY, {"csrfmiddlewaretoken": walker.csrf_token(), "next": foreign}
        )
        assert response["Location"] == "/"


# --- changes ----------------------------------------------------------------------------------


def test_changes_can_be_closed_before_their_time(walker: Walker, pool: People, clock: Clock):
    """(REA-01, WEB-17) the page says until when, and a button of it ends that at once."""
    nora = pool.make()
    page = walker.sign_in(nora)
    assert "You can make changes until" in page.text
    page = walker.send("End now")
    assert "Changes are closed." in page.text
    assert "You can make changes until" not in walker.open("/").text
    assert walker.open("/preference/").heading == CONFIRM
    assert walker.prove_again(nora).url == "/preference/"
    assert "You can make changes until" in walker.open("/").text


@pytest.mark.usefixtures("by_srp")
def test_closed_changes_stay_closed_when_tokens_are_renewed(
    walker: Walker, make_pool: Any, clock: Clock
):
    """(REA-05) renewing proves nothing, also within the five minutes."""
    pool = make_pool()
    pool.admin.update_user_pool_client(
        UserPoolId=pool.pool_id,
        ClientId=pool.client_id(),
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        AccessTokenValidity=5,
        TokenValidityUnits={"AccessToken": "minutes"},
    )
    walker.sign_in(pool.make())
    walker.send("End now")
    before = tokens_of(walker)["access"]
    assert "changes_closed" in session_of(walker)
    clock.forward(minutes=4, seconds=10)
    walker.open("/")
    assert tokens_of(walker)["access"] != before
    assert walker.open("/preference/").heading == CONFIRM


# --- everywhere -------------------------------------------------------------------------------


def test_after_a_change_all_other_sessions_can_be_ended(
    walker: Walker, second_walker: Walker, pool: People
):
    """(SES-06) offered on the page that says it is done; the second browser is signed out."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    second_walker.sign_in(ella)
    walker.open("/preference/")
    page = walker.send("Save", preferred=SMS)
    assert page.heading == "Saved"
    walker.open(_offer(page))
    assert walker.send("Sign out everywhere").heading == "Sign in"
    assert second_walker.open("/").heading == "Sign in"


def test_after_an_enrolment_all_other_sessions_can_be_ended(walker: Walker, pool: People):
    """(SES-06)"""
    walker.sign_in(pool.make())
    _, page = enrol_app(walker)
    assert page.heading == "Authenticator app is on"
    assert _offer(page) == EVERYWHERE


def _offer(page: Page) -> str:
    """The link in the page's own part, not the one around every page."""
    (link,) = page.soup.select(f'main a[href="{EVERYWHERE}"]')
    return str(link["href"])


def test_signing_out_everywhere_ends_every_session(
    walker: Walker, second_walker: Walker, pool: People, sandbox: Sandbox, deliver_notices: Any
):
    """(SES-06, TOK-07, NOT-01) this one at once, the others when they next ask the pool."""
    nora = pool.make()
    walker.sign_in(nora)
    second_walker.sign_in(nora)
    elsewhere = pool.access_token(nora)
    page = walker.open(walker.page.link("Sign out everywhere"))
    assert page.heading == "Sign out everywhere?"
    assert "may go on for up to an hour" in page.text
    page = walker.send("Sign out everywhere")
    assert page.heading == "Sign in"
    assert "You are signed out everywhere." in page.text
    assert second_walker.open("/").heading == "Sign in"
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
        pool.admin.get_user(AccessToken=elsewhere)
    rows = AuditRecord.objects.filter(event="signed_out_everywhere").order_by("created_at")
    assert [row.outcome for row in rows] == ["intended", "done"]
    deliver_notices()
    assert "signed out everywhere" in notices(sandbox, nora)[0]


def test_signing_out_everywhere_needs_a_proof(walker: Walker, pool: People, clock: Clock):
    """(REA-01) and is done by the request that completes it."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open(EVERYWHERE)
    clock.forward(minutes=6)
    assert walker.send("Sign out everywhere").heading == CONFIRM
    elsewhere = pool.access_token(nora)
    assert walker.prove_again(nora).heading == "Sign in"
    with pytest.raises(pool.admin.exceptions.NotAuthorizedException):
        pool.admin.get_user(AccessToken=elsewhere)


@pytest.mark.parametrize(
    ("kind", "how", "status"),
    [("silence", {"seconds": 0.05}, 200), ("reset", {}, 504), ("throttle", {}, 503)],
)
def test_trouble_while_signing_out_everywhere_is_told_as_it_is(
    walker: Walker, pool: People, sandbox: Sandbox, kind: str, how: dict[str, Any], status: int
):
    """(RES-04) done though no answer came, or not done: the pool is asked before it is said."""
    nora = pool.make()
    walker.sign_in(nora)
    walker.open(EVERYWHERE)
    elsewhere = pool.access_token(nora)
    with sandbox.trouble("GlobalSignOut", kind, **how):
        page = walker.send("Sign out everywhere")
    assert page.status == status
    if status == 200:
        assert "You are signed out everywhere." in page.text
    else:
        assert pool.admin.get_user(AccessToken=elsewhere)
        assert walker.open("/").heading == OVERVIEW


# --- renewing ---------------------------------------------------------------------------------


def _rotating(make_pool: Any, grace: int) -> People:
    pool: People = make_pool()
    pool.admin.update_user_pool_client(
        UserPoolId=pool.pool_id,
        ClientId=pool.client_id(),
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": grace},
    )
    return pool


def _until_renewal(walker: Walker, clock: Clock) -> None:
    for _ in range(4):
        clock.forward(minutes=14)
        walker.open("/")
    clock.forward(minutes=5)


def test_a_refresh_token_that_rotates_is_replaced(walker: Walker, make_pool: Any, clock: Clock):
    """(TOK-07) contract 8.6: several times in a row, and the session stays."""
    pool = _rotating(make_pool, 0)
    walker.sign_in(pool.make())
    seen = {tokens_of(walker)["refresh"]}
    for _ in range(2):
        _until_renewal(walker, clock)
        assert walker.open("/").heading == OVERVIEW
        seen.add(tokens_of(walker)["refresh"])
    assert len(seen) == 3


def test_a_refresh_token_spent_by_somebody_else_ends_the_session(
    walker: Walker, make_pool: Any, clock: Clock
):
    """(TOK-07, TOK-09) the pool sees it twice, calls it stolen, and the person signs in again."""
    pool = _rotating(make_pool, 0)
    nora = pool.make()
    walker.sign_in(nora)
    pool.admin.get_tokens_from_refresh_token(
        RefreshToken=tokens_of(walker)["refresh"], ClientId=pool.client_id()
    )
    _until_renewal(walker, clock)
    page = walker.open("/preference/")
    assert page.url == "/sign-in/?next=%2Fpreference%2F"
    assert walker.sign_in(nora).heading == OVERVIEW


def test_a_refresh_token_revoked_in_between_ends_the_session(
    walker: Walker, pool: People, clock: Clock
):
    """(TOK-07, TOK-09) another app of the person signed it out."""
    walker.sign_in(pool.make())
    pool.admin.revoke_token(Token=tokens_of(walker)["refresh"], ClientId=pool.client_id())
    clock.forward(seconds=60)
    assert walker.open("/").heading == "Sign in"

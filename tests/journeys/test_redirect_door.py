"""The redirect door: there, through the pool's own pages, and back."""

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests
from django.conf import settings as portal_settings

from accounts.cognito import breaker, managed_login
from accounts.models import AuditRecord, Person
from tests.clock import Clock
from tests.journeys.conftest import MakePool
from tests.journeys.steps import ALL, APP, OVERVIEW, SMS, session_id, session_of, tokens_of
from tests.people import People, Somebody
from tests.sandbox_process import Sandbox
from tests.traveller import Traveller

CALLBACK = "http://localhost/sign-in/managed/callback/"
SIGNED_OUT = "http://localhost/signed-out/"
SCOPES = ["openid", "aws.cognito.signin.user.admin"]
HostedPool = Callable[..., People]


@pytest.fixture
def hosted_pool(make_pool: MakePool, settings: Any, sandbox: Sandbox) -> HostedPool:
    """Makes a pool with a domain, and a portal that knows no door but this one."""

    def make(*, scopes: list[str] = SCOPES, **described: Any) -> People:
        people = make_pool(**described)
        domain = f"hosted-{uuid.uuid4().hex[:10]}"
        people.admin.create_user_pool_domain(
            Domain=domain, UserPoolId=people.pool_id, ManagedLoginVersion=2
        )
        people.admin.update_user_pool_client(
            UserPoolId=people.pool_id,
            ClientId=people.client_id(),
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["code"],
            AllowedOAuthScopes=scopes,
            CallbackURLs=[CALLBACK],
            LogoutURLs=[SIGNED_OUT],
            SupportedIdentityProviders=["COGNITO"],
        )
        settings.DOORS = ["managed"]
        settings.COGNITO_DOMAIN = f"{sandbox.api}/domains/{domain}"
        return people

    return make


@pytest.fixture
def traveller(db: None) -> Traveller:
    """A browser that goes to both sides."""
    return Traveller()


def sign_in(traveller: Traveller, somebody: Somebody, at: str = "/") -> Any:
    traveller.go(at)
    return traveller.fill("Sign in", username=somebody.username, password=somebody.password)


# --- in ---------------------------------------------------------------------------------------


def test_with_one_door_its_page_is_skipped(traveller: Traveller, hosted_pool: HostedPool):
    """TOK-05: code flow with S256, a state, a nonce and the exact address to come back to."""
    hosted_pool()
    page = traveller.go("/")
    assert page.heading == "Sign in"
    assert urlsplit(page.url).path.endswith("/login")
    asked = next(a for a in traveller.addresses if "/oauth2/authorize" in a)
    query = {name: values[0] for name, values in parse_qs(urlsplit(asked).query).items()}
    assert query["response_type"] == "code"
    assert query["code_challenge_method"] == "S256"
    assert query["redirect_uri"] == CALLBACK
    assert set(query["scope"].split()) == set(SCOPES)
    assert len(query["nonce"]) >= 32
    assert len(query["state"]) >= 16
    assert "prompt" not in query


def test_password_there_and_in_here(traveller: Traveller, hosted_pool: HostedPool):
    """TOK-03, SES-02: the person of the token, under a new session id."""
    people = hosted_pool()
    nora = people.make()
    traveller.go("/")
    before = session_id(traveller)
    page = traveller.fill("Sign in", username=nora.username, password=nora.password)
    assert page.heading == OVERVIEW
    assert session_id(traveller) != before
    assert Person.objects.get().sub == people.look(nora)["attributes"]["sub"]
    assert [row.event for row in AuditRecord.objects.all()] == ["signed_in"]


def test_a_deep_link_survives(traveller: Traveller, hosted_pool: HostedPool):
    page = sign_in(traveller, hosted_pool().make(), at="/enrolment/totp/?from=mail")
    assert page.url == "http://localhost/enrolment/totp/?from=mail"


def test_whoever_was_sent_for_one_task_is_sent_back(
    traveller: Traveller, hosted_pool: HostedPool, settings: Any
):
    """(WEB-10) what the other application said survives the pool's own pages."""
    settings.RETURN_TARGETS = frozenset({"https://app.example.com/back"})
    link = "/go/add-app/?return=https%3A%2F%2Fapp.example.com%2Fback&state=k7Yp2"
    page = sign_in(traveller, hosted_pool().make(), at=link)
    assert page.url == "http://localhost/enrolment/totp/"
    assert "Go back to app.example.com" in page.text


def test_the_second_proof_is_asked_for_there(traveller: Traveller, hosted_pool: HostedPool):
    people = hosted_pool()
    tom = people.make(app=True, on=(APP,), preferred=APP)
    page = sign_in(traveller, tom)
    assert "code" in page.text.lower()
    assert tom.app is not None
    button = page.soup.find("form").find("button").get_text(strip=True)
    page = traveller.fill(button, code=tom.app.code())
    assert page.heading == OVERVIEW


def test_the_tokens_stay_on_the_server(traveller: Traveller, hosted_pool: HostedPool):
    """TOK-04: no token, code verifier or secret in any address or page on the way."""
    sign_in(traveller, hosted_pool().make())
    kept = tokens_of(traveller)
    everything = "".join(traveller.addresses) + "".join(page.html for page in traveller.visited)
    assert kept["access"] not in everything
    assert kept["refresh"] not in everything
    assert set(
        jwt.decode(kept["access"], options={"verify_signature": False})["scope"].split()
    ) == set(SCOPES)


def test_a_change_works_with_such_a_session(traveller: Traveller, hosted_pool: HostedPool):
    people = hosted_pool(offered=("totp", "sms"))
    nora = people.make(phone=True)
    sign_in(traveller, nora)
    traveller.open("/preference/")
    page = traveller.send("Save", activated=[SMS], preferred=SMS)
    assert page.heading == "Saved"
    assert people.preferred(nora) == SMS


# --- not in -----------------------------------------------------------------------------------


def callback_of(traveller: Traveller) -> str:
    """The address the pool sends the browser back to, before it is opened."""
    return next(a for a in traveller.addresses if a.startswith(CALLBACK) and "code=" in a)


class Stopped(Traveller):
    """A browser that stops short of the way back, so that a test can carry it out."""

    def _ask(self, method: str, url: str, data: Any) -> Any:
        if url.startswith(CALLBACK) and not self.released:
            self.released = True
            return 200, {}, ""
        return super()._ask(method, url, data)

    released = False


@pytest.fixture
def stopped(db: None) -> Stopped:
    return Stopped()


def test_a_way_back_works_once(stopped: Stopped, hosted_pool: HostedPool):
    """TOK-05: whoever reloads is in; another browser gets nothing."""
    sign_in(stopped, hosted_pool().make())
    way_back = callback_of(stopped)
    other = Traveller()
    assert other.go(way_back).heading == "We could not sign you in"
    assert stopped.go(way_back).heading == OVERVIEW
    assert stopped.go(way_back).heading == OVERVIEW


def replaced(url: str, **query: str) -> str:
    parts = urlsplit(url)
    kept = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return requests.Request("GET", CALLBACK, params=kept | query).prepare().url or ""


@pytest.mark.parametrize("part", ["state", "code"])
def test_anothers_state_or_code_is_refused(stopped: Stopped, hosted_pool: HostedPool, part: str):
    """TOK-05, login CSRF: the answer of one browser is nothing to another."""
    people = hosted_pool()
    attacker = Stopped()
    sign_in(attacker, people.make())
    theirs = parse_qs(urlsplit(callback_of(attacker)).query)
    sign_in(stopped, people.make())
    page = stopped.go(replaced(callback_of(stopped), **{part: theirs[part][0]}))
    assert page.heading == "We could not sign you in"
    assert page.status == 403
    assert "credentials" not in session_of(stopped)


def test_another_nonce_is_refused(stopped: Stopped, hosted_pool: HostedPool):
    """TOK-05: the ID token must be the one this browser asked for."""
    sign_in(stopped, hosted_pool().make())
    session = stopped.client.session
    states = session["socialaccount_states"]
    for state in states.values():
        state[0]["data"]["nonce"] = "of-another-round"
    session["socialaccount_states"] = states
    session.save()
    page = stopped.go(callback_of(stopped))
    assert page.heading == "We could not sign you in"
    refused = AuditRecord.objects.get(outcome="refused")
    assert "NotTheSameSignIn" in refused.detail["reason"]


def test_cancelling_there_says_so_here(traveller: Traveller, hosted_pool: HostedPool):
    hosted_pool()
    traveller.go("/")
    asked = next(a for a in traveller.addresses if "/oauth2/authorize" in a)
    state = parse_qs(urlsplit(asked).query)["state"][0]
    page = traveller.go(f"{CALLBACK}?error=access_denied&state={state}")
    assert page.heading == "You came back without signing in"
    assert traveller.go(page.link("Start again")).heading == "Sign in"


@pytest.mark.parametrize("error", ["invalid_scope", "server_error", "<script>alert(1)</script>"])
def test_an_error_of_the_pool_gets_plain_words(
    traveller: Traveller, hosted_pool: HostedPool, error: str
):
    """INP-01, RES-01: nothing of the address is repeated."""
    hosted_pool()
    traveller.go("/")
    asked = next(a for a in traveller.addresses if "/oauth2/authorize" in a)
    state = parse_qs(urlsplit(asked).query)["state"][0]
    query = {"error": error, "error_description": error, "state": state}
    page = traveller.go(requests.Request("GET", CALLBACK, params=query).prepare().url or "")
    assert page.heading == "We could not sign you in"
    assert error not in page.html


def test_a_client_without_the_scope_leads_to_a_page_of_ours(
    traveller: Traveller, hosted_pool: HostedPool
):
    """TOK-01: the pool refuses the request itself, or the token lacks it: never a broken page."""
    people = hosted_pool(scopes=["openid"])
    traveller.go("/")
    assert traveller.page.heading in {
        "We could not sign you in",
        "This portal is not set up completely",
    }
    assert people.pool_id


def test_a_token_without_the_scope_is_said_to_be_a_matter_of_set_up(
    traveller: Traveller, hosted_pool: HostedPool, monkeypatch: pytest.MonkeyPatch
):
    """Such a token could show nothing: better no session than a broken one."""
    nora = hosted_pool(scopes=["openid"]).make()
    monkeypatch.setattr(managed_login, "SCOPES", ("openid",))
    page = sign_in(traveller, nora)
    assert page.heading == "This portal is not set up completely"
    assert "credentials" not in session_of(traveller)


def test_a_disabled_person_is_refused_there(traveller: Traveller, hosted_pool: HostedPool):
    """AUZ-08."""
    people = hosted_pool()
    nora = people.make()
    people.admin.admin_disable_user(UserPoolId=people.pool_id, Username=nora.username)
    assert sign_in(traveller, nora).heading != OVERVIEW


def test_the_door_is_shut_unless_it_is_named(traveller: Traveller, pool: People):
    """AUZ-09: nothing is there."""
    traveller.sign_in(pool.make())
    for path in (
        "/sign-in/managed/callback/",
        "/signed-out/",
        "/confirm/managed/",
    ):
        assert traveller.open(path).status == 404


# --- the pool's domain in trouble -------------------------------------------------------------

TOKEN_ENDPOINT = "/oauth2/token"
IN_TROUBLE = [
    ("error", {"code": "x", "status": 429}, 503, "Too busy right now"),
    ("error", {"code": "x", "status": 503}, 504, "No answer from the sign‑in service"),
    ("garbage", {}, 504, "No answer from the sign‑in service"),
    ("half", {}, 504, "No answer from the sign‑in service"),
    ("reset", {}, 504, "No answer from the sign‑in service"),
    ("status", {"body": {}}, 504, "No answer from the sign‑in service"),
    (
        "status",
        {"body": {"error": "invalid_client"}},
        502,
        "This portal is not set up correctly",
    ),
]


@pytest.mark.parametrize(("kind", "how", "status", "heading"), IN_TROUBLE)
def test_a_domain_in_trouble_is_called_so(
    stopped: Stopped,
    hosted_pool: HostedPool,
    sandbox: Sandbox,
    kind: str,
    how: dict[str, Any],
    status: int,
    heading: str,
):
    """RES-01, RES-03, TOK-04: what it is, a way to begin again, and no code on the page."""
    nora = hosted_pool().make()
    sign_in(stopped, nora)
    way_back = callback_of(stopped)
    with sandbox.trouble(TOKEN_ENDPOINT, kind, **how):
        page = stopped.go(way_back)
    assert (page.status, page.heading) == (status, heading)
    assert parse_qs(urlsplit(way_back).query)["code"][0] not in page.html
    assert "credentials" not in session_of(stopped)
    assert stopped.go(page.link("Try again")).heading == OVERVIEW


def test_a_silent_domain_is_left_alone(
    stopped: Stopped, hosted_pool: HostedPool, sandbox: Sandbox, settings: Any
):
    """RES-03: told at once, while the pool itself is asked as ever; then one looks."""
    nora = hosted_pool().make()
    sign_in(stopped, nora)
    way_back = callback_of(stopped)
    for _ in range(breaker.SILENCES - 1):
        breaker.managed_login.silent()
    with sandbox.trouble(TOKEN_ENDPOINT, "reset"):
        assert stopped.go(way_back).status == 504
    assert breaker.managed_login.is_open
    assert not breaker.cognito.is_open
    page = stopped.go("/sign-in/")
    assert (page.status, page.heading) == (503, "The sign‑in service is away")
    assert 0 < int(page.headers["Retry-After"]) <= 10
    breaker.managed_login.forget()
    assert stopped.go("/sign-in/").heading == OVERVIEW


# --- proving it again -------------------------------------------------------------------------


def test_a_change_asks_to_sign_in_there_again_and_is_then_made(
    traveller: Traveller, hosted_pool: HostedPool, clock: Clock
):
    """REA-01, REA-03, REA-05: prompt=login; what was typed is held, and carried out."""
    people = hosted_pool()
    nora = people.make(phone=True, on=(SMS,))
    people.prefer(nora, (), None)
    people.admin.admin_set_user_mfa_preference(
        UserPoolId=people.pool_id, Username=nora.username, SMSMfaSettings={"Enabled": False}
    )
    sign_in(traveller, nora)
    clock.forward(minutes=6)
    traveller.open("/preference/")
    assert traveller.page.heading == "Confirm that it is you"
    page = traveller.go(traveller.page.link("Continue"))
    assert any("prompt=login" in each for each in traveller.addresses)
    assert page.heading == "Sign in"
    page = traveller.fill("Sign in", username=nora.username, password=nora.password)
    assert urlsplit(page.url).path == "/preference/"
    page = traveller.send("Save", activated=[SMS], preferred=SMS)
    assert page.heading == "Saved"
    assert people.preferred(nora) == SMS


def test_somebody_elses_proof_ends_the_session(
    traveller: Traveller, hosted_pool: HostedPool, clock: Clock
):
    """REA-04."""
    people = hosted_pool()
    alice, bob = people.make(phone=True), people.make()
    sign_in(traveller, alice)
    clock.forward(minutes=6)
    traveller.open("/preference/")
    traveller.go(traveller.page.link("Continue"))
    traveller.fill("Sign in", username=bob.username, password=bob.password)
    assert traveller.page.heading == "You are signed out"
    assert "not the same account" in traveller.page.text
    assert "credentials" not in session_of(traveller)
    assert AuditRecord.objects.filter(event="reauthenticated", outcome="refused").count() == 1
    assert traveller.go("/").heading == "Sign in"


class Unasked(Traveller):
    """A browser in which something takes the wish to be asked again out of the address."""

    def _ask(self, method: str, url: str, data: Any) -> Any:
        return super()._ask(method, url.replace("&prompt=login", ""), data)


def test_a_pool_that_did_not_ask_again_proves_nothing(
    db: None, hosted_pool: HostedPool, clock: Clock
):
    """REA-05: auth_time decides, and nobody goes round in circles."""
    nora = hosted_pool().make()
    unasked = Unasked()
    sign_in(unasked, nora)
    clock.forward(minutes=6)
    unasked.open("/preference/")
    page = unasked.go(unasked.page.link("Continue"))
    assert page.heading == "We could not sign you in"
    assert unasked.open("/preference/").heading == "Confirm that it is you"


# --- out --------------------------------------------------------------------------------------


def test_signing_out_ends_the_session_there_as_well(traveller: Traveller, hosted_pool: HostedPool):
    """SES-05, TOK-07: the next click asks for the password again."""
    sign_in(traveller, hosted_pool().make())
    kept = tokens_of(traveller)
    page = traveller.press("Sign out")
    assert page.heading == "You are signed out"
    assert traveller.go(page.link("Sign in again")).heading == "Sign in"
    assert "/login" in traveller.page.url
    assert kept["refresh"]


def test_the_pools_session_alone_would_sign_in_again(traveller: Traveller, hosted_pool: HostedPool):
    """What the single sign-out is for: the test above would pass for nothing without this."""
    sign_in(traveller, hosted_pool().make())
    del traveller.client.cookies[portal_settings.SESSION_COOKIE_NAME]
    assert traveller.go("/").heading == OVERVIEW


def test_every_factor_still_counts(traveller: Traveller, hosted_pool: HostedPool):
    """The overview of such a session reads the pool like any other."""
    people = hosted_pool()
    ella = people.make(phone=True, app=True, on=ALL, preferred=APP)
    page = sign_in(traveller, ella)
    assert ella.app is not None
    button = page.soup.find("form").find("button").get_text(strip=True)
    page = traveller.fill(button, code=ella.app.code())
    assert "authenticator app" in page.text

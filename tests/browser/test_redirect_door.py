"""The redirect door in a real browser: away to the pool's own pages, and back as somebody."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from tests.browser.portal_process import Portal, running_portal
from tests.browser.visitor import Visitor
from tests.people import People
from tests.sandbox_process import Sandbox

TOTP = "SOFTWARE_TOKEN_MFA"
BY_REDIRECT = "On the sign‑in page I know from other apps"
SMS_SENDER = {"SnsCallerArn": "arn:aws:iam::123456789012:role/sms", "ExternalId": "redirect"}


def _pool(sandbox: Sandbox, mfa: str, domain: str) -> tuple[str, str]:
    """A pool with a domain; its id, and a client whose addresses are not known yet."""
    admin = sandbox.admin()
    pool: str = admin.create_user_pool(PoolName="Redirect", SmsConfiguration=SMS_SENDER)[
        "UserPool"
    ]["Id"]
    admin.set_user_pool_mfa_config(
        UserPoolId=pool,
        MfaConfiguration=mfa,
        SoftwareTokenMfaConfiguration={"Enabled": True},
    )
    admin.create_user_pool_domain(UserPoolId=pool, Domain=domain, ManagedLoginVersion=2)
    client = admin.create_user_pool_client(UserPoolId=pool, ClientName="Portal")["UserPoolClient"]
    return pool, str(client["ClientId"])


def _let_back(sandbox: Sandbox, portal: Portal, client_id: str) -> None:
    """Tell the pool where this portal is, as its operator would."""
    sandbox.admin().update_user_pool_client(
        UserPoolId=portal.pool_id,
        ClientId=client_id,
        ExplicitAuthFlows=[
            "ALLOW_USER_SRP_AUTH",
            "ALLOW_USER_PASSWORD_AUTH",
            "ALLOW_REFRESH_TOKEN_AUTH",
        ],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "aws.cognito.signin.user.admin"],
        SupportedIdentityProviders=["COGNITO"],
        CallbackURLs=[f"{portal.url}/sign-in/managed/callback/"],
        LogoutURLs=[f"{portal.url}/signed-out/"],
    )


@pytest.fixture(scope="module", params=[("OPTIONAL", "password,managed"), ("ON", "managed")])
def way_in(
    request: pytest.FixtureRequest,
    chromium: str,
    sandbox: Sandbox,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Portal, str]]:
    """A portal with both doors on a pool that may ask, and one with this door where it must."""
    mfa, doors = request.param
    domain = f"redirect-{secrets.token_hex(4)}"
    pool_id, client_id = _pool(sandbox, mfa, domain)
    settings = {"PORTAL_DOORS": doors, "COGNITO_DOMAIN": f"{sandbox.api}/domains/{domain}"}
    data, pool = tmp_path_factory.mktemp("redirect"), pool_id.partition("_")[2]
    with running_portal(sandbox, data, pool=pool, client_id=client_id, **settings) as portal:
        _let_back(sandbox, portal, client_id)
        yield portal, mfa


def _guest(new_context: Any, sandbox: Sandbox, portal: Portal, **person: Any) -> Visitor:
    people = People(sandbox, portal.pool_id)
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    return Visitor(page, portal, people, people.make(**person))


def _leave(guest: Visitor) -> None:
    """To the pool's page: at once with one door, by a choice where there are two."""
    guest.open("/preference/")
    if guest.path == "/sign-in/":
        guest.follow(BY_REDIRECT)
    assert "/domains/" in guest.page.url


def test_away_and_back(new_context: Any, sandbox: Sandbox, way_in: tuple[Portal, str]):
    """TOK-05, SES-05, WEB-01: an error there, a second step or its set-up, and out of both."""
    portal, mfa = way_in
    asked = mfa == "OPTIONAL"
    person = {"app": True, "on": (TOTP,), "preferred": TOTP} if asked else {}
    guest = _guest(new_context, sandbox, portal, **person)
    _leave(guest)
    guest.write("Username", guest.somebody.username)
    guest.write("Password", "not my password")
    guest.press("Sign in")
    assert "Incorrect username or password." in guest.words
    guest.write("Username", guest.somebody.username)
    guest.write("Password", guest.somebody.password)
    guest.press("Sign in")
    if not asked:
        assert guest.heading in {"Set up a second step", "Set up an authenticator app"}
        if guest.heading == "Set up a second step":
            guest.page.get_by_text("Authenticator app").click()
            guest.press("Continue")
        guest.somebody.app = guest.scan()
    assert guest.somebody.app is not None
    guest.write("Code", guest.somebody.app.code())
    guest.press("Sign in")
    assert guest.page.url == f"{portal.url}/preference/"
    guest.sign_out()
    assert (guest.path, guest.heading) == ("/signed-out/", "You are signed out")
    _leave(guest)
    assert guest.heading == "Sign in"


def test_whoever_turns_back_there_is_not_lost(
    new_context: Any, sandbox: Sandbox, way_in: tuple[Portal, str]
):
    """The browser's own way back, and a way back that was opened too late."""
    portal, _ = way_in
    guest = _guest(new_context, sandbox, portal)
    _leave(guest)
    guest.page.goto(f"{portal.url}/sign-in/managed/callback/?error=access_denied&state=none")
    assert guest.heading == "We could not sign you in"
    with guest.page.expect_navigation():
        guest.link("Start again").click()
    assert guest.heading == "Sign in"

"""Passkeys on the pages of a domain: made at `/passkeys/add`, used to sign in. Contract 7, 13."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.authenticator import Authenticator
from tests.sandbox.conftest import MakeRealm
from tests.sandbox.hosted import CALLBACK, App, Browser, app_of
from tests.sandbox.kit import ALL, FLOWS, PASSWORD, TOTP, Someone, claims
from tests.sandbox.passkey_kit import MULTI, listed, register, with_passkeys


@pytest.fixture(scope="module")
def app(make_realm: MakeRealm) -> App:
    """A pool without second factors, where a passkey may stand in for the password."""
    realm = with_passkeys(make_realm)
    return app_of(realm, ExplicitAuthFlows=[*FLOWS, "ALLOW_USER_AUTH"])


@pytest.fixture
def person(app: App) -> Someone:
    return app.realm.person(email=True)


def options_on(browser: Browser) -> dict[str, Any]:
    """What the page's script would ask the browser."""
    line = browser.page.soup.select_one("[data-ceremony]")
    assert line is not None, browser.page.text
    options: dict[str, Any] = json.loads(str(line["data-options"]))
    return options


def by_password(app: App, person: Someone) -> Browser:
    """A browser that is signed in."""
    browser = app.visit()
    browser.send(username=person.username)
    browser.send(password=PASSWORD)
    assert browser.page.landed, browser.page.text
    return browser


def add_page(app: App, **more: str | None) -> str:
    return app.address("/passkeys/add", **{"response_type": None, "scope": None, **more})


def test_a_passkey_is_made_and_used(app: App, person: Someone) -> None:
    browser, device = by_password(app, person), Authenticator()
    browser.open(add_page(app))
    assert browser.page.heading == "Create a passkey"
    made = device.create(options_on(browser))
    page = browser.send(credential=json.dumps(made))
    assert page.landed == CALLBACK
    assert [each["RelyingPartyId"] for each in listed(person)] == ["localhost"]
    fresh = app.visit()
    assert fresh.send(username=person.username).choices == ["PASSWORD", "WEB_AUTHN"]
    assert fresh.send(choice="WEB_AUTHN").heading == "Sign in with your passkey"
    assert fresh.send(credential="nonsense").problem
    page = fresh.send(credential=json.dumps(device.get(options_on(fresh))))
    tokens = app.exchange(page.back["code"]).json()
    assert claims(tokens["access_token"])["username"] == person.username


def test_a_strangers_passkey_does_not_help(app: App, person: Someone) -> None:
    register(person)
    somebody_else = app.realm.person(email=True)
    stranger = register(somebody_else)
    browser = app.visit()
    browser.send(username=person.username)
    browser.send(choice="WEB_AUTHN")
    options = options_on(browser)
    own = listed(somebody_else)[0]["CredentialId"]
    options["allowCredentials"] = [{"type": "public-key", "id": own}]
    page = browser.send(credential=json.dumps(stranger.get(options)))
    assert page.landed == ""
    assert page.problem


def test_what_the_browser_made_is_checked(app: App, person: Someone) -> None:
    browser = by_password(app, person)
    browser.open(add_page(app))
    options = options_on(browser)
    for wrong in ("", "nonsense", "[]", '{"id": "x"}'):
        assert browser.send(credential=wrong).problem
    other = Authenticator().create({**options, "challenge": "AAAAAAAAAAAAAAAAAAAAAA"})
    assert browser.send(credential=json.dumps(other)).problem
    assert listed(person) == []


def test_only_somebody_signed_in_can_make_one(app: App) -> None:
    page = app.browser().open(add_page(app))
    assert (page.status, page.landed) == (400, "")
    assert "login_required" in page.text


@pytest.mark.parametrize(
    "changed", [{"client_id": "nobody"}, {"redirect_uri": "https://evil.example/"}]
)
def test_nobody_is_led_to_a_wrong_address(
    app: App, person: Someone, changed: dict[str, str | None]
) -> None:
    browser = by_password(app, person)
    page = browser.open(add_page(app, **changed))
    assert (page.status, page.landed) == (400, "")


def test_a_pool_without_passkeys_says_so(make_realm: MakeRealm) -> None:
    app = app_of(make_realm())
    person = app.realm.person(email=True)
    browser = app.visit()
    browser.send(username=person.username, password=PASSWORD)
    assert browser.open(add_page(app)).status == 400


def test_classic_pages_have_no_passkeys(make_realm: MakeRealm) -> None:
    realm = with_passkeys(make_realm)
    app = app_of(realm, version=1, ExplicitAuthFlows=[*FLOWS, "ALLOW_USER_AUTH"])
    person = realm.person(email=True)
    register(person)
    browser = app.visit()
    assert browser.send(username=person.username, password=PASSWORD).landed
    assert browser.open(add_page(app)).status == 400


def test_a_passkey_that_counts_as_two_factors_ends_the_sign_in(make_realm: MakeRealm) -> None:
    """Contract 5.4, D25: nothing more is asked in a pool that requires a second factor."""
    realm = with_passkeys(make_realm, "ON", *ALL, **MULTI)
    app = app_of(realm, ExplicitAuthFlows=[*FLOWS, "ALLOW_USER_AUTH"])
    person = realm.person()
    person.bind_app()
    device = register(person)
    realm.server.user.set_user_mfa_preference(
        AccessToken=person.token,
        SoftwareTokenMfaSettings={"Enabled": True},
        WebAuthnMfaSettings={"Enabled": True},
    )
    browser = app.visit()
    assert browser.send(username=person.username).choices == ["PASSWORD", "WEB_AUTHN"]
    browser.send(choice="WEB_AUTHN")
    page = browser.send(credential=json.dumps(device.get(options_on(browser))))
    assert page.landed.startswith(CALLBACK)
    other = app.visit()
    other.send(username=person.username)
    other.send(choice="PASSWORD")
    assert other.send(password=PASSWORD).heading == "Enter the code of your app"
    assert TOTP in person.get()["UserMFASettingList"]


def test_the_pages_script_is_named_by_its_hash(app: App, person: Someone) -> None:
    browser = by_password(app, person)
    policy = browser.open(add_page(app)).headers["Content-Security-Policy"]
    assert "script-src 'sha256-" in policy
    assert browser.page.headers["X-Frame-Options"] == "DENY"


def test_the_relying_party_is_the_pools_domain_where_none_is_set(
    make_realm: MakeRealm,
) -> None:
    """Contract 7: the custom domain if there is one, else the prefix."""
    realm = with_passkeys(make_realm)
    app = app_of(realm)
    realm.server.admin.set_user_pool_mfa_config(
        UserPoolId=realm.pool_id, WebAuthnConfiguration={"UserVerification": "preferred"}
    )
    person = realm.person(email=True)
    begin = realm.server.user.start_web_authn_registration
    options = begin(AccessToken=person.token)["CredentialCreationOptions"]
    assert options["rp"]["id"] == f"{app.domain}.auth.eu-central-1.amazoncognito.com"
    custom = f"{app.domain}.example.com"
    realm.server.admin.create_user_pool_domain(
        Domain=custom,
        UserPoolId=realm.pool_id,
        CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/1"},
    )
    options = begin(AccessToken=person.token)["CredentialCreationOptions"]
    assert options["rp"]["id"] == custom

"""Checklist C156, C159, C160, and contract 13: the pages of a domain, walked without script."""

from __future__ import annotations

import re
from typing import Any

import pytest
import requests

from tests.sandbox.conftest import MakeRealm
from tests.sandbox.hosted import CALLBACK, GOODBYE, App, Browser, Page, app_of, pkce
from tests.sandbox.kit import ALL, EMAIL, FLOWS, PASSWORD, SMS, TOTP, Realm, Server, Someone, claims

WRONG = "Incorrect username or password."
EXPIRED = "Invalid session for the user, session is expired."
NEW = "Other-Horse-8"


@pytest.fixture(scope="module")
def app(make_realm: MakeRealm) -> App:
    """A pool whose second factors are optional, every one of them on."""
    return app_of(make_realm("OPTIONAL", ALL, AutoVerifiedAttributes=["email"]))


@pytest.fixture(scope="module")
def demanding(make_realm: MakeRealm) -> App:
    """A pool that requires a second factor."""
    return app_of(make_realm("ON", ALL))


@pytest.fixture(scope="module")
def choosing(make_realm: MakeRealm) -> App:
    """Codes may stand in for a password."""
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}
    realm = make_realm("OPTIONAL", ALL, Policies=policy)
    return app_of(realm, ExplicitAuthFlows=[*FLOWS, "ALLOW_USER_AUTH"])


@pytest.fixture
def person(app: App) -> Someone:
    return app.realm.person(email=True)


def sign_in(app: App, person: Someone, **more: str | None) -> Page:
    """The page after name and password in a fresh browser."""
    return typed(app.visit(**more), person)


def typed(browser: Browser, person: Someone) -> Page:
    return browser.send(username=person.username, password=person.password)


def signed_in(app: App, page: Page) -> str:
    """Whom the code stands for that the application was sent."""
    assert page.landed.startswith(CALLBACK), page.text
    return str(claims(app.exchange(page.back["code"]).json()["access_token"])["username"])


class TestAuthorize:
    def test_leads_to_the_sign_in_page_and_back(self, app: App, person: Someone) -> None:
        browser = app.visit(state="a b/ü")
        assert browser.page.path.endswith("/login")
        assert browser.page.heading == "Sign in"
        page = typed(browser, person)
        assert page.back["state"] == "a b/ü"
        assert signed_in(app, page) == person.username

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"response_type": None}, "invalid_request"),
            ({"response_type": "id_token"}, "unsupported_response_type"),
            ({"response_type": 'cödé"\n'}, "unsupported_response_type"),
            ({"scope": "openid admin"}, "invalid_scope"),
            ({"scope": "email"}, "invalid_scope"),
            ({"code_challenge": "x" * 43}, "invalid_request"),
            ({"code_challenge": "x" * 43, "code_challenge_method": "plain"}, "invalid_request"),
            ({"code_challenge_method": "S256"}, "invalid_request"),
            ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
            ({"prompt": "dance"}, "invalid_request"),
            ({"prompt": "none login"}, "invalid_request"),
            ({"identity_provider": "Google"}, "invalid_request"),
            ({"idp_identifier": "example.com"}, "invalid_request"),
        ],
    )
    def test_what_is_wrong_goes_back_to_the_application(
        self, app: App, changed: dict[str, str | None], error: str
    ) -> None:
        for path in ("/oauth2/authorize", "/login"):
            browser = app.browser()
            page = browser.open(app.address(path, **changed))
            assert page.landed.startswith(f"{CALLBACK}?")
            assert page.back == {"error": error, "state": "s1"}

    def test_without_a_state_none_comes_back(self, app: App) -> None:
        page = app.visit(state=None, scope="admin").page
        assert page.back == {"error": "invalid_scope"}

    def test_errors_of_the_implicit_grant_come_in_the_fragment(self, app: App) -> None:
        page = app.visit(response_type="token", scope="admin").page
        assert page.landed == f"{CALLBACK}#error=invalid_scope&state=s1"

    def test_a_flow_the_client_may_not_use(self, app: App) -> None:
        only_code = app.another(AllowedOAuthFlows=["code"])
        assert only_code.visit(response_type="token").page.back["error"] == ("unauthorized_client")
        plain = App(app.realm.client(CallbackURLs=[CALLBACK]), app.domain)
        assert plain.visit().page.back["error"] == "unauthorized_client"

    @pytest.mark.parametrize(
        ("changed", "error"),
        [
            ({"client_id": "nobody"}, "invalid_request"),
            ({"client_id": None}, "Required parameters missing"),
            ({"redirect_uri": None}, "Required parameters missing"),
            ({"redirect_uri": CALLBACK + "?a=b"}, "redirect_mismatch"),
            ({"redirect_uri": CALLBACK.rstrip("/")}, "redirect_mismatch"),
            ({"redirect_uri": CALLBACK.upper()}, "redirect_mismatch"),
            ({"redirect_uri": "https://evil.example/"}, "redirect_mismatch"),
            ({"redirect_uri": 'https://é.example/"\r\n'}, "redirect_mismatch"),
            (
                {"redirect_uri": "https://evil.example/", "response_type": "x"},
                "redirect_mismatch",
            ),
        ],
    )
    def test_nobody_is_sent_to_a_wrong_address(
        self, app: App, changed: dict[str, str | None], error: str
    ) -> None:
        page = app.visit(**changed).page
        assert (page.landed, page.status) == ("", 400)
        assert page.path.endswith("/error")
        assert error in page.text

    def test_a_client_of_another_pool_is_a_wrong_one(self, app: App, demanding: App) -> None:
        page = app.visit(client_id=demanding.realm.client_id).page
        assert (page.landed, page.status) == ("", 400)

    def test_a_default_address_may_stand_in(self, app: App, person: Someone) -> None:
        used = app.another(DefaultRedirectURI=CALLBACK)
        page = sign_in(used, person, redirect_uri=None)
        assert signed_in(used, page) == person.username

    def test_pkce_and_hint_survive_the_pages(self, app: App, person: Someone) -> None:
        verifier, challenge = pkce()
        browser = app.visit(login_hint=person.username, **challenge)
        page = browser.send(password=PASSWORD)
        assert app.exchange(page.back["code"], code_verifier=verifier).ok

    def test_cognito_is_a_provider_by_name(self, app: App, person: Someone) -> None:
        assert sign_in(app, person, identity_provider="COGNITO").landed


class TestPrompt:
    def test_c156_none_without_a_session(self, app: App) -> None:
        page = app.visit(prompt="none").page
        assert page.back == {"error": "login_required", "state": "s1"}

    def test_none_with_a_session_asks_nothing(self, app: App, person: Someone) -> None:
        browser = app.visit()
        typed(browser, person)
        page = browser.open(app.address(prompt="none"))
        assert signed_in(app, page) == person.username

    def test_login_asks_again_and_moves_auth_time(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        browser = app.visit()
        first = app.exchange(typed(browser, person).back["code"]).json()
        app.server.advance(60)
        silent = app.exchange(browser.open(app.address()).back["code"]).json()
        assert browser.open(app.address(prompt="login")).heading == "Sign in"
        again = app.exchange(typed(browser, person).back["code"]).json()
        times = [claims(each["id_token"])["auth_time"] for each in (first, silent, again)]
        assert times[0] == times[1] == times[2] - 60

    def test_select_account_offers_who_is_signed_in(self, app: App, person: Someone) -> None:
        browser, other = app.visit(), app.realm.person(email=True)
        typed(browser, person)
        page = browser.open(app.address(prompt="select_account"))
        assert person.username in page.text
        assert signed_in(app, browser.send(f"Continue as {person.username}")) == (person.username)
        browser.open(app.address(prompt="select_account"))
        browser.follow("somebody else")
        assert signed_in(app, typed(browser, other)) == other.username

    def test_consent_changes_nothing_for_local_people(self, app: App, person: Someone) -> None:
        browser = app.visit(prompt="consent")
        typed(browser, person)
        assert browser.open(app.address(prompt="consent")).landed

    def test_classic_pages_do_not_know_it(self, make_realm: MakeRealm) -> None:
        classic = app_of(make_realm(), version=1)
        assert classic.visit(prompt="none").page.heading == "Sign in"

    def test_max_age_asks_again_after_that_long(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        browser = app.visit()
        typed(browser, person)
        app.server.advance(100)
        assert browser.open(app.address(max_age="100")).landed
        assert browser.open(app.address(max_age="99")).heading == "Sign in"
        assert browser.open(app.address(max_age="soon")).landed


class TestTheSession:
    def test_lasts_an_hour_and_is_not_extended(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        browser = app.visit()
        typed(browser, person)
        app.server.advance(3599)
        assert browser.open(app.address()).landed
        app.server.advance(1)
        assert browser.open(app.address()).heading == "Sign in"

    def test_a_client_may_trust_it_for_less(self, make_realm: MakeRealm) -> None:
        app = app_of(make_realm())
        admin, pool = app.server.admin, {"UserPoolId": app.realm.pool_id}
        admin.set_user_pool_session_configuration(
            **pool, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
        )
        admin.set_user_pool_client_session_configuration(
            **pool, ClientId=app.realm.client_id, SSOSession={"MaxValidityMinutes": 5}
        )
        app.server.stand_still()
        browser = app.visit()
        typed(browser, app.realm.person(email=True))
        app.server.advance(299)
        assert browser.open(app.address()).landed
        app.server.advance(1)
        assert browser.open(app.address()).heading == "Sign in"

    def test_serves_other_clients_of_the_pool(self, app: App, person: Someone) -> None:
        other = app.another()
        browser = app.visit()
        typed(browser, person)
        assert signed_in(other, browser.open(other.address())) == person.username

    def test_outlives_a_sign_out_everywhere_and_a_change_of_factors(
        self, app: App, person: Someone
    ) -> None:
        browser = app.visit()
        typed(browser, person)
        person.bind_app()
        person.prefer(TOTP=(True, True))
        app.server.admin.admin_user_global_sign_out(**person.admin_name)
        assert signed_in(app, browser.open(app.address())) == person.username

    def test_ends_with_the_account(self, app: App) -> None:
        disabled, deleted = app.realm.person(email=True), app.realm.person(email=True)
        browsers = {}
        for each in (disabled, deleted):
            browsers[each.username] = app.visit()
            typed(browsers[each.username], each)
        app.server.admin.admin_disable_user(**disabled.admin_name)
        app.server.admin.admin_delete_user(**deleted.admin_name)
        for browser in browsers.values():
            assert browser.open(app.address()).heading == "Sign in"

    def test_is_of_one_pool(self, app: App, demanding: App, person: Someone) -> None:
        browser = app.visit()
        typed(browser, person)
        cookie = browser.session.cookies["cognito"]
        reply = requests.get(
            demanding.address(prompt="none"),
            headers={"Cookie": f"cognito={cookie}"},
            allow_redirects=False,
            timeout=60,
        )
        assert "error=login_required" in reply.headers["Location"]


class TestLogout:
    def test_to_the_application(self, app: App, person: Someone) -> None:
        browser = app.visit()
        typed(browser, person)
        kept = browser.session.cookies["cognito"]
        page = browser.open(
            f"{app.base}/logout?client_id={app.realm.client_id}&logout_uri={GOODBYE}"
        )
        assert page.landed == GOODBYE
        assert browser.open(app.address()).heading == "Sign in"
        browser.session.cookies.set("cognito", kept)
        assert browser.open(app.address()).heading == "Sign in"

    def test_to_a_new_sign_in(self, app: App, person: Someone) -> None:
        browser = app.visit()
        typed(browser, person)
        assert browser.open(app.address("/logout")).heading == "Sign in"
        assert typed(browser, person).back["state"] == "s1"

    def test_logout_uri_wins(self, app: App) -> None:
        page = app.browser().open(app.address("/logout", logout_uri=GOODBYE))
        assert page.landed == GOODBYE

    @pytest.mark.parametrize(
        "changed",
        [
            {"logout_uri": "https://evil.example/"},
            {"redirect_uri": "https://evil.example/"},
            {"redirect_uri": None},
            {"response_type": None},
            {"client_id": "nobody"},
            {"client_id": None},
        ],
    )
    def test_nobody_is_sent_to_a_wrong_address(
        self, app: App, person: Someone, changed: dict[str, str | None]
    ) -> None:
        browser = app.visit()
        typed(browser, person)
        page = browser.open(app.address("/logout", **changed))
        assert (page.landed, page.status) == ("", 400)
        assert browser.open(app.address()).landed


class TestTheFirstPage:
    def test_a_wrong_password_and_an_unknown_name_look_alike(
        self, app: App, person: Someone
    ) -> None:
        browser = app.visit()
        wrong = browser.send(username=person.username, password="x")
        assert (wrong.problem, wrong.status) == (WRONG, 200)
        assert wrong.soup.title.get_text() == "Error: Sign in"
        assert browser.send(username="nobody", password="x").problem == WRONG
        assert typed(browser, person).landed

    def test_an_unknown_name_where_that_is_told(self, app: App) -> None:
        telling = app.another(PreventUserExistenceErrors="LEGACY")
        page = telling.visit().send(username="nobody", password="x")
        assert page.problem == "User does not exist."

    def test_what_was_typed_is_shown_again_and_harmless(self, app: App) -> None:
        page = app.visit().send(username='"><b>x', password="x")
        assert page.soup.select_one("#username")["value"] == '"><b>x'
        assert not page.soup.select("b")
        assert app.visit().send(username="", password="").problem

    def test_failures_lock_and_the_api_shares_the_lock(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        browser = app.visit()
        for _ in range(4):
            browser.send(username=person.username, password="x")
        with pytest.raises(app.server.user.exceptions.NotAuthorizedException):
            app.realm.initiate("USER_PASSWORD_AUTH", USERNAME=person.username, PASSWORD="x")
        assert typed(browser, person).problem == "Password attempts exceeded"
        app.server.advance(1)
        assert typed(browser, person).landed

    def test_somebody_disabled(self, app: App, person: Someone) -> None:
        app.server.admin.admin_disable_user(**person.admin_name)
        assert sign_in(app, person).problem == "User is not enabled"

    def test_waits_for_five_minutes(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        browser = app.visit()
        app.server.advance(300)
        assert typed(browser, person).problem == EXPIRED
        assert typed(browser, person).landed

    def test_needs_no_flow_and_no_secret_of_the_client(self, app: App, person: Someone) -> None:
        strict = app.another(GenerateSecret=True, ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
        assert signed_in(strict, sign_in(strict, person)) == person.username


class TestForms:
    def test_are_ours_or_nothing_happens(self, app: App, person: Someone) -> None:
        browser = app.visit()
        for forged in (None, "", "x"):
            page = browser.send(username=person.username, password=person.password, _csrf=forged)
            assert (page.status, page.landed) == (403, "")
            browser.open(app.address())
        browser.session.cookies.clear()
        assert typed(browser, person).status == 403

    def test_cookies_belong_to_the_domain(self, app: App) -> None:
        for cookie in app.visit().session.cookies:
            assert cookie.path == f"/domains/{app.domain}/"
            assert cookie.has_nonstandard_attr("HttpOnly")
            assert cookie.get_nonstandard_attr("SameSite") == "Lax"

    def test_c159_pages_cannot_be_framed(self, app: App) -> None:
        for path in ("/login", "/signup", "/forgotPassword", "/error", "/logout", "/nothing"):
            headers = app.browser().open(app.address(path)).headers
            assert headers["X-Frame-Options"] == "DENY"
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "script-src 'none'" in headers["Content-Security-Policy"]
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Strict-Transport-Security"].startswith("max-age=")
            assert "no-store" in headers["Cache-Control"]

    def test_unknown_pages_and_methods(self, app: App) -> None:
        assert requests.get(f"{app.base}/nothing", timeout=60).status_code == 404
        assert requests.post(f"{app.base}/oauth2/authorize", timeout=60).status_code == 405
        assert requests.get(f"{app.base}/oauth2/token", timeout=60).status_code == 405
        many = "&".join(f"a{number}=1" for number in range(200))
        assert requests.get(f"{app.base}/login?{many}", timeout=60).status_code == 400
        big = requests.post(f"{app.base}/login", data=b"x" * 2**21, timeout=60)
        assert big.status_code == 413

    def test_every_line_has_a_label(self, app: App) -> None:
        for path in ("/login", "/signup", "/forgotPassword"):
            soup = app.browser().open(app.address(path)).soup
            named = {label.get("for") for label in soup.select("label")}
            shown = [line for line in soup.select("input") if line["type"] != "hidden"]
            assert shown
            assert {line["id"] for line in shown} <= named


class TestSecondFactor:
    def test_the_app(self, app: App, person: Someone) -> None:
        person.bind_app("Blue phone")
        person.prefer(TOTP=(True, True))
        browser = app.visit()
        page = typed(browser, person)
        assert "on Blue phone" in page.text
        wrong = browser.send(code="000000")
        assert wrong.problem == "Invalid code received for user"
        code = app.server.totp(person.secret)
        assert signed_in(app, browser.send(code=f"{code[:3]} {code[3:]}")) == person.username

    @pytest.mark.parametrize("factor", [SMS, EMAIL])
    def test_a_code_that_is_sent(self, app: App, factor: str) -> None:
        person = app.realm.person(email=True, phone=True)
        person.prefer(**{"SMS" if factor == SMS else "EMAIL": (True, True)})
        browser = app.visit()
        page = typed(browser, person)
        target = person.phone if factor == SMS else person.email
        assert target not in page.text
        assert "***" in page.text
        assert browser.send(code="1").problem == "Invalid code or auth state for the user."
        code = app.server.code_sent_to(target)
        assert signed_in(app, browser.send(code=code)) == person.username

    def test_a_choice(self, app: App) -> None:
        person = app.realm.person(email=True, phone=True)
        person.prefer(SMS=(True, False), EMAIL=(True, False))
        browser = app.visit()
        page = typed(browser, person)
        assert page.choices == [SMS, EMAIL]
        assert browser.send(choice=TOTP).problem
        assert "Check your e-mail" in browser.send(choice=EMAIL).heading
        assert browser.send(code=app.server.code_sent_to(person.email)).landed

    def test_wrong_codes_lock(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        person.bind_app()
        person.prefer(TOTP=(True, True))
        browser = app.visit()
        typed(browser, person)
        for _ in range(5):
            browser.send(code="000000")
        page = browser.send(code=app.server.totp(person.secret))
        assert page.problem == "Password attempts exceeded"

    def test_waits_for_three_minutes(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        person.bind_app()
        person.prefer(TOTP=(True, True))
        browser = app.visit()
        typed(browser, person)
        app.server.advance(180)
        page = browser.send(code=app.server.totp(person.secret))
        assert (page.heading, page.problem) == ("Sign in", EXPIRED)

    def test_going_back_begins_again(self, app: App, person: Someone) -> None:
        person.bind_app()
        person.prefer(TOTP=(True, True))
        browser = app.visit()
        typed(browser, person)
        assert browser.follow("Back to sign-in").heading == "Sign in"
        assert typed(browser, app.realm.person(email=True)).landed

    def test_a_challenge_is_of_one_client(self, app: App, person: Someone) -> None:
        person.bind_app()
        person.prefer(TOTP=(True, True))
        browser = app.visit()
        typed(browser, person)
        page = browser.open(app.another().address("/challenge"))
        assert (page.heading, page.problem) == ("Sign in", EXPIRED)

    def test_devices_are_not_remembered(self, make_realm: MakeRealm) -> None:
        """Contract 13.4: no new device comes of a sign-in on these pages."""
        realm = make_realm(
            "OPTIONAL",
            ALL,
            DeviceConfiguration={"ChallengeRequiredOnNewDevice": True},
        )
        app = app_of(realm)
        person = realm.person(email=True)
        token = app.sign_in(person.username, PASSWORD)["access_token"]
        assert "device_key" not in claims(token)
        listed = app.server.admin.admin_list_devices(**person.admin_name)
        assert not listed.get("Devices")


class TestForcedSetUp:
    def test_c160_an_app_where_it_is_required(self, demanding: App) -> None:
        person = demanding.realm.person()
        browser = demanding.visit()
        page = typed(browser, person)
        assert page.heading == "Set up a second step"
        assert page.choices == [SMS, TOTP, EMAIL]
        page = browser.send(choice=TOTP)
        assert len(page.key) == 52
        assert page.soup.select_one(".qr svg path")
        assert browser.send(code="000000").problem == (
            "Code mismatch and fail enable Software Token MFA"
        )
        page = browser.send(code=demanding.server.totp(page.key))
        assert signed_in(demanding, page) == person.username
        again = demanding.visit()
        typed(again, person)
        assert again.page.heading == "Enter the code of your app"

    def test_c160_never_where_it_is_optional(self, app: App, person: Someone) -> None:
        assert sign_in(app, person).landed

    def test_c160_a_single_way_needs_no_choice(self, make_realm: MakeRealm) -> None:
        app = app_of(make_realm("ON", (TOTP,)))
        page = sign_in(app, app.realm.person(email=True))
        assert page.heading == "Set up an authenticator app"

    def test_an_address(self, make_realm: MakeRealm) -> None:
        app = app_of(make_realm("ON", (TOTP, EMAIL)))
        person = app.realm.person()
        browser = app.visit()
        assert typed(browser, person).choices == [TOTP, EMAIL]
        browser.send(choice=EMAIL)
        assert browser.send(address="nonsense").problem
        page = browser.send(address=person.email)
        assert page.heading == "Check your e-mail"
        page = browser.send(code=app.server.code_sent_to(person.email))
        assert signed_in(app, page) == person.username
        known = app.server.admin.admin_get_user(**person.admin_name)["UserAttributes"]
        assert {"Name": "email", "Value": person.email} in known
        assert {"Name": "email_verified", "Value": "true"} in known

    def test_a_number(self, make_realm: MakeRealm) -> None:
        app = app_of(make_realm("ON", (SMS,)))
        person = app.realm.person()
        browser = app.visit()
        assert typed(browser, person).heading == "Set up: text message"
        assert browser.send(address="12").problem == "Invalid phone number format."
        browser.send(address=person.phone)
        page = browser.send(code=app.server.code_sent_to(person.phone))
        assert signed_in(app, page) == person.username
        known = app.server.admin.admin_get_user(**person.admin_name)["UserAttributes"]
        assert {"Name": "phone_number_verified", "Value": "true"} in known
        again = app.visit()
        assert typed(again, person).heading == "Check your phone"

    def test_the_api_sets_no_number_up(self, make_realm: MakeRealm) -> None:
        """Contract 5.3, D17: SMS_MFA is listed, but nothing sets it up in the API's flow."""
        realm = make_realm("ON", (SMS,))
        person = realm.person()
        challenge = person.sign_in()
        with pytest.raises(realm.server.user.exceptions.InvalidParameterException):
            person.respond(challenge, PHONE_NUMBER=person.phone)

    def test_nothing_to_set_up(self, make_realm: MakeRealm) -> None:
        recovery = {
            "RecoveryMechanisms": [
                {"Priority": 1, "Name": "verified_email"},
                {"Priority": 2, "Name": "verified_phone_number"},
            ]
        }
        app = app_of(make_realm("ON", (SMS, EMAIL), AccountRecoverySetting=recovery))
        page = sign_in(app, app.realm.person(email=True))
        assert page.heading == "Sign in"
        assert page.problem.startswith("MFA is required")


class TestNewPassword:
    @pytest.fixture
    def newcomer(self, app: App) -> Someone:
        person = app.realm.person(email=True)
        app.server.admin.admin_set_user_password(
            **person.admin_name, Password=PASSWORD, Permanent=False
        )
        return person

    def test_is_chosen_and_the_sign_in_goes_on(self, app: App, newcomer: Someone) -> None:
        browser = app.visit()
        page = typed(browser, newcomer)
        assert page.heading == "Choose a new password"
        refused = browser.send(password="short").problem
        assert refused == "Password did not conform with policy: Password not long enough"
        assert signed_in(app, browser.send(password=NEW)) == newcomer.username
        newcomer.password = NEW
        assert sign_in(app, newcomer).landed

    def test_missing_attributes_are_asked_for(self, make_realm: MakeRealm) -> None:
        schema = [{"Name": "given_name", "Required": True, "Mutable": True}]
        app = app_of(make_realm(Schema=schema))
        person = app.realm.person({"given_name": "A"}, email=True)
        app.server.admin.admin_set_user_password(
            **person.admin_name, Password=PASSWORD, Permanent=False
        )
        app.server.admin.admin_delete_user_attributes(
            **person.admin_name, UserAttributeNames=["given_name"]
        )
        browser = app.visit()
        page = typed(browser, person)
        assert "Given name" in page.text
        page = browser.send(password=NEW, **{"userAttributes.given_name": "Ann"})
        assert signed_in(app, page) == person.username
        known = app.server.admin.admin_get_user(**person.admin_name)["UserAttributes"]
        assert {"Name": "given_name", "Value": "Ann"} in known


class TestForgotten:
    def test_a_code_lets_choose_another(self, app: App, person: Someone) -> None:
        browser = app.visit()
        browser.follow("Forgot your password?")
        page = browser.send(username=person.username)
        assert person.email not in page.text
        wrong = browser.send(code="000000", password=NEW)
        assert wrong.problem == "Invalid verification code provided, please try again."
        page = browser.send(code=app.server.code_sent_to(person.email), password=NEW)
        assert (page.heading, page.notice) == (
            "Sign in",
            "Your password was changed. You can sign in with it now.",
        )
        person.password = NEW
        assert signed_in(app, typed(browser, person)) == person.username

    def test_an_unknown_name_looks_like_any_other(self, app: App) -> None:
        browser = app.visit()
        browser.follow("Forgot your password?")
        page = browser.send(username="nobody")
        assert "We sent a code to" in page.text

    def test_waits_for_eight_minutes(self, app: App, person: Someone) -> None:
        app.server.stand_still()
        browser = app.visit()
        browser.follow("Forgot your password?")
        browser.send(username=person.username)
        code = app.server.code_sent_to(person.email)
        app.server.advance(480)
        page = browser.send(code=code, password=NEW)
        assert (page.heading, page.problem) == ("Sign in", EXPIRED)

    def test_somebody_whom_an_administrator_reset_is_led_there(
        self, app: App, person: Someone
    ) -> None:
        app.server.admin.admin_reset_user_password(**person.admin_name)
        browser = app.visit()
        page = typed(browser, person)
        assert page.heading == "Choose a new password"
        code = app.server.code_sent_to(person.email)
        assert browser.send(code=code, password=NEW).notice


class TestSignUp:
    def test_one_code_and_one_is_in(self, app: App) -> None:
        browser, name = app.visit(), Someone(app.realm, f"new{id(self)}", "").username
        browser.follow("Create an account")
        assert browser.send(username=name, email="x", password=PASSWORD).problem
        page = browser.send(username=name, email=f"{name}@example.com", password=PASSWORD)
        assert page.heading == "Confirm your account"
        assert browser.send("Confirm the account", code="000000").problem
        old = app.server.code_sent_to(f"{name}@example.com")
        assert browser.send("Send another code").notice == "We sent you another code."
        code = app.server.code_sent_to(f"{name}@example.com")
        assert code != old
        page = browser.send("Confirm the account", code=code)
        if not page.landed:
            page = browser.send(username=name, password=PASSWORD)
        assert signed_in(app, page) == name

    def test_an_unconfirmed_person_is_led_to_the_code(self, app: App) -> None:
        name = f"late{id(self)}"
        app.server.user.sign_up(
            ClientId=app.realm.client_id,
            Username=name,
            Password=PASSWORD,
            UserAttributes=[{"Name": "email", "Value": f"{name}@example.com"}],
        )
        browser = app.visit()
        page = browser.send(username=name, password=PASSWORD)
        assert page.heading == "Confirm your account"
        code = app.server.code_sent_to(f"{name}@example.com")
        page = browser.send("Confirm the account", code=code)
        assert page.notice == "Your account is confirmed. You can sign in now."
        assert signed_in(app, browser.send(username=name, password=PASSWORD)) == name

    def test_where_nothing_is_verified_an_administrator_confirms(
        self, make_realm: MakeRealm
    ) -> None:
        app = app_of(make_realm())
        browser = app.visit()
        browser.follow("Create an account")
        page = browser.send(username="newcomer", password=PASSWORD)
        assert page.notice.startswith("Your account was made.")

    def test_by_address_where_that_is_the_name(self, make_realm: MakeRealm) -> None:
        realm = make_realm(UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
        app = app_of(realm)
        browser = app.visit()
        assert "E-mail address" in browser.follow("Create an account").text
        browser.send(username="someone@example.org", password=PASSWORD)
        code = app.server.code_sent_to("someone@example.org")
        page = browser.send("Confirm the account", code=code)
        assert page.landed.startswith(CALLBACK)

    def test_required_factors_are_set_up_at_once(self, make_realm: MakeRealm) -> None:
        """Contract 5.4, D24: the first sign-in after sign-up asks for the set-up."""
        app = app_of(make_realm("ON", (TOTP,), AutoVerifiedAttributes=["email"]))
        browser = app.visit()
        browser.follow("Create an account")
        browser.send(username="first", email="first@example.org", password=PASSWORD)
        code = app.server.code_sent_to("first@example.org")
        page = browser.send("Confirm the account", code=code)
        assert page.heading == "Set up an authenticator app"
        assert browser.send(code=app.server.totp(page.key)).landed

    def test_a_late_code_confirms_without_signing_in(self, app: App) -> None:
        app.server.stand_still()
        browser, name = app.visit(), f"slow{id(self)}"
        browser.follow("Create an account")
        browser.send(username=name, email=f"{name}@example.com", password=PASSWORD)
        app.server.advance(200)
        code = app.server.code_sent_to(f"{name}@example.com")
        page = browser.send("Confirm the account", code=code)
        assert page.notice == "Your account is confirmed. You can sign in now."

    def test_closed(self, make_realm: MakeRealm) -> None:
        app = app_of(make_realm(AdminCreateUserConfig={"AllowAdminCreateUserOnly": True}))
        browser = app.visit()
        assert "Create an account" not in browser.page.text
        page = browser.open(app.address("/signup"))
        assert page.problem == "SignUp is not permitted for this user pool"


class TestChoiceBased:
    def test_a_code_instead_of_a_password(self, choosing: App) -> None:
        person = choosing.realm.person(email=True, phone=True)
        browser = choosing.visit()
        assert not browser.page.soup.select("#password")
        page = browser.send(username=person.username)
        assert page.choices == ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
        page = browser.send(choice="EMAIL_OTP")
        assert page.heading == "Check your e-mail"
        page = browser.send(code=choosing.server.code_sent_to(person.email))
        assert signed_in(choosing, page) == person.username

    def test_the_password_after_all(self, choosing: App) -> None:
        person = choosing.realm.person(email=True)
        browser = choosing.visit()
        browser.send(username=person.username)
        assert browser.send(choice="PASSWORD").heading == "Enter your password"
        assert browser.send(password="x").problem == WRONG
        assert signed_in(choosing, browser.send(password=PASSWORD)) == person.username

    def test_one_with_a_second_factor_has_no_choice(self, choosing: App) -> None:
        person = choosing.realm.person(email=True)
        person.bind_app()
        person.prefer(TOTP=(True, True))
        browser = choosing.visit()
        assert browser.send(username=person.username).heading == "Enter your password"
        assert browser.send(password=PASSWORD).heading == "Enter the code of your app"
        assert browser.send(code=choosing.server.totp(person.secret)).landed

    def test_an_unknown_name_is_offered_the_same(self, choosing: App) -> None:
        browser = choosing.visit()
        page = browser.send(username="nobody")
        assert page.choices == ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
        browser.send(choice="PASSWORD")
        assert browser.send(password="x").problem == WRONG


class TestBehindThePages:
    """Nothing of these pages may be carried to the API, and nothing of the API here."""

    def test_their_sessions_are_not_the_apis(self, app: App, person: Someone) -> None:
        person.bind_app()
        person.prefer(TOTP=(True, True))
        browser = app.visit()
        typed(browser, person)
        progress = browser.session.cookies["page-data"]
        challenge: dict[str, Any] = {"ChallengeName": TOTP, "Session": progress}
        with pytest.raises(app.server.user.exceptions.NotAuthorizedException):
            person.answer_code(challenge, app.server.totp(person.secret))

    def test_pages_need_no_script_and_fetch_nothing(self, server: Server) -> None:
        realm = Realm(server, "eu-central-1_Optional1", "demooauthoptional000000001")
        app = App(realm, "demo-optional")
        page = app.browser().open(app.address())
        assert not page.soup.select("script, link, img, iframe")
        assert not re.search(r"\son\w+=", page.html)

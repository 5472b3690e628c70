"""What holds for every address: guards, headers, cookies, tokens against forgery, hosts, sizes."""

import json
import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings as portal_settings
from django.contrib.sessions.backends.cache import SessionStore
from django.test import Client

from accounts.models import AuditRecord
from tests.journeys.routes import Route, pages, routes
from tests.journeys.steps import ALL, APP, OVERVIEW, calls_counted, session_id
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import OWN_ORIGIN, Walker

ROUTES = routes()
GUARDS = {
    ("public",),
    ("challenge",),
    ("signed_in",),
    ("recently_authenticated", "signed_in"),
    ("in_session",),
    ("operator_only",),
    ("operator_only", "recently_authenticated"),
    # Contact details are closed to a way back in; adding a method is open to it; its own pages.
    ("enrolling", "recently_authenticated", "signed_in"),
    ("enrolling", "recently_authenticated"),
    ("recovering",),
    ("embedded",),
}
STATIC = ["/static/css/base.css", "/static/js/once.js", "/static/img/favicon.svg"]
NO_SUCH = "/there/is/nothing/here/"


def _path(route: Route) -> str:
    return route.path


def _csp(response: Any) -> dict[str, list[str]]:
    policy = response["Content-Security-Policy"]
    parts = [part.split() for part in policy.split(";") if part.strip()]
    return {name: values for name, *values in parts}


# --- the map ----------------------------------------------------------------------------------


@pytest.mark.parametrize("route", pages(), ids=_path)
def test_every_page_states_its_guard(route: Route):
    """(AUZ-01) deny by default: an address without a stated guard fails here."""
    assert tuple(sorted(route.guards)) in GUARDS


def test_the_json_room_has_one_guard_for_all(client: Client, db: None):
    """(AUZ-01) whoever is not signed in gets nowhere, whatever the address and the method."""
    for route in ROUTES:
        if not route.is_json or "public" in route.guards:
            continue
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            response = client.generic(
                method,
                route.path,
                "{}",
                content_type="application/json",
                headers={"origin": OWN_ORIGIN},
            )
            assert response.status_code in {401, 404, 405}, (method, route.path)


def test_nobody_gets_behind_a_guard(walker: Walker, pool: People):
    """(AUZ-01) without a session every guarded page leads to the sign-in."""
    for route in pages():
        if "signed_in" not in route.guards:
            continue
        response = walker.client.get(route.path)
        assert response.status_code == 302, route.path
        assert response["Location"].startswith("/sign-in/"), route.path


def test_getting_changes_nothing(walker: Walker, pool: People, sandbox: Sandbox):
    """(AUZ-06) a crawl of every address: the pool, the audit and the session stay as they are."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    # That the helpdesk's JSON takes no session is taken down, and is no change.
    changes = AuditRecord.objects.exclude(event="guard_refused")
    before, rows = pool.look(ella), changes.count()
    for method in ("GET", "HEAD"):
        for route in ROUTES:
            with calls_counted(sandbox) as calls:
                walker.client.generic(method, route.path)
            reads = {"GetUser", "GetUserAuthFactors", "DescribeUserPool", "GetUserPoolMfaConfig"}
            reads |= {"ListUserSessions", "ListDevices", "ListWebAuthnCredentials"}
            assert not set(calls) - reads, (method, route.path)
    assert pool.look(ella)["UserLastModifiedDate"] == before["UserLastModifiedDate"]
    assert changes.count() == rows
    assert walker.open("/").heading == OVERVIEW


# --- headers ----------------------------------------------------------------------------------


def _assert_headers(response: Any, where: str) -> None:
    csp = _csp(response)
    assert csp["default-src"] == ["'none'"], where
    for directive in ("object-src", "base-uri", "frame-ancestors"):
        assert csp[directive] == ["'none'"], where
    assert csp["form-action"] == ["'self'"], where
    allowed = {source for sources in csp.values() for source in sources}
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "data:"} & allowed
    assert response["X-Frame-Options"] == "DENY", where
    assert response["X-Content-Type-Options"] == "nosniff", where
    assert response["Referrer-Policy"] == "same-origin", where
    assert response["Cross-Origin-Opener-Policy"] == "same-origin", where
    assert response["Cross-Origin-Resource-Policy"] == "same-origin", where
    assert response["Origin-Agent-Cluster"] == "?1", where
    assert "Access-Control-Allow-Origin" not in response, where
    assert response["X-Request-Id"], where


@pytest.mark.parametrize("signed_in", [False, True], ids=["nobody", "somebody"])
def test_every_answer_carries_the_headers(walker: Walker, pool: People, *, signed_in: bool):
    """(WEB-01, WEB-02, WEB-05, WEB-07, WEB-09) pages, JSON, redirects, 404 and 405."""
    if signed_in:
        walker.sign_in(pool.make(phone=True, app=True, on=ALL, preferred=APP))
    else:
        walker.open("/sign-in/")
    token = walker.csrf_token()
    for path in [NO_SUCH, *(route.path for route in ROUTES if "/sign-out/" not in route.path)]:
        for method in ("GET", "HEAD", "POST", "DELETE", "OPTIONS"):
            response = (
                walker.client.generic(
                    method, path, headers={"x-csrftoken": token, "origin": "https://evil.example"}
                )
                if method != "POST"
                else walker.client.post(path, headers={"x-csrftoken": token})
            )
            _assert_headers(response, f"{method} {path}")
            assert "no-store" in response["Cache-Control"], f"{method} {path}"


@pytest.mark.parametrize("path", STATIC)
def test_files_carry_the_headers_too(walker: Walker, path: str):
    """(WEB-02, WEB-05)"""
    response = walker.client.get(path)
    assert response.status_code == 200
    _assert_headers(response, path)
    assert "no-store" not in response["Cache-Control"]
    response.close()


@pytest.mark.parametrize(
    "headers", [{"host": "evil.example"}, {"content-length": "70000"}], ids=["host", "size"]
)
def test_early_refusals_carry_the_headers_too(walker: Walker, headers: dict[str, str]):
    """(WEB-01, WEB-02) also what is refused before any page is looked for."""
    response = walker.client.post("/sign-in/", headers=headers)
    assert response.status_code in {400, 413}
    _assert_headers(response, str(headers))


def test_a_redirect_to_https_carries_the_headers_too(walker: Walker, settings: Any):
    """(WEB-02, WEB-04)"""
    settings.SECURE_SSL_REDIRECT = True
    response = walker.client.get("/sign-in/")
    assert (response.status_code, response["Location"]) == (301, "https://localhost/sign-in/")
    assert _csp(response)["frame-ancestors"] == ["'none'"]


def test_each_page_has_a_fresh_nonce_and_no_inline_script(walker: Walker, pool: People):
    """(WEB-01, WEB-12) scripts come from here, with this answer's nonce; nothing from elsewhere."""
    walker.sign_in(pool.make(phone=True))
    nonces = set()
    for path in ("/", "/enrolment/totp/", "/enrolment/sms/", "/preference/", "/confirm/"):
        page = walker.open(path)
        sources = _csp(page.headers)["script-src"]
        nonce = next(s for s in sources if s.startswith("'nonce-"))[7:-1]
        nonces.add(nonce)
        for script in page.soup.find_all("script"):
            assert script["src"].startswith("/static/")
            assert script["nonce"] == nonce
        assert not page.soup.find_all("style")
        assert not page.soup.find_all(style=True)
        assert not re.search(r"\son[a-z]+=", page.html)
        for tag in page.soup.find_all(["img", "link", "script", "iframe", "form"]):
            address = tag.get("src") or tag.get("href") or tag.get("action") or "/"
            assert str(address).startswith("/"), address
    assert len(nonces) == 5


# --- forgery ----------------------------------------------------------------------------------


def test_every_form_needs_its_token(walker: Walker, pool: People):
    """(WEB-08) every address that takes a POST, without a token: 403, a page, and no change."""
    ella = pool.make(phone=True, app=True, on=ALL, preferred=APP)
    walker.sign_in(ella)
    before = pool.look(ella)
    for route in pages():
        response = walker.client.post(route.path, {"preferred": "", "factor": "SMS_MFA"})
        assert response.status_code in {403, 405}, route.path
        if response.status_code == 403:
            assert "Please try that again" in response.content.decode()
    assert pool.look(ella)["UserLastModifiedDate"] == before["UserLastModifiedDate"]
    assert walker.open("/").heading == OVERVIEW


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://sub.localhost"])
def test_a_token_from_elsewhere_is_none(walker: Walker, pool: People, origin: str):
    """(WEB-08) the right token, sent by a page of another origin."""
    walker.sign_in(pool.make())
    response = walker.client.post(
        "/sign-out/", {"csrfmiddlewaretoken": walker.csrf_token()}, headers={"origin": origin}
    )
    assert response.status_code == 403
    assert walker.open("/").heading == OVERVIEW


def test_somebody_elses_token_is_none(walker: Walker, second_walker: Walker, pool: People):
    """(WEB-08)"""
    walker.sign_in(pool.make())
    second_walker.sign_in(pool.make())
    response = walker.client.post("/sign-out/", {"csrfmiddlewaretoken": second_walker.csrf_token()})
    assert response.status_code == 403


# --- hosts, sizes, methods --------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "evil.example"},
        {"host": "localhost.evil.example"},
        {"host": "localhost@evil.example"},
        {"host": "evil.example:80"},
    ],
)
def test_an_unknown_host_is_refused(walker: Walker, headers: dict[str, str]):
    """(WEB-14)"""
    response = walker.client.get("/sign-in/", headers=headers)
    assert response.status_code == 400
    page = response.content.decode()
    assert "evil.example" not in page
    assert page.count("<h1>") == 1
    assert "Nothing was changed" in page


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize(
    "path", ["/no-such-page/", "/admin/", "/enrolment/pigeon/", "/.git/config"]
)
def test_an_unknown_address_answers_plainly(walker: Walker, pool: People, path: str, method: str):
    """(RES-01, AUZ-09) by whatever method, signed in or not; and a program in its own way."""
    response = walker.client.generic(method, path)
    assert response.status_code == 404
    if method != "HEAD":
        assert "<h1>" in response.content.decode()
    assert "Traceback" not in response.content.decode()
    told = walker.client.generic(method, f"/api{path}", headers={"accept": "application/json"})
    assert told.status_code == 404
    if method != "HEAD":
        assert told.json()["error"]["code"] == "NOT_FOUND"


def test_a_forwarded_host_is_not_believed(walker: Walker, pool: People):
    """(WEB-14) addresses come from settings."""
    response = walker.client.get("/", headers={"x-forwarded-host": "evil.example"})
    assert response["Location"] == "/sign-in/"
    response = walker.client.get("/sign-in/", headers={"x-forwarded-host": "evil.example"})
    assert "evil.example" not in response.content.decode()


def test_too_large_a_form_is_refused_unread(walker: Walker, pool: People, sandbox: Sandbox):
    """(INP-04)"""
    walker.sign_in(pool.make(phone=True))
    walker.open("/enrolment/sms/")
    with calls_counted(sandbox) as calls:
        page = walker.post("/enrolment/sms/", {"number": "0" * 70_000})
    assert (page.status, page.heading) == (413, "That was too much at once")
    assert not calls


def test_too_many_fields_are_refused(walker: Walker, pool: People):
    """(INP-04)"""
    walker.sign_in(pool.make())
    page = walker.open("/enrolment/sms/")
    page = walker.post("/enrolment/sms/", {f"field{number}": "x" for number in range(101)})
    assert page.status == 400
    assert "Nothing was changed." in page.text


@pytest.mark.parametrize(
    ("path", "method", "allowed"),
    [
        ("/", "POST", "GET"),
        ("/preference/", "DELETE", "GET, HEAD, POST"),
        ("/prefer/sms/", "GET", "POST"),
        ("/enrolment/sms/on/", "GET", "POST"),
        ("/enrolment/email/resend/", "GET", "POST"),
        ("/sign-out/", "GET", "POST"),
    ],
)
def test_a_wrong_method_is_told_and_the_right_one_named(
    walker: Walker, pool: People, path: str, method: str, allowed: str
):
    walker.sign_in(pool.make())
    response = walker.client.generic(method, path, headers={"x-csrftoken": walker.csrf_token()})
    assert response.status_code == 405
    assert response["Allow"] == allowed
    assert "That page cannot be opened this way" in response.content.decode()


@pytest.mark.parametrize(
    "path", ["/%00", "/%ff", "/..%2f..%2fetc/passwd", "/enrolment/%0d%0aSet-Cookie:x", "/?next=%ff"]
)
def test_strange_addresses_are_no_error(walker: Walker, pool: People, path: str):
    """(INP-06)"""
    response = walker.client.get(path)
    assert response.status_code in {302, 400, 404}
    assert "Set-Cookie:x" not in str(response.headers)


def test_a_forged_client_address_is_not_believed(walker: Walker, pool: People):
    """(LIM-02) behind no proxy nobody's word for an address counts."""
    walker.open("/sign-in/")
    walker.client.post(
        "/sign-in/",
        {"login": "x", "password": "y", "csrfmiddlewaretoken": walker.csrf_token()},
        headers={"x-forwarded-for": "203.0.113.9"},
    )
    assert AuditRecord.objects.get().client_address == "127.0.0.1"


@pytest.mark.parametrize(
    ("forwarded", "recorded"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.1, 203.0.113.9", "203.0.113.9"),
        ("nonsense", "unknown"),
        ("", "127.0.0.1"),
    ],
)
def test_behind_a_proxy_its_own_word_counts(
    walker: Walker, pool: People, settings: Any, forwarded: str, recorded: str
):
    """(LIM-02) only what the trusted proxy added; nonsense is "unknown", never an error."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    headers = {"x-forwarded-for": forwarded} if forwarded else {}
    response = walker.client.get("/sign-in/", headers=headers)
    token = re.findall(r'csrfmiddlewaretoken" value="(\w+)"', response.content.decode())[0]
    response = walker.client.post(
        "/sign-in/",
        {"login": "x", "password": "y", "csrfmiddlewaretoken": token},
        headers=headers,
    )
    assert response.status_code in {422, 429}
    if response.status_code == 422:
        assert AuditRecord.objects.get().client_address == recorded


# --- cookies ----------------------------------------------------------------------------------


def test_a_browser_is_told_once_what_it_knows(walker: Walker, pool: People):
    """(WEB-08) a page sets no cookie anew; each sign-in does, and where one was lost."""
    csrf = portal_settings.CSRF_COOKIE_NAME
    walker.open("/sign-in/")
    before = walker.client.cookies[csrf].value
    walker.sign_in(pool.make())
    since = walker.client.cookies[csrf].value
    assert since != before
    for _ in range(2):
        page = walker.client.get("/")
        assert "csrfmiddlewaretoken" in page.content.decode()
        assert not page.cookies
    for lost in ("", "x" * 40):
        walker.client.cookies[csrf] = lost
        assert walker.client.get("/").cookies[csrf].value not in {"", since, lost}
        walker.open("/")
        walker.send("Stay signed in longer")  # with the token of the new one


def test_cookies_hold_nothing_and_are_closed_to_scripts(walker: Walker, pool: People):
    """(SES-10)"""
    nora = pool.make()
    walker.sign_in(nora)
    assert set(walker.client.cookies) == {"mfa-session", "mfa-csrf"}
    for cookie in walker.client.cookies.values():
        assert cookie["httponly"] is True
        assert cookie["samesite"] == "Lax"
        assert cookie["path"] == "/"
        assert not cookie["domain"]
        assert len(cookie.value) <= 64
        assert nora.username not in cookie.value


def test_two_sessions_have_nothing_in_common(walker: Walker, pool: People):
    """(SES-01)"""
    ids = set()
    for _ in range(500):
        store = SessionStore()
        store.create()
        ids.add(store.session_key)
    assert len(ids) == 500
    assert {len(str(each)) for each in ids} == {32}
    walker.sign_in(pool.make())
    assert session_id(walker) not in ids


PRODUCTION = {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "PORTAL_SECRET_KEY": "only-for-this-test-" + "0123456789abcdef" * 4,
    "PORTAL_TOKEN_KEYS": "b25seS1mb3ItdGVzdHMtLTAxMjM0NTY3ODlhYmNkZWY=",
    "PORTAL_URL": "https://mfa.example.com",
    "EMAIL_URL": "smtp://127.0.0.1:1",
    "COGNITO_USER_POOL_ID": "eu-central-1_Optional1",
    "COGNITO_CLIENT_ID": "demoportaloptional00000001",
}
NAMES = [
    "SESSION_COOKIE_NAME",
    "SESSION_COOKIE_SECURE",
    "SESSION_COOKIE_HTTPONLY",
    "SESSION_COOKIE_SAMESITE",
    "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_DOMAIN",
    "CSRF_COOKIE_NAME",
    "CSRF_COOKIE_SECURE",
    "SECURE_SSL_REDIRECT",
    "SECURE_HSTS_SECONDS",
    "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "ALLOWED_HOSTS",
    "DEBUG",
]


def _settings_of(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Read the settings in a process of its own, from this environment and no other."""
    script = (
        "import json, django; from django.conf import settings; django.setup();"
        f"print(json.dumps({{n: getattr(settings, n) for n in {NAMES!r}}}))"
    )
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"], **environment},
        cwd=portal_settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )


def test_under_https_cookies_belong_to_this_host_alone():
    """(SES-10, WEB-04) `__Host-` names, Secure, no Domain; and HSTS for a year at least."""
    ran = _settings_of(PRODUCTION)
    assert ran.returncode == 0, ran.stderr
    settings = json.loads(ran.stdout)
    assert settings["SESSION_COOKIE_NAME"] == "__Host-mfa-session"
    assert settings["CSRF_COOKIE_NAME"] == "__Host-mfa-csrf"
    for name in ("SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY"):
        assert settings[name] is True
    assert (settings["SESSION_COOKIE_PATH"], settings["SESSION_COOKIE_DOMAIN"]) == ("/", None)
    assert settings["SESSION_COOKIE_SAMESITE"] == "Lax"
    assert settings["SECURE_SSL_REDIRECT"] is True
    assert settings["SECURE_HSTS_SECONDS"] >= 365 * 24 * 3600
    assert settings["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is True
    assert settings["ALLOWED_HOSTS"] == ["mfa.example.com"]
    assert settings["DEBUG"] is False


@pytest.mark.parametrize("missing", [name for name in PRODUCTION if "DJANGO" not in name])
def test_what_has_no_safe_default_stops_the_start_by_name(missing: str):
    """(DAT-03)"""
    environment = {name: value for name, value in PRODUCTION.items() if name != missing}
    ran = _settings_of(environment)
    assert ran.returncode != 0
    assert f"Set {missing}" in ran.stderr


def test_plain_http_is_for_this_machine_only():
    ran = _settings_of({**PRODUCTION, "PORTAL_URL": "http://mfa.example.com"})
    assert ran.returncode != 0
    assert "PORTAL_URL must begin with https://" in ran.stderr

"""The portal as it stands on the web: under https, judged as MDN's Observatory would."""

from collections.abc import Iterator
from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from accounts.watch.middleware import PROBES
from tests.journeys.routes import pages, routes
from tests.observatory import score
from tests.people import People
from tests.walker import Walker

HOST = "https://localhost"


@pytest.fixture
def https(settings: Any) -> None:
    """What `PORTAL_URL=https://…` makes of the settings."""
    settings.HTTPS, settings.PORTAL_URL = True, HOST
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = (
        "__Host-mfa-session",
        "__Host-mfa-csrf",
    )
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    settings.CSRF_TRUSTED_ORIGINS = [HOST]


@pytest.fixture
def visitor(https: None, pool: People) -> Walker:
    walker = Walker()
    walker.client = HttpsClient(
        enforce_csrf_checks=True, SERVER_NAME="localhost", headers={"origin": HOST}
    )
    return walker


class HttpsClient(Client):
    """A browser that has typed https."""

    def generic(self, *args: Any, **kwargs: Any) -> Any:
        return super().generic(*args, **{**kwargs, "secure": True})


def _set_cookies(response: Any) -> Iterator[tuple[str, Any]]:
    jar: SimpleCookie = response.cookies
    yield from jar.items()


@pytest.mark.parametrize("signed_in", [False, True], ids=["nobody", "somebody"])
def test_every_cookie_of_every_address(visitor: Walker, pool: People, *, signed_in: bool):
    """(SES-10) `__Host-`, Secure, HttpOnly, Path=/, SameSite, nobody's data, under 4096 bytes."""
    nora = pool.make()
    if signed_in:
        visitor.sign_in(nora)
    visitor.open("/sign-in/")
    seen = set()
    cookies = visitor.client.cookies
    for route in routes():
        for method in ("get", "post"):
            known = cookies["__Host-mfa-csrf"]
            if method == "get":  # a page says what the browser does not know
                del cookies["__Host-mfa-csrf"]
            response = getattr(visitor.client, method)(
                route.path, {"csrfmiddlewaretoken": visitor.csrf_token()}
            )
            cookies["__Host-mfa-csrf"] = known
            for name, cookie in _set_cookies(response):
                seen.add(name)
                assert name.startswith("__Host-"), route.path
                assert len(cookie.OutputString()) < 4096
                assert nora.username not in cookie.OutputString()
                assert (cookie["path"], cookie["domain"]) == ("/", "")
                assert cookie["samesite"] == "Lax"
                if cookie.value:  # a cookie taken away keeps nothing that could be stolen
                    assert cookie["secure"], (route.path, name)
                    assert cookie["httponly"], (route.path, name)
    assert "__Host-mfa-csrf" in seen


def test_every_page_scores_a_hundred(visitor: Walker, pool: People):
    """(WEB-13, WEB-04) pages, forms, redirects and refusals, signed in or not."""
    visitor.open("/sign-in/")
    points = {"/sign-in/": _points(visitor, "/sign-in/")}
    visitor.sign_in(pool.make(phone=True))
    for route in pages():
        points[route.path] = _points(visitor, route.path)
    points["/nothing/here/"] = _points(visitor, "/nothing/here/")
    assert {path: got for path, got in points.items() if got < 100} == {}


def _points(visitor: Walker, path: str) -> int:
    response = visitor.client.get(path)
    total, _ = score(response, visitor.client.cookies)
    return total


def test_the_score_is_the_best_there_is_without_preloading(visitor: Walker, pool: People):
    """(WEB-13) every bonus a site can give itself: CSP, cookies, referrer, frames."""
    page = visitor.open("/sign-in/")
    response = visitor.client.get(page.url)
    total, given = score(response, visitor.client.cookies)
    assert total == 125
    assert {rule for rule, points in given.items() if points > 0} == {
        "content_security_policy",
        "cookies",
        "referrer_policy",
        "frame_options",
    }


@pytest.mark.parametrize(
    ("header", "worse", "points"),
    [
        ("Content-Security-Policy", None, 75),
        ("Content-Security-Policy", "default-src 'none'; script-src 'unsafe-inline'", 80),
        ("Strict-Transport-Security", "max-age=60", 115),
        ("Strict-Transport-Security", None, 80),
        ("X-Content-Type-Options", None, 120),
        ("Access-Control-Allow-Origin", "*", 50),
        ("Referrer-Policy", "unsafe-url", 115),
        ("Cross-Origin-Resource-Policy", "cross-origin", 80),
    ],
)
def test_the_table_finds_what_is_worse(
    visitor: Walker, pool: People, header: str, worse: str | None, points: int
):
    """(WEB-13) a hundred means something."""
    visitor.open("/sign-in/")
    response = visitor.client.get("/sign-in/")
    del response[header]
    if worse:
        response[header] = worse
    assert score(response, visitor.client.cookies)[0] == points


def test_plain_http_leads_to_https_on_the_same_host(https: None, pool: People):
    """(WEB-04, WEB-14) every address, before anything else is looked at."""
    client = Client(SERVER_NAME="localhost")
    for route in routes():
        response = client.get(route.path)
        if route.path in PROBES:  # asked from within, by plain http
            assert response.status_code in {200, 404}
            continue
        assert (response.status_code, response["Location"]) == (301, HOST + route.path)


def test_our_own_mistake_carries_every_header(visitor: Walker, pool: People):
    """(WEB-01, WEB-02, WEB-05, WEB-07, RES-01) the answer that nobody planned."""
    visitor.sign_in(pool.make())
    visitor.client.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE factors_enrolledauthenticator RENAME TO gone")
    response = visitor.client.get("/")
    assert response.status_code == 500
    assert score(response, visitor.client.cookies)[0] >= 100
    assert "no-store" in response["Cache-Control"]
    assert response["Origin-Agent-Cluster"] == "?1"


@pytest.mark.parametrize("method", ["TRACE", "PROPFIND", "CONNECT", "G E T"])
def test_methods_nobody_knows_are_answered_plainly(visitor: Walker, pool: People, method: str):
    """(INP-06, WEB-02) on every address: no error of ours, nothing echoed, all headers."""
    visitor.open("/sign-in/")
    for route in routes():
        response = visitor.client.generic(
            method, route.path, headers={"x-csrftoken": visitor.csrf_token(), "x-echo": "canary"}
        )
        assert response.status_code in {302, 401, 403, 404, 405}, (method, route.path)
        assert "canary" not in response.content.decode()
        assert response["X-Frame-Options"] == "DENY"

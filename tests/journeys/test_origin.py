"""Requests of other origins: refused by what browsers say of them, before any token counts."""

from typing import Any

import pytest
from django.test import Client

from accounts.middleware import _origin_of
from tests.journeys.routes import pages, routes
from tests.journeys.steps import ALL, APP, OVERVIEW, session_id
from tests.people import People
from tests.walker import OWN_ORIGIN, Walker

EVIL, SIBLING = "https://evil.example", "http://sub.localhost"
OWN_REFERER = {"referer": f"{OWN_ORIGIN}/preference/"}
# What a browser says of a form, and whether it may be sent.
SENDERS: list[tuple[str, dict[str, str], bool]] = [
    ("our own page", {"sec-fetch-site": "same-origin", "origin": OWN_ORIGIN}, True),
    ("our own page, no Origin", {"sec-fetch-site": "same-origin"}, True),
    ("our own page, an old browser", {"origin": OWN_ORIGIN}, True),
    ("only a Referer of ours", OWN_REFERER, True),
    ("another site", {"sec-fetch-site": "cross-site", "origin": EVIL}, False),
    ("another site, no Origin", {"sec-fetch-site": "cross-site"}, False),
    ("another site, an old browser", {"origin": EVIL}, False),
    ("another site that lies in one", {"sec-fetch-site": "same-origin", "origin": EVIL}, False),
    (
        "another site that lies in the other",
        {"sec-fetch-site": "cross-site", "origin": OWN_ORIGIN},
        False,
    ),
    ("a sibling", {"sec-fetch-site": "same-site", "origin": SIBLING}, False),
    ("a sibling, an old browser", {"origin": SIBLING}, False),
    ("another port", {"origin": f"{OWN_ORIGIN}:8080"}, False),
    ("another scheme", {"origin": "https://localhost"}, False),
    ("a frame without an origin", {"sec-fetch-site": "cross-site", "origin": "null"}, False),
    ("no origin, an old browser", {"origin": "null"}, False),
    ("no origin, with a Referer of ours", {"origin": "null", **OWN_REFERER}, False),
    ("nobody", {}, False),
    ("a Referer of another site", {"referer": f"{EVIL}/{OWN_ORIGIN}"}, False),
    ("a Referer with our name in it", {"referer": f"{OWN_ORIGIN}@evil.example/"}, False),
    ("a Referer that is none", {"referer": "http://["}, False),
    ("loaded again by hand", {"sec-fetch-site": "none", "origin": OWN_ORIGIN}, True),
    ("typed by hand", {"sec-fetch-site": "none"}, False),
    ("another site that calls itself typed", {"sec-fetch-site": "none", "origin": EVIL}, False),
    ("nonsense", {"sec-fetch-site": "same-origin, cross-site"}, False),
]


def _plain_client(walker: Walker) -> Client:
    """The same browser, saying only what a test makes it say."""
    client = Client(enforce_csrf_checks=True, SERVER_NAME="localhost")
    client.cookies = walker.client.cookies
    return client


@pytest.mark.parametrize(("headers", "may"), [pytest.param(*row[1:], id=row[0]) for row in SENDERS])
def test_who_may_send_a_form(walker: Walker, pool: People, headers: dict[str, str], *, may: bool):
    """(WEB-08) with the right token and cookies: cross-site, sibling, missing and null origins."""
    walker.sign_in(pool.make())
    session = session_id(walker)
    response = _plain_client(walker).post(
        "/sign-out/", {"csrfmiddlewaretoken": walker.csrf_token()}, headers=headers
    )
    assert response.status_code == (302 if may else 403)
    walker.client.cookies["mfa-session"] = session
    assert (walker.open("/").heading == OVERVIEW) is not may


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_no_address_takes_a_form_of_another_site(walker: Walker, pool: People, route: Any):
    """(WEB-08, WEB-09) generated from the URL map: every address, every unsafe method."""
    walker.open("/sign-in/")
    token = walker.csrf_token()
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        response = _plain_client(walker).generic(
            method,
            route.path,
            headers={"sec-fetch-site": "cross-site", "origin": EVIL, "x-csrftoken": token},
        )
        assert response.status_code == 403, method
        assert "Access-Control-Allow-Origin" not in response


def test_another_site_reads_nothing(walker: Walker, pool: People):
    """(WEB-08, WEB-09) no page is a picture, a script or an answer for somebody else's script."""
    walker.sign_in(pool.make(phone=True, app=True, on=ALL, preferred=APP))
    for site in ("cross-site", "same-site"):
        for mode, dest in (("no-cors", "image"), ("no-cors", "script"), ("cors", "empty")):
            for route in pages():
                response = walker.client.get(
                    route.path,
                    headers={
                        "sec-fetch-site": site,
                        "sec-fetch-mode": mode,
                        "sec-fetch-dest": dest,
                    },
                )
                assert response.status_code == 403, (route.path, site, mode)
                assert "Set-Cookie" not in response


@pytest.mark.parametrize(
    ("headers", "opens"),
    [
        (
            {"sec-fetch-site": "none", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"},
            True,
        ),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "document",
            },
            True,
        ),
        (
            {
                "sec-fetch-site": "cross-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "embed",
            },
            False,
        ),
        (
            {
                "sec-fetch-site": "same-site",
                "sec-fetch-mode": "navigate",
                "sec-fetch-dest": "object",
            },
            False,
        ),
        ({"sec-fetch-site": "same-origin", "sec-fetch-mode": "cors"}, True),
        ({}, True),
    ],
)
def test_a_link_from_elsewhere_leads_here(
    walker: Walker, pool: People, headers: dict[str, str], *, opens: bool
):
    """(WEB-08) a deep link in a mail or another app opens; an embedded object does not."""
    walker.sign_in(pool.make())
    response = walker.client.get("/", headers=headers)
    assert response.status_code == (200 if opens else 403)


def test_a_refused_program_gets_an_envelope(walker: Walker, pool: People):
    """(WEB-08) the same refusal in the JSON room."""
    walker.sign_in(pool.make())
    response = walker.client.put(
        "/api/v1/mfa/preference",
        "{}",
        content_type="application/json",
        headers={"origin": EVIL, "x-csrftoken": walker.csrf_token()},
    )
    assert (response.status_code, response.json()["error"]["code"]) == (403, "CSRF_FAILED")


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://mfa.example.com", "https://mfa.example.com"),
        ("https://mfa.example.com:443/a/?b", "https://mfa.example.com"),
        ("http://localhost:80", "http://localhost"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("https://user@MFA.example.com/", "https://mfa.example.com"),
        ("http://[::1]:8000", "http://[::1]:8000"),
        ("ftp://mfa.example.com", ""),
        ("https://mfa.example.com:port", ""),
        ("null", ""),
        ("", ""),
    ],
)
def test_an_origin_is_written_as_browsers_write_it(url: str, origin: str):
    """(WEB-08)"""
    assert _origin_of(url) == origin

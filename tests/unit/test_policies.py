"""The policies that are kept or asked for less often say what their libraries would have said."""

from collections.abc import Iterator
from typing import Any

import pytest
from csp.middleware import CSPMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from accounts import policies
from accounts.policies import ApiCorsMiddleware, PolicyMiddleware

OURS, THEIRS = "https://app.example.com", "https://evil.example.com"
POLICY, ALLOWED = "Content-Security-Policy", "Access-Control-Allow-Origin"


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    policies._usual.cache_clear()
    yield
    policies._usual.cache_clear()


def page(request: HttpRequest) -> HttpResponse:
    """A page with a script: it asks for its nonce."""
    return HttpResponse(str(request.csp_nonce))  # type: ignore[attr-defined]


def answer(middleware: Any, view: Any = page) -> HttpResponse:
    answered: HttpResponse = middleware(view)(RequestFactory().get("/"))
    return answered


def test_a_page_has_the_policy_of_the_library_with_a_nonce_of_its_own():
    """WEB-01: fresh for each answer, in the header and on the page, and nobody else's."""
    first, second = answer(PolicyMiddleware), answer(PolicyMiddleware)
    theirs = answer(CSPMiddleware)
    nonces = [each.content.decode() for each in (first, second, theirs)]
    assert len(set(nonces)) == 3
    plain = [
        each[POLICY].replace(f"'nonce-{nonce}'", "'nonce'")
        for each, nonce in zip((first, second, theirs), nonces, strict=True)
    ]
    assert plain[0] == plain[1] == plain[2]
    assert "script-src 'self' 'nonce'" in plain[0]
    assert not {"default-src 'none'", "object-src 'none'", "base-uri 'none'"} - set(
        plain[0].split("; ")
    )


def test_an_answer_without_a_script_lets_no_nonce_in():
    """WEB-01: no stand-in either, also after a page was drawn."""
    answer(PolicyMiddleware)
    bare = answer(PolicyMiddleware, lambda _request: HttpResponse("{}"))
    assert "nonce" not in bare[POLICY]
    assert policies.STAND_IN not in bare[POLICY]
    assert bare[POLICY] == answer(CSPMiddleware, lambda _request: HttpResponse("{}"))[POLICY]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("_csp_replace", {"frame-ancestors": [OURS]}),
        ("_csp_update", {"img-src": [OURS]}),
        ("_csp_config", {"default-src": ["'none'"], "frame-ancestors": [OURS]}),
    ],
)
def test_an_answer_with_a_policy_of_its_own_keeps_it(name: str, value: dict[str, list[str]]):
    """WEB-02: a frame names its host; the next page is nobody's frame again."""

    def framed(request: HttpRequest) -> HttpResponse:
        response = page(request)
        setattr(response, name, value)
        return response

    assert OURS in answer(PolicyMiddleware, framed)[POLICY]
    assert OURS not in (after := answer(PolicyMiddleware))[POLICY]
    assert "frame-ancestors 'none'" in after[POLICY]


def test_a_header_that_a_view_wrote_itself_stays():
    """WEB-02."""

    def own(request: HttpRequest) -> HttpResponse:
        return HttpResponse(str(request.csp_nonce), headers={POLICY: "sandbox"})  # type: ignore[attr-defined]

    assert answer(PolicyMiddleware, own)[POLICY] == "sandbox"


def across(settings: Any, path: str, origin: str, *, asks_first: bool = False) -> HttpResponse:
    """What a page of another origin gets. asks_first: by a preflight."""
    settings.CORS_ALLOWED_ORIGINS = [OURS]
    headers = {"Origin": origin}
    if asks_first:
        headers["Access-Control-Request-Method"] = "PATCH"
    send = RequestFactory().options if asks_first else RequestFactory().get
    middleware = ApiCorsMiddleware(lambda _request: HttpResponse("drawn"))
    answered = middleware(send(path, headers=headers))
    assert isinstance(answered, HttpResponse)
    return answered


@pytest.mark.parametrize("asks_first", [False, True])
def test_only_the_json_room_answers_another_origin(settings: Any, asks_first: bool):
    """WEB-09: exactly those of the list; a page answers none of them, asked first or not."""
    room = "/api/v1/overview"
    assert across(settings, room, OURS, asks_first=asks_first)[ALLOWED] == OURS
    for origin in (THEIRS, "null", OURS + ".evil.example.com", OURS.upper()):
        assert ALLOWED not in across(settings, room, origin, asks_first=asks_first)
    for path in ("/", "/api/v1", "/api/v10/", "/helpdesk/api/v1/", "/API/v1/overview"):
        answered = across(settings, path, OURS, asks_first=asks_first)
        assert ALLOWED not in answered
        assert answered.content == b"drawn"


def test_the_room_never_lets_cookies_through(settings: Any):
    """WEB-09: no credentials, and a cache is told that the answer is for one origin."""
    answered = across(settings, "/api/v1/overview", OURS)
    assert "Access-Control-Allow-Credentials" not in answered
    assert "origin" in answered["Vary"].lower()

"""Origins, themes and cookies of frames: pure values, in tables and by properties."""

from http.cookies import SimpleCookie
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from portal.embed import themes
from portal.embed.frames import Mode
from portal.embed.middleware import FrameCookiesMiddleware
from portal.embed.origins import NotAnOrigin, exact, is_same_site
from portal.embed.themes import Theme, ThemeRefused, colour, contrast, parsed, style_sheet

# --- origins ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["https://app.acme.com", "https://app.acme.com:8443", "https://xn--bcher-kva.example"],
)
def test_an_exact_origin_is_taken_as_it_is(text: str):
    """EMB-01"""
    assert exact(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "http://app.acme.com",
        "https://*.acme.com",
        "https://app.acme.com/",
        "https://app.acme.com/path",
        "https://app.acme.com?x",
        "https://app.acme.com#x",
        "https://app.acme.com:443",
        "https://app.acme.com:99999",
        "https://app.acme.com:0",
        "https://user@app.acme.com",
        "https://APP.acme.com",
        "https://app.acme.com.",
        "https://app..acme.com",
        "https://-app.acme.com",
        "https://acme",
        "https://192.0.2.1",
        "https://2130706433",
        "https://0x7f.1",
        "https://[2001:db8::1]",
        "https://app.acme.com\n",
        " https://app.acme.com",
        "https://app.acme.com https://evil.example",
        "https://b\u00fccher.example",
        "https://app.acme.com;script-src *",
        "null",
        "*",
        "",
        "https://" + "a." * 130 + "com",
    ],
)
def test_anything_else_is_no_origin(text: str):
    """EMB-01: no wildcard, path or address of a machine, and one spelling only."""
    with pytest.raises(NotAnOrigin):
        exact(text)


@pytest.mark.parametrize("text", ["http://localhost:8001", "http://127.0.0.1:9000"])
def test_this_machine_counts_only_beside_a_portal_on_it(text: str, settings: Any):
    """EMB-01: for development, never where the portal is reached over https."""
    assert exact(text) == text
    settings.HTTPS = True
    with pytest.raises(NotAnOrigin):
        exact(text)


@pytest.mark.parametrize(
    ("origin", "portal", "same"),
    [
        ("https://app.acme.com", "https://mfa.acme.com", True),
        ("https://acme.com:8443", "https://mfa.acme.com", True),
        ("https://app.acme.com", "https://mfa.acme.net", False),
        ("https://evilacme.com", "https://mfa.acme.com", False),
        ("https://a.co.uk", "https://b.co.uk", False),
        ("https://a.github.io", "https://b.github.io", False),
        ("http://localhost:8001", "http://localhost:8000", True),
        ("http://localhost:8001", "http://127.0.0.1:8000", False),
        ("http://127.0.0.1:8001", "http://127.0.0.1:8000", True),
        ("http://app.acme.com", "https://mfa.acme.com", False),
    ],
)
def test_what_is_of_one_site(origin: str, portal: str, *, same: bool):
    """EMB-09, EMB-16: by the Public Suffix List, and by the scheme."""
    assert is_same_site(origin, portal) is same


# --- themes -----------------------------------------------------------------------------------

LIGHT = {
    "scheme": "light",
    "background": "#ffffff",
    "surface": "#fff",
    "text": "#111",
    "accent": "#0b5b66",
    "accentText": "rgb(255,255,255)",
}


def test_a_theme_becomes_custom_properties():
    """EMB-18, A11-05"""
    sheet = style_sheet(parsed({**LIGHT, "radius": 24, "spacing": 20, "font": "serif"}))
    for line in (
        "color-scheme: light;",
        "--paper: #ffffff;",
        "--brand: #0b5b66;",
        "--radius-m: 24px;",
        "--space-4: 20px;",
        "--font: Georgia",
    ):
        assert line in sheet
    assert "color-scheme: light dark;" in style_sheet(Theme())
    assert "--paper: #0e1615;" in style_sheet(parsed({"scheme": "dark"}))


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "dark",
        {"css": "*{}"},
        {"scheme": "blue"},
        {"scheme": ["light"]},
        {"radius": 25},
        {"radius": -1},
        {"radius": "8"},
        {"radius": 8.0},
        {"radius": True},
        {"spacing": 3},
        {"spacing": 21},
        {"font": "Comic Sans"},
        {"font": None},
        {"font": "serif; } body { display: none"},
        {"text": "#000"},
        {**LIGHT, "scheme": "auto"},
        {**LIGHT, "text": "red"},
        {**LIGHT, "text": "#12"},
        {**LIGHT, "text": "#11111"},
        {**LIGHT, "text": "rgb(256, 0, 0)"},
        {**LIGHT, "text": "rgb(0 0 0)"},
        {**LIGHT, "text": "rgba(0, 0, 0, 0)"},
        {**LIGHT, "text": "url(https://evil.example)"},
        {**LIGHT, "text": "var(--x)"},
        {**LIGHT, "text": "#111;} *{"},
        {**LIGHT, "text": "#111\n"},
        {**LIGHT, "text": "\u0661\u0661\u0661"},
        {**LIGHT, "text": 0},
        # Too little contrast: of text, of links, on buttons, and of our own warnings.
        {**LIGHT, "text": "#888"},
        {**LIGHT, "accent": "#ddd"},
        {**LIGHT, "accentText": "#0b5b66"},
        {**LIGHT, "scheme": "dark"},
        {**LIGHT, "background": "#000", "surface": "#000", "text": "#fff", "accent": "#9cf"},
    ],
    ids=str,
)
def test_what_is_no_theme_is_refused(raw: Any):
    """EMB-18"""
    with pytest.raises(ThemeRefused):
        parsed(raw)


COLOURS = st.tuples(*[st.integers(0, 255)] * 3)


@given(st.lists(COLOURS, min_size=5, max_size=5), st.sampled_from(["light", "dark"]))
def test_whatever_is_accepted_can_be_read(five: list[tuple[int, int, int]], scheme: str):
    """EMB-18, A11-05: each text of the style sheet on each ground that it stands on."""
    named = dict(zip(themes.COLOURS, five, strict=True))
    raw = {name: f"rgb({r}, {g}, {b})" for name, (r, g, b) in named.items()}
    try:
        sheet = style_sheet(parsed({"scheme": scheme, **raw}))
    except ThemeRefused:
        return
    values = dict(
        line.strip(" ;").removeprefix("--").split(": ") for line in sheet.splitlines()[2:-1]
    )
    for text, grounds in {
        "ink": ("paper", "surface", "sunken", "warning-soft", "danger-soft", "info-soft"),
        "ink-soft": ("paper", "surface", "sunken"),
        "link": ("paper", "surface"),
        "on-brand": ("brand", "brand-hover"),
        "hero-ink": ("hero", "hero-shade"),
        "danger": ("paper", "surface"),
    }.items():
        for ground in grounds:
            assert contrast(colour(values[text]), colour(values[ground])) >= 4.5, (text, ground)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text() | st.integers(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
    | st.dictionaries(st.sampled_from([*LIGHT, "radius", "font"]), st.text() | st.integers())
)
def test_no_input_breaks_the_parser_or_comes_out_again(raw: Any):
    """EMB-18, INP-04: refused, or written anew in our own words."""
    kept, is_refused = themes.accepted(raw)
    assert not (kept and is_refused)
    sheet = style_sheet(parsed(kept or {}))
    assert sheet.count("{") == sheet.count("}") == 1
    assert "url(" not in sheet


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [("#000", "#fff", 21), ("#fff", "#fff", 1), ("#767676", "#ffffff", 4.54)],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float):
    """A11-05: values of the W3C's own examples."""
    assert contrast(colour(one), colour(other)) == pytest.approx(ratio, abs=0.01)


# --- cookies ----------------------------------------------------------------------------------


def _answer(
    settings: Any, mode: Mode | None, *, delete: bool = False, path: str = "/embed/in/"
) -> list[str]:
    """Set-Cookie of an answer to a frame whose session and CSRF cookies were set or deleted."""
    settings.HTTPS = True
    settings.EMBED_COOKIE_NAME = "__Host-mfa-embed"
    settings.EMBED_CSRF_COOKIE_NAME = "__Host-mfa-embed-csrf"
    seen: dict[str, str] = {}

    def view(request: HttpRequest) -> HttpResponse:
        seen.update(request.COOKIES)
        response = HttpResponse()
        if mode is not None:
            request.frame_mode = mode  # type: ignore[attr-defined]
        response.set_cookie(settings.CSRF_COOKIE_NAME, "token", samesite="Lax")
        response.set_cookie("mfa-browser", "elsewhere")
        if delete:
            response.delete_cookie(settings.SESSION_COOKIE_NAME)
        else:
            response.set_cookie(settings.SESSION_COOKIE_NAME, "key", max_age=60)
        return response

    settings.WINDOW_COOKIE_NAME = "__Host-mfa-window"
    settings.WINDOW_CSRF_COOKIE_NAME = "__Host-mfa-window-csrf"
    is_window = path.startswith("/w/")
    request = RequestFactory().get(path)
    request.COOKIES = {
        "__Host-mfa-embed": "another's" if is_window else "mine",
        "__Host-mfa-window": "mine" if is_window else "another's",
        settings.SESSION_COOKIE_NAME: "the portal's",
        "mfa-browser": "trusted",
    }
    response = FrameCookiesMiddleware(view)(request)
    assert seen == {settings.SESSION_COOKIE_NAME: "mine"}
    return [morsel.OutputString() for morsel in response.cookies.values()]


@pytest.mark.parametrize(
    ("mode", "has", "lacks"),
    [
        (Mode.LAX, "SameSite=Lax", "Partitioned"),
        (Mode.PARTITIONED, "SameSite=None", "SameSite=Lax"),
        (None, "Partitioned", "SameSite=Lax"),
    ],
)
def test_a_frames_cookies_are_set_as_its_host_needs(
    settings: Any, mode: Mode | None, has: str, lacks: str
):
    """EMB-09, SES-10: its own names; Lax on our own site, None and Partitioned elsewhere."""
    answered = _answer(settings, mode)
    assert [each.partition("=")[0] for each in answered] == [
        "__Host-mfa-embed-csrf",
        "__Host-mfa-embed",
    ]
    for each in answered:
        assert has in each
        assert lacks not in each
        for word in ("Secure", "HttpOnly", "Path=/"):
            assert word in each
        assert "Domain" not in each
        assert ("Partitioned" in each) is (mode is not Mode.LAX)
    assert "Max-Age=60" in answered[1]


def test_a_frames_cookie_is_deleted_as_it_may_have_been_set(settings: Any):
    """EMB-09: a browser deletes a partitioned cookie only by a partitioned one."""
    deleted = [each for each in _answer(settings, Mode.LAX, delete=True) if "Max-Age=0" in each]
    assert len(deleted) == 2
    assert all(each.startswith("__Host-mfa-embed=") for each in deleted)
    assert sorted("Partitioned" in each for each in deleted) == [False, True]


def test_a_windows_cookies_are_not_its_frames(settings: Any):
    """EMB-09, SES-13: neither is read, set or deleted by the other."""
    answered = _answer(settings, Mode.LAX, path="/w/in/")
    assert [each.partition("=")[0] for each in answered] == [
        "__Host-mfa-window-csrf",
        "__Host-mfa-window",
    ]
    for each in answered:
        assert "SameSite=Lax" in each
        assert "Partitioned" not in each
    deleted = _answer(settings, Mode.LAX, delete=True, path="/w/in/")
    assert not [each for each in deleted if each.startswith("__Host-mfa-embed")]


def test_other_pages_keep_their_cookies(settings: Any):
    """EMB-09"""
    request = RequestFactory().get("/")
    request.COOKIES = {"mfa-embed": "a frame's", "mfa-session": "mine"}
    response = FrameCookiesMiddleware(lambda request: HttpResponse(str(request.COOKIES)))(request)
    assert b"mfa-session" in response.content  # type: ignore[attr-defined]
    assert isinstance(response.cookies, SimpleCookie)
    assert not response.cookies

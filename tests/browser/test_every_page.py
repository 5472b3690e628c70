"""Every page in every state: nobody is shut out, and nothing sticks out."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Route

from tests.browser.conftest import Visit
from tests.browser.measure import WIDE, keep_pictures, problems_of
from tests.browser.portal_process import Portal
from tests.browser.readings import compare, names_of, reading_of
from tests.browser.walks import WALKS, Walk
from tests.catalogue import forget_pages, read_words
from tests.marked_words import write_marked_words

# Pages that no walk leads to: somebody else's mistake, or nobody's.
UNPROVOKED = (
    "400.html",
    "403.html",
    "429.html",
    "500.html",
    "doors/unsupported.html",
    "refusals/busy.html",
    "refusals/limiter_away.html",
    "refusals/too_large.html",
)


@pytest.mark.parametrize("walk", WALKS, ids=lambda walk: walk.name)
def test_a_walk(visit: Visit, walk: Walk, portal: Portal, request: pytest.FixtureRequest):
    """A11-01, A11-04, A11-05, A11-06: axe finds nothing, light, dark, from right to left.

    A11-06: 320 px are enough, with wide spacing and long words, too.

    A11-03: what a screen reader says is what somebody has read (`readings/`).
    WEB-01, WEB-12: nothing is asked of another host and no policy is violated (fixture `visit`).
    """
    at = request.getfixturevalue(walk.at)
    visitor = visit(walk.person, at=at, viewport=WIDE)
    found, readings = [], []
    for state in walk.steps(visitor):
        readings.append(reading_of(visitor.page, state, names_of(visitor.somebody)))
        found += [f"{state}: {problem}" for problem in problems_of(visitor.page)]
        keep_pictures(visitor.page, f"{walk.name}-{state}")
    assert "\n".join(found) == ""
    compare(walk.name, readings)


@pytest.fixture
def marked_here(settings: Any, tmp_path: Path) -> Iterator[None]:
    """This process draws with marked words, too."""
    read_words(write_marked_words(tmp_path), settings)
    yield
    forget_pages()


@pytest.mark.parametrize("template", UNPROVOKED)
def test_a_page_nobody_can_provoke(visit: Visit, template: str, marked_here: None):
    """A11-01, A11-06, RES-01: the pages of our own mistakes are no worse."""
    visitor = visit(viewport=WIDE)
    visitor.page.route("**/drawn/", _answer_with(_drawn(template)))
    visitor.open("/drawn/")
    assert list(problems_of(visitor.page)) == []


def test_the_measure_finds_what_is_wrong(visit: Visit, monkeypatch: pytest.MonkeyPatch):
    """A11-01, A11-06: an empty list means something."""
    # This page is broken on purpose: the statement is about ours.
    monkeypatch.delenv("ACCESSIBILITY_RUN", raising=False)
    visitor = visit(viewport=WIDE)
    html = """<!doctype html><html lang=en><title>MFA</title><main><h1>x</h1><input>
        <style>[dir=rtl] .late { color: #eee } [dir=rtl] .away { display: block }</style>
        <p class=late>faint from the right</p><p class=away hidden><img src="data:,"></p>
        <p style="color: #999; inline-size: 60rem">faint and wide</p>
        <button style="block-size: 9px; padding: 0">.</button></main>"""
    visitor.page.route(
        "**/drawn/", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    visitor.open("/drawn/")
    found = "\n".join(problems_of(visitor.page))
    for each in ("color-contrast", "label", "wider than 320 px", "small target", "says 'MFA'"):
        assert each in found
    for each in ('color-contrast: <p class="late"', "image-alt"):
        assert f"axe, light: {each}" not in found
        assert f"axe, dark, right to left: {each}" in found


def _drawn(template: str) -> str:
    """Draw a page here, since no request leads to it."""
    request = RequestFactory().get("/drawn/")
    context = {"request": request, "portal_name": "Demo sign-in settings", "request_id": "abc"}
    return render_to_string(template, context)


def _answer_with(html: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")

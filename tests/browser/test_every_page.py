"""Every page in every state: nobody is shut out, and nothing sticks out."""

from collections.abc import Callable

import pytest
from django.template.loader import render_to_string
from django.test import RequestFactory
from playwright.sync_api import Route

from tests.browser.conftest import Visit
from tests.browser.measure import WIDE, keep_pictures, problems_of
from tests.browser.portal_process import Portal
from tests.browser.walks import WALKS, Walk

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
    """A11-01, A11-04, A11-05, A11-06: axe finds nothing, light and dark; 320 px are enough.

    WEB-01, WEB-12: nothing is asked of another host and no policy is violated (fixture `visit`).
    """
    at = request.getfixturevalue(walk.at)
    visitor = visit(walk.person, at=at, viewport=WIDE)
    found = []
    for state in walk.steps(visitor):
        found += [f"{state}: {problem}" for problem in problems_of(visitor.page)]
        keep_pictures(visitor.page, f"{walk.name}-{state}")
    assert found == []


@pytest.mark.parametrize("template", UNPROVOKED)
def test_a_page_nobody_can_provoke(visit: Visit, template: str):
    """A11-01, A11-06, RES-01: the pages of our own mistakes are no worse."""
    visitor = visit(viewport=WIDE)
    visitor.page.route("**/drawn/", _answer_with(_drawn(template)))
    visitor.open("/drawn/")
    assert list(problems_of(visitor.page)) == []


def test_the_measure_finds_what_is_wrong(visit: Visit):
    """A11-01, A11-06: an empty list means something."""
    visitor = visit(viewport=WIDE)
    html = """<!doctype html><html lang=en><title>MFA</title><main><h1>x</h1><input>
        <p style="color: #999; inline-size: 60rem">faint and wide</p>
        <button style="block-size: 9px; padding: 0">.</button></main>"""
    visitor.page.route(
        "**/drawn/", lambda route: route.fulfill(body=html, content_type="text/html")
    )
    visitor.open("/drawn/")
    found = "\n".join(problems_of(visitor.page))
    for each in ("color-contrast", "label", "wider than 320 px", "small target", "says 'MFA'"):
        assert each in found


def _drawn(template: str) -> str:
    """Draw a page here, since no request leads to it."""
    request = RequestFactory().get("/drawn/")
    context = {"request": request, "portal_name": "Demo sign-in settings", "request_id": "abc"}
    return render_to_string(template, context)


def _answer_with(html: str) -> Callable[[Route], None]:
    return lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8")

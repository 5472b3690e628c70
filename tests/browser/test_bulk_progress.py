"""How far a change for many people is, in front of a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from tests.http_walker import HttpWalker
from tests.journeys.test_bulk_workers import Desk, running_desk
from tests.sandbox_process import Sandbox

SLOW = {"PORTAL_COGNITO_WRITE_RPS": "2"}


@pytest.fixture
def desk(chromium: str, sandbox: Sandbox, tmp_path: Path) -> Iterator[Desk]:
    with running_desk(sandbox, tmp_path, **SLOW) as running:
        yield running


def _seen_by(browser: Browser, walker: HttpWalker, *, script: bool) -> Page:
    """A page of the browser that the operator works in, as wide as a phone."""
    context = browser.new_context(
        java_script_enabled=script, viewport={"width": 320, "height": 700}, color_scheme="dark"
    )
    for cookie in walker.client.session.cookies:
        kept = {"name": cookie.name, "value": cookie.value or "", "domain": "localhost"}
        context.add_cookies([{**kept, "path": "/"}])  # type: ignore[typeddict-item]
    return context.new_page()


def test_the_bar_moves_by_itself_and_without_script_by_a_link(browser: Browser, desk: Desk):
    """(WEB-17) on a narrow screen, and for everybody."""
    many = desk.some(6)
    url = desk.plan(many)
    page = _seen_by(browser, desk.second, script=True)
    bare = _seen_by(browser, desk.second, script=False)
    with desk.workers(2):
        desk.look(url, len(many))
        desk.agree(url)
        for each in (page, bare):
            each.goto(desk.portal.url + url)
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        assert Axe().run(page).response["violations"] == []
        expect(page.get_by_role("progressbar")).to_be_visible()
        expect(page.get_by_role("heading", level=2).first).to_have_text("Finished", timeout=40_000)
        bare.get_by_role("link", name="See how far it is").click()
        expect(bare.get_by_role("heading", level=2).first).to_have_text("Finished")
    expect(page.get_by_text(f"Done with {len(many)} of {len(many)}")).to_be_visible()

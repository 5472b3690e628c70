"""The pages of site/, as the portal serves them; some of them in a real browser, by its policy."""

import re
import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

from portal.documents import POLICY
from tests.browser.chromium import NONE_FOUND, find_chromium, launch_options
from tests.browser.measure import WIDE, faults_of

ROOT = Path(__file__).parents[2]
SITE = ROOT / "site"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
# Of each kind one: picture, drawing, wide tables, code of every language, list of links, file.
OF_EACH_KIND = (
    "index.html",
    "architecture.html",
    "helpdesk.html",
    "embedding.html",
    "contents.html",
    "source/deploy/iam/portal.json.html",
)
POLICY_HEADER = "; ".join(f"{name} {' '.join(values)}" for name, values in POLICY.items())
STARTS_SOMETHING = re.compile(
    r"<(script|iframe|object|embed|form|style)\b|\son\w+=|\sstyle=|javascript:"
)
ASKED = re.compile(r'<(?:link|img|source)\b[^>]*?(?:href|src)="([^"]+)"')


class Served(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY_HEADER)
        super().end_headers()

    def log_message(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Served, directory=SITE)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    chromium = find_chromium()
    assert chromium, NONE_FOUND
    with sync_playwright() as started:
        browser = started.chromium.launch(**launch_options(chromium))
        context = browser.new_context(viewport=WIDE, reduced_motion="reduce")
        yield context.new_page()
        browser.close()


def text(name: str) -> str:
    return (SITE / name).read_text(encoding="utf-8")


def test_the_site_was_built():
    assert {"index.html", "start.html", "security.html", "contents.html"} <= set(PAGES)


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        ("(upgrades.md#keys)", "(upgrades.md#keyz)"),
        ("(upgrades.md)", "(downgrades.md)"),
        ("(../CHANGELOG.md)", "(../CHANGES.md)"),
    ],
)
def test_a_broken_link_stops_the_build(was: str, is_now: str, tmp_path: Path):
    for path in ROOT.iterdir():
        if path.name not in {"docs", "site", "site.new"}:
            (tmp_path / path.name).symlink_to(path)
    shutil.copytree(ROOT / "docs", tmp_path / "docs")
    page = tmp_path / "docs/operators.md"
    assert was in page.read_text()
    page.write_text(page.read_text().replace(was, is_now))
    build = ["make", "docs", "--assume-old=.venv/.installed"]
    ended = subprocess.run(build, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert ended.returncode
    assert "Aborted with 1 warnings in strict mode" in ended.stdout


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_and_nothing_comes_from_elsewhere(name: str):
    """(WEB-12) as it is written; what the browser says of it is below."""
    # What is shown as text is escaped, so an angle bracket here is markup.
    assert not STARTS_SOMETHING.findall(text(name))
    assert not [asked for asked in ASKED.findall(text(name)) if ":" in asked]


@pytest.mark.parametrize("name", PAGES)
def test_links_within_the_site_lead_somewhere(name: str):
    """Menus and the page of contents, too, which MkDocs itself does not look at."""
    for link in re.findall(r'<a\b[^>]*?href="([^"]+)"', text(name)):
        if ":" in link:
            continue
        target, _, anchor = link.partition("#")
        there = ((SITE / name).parent / target).resolve() if target else SITE / name
        assert there.is_file(), link
        if anchor and there.suffix == ".html":
            assert f'id="{anchor}"' in there.read_text(encoding="utf-8"), link


@pytest.mark.parametrize("name", OF_EACH_KIND)
def test_a_page_is_whole_in_a_browser(name: str, page: Page, address: str):
    """(A11-01, WEB-12) axe, light and dark; no complaint, no other host, nothing cut off."""
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/{name}")
    found = list(faults_of(page))
    assert found == []
    assert said == []
    assert [url for url in asked if not url.startswith(address)] == []

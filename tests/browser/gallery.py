"""Every page in every state, small, on sheets; and docs/gallery.md, which shows them."""

import base64
import io
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PIL import Image
from playwright.sync_api import Browser, Page

from portal.styleguide import rooms, states
from portal.styleguide.states import State
from tests.browser.portal_process import ROOT, Portal, running_portal
from tests.sandbox_process import running_sandbox
from tests.states import EVERY_ROOM, is_of_people

DOCUMENT = ROOT / "docs" / "gallery.md"
SHEETS = ROOT / "docs" / "images" / "gallery"
# A sheet, and the whole of them.
LARGEST, LARGEST_ALL = 200_000, 4_500_000
QUALITY = 30
# As wide as a page is drawn; as wide as its picture is; how much of it, at most.
PHONE, DESK = 390, 900
SMALL = {PHONE: 220, DESK: 381}
TALLEST = {PHONE: 1180, DESK: 1050}
IN_A_ROW = {PHONE: 5, DESK: 3}
WIDTH, GAP = 1200, 14
MOST_ROWS = 2

TABLE = """<!doctype html><style>
  body {{ margin: 0; padding: {gap}px; box-sizing: border-box; inline-size: {width}px;
    background: #dfe8e4; display: flex; flex-wrap: wrap; align-items: flex-start; gap: {gap}px; }}
  figure {{ margin: 0; inline-size: {small}px; font: 13px/1.5 sans-serif; color: #10231c; }}
  figcaption {{ overflow-wrap: anywhere; }}
  img {{ display: block; inline-size: 100%; box-shadow: 0 0 0 1px #b7c6c0; border-radius: 4px; }}
</style>{figures}"""

HEAD = """# Gallery

Every page in every state, {count} of them, as the portal draws it with sample values; `make
screenshots` makes the pictures and this page. People’s pages are as wide as a phone, those of
operators and engineers as a desk; what is longer than a sheet allows is cut. At the end stand
people’s main pages [in the dark](#in-the-dark), [in colours that the system
forces](#in-forced-colours) and [from right to left](#from-right-to-left). A sheet is {width} pixels
wide, and a link to itself.

Where `PORTAL_STYLEGUIDE` is on, as in the demo, each page is at `/styleguide/pages/` in full, by
the names below.
"""


@dataclass(frozen=True)
class Chapter:
    """Pages under one heading, and the eyes of whoever looks at them."""

    name: str
    states: tuple[State, ...]
    options: dict[str, Any] = field(default_factory=dict)


# What somebody comes by who signs in, sets up, loses something and comes back.
MAIN = (
    "doors/sign-in", "doors/sign-in-refused", "doors/code-app", "doors/choose", "doors/passkey",
    "factors/all-on", "factors/nothing-on", "factors/preference", "factors/turn-off",
    "enrolment/app-scan", "enrolment/app-ready", "enrolment/sms", "enrolment/sms-code",
    "enrolment/passkeys", "enrolment/passkey-add", "enrolment/passkey-delete-last",
    "activity/history", "activity/devices", "activity/sessions", "activity/not-me",
    "recovery/codes", "recovery/codes-made", "recovery/start", "recovery/pair",
    "callers/call", "session/sign-out-everywhere", "refusals/frozen", "errors/404",
)  # fmt: skip


def chapters() -> Iterator[Chapter]:
    """The rooms as the style guide has them, then people's main pages as others see them."""
    for room, found in states.by_room(rooms.NAMES).items():
        yield Chapter(room, tuple(found))
    main = tuple(each for each in states.STATES if f"{each.room}/{each.name}" in MAIN)
    yield Chapter("in the dark", main, {"color_scheme": "dark"})
    yield Chapter("in forced colours", main, {"color_scheme": "dark", "forced_colors": "active"})
    yield Chapter("from right to left", main, {"locale": "ar"})


def width_of(state: State) -> int:
    return PHONE if is_of_people(state) else DESK


def sheets_of(chapter: Chapter) -> Iterator[tuple[str, list[State]]]:
    """The name of each file, and the pages on it: all of one width."""
    number = 0
    for width in (PHONE, DESK):
        pages = [each for each in chapter.states if width_of(each) == width]
        most = IN_A_ROW[width] * MOST_ROWS
        for begin in range(0, len(pages), most):
            number += 1
            yield f"{slug(chapter)}-{number}", pages[begin : begin + most]


def slug(chapter: Chapter) -> str:
    return chapter.name.replace(" ", "-")


def written() -> str:
    """docs/gallery.md, of the states that there are."""
    parts = [HEAD.format(count=len(states.STATES), width=WIDTH)]
    for chapter in chapters():
        parts.append(f"## {chapter.name.capitalize()}\n")
        parts += [_shown(chapter, name, pages) for name, pages in sheets_of(chapter)]
    return "\n".join(parts)


def _shown(chapter: Chapter, name: str, pages: list[State]) -> str:
    file = f"images/gallery/{name}.webp"
    names = ", ".join(f"`{each.room}/{each.name}`" for each in pages)
    said = f"{chapter.name.capitalize()}: small pictures of the pages named below, in that order"
    return f"[![{said}]({file})]({file})\n\n{names}\n"


def take_gallery(browser: Browser) -> None:
    """Draw every sheet anew, and write the page that shows them."""
    shutil.rmtree(SHEETS, ignore_errors=True)
    SHEETS.mkdir(parents=True)
    with a_portal_with_every_room() as portal:
        for chapter in chapters():
            _take(browser, portal, chapter)
    DOCUMENT.write_text(written())
    size = sum(path.stat().st_size for path in SHEETS.iterdir())
    assert size < LARGEST_ALL, f"{SHEETS} has {size} bytes"


@contextmanager
def a_portal_with_every_room() -> Iterator[Portal]:
    with tempfile.TemporaryDirectory() as folder, running_sandbox() as sandbox:
        known = {"pool": "Optional1", "client_id": "demoportaloptional00000001"}
        with running_portal(sandbox, Path(folder), **known, **EVERY_ROOM) as portal:
            yield portal


def _take(browser: Browser, portal: Portal, chapter: Chapter) -> None:
    options = {"locale": "en-GB", "reduced_motion": "reduce", **chapter.options}
    page, table = browser.new_page(**options), browser.new_page()
    for name, pages in sheets_of(chapter):
        width = width_of(pages[0])
        page.set_viewport_size({"width": width, "height": 600})
        figures = "".join(_figure(page, portal, each, width) for each in pages)
        _lay_out(table, name, figures, SMALL[width])
    page.close()
    table.close()


def _figure(page: Page, portal: Portal, state: State, width: int) -> str:
    page.goto(f"{portal.url}/styleguide/pages/{state.room}/{state.name}/")
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True)))
    picture = picture.crop((0, 0, picture.width, min(picture.height, TALLEST[width])))
    small = SMALL[width]
    picture = picture.resize(
        (small, round(picture.height * small / picture.width)), Image.Resampling.LANCZOS
    )
    kept = io.BytesIO()
    picture.save(kept, "png")
    data = base64.b64encode(kept.getvalue()).decode()
    image = f'<img src="data:image/png;base64,{data}">'
    return f"<figure>{image}<figcaption>{state.room}/{state.name}</figcaption></figure>"


def _lay_out(table: Page, name: str, figures: str, small: int) -> None:
    table.set_viewport_size({"width": WIDTH, "height": 100})
    table.set_content(TABLE.format(width=WIDTH, gap=GAP, small=small, figures=figures))
    picture = Image.open(io.BytesIO(table.screenshot(full_page=True))).convert("RGB")
    path = SHEETS / f"{name}.webp"
    picture.save(path, quality=QUALITY, method=6)
    assert path.stat().st_size < LARGEST, f"{path} has {path.stat().st_size} bytes"

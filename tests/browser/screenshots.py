"""The pictures of README and docs, taken from a running portal: `make screenshots`."""

import base64
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.browser.chromium import NONE_FOUND, find_chromium, launch_options
from tests.browser.portal_process import ROOT, running_portal
from tests.browser.visitor import Visitor
from tests.people import People, Somebody
from tests.sandbox_process import running_sandbox

IMAGES = ROOT / "docs" / "images"
WIDTH = 1200
DESK, PHONE = 780, 340
LARGEST = 200_000

# Screens on a table; a page of no host, so that no policy is in the way.
TABLE = """<!doctype html><style>
  body {{ margin: 0; display: flex; align-items: flex-start; justify-content: center; gap: 40px;
    padding: 40px; inline-size: {width}px; box-sizing: border-box; background: {ground}; }}
  img {{ border-radius: 14px; box-shadow: 0 0 0 1px #b7c6c0; }}
</style>{screens}"""


@dataclass(frozen=True)
class Screen:
    """What one screen shows, and how wide it is drawn."""

    picture: bytes
    width: int

    @property
    def html(self) -> str:
        data = base64.b64encode(self.picture).decode()
        return f'<img width="{self.width}" src="data:image/png;base64,{data}">'


def main() -> None:
    path = find_chromium()
    if path is None:
        raise SystemExit(NONE_FOUND)
    # The sandbox takes any name; boto3 only wants to have one.
    os.environ |= {"AWS_ACCESS_KEY_ID": "sandbox", "AWS_SECRET_ACCESS_KEY": "sandbox"}
    IMAGES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options(path))
        with nora_at_the_portal(browser) as nora:
            take_all(browser, nora)
        browser.close()


@contextmanager
def nora_at_the_portal(browser: Browser) -> Iterator[Visitor]:
    """Nora of the demo, who has nothing set up yet, before a portal of her own."""
    with tempfile.TemporaryDirectory() as folder, running_sandbox() as sandbox:
        data = Path(folder)
        known = {"pool": "Optional1", "client_id": "demoportaloptional00000001"}
        with running_portal(sandbox, data, **known) as portal:
            people = People(sandbox, portal.pool_id)
            nora = Somebody("nora", "nora@example.com", "+447400123456", password="Harbour-Lamp-27")
            page = browser.new_page(
                locale="en-GB",
                reduced_motion="reduce",
                device_scale_factor=2,
                viewport={"width": 390, "height": 844},
            )
            yield Visitor(page, portal, people, nora)


def take_all(browser: Browser, nora: Visitor) -> None:
    """Walk the main journey, and stop where there is something to see."""
    nora.sign_in()
    begin = shot(nora, PHONE)
    nora.follow("Set up authenticator app")
    nora.press("Show the QR code")
    scan = shot(nora, PHONE)
    nora.somebody.app = nora.scan()
    nora.give_code(nora.somebody.app.code())
    nora.press("Turn on")
    lay_out(browser, "enrol", [begin, scan, shot(nora, PHONE)])
    nora.write("Give it a name", "My phone")
    nora.press("Save the name")
    add_text_messages(nora)
    lay_out(browser, "overview", [shot(nora, DESK), shot(nora, PHONE, "dark")])
    nora.open("/preference/")
    preference = shot(nora, PHONE)
    nora.sign_out()
    nora.give_password()
    choice = shot(nora, PHONE)
    nora.choose_way("text message")
    lay_out(browser, "choice", [preference, choice, shot(nora, PHONE)])


def add_text_messages(nora: Visitor) -> None:
    nora.open("/enrolment/sms/")
    nora.write("Phone number", nora.somebody.phone)
    nora.press("Send me a code")
    nora.give_code(nora.fresh_code())
    nora.press("Turn on")
    nora.follow("Done")


def shot(nora: Visitor, width: int, scheme: str = "light") -> Screen:
    """Picture the whole page as it looks on a phone, or on a desk."""
    viewport = {"width": 900, "height": 700} if width == DESK else {"width": 390, "height": 700}
    nora.page.set_viewport_size(viewport)
    nora.page.emulate_media(color_scheme=scheme)
    picture = nora.page.screenshot(full_page=True)
    nora.page.emulate_media(color_scheme="light")
    return Screen(picture, width)


def lay_out(browser: Browser, name: str, screens: list[Screen]) -> None:
    """Draw the screens side by side, and keep them as a small file."""
    html = "".join(screen.html for screen in screens)
    page = browser.new_page(viewport={"width": WIDTH, "height": 100})
    page.set_content(TABLE.format(width=WIDTH, ground="#dfe8e4", screens=html))
    picture = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
    page.close()
    path = IMAGES / f"{name}.png"
    # A quarter of the size; the other methods lose the rare red.
    few = picture.quantize(256, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(path, optimize=True)
    assert path.stat().st_size < LARGEST, f"{path} has {path.stat().st_size} bytes"


if __name__ == "__main__":
    main()

"""The pictures of README and docs, taken from a running portal: `make screenshots`."""

import argparse
import base64
import io
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import django
from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from tests.browser.chromium import NONE_FOUND, find_chromium, launch_options
from tests.browser.example_host import running_host, sign_in
from tests.browser.portal_process import ROOT, Portal, running_portal
from tests.browser.visitor import Visitor
from tests.people import People, Somebody
from tests.sandbox_process import running_sandbox

IMAGES = ROOT / "docs" / "images"
WIDTH = 1200
DESK, PHONE = 780, 340
LARGEST = 200_000
VIEWPORT: dict[int, ViewportSize] = {
    DESK: {"width": 900, "height": 700},
    PHONE: {"width": 390, "height": 700},
}

# Screens on a table; a page of no host, so that no policy is in the way.
TABLE = """<!doctype html><style>
  body {{ margin: 0; display: flex; align-items: flex-start; justify-content: center; gap: 40px;
    padding: 40px; inline-size: {width}px; box-sizing: border-box; background: {ground}; }}
  img {{ border-radius: 14px; box-shadow: 0 0 0 1px #b7c6c0; }}
  img:not(:only-child) {{ max-block-size: 1160px; object-fit: cover; object-position: top; }}
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


@dataclass(frozen=True)
class Sample:
    """A state of the styleguide, and the eyes and the hand of whoever looks at it."""

    state: str
    width: int = PHONE
    locale: str = "en-GB"
    scheme: Literal["light", "dark"] = "light"
    forced: Literal["active", "none"] = "none"


# What the walk below does not come by; sample values, so that no code is anybody's.
SAMPLES = {
    "sign-in": [Sample("doors/sign-in"), Sample("doors/code-app"), Sample("doors/passkey")],
    "recovery": [
        Sample("recovery/codes-made"), Sample("recovery/start"), Sample("recovery/pair"),
    ],
    "passkeys": [
        Sample("enrolment/passkeys"), Sample("enrolment/passkey-added"),
        Sample("enrolment/passkey-delete-last"),
    ],
    "activity": [
        Sample("activity/sessions"), Sample("activity/devices"), Sample("activity/history"),
    ],
    "looks": [
        Sample("factors/all-on", scheme="dark"),
        Sample("factors/all-on", scheme="dark", forced="active"),
        Sample("factors/preference", locale="ar"),
    ],
    "helpdesk": [Sample("helpdesk/person", DESK)],
    "helpdesk-search": [Sample("helpdesk/found", DESK)],
    "helpdesk-check": [Sample("calls/check-begun", DESK), Sample("callers/call")],
    "helpdesk-approval": [Sample("calls/decide", DESK)],
}  # fmt: skip


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
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
            take_samples(browser, nora.portal)
        take_frame(browser)
        take_every_state(browser)
        browser.close()


def take_every_state(browser: Browser) -> None:
    """The gallery. Its samples are made of Django's forms and models."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    django.setup()
    from tests.browser.gallery import take_gallery  # noqa: PLC0415  (not before the settings)

    take_gallery(browser)


def somebody() -> Somebody:
    """Nora of the demo, who has nothing set up yet."""
    return Somebody("nora", "nora@example.com", "+447400123456", password="Harbour-Lamp-27")


@contextmanager
def nora_at_the_portal(browser: Browser) -> Iterator[Visitor]:
    """Nora before a portal of her own."""
    with tempfile.TemporaryDirectory() as folder, running_sandbox() as sandbox:
        data = Path(folder)
        known = {"pool": "Optional1", "client_id": "demoportaloptional00000001"}
        known |= {"PORTAL_STYLEGUIDE": "true", "PORTAL_HELPDESK": "true"}
        known |= {"COGNITO_SIGN_IN_FLOW": "USER_AUTH"}  # as the demo: sign-in takes passkeys
        with running_portal(sandbox, data, **known) as portal:
            people = People(sandbox, portal.pool_id)
            nora = somebody()
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
    nora.give_code(nora.fresh_code())
    nora.press("Continue")
    take_languages(browser, nora)


def take_languages(browser: Browser, nora: Visitor) -> None:
    """The overview in three of them, one from right to left."""
    shots = []
    for language, scheme in (("de", "light"), ("ar", "dark"), ("ja", "light")):
        nora.open("/language/")
        with nora.page.expect_navigation():
            nora.page.locator(f"button[value={language}]").click()
        nora.open("/")
        shots.append(shot(nora, PHONE, scheme))
    lay_out(browser, "languages", shots)


def take_samples(browser: Browser, portal: Portal) -> None:
    """States of the gallery, and the design system."""
    for name, samples in SAMPLES.items():
        lay_out(browser, name, [drawn(browser, portal, sample) for sample in samples])
    size: ViewportSize = {"width": 390, "height": 1400}
    page = browser.new_page(locale="en-GB", device_scale_factor=2, viewport=size)
    page.goto(f"{portal.url}/styleguide/")
    page.locator("#methods").scroll_into_view_if_needed()
    lay_out(browser, "components", [Screen(page.screenshot(), PHONE)])
    page.close()


def drawn(browser: Browser, portal: Portal, sample: Sample) -> Screen:
    page = browser.new_page(
        locale=sample.locale,
        color_scheme=sample.scheme,
        forced_colors=sample.forced,
        reduced_motion="reduce",
        device_scale_factor=2,
        viewport=VIEWPORT[sample.width],
    )
    page.goto(f"{portal.url}/styleguide/pages/{sample.state}/")
    picture = page.screenshot(full_page=True)
    page.close()
    return Screen(picture, sample.width)


def take_frame(browser: Browser) -> None:
    """The example application, with the overview inside its page."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_sandbox() as sandbox,
        running_host(sandbox, Path(folder)) as host,
    ):
        people, nora, app = People(sandbox, host.portal.pool_id), somebody(), "SOFTWARE_TOKEN_MFA"
        nora.app = people.give_app(nora)
        people.prefer(nora, (app,), app)
        size: ViewportSize = {"width": 900, "height": 1100}
        page = browser.new_page(locale="en-GB", device_scale_factor=2, viewport=size)
        sign_in(page, host, nora)
        page.locator("#told li").get_by_text("ready", exact=True).wait_for()
        lay_out(browser, "embed", [Screen(page.screenshot(), DESK)])
        page.close()


def add_text_messages(nora: Visitor) -> None:
    nora.open("/enrolment/sms/")
    nora.write("Phone number", nora.somebody.phone)
    nora.press("Send me a code")
    nora.give_code(nora.fresh_code())
    nora.press("Turn on")
    nora.follow("Done")


def shot(nora: Visitor, width: int, scheme: str = "light") -> Screen:
    """Picture the whole page as it looks on a phone, or on a desk."""
    nora.page.set_viewport_size(VIEWPORT[width])
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

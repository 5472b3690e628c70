"""What holds on every page and in every state, measured in the browser."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

AXE = (Path(axe_playwright_python.__file__).parent / "axe.min.js").read_text()
EVERY_RULE = {"rules": {"target-size": {"enabled": True}}}
# Of all rules, only these depend on the colour scheme and on the width.
OF_THE_LOOK = {"runOnly": ["color-contrast", "link-in-text-block", "target-size"]}
WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
NARROWEST = {"width": 320, "height": 640}
SMALLEST_TARGET = 24

# How far the page is wider than the screen, and what sticks out.
OVERFLOW = """() => {
  const screen = document.documentElement.clientWidth;
  const out = [...document.body.querySelectorAll('*')]
    .filter((each) => !each.closest('.visually-hidden'))
    .filter((each) => each.getBoundingClientRect().right > screen + 1)
    .map((each) => each.tagName + '.' + each.className);
  return document.documentElement.scrollWidth > screen ? out.slice(0, 5) : [];
}"""

# WCAG 1.4.12: lines 1.5, paragraphs 2, letters 0.12 and words 0.16 times the size of the type.
WIDER_TEXT = """(on) => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`* { line-height: 1.5 !important; letter-spacing: .12em !important;
    word-spacing: .16em !important; } p { margin-block-end: 2em !important; }`);
  document.adoptedStyleSheets = on ? [sheet] : [];
}"""

# Links inside a sentence are excepted (WCAG 2.5.8).
SMALL_TARGETS = """(smallest) =>
  [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, summary')]
    .filter((each) => each.checkVisibility() && !each.closest('.visually-hidden, .skip-link'))
    .filter((each) => !(each.matches('p a') && getComputedStyle(each).display === 'inline'))
    .map((each) => [each.outerHTML.slice(0, 90), each.getBoundingClientRect()])
    .filter(([, box]) => box.width < smallest || box.height < smallest)
    .map(([html, box]) => `${Math.round(box.width)}x${Math.round(box.height)}: ${html}`)"""

# What a page for people never says (design, section 6).
JARGON = ("MFA", "TOTP", "token", "factor", "SOFTWARE_TOKEN", "WebAuthn", "OTP", "Cognito")


def problems_of(page: Page) -> Iterator[str]:
    """Measure the page wide and light, then narrow and dark, and leave it as it was."""
    yield from _jargon(page)
    yield from _axe(page, "light", EVERY_RULE)
    page.set_viewport_size(NARROWEST)
    page.emulate_media(color_scheme="dark")
    yield from _axe(page, "dark", OF_THE_LOOK)
    yield from (f"wider than 320 px: {each}" for each in page.evaluate(OVERFLOW))
    yield from (f"small target: {each}" for each in page.evaluate(SMALL_TARGETS, SMALLEST_TARGET))
    page.evaluate(WIDER_TEXT, True)
    yield from (f"wider than 320 px, text spaced: {each}" for each in page.evaluate(OVERFLOW))
    page.evaluate(WIDER_TEXT, False)
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def keep_pictures(page: Page, name: str) -> None:
    """Where BROWSER_SHOTS names a folder: the page as on a desk, and as on a phone in the dark."""
    folder = os.environ.get("BROWSER_SHOTS")
    if not folder:
        return
    path = Path(folder)
    path.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path / f"{name}.png", full_page=True, scale="css")
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    page.screenshot(path=path / f"{name}-phone-dark.png", full_page=True, scale="css")
    page.set_viewport_size(WIDE)
    page.emulate_media(color_scheme="light")


def _axe(page: Page, scheme: str, options: dict[str, Any]) -> Iterator[str]:
    page.evaluate(f"() => {{ if (!globalThis.axe) {{ {AXE} }} }}")
    page.evaluate("document.getAnimations().forEach((each) => each.finish())")
    results = page.evaluate(
        "(options) => axe.run(document, { resultTypes: ['violations'], ...options })", options
    )
    for violation in results["violations"]:
        for node in violation["nodes"]:
            yield f"axe, {scheme}: {violation['id']}: {node['html'][:120]}"


def _jargon(page: Page) -> Iterator[str]:
    words = page.locator("body").inner_text() + page.title()
    yield from (f"says {each!r}" for each in JARGON if each in words)

"""Colours as numbers: read, compared for contrast, mixed, and written again."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

Colour = tuple[int, int, int]
HEX = re.compile(r"#(?:[0-9A-Fa-f]{3}|[0-9A-Fa-f]{6})", re.ASCII)
RGB = re.compile(r"rgb\((\d{1,3}), ?(\d{1,3}), ?(\d{1,3})\)", re.ASCII)
# WCAG 2.2, 1.4.3.
OF_TEXT = 4.5


def colour(text: Any) -> Colour:
    """Read `#rgb`, `#rrggbb` or `rgb(0, 0, 0)`. Errors: ValueError."""
    if not isinstance(text, str):
        raise ValueError("no text")
    if HEX.fullmatch(text):
        digits = text[1:] if len(text) == len("#rrggbb") else "".join(2 * each for each in text[1:])
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    found = RGB.fullmatch(text)
    if found is None or any(int(each) > 255 for each in found.groups()):
        raise ValueError("no colour")
    red, green, blue = map(int, found.groups())
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """Contrast ratio, 1 to 21. Source: WCAG 2.2, relative luminance."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(of: Colour) -> float:
    shares = (channel / 255 for channel in of)
    red, green, blue = (
        share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """The first with this share of the second in it."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def written(of: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*of)


@cache
def palette(scheme: str) -> dict[str, str]:
    """The portal's own colours of a scheme, from its style sheet, by their names without `--`."""
    sheet = Path(settings.FILES_DIR, "static/css/tokens.css").read_text()
    light, dark, *_ = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    block = light if scheme == "light" else dark
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))

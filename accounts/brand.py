"""The look of the house that runs the portal: its colour and its logo, where it has any.

One colour is named; what stands on it, and it on our grounds, must be readable in light and dark.
"""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from django.conf import settings

from accounts.colours import OF_TEXT, Colour, colour, contrast, mixed, palette, written

BLACK, WHITE = (0, 0, 0), (255, 255, 255)
# What is read on the panel of the overview, and our own colours lighten towards in the dark.
PANEL_CONTRAST = 7.0
LOGOS = {".svg": "image/svg+xml", ".png": "image/png"}
LARGEST_LOGO = 64 * 1024


class BrandRefused(ValueError):
    """A sentence for whoever runs the portal: what cannot be used, and why."""


def style_sheet() -> str:
    """Our colours that follow the brand's, in both schemes; empty where there is none."""
    if not settings.BRAND_COLOUR:
        return ""
    light, dark = _schemes()
    return (
        f":root {{ {_declared(light)} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_declared(dark)} }} }}\n"
    )


def _declared(values: dict[str, Colour]) -> str:
    return " ".join(f"--{name}: {written(value)};" for name, value in values.items())


def _schemes() -> tuple[dict[str, Colour], dict[str, Colour]]:
    light = _read("PORTAL_BRAND_COLOUR", settings.BRAND_COLOUR)
    dark = (
        _read("PORTAL_BRAND_COLOUR_DARK", settings.BRAND_COLOUR_DARK)
        if settings.BRAND_COLOUR_DARK
        else _until_read(light, WHITE, _grounds("dark"), PANEL_CONTRAST)
    )
    return (
        _scheme("light", "PORTAL_BRAND_COLOUR", light),
        _scheme("dark", "PORTAL_BRAND_COLOUR_DARK", dark),
    )


def _read(setting: str, text: str) -> Colour:
    try:
        return colour(text)
    except ValueError:
        raise BrandRefused(f"{setting}: {text} is no colour like #0d5650.") from None


def _grounds(scheme: str) -> list[Colour]:
    own = palette(scheme)
    return [colour(own[name]) for name in ("paper", "surface", "sunken")]


def _scheme(scheme: str, setting: str, brand: Colour) -> dict[str, Colour]:
    """Every colour of ours that follows the brand's. Errors: BrandRefused, with the contrast."""
    grounds, own = _grounds(scheme), palette(scheme)
    least = min(contrast(brand, ground) for ground in grounds)
    if least < OF_TEXT:
        raise BrandRefused(
            f"{setting}: {written(brand)} cannot be read on our {scheme} pages. "
            f"Its contrast is {least:.1f}; {OF_TEXT} is needed."
        )
    on_brand = max((WHITE, BLACK), key=lambda each: contrast(brand, each))
    ink, surface = colour(own["ink"]), colour(own["surface"])
    panel = _until_read(brand, BLACK, [colour(own["hero-ink-soft"])], PANEL_CONTRAST)
    return {
        "brand": brand,
        "brand-hover": mixed(brand, ink, 0.25),
        "brand-soft": mixed(surface, brand, 0.08),
        "on-brand": on_brand,
        "link": brand,
        "hero": panel,
        "hero-shade": mixed(panel, BLACK, 0.12),
    }


def _until_read(of: Colour, towards: Colour, others: list[Colour], least: float) -> Colour:
    """The nearest on the way to black or white that stands out enough from all of these."""
    steps = (mixed(of, towards, share / 20) for share in range(21))
    fits = (each for each in steps if min(contrast(each, other) for other in others) >= least)
    return next(fits, towards)


@cache
def logo() -> tuple[bytes, str] | None:
    """The logo and what kind of picture it is, read once; None where there is none.

    Errors: BrandRefused.
    """
    if not settings.LOGO:
        return None
    path = Path(settings.LOGO)
    if path.suffix not in LOGOS or not path.is_file():
        raise BrandRefused("PORTAL_LOGO must be the path of an .svg or .png file.")
    picture = path.read_bytes()
    if len(picture) > LARGEST_LOGO:
        raise BrandRefused(f"PORTAL_LOGO has {len(picture)} bytes; {LARGEST_LOGO} is the most.")
    return picture, LOGOS[path.suffix]


def version(of: bytes) -> str:
    """A part of an address that changes with the contents, so that they can be kept for ever."""
    return hashlib.sha256(of).hexdigest()[:12]


def problems() -> Iterator[str]:
    """What is wrong with the settings of the brand, a sentence each."""
    for read in (style_sheet, logo):
        try:
            read()
        except BrandRefused as refused:
            yield str(refused)

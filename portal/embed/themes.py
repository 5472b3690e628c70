"""A host's theme: named, typed, bounded values, and the style sheet made of them (EMB-18).

Nothing a host sends is ever copied into the style sheet: colours are read into numbers and
written anew, all else is chosen from lists.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from accounts.colours import OF_TEXT, Colour, colour, contrast, mixed, palette, written

COLOURS = ("background", "surface", "text", "accent", "accentText")
SCHEMES = ("light", "dark", "auto")
# CSS pixels.
RADIUS, SPACING = range(25), range(4, 21)
SANS = '"Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "Helvetica Neue", Arial, sans-serif'
FONTS = {
    "system": f"system-ui, -apple-system, {SANS}",
    "sans": SANS,
    "serif": 'Georgia, "Noto Serif", "Liberation Serif", "Times New Roman", serif',
    "mono": 'ui-monospace, "SF Mono", "Noto Sans Mono", "DejaVu Sans Mono", Menlo, monospace',
    "rounded": f'ui-rounded, "SF Pro Rounded", "Arial Rounded MT Bold", {SANS}',
}
# Our own words of success and danger keep their colours, and must be read on the host's grounds.
MEANINGS = ("success", "warning", "danger", "info")


class ThemeRefused(ValueError):
    """A value is not one of those allowed, or what stands on it could not be read."""


@dataclass(frozen=True)
class Theme:
    """What a host chose; None where it chose nothing. Colours come all five or not at all."""

    scheme: str = "auto"
    colours: Mapping[str, Colour] | None = None
    radius: int | None = None
    spacing: int | None = None
    font: str | None = None


def parsed(raw: Any) -> Theme:
    """Read what a host sent. Errors: ThemeRefused."""
    if not isinstance(raw, Mapping) or set(raw) - {
        "scheme",
        "radius",
        "spacing",
        "font",
        *COLOURS,
    }:
        raise ThemeRefused("values")
    theme = Theme(
        scheme=_one_of(raw.get("scheme", "auto"), SCHEMES),
        colours=_colours(raw),
        radius=_within(raw.get("radius"), RADIUS),
        spacing=_within(raw.get("spacing"), SPACING),
        font=_one_of(raw["font"], FONTS) if "font" in raw else None,
    )
    if theme.colours:
        _check_contrast(theme.scheme, theme.colours)
    return theme


def _one_of(value: Any, allowed: Any) -> str:
    if not isinstance(value, str) or value not in allowed:
        raise ThemeRefused("values")
    return value


def _within(value: Any, allowed: range) -> int | None:
    if value is None:
        return None
    if type(value) is not int or value not in allowed:
        raise ThemeRefused("values")
    return value


def _colours(raw: Mapping[str, Any]) -> dict[str, Colour] | None:
    named = [name for name in COLOURS if name in raw]
    if not named:
        return None
    if len(named) < len(COLOURS) or raw.get("scheme", "auto") == "auto":
        raise ThemeRefused("colours")
    return {name: _colour(raw[name]) for name in COLOURS}


def _colour(text: Any) -> Colour:
    try:
        return colour(text)
    except ValueError:
        raise ThemeRefused("colours") from None


def _check_contrast(scheme: str, chosen: Mapping[str, Colour]) -> None:
    grounds = chosen["background"], chosen["surface"]
    pairs = [(chosen[name], ground) for name in ("text", "accent") for ground in grounds]
    pairs.append((chosen["accentText"], chosen["accent"]))
    own = {name: colour(value) for name, value in palette(scheme).items() if value[0] == "#"}
    for meaning in MEANINGS:
        pairs += [(own[meaning], ground) for ground in grounds]
        pairs.append((chosen["text"], own[f"{meaning}-soft"]))
    if min(contrast(*pair) for pair in pairs) < OF_TEXT:
        raise ThemeRefused("contrast")


def style_sheet(theme: Theme) -> str:
    """The theme as custom properties; later than tokens.css, so that it wins."""
    values: dict[str, str] = {}
    if theme.scheme != "auto":
        values |= palette(theme.scheme)
    if theme.colours:
        values |= {name: written(each) for name, each in _derived(theme.colours).items()}
    values |= _measures(theme)
    lines = [f"  --{name}: {value};" for name, value in values.items()]
    scheme = "light dark" if theme.scheme == "auto" else theme.scheme
    return "\n".join((":root:root {", f"  color-scheme: {scheme};", *lines, "}", ""))


def _derived(chosen: Mapping[str, Colour]) -> dict[str, Colour]:
    """All colours of a page from the five that a host chooses; text on each stays readable."""
    ground, surface, text = chosen["background"], chosen["surface"], chosen["text"]
    accent, on_accent = chosen["accent"], chosen["accentText"]
    return {
        "paper": ground,
        "surface": surface,
        "sunken": _tint(ground, text, under=text),
        "ink": text,
        "ink-soft": text,
        "line": mixed(surface, text, 0.2),
        "line-strong": text,
        "brand": accent,
        "brand-hover": _tint(accent, text, under=on_accent),
        "brand-soft": _tint(surface, accent, under=accent),
        "on-brand": on_accent,
        "link": accent,
        "focus": accent,
        "hero": accent,
        "hero-shade": accent,
        "hero-ink": on_accent,
        "hero-ink-soft": on_accent,
        "hero-focus": on_accent,
    }


def _tint(ground: Colour, towards: Colour, *, under: Colour) -> Colour:
    """The ground a little nearer to another colour, unless what stands on it would suffer."""
    tinted = mixed(ground, towards, 0.06)
    return tinted if contrast(tinted, under) >= OF_TEXT else ground


def _measures(theme: Theme) -> dict[str, str]:
    values: dict[str, str] = {}
    if theme.radius is not None:
        values |= {f"radius-{size}": f"{round(theme.radius * part)}px" for size, part in RADII}
    if theme.spacing is not None:
        values |= {f"space-{step}": f"{theme.spacing * part:g}px" for step, part in SPACES}
    if theme.font is not None:
        values["font"] = FONTS[theme.font]
    return values


RADII = (("s", 2 / 3), ("m", 1), ("l", 1.5))
SPACES = ((1, 0.25), (2, 0.5), (3, 0.75), (4, 1), (5, 1.5), (6, 2), (7, 3))


def accepted(raw: Any) -> tuple[dict[str, Any] | None, bool]:
    """What a session keeps of a theme, and whether it was refused."""
    if raw is None:
        return None, False
    try:
        parsed(raw)
    except ThemeRefused:
        return None, True
    return dict(raw), False

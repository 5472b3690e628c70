"""The colours of the design system with what they are for, and whether they can be read."""

from dataclasses import dataclass

from accounts.colours import colour, contrast, palette

GROUNDS = ("paper", "surface", "sunken")
# What stands on what: text, ground.
PAIRS = (
    *((text, ground) for text in ("ink", "ink-soft", "link", "brand") for ground in GROUNDS),
    ("on-brand", "brand"),
    ("on-danger", "danger"),
    ("hero-ink", "hero"),
    ("hero-ink-soft", "hero"),
    *((meaning, f"{meaning}-soft") for meaning in ("success", "warning", "danger", "info")),
)


@dataclass(frozen=True)
class Pair:
    """Text on a ground; ratio: their contrast, 1 to 21, of which 4.5 is needed."""

    text: str
    ground: str
    ratio: float


def pairs(scheme: str) -> list[Pair]:
    own = {name: colour(value) for name, value in palette(scheme).items()}
    return [Pair(text, ground, contrast(own[text], own[ground])) for text, ground in PAIRS]


def names() -> list[str]:
    """Every colour by its name; those of the dark scheme have the same."""
    return list(palette("light"))

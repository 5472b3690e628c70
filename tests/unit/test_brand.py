"""The house's own colour and logo: readable in light and dark, or refused with a sentence."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.checks import run_checks
from django.test import Client
from hypothesis import assume, given
from hypothesis import strategies as st

from accounts import brand
from accounts.colours import OF_TEXT, colour, contrast, palette, written

PINE = "#0d5650"
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9v9z"/></svg>'
colours = st.tuples(*[st.integers(0, 255)] * 3)


@pytest.fixture(autouse=True)
def one_brand_a_test() -> Iterator[None]:
    brand.logo.cache_clear()
    yield
    brand.logo.cache_clear()


def _sheets(sheet: str) -> list[dict[str, Any]]:
    """The values of the light and of the dark scheme."""
    blocks = re.findall(r":root \{([^}]*)\}", sheet)
    return [
        {name: colour(value) for name, value in re.findall(r"--([a-z-]+): (#\w+);", block)}
        for block in blocks
    ]


def test_without_one_everything_is_ours(settings: Any):
    assert brand.style_sheet() == ""
    assert brand.logo() is None
    assert list(brand.problems()) == []


@given(colours)
def test_what_is_accepted_can_be_read_everywhere(chosen: Any):
    """A11-01: on every ground, on the button, on the panel, in both schemes."""
    with pytest.MonkeyPatch.context() as patch:
        from django.conf import settings  # noqa: PLC0415  (the fixture is none of hypothesis's)

        patch.setattr(settings, "BRAND_COLOUR", written(chosen), raising=False)
        try:
            sheets = _sheets(brand.style_sheet())
        except brand.BrandRefused:
            assume(False)
        for scheme, values in zip(("light", "dark"), sheets, strict=True):
            own = {name: colour(value) for name, value in palette(scheme).items()}
            for ground in ("paper", "surface", "sunken"):
                assert contrast(values["brand"], own[ground]) >= OF_TEXT
            assert contrast(values["brand"], values["on-brand"]) >= OF_TEXT
            assert contrast(values["brand-hover"], values["on-brand"]) >= OF_TEXT
            assert contrast(values["link"], values["brand-soft"]) >= OF_TEXT
            for ink in ("hero-ink", "hero-ink-soft"):
                assert contrast(own[ink], values["hero"]) >= OF_TEXT
                assert contrast(own[ink], values["hero-shade"]) >= OF_TEXT


@pytest.mark.parametrize(
    ("setting", "value", "says"),
    [
        ("BRAND_COLOUR", "#ffcc00", "PORTAL_BRAND_COLOUR: #ffcc00 cannot be read on our light"),
        ("BRAND_COLOUR", "pine", "PORTAL_BRAND_COLOUR: pine is no colour"),
        ("BRAND_COLOUR_DARK", PINE, "PORTAL_BRAND_COLOUR_DARK: #0d5650 cannot be read on our dark"),
        ("LOGO", "/nowhere/logo.svg", "PORTAL_LOGO must be the path"),
    ],
)
def test_what_cannot_be_used_stops_the_start(settings: Any, setting: str, value: str, says: str):
    settings.BRAND_COLOUR = PINE
    setattr(settings, setting, value)
    (error,) = [each for each in run_checks() if each.id == "accounts.E010"]
    assert error.msg.startswith(says)


def test_a_logo_that_is_too_large_is_refused(settings: Any, tmp_path: Path):
    settings.LOGO = str(tmp_path / "logo.png")
    Path(settings.LOGO).write_bytes(b"x" * (brand.LARGEST_LOGO + 1))
    assert list(brand.problems()) == ["PORTAL_LOGO has 65537 bytes; 65536 is the most."]


def test_it_is_served_for_ever_and_can_run_nothing(settings: Any, tmp_path: Path, client: Client):
    """WEB-01, WEB-07: under an address of its contents, by a policy that lets nothing run."""
    settings.BRAND_COLOUR, settings.LOGO = PINE, str(tmp_path / "logo.svg")
    Path(settings.LOGO).write_bytes(DRAWING)
    sheet = client.get(f"/brand/{brand.version(brand.style_sheet().encode())}.css")
    assert (sheet.status_code, sheet["Content-Type"]) == (200, "text/css; charset=utf-8")
    drawn = client.get(f"/brand/logo/{brand.version(DRAWING)}")
    assert (drawn.content, drawn["Content-Type"]) == (DRAWING, "image/svg+xml")
    for each in (sheet, drawn):
        assert "immutable" in each["Cache-Control"]
        assert "default-src 'none'" in each["Content-Security-Policy"]
    assert client.get("/brand/0123456789ab.css").status_code == 404
    assert client.get("/brand/logo/0123456789ab").status_code == 404

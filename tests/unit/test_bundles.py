"""The files that every page loads, in one of each kind."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template

from portal.files import BUNDLES, bundled

STATIC = Path(settings.FILES_DIR, "static")


@pytest.mark.parametrize("path", BUNDLES)
def test_a_bundle_holds_all_its_parts_whole(path: str):
    made = Path(finders.find(path) or "").read_text()
    for part in BUNDLES[path]:
        assert (STATIC / part).read_text() in made, part


def test_collectstatic_is_given_the_bundles():
    listed = {path for each in finders.get_finders() for path, _ in each.list([])}
    assert {*BUNDLES} <= listed


def test_each_script_keeps_its_names_to_itself():
    """Two of them name a function alike; a block of its own keeps them apart."""
    for path in ("js/page.js", "js/desk.js", "js/frame.js"):
        made = bundled(path)
        assert made.count("\n}\n") >= len(BUNDLES[path])
        assert made.startswith("{\n")
        assert not re.search(r"^(import|export)\b", made, re.MULTILINE)


def test_an_icon_is_the_one_of_the_partial():
    drawn = Template('{% icon "lock" %}{% include "partials/icon.html" with name="lock" only %}')
    one, other = drawn.render(Context()).strip().split("</svg>")[:2]
    assert one.strip() == other.strip()
    assert "<rect" in one

"""Licences of what production installs: which are fine, and what is complained of."""

from pathlib import Path

import pytest
from django.conf import settings

from deploy.licences import Package, Rules, locked, of_production

RULES = Rules(frozenset({"MIT", "Apache-2.0", "BSD"}), {"charts": ("LGPL-3.0", "not changed")})
CHARTS = Package("charts", "3.1", "GNU Lesser General Public License v3 or later (LGPLv3+)")


def _complaints(*packages: Package, rules: Rules = RULES) -> list[str]:
    return list(rules.complaints({each.name: each for each in (CHARTS, *packages)}))


@pytest.mark.parametrize(
    "licence",
    [
        "MIT",
        "MIT License",
        "Apache Software License; MIT License",
        "MIT OR GPL-3.0-only",
        "Apache-2.0 AND BSD License",
        "OSI Approved; Apache Software License",
        "BSD License; Other/Proprietary License",
    ],
)
def test_licences_on_the_list_are_fine_in_any_words(licence: str):
    """(SUP-01) one of several choices is enough; of those that hold together, each must be."""
    assert _complaints(Package("tool", "1.0", licence)) == []


@pytest.mark.parametrize(
    "licence",
    [
        "GPL-3.0-only",
        "UNKNOWN",
        "Other/Proprietary License",
        "MIT AND GPL-3.0-only",
        "",
        "LGPL-3.0",
    ],
)
def test_any_other_is_complained_of(licence: str):
    """(SUP-01) copyleft is fine where its reason is written down, and nowhere else."""
    told = _complaints(Package("tool", "1.0", licence))
    assert told == [f"tool 1.0: {licence} is not on the list"]


def test_an_exception_is_for_what_is_there_and_says_why():
    """(SUP-01) neither a package that left nor a licence that changed stays on the list."""
    rules = Rules(RULES.allowed, {"gone": ("MPL-2.0", "a list"), "charts": ("MPL-2.0", " ")})
    assert _complaints(rules=rules) == [
        f"charts 3.1: {CHARTS.licence} is not on the list",
        "gone: on the list of copyleft, and not installed in production",
        "charts: not under MPL-2.0 any more",
        "charts: why is MPL-2.0 acceptable?",
    ]


def test_what_is_locked_is_what_is_looked_at():
    """(SUP-01) a missing package or another version is no answer; other systems' are not ours."""
    lines = "charts==3.1 \\\n    --hash=sha256:00\nforms[all]==2.0 ; sys_platform != 'win32' \\\n"
    wanted = locked(lines + "cmd==1.0 ; sys_platform == 'win32' \\\n    # via forms\n")
    assert wanted == {"charts": "3.1", "forms": "2.0"}
    found, unknown = of_production({"charts": CHARTS}, wanted)
    assert (list(found), unknown) == (
        ["charts"],
        ["forms: 2.0 is locked, nothing is installed here"],
    )
    older = Package("charts", "3.0", "MIT")
    assert of_production({"charts": older}, {"charts": "3.1"})[1] == [
        "charts: 3.1 is locked, 3.0 is installed here"
    ]


def test_each_copyleft_package_of_ours_says_why():
    """(SUP-01)"""
    rules = Rules.of(Path(settings.BASE_DIR, "pyproject.toml"))
    assert rules.copyleft
    assert all(len(reason) > 20 for _, reason in rules.copyleft.values())
    assert not {licence for licence, _ in rules.copyleft.values()} & rules.allowed

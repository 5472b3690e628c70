"""The yardstick of `make mutation`."""

import tomllib
from pathlib import Path

from django.conf import settings

from tests.mutation_score import AT_LEAST, score

NOTHING = dict.fromkeys(("killed", "timeout", "segfault", "survived", "no_tests"), 0)


def test_what_no_test_meets_was_not_noticed():
    """(QA-03) five of ten: survivors and changes without a test count against us."""
    found = {**NOTHING, "killed": 4, "timeout": 1, "survived": 3, "no_tests": 2, "total": 10}
    assert score(found) == 50
    assert AT_LEAST == 85


def test_what_decides_is_what_is_broken():
    """(QA-03) planner, policy, guards, tickets and limits; each of its tests is there to notice."""
    described = tomllib.loads(Path(settings.BASE_DIR, "pyproject.toml").read_text())
    mutmut = described["tool"]["mutmut"]
    broken = {Path(path).stem for path in mutmut["source_paths"]}
    assert broken >= {"planner", "policy", "guards", "tickets", "limits"}
    named = [*mutmut["source_paths"], *mutmut["pytest_add_cli_args_test_selection"]]
    assert all(Path(settings.BASE_DIR, path).exists() for path in named)

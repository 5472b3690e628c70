"""docs/advisories.md: each class of mistakes that others made has a test, which says so."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

from tests.requirements import every_id, named_in

TESTS = Path(settings.BASE_DIR, "tests")
ROW = re.compile(r"^\| ([^|]+) \| ([^|]+) \| ([A-Z]{3}-\d\d) \| `tests/([^`]+)` \|$", re.MULTILINE)
ADVISORY = re.compile(
    r"CVE-\d{4}-\d+|GHSA(-[a-z0-9]{4}){3}|TOB-PYPI-\d|(allauth|authorizer|keycloak|parse-server"
    r"|GitLab|aspnet/Announcements) [\w.-]+|otpauth advisory"
)


def _rows() -> Iterator[tuple[str, str, str, str]]:
    page = Path(settings.BASE_DIR, "docs/advisories.md").read_text()
    for row in ROW.finditer(page):
        advisories, what, requirement, test = row.groups()
        yield advisories, what, requirement, test


@pytest.fixture(scope="module")
def named() -> dict[str, set[str]]:
    return named_in(TESTS)


def test_every_class_has_a_test_that_says_so(named: dict[str, set[str]]):
    """(QA-01) the test is there, and names the requirement of its row."""
    rows = list(_rows())
    without = [
        (test, requirement)
        for _, _, requirement, test in rows
        if test not in named.get(requirement, ())
    ]
    assert without == []
    assert {requirement for _, _, requirement, _ in rows} <= set(every_id())


def test_every_row_is_read():
    """(QA-01) a slip in the table would be a row that nobody checks."""
    page = Path(settings.BASE_DIR, "docs/advisories.md").read_text()
    rows = list(_rows())
    assert len(rows) == sum(line.startswith("| ") for line in page.splitlines()) - 1
    for advisories, *_ in rows:
        assert all(ADVISORY.fullmatch(each) for each in advisories.split(", ")), advisories


def test_all_known_advisories_are_there():
    """(QA-01) 52 of them, some of which taught two things."""
    assert len({each for row in _rows() for each in row[0].split(", ")}) == 52

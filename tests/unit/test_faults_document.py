"""docs/faults.md speaks of tests that there are, and of requirements that there are."""

import re
from pathlib import Path

from django.conf import settings

from tests.requirements import ID, every_id

ROOT = Path(settings.BASE_DIR)
DOCUMENT = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
TEST = re.compile(r"^ *def (test_\w+)", re.MULTILINE)
NAMED = re.compile(r"`(test_\w+)`")
# What the paragraph on faults asks for, each by a word of its row.
FAULTS = (
    "throttles",
    "eight seconds",
    "never answers",
    "closes connections",
    "half of an answer",
    "shape nobody knows",
    "public keys",
    "domain",
    "database gone",
    "read-only",
    "Redis gone",
    "mail gone",
    "disk",
    "behind the pool",
    "forward",
    "set back",
    "worker killed",
    "two versions",
    "sign-in that the pool ends",
)


def rows() -> list[list[str]]:
    lines = [line for line in DOCUMENT.splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != "fault"]


def test_every_row_is_whole_and_its_tests_exist():
    """(QA-01) fault, what is seen, what holds, and a test at least."""
    files = (path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    written = {name for text in files for name in TEST.findall(text)}
    assert len(rows()) > 25
    for row in rows():
        assert len(row) == 4, row
        named = NAMED.findall(row[3])
        assert named, row[0]
        assert set(named) <= written, (row[0], set(named) - written)


def test_every_requirement_it_names_is_one():
    """(QA-01)"""
    named = set(re.findall(ID.pattern, DOCUMENT))
    assert named
    assert named <= set(every_id())


def test_no_fault_is_left_out():
    """(RES-01 to RES-08)"""
    for fault in FAULTS:
        assert fault in DOCUMENT, fault

"""Every point of the sandbox's checklist is named by a test, in its name or its docstring.

checklist.txt holds the points, one a line. A range counts for all in it: `test_c016_to_c020_...`
or "C090 to C094".
"""

from __future__ import annotations

import re
from pathlib import Path

from tests.requirements import named_in

HERE = Path(__file__).parent
# The points that only other people's clients can prove are proved by `make clients`.
ROOMS = (HERE, HERE.parent / "clients")
NAMED = re.compile(r"(?<![A-Za-z0-9])[Cc](\d{3})(?:(?:_to_c| to C)(\d{3}))?(?![0-9])")


def points() -> list[str]:
    """The IDs of the checklist."""
    return [line.split(" ", 1)[0] for line in (HERE / "checklist.txt").read_text().splitlines()]


def ids(text: str) -> list[str]:
    """The IDs that a name or a docstring holds, ranges written out."""
    spans = [(int(first), int(last or first)) for first, last in NAMED.findall(text)]
    return [f"C{number:03}" for first, last in spans for number in range(first, last + 1)]


def test_the_checklist_is_whole() -> None:
    assert points() == [f"C{number:03}" for number in range(1, 161)]


def named() -> set[str]:
    """The IDs that some test names."""
    return {each for room in ROOMS for each in named_in(room, ids, in_names=True)}


def test_every_point_is_named_by_a_test() -> None:
    without = set(points()) - named()
    assert not without, f"no test names {sorted(without)}"


def test_no_test_names_a_point_that_does_not_exist() -> None:
    unknown = named() - set(points())
    assert not unknown, f"not in checklist.txt: {sorted(unknown)}"


def test_ids_are_found_in_names_and_docstrings() -> None:
    assert ids("test_c016_to_c018_one") == ["C016", "C017", "C018"]
    assert ids("test_c040_c041_two: D12, C090 to C091.") == ["C040", "C041", "C090", "C091"]
    assert ids("no point: SRC016, C1601, abc016, C16") == []

"""What a screen reader says on each page of a walk, kept as a text that somebody can read.

From the browser's own accessibility tree. What differs from run to run has one name for all.
WRITE_DOCUMENTS=1 writes the texts anew: read the difference before it is committed.
What `capfirst` makes large on a page is small here: it finds the mark of a sentence, no letter.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import unified_diff
from pathlib import Path

from playwright.sync_api import Frame, Page

from tests.marked_words import unmarked
from tests.people import Somebody

FOLDER = Path(__file__).parent / "readings"
DIFFERS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}"), "(reference)"),
    (re.compile(r"\b[0-9a-f]{64}\b"), "(hash)"),
    (re.compile(r"\bRow [\d,]+"), "Row (number)"),
    (re.compile(r"\b\d{1,2}:\d{2}(:\d{2})?([  ]?[AP]M)?( UTC)?"), "(time)"),
    (re.compile(r"\b\d{1,2} (January|February|March|April|May|June|July|August|September"
                r"|October|November|December) \d{4}"), "(date)"),
    (re.compile(r"(?:\b[A-Z2-7]{4}\b ?){4,}"), "(key)"),
    (re.compile(r"\b[A-Z0-9]{4}(-[A-Z0-9]{4}){3}\b"), "(recovery code)"),
    (re.compile(r"code: \"?[A-Z0-9]{4,6}(-[A-Z0-9]{4})?\"?$", re.MULTILINE), "code: (signs)"),
    # What the helpdesk and a caller read to each other: in quotes where it could be a number.
    (re.compile(r"(paragraph|reads out\"): \"?[A-Z0-9]{6,8}\"?$", re.MULTILINE), r"\1: (signs)"),
    (re.compile(r"(in|Wait) \d+ (second|minute)s?"), r"\1 (some) \2s"),
    (re.compile(r"••• \d{4}"), "••• (last digits)"),
    (re.compile(r"\b\d{6}\b"), "(code)"),
    (re.compile(r"\b\d{1,3}(\.\d{1,3}){3}(/\d+)?"), "(network)"),
    (re.compile(r"http://localhost:\d+"), "(portal)"),
)  # fmt: skip
# All countries but one: the list is long and not ours.
COUNTRY = re.compile(r"option \"(?!United Kingdom).*\(\+\d+\)")


@dataclass
class Reader:
    """Reads the pages of several people's journey, one after the other.

    names: what the texts call whom, and whatever else differs from run to run.
    """

    names: dict[str, str] = field(default_factory=dict)
    readings: list[str] = field(default_factory=list)

    def meet(self, **people: Somebody) -> None:
        for called, somebody in people.items():
            self.names |= names_of(somebody, called)

    def read(self, page: Page | Frame, state: str) -> None:
        self.readings.append(reading_of(page, state, self.names))


def names_of(somebody: Somebody, called: str = "name") -> dict[str, str]:
    """What pages know them by, and what the text has instead; the longer one first."""
    return {somebody.email: f"({called})", somebody.username: f"({called})"}


def reading_of(page: Page | Frame, state: str, names: Mapping[str, str]) -> str:
    """The page's title, then all from top to bottom: what each thing is, and what it is called."""
    # The body first: a page that has just begun has no title yet, and its body waits for it.
    body = page.locator("body").aria_snapshot()
    said = unmarked(f"- title: {page.title()}\n{body}")
    for name, instead in names.items():
        said = said.replace(name, instead)
    for pattern, instead in DIFFERS:
        said = pattern.sub(instead, said)
    lines = [line for line in said.splitlines() if "/url:" not in line and not COUNTRY.search(line)]
    return "\n".join((f"## {state}", "", *lines, ""))


def compare(name: str, readings: list[str]) -> None:
    """Fails where a page is read otherwise than the last time somebody looked."""
    path = FOLDER / f"{name}.txt"
    now = "\n".join(readings)
    if os.environ.get("WRITE_DOCUMENTS") == "1":
        FOLDER.mkdir(exist_ok=True)
        path.write_text(now)
    assert path.exists(), f"WRITE_DOCUMENTS=1 writes {path.name}: read it before you commit it"
    read = path.read_text().splitlines()
    changed = "\n".join(unified_diff(read, now.splitlines(), "read before", "now", "", "", 2, ""))
    # Said here: pytest explains the assertions of tests alone.
    assert not changed, changed

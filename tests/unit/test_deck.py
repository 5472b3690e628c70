"""The copy deck, docs/words-*.md: every message, and why it is said.

`WRITE_DOCUMENTS=1` adds a row for a message that has none and drops those of messages that are
gone; the reasons stay, and the empty ones are for whoever wrote the sentence.
"""

import os
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from django.conf import settings

from tests.marked_words import CATALOGUES

AUDIENCES = tuple(CATALOGUES["AUDIENCES"])
WRITES = os.environ.get("WRITE_DOCUMENTS") == "1"
HEADING = re.compile(r"^## `(.+)`\n", re.MULTILINE)
ROW = re.compile(r"^\| (`.+) \| ([^|\n]*?) ?\|$", re.MULTILINE)
HEAD = "| message | why |\n|---|---|\n"
# A reason of many messages is one of none.
MOST_USES = 8
WORD = re.compile(r"[\w’']+")
SMALL_WORD = re.compile(
    r"an?|the|its?|is|are|was|be|th(is|at|ese|ose)|of|to|in|on|for|at|by|with|and|or|not|so|as"
    r"|wh(at|ich|o)|we|your?|one"
)


@dataclass(frozen=True)
class Part:
    """A file that speaks. why: the reason of all of it; rows: each message, and its own."""

    why: str
    rows: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        rows = "\n".join(f"| {shown} | {why} |" for shown, why in self.rows)
        return "\n\n".join(block for block in (self.why, rows and f"{HEAD}{rows}") if block)


def cell(message: Message) -> str:
    """A message as it stands in the code, on one line of a table; after it, its context."""
    forms = message.id if isinstance(message.id, tuple) else (message.id,)
    shown = " / ".join(f"`{_on_one_line(form)}`" for form in forms)
    return f"{shown} ({message.context})" if message.context else shown


def _on_one_line(words: str) -> str:
    return words.replace("\n", r"\n").replace("|", r"\|").replace("`", "'")


def by_file(messages: Iterable[Message]) -> dict[str, list[str]]:
    """Every file that speaks; what several say stands at the first of them."""
    files: dict[str, list[str]] = defaultdict(list)
    for message in messages:
        places = sorted({place for place, _line in message.locations})
        for place in places:
            files[place] += [cell(message)] if place == places[0] else []
    return {place: files[place] for place in sorted(files)}


@cache
def said(audience: str) -> dict[str, list[str]]:
    return by_file(each for each in CATALOGUES["found"](audience) if each.id)


def parts(text: str) -> dict[str, Part]:
    """A deck as it is written."""
    _, *pieces = HEADING.split(text)
    return {
        place: Part(ROW.sub("", below).replace(HEAD, "").strip(), tuple(ROW.findall(below)))
        for place, below in zip(pieces[::2], pieces[1::2], strict=True)
    }


def rewritten(text: str, files: Mapping[str, list[str]]) -> str:
    """A deck with a row for every message and no other; the reasons that are there are kept."""
    known = parts(text)
    reasons = {shown: why for part in known.values() for shown, why in part.rows}
    made = [HEADING.split(text)[0]]
    for place, cells in files.items():
        why = known[place].why if place in known else ""
        part = Part(why, tuple((each, reasons.get(each, "")) for each in cells))
        made.append(f"## `{place}`\n\n{part.text}".rstrip() + "\n\n")
    return "".join(made).rstrip() + "\n"


@cache
def deck(audience: str) -> dict[str, Part]:
    path = Path(settings.BASE_DIR, "docs", f"words-{audience}.md")
    text = path.read_text(encoding="utf-8")
    if WRITES:
        text = rewritten(text, said(audience))
        path.write_text(text, encoding="utf-8")
    return parts(text)


def only_repeats(message: str, why: str) -> bool:
    """Whether a reason has no word that its message has not, small words aside."""
    own = {word for word in _words(why) if not SMALL_WORD.fullmatch(word)}
    return bool(why) and own <= _words(message)


def _words(text: str) -> set[str]:
    return {each.lower() for each in WORD.findall(text)}


def used_too_often(reasons: Iterable[str]) -> set[str]:
    return {why for why, uses in Counter(reasons).items() if uses > MOST_USES}


def rows(audience: str) -> Iterator[tuple[str, str]]:
    return (row for part in deck(audience).values() for row in part.rows)


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_file_that_speaks_has_its_reason(audience: str):
    """Of everything it says together."""
    assert list(deck(audience)) == list(said(audience))
    assert [place for place, part in deck(audience).items() if not part.why] == []


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_message_has_its_row_and_every_row_its_message(audience: str):
    """WRITE_DOCUMENTS=1 writes the rows; the reasons are yours."""
    written = [(place, shown) for place, part in deck(audience).items() for shown, _ in part.rows]
    spoken = [(place, shown) for place, cells in said(audience).items() for shown in cells]
    assert sorted(set(spoken) - set(written)) == []
    assert sorted(set(written) - set(spoken)) == []
    assert len(written) == len(set(written))


@pytest.mark.parametrize("audience", AUDIENCES)
def test_every_message_has_its_reason(audience: str):
    """What the reader would fear, miss or do wrong without it; why this word and no other."""
    assert [shown for shown, why in rows(audience) if not why] == []


@pytest.mark.parametrize("audience", AUDIENCES)
def test_no_reason_only_repeats_its_message(audience: str):
    assert [shown for shown, why in rows(audience) if only_repeats(shown, why)] == []


def test_a_reason_is_of_its_own_message():
    assert used_too_often(why for audience in AUDIENCES for _, why in rows(audience)) == set()


def test_all_that_is_said_stands_in_a_deck():
    """An empty deck would be a good one, too."""
    assert len([*rows("people")]) > 1300
    assert len([*rows("helpdesk")]) > 850


DECK = """# Words

## `portal/a.py`

Why it speaks.

| message | why |
|---|---|
| `Try again` | the next step |
| `It is gone` | nobody waits for it |

## `portal/gone.py`

It said too much.

| message | why |
|---|---|
| `{n} day` / `{n} days` | a number to plan by |
"""


def test_a_new_message_gets_an_empty_row_and_one_that_is_gone_loses_its_own():
    files = {
        "portal/a.py": ["`Try again`", "`Or wait`"],
        "portal/new.py": ["`{n} day` / `{n} days`"],
        "portal/shares.py": [],
    }
    found = parts(rewritten(DECK, files))
    assert found == {
        "portal/a.py": Part(
            "Why it speaks.", (("`Try again`", "the next step"), ("`Or wait`", ""))
        ),
        # A reason goes with its message.
        "portal/new.py": Part("", (("`{n} day` / `{n} days`", "a number to plan by"),)),
        "portal/shares.py": Part(""),
    }


def test_a_deck_that_holds_is_left_as_it_is():
    files = {place: [shown for shown, _ in part.rows] for place, part in parts(DECK).items()}
    assert rewritten(DECK, files) == DECK


def test_a_message_stands_on_one_line_at_the_first_file_that_says_it():
    many = Message(("%(n)s | day", "%(n)s | days"), locations=[("b.py", 0), ("a.html", 0)])
    mail = Message("Hello\n{name}", locations=[("b.py", 0)], context="mail")
    assert by_file([many, mail]) == {
        "a.html": [r"`%(n)s \| day` / `%(n)s \| days`"],
        "b.py": [r"`Hello\n{name}` (mail)"],
    }
    assert parts(rewritten(DECK, by_file([many]))).keys() == {"a.html", "b.py"}


def test_a_reason_that_says_nothing_is_found():
    assert only_repeats("`Try again in a minute.`", "so that you try it again")
    assert only_repeats("`Try again in a minute.`", "in a minute")
    assert not only_repeats("`Try again in a minute.`", "a minute is when the limit ends")
    assert used_too_often(["it is so"] * 9 + ["it is a head"] * 8) == {"it is so"}

"""How easily people's words are read, in school years; the glossary of docs/words.md holds.

Automated Readability Index: 4.71 letters a word and half a year for each word of a sentence, less
21.43. Source: Smith and Senter, 1967, AMRL-TR-66-220.
"""

import re
import statistics
from collections import defaultdict
from functools import cache
from pathlib import Path

from django.conf import settings

from tests.marked_words import CATALOGUES

FILLED_IN = re.compile(r"%\(\w+\)s|\{\w*\}|</?[^>]+>|https?://\S+")
WORD = re.compile(r"[\w’'-]+")
END = re.compile(r"[.!?:](?:\s|$)")
# Years of school: of all of it, of one page or module, and words of the longest sentence.
MOST_YEARS, MOST_YEARS_OF_A_PAGE, LONGEST_SENTENCE = 4, 7, 26
# A heading or a label is no sentence to be measured.
FEWEST_WORDS = 5
DOCUMENT = Path(settings.BASE_DIR, "docs", "words.md")


@cache
def said() -> dict[str, list[str]]:
    """What people are told, by the file that says it."""
    told: dict[str, list[str]] = defaultdict(list)
    for message in CATALOGUES["found"]("people"):
        forms = message.id if isinstance(message.id, tuple) else (message.id,)
        for place, _line in message.locations:
            told[place] += [FILLED_IN.sub("it", form) for form in forms if form]
    return told


def years(text: str) -> float:
    words = WORD.findall(text)
    sentences = max(1, len(END.findall(text)))
    letters = sum(len(word) for word in words)
    return 4.71 * letters / len(words) + 0.5 * len(words) / sentences - 21.43


def _whole(texts: list[str]) -> str:
    long_enough = [each for each in texts if len(WORD.findall(each)) >= FEWEST_WORDS]
    return " ".join(each if END.search(each[-1:]) else f"{each}." for each in long_enough)


def test_all_of_it_is_read_by_a_child_of_ten():
    """House voice: short words, short sentences."""
    text = _whole([each for texts in said().values() for each in texts])
    assert years(text) <= MOST_YEARS
    stated = re.search(r"reads at ([\d.]+) years of school", DOCUMENT.read_text())
    assert stated is not None
    assert abs(float(stated[1]) - years(text)) < 0.5


def test_no_page_is_hard_to_read():
    """A page that explains something hard does it in easy words, too."""
    hard = {
        place: round(years(text), 1)
        for place, texts in said().items()
        if len(WORD.findall(text := _whole(texts))) > 40 and years(text) > MOST_YEARS_OF_A_PAGE
    }
    assert hard == {}


def test_no_sentence_is_long():
    """Whoever loses the thread loses the account."""
    sentences = [
        sentence
        for texts in said().values()
        for text in texts
        for sentence in re.split(r"(?<=[.!?:])\s", text)
    ]
    long = {each for each in sentences if len(WORD.findall(each)) > LONGEST_SENTENCE}
    assert long == set()
    assert statistics.mean(len(WORD.findall(each)) for each in sentences) < 12


def test_the_measure_tells_easy_from_hard():
    assert years("We text you a code. You type it here.") < 2
    assert years("Authentication factor configuration necessitates administrative approval.") > 15


def test_blame_is_never_said():
    """House voice: what is wrong is said of the thing, never of the person."""
    blaming = re.compile(
        r"\b(you failed|(?<!not )your fault|you must not|illegal|bad input|oops)\b", re.I
    )
    found = {each for texts in said().values() for each in texts if blaming.search(each)}
    assert found == set()

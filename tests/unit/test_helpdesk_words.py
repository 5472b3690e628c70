"""What operators and auditors read of somebody else speaks of that person, and not to them."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from accounts.reasons import REASONS
from portal.activity.said import SAID
from portal.helpdesk import guide_words, history, numbers, words
from portal.helpdesk.matrix import Act
from portal.helpdesk.templatetags.helpdesk import told

UNTORN = "\u2011"
TO_THE_OWNER = re.compile(r"\b(you|your|yours|we)\b", re.IGNORECASE)


def test_a_line_of_a_history_speaks_of_the_person():
    """(HLP-10) "signed you out" would be the operator."""
    for event in SAID:
        for refused in (True, False):
            assert not TO_THE_OWNER.search(history.what(event, refused=refused)), event
    assert set(words.SEEN) <= set(SAID)


def test_what_is_counted_has_words_and_no_programs_name():
    """An event that comes later must get its own."""
    names = [*numbers.counted(), *words.KIND_OF_CASE, *REASONS]
    assert len(names) > 30
    for name in names:
        said = numbers.called(name)
        assert said[0].isupper() or said[0] == "“"
        assert "_" not in said


def test_an_act_is_called_alike_within_a_sentence_and_above_a_page():
    """Two sentences for each: in another language more may differ than the first letter."""
    for act in Act:
        said = words.ACT[act]
        # Above a page a word is not torn at its hyphen (docs/words.md).
        title = words.TITLE[act.value].replace(UNTORN, "-")
        assert title == said[0].upper() + said[1:]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (["disable", "end_sessions"], "disable, end_sessions"),
        ({"activated": ["SMS_MFA"], "preferred": None}, "activated: SMS_MFA; preferred: none"),
        ([], "none"),
        ("takeover", "takeover"),
        (7, "7"),
    ],
)
def test_the_detail_of_a_record_is_text(value: Any, said: str):
    assert told(value) == said


def test_the_handbook_knows_every_situation():
    """docs/helpdesk.md warns of what the guided desk warns of, in the same words."""
    page = (Path(settings.BASE_DIR) / "docs/helpdesk.md").read_text()
    for said in guide_words.SAID.values():
        row = next(line for line in page.splitlines() if line.startswith(f"| {said.title} |"))
        assert row.endswith(f"| {said.beware} |")

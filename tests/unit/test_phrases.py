"""Phrases and short codes that are read out."""

from itertools import pairwise

from portal.helpdesk.checks import number_hash
from portal.helpdesk.phrases import LENGTH, WORDS, fresh, plain


def test_a_phrase_is_four_of_256_words():
    """(HLP-02) thirty-two bits, three tries."""
    assert len(set(WORDS)) == 256
    phrase = fresh()
    assert len(set(phrase.split())) == len(phrase.split()) == LENGTH
    assert set(phrase.split()) <= set(WORDS)
    assert len({fresh() for _ in range(50)}) == 50


def test_no_word_begins_another():
    """(HLP-02) so that nobody wonders whether it was said to the end."""
    ordered = sorted(WORDS)
    assert not [pair for pair in pairwise(ordered) if pair[1].startswith(pair[0])]


def test_how_it_is_written_down_does_not_matter():
    """(HLP-02)"""
    assert plain(" Oak,  TIGER - lemon.\nsnow ") == "oak tiger lemon snow"
    assert number_hash("ach-734") == number_hash(" ACH 734 ")
    assert number_hash("ACH734") != number_hash("ACH736")

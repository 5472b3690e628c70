"""A moment on a page: as the language writes it, and for the script that knows the zone."""

from datetime import UTC, datetime

import pytest
from django.template import engines
from django.utils import translation

WHEN = datetime(2026, 3, 1, 14, 5, tzinfo=UTC)
SENTENCE = """{% blocktranslate trimmed with when=moment|time:"full" %}
  Until {{ when }}.
{% endblocktranslate %}"""


def drawn(source: str) -> str:
    return engines["django"].from_string(source).render({"moment": WHEN})


@pytest.mark.parametrize(
    ("language", "shown", "said"),
    [
        ("en", "time", "14:05 UTC"),
        ("en", "date", "1 March 2026"),
        ("en", "full", "1 March 2026, 14:05 UTC"),
        ("de", "full", "1. März 2026 14:05 UTC"),
        ("ja", "date", "2026年3月1日"),
        ("ko", "time", "오후 2:05 UTC"),
    ],
)
def test_a_moment_is_written_as_its_language_does(language: str, shown: str, said: str):
    frame = f'<time datetime="2026-03-01T14:05:00+00:00" data-local-time="{shown}">{said}</time>'
    with translation.override(language):
        assert drawn(f'{{% time moment "{shown}" %}}') == frame


def test_a_moment_stands_within_a_sentence_as_on_its_own():
    alone = drawn('{% time moment "full" %}')
    assert drawn(SENTENCE) == f"Until {alone}."


def test_no_moment_is_nothing():
    assert drawn('{{ none|time:"full" }}{% time none "full" %}') == ""

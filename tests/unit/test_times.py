"""A moment on a page: as the language writes it, and for the script that knows the zone."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.template import engines
from django.utils import timezone, translation

from accounts.templatetags.times import time, written

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


LATE = datetime(2026, 3, 28, 23, 30, 12, tzinfo=UTC)


def test_two_moments_of_a_minute_read_alike_and_mark_themselves():
    later = LATE + timedelta(seconds=40)
    assert written(LATE, "full") == written(later, "full") == "28 March 2026, 23:30 UTC"
    assert '<time datetime="2026-03-28T23:30:12+00:00"' in time(LATE, "time")
    assert '<time datetime="2026-03-28T23:30:52+00:00"' in time(later, "time")
    assert written(LATE + timedelta(minutes=1), "time") == "23:31 UTC"


def test_a_moment_is_written_in_the_zone_and_the_language_of_now():
    assert written(LATE, "full") == "28 March 2026, 23:30 UTC"
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert written(LATE, "full") == "29 March 2026, 00:30 CET"
        # The clocks have gone forward in between.
        assert written(LATE + timedelta(hours=2), "time") == "03:30 CEST"
    with translation.override("de"):
        assert written(LATE, "date") == "28. März 2026"
    assert written(LATE, "date") == "28 March 2026"

"""Moments as people read them, written once a minute and never in a wrong zone or language."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils import timezone, translation

from accounts.templatetags.times import time, written

MOMENT = datetime(2026, 3, 28, 23, 30, 12, tzinfo=UTC)


def test_two_moments_of_a_minute_read_alike_and_mark_themselves():
    later = MOMENT + timedelta(seconds=40)
    assert written(MOMENT, "full") == written(later, "full") == "28 March 2026, 23:30 UTC"
    assert '<time datetime="2026-03-28T23:30:12+00:00"' in time(MOMENT, "time")
    assert '<time datetime="2026-03-28T23:30:52+00:00"' in time(later, "time")
    assert written(MOMENT + timedelta(minutes=1), "time") == "23:31 UTC"


def test_a_moment_is_written_in_the_zone_and_the_language_of_now():
    assert written(MOMENT, "full") == "28 March 2026, 23:30 UTC"
    with timezone.override(ZoneInfo("Europe/Berlin")):
        assert written(MOMENT, "full") == "29 March 2026, 00:30 CET"
        # The clocks have gone forward in between.
        assert written(MOMENT + timedelta(hours=2), "time") == "03:30 CEST"
    with translation.override("de"):
        assert written(MOMENT, "date") == "28. März 2026"
    assert written(MOMENT, "date") == "28 March 2026"

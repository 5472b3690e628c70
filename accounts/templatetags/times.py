"""`{% time moment "date" %}`: a moment for people and for the script that knows their zone.

Within a sentence: `{% blocktranslate with when=moment|time:"full" %}Until {{ when }}.`; where no
script comes, in a mail or a hidden label: `moment|written:"full"`.
"""

from datetime import date, datetime, tzinfo
from functools import lru_cache

from django import template
from django.utils import dateformat
from django.utils.formats import get_format
from django.utils.html import format_html
from django.utils.timezone import get_current_timezone, localtime
from django.utils.translation import get_language

from accounts import languages

register = template.Library()
MOST_KEPT = 1024
SHOWN = {"time": "H:i T", "date": "j F Y", "full": "j F Y, H:i T"}
# In other languages than English: the parts, each as that language writes it.
PARTS = {
    "time": ("TIME_FORMAT", "T"),
    "date": ("DATE_FORMAT",),
    "full": ("DATE_FORMAT", "TIME_FORMAT", "T"),
}


@register.simple_tag
@register.filter
def time(moment: datetime | None, shown: str) -> str:
    """shown: one of SHOWN. Nothing where there is no moment."""
    if not moment:
        return ""
    return _tag(moment, get_current_timezone(), shown, get_language())


@lru_cache(MOST_KEPT)
def _tag(moment: datetime, zone: tzinfo, shown: str, language: str | None) -> str:
    """Until when somebody is signed in stands on each page that they open within a minute."""
    return format_html(
        '<time datetime="{}" data-local-time="{}">{}</time>',
        localtime(moment, zone).isoformat(),
        shown,
        _in_words(moment, zone, shown, language),
    )


@register.filter
def written(moment: datetime, shown: str) -> str:
    """The same as plain text, in the portal's zone."""
    return _in_words(moment, get_current_timezone(), shown, get_language())


def _in_words(moment: datetime, zone: tzinfo, shown: str, language: str | None) -> str:
    return _minute(moment.replace(second=0, microsecond=0), zone, shown, language)


@lru_cache(MOST_KEPT)
def _minute(moment: datetime, zone: tzinfo, shown: str, language: str | None) -> str:
    """Nobody is shown seconds, so what ends for many people in one minute is written once.

    language: the one of now; a moment is the same one in every zone.
    """
    return dateformat.format(localtime(moment, zone), _format(shown))


def day(moment: date) -> str:
    """The date alone, in words."""
    return dateformat.format(moment, _format("date"))


@register.filter
def iso(moment: datetime) -> str:
    """As scripts read it, in the portal's zone."""
    return localtime(moment).isoformat()


@register.filter
def in_seconds(seconds: int) -> str:
    return languages.in_seconds(seconds)


def _format(shown: str) -> str:
    """Of Django's own formats, those with date and time together are not there in all languages."""
    if get_language() in {None, "en"}:
        return SHOWN[shown]
    return " ".join(get_format(part) if "_" in part else part for part in PARTS[shown])

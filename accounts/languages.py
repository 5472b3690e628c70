"""Which language somebody is spoken to in, and the names of those there are.

Of a request: the one that its account chose, else that of its cookie, else what its browser asks
for; in a frame what the host says comes first. Of a message: that of whom it is for.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Literal
from unicodedata import normalize

from babel import Locale
from babel.dates import format_timedelta
from babel.lists import format_list
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import get_supported_language_variant

from accounts import sessions
from accounts.models import Person
from accounts.sessions import SignedInPerson
from accounts.subjects import Subject

GetResponse = Callable[[HttpRequest], HttpResponseBase]
# In a session: what its account has chosen.
LANGUAGE = "language"
# As Babel has them, which would load all it knows of a language for its name: 27 MB for these.
NAMES = {
    "ar": "العربية",
    "cs": "Čeština",
    "da": "Dansk",
    "de": "Deutsch",
    "en": "English",
    "es": "Español",
    "fi": "Suomi",
    "fr": "Français",
    "he": "עברית",
    "hi": "हिन्दी",
    "it": "Italiano",
    "ja": "日本語",
    "ko": "한국어",
    "nl": "Nederlands",
    "pl": "Polski",
    "pt-br": "Português (Brasil)",
    "ru": "Русский",
    "sv": "Svenska",
    "tr": "Türkçe",
    "uk": "Українська",
    "zh-hans": "中文 (简体)",
}
# Of how many seconds Babel makes a minute.
NEVER_ROUNDED = float("inf")


def offered(wanted: str, among: frozenset[str] | None = None) -> str | None:
    """The offered language nearest to this tag (`pt` for `pt-PT`), or None where none is near."""
    try:
        found = get_supported_language_variant(wanted.lower())
    except LookupError:
        return None
    return found if among is None or found in among else None


def of_browser(request: HttpRequest) -> str:
    """By its cookie, else by what it asks for, else the portal's own."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    return (chosen and offered(chosen)) or translation.get_language_from_request(request)


def of_subject(subject: Subject | SignedInPerson, otherwise: str | None = None) -> str:
    """What somebody has chosen, else `otherwise`, else the portal's own.

    One query, where it is not known of who is signed in.
    """
    if isinstance(subject, SignedInPerson):
        chosen: str | None = subject.language
    else:
        known = Person.objects.filter(pool_id=subject.pool_id, sub=subject.sub)
        chosen = known.values_list("language", flat=True).first()
    return offered(chosen or "") or offered(otherwise or "") or settings.LANGUAGE_CODE


def locale() -> Locale:
    """Babel's data of the language that is spoken now."""
    return _locale(translation.get_language() or settings.LANGUAGE_CODE)


@cache
def _locale(language: str) -> Locale:
    return Locale.parse(translation.to_locale(language))


def joined(words: list[str], style: Literal["standard", "or", "unit"] = "standard") -> str:
    """`a, b and c`; style `or`: `a, b or c`; `unit`: `a, b, c`. Source: CLDR list patterns."""
    # English without the comma before the last one, as on all our pages.
    return format_list(words, style, _list_locale(translation.get_language() or "en"))


@cache
def _list_locale(language: str) -> Locale:
    return Locale.parse("en_GB") if language == "en" else _locale(language)


def in_seconds(seconds: int) -> str:
    """`in 5 seconds`, as scripts say it when they count down. Source: CLDR date fields."""
    wait = timedelta(seconds=seconds)
    return format_timedelta(wait, "second", NEVER_ROUNDED, add_direction=True, locale=locale())


@cache
def names() -> list[tuple[str, str]]:
    """Each offered language by its own name, as somebody looks for it: `de`, `Deutsch`."""
    named = [(code, NAMES[code]) for code, _ in settings.LANGUAGES]
    # Without their accents: Čeština stands among the other names with a C.
    return sorted(named, key=lambda each: normalize("NFKD", each[1]))


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Write what is for somebody else in their language; the portal's own where none is known."""
    with translation.override(offered(language) or settings.LANGUAGE_CODE):
        yield


class BrowserLanguageMiddleware:
    """Speak the browser's language, also where a request is refused before its session is read."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        _speak(request, of_browser(request))
        response = self.get_response(request)
        response.setdefault("Content-Language", translation.get_language() or "")
        patch_vary_headers(response, ("Accept-Language",))
        # A thread that serves the next request, or none, speaks nobody's language.
        translation.deactivate()
        return response


class AccountLanguageMiddleware:
    """Speak what the account has chosen, and at the helpdesk one of its own languages."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # A session is looked up only where there is one: a sign-in page costs no query.
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            by_host = (request.session.get(sessions.EMBED) or {}).get("locale", "")
            chosen = request.session.get(LANGUAGE, "")
            if by_host or chosen:  # the browser's is spoken already
                speak(request, by_host, chosen)
        if request.path.startswith("/helpdesk/"):
            speak_at_helpdesk(request)
        return self.get_response(request)


def speak(request: HttpRequest, *wanted: str) -> None:
    """Answer in the first of these that is offered, else as the browser asks."""
    known = filter(None, map(offered, filter(None, wanted)))
    _speak(request, next(known, None) or of_browser(request))


def speak_at_helpdesk(request: HttpRequest) -> None:
    """Go on in the language that is spoken where the helpdesk has it, else in the portal's own."""
    if offered(translation.get_language() or "", settings.HELPDESK_LANGUAGES) is None:
        _speak(request, settings.LANGUAGE_CODE)


def _speak(request: HttpRequest, language: str) -> None:
    translation.activate(language)
    request.LANGUAGE_CODE = language

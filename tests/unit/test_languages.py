"""Which language is spoken, and how a template comes to be in it."""

from pathlib import Path
from typing import Any

import pytest
from babel import Locale
from django.conf import settings as portal_settings
from django.http import HttpRequest, HttpResponse
from django.template import Context, Engine, engines
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts import languages
from accounts.limits import in_words
from portal.settings import ALL_LANGUAGES
from tests.catalogue import forget_pages, read_words, write_words

GERMAN = {
    "Sign out": "Abmelden & fort",
    "Until {when}": "Bis {when}",
    "Until %(time)s.": "Um %(time)s ist Schluss.",
    "%(share)s of 100%%.": "Von 100%% sind es %(share)s.",
    "Half of 100%%": "Halb von 100%%",
    ("%(n)s code left.", "%(n)s codes left."): ("Noch %(n)s Code.", "Noch %(n)s Codes."),
    "Something went wrong on our side": "Bei uns ging etwas schief",
}


@pytest.fixture(autouse=True)
def _as_it_was() -> Any:
    yield
    translation.deactivate()
    forget_pages()


@pytest.fixture
def german(tmp_path: Path, settings: Any) -> None:
    write_words(tmp_path, "de", GERMAN)
    read_words(tmp_path, settings)
    translation.activate("de")


def written(template: str, **values: Any) -> str:
    """Of a template that is compiled now, in the language of now."""
    return engines["django"].from_string(template).render(values)


# --- which language ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("de", "de"),
        ("de-AT", "de"),
        ("DE", "de"),
        ("pt-PT", "pt-br"),
        ("pt-BR", "pt-br"),
        ("zh-CN", "zh-hans"),
        ("en-GB", "en"),
        ("eo", None),
        ("", None),
        ("../de", None),
        ("d" * 1000, None),
    ],
)
def test_the_nearest_that_is_offered(wanted: str, found: str | None):
    assert languages.offered(wanted) == found


@given(st.text(max_size=40))
def test_no_tag_breaks_anything(wanted: str):
    """QA-02: it comes from cookies, forms and other people's pages."""
    assert languages.offered(wanted) in {None, *dict(portal_settings.LANGUAGES)}


def test_the_helpdesk_offers_fewer():
    operators = portal_settings.HELPDESK_LANGUAGES
    assert languages.offered("de-CH", operators) == "de"
    assert languages.offered("ja", operators) is None


def asked(cookie: str = "", browser: str = "") -> HttpRequest:
    headers = {"accept-language": browser} if browser else {}
    request = RequestFactory(headers=headers).get("/")
    if cookie:
        request.COOKIES[portal_settings.LANGUAGE_COOKIE_NAME] = cookie
    return request


@pytest.mark.parametrize(
    ("cookie", "browser", "spoken"),
    [
        ("it", "de", "it"),
        ("", "de-AT,fr;q=0.8", "de"),
        ("", "eo, fr;q=0.3, it;q=0.5", "it"),
        ("eo", "de", "de"),
        ("", "eo", "sv"),
        ("eo", "", "sv"),
        ("", "", "sv"),
    ],
)
def test_cookie_then_browser_then_the_portal_s_own(
    settings: Any, cookie: str, browser: str, spoken: str
):
    settings.LANGUAGE_CODE = "sv"
    assert languages.of_browser(asked(cookie, browser)) == spoken


def test_nothing_of_a_request_is_left_for_the_next():
    """Also where no page of ours answered."""
    heard = []

    def page(request: HttpRequest) -> HttpResponse:
        heard.append((translation.get_language(), getattr(request, "LANGUAGE_CODE", "")))
        return HttpResponse()

    speak = languages.BrowserLanguageMiddleware(page)
    first = speak(asked(browser="ja"))
    assert translation.get_language() == "en"
    second = speak(asked())
    assert heard == [("ja", "ja"), ("en", "en")]
    assert (first["Content-Language"], second["Content-Language"]) == ("ja", "en")
    assert "Accept-Language" in first["Vary"]


def test_each_language_by_its_own_name():
    names = dict(languages.names())
    assert set(names) == set(dict(portal_settings.LANGUAGES))
    assert names["de"] == "Deutsch"
    assert names["pt-br"] == "Português (Brasil)"
    # As one looks for them: accents do not matter.
    assert list(names)[:3] == ["cs", "da", "de"]


def test_a_message_to_somebody_is_in_their_language_and_ours_goes_on():
    translation.activate("fr")
    with languages.speaking("de-AT"):
        assert translation.get_language() == "de"
    with languages.speaking(""):
        assert translation.get_language() == portal_settings.LANGUAGE_CODE
    assert translation.get_language() == "fr"


# --- words that come from CLDR ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "all_of", "one_of"),
    [("en", "a, b and c", "a, b or c"), ("de", "a, b und c", "a, b oder c")],
)
def test_a_list_reads_as_one_would_say_it(language: str, all_of: str, one_of: str):
    translation.activate(language)
    assert languages.joined(["a", "b", "c"]) == all_of
    assert languages.joined(["a", "b", "c"], "or") == one_of
    assert languages.joined(["a"]) == "a"
    assert languages.joined([]) == ""


@pytest.mark.parametrize("seconds", [2, 45, 59, 60, 90, 600])
def test_a_countdown_counts_in_seconds(seconds: int):
    """As static/js/countdown.js goes on with it."""
    assert languages.in_seconds(seconds) == f"in {seconds} seconds"
    with translation.override("de"):
        assert languages.in_seconds(seconds) == f"in {seconds} Sekunden"


def test_one_second_is_one():
    assert languages.in_seconds(1) == "in 1 second"
    assert in_words(1) == "a second"


# --- templates --------------------------------------------------------------------------------


def test_a_template_is_compiled_once_for_each_language(german: None):
    """What is written for one reader is not what the next one reads."""
    engine = Engine(
        loaders=[
            (
                "accounts.template_loader.Loader",
                [("django.template.loaders.locmem.Loader", {"a": '{% translate "Sign out" %}'})],
            )
        ],
        builtins=portal_settings.TEMPLATES[0]["OPTIONS"]["builtins"],
    )
    in_german = engine.get_template("a")
    with translation.override("en"):
        in_english = engine.get_template("a")
        assert in_english.render(Context()) == "Sign out"
    assert in_german.render(Context()) == "Abmelden & fort"
    assert engine.get_template("a") is in_german
    assert in_english is not in_german


def test_a_sentence_is_text_once_it_is_compiled(german: None):
    """Said in German for ever, whoever draws it: that is why it costs nothing."""
    template = engines["django"].from_string('{% translate "Sign out" %}')
    with translation.override("en"):
        assert template.render({}) == "Abmelden & fort"


@pytest.mark.parametrize(
    ("template", "in_german", "in_english"),
    [
        ("{% blocktranslate %}Until {{ time }}.{% endblocktranslate %}",
         "Um &lt;b&gt; ist Schluss.", "Until &lt;b&gt;."),
        ("{% blocktranslate trimmed with time=other|upper %}\n Until\n {{ time }}.\n"
         "{% endblocktranslate %}", "Um &lt;I&gt; ist Schluss.", "Until &lt;I&gt;."),
        ("{% blocktranslate %}{{ share }} of 100%.{% endblocktranslate %}",
         "Von 100% sind es 5%.", "5% of 100%."),
        ("{% blocktranslate %}Half of 100%{% endblocktranslate %}",
         "Halb von 100%", "Half of 100%"),
        ('{% translate "Half of 100%" %}', "Halb von 100%", "Half of 100%"),
        ('{% translate "Until {when}" %}', "Bis {when}", "Until {when}"),
        ("{% blocktranslate count n=one %}{{ n }} code left.{% plural %}{{ n }} codes left."
         "{% endblocktranslate %}", "Noch 1 Code.", "1 code left."),
        ("{% blocktranslate count n=two %}{{ n }} code left.{% plural %}{{ n }} codes left."
         "{% endblocktranslate %}", "Noch 2 Codes.", "2 codes left."),
        ('{% translate "Sign out" as words %}{{ words }}', "Abmelden & fort", "Sign out"),
        ('{% blocktranslate %}Nobody translated {{ time }}{% endblocktranslate %}',
         "Nobody translated &lt;b&gt;", "Nobody translated &lt;b&gt;"),
    ],
)  # fmt: skip
def test_what_a_template_says(german: None, template: str, in_german: str, in_english: str):
    """Values are filled in as text, wherever the other language has them (INP-01)."""
    values = {"time": "<b>", "other": "<i>", "share": "5%", "one": 1, "two": 2}
    assert written(template, **values) == in_german
    with translation.override("en"):
        assert written(template, **values) == in_english


def test_a_value_is_looked_up_each_time(german: None):
    source = "{% blocktranslate %}Until {{ time }}.{% endblocktranslate %}"
    template = engines["django"].from_string(source)
    first, second = template.render({"time": "one"}), template.render({"time": "two"})
    assert (first, second) == ("Um one ist Schluss.", "Um two ist Schluss.")


def test_a_name_bound_for_a_sentence_is_not_known_behind_it():
    source = "{% blocktranslate with a=b %}{{ a }}{% endblocktranslate %}{{ a }}"
    assert written(source, a="outer", b="inner") == "innerouter"


def test_what_a_value_holds_is_never_a_template(german: None):
    """(INP-01) nor a place of a sentence."""
    source = "{% blocktranslate %}Until {{ time }}.{% endblocktranslate %}"
    said = written(source, time="%(secret)s {{ secret }}", secret="s3cret")
    assert said == "Um %(secret)s {{ secret }} ist Schluss."


def test_the_language_by_its_own_name(german: None):
    assert written("{% language_name %}") == '<span lang="de">Deutsch</span>'


@pytest.mark.parametrize("page", ["500.html", "503.html", "429.html", "404.html", "403_csrf.html"])
@pytest.mark.parametrize("code", [code for code, _ in portal_settings.LANGUAGES])
def test_what_is_left_when_everything_is_broken_speaks_every_language(page: str, code: str):
    """(RES-01) no request, no context, no database: and its direction is right."""
    with translation.override(code):
        html = render_to_string(page)
    direction = "rtl" if code in {"ar", "he"} else "ltr"
    assert f'<html lang="{code}" dir="{direction}">' in html


def test_what_is_left_when_everything_is_broken_is_translated(german: None):
    assert "<h1>Bei uns ging etwas schief</h1>" in render_to_string("500.html")
    with translation.override("en"):
        assert "<h1>Something went wrong on our side</h1>" in render_to_string("500.html")


def test_each_language_is_named_as_babel_names_it():
    """Written down, since to ask for them loads all there is to know of each language."""
    assert set(languages.NAMES) == set(ALL_LANGUAGES)
    for code, name in languages.NAMES.items():
        known = Locale.parse(translation.to_locale(code)).display_name
        assert known is not None
        assert name == known[0].upper() + known[1:]

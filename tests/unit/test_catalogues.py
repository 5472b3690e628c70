"""What the portal says, in every language: all of it, whole, and nothing that it says no more."""

import inspect
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from babel.messages.catalog import Catalog, Message
from django import forms
from django.conf import settings
from django.utils import translation

from tests.jargon import jargon_in_translation
from tests.marked_words import CATALOGUES
from tests.unit.speech import sentences_of_code, source_files

PLACES = re.compile(r"%\(\w+\)s|\{\w*\}|%%|</?\w+[^>]*>|&\w+;")
BOTH = [(audience, code) for audience, codes in CATALOGUES["AUDIENCES"].items() for code in codes]
# Tables of documents, of events for programs, of fonts and formats, and of names in other systems.
FOR_ENGINEERS = (
    "accounts/brand_views.py", "accounts/colours.py", "accounts/languages.py", "accounts/limits.py",
    "accounts/templatetags/times.py", "accounts/webhooks/", "portal/embed/themes.py",
    "portal/helpdesk/bulk/lists.py", "portal/helpdesk/phrases.py", "portal/recovery/jobs.py",
    "portal/styleguide/", "portal/v1/openapi.py", "accounts/doctor.py", "accounts/postgresql/",
)  # fmt: skip
# Keys of limits, the beginning of a name that the pool keeps, a pattern.
OF_NOBODY = {"e-mail address", "phone number", "Browser, ", r"(?:\d[ ()./-]*){7}"}
# Said alike in another language, as often as it is there.
MOST_ALIKE = 0.12


@cache
def said(audience: str) -> Catalog:
    return CATALOGUES["found"](audience)


@cache
def catalogue(audience: str, language: str) -> Catalog:
    return CATALOGUES["read"](audience, language)


def _keys(catalog: Catalog) -> set[tuple[str, str]]:
    return {(str(each.id), each.context or "") for each in catalog if each.id}


def test_there_is_one_for_every_language_that_is_offered():
    """Twenty besides English for people, four for operators."""
    offered = {code for code, _ in settings.LANGUAGES} - {"en"}
    assert {code.lower().replace("_", "-") for code in CATALOGUES["PEOPLE"]} == offered
    assert len(offered) == 20
    operators = {code.lower().replace("_", "-") for code in CATALOGUES["HELPDESK"]} | {"en"}
    assert operators == settings.HELPDESK_LANGUAGES


@pytest.mark.parametrize(("audience", "language"), BOTH)
def test_nothing_is_left_out_and_nothing_is_left_over(audience: str, language: str):
    """`make messages` says what is to do."""
    assert _keys(catalogue(audience, language)) == _keys(said(audience))
    missing = [each.id for each in CATALOGUES["missing"](catalogue(audience, language))]
    assert missing == []


@pytest.mark.parametrize(("audience", "language"), BOTH)
def test_what_is_filled_in_is_filled_in_everywhere(audience: str, language: str):
    """Values, links and emphasis of a sentence are in its translation, as often."""
    catalog = catalogue(audience, language)
    broken = [each for message in catalog if message.id for each in _broken(message)]
    assert broken == []
    plurals = [str(error) for message in catalog for error in message.check(catalog)]
    assert plurals == []


def _broken(message: Message) -> Iterator[str]:
    if not isinstance(message.id, str):
        places = {place for form in message.id for place in PLACES.findall(form)}
        for form in message.string:
            if not set(PLACES.findall(form)) <= places:
                yield form
        # The form for many must hold the number.
        if not set(PLACES.findall(message.id[1])) <= set(PLACES.findall(message.string[-1])):
            yield message.string[-1]
    elif Counter(PLACES.findall(message.id)) != Counter(PLACES.findall(message.string)):
        yield f"{message.id!r}: {message.string!r}"
    elif _edges(message.id) != _edges(message.string):
        yield f"white space of {message.string!r}"


def _edges(text: str) -> tuple[bool, bool]:
    return text != text.lstrip(), text != text.rstrip()


@pytest.mark.parametrize(("audience", "language"), BOTH)
def test_it_is_another_language(audience: str, language: str):
    """A word may be the same; a sentence is not, and most are not English."""
    sentences = [each for each in catalogue(audience, language) if each.id]
    alike = [each.id for each in sentences if each.id == each.string]
    assert len(alike) <= MOST_ALIKE * len(sentences)
    assert [each for each in alike if isinstance(each, str) and each.count(" ") > 4] == []


@pytest.mark.parametrize("language", CATALOGUES["PEOPLE"])
def test_people_read_no_jargon_in_any_language(language: str):
    """Design section 6: whoever translates finds the plain word, too."""
    found = {
        each.id: words
        for each in catalogue("people", language)
        if each.id and (words := jargon_in_translation(" ".join(_forms(each))))
    }
    assert found == {}


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def test_every_sentence_of_the_code_is_in_a_catalogue():
    """Nobody's word for it: what calls and tables may show is looked up in what was found."""
    known = {
        form
        for audience in CATALOGUES["AUDIENCES"]
        for message in said(audience)
        for form in (message.id if isinstance(message.id, tuple) else (message.id,))
    }
    missing = [
        f"{place}: {text!r}"
        for place, text in sentences_of_code()
        if text not in known and text not in OF_NOBODY and not place.startswith(FOR_ENGINEERS)
    ]
    assert missing == []


def _fields() -> Iterator[tuple[str, forms.Field]]:
    """Every field of people's forms that somebody fills in, by the form it is of."""
    for path in source_files():
        place = path.relative_to(settings.BASE_DIR)
        if "form" not in place.stem or {"helpdesk", "embed", "styleguide"} & set(place.parts):
            continue
        module = import_module(".".join(place.with_suffix("").parts))
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if issubclass(kind, forms.Form):
                yield from (
                    (f"{name}.{each}", field)
                    for each, field in kind.base_fields.items()
                    if not field.widget.is_hidden
                )


def _refusals(field: forms.Field) -> Iterator[Any]:
    """What may be said of it: its own sentences, else those of its validators."""
    yield from field.error_messages.values()
    for each in field.validators:
        if getattr(each, "code", "") not in field.error_messages:
            yield getattr(each, "message", "")


def test_what_django_says_of_a_field_is_in_every_language():
    """Its own sentences too: too long, no choice, no address. No key types a null character."""
    null = "Null characters are not allowed."
    found = [(name, each) for name, field in _fields() for each in _refusals(field) if each]
    said = {(name, each): _told(each, "en") for name, each in found}
    assert len(said) > 40
    untranslated = {
        (language, name, english)
        for (name, each), english in said.items()
        for language, _ in settings.LANGUAGES
        if language != "en" and english != null and _told(each, language) == english
    }
    assert untranslated == set()


def _told(message: Any, language: str) -> str:
    with translation.override(language):
        filled: str = message % {"limit_value": 7, "show_value": 9, "value": "7"}
        return filled

"""A phone number, typed as people write it, made into the form the pool takes."""

from functools import cache
from typing import Any
from unicodedata import combining, normalize

import phonenumbers
from babel import Locale
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from phonenumbers import NumberParseException, PhoneNumberFormat

from accounts import languages, phones

LONGEST_TYPED = 40


# Where å, ä, ö and ø are letters of their own, after z; English has but one name with such.
BY_THEIR_LETTERS = frozenset({"da", "en", "fi", "sv"})


def countries() -> list[tuple[str, str]]:
    """Every country with telephone numbers: its code, and its name with its prefix."""
    return _countries(get_language() or settings.LANGUAGE_CODE)


@cache
def _countries(language: str) -> list[tuple[str, str]]:
    spoken = languages.locale()
    rows = [
        (region, f"{spoken.territories.get(region, region)} ({_prefix(region, spoken)})")
        for region in phonenumbers.SUPPORTED_REGIONS
    ]
    return sorted(rows, key=lambda row: row[1] if language in BY_THEIR_LETTERS else _bare(row[1]))


def _prefix(region: str, spoken: Locale) -> str:
    return _in_order(f"+{phonenumbers.country_code_for_region(region)}", spoken)


def _in_order(number: str, spoken: Locale) -> str:
    """Among words from right to left a sign before the digits would come to stand behind them."""
    return f"\u2066{number}\u2069" if spoken.text_direction == "rtl" else number


def _bare(name: str) -> str:
    """A name by its base letters: Österreich stands among O."""
    return "".join(each for each in normalize("NFD", name.casefold()) if not combining(each))


class PhoneForm(forms.Form):
    """Country and number; a number that begins with + needs no country."""

    country = forms.ChoiceField(
        label=gettext_lazy("Country"),
        help_text=gettext_lazy("Not needed where the number begins with +."),
        required=False,
        widget=forms.Select(attrs={"autocomplete": "country", "translate": "no"}),
        error_messages={"invalid_choice": gettext_lazy("Choose a country from the list.")},
    )
    number = forms.CharField(
        label=gettext_lazy("Phone number"),
        help_text=gettext_lazy("A phone that can receive text messages."),
        max_length=LONGEST_TYPED,
        error_messages={
            "required": gettext_lazy("Enter your phone number."),
            "max_length": gettext_lazy("That is too long for a phone number."),
        },
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", _("Choose a country")), *countries()]  # type: ignore[attr-defined]
        self.fields["country"].initial = settings.DEFAULT_COUNTRY

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed, country = cleaned.get("number"), cleaned.get("country")
        if not typed or "country" in self.errors:
            return cleaned
        if not country and not typed.lstrip().startswith("+"):
            self.add_error(
                "country", _("Choose the country, or begin the number with + and its code.")
            )
            return cleaned
        try:
            cleaned["value"] = _international(typed, country)
        except ValidationError as problem:
            self.add_error("number", problem)
        return cleaned

    @property
    def value(self) -> str:
        """The number as the pool takes it: + and digits (E.164)."""
        return str(self.cleaned_data["value"])


def _international(typed: str, country: str | None) -> str:
    try:
        number = phonenumbers.parse(typed, country or None)
    except NumberParseException as problem:
        raise ValidationError(
            _("That is not a phone number. Enter its digits, such as %(example)s.")
            % {"example": _in_order(phones.example_of(country or ""), languages.locale())}
        ) from problem
    if not phonenumbers.is_valid_number(number):
        raise ValidationError(_("No phone can have that number. Check the country and the digits."))
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)

"""A phone number, typed as people write it, made into the form the pool takes."""

from functools import cache
from typing import Any

import phonenumbers
from babel import Locale
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from phonenumbers import NumberParseException, PhoneNumberFormat

LONGEST_TYPED = 40


@cache
def countries() -> list[tuple[str, str]]:
    """Every country with telephone numbers: its code, its name and its prefix."""
    names = Locale("en").territories
    rows = [
        (region, f"{names.get(region, region)} (+{phonenumbers.country_code_for_region(region)})")
        for region in phonenumbers.SUPPORTED_REGIONS
    ]
    return sorted(rows, key=lambda row: row[1])


class PhoneForm(forms.Form):
    """Country and number; a number that begins with + needs no country."""

    country = forms.ChoiceField(
        label="Country",
        help_text="Not needed where the number begins with +.",
        required=False,
        widget=forms.Select(attrs={"autocomplete": "country"}),
        error_messages={"invalid_choice": "Choose a country from the list."},
    )
    number = forms.CharField(
        label="Phone number",
        help_text="A phone that can receive text messages.",
        max_length=LONGEST_TYPED,
        error_messages={
            "required": "Enter your phone number.",
            "max_length": "That is too long for a phone number.",
        },
        widget=forms.TextInput(
            attrs={"type": "tel", "inputmode": "tel", "autocomplete": "tel-national"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["country"].choices = [("", "Choose a country"), *countries()]  # type: ignore[attr-defined]
        self.fields["country"].initial = settings.DEFAULT_COUNTRY

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        typed, country = cleaned.get("number"), cleaned.get("country")
        if not typed or "country" in self.errors:
            return cleaned
        if not country and not typed.lstrip().startswith("+"):
            self.add_error(
                "country", "Choose the country, or begin the number with + and its code."
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
            "That is not a phone number. Enter its digits, such as 07700 900123."
        ) from problem
    if not phonenumbers.is_valid_number(number):
        raise ValidationError("No phone can have that number. Check the country and the digits.")
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)

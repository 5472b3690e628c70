"""The one field for a six-digit code, wherever a person types one (OTP-07, A11-03)."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

SIX_DIGITS = re.compile(r"[0-9]{6}")
LONGEST_TYPED = 32


class CodeInput(forms.TextInput):
    """A code is a secret: what was typed is never drawn again."""

    def format_value(self, value: Any) -> None:
        return None


class CodeField(forms.CharField):
    """Six ASCII digits; spaces between them are forgiven, nothing else is."""

    def __init__(self, *, label: str = "Six-digit code", **kwargs: Any) -> None:
        super().__init__(
            label=label,
            max_length=LONGEST_TYPED,
            error_messages={
                "required": "Enter the six-digit code.",
                "max_length": "That is too long. The code has six digits.",
            },
            widget=CodeInput(
                attrs={
                    "inputmode": "numeric",
                    "autocomplete": "one-time-code",
                    "autocapitalize": "none",
                    "spellcheck": "false",
                }
            ),
            **kwargs,
        )

    def clean(self, value: Any) -> str:
        digits = re.sub(r"\s", "", super().clean(value))
        if SIX_DIGITS.fullmatch(digits):
            return digits
        raise ValidationError(_what_is_wrong(digits))


def _what_is_wrong(typed: str) -> str:
    if any(character.isdigit() and not character.isascii() for character in typed):
        return "Use the ordinary digits 0 to 9."
    if not typed.isdecimal():
        return "A code has only digits, no letters or signs."
    return f"The code has six digits; you entered {len(typed)}."


class CodeForm(forms.Form):
    """One labelled code field."""

    code = CodeField()

"""The one field for a code, wherever a person types one (OTP-07, A11-03)."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop

from accounts.unfilled import DrawnOnce

# Six digits, but for the code that stands in for a password (contract 4.1).
LABEL = {6: gettext_lazy("Six-digit code"), 8: gettext_lazy("Eight-digit code")}
REQUIRED = {
    6: gettext_lazy("Enter the six-digit code."),
    8: gettext_lazy("Enter the eight-digit code."),
}
TOO_LONG = {
    6: gettext_lazy("That is too long. The code has six digits."),
    8: gettext_lazy("That is too long. The code has eight digits."),
}
NOT_SO_MANY = {
    6: gettext_noop("The code has six digits; you entered {typed}."),
    8: gettext_noop("The code has eight digits; you entered {typed}."),
}
LONGEST_TYPED = 32


class CodeInput(forms.TextInput):
    """A code is a secret: what was typed is never drawn again."""

    def format_value(self, value: Any) -> None:
        return None


class CodeField(forms.CharField):
    """So many ASCII digits; spaces between them are forgiven, nothing else is."""

    def __init__(self, *, digits: int = 6, **kwargs: Any) -> None:
        self.digits = digits
        super().__init__(
            label=LABEL[digits],
            max_length=LONGEST_TYPED,
            error_messages={
                "required": REQUIRED[digits],
                "max_length": TOO_LONG[digits],
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
        if re.fullmatch(r"[0-9]+", digits) and len(digits) == self.digits:
            return digits
        raise ValidationError(_what_is_wrong(digits, self.digits))


def _what_is_wrong(typed: str, wanted: int) -> str:
    if any(character.isdigit() and not character.isascii() for character in typed):
        return _("Use the ordinary digits 0 to 9.")
    if not typed.isdecimal():
        return _("A code has only digits, no letters or signs.")
    return _(NOT_SO_MANY[wanted]).format(typed=len(typed))


class CodeForm(forms.Form):
    """One labelled code field."""

    bound_field_class = DrawnOnce

    code = CodeField()


class LongCodeForm(CodeForm):
    """The same for a code that stands in for a password."""

    code = CodeField(digits=8)

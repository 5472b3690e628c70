"""What callers type, and those who vouch for them."""

import re

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.cases import LETTERS
from accounts.plain_text import TOO_LONG


class NumberForm(forms.Form):
    """A short code that an operator reads out."""

    LENGTH = 6
    number = forms.CharField(
        label=gettext_lazy("Code that the operator reads out"),
        max_length=20,
        error_messages={"required": gettext_lazy("Enter the code."), "max_length": TOO_LONG},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_number(self) -> str:
        typed = re.sub(r"[\s-]", "", self.cleaned_data["number"]).upper()
        if len(typed) != self.LENGTH or not set(typed) <= set(LETTERS):
            raise ValidationError(
                _("The code has {number} letters and digits.").format(number=self.LENGTH)
            )
        return typed


class VouchForm(NumberForm):
    """The longer code for somebody who vouches."""

    LENGTH = 8

"""The name a person gives their authenticator."""

from django import forms
from django.utils.translation import gettext_lazy

from accounts.plain_text import TOO_LONG, plain_line
from accounts.unfilled import DrawnOnce
from portal.factors.models import LONGEST_NAME


class NameForm(forms.Form):
    """How shall we call it? `My phone`, `Work tablet`."""

    bound_field_class = DrawnOnce

    name = forms.CharField(
        label=gettext_lazy("Give it a name"),
        help_text=gettext_lazy("Such as “My phone”. Only you will see it."),
        max_length=LONGEST_NAME,
        validators=[plain_line],
        error_messages={
            "required": gettext_lazy("Enter a name, or leave this page as it is."),
            "max_length": TOO_LONG,
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

"""The name a person gives their authenticator."""

from django import forms

from accounts.plain_text import plain_line
from portal.factors.models import LONGEST_NAME


class NameForm(forms.Form):
    """How shall we call it? `My phone`, `Work tablet`."""

    name = forms.CharField(
        label="Give it a name",
        help_text="Such as “My phone”. Only you will see it.",
        max_length=LONGEST_NAME,
        validators=[plain_line],
        error_messages={
            "required": "Enter a name, or leave this page as it is.",
            "max_length": f"Use at most {LONGEST_NAME} characters.",
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

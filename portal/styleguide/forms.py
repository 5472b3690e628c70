"""A form with every kind of field, empty and with errors."""

from typing import Any

from django import forms

from accounts.codes import CodeField

METHODS = [("totp", "Authenticator app"), ("sms", "Text message"), ("email", "E-mail")]


class EveryField(forms.Form):
    """One of each; what it asks for is of no account."""

    name = forms.CharField(label="Give it a name", required=False)
    phone = forms.CharField(
        label="Phone number",
        help_text="A phone that can receive text messages.",
        error_messages={"required": "Enter your phone number."},
        widget=forms.TextInput(attrs={"type": "tel", "inputmode": "tel"}),
    )
    password = forms.CharField(
        label="Your password",
        error_messages={"required": "Enter your password."},
        widget=forms.PasswordInput,
    )
    country = forms.ChoiceField(label="Country", choices=[("", "Choose a country"), ("NZ", "NZ")])
    first = forms.ChoiceField(
        label="Which one shall we ask for first?", choices=METHODS, widget=forms.RadioSelect
    )
    trust = forms.BooleanField(
        label="Trust this browser",
        help_text="It is not asked for a second step any more.",
        required=False,
    )
    code = CodeField()


def filled() -> EveryField:
    """As a person has it who has just begun."""
    return EveryField(initial={"first": "totp"}, auto_id="empty_%s")


def refused() -> EveryField:
    """As it comes back: what was typed stands, each error beside its field."""
    typed: dict[str, Any] = {"name": "My phone", "code": "12345", "first": "sms"}
    form = EveryField(typed, auto_id="refused_%s")
    form.full_clean()
    return form

"""What operators, callers and vouchers type around a call."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from accounts.cases import LETTERS
from portal.helpdesk.words import DOCUMENT


def ticket_field() -> forms.CharField:
    return forms.CharField(
        label="Ticket number",
        max_length=64,
        error_messages={"required": "Enter the number of the ticket."},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def clean_ticket(ticket: str) -> str:
    """As PORTAL_TICKET_PATTERN has it, the whole of it."""
    if re.fullmatch(settings.TICKET_PATTERN, ticket):
        return ticket
    raise ValidationError("A ticket number here looks different.")


class BeginForm(forms.Form):
    """Which ticket the call is about."""

    ticket = ticket_field()

    def clean_ticket(self) -> str:
        return clean_ticket(self.cleaned_data["ticket"])


class PhraseForm(forms.Form):
    """The phrase, as the caller reads it out."""

    phrase = forms.CharField(
        label="Phrase that the caller reads out",
        max_length=100,
        error_messages={"required": "Type the words that the caller reads out."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class InPersonForm(forms.Form):
    """Which kind of document was compared; there is no field for its number."""

    document = forms.ChoiceField(
        label="Document you compared",
        choices=list(DOCUMENT.items()),
        error_messages={"required": "Choose the document you compared."},
    )
    seen = forms.BooleanField(
        label="The person stands before me, and the picture is theirs",
        error_messages={"required": "Only somebody who stands before you counts."},
    )


class NumberForm(forms.Form):
    """A short code that an operator reads out."""

    LENGTH = 6
    number = forms.CharField(
        label="Code that the operator reads out",
        max_length=20,
        error_messages={"required": "Enter the code."},
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def clean_number(self) -> str:
        typed = re.sub(r"[\s-]", "", self.cleaned_data["number"]).upper()
        if len(typed) != self.LENGTH or not set(typed) <= set(LETTERS):
            raise ValidationError(f"The code has {self.LENGTH} letters and digits.")
        return typed


class VouchForm(NumberForm):
    """The longer code for somebody who vouches."""

    LENGTH = 8


class ReasonForm(forms.Form):
    """Why an act is asked for, and under which ticket."""

    reason = forms.CharField(
        label="Reason",
        max_length=500,
        error_messages={"required": "Say why."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ticket = ticket_field()

    def clean_ticket(self) -> str:
        return clean_ticket(self.cleaned_data["ticket"])


class DecisionForm(forms.Form):
    """Agree, or refuse with words."""

    decision = forms.ChoiceField(
        label="Your decision",
        choices=[("grant", "I agree"), ("refuse", "I refuse")],
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the two."},
    )
    words = forms.CharField(
        label="Words to the operator",
        max_length=500,
        required=False,
        help_text="Needed when you refuse.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "refuse" and not cleaned.get("words"):
            self.add_error("words", "Say why you refuse.")
        return cleaned

"""What operators type around a call."""

import re
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.plain_text import TOO_LONG
from portal.helpdesk.forms import for_the_audit
from portal.helpdesk.words import DOCUMENT


def ticket_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Ticket number"),
        max_length=64,
        error_messages={
            "required": gettext_lazy("Enter the number of the ticket."),
            "max_length": TOO_LONG,
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


def clean_ticket(ticket: str) -> str:
    """As PORTAL_TICKET_PATTERN has it, the whole of it."""
    if re.fullmatch(settings.TICKET_PATTERN, ticket):
        return ticket
    raise ValidationError(_("A ticket number here looks different."))


class BeginForm(forms.Form):
    """Which ticket the call is about."""

    ticket = ticket_field()

    def clean_ticket(self) -> str:
        return clean_ticket(self.cleaned_data["ticket"])


class PhraseForm(forms.Form):
    """The phrase, as the caller reads it out."""

    phrase = forms.CharField(
        label=gettext_lazy("Phrase that the caller reads out"),
        max_length=100,
        error_messages={
            "required": gettext_lazy("Type the words that the caller reads out."),
            "max_length": TOO_LONG,
        },
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class InPersonForm(forms.Form):
    """Which kind of document was compared; there is no field for its number."""

    document = forms.ChoiceField(
        label=gettext_lazy("Document you compared"),
        choices=[
            ("", gettext_lazy("Choose one")),
            *((kind, gettext_lazy(name)) for kind, name in DOCUMENT.items()),
        ],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Choose the document you compared.")
        ),
    )
    seen = forms.BooleanField(
        label=gettext_lazy("The person stands before me, and the picture is theirs"),
        error_messages={"required": gettext_lazy("Only somebody who stands before you counts.")},
    )


class ReasonForm(forms.Form):
    """Why an act is asked for, and under which ticket."""

    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        error_messages={"required": gettext_lazy("Say why."), "max_length": TOO_LONG},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    ticket = ticket_field()

    def clean_reason(self) -> str:
        return for_the_audit(self.cleaned_data["reason"])

    def clean_ticket(self) -> str:
        return clean_ticket(self.cleaned_data["ticket"])


class DecisionForm(forms.Form):
    """Agree, or refuse with words."""

    decision = forms.ChoiceField(
        label=gettext_lazy("Your decision"),
        choices=[("grant", gettext_lazy("I agree")), ("refuse", gettext_lazy("I refuse"))],
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("Choose one of the two.")
        ),
    )
    words = forms.CharField(
        label=gettext_lazy("Words to the operator"),
        max_length=500,
        required=False,
        error_messages={"max_length": TOO_LONG},
        help_text=gettext_lazy("Needed when you refuse."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "refuse" and not cleaned.get("words"):
            self.add_error("words", _("Say why you refuse."))
        return cleaned

"""What operators type."""

import re
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.validators import validate_email

from portal.factors.domain import Factor
from portal.helpdesk import words
from portal.helpdesk.acts import Order
from portal.helpdesk.finding import Search, phone_of
from portal.helpdesk.matrix import Act
from portal.helpdesk.plans import Choice

LONGEST_SEARCH = 128
ASK_EACH_TIME = "each_time"
# Seven digits, however they are spaced: a phone number, or somebody's code.
LONG_NUMBER = re.compile(r"(?:\d[ ()./-]*){7}")


class FindForm(forms.Form):
    """One box for every way a caller names an account."""

    typed = forms.CharField(
        label="Username, e-mail address, phone number, name or id",
        max_length=LONGEST_SEARCH,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "autocapitalize": "none",
                "spellcheck": "false",
                "data-find-box": True,
                "aria-keyshortcuts": "/",
            }
        ),
        error_messages={
            "required": "Type what the caller goes by.",
            "max_length": "That is too long for any of them.",
        },
    )
    beginning = forms.BooleanField(label="Only the beginning is known", required=False)

    def clean_typed(self) -> str:
        """Without signs that nobody can see: they come along when something is pasted."""
        typed = str(self.cleaned_data["typed"])
        shown = "".join(each for each in typed if each.isprintable()).strip()
        if not shown:
            raise forms.ValidationError("Type what the caller goes by.")
        return shown

    def search(self) -> Search:
        given: dict[str, Any] = self.cleaned_data
        return Search(given["typed"], prefix=given["beginning"])


class OrderForm(forms.Form):
    """Why an operator acts, and what their page showed."""

    kind = forms.ChoiceField(
        label="Reason",
        choices=[("", "Choose one"), *((each, each) for each in words.REASONS)],
        error_messages={"required": "Choose why."},
    )
    more = forms.CharField(
        label="In a few words",
        required=False,
        max_length=200,
        help_text="No numbers, addresses or codes: everybody who reads the audit reads this.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    ticket = forms.CharField(
        label="Ticket number",
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the number of your ticket."},
    )
    drawn_from = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_ticket(self) -> str:
        ticket = str(self.cleaned_data["ticket"]).strip()
        if not re.fullmatch(settings.TICKET_PATTERN, ticket):
            raise forms.ValidationError("That does not look like one of your ticket numbers.")
        return ticket

    def clean_more(self) -> str:
        """An address or a number would stand in the audit in full (AUD-03)."""
        more = " ".join(str(self.cleaned_data["more"]).split())
        if "@" in more or LONG_NUMBER.search(more):
            raise forms.ValidationError("Leave out numbers and addresses.")
        return "".join(each for each in more if each.isprintable())

    def order(self, act: Act) -> Order:
        given: dict[str, Any] = self.cleaned_data
        return Order(
            act=act,
            reason=": ".join(part for part in (given["kind"], given["more"]) if part),
            ticket=given["ticket"],
            drawn_from=given["drawn_from"],
            choice=self.choice(),
            code=given.get("code", ""),
        )

    def choice(self) -> Choice:
        return Choice()


class MethodForm(OrderForm):
    """One of the methods the page offers."""

    method = forms.ChoiceField(
        label="Which method",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose a method.",
            "invalid_choice": "Choose one of the methods on this page.",
        },
    )
    field_order: Sequence[str] = ("method",)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast(forms.ChoiceField, self.fields["method"]).choices = choices

    def choice(self) -> Choice:
        chosen = self.cleaned_data["method"]
        return Choice(method=None if chosen == ASK_EACH_TIME else Factor(chosen))


class PassForm(OrderForm):
    """The short code that the person's own browser shows."""

    code = forms.CharField(
        label="Code that their browser shows",
        max_length=20,
        help_text=(
            "They open the sign-in page, give their password, choose that they have lost their "
            "method, and read out the code."
        ),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={"required": "Ask them to read the code out."},
    )
    field_order: Sequence[str] = ("code",)


CHANNELS = (("email", "E-mail address"), ("phone_number", "Phone number"))


class ChannelForm(OrderForm):
    """The number or the address."""

    channel = forms.ChoiceField(
        label="Which one",
        choices=CHANNELS,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one."},
    )
    field_order: Sequence[str] = ("channel",)

    def choice(self) -> Choice:
        return Choice(channel=self.cleaned_data["channel"])


class ContactForm(ChannelForm):
    """A new number or address, typed by somebody who only heard it."""

    value = forms.CharField(
        label="The right number or address",
        max_length=256,
        help_text="A number with + and the code of its country.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": "Enter the right one."},
    )
    field_order: Sequence[str] = ("channel", "value")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        channel, value = cleaned.get("channel"), cleaned.get("value", "").strip()
        if channel == "phone_number":
            cleaned["value"] = phone_of(value)
        elif channel == "email":
            cleaned["value"] = _address(value)
        if channel and not cleaned["value"]:
            self.add_error("value", "That is no such number or address. Read it back to them.")
        return cleaned

    def choice(self) -> Choice:
        return Choice(channel=self.cleaned_data["channel"], value=self.cleaned_data["value"])


def _address(value: str) -> str:
    try:
        validate_email(value)
    except forms.ValidationError:
        return ""
    return value


class ClosingForm(forms.Form):
    """How a case ended."""

    closing = forms.CharField(
        label="How it ended",
        max_length=500,
        help_text="No numbers, addresses or codes.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": "Say how it ended."},
    )

    def clean_closing(self) -> str:
        closing = " ".join(str(self.cleaned_data["closing"]).split())
        if "@" in closing or LONG_NUMBER.search(closing):
            raise forms.ValidationError("Leave out numbers and addresses.")
        return closing

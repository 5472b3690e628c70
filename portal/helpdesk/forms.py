"""What operators type."""

import re
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.conf import settings
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.codes import CodeInput
from accounts.plain_text import TOO_LONG
from accounts.reasons import REASONS
from portal.factors.domain import Factor
from portal.helpdesk.acts import Order
from portal.helpdesk.finding import Search, phone_of
from portal.helpdesk.matrix import Act
from portal.helpdesk.plans import Choice

LONGEST_SEARCH = 128
ASK_EACH_TIME = "each_time"
CHOOSE_ONE = gettext_lazy("Choose one.")
# Seven digits, however they are spaced: a phone number, or somebody's code.
LONG_NUMBER = re.compile(r"(?:\d[ ()./-]*){7}")


class FindForm(forms.Form):
    """One box for every way a caller names an account."""

    typed = forms.CharField(
        label=gettext_lazy("Username, e-mail address, phone number, name or id"),
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
            "required": gettext_lazy("Type what the caller goes by."),
            "max_length": gettext_lazy("That is too long for any of them."),
        },
    )
    beginning = forms.BooleanField(
        label=gettext_lazy("Only the beginning is known"), required=False
    )

    def clean_typed(self) -> str:
        """Without signs that nobody can see: they come along when something is pasted."""
        typed = str(self.cleaned_data["typed"])
        shown = "".join(each for each in typed if each.isprintable()).strip()
        if not shown:
            raise forms.ValidationError(_("Type what the caller goes by."))
        return shown

    def search(self) -> Search:
        given: dict[str, Any] = self.cleaned_data
        return Search(given["typed"], prefix=given["beginning"])


def for_the_audit(typed: str) -> str:
    """In one line; an address or a number would stand there in full (AUD-03)."""
    said = " ".join(str(typed).split())
    if "@" in said or LONG_NUMBER.search(said):
        raise forms.ValidationError(_("Leave out numbers and addresses."))
    return said


class OrderForm(forms.Form):
    """Why an operator acts, and what their page showed."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Reason"),
        # What is kept is English, in whatever language it is chosen.
        choices=[
            ("", gettext_lazy("Choose one")),
            *((each, gettext_lazy(each)) for each in REASONS),
        ],
        error_messages={"required": gettext_lazy("Choose why."), "invalid_choice": CHOOSE_ONE},
    )
    more = forms.CharField(
        label=gettext_lazy("In a few words"),
        required=False,
        max_length=200,
        error_messages={"max_length": TOO_LONG},
        help_text=gettext_lazy(
            "No numbers, addresses or codes: everybody who reads the audit reads this."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    ticket = forms.CharField(
        label=gettext_lazy("Ticket number"),
        max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={
            "required": gettext_lazy("Enter the number of your ticket."),
            "max_length": TOO_LONG,
        },
    )
    drawn_from = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_ticket(self) -> str:
        ticket = str(self.cleaned_data["ticket"]).strip()
        if not re.fullmatch(settings.TICKET_PATTERN, ticket):
            raise forms.ValidationError(_("That does not look like one of your ticket numbers."))
        return ticket

    def clean_more(self) -> str:
        more = for_the_audit(self.cleaned_data["more"])
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
        label=gettext_lazy("Which method"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose a method."),
            "invalid_choice": gettext_lazy("Choose one of the methods on this page."),
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
        label=gettext_lazy("Code that their browser shows"),
        max_length=20,
        help_text=gettext_lazy(
            "They open the sign-in page, give their password, choose that they have lost their "
            "method, and read out the code."
        ),
        widget=CodeInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
        error_messages={
            "required": gettext_lazy("Ask them to read the code out."),
            "max_length": TOO_LONG,
        },
    )
    field_order: Sequence[str] = ("code",)


CHANNELS = (
    ("email", gettext_lazy("E-mail address")),
    ("phone_number", gettext_lazy("Phone number")),
)


class ChannelForm(OrderForm):
    """The number or the address."""

    channel = forms.ChoiceField(
        label=gettext_lazy("Which one"),
        choices=CHANNELS,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), CHOOSE_ONE),
    )
    field_order: Sequence[str] = ("channel",)

    def choice(self) -> Choice:
        return Choice(channel=self.cleaned_data["channel"])


class ContactForm(ChannelForm):
    """A new number or address, typed by somebody who only heard it."""

    value = forms.CharField(
        label=gettext_lazy("The right number or address"),
        max_length=256,
        help_text=gettext_lazy("A number with + and the code of its country."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Enter the right one."), "max_length": TOO_LONG},
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
            self.add_error("value", _("That is no such number or address. Read it back to them."))
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
        label=gettext_lazy("How it ended"),
        max_length=500,
        help_text=gettext_lazy("No numbers, addresses or codes."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": gettext_lazy("Say how it ended."), "max_length": TOO_LONG},
    )

    def clean_closing(self) -> str:
        return for_the_audit(self.cleaned_data["closing"])

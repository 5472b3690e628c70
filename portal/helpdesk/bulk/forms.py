"""What operators type to plan and to decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.choices import Choice
from accounts.plain_text import TOO_LONG, plain_line
from portal.factors.domain import Factor
from portal.factors.words import LABEL
from portal.helpdesk.bulk import lists, words
from portal.helpdesk.bulk.planning import OF_ONE_FACTOR, Kind, Wanted
from portal.helpdesk.forms import for_the_audit

# Below what a form's body may be, however it is written down (INP-04).
LONGEST_TEXT = 50_000
MOST_PROBLEMS = 10


def _help(most: int) -> str:
    return _(
        "One on each line: a username, an e-mail address, a phone number or an account id. "
        "Or a table (CSV) with such a heading. Up to {most} at a time; you can add more."
    ).format(most=most)


_HELP = lazy(_help, str)


class ListField(forms.CharField):
    """A pasted list, read line by line; its value is who is named, by line."""

    widget = forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"})

    def clean(self, value: Any) -> dict[int, str]:
        text = super().clean(value)
        found = lists.read(text)
        problems = found.problems[:MOST_PROBLEMS]
        if len(found.problems) > MOST_PROBLEMS:
            problems.append(_more(len(found.problems) - MOST_PROBLEMS))
        if problems:
            raise forms.ValidationError(problems)
        if text.strip() and not found.names:
            raise forms.ValidationError(_("There is nobody in this list."))
        return found.names


def _more(number: int) -> str:
    words = ngettext("And {n} more line like these.", "And {n} more lines like these.", number)
    return words.format(n=number)


def list_field(*, required: bool) -> ListField:
    return ListField(
        label=gettext_lazy("People"),
        required=required,
        strip=False,
        max_length=LONGEST_TEXT,
        help_text=_HELP(most=lists.MOST_LINES),
        error_messages={
            "required": gettext_lazy("Name somebody."),
            "max_length": gettext_lazy(
                "This is too long for one go. Send a part of it; you can add more."
            ),
        },
    )


class PlanForm(forms.Form):
    """What, for whom, and why."""

    kind = forms.TypedChoiceField(
        label=gettext_lazy("What shall be changed?"),
        coerce=Kind,
        choices=[
            (kind.value, Choice(gettext_lazy(words.KIND[kind]), gettext_lazy(words.HINT[kind])))
            for kind in Kind
        ],
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose what shall be changed."),
            "invalid_choice": gettext_lazy("Choose one of the changes on this page."),
        },
    )
    factor = forms.TypedChoiceField(
        label=gettext_lazy("Which method?"),
        coerce=Factor,
        empty_value=None,
        required=False,
        choices=[
            ("", gettext_lazy("None")),
            *((factor.value, gettext_lazy(LABEL[factor])) for factor in Factor),
        ],
        help_text=gettext_lazy("Needed where one method is chosen or turned off."),
        error_messages={"invalid_choice": gettext_lazy("Choose one of the methods on this page.")},
    )
    people = list_field(required=False)
    group = forms.CharField(
        label=gettext_lazy("Or a group of the user pool"),
        required=False,
        max_length=128,
        validators=[plain_line],
        error_messages={"max_length": TOO_LONG},
        help_text=gettext_lazy("Everybody in it, instead of a list."),
    )
    status = forms.ChoiceField(
        label=gettext_lazy("Who of the group?"),
        required=False,
        choices=[(each, gettext_lazy(said)) for each, said in words.STATUS.items()],
        error_messages={"invalid_choice": gettext_lazy("Choose one.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=500,
        validators=[plain_line],
        help_text=gettext_lazy("The second operator reads it, and it is recorded for each person."),
        error_messages={"required": gettext_lazy("Write why."), "max_length": TOO_LONG},
    )
    ticket = forms.CharField(
        label=gettext_lazy("Ticket"),
        max_length=64,
        error_messages={
            "required": gettext_lazy("Give the number of the ticket."),
            "max_length": TOO_LONG,
        },
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pattern = RegexValidator(
            rf"\A(?:{settings.TICKET_PATTERN})\Z", gettext_lazy("No ticket looks like this.")
        )
        self.fields["ticket"].validators.append(pattern)

    def clean_reason(self) -> str:
        return for_the_audit(self.cleaned_data["reason"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, names, group = (cleaned.get(name) for name in ("kind", "people", "group"))
        if kind in OF_ONE_FACTOR and not cleaned.get("factor") and "factor" not in self.errors:
            self.add_error("factor", _("Choose the method."))
        if names and group:
            self.add_error("group", _("Give a list or a group, not both."))
        if not names and not group and "people" not in self.errors:
            self.add_error("people", _("Name somebody, or a group."))
        return cleaned

    def wanted(self) -> Wanted:
        kind = self.cleaned_data["kind"]
        return Wanted(kind, self.cleaned_data["factor"] if kind in OF_ONE_FACTOR else None)


class AddForm(forms.Form):
    """More people for a draft."""

    people = list_field(required=True)


class DecisionForm(forms.Form):
    """A second operator agrees, or says why not."""

    decision = forms.ChoiceField(choices=[("approve", "approve"), ("refuse", "refuse")])
    words = forms.CharField(
        label=gettext_lazy("Your words"),
        required=False,
        max_length=500,
        validators=[plain_line],
        error_messages={"max_length": TOO_LONG},
        help_text=gettext_lazy("Needed where you refuse. Whoever planned it reads them."),
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "refuse" and not cleaned.get("words"):
            self.add_error("words", _("Write why you refuse it."))
        return cleaned


class SteerForm(forms.Form):
    """Look, pause, resume or cancel."""

    step = forms.ChoiceField(
        choices=[(step, step) for step in ("look", "pause", "resume", "cancel")]
    )

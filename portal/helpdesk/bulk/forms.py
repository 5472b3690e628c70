"""What operators type to plan and to decide."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator

from accounts.choices import Choice
from accounts.plain_text import plain_line
from portal.factors.domain import Factor
from portal.factors.words import LABEL
from portal.helpdesk.bulk import lists, words
from portal.helpdesk.bulk.planning import OF_ONE_FACTOR, Kind, Wanted

# Below what a form's body may be, however it is written down (INP-04).
LONGEST_TEXT = 50_000
MOST_PROBLEMS = 10


class ListField(forms.CharField):
    """A pasted list, read line by line; its value is who is named, by line."""

    widget = forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"})

    def clean(self, value: Any) -> dict[int, str]:
        text = super().clean(value)
        found = lists.read(text)
        problems = found.problems[:MOST_PROBLEMS]
        if len(found.problems) > MOST_PROBLEMS:
            problems.append(f"And {len(found.problems) - MOST_PROBLEMS} more lines like these.")
        if problems:
            raise forms.ValidationError(problems)
        if text.strip() and not found.names:
            raise forms.ValidationError("There is nobody in this list.")
        return found.names


def list_field(*, required: bool) -> ListField:
    return ListField(
        label="People",
        required=required,
        strip=False,
        max_length=LONGEST_TEXT,
        help_text="One on each line: a username, an e-mail address, a phone number or an account "
        "id. Or a table (CSV) with such a heading. "
        f"Up to {lists.MOST_LINES} at a time; you can add more.",
        error_messages={
            "required": "Name somebody.",
            "max_length": "This is too long for one go. Send a part of it; you can add more.",
        },
    )


class PlanForm(forms.Form):
    """What, for whom, and why."""

    kind = forms.TypedChoiceField(
        label="What shall be changed?",
        coerce=Kind,
        choices=[(kind.value, Choice(words.KIND[kind], words.HINT[kind])) for kind in Kind],
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose what shall be changed.",
            "invalid_choice": "Choose one of the changes on this page.",
        },
    )
    factor = forms.TypedChoiceField(
        label="Which method?",
        coerce=Factor,
        empty_value=None,
        required=False,
        choices=[("", "None"), *((factor.value, LABEL[factor]) for factor in Factor)],
        help_text="Needed where one method is chosen or turned off.",
        error_messages={"invalid_choice": "Choose one of the methods on this page."},
    )
    people = list_field(required=False)
    group = forms.CharField(
        label="Or a group of the user pool",
        required=False,
        max_length=128,
        validators=[plain_line],
        help_text="Everybody in it, instead of a list.",
    )
    status = forms.ChoiceField(
        label="Who of the group?", required=False, choices=list(words.STATUS.items())
    )
    reason = forms.CharField(
        label="Reason",
        max_length=500,
        validators=[plain_line],
        help_text="The second operator reads it, and it is recorded for each person.",
        error_messages={"required": "Write why."},
    )
    ticket = forms.CharField(
        label="Ticket",
        max_length=64,
        error_messages={"required": "Give the number of the ticket."},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pattern = RegexValidator(
            rf"\A(?:{settings.TICKET_PATTERN})\Z", "No ticket looks like this."
        )
        self.fields["ticket"].validators.append(pattern)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, names, group = (cleaned.get(name) for name in ("kind", "people", "group"))
        if kind in OF_ONE_FACTOR and not cleaned.get("factor") and "factor" not in self.errors:
            self.add_error("factor", "Choose the method.")
        if names and group:
            self.add_error("group", "Give a list or a group, not both.")
        if not names and not group and "people" not in self.errors:
            self.add_error("people", "Name somebody, or a group.")
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
        label="Your words",
        required=False,
        max_length=500,
        validators=[plain_line],
        help_text="Needed where you refuse. Whoever planned it reads them.",
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("decision") == "refuse" and not cleaned.get("words"):
            self.add_error("words", "Write why you refuse it.")
        return cleaned


class SteerForm(forms.Form):
    """Look, pause, resume or cancel."""

    step = forms.ChoiceField(
        choices=[(step, step) for step in ("look", "pause", "resume", "cancel")]
    )

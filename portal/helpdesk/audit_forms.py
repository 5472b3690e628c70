"""What auditors and managers ask for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django import forms

from accounts.models import AuditRecord
from portal.helpdesk.audit_events import EVENTS
from portal.helpdesk.trails import Question

DAY = forms.DateInput(attrs={"type": "date"})
CHOICES = [("", "Any"), *EVENTS.items()]
PERIODS = [(7, "The last 7 days"), (30, "The last 30 days"), (90, "The last 90 days")]


class AuditForm(forms.Form):
    """A search in the audit; what is left empty does not matter."""

    sub = forms.CharField(label="Person (account id)", required=False, max_length=64)
    actor = forms.CharField(label="Done by (account id)", required=False, max_length=64)
    ticket = forms.CharField(label="Ticket", required=False, max_length=64)
    request_id = forms.CharField(label="Request", required=False, max_length=36)
    event = forms.ChoiceField(label="What", required=False, choices=CHOICES)
    outcome = forms.ChoiceField(
        label="How it ended",
        required=False,
        choices=[("", "Any"), *AuditRecord.Outcome.choices],
    )
    since = forms.DateField(label="From (UTC)", required=False, widget=DAY)
    until = forms.DateField(label="To, included (UTC)", required=False, widget=DAY)
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def question(self) -> Question:
        typed: dict[str, Any] = dict(self.cleaned_data)
        typed.pop("before")
        until = typed.pop("until")
        since = typed.pop("since")
        return Question(
            **typed,
            since=_midnight(since) if since else None,
            until=_midnight(until + timedelta(days=1)) if until else None,
        )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


class PeriodForm(forms.Form):
    """How far back the numbers go."""

    days = forms.TypedChoiceField(label="Period", choices=PERIODS, coerce=int)

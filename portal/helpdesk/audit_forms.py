"""What auditors and managers ask for."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from unicodedata import normalize

from django import forms
from django.utils.translation import gettext, gettext_lazy

from accounts.models import AuditRecord
from accounts.plain_text import TOO_LONG
from portal.helpdesk.audit_events import EVENTS
from portal.helpdesk.trails import Question

CHOOSE = {"invalid_choice": gettext_lazy("Choose one.")}
AS_A_DAY = {"invalid": gettext_lazy("Give year, month and day, such as 2026-05-03.")}
DAY = forms.DateInput(attrs={"type": "date"})
ANY = ("", gettext_lazy("Any"))
OUTCOMES = [
    ANY,
    (AuditRecord.Outcome.INTENDED.value, gettext_lazy("Intended")),
    (AuditRecord.Outcome.DONE.value, gettext_lazy("Done")),
    (AuditRecord.Outcome.REFUSED.value, gettext_lazy("Refused")),
    (AuditRecord.Outcome.UNKNOWN.value, gettext_lazy("Unknown")),
]
PERIODS = [
    (7, gettext_lazy("The last 7 days")),
    (30, gettext_lazy("The last 30 days")),
    (90, gettext_lazy("The last 90 days")),
]


def events() -> list[tuple[str, Any]]:
    """Every event by its words, in the order that the reader's language has them in."""
    said = [(event, gettext(words)) for event, words in EVENTS.items()]
    return [ANY, *sorted(said, key=lambda each: normalize("NFKD", each[1]).casefold())]


def _wanted(label: Any, longest: int) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=longest,
        error_messages={"max_length": TOO_LONG},
    )


def _day(label: Any) -> forms.DateField:
    return forms.DateField(label=label, required=False, widget=DAY, error_messages=AS_A_DAY)


class AuditForm(forms.Form):
    """A search in the audit; what is left empty does not matter."""

    sub = _wanted(gettext_lazy("Person (account id)"), 64)
    actor = _wanted(gettext_lazy("Done by (account id)"), 64)
    ticket = _wanted(gettext_lazy("Ticket"), 64)
    request_id = _wanted(gettext_lazy("Request"), 36)
    event = forms.ChoiceField(
        label=gettext_lazy("What"), required=False, choices=events, error_messages=CHOOSE
    )
    outcome = forms.ChoiceField(
        label=gettext_lazy("How it ended"),
        required=False,
        choices=OUTCOMES,
        error_messages=CHOOSE,
    )
    since = _day(gettext_lazy("From (UTC)"))
    until = _day(gettext_lazy("To, included (UTC)"))
    before = forms.IntegerField(required=False, min_value=1, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", gettext("Give a day that is not before the first one."))
        return cleaned

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

    days = forms.TypedChoiceField(
        label=gettext_lazy("Period"),
        choices=PERIODS,
        coerce=int,
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose one.")),
    )

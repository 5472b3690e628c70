"""What people ask of this room."""

from django import forms

from portal.activity.timeline import KINDS


class EndSessionForm(forms.Form):
    """A session's id, as Cognito writes it."""

    session = forms.RegexField(regex=r"\A(tkn|sso)[a-z0-9]{25}\Z")


class HistoryForm(forms.Form):
    """Which part of the history is shown."""

    kind = forms.ChoiceField(
        label="Show",
        choices=list(KINDS.items()),
        error_messages={
            "required": "Choose one of the kinds on this page.",
            "invalid_choice": "Choose one of the kinds on this page.",
        },
    )
    before = forms.DateTimeField(
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid": "That page cannot be found, so here is the newest one."},
    )

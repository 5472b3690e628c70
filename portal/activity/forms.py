"""What people ask of this room."""

from django import forms

from portal.activity.timeline import KINDS


class EndSessionForm(forms.Form):
    """A session's id, as Cognito writes it."""

    session = forms.RegexField(regex=r"\A(tkn|sso)[a-z0-9]{25}\Z")


class DeviceForm(forms.Form):
    """A device's key, as Cognito writes it."""

    device = forms.RegexField(regex=r"\A[\w-]+_[0-9a-f-]+\Z", max_length=55)


class RememberForm(DeviceForm):
    """Whether a device shall stand for the second step from now on."""

    remembered = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda answer: answer == "yes"
    )


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

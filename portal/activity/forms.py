"""What people ask of this room."""

from django import forms
from django.utils.translation import gettext_lazy

from portal.activity.said import KINDS


class EndSessionForm(forms.Form):
    """A session's id, as Cognito writes it."""

    session = forms.RegexField(regex=r"\A(tkn|sso)[a-z0-9]{25}\Z")


class DeviceForm(forms.Form):
    """A device's key, as Cognito writes it."""

    device = forms.RegexField(
        regex=r"\A[\w-]+_[0-9a-f-]+\Z", max_length=55, widget=forms.HiddenInput
    )


class RememberForm(DeviceForm):
    """Whether a device shall stand for the second step from now on."""

    remembered = forms.TypedChoiceField(
        choices=[("yes", "yes"), ("no", "no")], coerce=lambda answer: answer == "yes"
    )


class HistoryForm(forms.Form):
    """Which part of the history is shown."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Show"),
        choices=[(kind, gettext_lazy(name)) for kind, name in KINDS.items()],
        error_messages={
            "required": gettext_lazy("Choose one of the kinds on this page."),
            "invalid_choice": gettext_lazy("Choose one of the kinds on this page."),
        },
    )
    before = forms.DateTimeField(
        required=False,
        widget=forms.HiddenInput,
        error_messages={
            "invalid": gettext_lazy("That page cannot be found, so here is the newest one.")
        },
    )

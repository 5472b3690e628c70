"""What somebody types on the way back in."""

from typing import Any

from django import forms

from accounts import random_codes
from accounts.codes import CodeInput
from accounts.doors.forms import password_field


class PasswordAgainForm(forms.Form):
    """The password once more: the portal keeps none, and the sign-in is completed with it."""

    password = password_field("Your password", "current-password")


class RecoveryCodeForm(PasswordAgainForm):
    """A recovery code, and the password."""

    code = forms.CharField(
        label="Recovery code",
        help_text="16 letters and digits. Small letters and spaces do not matter.",
        max_length=random_codes.LONGEST_TYPED,
        error_messages={"required": "Enter one of your recovery codes."},
        widget=CodeInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["code", "password"])

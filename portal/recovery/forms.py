"""What somebody types on the way back in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from accounts import random_codes
from accounts.codes import CodeInput
from accounts.doors.forms import again_field

NOT_RIGHT = gettext_lazy("That code is not right, or it was used before. Check it and try again.")


class PasswordAgainForm(forms.Form):
    """The password once more: the portal keeps none, and the sign-in is completed with it."""

    password = again_field()


class RecoveryCodeForm(PasswordAgainForm):
    """A recovery code, and the password."""

    code = forms.CharField(
        label=gettext_lazy("Recovery code"),
        help_text=gettext_lazy("16 letters and digits. Small letters and spaces do not matter."),
        max_length=random_codes.LONGEST_TYPED,
        error_messages={
            "required": gettext_lazy("Enter one of your recovery codes."),
            "max_length": NOT_RIGHT,
        },
        widget=CodeInput(
            attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["code", "password"])

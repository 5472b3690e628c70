"""What a person types on the way in."""

from collections.abc import Mapping
from typing import Any

import structlog
from allauth.account.forms import LoginForm
from allauth.account.models import Login
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase

from accounts import audit, limits
from accounts.choices import Choice
from accounts.cognito import sign_in
from accounts.cognito.errors import (
    CognitoError,
    InvalidRequest,
    PasswordRejected,
    PasswordResetRequired,
    PersonDisabled,
    PersonUnconfirmed,
    TemporaryPasswordExpired,
    TooManyAttempts,
)
from accounts.doors.flow import begin_sign_in
from accounts.limits import LimitReached
from accounts.plain_text import plain_line
from accounts.sessions import origin_of

log = structlog.get_logger(__name__)

# Wrong, unknown, disabled and locked look alike (OTP-17).
NO_MATCH = (
    "We could not sign you in with that. Check the username and the password. "
    "After several tries, wait a minute before the next one."
)
REFUSED: Mapping[type[CognitoError], str] = {
    PasswordRejected: NO_MATCH,
    PersonDisabled: NO_MATCH,
    TooManyAttempts: NO_MATCH,
    InvalidRequest: NO_MATCH,
    PersonUnconfirmed: "This account was never confirmed. Ask the people who run it for help.",
    PasswordResetRequired: (
        "Your password must be changed before you can sign in. "
        "Ask the people who run your account for help."
    ),
    TemporaryPasswordExpired: (
        "Your first password was not used in time. "
        "Ask the people who run your account to send you a new one."
    ),
}
LONGEST_USERNAME = 128
LONGEST_PASSWORD = 256


def password_field(label: str, autocomplete: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        error_messages={"required": "Enter your password."},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class PasswordForm(LoginForm):
    """allauth's login form, answered by the pool: SRP by default, so no password leaves here."""

    outcome: sign_in.Outcome

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label="Username",
            help_text="The name or e-mail address you sign in with.",
            max_length=LONGEST_USERNAME,
            error_messages={"required": "Enter your username."},
            widget=forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
            ),
        )
        self.fields["password"] = password_field("Password", "current-password")
        self.order_fields(["login", "password"])

    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        name = self.cleaned_data["login"]
        # By name and address: nobody can lock another person out by guessing (LIM-05).
        key = (name, limits.network_of(origin_of(self.request).client_address))
        try:
            limits.spend(limits.SIGN_IN_NAME, *key)
        except LimitReached as reached:
            raise ValidationError(NO_MATCH) from reached
        try:
            self.outcome = sign_in.start(name, self.cleaned_data["password"])
        except tuple(REFUSED) as refusal:
            audit.sign_in_refused(origin_of(self.request), str(refusal))
            raise ValidationError(REFUSED[type(refusal)]) from refusal
        limits.forgive(limits.SIGN_IN_NAME, *key)
        return self.cleaned_data

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        return begin_sign_in(request, Login(redirect_url=redirect_url), self.outcome)


class ConfirmPasswordForm(forms.Form):
    """The password again, from somebody who is signed in."""

    password = password_field("Your password", "current-password")


class NewPasswordForm(forms.Form):
    """A new password, typed once, with the pool's rules beside it."""

    new_password = password_field("New password", "new-password")


class ChoiceForm(forms.Form):
    """Choose how to prove it is you, among what Cognito offers now."""

    factor = forms.ChoiceField(
        label="Choose how",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose one of the ways.",
            "invalid_choice": "Choose one of the ways on this page.",
        },
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Choice]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["factor"].choices = choices  # type: ignore[attr-defined]


class EmailForm(forms.Form):
    """An e-mail address to which sign-in codes shall go."""

    email = forms.EmailField(
        label="E-mail address",
        max_length=254,
        validators=[plain_line],
        error_messages={
            "required": "Enter your e-mail address.",
            "invalid": "Enter an e-mail address such as name@example.com.",
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

"""What a person types on the way in."""

from collections.abc import Callable, Mapping
from typing import Any

import structlog
from allauth.account.forms import LoginForm
from allauth.account.models import Login
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase

from accounts import audit, devices, limits
from accounts.choices import Choice
from accounts.codes import CodeField, CodeForm
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
from accounts.doors.passwords import listed, unmet
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
NOT_SIGNED = "Your browser brought no answer of a passkey. Press the button to try again."
USED_BEFORE = "That password does not fit the rules below, or was used before."


def attempt_key(request: HttpRequest, name: str) -> tuple[str, str]:
    """By name and address: nobody can lock another person out by guessing (LIM-05)."""
    return (name, limits.network_of(origin_of(request).client_address))


def username_field() -> forms.CharField:
    return forms.CharField(
        label="Username",
        help_text="The name or e-mail address you sign in with.",
        max_length=LONGEST_USERNAME,
        error_messages={"required": "Enter your username."},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


def password_field(label: str, autocomplete: str) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        error_messages={"required": f"Enter your {label.lower().removeprefix('your ')}."},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


class PasswordForm(LoginForm):
    """allauth's login form, answered by the pool: SRP by default, so no password leaves here."""

    outcome: sign_in.Outcome
    # Why the pool said no, where another page may help.
    refusal: type[CognitoError] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = username_field()
        self.fields["password"] = password_field("Password", "current-password")
        self.order_fields(["login", "password"])

    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        name = self.cleaned_data["login"]
        key = attempt_key(self.request, name)
        try:
            limits.spend(limits.SIGN_IN_NAME, *key)
        except LimitReached as reached:
            raise ValidationError(NO_MATCH) from reached
        try:
            self.outcome = devices.start(self.request, name, self.cleaned_data["password"])
        except tuple(REFUSED) as refusal:
            audit.sign_in_refused(origin_of(self.request), str(refusal))
            self.refusal = type(refusal)
            raise ValidationError(REFUSED[type(refusal)]) from refusal
        limits.forgive(limits.SIGN_IN_NAME, *key)
        return self.cleaned_data

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        return begin_sign_in(request, Login(redirect_url=redirect_url), self.outcome)


class NameForm(forms.Form):
    """The name that somebody signs in with, and nothing else."""

    login = username_field()


class NameFirstForm(forms.Form):
    """Where a name alone begins a sign-in: `outcome` is what the pool offers then."""

    outcome: sign_in.Outcome
    refusal: type[CognitoError] | None = None

    def __init__(
        self,
        *args: Any,
        request: HttpRequest,
        begin: Callable[[str], sign_in.Outcome],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = username_field()
        self.request, self.begin = request, begin

    def clean_login(self) -> str:
        name = str(self.cleaned_data["login"]).strip()
        try:
            limits.spend(limits.FIRST_NAME, *attempt_key(self.request, name))
        except LimitReached as reached:
            raise ValidationError(f"There were too many tries. {reached.advice}") from reached
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if "login" not in cleaned:
            return cleaned
        try:
            self.outcome = self.begin(cleaned["login"])
        except tuple(REFUSED) as refusal:
            audit.sign_in_refused(origin_of(self.request), str(refusal))
            self.refusal = type(refusal)
            raise ValidationError(REFUSED[type(refusal)]) from refusal
        return cleaned

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        return begin_sign_in(request, Login(redirect_url=redirect_url), self.outcome)


class PasswordStepForm(forms.Form):
    """The password to a name that was given on the page before."""

    password = password_field("Password", "current-password")

    def __init__(self, *args: Any, beside_passkey: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if beside_passkey:
            # Browsers offer passkeys at a field of this name (HTML, 4.10.18.7.1).
            self.fields["password"].widget.attrs["autocomplete"] = "current-password webauthn"


class ConfirmPasswordForm(forms.Form):
    """The password again, from somebody who is signed in."""

    password = password_field("Your password", "current-password")


class NewPasswordForm(forms.Form):
    """A new password, typed once, with the pool's rules beside it."""

    new_password = password_field("New password", "new-password")

    def __init__(self, *args: Any, policy: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        missing = unmet(password, self.policy)
        if missing:
            raise ValidationError(f"This password is not enough yet. It needs {listed(missing)}.")
        return password


class ResetForm(NewPasswordForm):
    """The code that was sent, and the password to be."""

    code = CodeField()

    field_order = ("code", "new_password")


class PasskeyForm(forms.Form):
    """What the browser signed, as its script wrote it: JSON of a bounded size (INP-04)."""

    credential = forms.JSONField(
        widget=forms.HiddenInput,
        error_messages={"required": NOT_SIGNED, "invalid": NOT_SIGNED},
    )

    def clean_credential(self) -> dict[str, Any]:
        credential = self.cleaned_data["credential"]
        if not isinstance(credential, dict):
            raise ValidationError(NOT_SIGNED)
        return credential


class TrustForm(CodeForm):
    """The code of a second step, and whether to ask for it here again."""

    trust = forms.BooleanField(required=False, label="Trust this browser")

    def __init__(self, *args: Any, days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trust"].help_text = (
            f"For {days} days, only your password will be asked for here. "
            "Leave it off on a computer that others use."
        )


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


class WayForm(forms.Form):
    """Choose what to begin a sign-in with."""

    way = forms.ChoiceField(
        label="Choose how",
        widget=forms.RadioSelect,
        error_messages={
            "required": "Choose one of the ways.",
            "invalid_choice": "Choose one of the ways on this page.",
        },
    )

    def __init__(self, *args: Any, choices: list[tuple[str, Choice]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["way"].choices = choices  # type: ignore[attr-defined]


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

"""What a person types on the way in."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import structlog
from allauth.account.forms import LoginForm
from allauth.account.models import Login
from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop, ngettext

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
from accounts.doors.passwords import unmet
from accounts.languages import joined
from accounts.limits import LimitReached
from accounts.plain_text import TOO_LONG, plain_line
from accounts.sessions import origin_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

log = structlog.get_logger(__name__)

# Wrong, unknown, disabled and locked look alike (OTP-17).
NO_MATCH = gettext_noop(
    "We could not sign you in with that. Check the username and the password. "
    "After several tries, wait a minute before the next one."
)
REFUSED: Mapping[type[CognitoError], str] = {
    PasswordRejected: NO_MATCH,
    PersonDisabled: NO_MATCH,
    TooManyAttempts: NO_MATCH,
    InvalidRequest: NO_MATCH,
    PersonUnconfirmed: gettext_noop(
        "This account was never confirmed. Ask the people who run it for help."
    ),
    PasswordResetRequired: gettext_noop(
        "Your password must be changed before you can sign in. "
        "Ask the people who run your account for help."
    ),
    TemporaryPasswordExpired: gettext_noop(
        "Your first password was not used in time. "
        "Ask the people who run your account to send you a new one."
    ),
}
LONGEST_USERNAME = 128
LONGEST_PASSWORD = 256
PASSWORD, ENTER_PASSWORD = gettext_lazy("Password"), gettext_lazy("Enter your password.")
NOT_SIGNED = gettext_noop(
    "Your browser brought no answer of a passkey. Press the button to try again."
)
USED_BEFORE = gettext_noop("That password does not fit the rules below, or was used before.")


def too_many_tries(reached: LimitReached) -> str:
    return _("There were too many tries. {advice}").format(advice=reached.advice)


def attempt_key(request: HttpRequest, name: str) -> tuple[str, str]:
    """By name and address: nobody can lock another person out by guessing (LIM-05)."""
    return (name, limits.network_of(origin_of(request).client_address))


def username_field() -> forms.CharField:
    return forms.CharField(
        label=gettext_lazy("Username"),
        help_text=gettext_lazy("The name or e-mail address you sign in with."),
        max_length=LONGEST_USERNAME,
        error_messages={"required": gettext_lazy("Enter your username."), "max_length": TOO_LONG},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


def password_field(
    label: "_StrOrPromise", missing: "_StrOrPromise", autocomplete: str
) -> forms.CharField:
    return forms.CharField(
        label=label,
        max_length=LONGEST_PASSWORD,
        strip=False,
        error_messages={"required": missing, "max_length": TOO_LONG},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}),
    )


def again_field() -> forms.CharField:
    """The password, from somebody who gave it before."""
    return password_field(gettext_lazy("Your password"), ENTER_PASSWORD, "current-password")


class PasswordForm(LoginForm):
    """allauth's login form, answered by the pool: SRP by default, so no password leaves here."""

    outcome: sign_in.Outcome
    # Why the pool said no, where another page may help.
    refusal: type[CognitoError] | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = username_field()
        self.fields["password"] = password_field(PASSWORD, ENTER_PASSWORD, "current-password")
        self.order_fields(["login", "password"])

    def _clean_with_password(self, credentials: dict[str, Any]) -> dict[str, Any]:
        name = self.cleaned_data["login"]
        key = attempt_key(self.request, name)
        try:
            limits.spend(limits.SIGN_IN_NAME, *key)
        except LimitReached as reached:
            raise ValidationError(_(NO_MATCH)) from reached
        try:
            self.outcome = devices.start(self.request, name, self.cleaned_data["password"])
        except tuple(REFUSED) as refusal:
            audit.sign_in_refused(origin_of(self.request), str(refusal))
            self.refusal = type(refusal)
            raise ValidationError(_(REFUSED[type(refusal)])) from refusal
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
            raise ValidationError(too_many_tries(reached)) from reached
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
            raise ValidationError(_(REFUSED[type(refusal)])) from refusal
        return cleaned

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponseBase:
        return begin_sign_in(request, Login(redirect_url=redirect_url), self.outcome)


class PasswordStepForm(forms.Form):
    """The password to a name that was given on the page before."""

    password = password_field(PASSWORD, ENTER_PASSWORD, "current-password")

    def __init__(self, *args: Any, beside_passkey: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if beside_passkey:
            # Browsers offer passkeys at a field of this name (HTML, 4.10.18.7.1).
            self.fields["password"].widget.attrs["autocomplete"] = "current-password webauthn"


class ConfirmPasswordForm(forms.Form):
    """The password again, from somebody who is signed in."""

    password = again_field()


class NewPasswordForm(forms.Form):
    """A new password, typed once, with the pool's rules beside it."""

    new_password = password_field(
        gettext_lazy("New password"), gettext_lazy("Enter your new password."), "new-password"
    )

    def __init__(self, *args: Any, policy: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.policy = policy

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        missing = unmet(password, self.policy)
        if missing:
            raise ValidationError(
                _("This password is not enough yet. It needs {rules}.").format(
                    rules=joined(missing)
                )
            )
        return password


class ResetForm(NewPasswordForm):
    """The code that was sent, and the password to be."""

    code = CodeField()

    field_order = ("code", "new_password")


class PasskeyForm(forms.Form):
    """What the browser signed, as its script wrote it: JSON of a bounded size (INP-04)."""

    credential = forms.JSONField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(("required", "invalid"), gettext_lazy(NOT_SIGNED)),
    )

    def clean_credential(self) -> dict[str, Any]:
        credential = self.cleaned_data["credential"]
        if not isinstance(credential, dict):
            raise ValidationError(_(NOT_SIGNED))
        return credential


class TrustForm(CodeForm):
    """The code of a second step, and whether to ask for it here again."""

    trust = forms.BooleanField(required=False, label=gettext_lazy("Trust this browser"))

    def __init__(self, *args: Any, days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["trust"].help_text = ngettext(
            "For {days} day, only your password will be asked for here. "
            "Leave it off on a computer that others use.",
            "For {days} days, only your password will be asked for here. "
            "Leave it off on a computer that others use.",
            days,
        ).format(days=days)


def _one_of_the_ways() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=gettext_lazy("Choose how"),
        widget=forms.RadioSelect,
        error_messages={
            "required": gettext_lazy("Choose one of the ways."),
            "invalid_choice": gettext_lazy("Choose one of the ways on this page."),
        },
    )


class ChoiceForm(forms.Form):
    """Choose how to prove it is you, among what Cognito offers now."""

    factor = _one_of_the_ways()

    def __init__(self, *args: Any, choices: list[tuple[str, Choice]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["factor"].choices = choices  # type: ignore[attr-defined]


class WayForm(forms.Form):
    """Choose what to begin a sign-in with."""

    way = _one_of_the_ways()

    def __init__(self, *args: Any, choices: list[tuple[str, Choice]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["way"].choices = choices  # type: ignore[attr-defined]


class EmailForm(forms.Form):
    """An e-mail address to which sign-in codes shall go."""

    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        max_length=254,
        validators=[plain_line],
        error_messages={
            "required": gettext_lazy("Enter your e-mail address."),
            "invalid": gettext_lazy("Enter an e-mail address such as name@example.com."),
            "max_length": TOO_LONG,
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

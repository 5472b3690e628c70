"""What the pages of a sign-in say for Cognito's terms."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.choices import Choice
from accounts.cognito.sign_in import Challenge
from accounts.languages import in_seconds
from accounts.masking import show_destination

CHOICE = {
    "SOFTWARE_TOKEN_MFA": Choice(gettext_lazy("A code from my authenticator app")),
    "SMS_MFA": Choice(
        gettext_lazy("A code by text message"), gettext_lazy("We send it when you continue.")
    ),
    "EMAIL_OTP": Choice(
        gettext_lazy("A code by e-mail"), gettext_lazy("We send it when you continue.")
    ),
}

# What a sign-in by choice may begin with, strongest first.
WAY = {
    "WEB_AUTHN": Choice(
        gettext_lazy("My passkey"), gettext_lazy("Your fingerprint, face, PIN or security key.")
    ),
    "PASSWORD": Choice(gettext_lazy("My password")),
    "EMAIL_OTP": Choice(
        gettext_lazy("A code by e-mail"), gettext_lazy("We send it when you continue.")
    ),
    "SMS_OTP": Choice(
        gettext_lazy("A code by text message"), gettext_lazy("We send it when you continue.")
    ),
}


@dataclass(frozen=True)
class CodePlace:
    """Where the person finds the code; detail: the name of the app, or the masked destination.

    sentence, after: what stands before and after it, for languages that end with the verb.
    """

    icon: str
    sentence: str
    detail: str
    after: str = ""


def where_the_code_is(challenge: Challenge) -> CodePlace:
    destination = show_destination(challenge.parameters.get("CODE_DELIVERY_DESTINATION", ""))
    if challenge.name in {"SMS_MFA", "EMAIL_OTP"}:
        return code_sent_to("phone_number" if challenge.name == "SMS_MFA" else "email", destination)
    name = challenge.parameters.get("FRIENDLY_DEVICE_NAME", "").strip()
    return CodePlace("app", _("Open your authenticator app"), f"({name})" if name else "")


def code_sent_to(attribute: str, masked: str) -> CodePlace:
    """attribute: phone_number or email, whose masked value the code was sent to."""
    if attribute == "phone_number":
        return _place("message", _("We sent a text message to {place}"), masked)
    return _place("email", _("We sent an e-mail to {place}"), masked)


def where_a_code_went(medium: str, masked: str) -> CodePlace | None:
    """For somebody of whom it is not said whether they exist; None where we did not send it."""
    if not masked:
        return None
    if medium == "SMS":
        sentence = _("If there is such an account, we sent a text message to {place}")
        return _place("message", sentence, show_destination(masked))
    sentence = _("If there is such an account, we sent an e-mail to {place}")
    return _place("email", sentence, show_destination(masked))


def ask_again(seconds: int) -> str:
    return _("You can ask for another code {when}.").format(when=in_seconds(seconds))


def _place(icon: str, sentence: str, destination: str) -> CodePlace:
    before, _place_itself, after = sentence.partition("{place}")
    return CodePlace(icon, before.strip(), destination, after.strip())

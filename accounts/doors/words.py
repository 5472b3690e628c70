"""What the pages of a sign-in say for Cognito's terms."""

from dataclasses import dataclass

from accounts.choices import Choice
from accounts.cognito.sign_in import Challenge
from accounts.masking import show_destination

CHOICE = {
    "SOFTWARE_TOKEN_MFA": Choice("A code from my authenticator app"),
    "SMS_MFA": Choice("A code by text message", "We send it when you continue."),
    "EMAIL_OTP": Choice("A code by e-mail", "We send it when you continue."),
}

# What a sign-in by choice may begin with, strongest first.
WAY = {
    "WEB_AUTHN": Choice("My passkey", "Your fingerprint, face, PIN or security key."),
    "PASSWORD": Choice("My password"),
    "EMAIL_OTP": Choice("A code by e-mail", "We send it when you continue."),
    "SMS_OTP": Choice("A code by text message", "We send it when you continue."),
}


@dataclass(frozen=True)
class CodePlace:
    """Where the person finds the code; detail: the name of the app, or the masked destination."""

    icon: str
    sentence: str
    detail: str


def where_the_code_is(challenge: Challenge) -> CodePlace:
    destination = show_destination(challenge.parameters.get("CODE_DELIVERY_DESTINATION", ""))
    if challenge.name == "SMS_MFA":
        return CodePlace("message", "We sent a text message to", destination)
    if challenge.name == "EMAIL_OTP":
        return CodePlace("email", "We sent an e-mail to", destination)
    name = challenge.parameters.get("FRIENDLY_DEVICE_NAME", "").strip()
    return CodePlace("app", "Open your authenticator app", f"({name})" if name else "")


def where_a_code_went(medium: str, masked: str) -> CodePlace | None:
    """For somebody of whom it is not said whether they exist; None where we did not send it."""
    if not masked:
        return None
    if medium == "SMS":
        sentence, icon = "we sent a text message to", "message"
    else:
        sentence, icon = "we sent an e-mail to", "email"
    return CodePlace(icon, f"If there is such an account, {sentence}", show_destination(masked))

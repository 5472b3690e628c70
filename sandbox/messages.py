"""The words of messages with codes, their delivery and how a destination is shown."""

from __future__ import annotations

import secrets
from typing import NamedTuple

from sandbox import destinations, inbox
from sandbox.default_sender import sends_itself
from sandbox.inbox import Inbox
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.switches import Switches

MEDIUM = {"email": inbox.EMAIL, "phone_number": inbox.SMS}
PLACE_OF_CODE = "{####}"
PLACE_OF_NAME = "{username}"
MFA_TEXT = "Your authentication code is {####}. "
VERIFICATION_TEXT = "Your verification code is {####}. "
VERIFICATION_SUBJECT = "Your verification code"
MFA_SUBJECT = "Your authentication code"
INVITATION_TEXT = "Your username is {username} and temporary password is {####}. "
INVITATION_SUBJECT = "Your temporary password"


class Wording(NamedTuple):
    """What a message says; only e-mails have a subject."""

    text: str
    subject: str | None = None


def new_code(digits: int = 6) -> str:
    """Random digits."""
    return f"{secrets.randbelow(10**digits):0{digits}}"


def masked(attribute: str, value: str, switches: Switches) -> str:
    """A destination as Cognito shows it: `n***@e***`, `+*******1234`."""
    if attribute == "phone_number":
        return "+" + "*" * 7 + value[-4:]
    local, _, domain = value.partition("@")
    stars = "*" * switches.email_asterisks
    return f"{local[:1]}{stars}@{domain[:1]}{stars}"


def delivery(attribute: str, value: str, switches: Switches) -> dict[str, str]:
    """A CodeDeliveryDetailsType."""
    return {
        "Destination": masked(attribute, value, switches),
        "DeliveryMedium": MEDIUM[attribute],
        "AttributeName": attribute,
    }


def send_mfa_code(box: Inbox, pool: Pool, attribute: str, value: str, code: str) -> None:
    """A second factor's code."""
    if attribute == "email":
        settings = pool.mfa_settings.get("EmailMfaConfiguration", {})
        wording = Wording(settings.get("Message", MFA_TEXT), settings.get("Subject", MFA_SUBJECT))
    else:
        settings = pool.mfa_settings.get("SmsMfaConfiguration", {})
        wording = Wording(settings.get("SmsAuthenticationMessage", MFA_TEXT))
    _send(box, pool, attribute, value, wording, code, at_sign_in=True)


def send_verification_code(box: Inbox, pool: Pool, attribute: str, value: str, code: str) -> None:
    """The code that proves an e-mail address or a number."""
    settings = pool.settings
    template = settings.get("VerificationMessageTemplate", {})
    if attribute == "email":
        text = template.get("EmailMessage") or settings.get("EmailVerificationMessage")
        subject = template.get("EmailSubject") or settings.get("EmailVerificationSubject")
        wording = Wording(text or VERIFICATION_TEXT, subject or VERIFICATION_SUBJECT)
    else:
        text = template.get("SmsMessage") or settings.get("SmsVerificationMessage")
        wording = Wording(text or VERIFICATION_TEXT)
    _send(box, pool, attribute, value, wording, code)


def send_invitation(box: Inbox, pool: Pool, person: Person, attribute: str, password: str) -> None:
    """The temporary password of a new account, to the person's address or number."""
    config = pool.settings.get("AdminCreateUserConfig", {})
    template = config.get("InviteMessageTemplate", {})
    member = "EmailMessage" if attribute == "email" else "SMSMessage"
    text = template.get(member, INVITATION_TEXT).replace(PLACE_OF_NAME, person.username)
    subject = template.get("EmailSubject", INVITATION_SUBJECT) if attribute == "email" else None
    _send(box, pool, attribute, person.attributes[attribute], Wording(text, subject), password)


def _send(
    box: Inbox,
    pool: Pool,
    attribute: str,
    value: str,
    wording: Wording,
    code: str,
    *,
    at_sign_in: bool = False,
) -> None:
    if attribute == "email" and sends_itself(pool):
        box.default_sender.count()
    text, medium = wording.text.replace(PLACE_OF_CODE, code), MEDIUM[attribute]
    destinations.send(
        box, medium, value, text, code=code, subject=wording.subject, at_sign_in=at_sign_in
    )

"""The pages that ask for a proof: codes, choices, a new password, and the set-up of a factor."""

from __future__ import annotations

import json
from html import escape
from typing import Any

import pyotp
import qrcode
from qrcode.image.svg import SvgPathImage

from sandbox.factors import EMAIL, SMS, TOTP, WEB_AUTHN
from sandbox.managed_login import passkey_pages, set_up
from sandbox.managed_login.pages import (
    Field,
    choice,
    code_field,
    field,
    form,
    link,
    page,
    password_field,
)
from sandbox.managed_login.turn import Turn
from sandbox.managed_login.web import Response, html
from sandbox.operations.registry import Answer

LABELS = {
    TOTP: "Authenticator app",
    SMS: "Text message",
    EMAIL: "E-mail message",
    "SMS_OTP": "Text message",
    "PASSWORD": "Password",
    WEB_AUTHN: "Passkey",
}
CONTACT = {
    EMAIL: Field("address", "E-mail address", "email", "email", more=" autofocus"),
    SMS: Field(
        "address",
        "Phone number",
        "tel",
        "tel",
        hint="With the country code, for example +447700900123.",
        more=" autofocus",
    ),
}
USER_ATTRIBUTE = "userAttributes."
GROUP = 4


def challenge(turn: Turn, state: dict[str, Any], problem: str = "") -> Response:
    """The page of what is asked now."""
    asked = state["answer"]
    name = asked["ChallengeName"]
    if name == set_up.MFA_SETUP:
        return html(_set_up(turn, state["username"], asked, problem))
    if name == WEB_AUTHN:
        options = asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]
        return passkey_pages.use(turn, options, problem)
    if name == "NEW_PASSWORD_REQUIRED":
        return html(_new_password(turn, asked, problem))
    if name == "PASSWORD":
        inner = password_field("Password", "current-password", problem)
        return html(_asking(turn, "Enter your password", inner, "Sign in", problem))
    if name in ("SELECT_MFA_TYPE", "SELECT_CHALLENGE"):
        return html(_choice(turn, asked, problem))
    return html(_code(turn, asked, problem))


def first_factors(asked: Answer) -> list[str]:
    """What the pages offer of a SELECT_CHALLENGE: they send passwords as they are."""
    return [each for each in asked["AvailableChallenges"] if each != "PASSWORD_SRP"]


def _asking(turn: Turn, heading: str, inner: str, button: str, problem: str) -> str:
    body = form(turn, "/challenge", inner, button) + link(turn, "/login", "Back to sign-in")
    return page(heading, body, problem)


def _code(turn: Turn, asked: Answer, problem: str) -> str:
    told = asked["ChallengeParameters"]
    if asked["ChallengeName"] == TOTP:
        device = told.get("FRIENDLY_DEVICE_NAME")
        on = f" on {escape(device)}" if device else ""
        words = f"Enter the code from your authenticator app{on}."
        heading = "Enter the code of your app"
    else:
        words = f"We sent a code to {escape(told['CODE_DELIVERY_DESTINATION'])}."
        by_phone = told["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS"
        heading = "Check your phone" if by_phone else "Check your e-mail"
    return _asking(turn, heading, f"<p>{words}</p>\n{code_field(problem)}", "Sign in", problem)


def _choice(turn: Turn, asked: Answer, problem: str) -> str:
    first = asked["ChallengeName"] == "SELECT_CHALLENGE"
    listed = (
        first_factors(asked)
        if first
        else json.loads(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
    )
    choices = {each: LABELS.get(each, each) for each in listed}
    inner = choice(choices, "How do you want to prove that it is you?")
    return _asking(turn, "Choose how to sign in", inner, "Continue", problem)


def _new_password(turn: Turn, asked: Answer, problem: str) -> str:
    missing = json.loads(asked["ChallengeParameters"]["requiredAttributes"])
    inner = "<p>Your password is a temporary one. Choose your own.</p>\n"
    inner += password_field("New password", "new-password", problem, password_hint(turn))
    for name in missing:
        known = turn.request.form.get(name, "")
        inner += field(Field(name, attribute_label(name), value=known))
    return _asking(turn, "Choose a new password", inner, "Save and go on", problem)


def attribute_label(name: str) -> str:
    """An attribute's name as people read it."""
    plain = name.removeprefix(USER_ATTRIBUTE).removeprefix("custom:")
    if plain == "email":
        return "E-mail address"
    return plain.replace("_", " ").capitalize()


def password_hint(turn: Turn) -> str:
    """What the pool demands of a password."""
    policy = turn.pool.password_policy
    wanted = {
        "RequireUppercase": "a capital letter",
        "RequireLowercase": "a small letter",
        "RequireNumbers": "a digit",
        "RequireSymbols": "a sign such as !",
    }
    parts = [words for member, words in wanted.items() if policy.get(member)]
    least = f"At least {policy.get('MinimumLength', 8)} characters"
    return f"{least}, with {', '.join(parts)}." if parts else f"{least}."


def _set_up(turn: Turn, username: str, asked: Answer, problem: str) -> str:
    factor = asked.get("factor")
    if factor == TOTP:
        return _set_up_app(turn, username, asked["secret"], problem)
    if factor is not None:
        inner = field(CONTACT[factor]._replace(value=turn.request.form.get("address", "")), problem)
        return _asking(turn, f"Set up: {LABELS[factor].lower()}", inner, "Send a code", problem)
    choices = {each: LABELS[each] for each in set_up.offered(turn, asked)}
    inner = "<p>Your account needs a second step to sign in.</p>\n"
    inner += choice(choices, "What do you want to use?")
    return _asking(turn, "Set up a second step", inner, "Continue", problem)


def _set_up_app(turn: Turn, username: str, secret: str, problem: str) -> str:
    address = pyotp.TOTP(secret).provisioning_uri(
        name=username, issuer_name=turn.pool.document["name"]
    )
    groups = [secret[start : start + GROUP] for start in range(0, len(secret), GROUP)]
    key = " ".join(f"<span>{escape(group)}</span>" for group in groups)
    inner = (
        "<ol>\n<li>Open your authenticator app and scan this code.\n"
        f'<div class="qr" role="img" aria-label="QR code with the key below">{_qr(address)}</div>\n'
        f'Or type this key into the app:\n<p class="key">{key}</p></li>\n'
        "<li>Enter the code that the app shows.</li>\n</ol>\n"
    )
    inner += code_field(problem)
    return _asking(turn, "Set up an authenticator app", inner, "Sign in", problem)


def _qr(address: str) -> str:
    image = qrcode.make(address, image_factory=SvgPathImage, border=4)
    drawn: str = image.to_string(encoding="unicode")
    return drawn

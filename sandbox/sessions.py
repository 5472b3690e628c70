"""Sign-ins as sessions that people can see and end one by one. Source: contract 8.7.

A token session is a sign-in, so its id is the sign-in's own, written the way Cognito does.
"""

from __future__ import annotations

import string
from typing import Any
from uuid import UUID

from sandbox.agents import device_type
from sandbox.core import Call, without_empty
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import refusal
from sandbox.tokens import SignIn

ALPHABET = string.digits + string.ascii_lowercase
DIGITS = 25
PREFIX = "tkn"
DEFAULT_SSO = {"MaxValidityMinutes": 60}


def session_id(sign_in: SignIn) -> str:
    """The id of a sign-in's token session: `tkn` and 25 small letters or digits."""
    number, digits = UUID(sign_in.id).int, ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return PREFIX + digits.rjust(DIGITS, "0")


def active_session(call: Call, person: Person, wanted: str) -> SignIn:
    """The person's active session of that id; refuses any other."""
    for sign_in in call.sandbox.tokens.active(person):
        if session_id(sign_in) == wanted:
            return sign_in
    raise refusal("unknown_session")


def require_tracking(pool: Pool) -> None:
    """Refuse where the pool does not track sessions."""
    if not pool.tracks_sessions:
        raise refusal("sessions_off")


def described(sign_in: SignIn, *, current: bool) -> dict[str, Any]:
    """A SessionDescriptionType; nothing is known of places, so there is no LastLocation."""
    return without_empty(
        {
            "SessionId": session_id(sign_in),
            "SessionType": "TOKEN",
            "ClientId": sign_in.client_id,
            "CreateDate": sign_in.created or sign_in.auth_time,
            "LastActiveDate": sign_in.last_active or sign_in.auth_time,
            "DeviceType": device_type(sign_in.agent),
            "LastIPAddress": sign_in.address or None,
            "IsCurrentSession": current,
        }
    )

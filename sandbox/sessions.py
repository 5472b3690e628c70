"""Sign-ins as sessions that people can see and end one by one. Source: contract 8.7.

A token session is a sign-in, so its id is the sign-in's own, written the way Cognito does; an SSO
session is a browser signed in at the pool's domain.
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
from sandbox.sso import SsoSession
from sandbox.tokens import SignIn

ALPHABET = string.digits + string.ascii_lowercase
DIGITS = 25
TOKEN, SSO = "tkn", "sso"
DEFAULT_SSO = {"MaxValidityMinutes": 60}


def session_id(session: SignIn | SsoSession) -> str:
    """The id of a session: `tkn` or `sso`, and 25 small letters or digits."""
    return _written(SSO if isinstance(session, SsoSession) else TOKEN, session.id)


def _written(prefix: str, identity: str) -> str:
    number, digits = UUID(identity).int, ""
    while number:
        number, digit = divmod(number, len(ALPHABET))
        digits = ALPHABET[digit] + digits
    return prefix + digits.rjust(DIGITS, "0")


def active_sessions(call: Call, person: Person) -> list[SignIn | SsoSession]:
    """The person's active sessions of both kinds, the least recently used one first."""
    found: list[SignIn | SsoSession] = [*call.sandbox.tokens.active(person)]
    found += call.sandbox.sso.active(person)
    return sorted(found, key=lambda session: session.last_active)


def active_session(call: Call, person: Person, wanted: str) -> SignIn | SsoSession:
    """The person's active session of that id; refuses any other."""
    for session in active_sessions(call, person):
        if session_id(session) == wanted:
            return session
    raise refusal("unknown_session")


def revoke(call: Call, session: SignIn | SsoSession, *, linked: bool) -> None:
    """End a session, and with `linked` the one it came through or those that came through it."""
    if isinstance(session, SsoSession):
        call.sandbox.sso.revoke(session.id)
        if linked:
            call.sandbox.sso.revoke_sign_ins(session)
        return
    call.sandbox.tokens.revoke(session)
    if linked and session.sso:
        call.sandbox.sso.revoke(session.sso)


def require_tracking(pool: Pool) -> None:
    """Refuse where the pool does not track sessions."""
    if not pool.tracks_sessions:
        raise refusal("sessions_off")


def described(session: SignIn | SsoSession, *, current: bool) -> dict[str, Any]:
    """A SessionDescriptionType; nothing is known of places, so there is no LastLocation."""
    own = _of_tokens(session) if isinstance(session, SignIn) else {"SessionType": "SSO"}
    return without_empty(
        {
            "SessionId": session_id(session),
            "ClientId": session.client_id,
            "CreateDate": session.auth_time,
            "LastActiveDate": session.last_active or session.auth_time,
            "DeviceType": device_type(session.agent),
            "LastIPAddress": session.address or None,
            "IsCurrentSession": current,
            **own,
        }
    )


def _of_tokens(sign_in: SignIn) -> dict[str, Any]:
    return {
        "SessionType": "TOKEN",
        "CreateDate": sign_in.created or sign_in.auth_time,
        "OriginSessionId": _written(SSO, sign_in.sso) if sign_in.sso else None,
    }

"""Authenticator apps: secrets of their own for everybody, and each code good for one use.

RFC 6238 with SHA-1, six digits, 30 seconds, one step of tolerance. Source: contract 3.3.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from typing import Literal

import pyotp

from sandbox.database import Database
from sandbox.people import Person

PERIOD = 30
TOLERANCE = (0, -1, 1)
SECRET_BYTES = 32

Verdict = Literal["right", "wrong", "used"]
Authenticator = dict[str, str]


def new_authenticator() -> Authenticator:
    """A fresh secret: 52 characters of base32 without padding."""
    secret = base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode().rstrip("=")
    return {"id": secrets.token_hex(8), "secret": secret, "name": ""}


def judge(
    database: Database, person: Person, authenticator: Authenticator, code: str, now: float
) -> Verdict:
    """Check a code and, when it is right, spend it."""
    for step in _matching_steps(authenticator["secret"], code, now):
        spent = database.write(
            "INSERT OR IGNORE INTO spent_totp_codes VALUES (?, ?, ?, ?)",
            person.pool_id,
            person.sub,
            authenticator["id"],
            step,
        )
        return "right" if spent else "used"
    return "wrong"


def current_code(secret: str, now: float) -> tuple[str, int]:
    """The code an app shows now, and for how many more seconds."""
    return pyotp.TOTP(secret).at(int(now)), PERIOD - int(now) % PERIOD


def _matching_steps(secret: str, code: str, now: float) -> list[int]:
    generator = pyotp.TOTP(secret)
    current = int(now // PERIOD)
    return [
        current + distance
        for distance in TOLERANCE
        if current + distance >= 0
        and hmac.compare_digest(generator.generate_otp(current + distance), code)
    ]

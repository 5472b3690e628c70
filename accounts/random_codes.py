"""Codes that the portal itself makes and people type: how they are made, read and kept.

They are drawn from letters that look like nothing else, and kept salted and hashed with PBKDF2
(REC-02). Their chance is in the code itself, at least 64 random bits for one that opens
anything, so few rounds do what a million do for a password that somebody made up.
"""

from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.utils.crypto import get_random_string

from accounts.cases import LETTERS

ROUNDS = 10_000
GROUP = 4
LONGEST_TYPED = 64


def make(length: int) -> str:
    """Draw a code, grouped as it is shown: `ACDE-FHJK`. 21 letters: 4.39 bits each."""
    drawn = get_random_string(length, LETTERS)
    return "-".join(drawn[at : at + GROUP] for at in range(0, length, GROUP))


def as_kept(typed: str) -> str:
    """What somebody typed, as it was drawn: small letters, spaces and dashes are forgiven."""
    return "".join(sign for sign in typed[:LONGEST_TYPED].upper() if sign in LETTERS)


def is_shaped(typed: str, length: int) -> bool:
    """Whether it can be such a code at all: nothing else is compared or counted."""
    kept = as_kept(typed)
    rest = set(typed.upper()) - set(LETTERS)
    return len(kept) == length and rest <= set(" -\u2010\u2011\u2012\u2013\u00a0")


def hashed(code: str) -> str:
    hasher = PBKDF2PasswordHasher()
    return hasher.encode(as_kept(code), hasher.salt(), iterations=ROUNDS)


def matches(typed: str, kept: str) -> bool:
    return PBKDF2PasswordHasher().verify(as_kept(typed), kept)

"""How the rows of the audit hold each other: one chain for each pool (AUD-04, AUZ-03).

Each row names its number and the hash of the row before it; its own hash is taken over both and
over all it says. Whoever can write to the database could compute such hashes anew, so each is
sealed with a key that is not kept there. Pure, but for the keys of the settings.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SALT = "accounts.chain"
# What the first row of a chain follows.
BEGINNING = ""
# Of each row, what is made from all the rest.
MADE = frozenset({"hash", "seal"})
# What JSON gives back as it was given.
AS_JSON = {str, int, type(None)}


def canonical(row: Mapping[str, Any]) -> bytes:
    """All that a row says, in one form, whatever database it came from.

    What is empty is left out, so that a column of later changes no hash of today.
    """
    said = {name: _plain(value) for name, value in row.items() if name not in MADE}
    kept = {name: value for name, value in said.items() if value not in ("", None, {}, [])}
    return json.dumps(kept, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _plain(value: Any) -> Any:
    if type(value) in AS_JSON:
        return value
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, UUID):
        return str(value)
    # As JSON gives it back: PostgreSQL knows no difference between 1.0 and 1.
    return _whole(json.loads(json.dumps(value)))


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def digest(row: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical form, in hexadecimal; anybody can compute it."""
    return hashlib.sha256(canonical(row)).hexdigest()


def seal(digested: str) -> str:
    """HMAC-SHA-256 with a key of this portal's; nobody else can make it."""
    return _sealed(digested, settings.SECRET_KEY)


def seal_fits(digested: str, sealed: str) -> bool:
    """Whether the portal sealed it, with its key of today or one that it still knows."""
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return any(constant_time_compare(_sealed(digested, key), sealed) for key in keys)


def _sealed(digested: str, key: str) -> str:
    return salted_hmac(SALT, digested, secret=key, algorithm="sha256").hexdigest()

"""The passkeys people have registered: public keys and counters, one row each.

Source: contract 7.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.exceptions import UnsupportedAlgorithm as CryptographyUnsupported
from webauthn.helpers.exceptions import WebAuthnException

from sandbox.database import Database, packed
from sandbox.people import Person
from sandbox.protocol import refusal

MOST = 20
# How the library says no: by its own exceptions, and where CBOR, keys or certificates are odd by
# those of what it stands on.
DISBELIEF = (
    WebAuthnException,
    CryptographyUnsupported,
    InvalidSignature,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


@dataclass
class Passkey:
    """One passkey of one person. Ids and keys are base64url, as browsers write them in JSON."""

    credential_id: str
    pool_id: str
    sub: str
    relying_party: str
    name: str
    public_key: str = ""
    sign_count: int = 0
    created: float = 0.0
    attachment: str | None = None
    transports: list[str] = field(default_factory=list)

    def described(self) -> dict[str, Any]:
        """A WebAuthnCredentialDescription."""
        attachment = {"AuthenticatorAttachment": self.attachment} if self.attachment else {}
        return {
            "CredentialId": self.credential_id,
            "FriendlyCredentialName": self.name,
            "RelyingPartyId": self.relying_party,
            **attachment,
            "AuthenticatorTransports": self.transports,
            "CreatedAt": self.created,
        }

    def excluded(self) -> dict[str, Any]:
        """How the options of a registration name it, so that no device registers twice."""
        return {"id": self.credential_id, "type": "public-key"}

    def allowed(self) -> dict[str, Any]:
        """How the options of a sign-in name it."""
        return {"type": "public-key", "id": self.credential_id, "transports": self.transports}


class Passkeys:
    """Finds and stores passkeys."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, person: Person) -> list[Passkey]:
        """All passkeys of a person, oldest first."""
        return [passkey for _, passkey in self.page(person, 0, MOST)]

    def page(self, person: Person, after: int, most: int) -> list[tuple[int, Passkey]]:
        """Passkeys of a person behind a position, oldest first, each with its position."""
        rows = self._database.rows(
            "SELECT id, document FROM passkeys WHERE pool = ? AND sub = ? AND id > ?"
            " ORDER BY id LIMIT ?",
            person.pool_id,
            person.sub,
            after,
            most,
        )
        return [(row[0], Passkey(**json.loads(row[1]))) for row in rows]

    def add(self, passkey: Passkey) -> bool:
        """Keep a new one; False when somebody of the pool has registered that id before."""
        added = self._database.write(
            "INSERT OR IGNORE INTO passkeys (credential, pool, sub, document) VALUES (?, ?, ?, ?)",
            passkey.credential_id,
            passkey.pool_id,
            passkey.sub,
            packed(vars(passkey)),
        )
        return bool(added)

    def save(self, passkey: Passkey) -> None:
        """Store what changed."""
        self._database.write(
            "UPDATE passkeys SET document = ? WHERE pool = ? AND credential = ?",
            packed(vars(passkey)),
            passkey.pool_id,
            passkey.credential_id,
        )

    def remove(self, person: Person, credential_id: str) -> None:
        """Delete one of a person's own; refuses an id that is none of theirs."""
        removed = self._database.write(
            "DELETE FROM passkeys WHERE pool = ? AND sub = ? AND credential = ?",
            person.pool_id,
            person.sub,
            credential_id,
        )
        if not removed:
            raise refusal("unknown_passkey")


def user_handle(person: Person) -> bytes:
    """What an authenticator keeps of the person: the immutable id."""
    return person.sub.encode()


@contextmanager
def reading(saying: str) -> Iterator[None]:
    """Refuse, by that name, what the webauthn library cannot read or does not believe."""
    try:
        yield
    except DISBELIEF as problem:
        raise refusal(saying) from problem

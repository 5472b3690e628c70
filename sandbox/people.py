"""The people of a pool: one row each, a few indexed columns and a JSON document for the rest."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sandbox.database import Database, packed
from sandbox.pools import Pool

CONFIRMED = "CONFIRMED"
FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"  # noqa: S105 - a status
UNCONFIRMED = "UNCONFIRMED"
RESET_REQUIRED = "RESET_REQUIRED"

COLUMNS = "id, document"
TABLES_OF_PERSON = (
    "people",
    "memberships",
    "sign_ins",
    "devices",
    "passkeys",
    "spent_totp_codes",
)


@dataclass
class Person:
    """Somebody's account. Times are seconds since the epoch of the sandbox clock."""

    pool_id: str
    username: str
    sub: str
    created: float
    modified: float
    status: str = CONFIRMED
    enabled: bool = True
    attributes: dict[str, str] = field(default_factory=dict)
    salt: str = ""
    verifier: str = ""
    earlier_passwords: list[list[str]] = field(default_factory=list)
    temporary_until: float | None = None
    totp: dict[str, str] | None = None
    totp_pending: dict[str, str] | None = None
    activated: list[str] = field(default_factory=list)
    preferred: str | None = None
    passkey_mfa: bool = False
    passkey_pending: dict[str, Any] | None = None
    mfa_options: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    tries: dict[str, list[float]] = field(default_factory=dict)
    failures: int = 0
    failed_at: float = 0.0
    locked_until: float = 0.0

    def verified(self, attribute: str) -> bool:
        """Whether the address or number was proved; False when there is none."""
        return (
            attribute in self.attributes and self.attributes.get(f"{attribute}_verified") == "true"
        )

    def attribute_list(self) -> list[dict[str, str]]:
        """Attributes as Cognito lists them, `sub` among them."""
        pairs = {**self.attributes, "sub": self.sub}
        return [{"Name": name, "Value": value} for name, value in pairs.items()]


class People:
    """Finds and stores people."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, pool: Pool, person: Person) -> None:
        """Store somebody new; the caller has checked that name and aliases are free."""
        values = [person.pool_id, *_columns(pool, person), _document(person)]
        self._database.write(
            "INSERT INTO people (pool, name_key, sub, email, phone, preferred_username, status,"
            " enabled, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *values,
        )

    def save(self, pool: Pool, person: Person) -> None:
        """Store what changed; the indexed columns follow the document."""
        self._database.write(
            "UPDATE people SET name_key = ?, sub = ?, email = ?, phone = ?,"
            " preferred_username = ?, status = ?, enabled = ?, document = ?"
            " WHERE pool = ? AND sub = ?",
            *_columns(pool, person),
            _document(person),
            person.pool_id,
            person.sub,
        )

    def touch(self, person: Person) -> None:
        """Store what is only in the document: quicker, for counters and factors."""
        self._database.write(
            "UPDATE people SET document = ? WHERE pool = ? AND sub = ?",
            _document(person),
            person.pool_id,
            person.sub,
        )

    def remove(self, person: Person) -> None:
        """Delete somebody for good."""
        where = "WHERE pool = ? AND sub = ?"
        for table in TABLES_OF_PERSON:
            statement = f"DELETE FROM {table} {where}"  # noqa: S608 - our own table names
            self._database.write(statement, person.pool_id, person.sub)

    def by_sub(self, pool_id: str, sub: str) -> Person | None:
        """The person with that immutable id."""
        return self._one("pool = ? AND sub = ?", pool_id, sub)

    def by_username(self, pool: Pool, username: str) -> Person | None:
        """The person whose username this is, aliases aside."""
        return self._one("pool = ? AND name_key = ?", pool.id, pool.folded(username))

    def find(self, pool: Pool, name: str) -> Person | None:
        """By username, alias or `sub`: whatever a person may type to sign in."""
        return (
            self.by_username(pool, name) or self._by_alias(pool, name) or self.by_sub(pool.id, name)
        )

    def owner(self, pool: Pool, attribute: str, value: str) -> Person | None:
        """Who holds that e-mail address, number or preferred username as a way to sign in."""
        proof_needed = attribute in pool.alias_attributes and attribute != "preferred_username"
        for person in self._holders(pool, attribute, value):
            if person.verified(attribute) or not proof_needed:
                return person
        return None

    def count(self, pool_id: str) -> int:
        """How many people a pool has."""
        found = self._database.row("SELECT COUNT(*) FROM people WHERE pool = ?", pool_id)
        return int(found[0]) if found else 0

    def _by_alias(self, pool: Pool, name: str) -> Person | None:
        for attribute in pool.sign_in_attributes:
            if person := self.owner(pool, attribute, name):
                return person
        return None

    def _holders(self, pool: Pool, attribute: str, value: str) -> Iterator[Person]:
        column = {"phone_number": "phone"}.get(attribute, attribute)
        rows = self._database.rows(
            f"SELECT document FROM people WHERE pool = ? AND {column} = ?",  # noqa: S608
            pool.id,
            pool.folded(value),
        )
        return (loaded(row[0]) for row in rows)

    def _one(self, where: str, *values: str) -> Person | None:
        found = self._database.row(f"SELECT document FROM people WHERE {where}", *values)  # noqa: S608
        return loaded(found[0]) if found else None


def loaded(document: str) -> Person:
    """A person from the stored document."""
    return Person(**json.loads(document))


def _document(person: Person) -> str:
    return packed(vars(person))


def _columns(pool: Pool, person: Person) -> list[Any]:
    def folded(attribute: str) -> str | None:
        value = person.attributes.get(attribute)
        return pool.folded(value) if value else None

    return [
        pool.folded(person.username),
        person.sub,
        folded("email"),
        folded("phone_number"),
        folded("preferred_username"),
        person.status,
        int(person.enabled),
    ]

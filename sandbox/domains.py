"""Domains of user pools: where managed login and the OAuth endpoints live. Source: contract 13.1.

In AWS a prefix is a host below `amazoncognito.com`. Here a domain is reached by a path of the API
port or by a host name that belongs to this computer; see docs/sandbox.md.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sandbox.database import Database, packed

PATH = "/domains/"
CLASSIC, MANAGED = 1, 2
DOMAIN = "{domain}"
Document = dict[str, Any]


@dataclass(frozen=True)
class Domain:
    """One domain. `settings` are members of DomainDescriptionType."""

    name: str
    pool_id: str
    settings: Document

    @property
    def custom(self) -> bool:
        """Whether it is a name of the customer's own, and not a prefix."""
        return "CustomDomainConfig" in self.settings

    @property
    def managed(self) -> bool:
        """Whether it shows managed login rather than the classic pages."""
        return bool(self.settings.get("ManagedLoginVersion") == MANAGED)

    def service_host(self, region: str) -> str:
        """The host it would have in AWS."""
        return self.name if self.custom else f"{self.name}.auth.{region}.amazoncognito.com"


class Domains:
    """Finds and stores domains."""

    def __init__(self, database: Database, region: str, base: str) -> None:
        self._database = database
        self._region = region
        self._base = base

    def url(self, domain: Domain) -> str:
        """Where a domain is reached, without a slash at the end."""
        return self._base.replace(DOMAIN, domain.name).rstrip("/")

    def get(self, name: str) -> Domain | None:
        """The domain of that name or prefix."""
        row = self._database.row("SELECT * FROM domains WHERE name = ?", name)
        return Domain(row[0], row[1], json.loads(row[2])) if row else None

    def of(self, pool_id: str) -> list[Domain]:
        """The domains of a pool, at most one of each kind, the custom one first."""
        rows = self._database.rows("SELECT * FROM domains WHERE pool = ?", pool_id)
        found = [Domain(row[0], row[1], json.loads(row[2])) for row in rows]
        return sorted(found, key=lambda domain: not domain.custom)

    def save(self, domain: Domain) -> None:
        """Store a new or changed domain."""
        self._database.write(
            "INSERT INTO domains (name, pool, document) VALUES (?, ?, ?)"
            " ON CONFLICT (name) DO UPDATE SET document = excluded.document",
            domain.name,
            domain.pool_id,
            packed(domain.settings),
        )

    def remove(self, domain: Domain) -> None:
        """Delete a domain."""
        self._database.write("DELETE FROM domains WHERE name = ?", domain.name)

    def at_host(self, host: str) -> Domain | None:
        """The domain that a Host header names: its own name, or a prefix below `.auth.`."""
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        name = name.lower().rstrip(".")
        prefix, _, rest = name.partition(".auth.")
        if rest in ("localhost", f"{self._region}.amazoncognito.com"):
            found = self.get(prefix)
            return found if found and not found.custom else None
        found = self.get(name) if "." in name else None
        return found if found and found.custom else None

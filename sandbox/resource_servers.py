"""Resource servers: APIs of one's own, and the scopes that tokens for them may carry.

Source: the service model; contract 13.2.
"""

from __future__ import annotations

import json
from typing import Any

from sandbox.database import Database, packed

SYSTEM_SCOPES = ("openid", "email", "phone", "profile", "aws.cognito.signin.user.admin")
Document = dict[str, Any]


class ResourceServers:
    """Finds and stores resource servers; each is a ResourceServerType."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, pool_id: str, identifier: str) -> Document | None:
        """The one of that identifier."""
        row = self._database.row(
            "SELECT document FROM resource_servers WHERE pool = ? AND identifier = ?",
            pool_id,
            identifier,
        )
        return json.loads(row[0]) if row else None

    def of(self, pool_id: str) -> list[Document]:
        """All of a pool, oldest first."""
        query = "SELECT document FROM resource_servers WHERE pool = ? ORDER BY rowid"
        return [json.loads(row[0]) for row in self._database.rows(query, pool_id)]

    def save(self, server: Document) -> None:
        """Store a new or changed one."""
        self._database.write(
            "INSERT INTO resource_servers (pool, identifier, document) VALUES (?, ?, ?)"
            " ON CONFLICT (pool, identifier) DO UPDATE SET document = excluded.document",
            server["UserPoolId"],
            server["Identifier"],
            packed(server),
        )

    def remove(self, server: Document) -> None:
        """Delete one; its scopes are gone with it."""
        self._database.write(
            "DELETE FROM resource_servers WHERE pool = ? AND identifier = ?",
            server["UserPoolId"],
            server["Identifier"],
        )

    def scopes(self, pool_id: str) -> set[str]:
        """Every scope a pool knows, its own and those of its resource servers."""
        custom = {
            f"{server['Identifier']}/{scope['ScopeName']}"
            for server in self.of(pool_id)
            for scope in server["Scopes"]
        }
        return custom | set(SYSTEM_SCOPES)

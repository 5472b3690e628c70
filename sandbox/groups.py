"""Groups of a pool, who is in them, and what tokens say about it. Source: contract 8.1, 11.2."""

from __future__ import annotations

import json
from typing import Any

from sandbox.database import Database, packed
from sandbox.people import Person
from sandbox.protocol import refusal

Group = dict[str, Any]
# In the order of an index, so that a page of a large group costs no more than of a small one.
PEOPLE_OF_GROUP = (
    "SELECT memberships.sub, document FROM memberships CROSS JOIN people"
    " ON people.pool = memberships.pool AND people.sub = memberships.sub"
    " WHERE memberships.pool = ? AND group_name = ? AND memberships.sub > ?"
    " ORDER BY memberships.sub LIMIT ?"
)
NO_PRECEDENCE = float("inf")


class Groups:
    """Finds and stores groups; a Group is the GroupType that Cognito shows."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def find(self, pool_id: str, name: str) -> Group | None:
        """The group of that name."""
        query = "SELECT document FROM pool_groups WHERE pool = ? AND name = ?"
        row = self._database.row(query, pool_id, name)
        return json.loads(row[0]) if row else None

    def get(self, pool_id: str, name: str) -> Group:
        """The group of that name; refuses an unknown one."""
        group = self.find(pool_id, name)
        if group is None:
            raise refusal("unknown_group")
        return group

    def all(self, pool_id: str) -> list[Group]:
        """Every group of a pool, oldest first."""
        query = "SELECT document FROM pool_groups WHERE pool = ? ORDER BY rowid"
        return [json.loads(row[0]) for row in self._database.rows(query, pool_id)]

    def save(self, group: Group) -> None:
        """Store a new or changed group."""
        self._database.write(
            "INSERT INTO pool_groups (pool, name, document) VALUES (?, ?, ?)"
            " ON CONFLICT (pool, name) DO UPDATE SET document = excluded.document",
            group["UserPoolId"],
            group["GroupName"],
            packed(group),
        )

    def remove(self, group: Group) -> None:
        """Delete a group; its people stay."""
        names = (group["UserPoolId"], group["GroupName"])
        self._database.write("DELETE FROM memberships WHERE pool = ? AND group_name = ?", *names)
        self._database.write("DELETE FROM pool_groups WHERE pool = ? AND name = ?", *names)

    def join(self, group: Group, person: Person) -> None:
        """Put somebody in; twice is as good as once."""
        self._database.write(
            "INSERT OR IGNORE INTO memberships (pool, group_name, sub) VALUES (?, ?, ?)",
            person.pool_id,
            group["GroupName"],
            person.sub,
        )

    def leave(self, group: Group, person: Person) -> None:
        """Take somebody out, if in."""
        self._database.write(
            "DELETE FROM memberships WHERE pool = ? AND group_name = ? AND sub = ?",
            person.pool_id,
            group["GroupName"],
            person.sub,
        )

    def of(self, person: Person) -> list[Group]:
        """The groups somebody is in: lowest precedence number first, then by name."""
        rows = self._database.rows(
            "SELECT document FROM memberships JOIN pool_groups"
            " ON pool_groups.pool = memberships.pool AND name = group_name"
            " WHERE memberships.pool = ? AND sub = ?",
            person.pool_id,
            person.sub,
        )
        groups = [json.loads(row[0]) for row in rows]
        return sorted(groups, key=lambda group: (_precedence(group), group["GroupName"]))

    def people_documents(self, group: Group, after: str, most: int) -> list[tuple[str, str]]:
        """`sub` and stored document of people in a group, from the `sub` after that one on."""
        return self._database.rows(
            PEOPLE_OF_GROUP, group["UserPoolId"], group["GroupName"], after, most
        )


def group_claim(groups: list[Group]) -> dict[str, Any]:
    """What both tokens say about groups; nothing when there are none."""
    return {"cognito:groups": [group["GroupName"] for group in groups]} if groups else {}


def role_claims(groups: list[Group]) -> dict[str, Any]:
    """What the ID token says about the roles of groups; `groups` are sorted by precedence."""
    with_role = [group for group in groups if "RoleArn" in group]
    if not with_role:
        return {}
    first = _precedence(with_role[0])
    strongest = {group["RoleArn"] for group in with_role if _precedence(group) == first}
    claims: dict[str, Any] = {
        "cognito:roles": list(dict.fromkeys(group["RoleArn"] for group in with_role))
    }
    # Two roles of the same precedence: Cognito prefers neither.
    return claims | ({"cognito:preferred_role": strongest.pop()} if len(strongest) == 1 else {})


def _precedence(group: Group) -> float:
    return float(group.get("Precedence", NO_PRECEDENCE))

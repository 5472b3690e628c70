"""People as one writes them into a scene file by hand: a document, and a password beside it."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from sandbox.people import CONFIRMED

PASSWORD = "password"  # noqa: S105 - the name of a member
Row = dict[str, Any]


def written_out(rows: list[Row], now: float) -> tuple[list[Row], dict[str, str]]:
    """The rows with everything a table needs, and the passwords that are given, by `sub`.

    Of a document only `pool_id` and `username` must be there. Rows that are whole stay as they are.
    """
    people = [_written_out(row, now) for row in rows]
    passwords = {
        str(row.get("sub")): str(given[PASSWORD])
        for row, given in zip(people, rows, strict=True)
        if given.get(PASSWORD) is not None
    }
    return people, passwords


def _written_out(row: Row, now: float) -> Row:
    columns = {name: each for name, each in row.items() if name != PASSWORD}
    document = row.get("document")
    if document is None:
        return columns
    whole = {"sub": row.get("sub") or str(uuid4()), "created": now, "modified": now, **document}
    needed = {
        "pool": whole.get("pool_id"),
        "name_key": whole.get("username"),
        "sub": whole["sub"],
        "status": whole.get("status", CONFIRMED),
        "enabled": int(bool(whole.get("enabled", True))),
    }
    return {**needed, **columns, "document": whole}

"""Pages of the people of a pool, as flat with a million of them as with ten.

Every page begins in an index where the one before ended, and follows that index: nothing is
sorted, and no row is read that is not on the page.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sandbox.database import Database, SqlValue

LAST_CHARACTER = "\U0010ffff"
NOBODY = -1


class Search(NamedTuple):
    """What people must have in a column; column: None finds everybody."""

    column: str | None
    value: str | int = ""
    prefix: bool = False


class Position(NamedTuple):
    """Where a page ended: the value in the searched column, and the row."""

    value: SqlValue
    id: int


class Found(NamedTuple):
    """One of the people found."""

    id: int
    value: SqlValue
    document: str


class Query(NamedTuple):
    """A statement without its LIMIT, and its values."""

    text: str
    values: tuple[SqlValue, ...]


EVERYBODY = Search(None)


def found(
    database: Database, pool_id: str, search: Search, after: Position | None, most: int
) -> list[Found]:
    """The next people, `most` of them at most."""
    people: list[Found] = []
    for query in queries(pool_id, search, after):
        rows = database.rows(query.text + " LIMIT ?", *query.values, most - len(people))
        people += [Found(*row) for row in rows]
        if len(people) >= most:
            break
    return people


def queries(pool_id: str, search: Search, after: Position | None) -> Iterator[Query]:
    """What to ask, one after the other, until the page is full."""
    column, start = search.column, after.id if after else 0
    if column is None:
        yield _select("NULL", "id > ? ORDER BY id", pool_id, start)
    elif not search.prefix:
        yield _select(column, f"{column} = ? AND id > ? ORDER BY id", pool_id, search.value, start)
    else:
        end, order = f"{search.value}{LAST_CHARACTER}", f"ORDER BY {column}, id"
        if after:  # the rest of those who share the last value, then everybody beyond it
            rest = f"{column} = ? AND id > ? ORDER BY id"
            yield _select(column, rest, pool_id, after.value, start)
        beyond, first = (">", after.value) if after else (">=", search.value)
        where = f"{column} {beyond} ? AND {column} < ? {order}"
        yield _select(column, where, pool_id, first, end)


def _select(column: str, where: str, pool_id: str, *values: SqlValue) -> Query:
    text = f"SELECT id, {column}, document FROM people WHERE pool = ? AND {where}"  # noqa: S608
    return Query(text, (pool_id, *values))

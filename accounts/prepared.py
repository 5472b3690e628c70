"""Statements of the pages that are opened most, composed once instead of for every request.

Django composes the SQL of a statement anew each time, which for a look-up by key costs several
times what the database takes to answer. Here it is still written in Django's words; its SQL is
kept, and only the values are put in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import AutoField, Field, JSONField, Model, QuerySet, sql
from django.db.models.constants import OnConflict

# Values that stand for others while the SQL is composed, and that nobody else would write.
STAND_INS: dict[type, Callable[[int], Any]] = {
    str: lambda number: f"prepared-value-{number}",
    # Within the narrowest column: what none could hold, Django would not even ask for.
    int: lambda number: 0x50DE_0000 + number,
    dict: lambda number: {"prepared-value": number},
    UUID: lambda number: UUID(int=0xC0DE << 64 | number),
    datetime: lambda number: datetime(1000, 1, 1, tzinfo=UTC) + timedelta(microseconds=number),
}


_JSON: Any = JSONField()


@dataclass(frozen=True)
class _Composed:
    """slots: of each parameter the number of the value it takes, or None and its fixed value.

    converters: of the columns of its rows; None where it gives none.
    """

    sql: str
    slots: tuple[tuple[int | None, Any], ...]
    converters: dict[int, tuple[list[Any], Any]] | None = None


class _Statement:
    """One statement, composed once for each kind of database."""

    def __init__(self, build: Callable[..., Any], *kinds: type) -> None:
        self._build, self._kinds = build, kinds
        self._composed: dict[str, _Composed] = {}

    def _answer(self, values: Sequence[Any]) -> tuple[int, list[tuple[Any, ...]]]:
        connection = _connection()
        composed = self._composed.get(connection.vendor) or self._compose(connection)
        given = [_adapted(value, connection) for value in values]
        params = [fixed if slot is None else given[slot] for slot, fixed in composed.slots]
        return _sent(composed, params, connection)

    def _compose(self, connection: Any) -> _Composed:
        stand_ins = [STAND_INS[kind](number) for number, kind in enumerate(self._kinds)]
        compiler = self._query(self._build(*stand_ins)).get_compiler(connection=connection)
        statement, params = compiler.as_sql()
        written = [_adapted(each, connection) for each in stand_ins]
        slots = tuple(_slot(param, written) for param in params)
        assert {slot for slot, _ in slots} >= {*range(len(stand_ins))}  # noqa: S101  (our defect)
        statement, slots = _written_in(statement, slots, connection)
        composed = _Composed(statement, slots, self._converters(compiler))
        self._composed[connection.vendor] = composed
        return composed

    def _query(self, built: Any) -> Any:
        raise NotImplementedError

    def _converters(self, compiler: Any) -> dict[int, tuple[list[Any], Any]] | None:
        return None


class Prepared(_Statement):
    """Call it with values of these kinds for a list of rows, as tuples.

    kinds: str, int, UUID, datetime, and dict for JSON.

    build: from as many values to a `values_list` query.
    """

    def __call__(self, *values: Any) -> list[tuple[Any, ...]]:
        return self._answer(values)[1]

    def _query(self, built: QuerySet[Any, Any]) -> Any:
        return built.query

    def _converters(self, compiler: Any) -> dict[int, tuple[list[Any], Any]] | None:
        columns = [each[0] for each in compiler.select[: compiler.col_count]]
        found: dict[int, tuple[list[Any], Any]] = compiler.get_converters(columns)
        return found


class PreparedUpdate(_Statement):
    """Call it with values of these kinds to change rows; how many there were.

    build: from as many values to a query, and what each column becomes.
    """

    def __call__(self, *values: Any) -> int:
        return self._answer(values)[0]

    def _query(self, built: tuple[QuerySet[Any, Any], dict[str, Any]]) -> Any:
        rows, becomes = built
        query: Any = rows.query.chain(sql.UpdateQuery)
        query.add_update_values(becomes)
        return query


class PreparedDelete(_Statement):
    """Call it with values of these kinds to delete rows that nothing refers to; how many."""

    def __call__(self, *values: Any) -> int:
        return self._answer(values)[0]

    def _query(self, built: QuerySet[Any, Any]) -> Any:
        return built.query.chain(sql.DeleteQuery)


class PreparedInsert:
    """Call it with a row to write it; how many were written. What number it got is not told.

    ignoring: one that is there already stays as it is.
    """

    def __init__(self, *, ignoring: bool = False) -> None:
        self._conflict = OnConflict.IGNORE if ignoring else None
        self._composed: dict[str, _Composed] = {}

    def __call__(self, row: Model) -> int:
        connection = _connection()
        composed = self._composed.get(connection.vendor) or self._compose(row, connection)
        params = [
            field.get_db_prep_save(field.pre_save(row, add=True), connection)
            for field in _written(row)
        ]
        return _sent(composed, params, connection)[0]

    def _compose(self, row: Model, connection: Any) -> _Composed:
        query: Any = sql.InsertQuery(type(row), on_conflict=self._conflict)
        query.insert_values(_written(row), [row])
        [(statement, _)] = query.get_compiler(connection=connection).as_sql()
        self._composed[connection.vendor] = _Composed(statement, ())
        return self._composed[connection.vendor]


def _written(row: Model) -> list[Field[Any, Any]]:
    """All its columns but a number that the database gives by itself."""
    return [each for each in row._meta.local_concrete_fields if not isinstance(each, AutoField)]


def _connection() -> Any:
    """That of this thread, looked up once a statement: Django's stand-in looks for every word."""
    return connections[DEFAULT_DB_ALIAS]


def _sent(
    composed: _Composed, params: Sequence[Any], connection: Any
) -> tuple[int, list[tuple[Any, ...]]]:
    """How many rows it was about, and those it gave."""
    with connection.cursor() as cursor:
        cursor.execute(composed.sql, params)
        if composed.converters is None:
            return cursor.rowcount, []
        rows = cursor.fetchall()
    return len(rows), [_converted(row, composed.converters, connection) for row in rows]


def _written_in(
    statement: str, slots: tuple[tuple[int | None, Any], ...], connection: Any
) -> tuple[str, tuple[tuple[int | None, Any], ...]]:
    """On PostgreSQL what is fixed stands in the text: to put it in takes longer than to ask.

    Written by the driver, as it writes the values of each request.
    """
    if connection.vendor != "postgresql":
        return statement, slots
    pieces = statement.split("%s")
    text = pieces[0]
    for (slot, fixed), piece in zip(slots, pieces[1:], strict=True):
        literal = "%s" if slot is not None else _literal(fixed, connection).replace("%", "%%")
        text += literal + piece
    return text, tuple(each for each in slots if each[0] is not None)


def _literal(value: Any, connection: Any) -> str:
    with connection.cursor() as cursor:
        written: str = cursor.mogrify("%s", [value])
    return written


def _slot(param: Any, stand_ins: Sequence[Any]) -> tuple[int | None, Any]:
    for number, stand_in in enumerate(stand_ins):
        # PostgreSQL takes numbers as kinds of int that tell their size.
        if isinstance(param, type(stand_in)) and _plain(param) == _plain(stand_in):
            return number, None
    return None, param


def _plain(value: Any) -> Any:
    """PostgreSQL's driver wraps JSON into an object that is like no other."""
    return getattr(value, "obj", value)


def _adapted(value: Any, connection: Any) -> Any:
    """As the database takes it."""
    if isinstance(value, dict):
        return _JSON.get_db_prep_value(value, connection)
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, UUID) and not connection.features.has_native_uuid_field:
        return value.hex
    return value


def _converted(
    row: tuple[Any, ...], converters: dict[int, tuple[list[Any], Any]], connection: Any
) -> tuple[Any, ...]:
    """As Django gives it: JSON read, moments with their zone."""
    if not converters:
        return row
    values = list(row)
    for position, (functions, expression) in converters.items():
        for convert in functions:
            values[position] = convert(values[position], expression, connection)
    return tuple(values)

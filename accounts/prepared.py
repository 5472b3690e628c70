"""Statements of the pages that are opened most, composed once instead of for every request.

Django composes the SQL of a statement anew each time, which for a look-up by key costs several
times what the database takes to answer. Here it is still written in Django's words; its SQL is
kept, and only the values are put in.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, NamedTuple
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connections, transaction
from django.db.models import AutoField, CharField, Field, JSONField, Model, QuerySet, TextField, sql
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
# Columns that take each text as it is: most of a row of the audit, or of a job.
TEXTS = {CharField, TextField}


@dataclass(frozen=True)
class _Composed:
    """slots: of each parameter the number of the value it takes, or None and its fixed value.

    converters: of the columns of its rows; None where it gives none.
    """

    sql: str
    slots: tuple[tuple[int | None, Any], ...]
    converters: dict[int, tuple[list[Any], Any]] | None = None


class Ready(NamedTuple):
    """A statement with its values, to be sent by itself or with others (`together`)."""

    composed: _Composed
    params: Sequence[Any]
    connection: Any


class _Statement:
    """One statement, composed once for each kind of database."""

    def __init__(self, build: Callable[..., Any], *kinds: type) -> None:
        self._build, self._kinds = build, kinds
        self._composed: dict[str, _Composed] = {}

    def _answer(self, values: Sequence[Any]) -> tuple[int, list[tuple[Any, ...]]]:
        return _sent(*self.ready(*values))

    def ready(self, *values: Any) -> "Ready":
        connection = _connection()
        composed = self._composed.get(connection.vendor) or self._compose(connection)
        given = [_adapted(value, connection) for value in values]
        params = [fixed if slot is None else given[slot] for slot, fixed in composed.slots]
        return Ready(composed, params, connection)

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
        self._columns: list[tuple[Field[Any, Any], bool]] = []

    def __call__(self, row: Model) -> int:
        return _sent(*self.ready(row))[0]

    def ready(self, row: Model) -> Ready:
        connection = _connection()
        composed = self._composed.get(connection.vendor) or self._compose(row, connection)
        params = [_to_write(field, row, connection, holds) for field, holds in self._columns]
        return Ready(composed, params, connection)

    def _compose(self, row: Model, connection: Any) -> _Composed:
        query: Any = sql.InsertQuery(type(row), on_conflict=self._conflict)
        columns = _written(row)
        query.insert_values(columns, [row])
        self._columns = [(each, type(each) in TEXTS) for each in columns]
        [(statement, _)] = query.get_compiler(connection=connection).as_sql()
        self._composed[connection.vendor] = _Composed(statement, ())
        return self._composed[connection.vendor]


class PreparedUpsert:
    """Call it with a row and values of these kinds: the row is written, or changed if it is there.

    build: as of `PreparedUpdate`, for the row that is there. If it is none of its rows it stays as
    it is: then none was written. on: what is there only once, if not the primary key.
    """

    def __init__(self, build: Callable[..., Any], *kinds: type, on: Sequence[str] = ()) -> None:
        self._insert, self._update = PreparedInsert(), PreparedUpdate(build, *kinds)
        self._on = on
        self._composed: dict[str, str] = {}

    def __call__(self, row: Model, *values: Any) -> int:
        return _sent(*self.ready(row, *values))[0]

    def ready(self, row: Model, *values: Any) -> Ready:
        insert, update = self._insert.ready(row), self._update.ready(*values)
        connection = insert.connection
        text = self._composed.get(connection.vendor)
        if text is None:
            key = ", ".join(connection.ops.quote_name(each) for each in self._on or [_key(row)])
            text = _or_changed(insert.composed.sql, update.composed.sql, key)
            self._composed[connection.vendor] = text
        return Ready(_Composed(text, ()), [*insert.params, *update.params], connection)


def _key(row: Model) -> str:
    return str(row._meta.pk and row._meta.pk.column)


def _or_changed(insert: str, update: str, key: str) -> str:
    _, _, changes = update.partition(" SET ")
    return f"{insert} ON CONFLICT ({key}) DO UPDATE SET {changes}"


def together(*steps: Ready, savepoint: bool = True) -> list[int]:
    """Send several changes as one statement where the database can; how many rows each was about.

    A row is written only where the step before was about any; the first may be one that only asks
    whether to begin. All stand, or none.
    savepoint: false where that ends a transaction of the caller's, too.
    """
    if len(steps) == 1:
        return [_sent(*steps[0])[0]]
    if steps[0].connection.vendor == "postgresql":
        return list(told(*steps)[:-1])
    counts: list[int] = []
    with transaction.atomic(savepoint=savepoint):
        for step in steps:
            is_row = step.composed.sql.startswith(INSERT)
            counts.append(0 if is_row and counts and not counts[-1] else _sent(*step)[0])
    return counts


def together_with(reading: Ready, *steps: Ready) -> tuple[list[int], tuple[Any, ...] | None]:
    """Send several changes as `together` does, and the row, if any, that was read before them.

    Its values are as the database gives them.
    """
    if reading.connection.vendor == "postgresql":
        *counts, row = told(*steps, reading=reading)
        return counts, row
    _, rows = _sent(*reading)
    return together(*steps), rows[0] if rows else None


def told(*steps: Ready, reading: Ready | None = None) -> tuple[Any, ...]:
    """The same, on PostgreSQL alone, and a row that was read at the same moment, before them.

    The row, or None, stands behind the counts.
    """
    texts = tuple(step.composed.sql for step in steps)
    text = _as_one(texts, reading.composed.sql if reading else "")
    params = [param for step in (*steps, *([reading] if reading else ())) for param in step.params]
    with _cursor(steps[0].connection) as cursor:
        cursor.execute(text, params)
        row = cursor.fetchone()
    seen = row[len(steps) :]
    return *row[: len(steps)], seen if any(each is not None for each in seen) else None


def both(one: Ready, other: Ready) -> Ready:
    """Two questions for a row as one, on PostgreSQL alone: the second may find none."""
    text = _side_by_side(one.composed.sql, other.composed.sql)
    return Ready(_Composed(text, ()), [*one.params, *other.params], one.connection)


@cache
def _side_by_side(one: str, other: str) -> str:
    return f"SELECT one.*, other.* FROM ({one}) AS one LEFT JOIN ({other}) AS other ON TRUE"  # noqa: S608


@cache
def _as_one(texts: tuple[str, ...], reading: str) -> str:
    named = [f"s{at} AS ({_step(text, at)})" for at, text in enumerate(texts)]
    counts = ", ".join(f"(SELECT COUNT(*) FROM s{at})" for at in range(len(texts)))  # noqa: S608
    text = f"WITH {', '.join(named)} SELECT {counts}"
    if not reading:
        return text
    return f"{text}, seen.* FROM (SELECT 1) AS one LEFT JOIN ({reading}) AS seen ON TRUE"


INSERT, SELECT = "INSERT", "SELECT"


def _step(text: str, at: int) -> str:
    return text if text.startswith(SELECT) else f"{_following(text, at)} RETURNING 1"


def _following(text: str, at: int) -> str:
    """A row behind another step: `SELECT ... FROM` that step in place of `VALUES (...)`."""
    if not at or not text.startswith(INSERT):
        return text
    columns, _, rest = text.partition(" VALUES (")
    values, _, tail = rest.partition(")")
    return f"{columns} SELECT {values} FROM s{at - 1}{tail}"  # noqa: S608  (as composed)


def _written(row: Model) -> list[Field[Any, Any]]:
    """All its columns but a number that the database gives by itself."""
    return [each for each in row._meta.local_concrete_fields if not isinstance(each, AutoField)]


def _to_write(field: Field[Any, Any], row: Model, connection: Any, holds_text: bool) -> Any:
    """The value of a column as the database takes it: text is taken as it is."""
    if holds_text:
        value = getattr(row, field.attname)
        if type(value) is str:
            return value
    return field.get_db_prep_save(field.pre_save(row, add=True), connection)


def _connection() -> Any:
    """That of this thread, looked up once a statement: Django's stand-in looks for every word."""
    return connections[DEFAULT_DB_ALIAS]


def _cursor(connection: Any) -> Any:
    """Where the server can keep a statement, the values go beside it."""
    if connection.vendor == "postgresql":
        return connection.keeping_cursor()
    return connection.cursor()


def _sent(
    composed: _Composed, params: Sequence[Any], connection: Any
) -> tuple[int, list[tuple[Any, ...]]]:
    """How many rows it was about, and those it gave."""
    with _cursor(connection) as cursor:
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

"""A whole state as one JSON file: taken out of a sandbox, put into another.

Table-driven: whatever tables the database has are in the file, row by row, so a new table comes
along by itself. A column that holds JSON is JSON in the file too, to be read and edited.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path
from typing import Any

from sandbox.core import Sandbox
from sandbox.database import Database, packed
from sandbox.protocol import Refusal
from sandbox.scene_people import PASSWORD, Row, written_out

FORMAT = "cognito-sandbox-scene"
VERSION = 1
DOCUMENT = "document"
# What a row may have beside the columns of its table.
BESIDE = {"people": {PASSWORD}}
Tables = dict[str, list[Row]]


class BadScene(ValueError):
    """A file that is no scene; its text says why in one sentence."""


def exported(sandbox: Sandbox) -> dict[str, Any]:
    """Everything a sandbox holds, as JSON can hold it."""
    tables = {name: _rows(sandbox.database, name) for name in sandbox.database.tables()}
    return {"format": FORMAT, "version": VERSION, "tables": tables}


def imported(sandbox: Sandbox, scene: object) -> None:
    """Replace everything a sandbox holds, or raise BadScene and change nothing."""
    tables = _checked(sandbox.database, scene)
    people, passwords = written_out(tables.get("people", []), sandbox.clock.stamp())
    try:
        with sandbox.database.transaction():
            _replace(sandbox.database, tables | {"people": people})
            sandbox.reread()
            _try_out(sandbox, passwords)
    except BadScene:
        sandbox.reread()
        raise


def read_scene(path: Path) -> object:
    """The content of a scene file; raises BadScene when it is no JSON."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadScene(f"{path}: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise BadScene(f"{path} is not JSON: {error}") from error


def _rows(database: Database, table: str) -> list[Row]:
    columns = database.columns(table)
    rows = database.rows(f"SELECT {', '.join(columns)} FROM {table}")  # noqa: S608
    return [_readable(dict(zip(columns, row, strict=True))) for row in rows]


def _readable(row: Row) -> Row:
    if DOCUMENT in row:
        row[DOCUMENT] = json.loads(row[DOCUMENT])
    return row


def _checked(database: Database, scene: object) -> Tables:
    """The tables of a scene, after its envelope and every name in it were looked at."""
    if not isinstance(scene, dict) or scene.get("format") != FORMAT:
        raise BadScene(f'this is no scene: "format" must be "{FORMAT}"')
    if scene.get("version") != VERSION:
        raise BadScene(f"this sandbox reads version {VERSION}, not {scene.get('version')!r}")
    tables = scene.get("tables")
    if not isinstance(tables, dict):
        raise BadScene('"tables" must be an object with a list of rows for each table')
    known = database.tables()
    for name, rows in tables.items():
        if name not in known:
            raise BadScene(f"unknown table {name!r}; known: {', '.join(known)}")
        if not isinstance(rows, list):
            raise BadScene(f"table {name} must be a list of rows")
        _check_rows(name, rows, set(database.columns(name)) | BESIDE.get(name, set()))
    return tables


def _check_rows(table: str, rows: list[Any], columns: set[str]) -> None:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise BadScene(f"table {table}, row {number}: a row must be an object")
        if unknown := set(row) - columns:
            raise BadScene(f"table {table}, row {number}: unknown column {min(unknown)!r}")
        for name, value in row.items():
            if name == DOCUMENT and not isinstance(value, dict):
                raise BadScene(f"table {table}, row {number}: document must be an object")
            if name != DOCUMENT and not isinstance(value, str | int | float | None):
                raise BadScene(f"table {table}, row {number}: {name} must be text or a number")


def _replace(database: Database, tables: Tables) -> None:
    for table in database.tables():
        database.write(f"DELETE FROM {table}")  # noqa: S608 - its own table names
    for table, rows in tables.items():
        for number, row in enumerate(rows, start=1):
            try:
                _insert(database, table, row)
            except (sqlite3.Error, OverflowError, ValueError) as error:
                raise BadScene(f"table {table}, row {number}: {error}") from error


def _insert(database: Database, table: str, row: Row) -> None:
    stored = {name: packed(each) if name == DOCUMENT else each for name, each in row.items()}
    names, places = ", ".join(stored), ", ".join("?" * len(stored))
    database.write(
        f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 - checked names
        *stored.values(),
    )


def _try_out(sandbox: Sandbox, passwords: dict[str, str]) -> None:
    """Read what the sandbox will work with, so that a wrong document is found now.

    The columns of people follow their documents: whoever edits a file edits only these.
    """
    try:
        for pool in sandbox.pools.all():
            _try_pool(sandbox, pool.id)
        for pool_id, sub in sandbox.database.rows("SELECT pool, sub FROM people"):
            _try_person(sandbox, pool_id, sub, passwords.get(sub))
    except Refusal as no:
        raise BadScene(no.words) from no
    except BadScene:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, sqlite3.Error) as error:
        reason = f"{type(error).__name__}: {error}"
        raise BadScene(f"a document does not fit its table ({reason})") from error


def _try_pool(sandbox: Sandbox, pool_id: str) -> None:
    pool = sandbox.pools.get(pool_id)
    assert pool.srp_name and pool.mfa and pool.schema  # noqa: PT018, S101 - read for the errors
    for client in sandbox.pools.clients_of(pool_id):
        assert client.flows  # noqa: S101 - likewise


def _try_person(sandbox: Sandbox, pool_id: str, sub: str, password: str | None) -> None:
    person = sandbox.people.by_sub(pool_id, sub)
    if person is None or (person.pool_id, person.sub) != (pool_id, sub):
        raise BadScene(f"the document of {sub} names another pool or sub than its row")
    pool = sandbox.pools.get(pool_id)
    if password is not None:
        sandbox.passwords.set(pool, person, password)
    sandbox.people.save(pool, person)

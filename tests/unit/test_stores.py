"""What of SQLite's refusals says that the database is away, and what is a mistake."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import DatabaseError, OperationalError

from accounts.stores import is_away


def _read_only(folder: Path) -> None:
    with sqlite3.connect(folder / "db") as database:
        database.execute("PRAGMA query_only = 1")
        database.execute("CREATE TABLE some (thing)")


def _full(folder: Path) -> None:
    with sqlite3.connect(folder / "db") as database:
        database.execute("PRAGMA max_page_count = 1")
        database.execute("CREATE TABLE some (thing)")


def _locked(folder: Path) -> None:
    with sqlite3.connect(folder / "db", timeout=0) as one, sqlite3.connect(folder / "db") as other:
        other.execute("BEGIN EXCLUSIVE")
        one.execute("CREATE TABLE some (thing)")


def _folder_in_its_place(folder: Path) -> None:
    sqlite3.connect(folder).execute("SELECT 1")


def _no_such_table(folder: Path) -> None:
    sqlite3.connect(folder / "db").execute("SELECT * FROM missing")


def _closed(folder: Path) -> None:
    database = sqlite3.connect(folder / "db")
    database.close()
    database.execute("SELECT 1")


@pytest.mark.parametrize(
    ("goes_wrong", "away"),
    [
        (_read_only, True),
        (_full, True),
        (_locked, True),
        (_folder_in_its_place, True),
        (_no_such_table, False),
        (_closed, False),
    ],
)
def test_what_sqlite_refuses(tmp_path: Path, goes_wrong: Callable[[Path], None], away: bool):
    """RES-08: people are told to come back, or that it is our mistake."""
    with pytest.raises(sqlite3.Error) as refused:
        goes_wrong(tmp_path)
    trouble: DatabaseError = OperationalError()
    trouble.__cause__ = refused.value
    assert is_away(trouble) is away

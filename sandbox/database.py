"""One SQLite file holds everything; one transaction holds everything one operation changes."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS pools (id TEXT PRIMARY KEY, document TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS clients (
    id TEXT PRIMARY KEY, pool TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS clients_by_pool ON clients (pool);
CREATE TABLE IF NOT EXISTS signing_keys (
    kid TEXT PRIMARY KEY, pool TEXT NOT NULL, use TEXT NOT NULL, pem TEXT NOT NULL,
    UNIQUE (pool, use));
CREATE TABLE IF NOT EXISTS people (
    id INTEGER PRIMARY KEY AUTOINCREMENT, pool TEXT NOT NULL, name_key TEXT NOT NULL,
    sub TEXT NOT NULL, email TEXT, phone TEXT, preferred_username TEXT,
    status TEXT NOT NULL, enabled INTEGER NOT NULL, document TEXT NOT NULL,
    UNIQUE (pool, name_key), UNIQUE (pool, sub));
CREATE INDEX IF NOT EXISTS people_by_pool ON people (pool);
CREATE INDEX IF NOT EXISTS people_by_status ON people (pool, status);
CREATE INDEX IF NOT EXISTS people_by_email ON people (pool, email);
CREATE INDEX IF NOT EXISTS people_by_phone ON people (pool, phone);
CREATE INDEX IF NOT EXISTS people_by_preferred ON people (pool, preferred_username);
CREATE TABLE IF NOT EXISTS pool_groups (
    pool TEXT NOT NULL, name TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (pool, name));
CREATE TABLE IF NOT EXISTS memberships (
    pool TEXT NOT NULL, sub TEXT NOT NULL, group_name TEXT NOT NULL,
    PRIMARY KEY (pool, sub, group_name)) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS memberships_by_group ON memberships (pool, group_name);
CREATE TABLE IF NOT EXISTS spent_totp_codes (
    pool TEXT NOT NULL, sub TEXT NOT NULL, authenticator TEXT NOT NULL, step INTEGER NOT NULL,
    PRIMARY KEY (pool, sub, authenticator, step)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS flows (
    key TEXT PRIMARY KEY, expires REAL NOT NULL, used INTEGER NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS flows_by_expiry ON flows (expires);
CREATE TABLE IF NOT EXISTS sign_ins (
    id TEXT PRIMARY KEY, pool TEXT NOT NULL, sub TEXT NOT NULL, client TEXT NOT NULL,
    auth_time INTEGER NOT NULL, origin_jti TEXT NOT NULL, refresh_until REAL NOT NULL,
    revoked INTEGER NOT NULL DEFAULT 0, device_key TEXT, created REAL NOT NULL DEFAULT 0,
    last_active REAL NOT NULL DEFAULT 0, address TEXT NOT NULL DEFAULT '',
    agent TEXT NOT NULL DEFAULT '',
    scope TEXT NOT NULL DEFAULT 'aws.cognito.signin.user.admin');
CREATE INDEX IF NOT EXISTS sign_ins_by_person ON sign_ins (pool, sub);
CREATE TABLE IF NOT EXISTS refresh_tokens (
    key TEXT PRIMARY KEY, sign_in TEXT NOT NULL, replaced_at REAL);
CREATE TABLE IF NOT EXISTS devices (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL UNIQUE, pool TEXT NOT NULL,
    sub TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS devices_by_person ON devices (pool, sub);
CREATE TABLE IF NOT EXISTS domains (
    name TEXT PRIMARY KEY, pool TEXT NOT NULL, document TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS domains_by_pool ON domains (pool);
CREATE TABLE IF NOT EXISTS resource_servers (
    pool TEXT NOT NULL, identifier TEXT NOT NULL, document TEXT NOT NULL,
    UNIQUE (pool, identifier));
CREATE TABLE IF NOT EXISTS passkeys (
    id INTEGER PRIMARY KEY AUTOINCREMENT, credential TEXT NOT NULL, pool TEXT NOT NULL,
    sub TEXT NOT NULL, document TEXT NOT NULL, UNIQUE (pool, credential));
CREATE INDEX IF NOT EXISTS passkeys_by_person ON passkeys (pool, sub);
CREATE TABLE IF NOT EXISTS messages (
    id INTEGER PRIMARY KEY AUTOINCREMENT, medium TEXT NOT NULL, destination TEXT NOT NULL,
    code TEXT, subject TEXT, text TEXT NOT NULL, sent_at REAL NOT NULL);
"""

# Columns that older files lack; new ones stand last in their table.
LATER_COLUMNS = {
    "sign_ins": {
        "device_key": "TEXT",
        "created": "REAL NOT NULL DEFAULT 0",
        "last_active": "REAL NOT NULL DEFAULT 0",
        "address": "TEXT NOT NULL DEFAULT ''",
        "agent": "TEXT NOT NULL DEFAULT ''",
        "scope": "TEXT NOT NULL DEFAULT 'aws.cognito.signin.user.admin'",
    }
}

SqlValue = str | int | float | None

TABLES = (
    "meta",
    "pools",
    "clients",
    "signing_keys",
    "people",
    "pool_groups",
    "memberships",
    "spent_totp_codes",
    "flows",
    "sign_ins",
    "refresh_tokens",
    "devices",
    "domains",
    "resource_servers",
    "passkeys",
    "messages",
)


class Database:
    """A single connection for a single thread; writing begins a transaction by itself."""

    def __init__(self, folder: Path | None) -> None:
        if folder:
            folder.mkdir(parents=True, exist_ok=True)
        path = str(folder / "sandbox.sqlite3") if folder else ":memory:"
        self._connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)
        self._add_later_columns()
        self.after_rollback: list[Callable[[], None]] = []

    def _add_later_columns(self) -> None:
        for table, columns in LATER_COLUMNS.items():
            present = {row[1] for row in self.rows(f"PRAGMA table_info({table})")}
            for name, kind in columns.items():
                if name not in present:
                    self._connection.execute(f"ALTER TABLE {table} ADD COLUMN {name} {kind}")

    def row(self, query: str, *values: SqlValue) -> tuple[Any, ...] | None:
        """The first row, or None."""
        found: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        return found

    def rows(self, query: str, *values: SqlValue) -> list[tuple[Any, ...]]:
        """Every row."""
        return self._connection.execute(query, values).fetchall()

    def write(self, statement: str, *values: SqlValue) -> int:
        """Change something inside the transaction of this operation; how many rows it met."""
        if not self._connection.in_transaction:
            self._connection.execute("BEGIN IMMEDIATE")
        return self._connection.execute(statement, values).rowcount

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Commit what was written inside; an exception rolls it back unless it `counts`."""
        try:
            yield
        except BaseException as error:
            if getattr(error, "counts", False):
                self.commit()
            elif self._connection.in_transaction:
                self._roll_back()
            raise
        self.commit()

    def _roll_back(self) -> None:
        self._connection.execute("ROLLBACK")
        for forget in self.after_rollback:
            forget()

    def commit(self) -> None:
        """Make what was written lasting, before anybody is told about it."""
        if self._connection.in_transaction:
            self._connection.execute("COMMIT")

    def empty(self) -> None:
        """Forget everything."""
        for table in TABLES:
            self.write(f"DELETE FROM {table}")  # noqa: S608 - our own table names
        self.commit()

    def close(self) -> None:
        """Close the file; with no open transaction nothing is lost."""
        self._connection.close()


def packed(document: object) -> str:
    """JSON as it is stored."""
    return json.dumps(document, separators=(",", ":"), ensure_ascii=False)


def marks(values: Sequence[Any]) -> str:
    """As many question marks as values, for an SQL list."""
    return ", ".join("?" * len(values))

"""Whether a store of the portal's own, its database or its cache, cannot be used just now.

That is no mistake of ours and mends itself, so people are told otherwise than of one (RES-08).
"""

import sys
from typing import Any

from django.db import DatabaseError, InterfaceError, OperationalError

# SQLite says the same class of a table that is missing, which is a mistake, and of a full disk; and
# the name of what went wrong, which may go on: SQLITE_IOERR_WRITE.
SQLITE_AWAY = frozenset({"BUSY", "LOCKED", "NOMEM", "READONLY", "IOERR", "FULL", "CANTOPEN"})
# A server that became a reader, in the SQLSTATE of PostgreSQL: read_only_sql_transaction.
READ_ONLY = "25006"


class StoreAway(OperationalError):
    """A store did not take what it was given, and said no more."""


def cache_troubles() -> tuple[type[Exception], ...]:
    """What a cache raises that cannot be used. Redis' own only where it is in use: it is slow."""
    redis: Any = sys.modules.get("redis.exceptions")
    return (DatabaseError, OSError, *([redis.RedisError] if redis else []))


def is_away(trouble: BaseException | None) -> bool:
    """Whether this is what a store raises that is down, full, locked, or open for reading only."""
    if isinstance(trouble, DatabaseError | InterfaceError):
        return _is_database_away(trouble)
    redis: Any = sys.modules.get("redis.exceptions")
    return redis is not None and isinstance(trouble, redis.RedisError)


def _is_database_away(trouble: DatabaseError | InterfaceError) -> bool:
    cause = trouble.__cause__
    if isinstance(trouble, StoreAway):
        return True
    # Loaded only where it is in use.
    sqlite: Any = sys.modules.get("sqlite3")
    if sqlite and isinstance(cause, sqlite.Error):
        return _kind(getattr(cause, "sqlite_errorname", "")) in SQLITE_AWAY
    if getattr(cause, "sqlstate", None) == READ_ONLY:
        return True
    return isinstance(trouble, OperationalError | InterfaceError)


def _kind(name: str) -> str:
    """What stands first in the name of an error of SQLite: `IOERR`."""
    return name.removeprefix("SQLITE_").partition("_")[0]

"""Whether a kept connection still lives, without a question to the server for each request.

And a cursor for what is asked again and again, whose statements the server keeps.

A server that ends a connection says so, and then its socket has something to read. What ends
without a word (a cable, a machine) is found by asking, as Django does for every request: here
after a pause, since a connection that answered a moment ago is as good as one that is asked.
"""

import select
import time
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg import Error as DatabaseError
from psycopg.pq import TransactionStatus

# A connection that has rested for longer is asked.
RESTS_SECONDS = 5.0
FAILED = {TransactionStatus.INERROR, TransactionStatus.UNKNOWN}


# A database may have a bound of its own; -1 is none. Source: PostgreSQL, pg_database.
IN_USE = """
    SELECT count(*),
        current_setting('max_connections')::int
            - current_setting('superuser_reserved_connections')::int,
        count(*) FILTER (WHERE datname = current_database()),
        (SELECT datconnlimit FROM pg_database WHERE datname = current_database())
    FROM pg_stat_activity WHERE backend_type = 'client backend'
"""
# Sentences of ours without a value; tests/unit/test_templates.py knows each that is sent.
ONE_PLAN = "SET plan_cache_mode = force_generic_plan"


class _Operations(operations.DatabaseOperations):
    def last_executed_query(self, cursor: Any, sql: str, params: Any) -> str:
        """For whoever counts statements: with its values, also where those went beside it."""
        said: str | None = super().last_executed_query(cursor, sql, params)
        return said or self.compose_sql(sql, params)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that failed is closed, as ever, and the next request has another one."""

    ops_class = _Operations
    # When it was looked at last: what came after it in that request was answered, or it is closed.
    looked_at = 0.0

    def get_connection_params(self) -> dict[str, Any]:
        """`?prepare_threshold=none` in DATABASE_URL: behind a pooler that keeps no statements."""
        params: dict[str, Any] = super().get_connection_params()
        if not isinstance(params["prepare_threshold"], int):
            params["prepare_threshold"] = None
        return params

    def _configure_connection(self, connection: Any) -> bool:
        """One plan for all values, from the first time on: each statement we keep looks up by key.

        The server would else plan the first five anew, on each connection.
        """
        super()._configure_connection(connection)  # type: ignore[misc]
        if connection.prepare_threshold is not None:
            with connection.cursor() as cursor:
                cursor.execute(ONE_PLAN)
        return True

    def in_use(self) -> list[tuple[int, int]]:
        """How many connections there are, of how many at most: to the server, to this database."""
        with self.cursor() as cursor:
            cursor.execute(IN_USE)
            used, most, used_here, most_here = cursor.fetchone()
        return [(used, most), *([(used_here, most_here)] if most_here >= 0 else [])]

    def is_usable(self) -> bool:
        now = time.monotonic()
        rested, self.looked_at = now - self.looked_at, now
        if rested < RESTS_SECONDS and self.connection is not None and self._is_quiet():
            return True
        return bool(super().is_usable())

    def keeping_cursor(self) -> Any:
        """A cursor whose values go beside the statement, which the server then need not read anew.

        For the few statements of `accounts.prepared`: reading and planning one takes the server
        longer than answering it. When the driver has it kept is said by `prepare_threshold`.
        """
        # As before each cursor of Django's own: many a page asks by this one alone.
        self.close_if_health_check_failed()
        self.ensure_connection()
        with self.wrap_database_errors:
            # Django's published types leave out both.
            cursor: Any = base.ServerBindingCursor
            return self._prepare_cursor(cursor(self.connection))  # type: ignore[attr-defined]

    def _is_quiet(self) -> bool:
        """Nothing was said unasked, as an end would be; and no transaction of it has failed."""
        try:
            if self.connection.pgconn.transaction_status in FAILED:
                return False
            return not select.select([self.connection.fileno()], [], [], 0)[0]
        except (OSError, ValueError, DatabaseError):
            return False

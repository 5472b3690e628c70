"""A million rows of audit in a portal's database, by SQL alone: to be read, not verified."""

import sqlite3
from contextlib import closing
from pathlib import Path

import psycopg

# 20,000 people, 40 operators, a request each; every eighth row is an operator's, with a ticket.
ROWS = """
WITH RECURSIVE some(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM some WHERE n < :rows)
INSERT INTO accounts_auditrecord (
  id, created_at, event, outcome, completes_id, pool_id, sub, actor, factor, client_address,
  session_hash, embed_client, request_id, reason, ticket, caller_check, approval, detail, number,
  previous, hash, seal
)
SELECT
  printf('%032x', n),
  strftime('%Y-%m-%d %H:%M:%f', :begin, '+' || (n / 40) || ' seconds'),
  CASE n % 8 WHEN 0 THEN 'helpdesk_end_sessions' WHEN 1 THEN 'preference_changed'
    ELSE 'signed_in' END,
  CASE n % 50 WHEN 0 THEN 'refused' ELSE 'done' END,
  NULL, :pool,
  printf('%08x-0000-4000-8000-000000000000', n % 20000),
  printf(
    '%08x-0000-4000-8000-000000000000',
    CASE n % 8 WHEN 0 THEN 30000 + n / 8 % 40 ELSE n % 20000 END
  ),
  '', '203.0.113.7', '', '', printf('%08x-0000-4000-8000-000000000001', n),
  '', CASE n % 8 WHEN 0 THEN 'HD-' || (n / 8 % 9000) ELSE '' END, '', '', '{}',
  :first + n, '', printf('%064x', n), printf('%064x', n)
FROM some
"""

# The same, in PostgreSQL's words; behind rows of before, whose ids it does not take again.
ROWS_POSTGRESQL = """
INSERT INTO accounts_auditrecord (
  id, created_at, event, outcome, completes_id, pool_id, sub, actor, factor, client_address,
  session_hash, embed_client, request_id, reason, ticket, caller_check, approval, detail, number,
  previous, hash, seal
)
SELECT
  lpad(to_hex(n), 32, '0')::uuid,
  %(begin)s::timestamptz + (n / 40) * interval '1 second',
  CASE n %% 8 WHEN 0 THEN 'helpdesk_end_sessions' WHEN 1 THEN 'preference_changed'
    ELSE 'signed_in' END,
  CASE n %% 50 WHEN 0 THEN 'refused' ELSE 'done' END,
  NULL, %(pool)s,
  lpad(to_hex(n %% 20000), 8, '0') || '-0000-4000-8000-000000000000',
  lpad(to_hex(CASE n %% 8 WHEN 0 THEN 30000 + n / 8 %% 40 ELSE n %% 20000 END), 8, '0')
    || '-0000-4000-8000-000000000000',
  '', '203.0.113.7', '', '', lpad(to_hex(n), 8, '0') || '-0000-4000-8000-000000000001',
  '', CASE n %% 8 WHEN 0 THEN 'HD-' || (n / 8 %% 9000) ELSE '' END, '', '', '{}',
  n, '', lpad(to_hex(n), 64, '0'), lpad(to_hex(n), 64, '0')
FROM generate_series(%(first)s + 1, %(first)s + %(rows)s) AS n
"""


def write_rows(database: Path, pool: str, rows: int) -> None:
    """Behind the rows that are there; the head of the chain points at the last one."""
    with closing(sqlite3.connect(database, timeout=60)) as connection, connection:
        last = connection.execute(
            "SELECT coalesce(max(number), 0) FROM accounts_auditrecord WHERE pool_id = ?", [pool]
        ).fetchone()[0]
        given = {"pool": pool, "rows": rows, "first": last, "begin": "2026-01-01"}
        connection.execute(ROWS, given)
        connection.execute(
            "UPDATE accounts_audithead SET number = ?, hash = ? WHERE pool_id = ?",
            [last + rows, f"{rows:064x}", pool],
        )


def write_rows_postgresql(database: str, pool: str, rows: int) -> None:
    """The same in PostgreSQL. database: its URL."""
    with psycopg.connect(database) as connection:
        last = connection.execute(
            "SELECT coalesce(max(number), 0) FROM accounts_auditrecord WHERE pool_id = %s", [pool]
        ).fetchone()
        first = int(last[0]) if last else 0
        given = {"pool": pool, "rows": rows, "first": first, "begin": "2026-01-01"}
        connection.execute(ROWS_POSTGRESQL, given)
        connection.execute(
            "UPDATE accounts_audithead SET number = %s, hash = %s WHERE pool_id = %s",
            [first + rows, f"{rows:064x}", pool],
        )


def person(number: int) -> str:
    """The `sub` of one of the 20,000."""
    return f"{number:08x}-0000-4000-8000-000000000000"


def request(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-000000000001"

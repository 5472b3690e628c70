"""Whether a page costs the same when everything around it has grown."""

import psycopg
from redis import Redis

from tests.bench import million
from tests.bench.load import visit
from tests.bench.processes import cpu_seconds
from tests.bench.share import lasting, share
from tests.bench.sites import POOL, Scene

PAGES = {"overview": "/", "what happened": "/activity/", "choose what we ask for": "/preference/"}
SMALL, LARGE = 1_000, share(1_000_000, least=2_000)
PEOPLE, CLIENTS, SESSIONS = share(100_000), share(1_000), share(100_000)
ROUNDS, SECONDS = share(5), lasting(0.6)
SIZES = {
    "small": SMALL,
    "large": LARGE,
    "people": PEOPLE,
    "clients": CLIENTS,
    "sessions": SESSIONS,
}
Grown = dict[str, dict[int, list[float]]]


def measure(found: Scene) -> Grown:
    """CPU of each page in milliseconds, by the number of rows in the audit."""
    visitors = found.visitors.make("settled", 8)
    measured: Grown = {name: {SMALL: [], LARGE: []} for name in PAGES}
    million.write_rows_postgresql(found.database, POOL, SMALL)
    _rounds(found, visitors, measured, SMALL)
    million.write_rows_postgresql(found.database, POOL, LARGE - SMALL)
    _grow(found)
    _rounds(found, visitors, measured, LARGE)
    return measured


def _rounds(found: Scene, visitors: list[str], measured: Grown, rows: int) -> None:
    portal = found.portal
    for turn in range(ROUNDS + 1):
        for name, path in PAGES.items():
            before = cpu_seconds(portal.process)
            visits = visit(portal.url, path, visitors, 4, SECONDS)
            spent = cpu_seconds(portal.process) - before
            if turn:  # the first one warms up
                measured[name][rows].append(spent / len(visits.seconds) * 1000)


def _grow(found: Scene) -> None:
    """People with a method each, applications that embed, and sessions in the cache."""
    with psycopg.connect(found.database, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO accounts_person (id, pool_id, sub, created_at)"
            " SELECT gen_random_uuid(), %s, gen_random_uuid()::text, now()"
            " FROM generate_series(1, %s)",
            [POOL, PEOPLE],
        )
        connection.execute(
            "INSERT INTO factors_enrolledauthenticator (person_id, factor, name, added_at)"
            " SELECT id, 'SOFTWARE_TOKEN_MFA', '', now() FROM accounts_person"
            " ON CONFLICT DO NOTHING"
        )
        connection.execute(
            "INSERT INTO embed_embedclient (pool_id, name, origins, pages, app_clients, created_at)"
            " SELECT %s, 'client-' || n, '[]', '[]', '[]', now() FROM generate_series(1, %s) AS n",
            [POOL, CLIENTS],
        )
        connection.execute("ANALYZE")
    with Redis.from_url(found.redis) as cache, cache.pipeline(transaction=False) as keys:
        for number in range(SESSIONS):
            keys.set(f"grown:{number}", b"0" * 2_000)
        keys.execute()

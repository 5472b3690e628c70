"""A database of its own on a PostgreSQL server, and a Redis of its own."""

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
from psycopg.sql import SQL, Composed, Identifier

from tests.browser.portal_process import free_port
from tests.ship.kit import running, until

SERVER = "postgres://postgres@127.0.0.1:5432/postgres"


@contextmanager
def postgresql() -> Iterator[str]:
    """The URL of a fresh database on DATABASE_URL's server, or on this machine's."""
    given = os.environ.get("DATABASE_URL", "")
    server = given if given.startswith("postgres") else SERVER
    name = f"ship_{uuid.uuid4().hex}"
    with connected(server) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        try:
            yield urlsplit(server)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(_dropping(name))


def drop(database: str) -> None:
    """Away before its time: what follows makes it anew."""
    url = urlsplit(database)
    with connected(url._replace(path="/postgres").geturl()) as connection:
        connection.execute(_dropping(url.path.strip("/")))


def connected(database: str) -> "psycopg.Connection[Any]":
    """To the server itself: what the URL says of Django's driver is not for it."""
    bare = urlsplit(database)._replace(query="").geturl()
    return psycopg.connect(bare, autocommit=True)


def _dropping(name: str) -> Composed:
    return SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name))


@contextmanager
def redis(data: Path) -> Iterator[str]:
    """The URL of a Redis that nobody else uses."""
    port = free_port()
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    log = data / "redis.log"
    with running(command, {"PATH": os.environ["PATH"]}, log, cwd=data):
        assert until(lambda: "Ready to accept" in log.read_text()), log.read_text()
        yield f"redis://127.0.0.1:{port}/0"

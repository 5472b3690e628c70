"""A PgBouncer that gives every transaction another connection.

`python -m tests.ship.pooler COMMAND…` lets a command find its PostgreSQL (DATABASE_URL, or this
machine's) behind one.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from tests.browser.portal_process import free_port
from tests.ship.kit import running, until
from tests.ship.stores import SERVER

# As docs/deployment.md says it.
SAID_OF_IT = "prepare_threshold=none&DISABLE_SERVER_SIDE_CURSORS=True"
# Fewer connections than a portal has threads; one that rests keeps no database from being dropped.
SETTINGS = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listens}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 6
max_client_conn = 1000
server_idle_timeout = 1
ignore_startup_parameters = extra_float_digits
{as_whom}
"""
# It does not run as root.
AS_WHOM = "user = nobody" if os.geteuid() == 0 else ""


@contextmanager
def in_front_of(server: str, folder: Path) -> Iterator[str]:
    """The URL of the same database by way of a pooler."""
    url = urlsplit(server)
    port = free_port()
    said = folder / "pgbouncer.ini"
    said.write_text(
        SETTINGS.format(
            host=url.hostname,
            port=url.port or 5432,
            user=url.username,
            listens=port,
            as_whom=AS_WHOM,
        )
    )
    log = folder / "pgbouncer.log"
    with running(["pgbouncer", str(said)], {"PATH": os.environ["PATH"]}, log):
        assert until(lambda: "process up" in log.read_text()), log.read_text()
        reached = url._replace(netloc=f"{url.username}@127.0.0.1:{port}", query=SAID_OF_IT)
        yield reached.geturl()


def main() -> int:
    with (
        tempfile.TemporaryDirectory() as folder,
        in_front_of(os.environ.get("DATABASE_URL") or SERVER, Path(folder)) as url,
    ):
        return subprocess.call(sys.argv[1:], env={**os.environ, "DATABASE_URL": url})


if __name__ == "__main__":
    sys.exit(main())

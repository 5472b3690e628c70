"""What gunicorn is told (portal/server.py), asked of gunicorn itself, in a process of its own."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from tests.ship.kit import ROOT

# As gunicorn reads its settings, then a request as its log is told of one.
TOLD = """
import gc
from gunicorn.app.wsgiapp import WSGIApplication
app = WSGIApplication("%(prog)s [OPTIONS] [APP_MODULE]", prog="gunicorn")
log = app.cfg.logger_class(app.cfg)
log.atoms = lambda *told: 1 / 0
log.access(None, None, {}, None)
looked = []
gc.callbacks.append(lambda phase, found: looked.append(phase))
app.cfg.pre_fork(None, None)
print(len(looked), gc.get_freeze_count(), end=" ")
app.cfg.post_fork(None, None)
print(gc.get_threshold()[0], gc.isenabled())
"""


@cache
def _told() -> list[str]:
    arguments = ["--config", "python:portal.server", "portal.wsgi"]
    command = [sys.executable, "-c", TOLD, *arguments]
    said = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    return said.stdout.split()


def test_a_file_of_settings_tells_the_server_too(tmp_path: Path):
    """DAT-03: .env is read before the server is told where to listen, and where it counts."""
    counts = tmp_path / "counts"
    file = tmp_path / "env"
    lines = ["PORTAL_BIND=127.0.0.1:8123", "WEB_CONCURRENCY=3", "PORTAL_THREADS=5"]
    file.write_text("\n".join([*lines, f"PROMETHEUS_MULTIPROC_DIR={counts}"]))
    script = "from portal import counting, server; print(counting.folder(), server.bind, "
    done = subprocess.run(
        [sys.executable, "-c", f"{script}server.workers, server.threads)"],
        cwd=ROOT,
        env={**os.environ, "PORTAL_ENV_FILE": str(file)},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == [str(counts), "127.0.0.1:8123", "3", "5"]


def test_nothing_is_put_together_for_a_log_that_nobody_keeps():
    """A line for each request cost 3 % of a page, though it went nowhere."""
    assert _told()


def test_garbage_is_looked_for_less_often_than_python_does():
    """Every 700 objects, the default, cost 4 % of a page."""
    threshold, enabled = _told()[2:]
    assert int(threshold) > 10_000
    assert enabled == "True"


def test_what_is_loaded_is_never_looked_through_for_garbage():
    """RES-07: not by a worker, which would copy it, and not before: a twelfth of the start."""
    looked, kept = map(int, _told()[:2])
    assert looked == 0
    assert kept > 10_000

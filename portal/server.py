"""How gunicorn serves the portal: `gunicorn --config python:portal.server portal.wsgi`.

A request mostly waits for Cognito, so a worker has many threads, and a machine few workers.
WEB_CONCURRENCY says how many workers; options on the command line win over what is said here.
"""

import gc
import os
import re
import sys
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from gunicorn.glogging import Logger

from portal import counting

# While everything is loaded nothing becomes garbage: looking for it costs a tenth of the start.
gc.disable()
# First of all: what is read from the environment below may stand in a file of settings.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
try:
    settings.PORTAL_URL  # noqa: B018
except ImproperlyConfigured as wrong:
    sys.exit(f"mfa-portal: {wrong}")

workers = int(os.environ.get("WEB_CONCURRENCY", "") or 1)
bind = os.environ.get("PORTAL_BIND", "127.0.0.1:8000")
worker_class = "gthread"
threads = int(os.environ.get("PORTAL_THREADS", "32"))
# Cognito's clients are built once, before the workers are made of this process.
preload_app = True
# Longer than a call to Cognito may take (eight seconds, RES-03) and the read after it.
timeout = 30
# Those in flight end before a worker does: what a proxy or Kubernetes waits is longer.
graceful_timeout = 20
# Longer than a proxy keeps its side open, so that none sends into a closing connection.
keepalive = 75
# The heartbeat of workers lies in memory, not on a disk that may be slow or read-only.
worker_tmp_dir = "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108
control_socket_disable = True
# Requests are told by the portal's own log, which knows what must not be in one.
accesslog = None
# What gunicorn itself says goes where all lines go: as JSON, once the portal's log is set up.
logconfig_dict = {
    "root": {"level": "WARNING", "handlers": ["console"]},
    "loggers": {"gunicorn.error": {"level": "INFO", "handlers": [], "propagate": True}},
}


# What gunicorn quotes of a request.
QUOTED = re.compile(r"\Wb?['\"].*", re.DOTALL)


class OwnLinesAlone(Logger):
    """No line for each request: setting a log up by `logconfig_dict` turns those on.

    And none that quotes one (AUD-03).
    """

    def access(self, *told: Any) -> None:
        return

    def warning(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Of a request that cannot be read: what is wrong, not what it asked for or sent."""
        self.error_log.warning(QUOTED.sub("", msg), *args, **kwargs)

    def exception(self, msg: str, *args: Any, **kwargs: Any) -> None:
        """Of a request that ended in a mistake: not its address, which may open something."""
        if msg.startswith("Error handling request"):
            msg, args = "Error handling a request", ()
        self.error_log.exception(msg, *args, **kwargs)


logger_class = OwnLinesAlone
# Workers count together (docs/operations.md).
counting.begin(counting.folder())
child_exit = counting.child_exit


def when_ready(server: Any) -> None:
    """Everything is loaded, and no worker is made yet."""
    if server.cfg.preload_app:
        from portal import first_page  # noqa: PLC0415  (loads what only a loaded portal has)

        first_page.draw(server.app.wsgi())


def pre_fork(server: Any, worker: Any) -> None:
    """What is loaded stays: no worker's garbage collector looks at it, and so copies it.

    Nor does anybody now: loading leaves next to none, and to look costs a twelfth of the start.
    """
    gc.freeze()


def post_fork(server: Any, worker: Any) -> None:
    """A request leaves little in circles: to look for it every 700 objects cost one page in 25."""
    gc.set_threshold(20_000, 50, 100)
    gc.enable()

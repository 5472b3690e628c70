"""The way in, drawn once before the workers are made of the process that draws it.

They share what that loads and works out, which would else be a tenth of all that they hold, and
none of their visitors waits for it. It asks the pool and the stores as for anybody; where they do
not answer now, or it cannot be drawn at all, the log says so, and the workers begin all the same.
"""

from collections.abc import Callable
from contextlib import closing
from contextvars import copy_context
from typing import Any
from urllib.parse import urlsplit
from wsgiref.util import setup_testing_defaults

import structlog
from django.conf import settings
from django.core.cache import caches
from django.db import connections
from django.urls import reverse

from accounts.cognito import client
from accounts.watch.middleware import NOBODY_ASKED

log = structlog.get_logger(__name__)
# As WSGI has it; what Django answers with can be closed.
Application = Callable[[dict[str, Any], Callable[..., Any]], Any]


def draw(application: Application) -> None:
    """Ask for it and throw it away, and leave no connection that several processes would have."""
    try:
        # Nothing of it is known of whoever comes later: neither its number nor its language.
        copy_context().run(_drawn, application)
    except ValueError:
        # A file that nobody collected, of the page and of the one that says so: /health/ready
        # tells of that, once there is a worker.
        log.exception("first_page_not_drawn")
    finally:
        _let_go()


def _drawn(application: Application) -> None:
    with closing(application(_asked(), lambda *_status_and_headers: None)) as page:
        for _ in page:
            pass


def _asked() -> dict[str, Any]:
    """As a visitor's browser asks for it, by way of the proxy."""
    address = urlsplit(settings.PORTAL_URL)
    environ: dict[str, Any] = {
        NOBODY_ASKED: True,
        "PATH_INFO": reverse("account_login"),
        "HTTP_HOST": address.netloc,
        "HTTP_X_FORWARDED_PROTO": address.scheme,
        "REMOTE_ADDR": "127.0.0.1",
    }
    setup_testing_defaults(environ)
    return environ


def _let_go() -> None:
    connections.close_all()
    client.close_all()
    for cache in caches.all(initialized_only=True):
        disconnect = getattr(cache, "disconnect", None)
        if disconnect:
            disconnect()

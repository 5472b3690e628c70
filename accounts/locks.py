"""A lock that every machine sees: one holder at a time for the same name."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.core.cache import cache

from accounts.watch.metrics import LOCK_SECONDS, LOCKS_BUSY

# Longer than the slowest Cognito call (connect 2 s + read 5 s), so a dead holder frees it soon.
HELD_AT_MOST_SECONDS = 30
RETRY_SECONDS = 0.05


class LockBusy(Exception):
    """Somebody else holds the lock and did not finish in time."""


@contextmanager
def locked(name: str, *, wait_seconds: float = 10) -> Iterator[None]:
    """Hold the lock of this name for the block. Errors: LockBusy."""
    key, mine = f"lock:{name}", secrets.token_hex(8)
    kind = name.partition(":")[0]
    began = time.monotonic()
    while not cache.add(key, mine, timeout=HELD_AT_MOST_SECONDS):
        if time.monotonic() > began + wait_seconds:
            LOCKS_BUSY.labels(kind).inc()
            raise LockBusy(name)
        time.sleep(RETRY_SECONDS)
    LOCK_SECONDS.labels(kind).observe(time.monotonic() - began)
    try:
        yield
    finally:
        _let_go(key, mine)


def _let_go(key: str, mine: str) -> None:
    """Only our own: a lock that ran out may already be somebody else's."""
    in_one_step = getattr(cache, "delete_same", None)
    if in_one_step:
        in_one_step(key, mine)
    elif cache.get(key) == mine:
        cache.delete(key)

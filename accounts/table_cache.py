"""Django's cache in the database, which says so where it could not write.

Django's own lets a write fail in silence. A session would be lost so, a lock would look as if
somebody else held it, and a new session would be tried ten thousand times.
"""

import time
from collections.abc import Iterator
from typing import Any

from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.db import DatabaseCache

from accounts.stores import StoreAway

# Two who write the same key at once hinder each other; no store is away for that.
TRIES = 3
PATIENCE_SECONDS = 1


class TableCache(DatabaseCache):
    def add(
        self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        """Errors: StoreAway, where it failed though nobody has the key."""
        for _ in _tries():
            if super().add(key, value, timeout, version):
                return True
            if self.has_key(key, version):
                return False
        raise StoreAway("the cache's table takes no rows")

    def _base_set(self, mode: str, key: str, value: Any, timeout: Any = DEFAULT_TIMEOUT) -> bool:
        """Errors: StoreAway. What `add` is answered is judged above, where the key is known."""
        for _ in _tries():
            if super()._base_set(mode, key, value, timeout):  # type: ignore[misc]
                return True
            if mode != "set":
                return False
        raise StoreAway("the cache's table takes no rows")


def _tries() -> Iterator[int]:
    """A few, but not where each takes long: somebody waits."""
    began = time.monotonic()
    for number in range(TRIES):
        if number and time.monotonic() - began > PATIENCE_SECONDS:
            return
        yield number

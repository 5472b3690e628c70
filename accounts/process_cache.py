"""Django's cache in memory, which keeps a thing itself where Django keeps a copy of it.

What a page asks here (the pool's settings, what cannot be sent) changes for nobody who reads it,
and to make it anew from its copy took longer than to use it. Keys are ours: none needs a look.
"""

from typing import Any

from django.core.cache.backends import locmem
from django.core.cache.backends.base import DEFAULT_TIMEOUT


class ProcessCache(locmem.LocMemCache):
    """For `get`, `set`, `delete` and `clear`, of what is never changed."""

    # Django's own, which its published types leave out.
    _cache: Any
    _lock: Any
    _has_expired: Any
    _delete: Any
    _set: Any

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        full = self.make_key(key, version)
        with self._lock:
            if self._has_expired(full):
                self._delete(full)
                return default
            return self._cache[full]

    def set(
        self,
        key: Any,
        value: Any,
        timeout: Any = DEFAULT_TIMEOUT,
        version: int | None = None,
    ) -> None:
        with self._lock:
            self._set(self.make_key(key, version), value, timeout)

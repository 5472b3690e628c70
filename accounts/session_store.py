"""Sessions in the cache, as Django keeps them, but for a cache that is away (RES-08).

Django takes that for a session that is over: everybody would be told to sign in again, and would
lose what they are at, though nothing is lost but a moment.
"""

from typing import Any

from django.contrib.sessions.backends import cache
from django.contrib.sessions.backends.base import UpdateError
from django.db import DatabaseError

from accounts import stores


class SessionStore(cache.SessionStore):
    def load(self) -> dict[str, Any]:
        """Errors: what the cache raises where it cannot be used."""
        try:
            found: dict[str, Any] | None = self._cache.get(self.cache_key)  # type: ignore[attr-defined]
        except (DatabaseError, ValueError) as trouble:
            if stores.is_away(trouble):
                raise
            found = None  # a key that no cache could hold
        if found is not None:
            return found
        self._session_key = None
        return {}

    def save(self, must_create: bool = False) -> None:
        """In one step where the cache can: one that ends meanwhile is not brought back to life.

        Django looks whether it is there, and then writes it. Errors: UpdateError, where it is over.
        """
        in_one_step = getattr(self._cache, "replace", None)  # type: ignore[attr-defined]
        if must_create or self.session_key is None or in_one_step is None:
            super().save(must_create)
            return
        data = self._get_session(no_load=False)  # type: ignore[attr-defined]
        if not in_one_step(self.cache_key, data, self.get_expiry_age()):
            raise UpdateError

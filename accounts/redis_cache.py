"""Django's Redis cache, whose client is made once: Django makes one for every question.

A client is safe to share between threads; its connections come from the pool, as before.
"""

from typing import Any

from django.core.cache.backends import redis

# Django loads it with the first question, and so each worker for itself.
from accounts import redis_alone  # noqa: F401


class _Clients(redis.RedisCacheClient):
    # Django's own, which its published types leave out.
    _client: Any
    _get_connection_pool: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._made: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        if pool not in self._made:
            self._made[pool] = self._client(connection_pool=pool)
        return self._made[pool]


class RedisCache(redis.RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Clients

    def validate_key(self, key: str) -> None:
        """Redis takes every key: Django looks at each letter for what memcached would not take."""

"""Django's Redis cache, whose client is made once: Django makes one for every question.

A client is safe to share between threads; its connections come from the pool, as before.
"""

from functools import cached_property
from typing import Any

from django.core.cache.backends import redis

# Django loads it with the first question, and so each worker for itself.
from accounts import redis_alone  # noqa: F401


class _Clients(redis.RedisCacheClient):
    # Django's own, which its published types leave out.
    _client: Any
    _get_connection_pool: Any
    _serializer: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._made: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        pool = self._get_connection_pool(write)
        if pool not in self._made:
            self._made[pool] = self._client(connection_pool=pool)
        return self._made[pool]

    def disconnect(self) -> None:
        for pool in self._made:
            pool.disconnect()

    @cached_property
    def _deleting_same(self) -> Any:
        """As the library's own lock lets go."""
        from redis.lock import Lock  # noqa: PLC0415  (loaded by `redis_alone`, and nobody before)

        return self.get_client(write=True).register_script(Lock.LUA_RELEASE_SCRIPT)

    def delete_same(self, key: str, value: Any) -> bool:
        return bool(self._deleting_same(keys=[key], args=[self._serializer.dumps(value)]))

    def replace(self, key: str, value: Any, seconds: int | None) -> bool:
        client = self.get_client(write=True)
        # Redis refuses a time that is over; Django deletes then, too.
        if seconds is not None and seconds <= 0:
            return bool(client.delete(key))
        return bool(client.set(key, self._serializer.dumps(value), ex=seconds, xx=True))


class RedisCache(redis.RedisCache):
    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _Clients

    def delete_same(self, key: str, value: Any) -> bool:
        """Delete what is kept under this key if it is still this; whether it was."""
        cache: Any = self._cache
        return bool(cache.delete_same(self.make_and_validate_key(key), value))

    def replace(self, key: str, value: Any, timeout: Any) -> bool:
        """Set it where something is kept under this key, and nothing else; whether it was."""
        cache: Any = self._cache
        whole = self.make_and_validate_key(key)
        return bool(cache.replace(whole, value, self.get_backend_timeout(timeout)))

    def disconnect(self) -> None:
        """Let go of all connections; the next question makes one anew."""
        cache: Any = self._cache
        cache.disconnect()

    def validate_key(self, key: str) -> None:
        """Redis takes every key: Django looks at each letter for what memcached would not take."""

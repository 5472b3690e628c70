"""redis without what nobody here asks of it.

It loads OpenTelemetry's metrics wherever they are installed: nobody reads them, and they take a
twenty-fifth of the start. Where requests are traced it finds what is loaded already. And it loads
itself once more, for servers without threads.
"""

import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec

from accounts.unasked import keep_place

UNUSED = "opentelemetry"
IS_UNUSED = UNUSED not in sys.modules
AGAIN = "redis.asyncio"


def _path_of_again() -> list[str]:
    """Where it lies, without loading it or redis; empty without redis."""
    redis = find_spec("redis")
    again = redis and PathFinder.find_spec(AGAIN, redis.submodule_search_locations)
    return list((again and again.submodule_search_locations) or [])


if IS_UNUSED:
    # How Python itself notes that there is no such module.
    sys.modules[UNUSED] = None  # type: ignore[assignment]
# One part of it writes metrics for all of redis, and is loaded by itself.
keep_place(AGAIN, __path__=_path_of_again())
try:
    import redis  # noqa: F401
finally:
    if IS_UNUSED:
        del sys.modules[UNUSED]
    # Whoever asks for another part has all of it loaded.
    vars(sys.modules[AGAIN]).pop("__path__", None)

"""redis, which loads OpenTelemetry's metrics wherever they are installed, without them.

Nobody reads them, and they take a twenty-fifth of the start. Where requests are traced it finds
what is loaded already.
"""

import sys

UNUSED = "opentelemetry"
IS_UNUSED = UNUSED not in sys.modules

if IS_UNUSED:
    # How Python itself notes that there is no such module.
    sys.modules[UNUSED] = None  # type: ignore[assignment]
try:
    import redis  # noqa: F401
finally:
    if IS_UNUSED:
        del sys.modules[UNUSED]

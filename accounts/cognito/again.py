"""One polite repetition of a change that Cognito had no time for in that second (LIM-06).

For a change after a proof that cannot be given again, and that says the same sent twice. Never
for a proof, nor after silence: there the pool may have acted.
"""

import random
import time
from collections.abc import Callable

from django.conf import settings

from accounts.cognito.errors import THROTTLES, TooManyAttempts, TryLater

# Quotas are counted by the second (contract 12); whoever was refused in one does not come at once.
PAUSE_SECONDS = (0.5, 1.0)


def once_if_throttled(send: Callable[[], None]) -> None:
    """Send; and once more where it was one too many and both fit in the time of one (RES-03).

    send: makes one call. Errors: those of it.
    """
    began = time.monotonic()
    try:
        send()
    except TryLater as refusal:
        pause = random.uniform(*PAUSE_SECONDS)  # noqa: S311  (no secret)
        if not _is_throttle(refusal) or not _fits(time.monotonic() - began + pause):
            raise
        time.sleep(pause)
        send()


def _is_throttle(refusal: TryLater) -> bool:
    """Of everybody together; somebody's own allowance is not there again in a second."""
    return refusal.code in THROTTLES and not isinstance(refusal, TooManyAttempts)


def _fits(seconds: float) -> bool:
    left = settings.COGNITO_CALL_TIMEOUT.total_seconds() - seconds
    return left >= settings.COGNITO_READ_TIMEOUT.total_seconds()

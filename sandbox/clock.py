"""The clock of the sandbox: real time plus an offset that tests may move; it can be stopped."""

from __future__ import annotations

import time


class Clock:
    """Seconds since the epoch as the sandbox sees them."""

    def __init__(self, offset: float = 0.0) -> None:
        self.offset = offset
        self._stands_at: float | None = None

    @property
    def runs(self) -> bool:
        """Whether time passes by itself."""
        return self._stands_at is None

    def now(self) -> float:
        """Now, in seconds since the epoch, offset included."""
        return self._real() + self.offset

    def stamp(self) -> float:
        """Now as Cognito writes dates: seconds with a millisecond fraction."""
        return round(self.now(), 3)

    def stop(self) -> None:
        """Stand still from now on; the offset still moves it."""
        self._stands_at = self._real()

    def run(self) -> None:
        """Go on with real time, the offset as it is."""
        self._stands_at = None

    def _real(self) -> float:
        return time.time() if self._stands_at is None else self._stands_at

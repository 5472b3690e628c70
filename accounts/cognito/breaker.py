"""A circuit breaker: after many silences in a row Cognito is left alone for a moment (RES-03).

Only silence counts: no connection, no answer in time. A refusal, a throttle and an error of
Cognito's own are answers, and close it. While it is open nothing is sent, so a person is told at
once instead of after seven seconds, and no thread waits for what does not come. Then one call,
whichever comes next, is let through to see.

Each process finds out for itself, because to ask a shared store would cost every call a round
trip. Why none of the known libraries: pybreaker holds its lock for as long as a call lasts, so
the threads of a process would call one after another, and its Redis storage asks several times a
call; circuitbreaker lets every waiting thread through at once where one should look.
"""

import time
from collections.abc import Callable
from datetime import timedelta
from threading import Lock

SILENCES = 5
OPEN_FOR = timedelta(seconds=10)


class NotSent(Exception):
    """Nothing was sent. seconds: until somebody may look again."""

    def __init__(self, seconds: float) -> None:
        super().__init__("not sent")
        self.seconds = seconds


class CircuitOpen(NotSent):
    """Left alone, after many silences."""


class Breaker:
    """silences: in a row, until it opens. open_for: until one call may look again.

    name: of what it leaves alone, in logs, metrics and probes.
    """

    def __init__(
        self,
        name: str = "",
        *,
        silences: int = SILENCES,
        open_for: timedelta = OPEN_FOR,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name = name
        self._most = silences
        self._open_for = open_for.total_seconds()
        self._clock = clock
        self._lock = Lock()
        self._silences = 0
        self._looks_at: float | None = None
        # Told when it opens (True) and closes (False), never under the lock.
        self.listeners: list[Callable[[bool], None]] = []

    @property
    def is_open(self) -> bool:
        return self._looks_at is not None

    def ask(self) -> None:
        """May a call be sent? Errors: CircuitOpen. The one that looks has `open_for` to do so."""
        if self._looks_at is None:
            return
        with self._lock:
            left = 0.0 if self._looks_at is None else self._looks_at - self._clock()
            if left > 0:
                raise CircuitOpen(left)
            if self._looks_at is not None:
                self._looks_at = self._clock() + self._open_for

    def answered(self) -> None:
        """Whatever the answer was, somebody is there."""
        if not self._silences and self._looks_at is None:
            return
        with self._lock:
            was_open, self._looks_at, self._silences = self.is_open, None, 0
        if was_open:
            self._tell(is_open=False)

    def silent(self) -> None:
        """No answer came."""
        with self._lock:
            self._silences += 1
            if self._silences < self._most:
                return
            was_open, self._looks_at = self.is_open, self._clock() + self._open_for
        if not was_open:
            self._tell(is_open=True)

    def forget(self) -> None:
        """As at start; for another endpoint."""
        with self._lock:
            self._silences, self._looks_at = 0, None

    def _tell(self, *, is_open: bool) -> None:
        for listener in self.listeners:
            listener(is_open)


# Each is a service of its own, and may be away while the others answer: the pool's operations, its
# published keys, and the domain of its own sign-in pages.
cognito = Breaker("cognito")
# Who needs the keys waits in a row for one request: so one silence is enough, or the last of them
# would wait for the time of all before.
keys = Breaker("keys", silences=1)
managed_login = Breaker("managed-login")
ALL = (cognito, keys, managed_login)


def forget_all() -> None:
    for each in ALL:
        each.forget()

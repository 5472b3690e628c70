"""One clock for both sides: tokens carry the pool's time, and the portal judges them by its own."""

from datetime import UTC, datetime, timedelta
from typing import Any

import time_machine

from tests.sandbox_process import Sandbox


class Clock:
    """Moves the portal and the sandbox together; nobody sleeps."""

    def __init__(self, sandbox: Sandbox, traveller: Any) -> None:
        self._sandbox = sandbox
        self._traveller = traveller

    def forward(self, **duration: float) -> None:
        """Let this much time pass: `forward(minutes=6)`."""
        passed = timedelta(**duration)
        self._traveller.shift(passed)
        self._sandbox.control_call("POST", "/clock", {"advance": passed.total_seconds()})


def running_clock(sandbox: Sandbox) -> Any:
    """Start where real time is; put both sides back there at the end."""
    with time_machine.travel(datetime.now(UTC), tick=True) as traveller:
        try:
            yield Clock(sandbox, traveller)
        finally:
            sandbox.control_call("POST", "/clock", {"offset": 0})

"""A sandbox in a process of its own, started and spoken to from a test or a script."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

FREE_PORTS = ("--port", "0", "--control-port", "0", "--smtp-port", "0")
SECONDS_TO_ANSWER = 30
SECONDS_TO_END = 10
Message = dict[str, Any]


class ControlRefused(Exception):
    """The control port says no; its text says why."""


class NotStarted(Exception):
    """The process ended before it was ready; its own words are on stderr."""


@dataclass
class RunningSandbox:
    """The addresses of a sandbox, and what one may ask of it from outside."""

    process: subprocess.Popen[str]
    api: str
    control: str
    smtp_port: int

    def ask(self, method: str, path: str, body: Any = None, **query: str) -> Any:
        """The control port; JSON in, JSON out. Raises ControlRefused."""
        data = None if body is None else json.dumps(body).encode()
        url = self.control + path + (f"?{urlencode(query)}" if query else "")
        headers = {"Content-Type": "application/json"}
        request = Request(url, data=data, method=method, headers=headers)  # noqa: S310 - our own
        try:
            with urlopen(request, timeout=SECONDS_TO_ANSWER) as reply:  # noqa: S310 - likewise
                return json.loads(reply.read())
        except HTTPError as refused:
            with refused:
                raise ControlRefused(refused.read().decode()) from refused

    def inbox(self, destination: str | None = None) -> list[Message]:
        """What was sent there, or anywhere, newest first."""
        query = {"destination": destination} if destination else {}
        messages: list[Message] = self.ask("GET", "/inbox.json", **query)
        return messages

    def newest_code(self, destination: str) -> str:
        """The code of the newest message sent there that has one. Raises LookupError."""
        for message in self.inbox(destination):
            if message["code"]:
                return str(message["code"])
        raise LookupError(f"no code was sent to {destination}")

    @property
    def clock(self) -> ClockHand:
        """Moves the sandbox's time."""
        return ClockHand(self)

    @contextmanager
    def trouble(self, operation: str, kind: str, **how: Any) -> Iterator[None]:
        """Let an operation fail in one way for the block: throttle, error, delay, silence, …."""
        self.ask("POST", "/trouble", {"operation": operation, "kind": kind, **how})
        try:
            yield
        finally:
            self.ask("DELETE", "/trouble")

    def calls(self) -> dict[str, int]:
        """How often each operation was called since the start, `reset` or `forget_calls`."""
        counted: dict[str, int] = self.ask("GET", "/calls.json")
        return counted

    def forget_calls(self) -> None:
        """Count calls from zero again."""
        self.ask("DELETE", "/calls.json")

    @contextmanager
    def rights(self, of: Mapping[str, Collection[str]]) -> Iterator[None]:
        """Let access keys do only these operations for the block; keys not named do all."""
        rights = {key: sorted(operations) for key, operations in of.items()}
        self.ask("POST", "/identities", {"rights": rights})
        try:
            yield
        finally:
            self.ask("DELETE", "/identities")

    def signed(self) -> dict[str, dict[str, int]]:
        """How often each key that has rights was used for which operation, refusals too."""
        named = self.ask("GET", "/identities")
        return {key: dict(each["calls"]) for key, each in named.items()}

    def reset(self, scene: str | None = None) -> dict[str, Any]:
        """Begin anew, clock and trouble too; returns what the scene holds.

        scene: demo or empty; None is the one the sandbox was started with.
        """
        held: dict[str, Any] = self.ask("POST", "/reset", {"scene": scene} if scene else {})
        return held


@dataclass(frozen=True)
class ClockHand:
    """The hand on the sandbox's clock; tokens, codes, sessions and locks follow it."""

    sandbox: RunningSandbox

    def now(self) -> float:
        """The sandbox's time, in seconds since the epoch."""
        return float(self.sandbox.ask("GET", "/clock")["now"])

    def advance(self, seconds: float) -> None:
        """Move the time."""
        self._set({"advance": seconds})

    def stand_still(self) -> None:
        """Stop the time, so that a slow machine changes nothing; `advance` still moves it."""
        self._set({"runs": False})

    def run(self) -> None:
        """Let the time pass again, as far from real time as it is."""
        self._set({"runs": True})

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """Let it be so much later than real time for the block."""
        self._set({"offset": seconds})
        try:
            yield
        finally:
            self._set({"offset": 0})

    def _set(self, given: dict[str, Any]) -> None:
        self.sandbox.ask("POST", "/clock", given)


def start(*options: str, stderr: IO[str] | None = None) -> RunningSandbox:
    """Start a sandbox on free ports and wait until it is ready. Raises NotStarted."""
    command = [sys.executable, "-m", "sandbox", *FREE_PORTS, *options]
    process = subprocess.Popen(  # noqa: S603 - ours
        command, stdout=subprocess.PIPE, stderr=stderr, text=True
    )
    assert process.stdout is not None  # noqa: S101 - a pipe was asked for
    api, control, smtp = (process.stdout.readline().strip() for _ in range(3))
    if not smtp:
        process.stdout.close()
        raise NotStarted(f"{' '.join(command)} ended with status {process.wait()}")
    return RunningSandbox(process, api, control, int(smtp.rpartition(":")[2]))


def stop(running: RunningSandbox) -> int:
    """End a sandbox; its exit status."""
    running.process.terminate()
    status = running.process.wait(SECONDS_TO_END)
    if running.process.stdout is not None:
        running.process.stdout.close()
    return status


@contextmanager
def running_sandbox(*options: str) -> Iterator[RunningSandbox]:
    """A sandbox for the block."""
    running = start(*options)
    try:
        yield running
    finally:
        stop(running)

"""A real sandbox, started for the tests, and what a test may ask of it from outside."""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import boto3


@dataclass(frozen=True)
class Sandbox:
    """The addresses a sandbox prints when it is ready."""

    api: str
    control: str
    smtp: str

    @property
    def smtp_port(self) -> int:
        return int(self.smtp.rpartition(":")[2])

    def admin(self) -> Any:
        """A boto3 client with IAM rights, as an operator's script would build it."""
        return _admin(self.api)

    def control_call(self, method: str, path: str, body: Any = None) -> Any:
        data = json.dumps(body).encode() if body is not None else None
        request = Request(  # noqa: S310
            self.control + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        with urlopen(request, timeout=10) as reply:  # noqa: S310
            text = reply.read()
        return json.loads(text) if text else None

    def inbox(self, destination: str) -> list[dict[str, Any]]:
        """What was sent there, newest first."""
        path = "/inbox.json?" + urlencode({"destination": destination})
        messages: list[dict[str, Any]] = self.control_call("GET", path)
        return messages

    def newest_code(self, destination: str) -> str:
        return next(str(message["code"]) for message in self.inbox(destination) if message["code"])

    def count_calls(self) -> dict[str, int]:
        """Calls of each operation since the last `forget_calls`."""
        calls: dict[str, int] = self.control_call("GET", "/calls.json")
        return calls

    def forget_calls(self) -> None:
        self.control_call("DELETE", "/calls.json")

    @contextmanager
    def trouble(self, operation: str, kind: str, **how: Any) -> Iterator[None]:
        """Let an operation fail in one way for the block: throttle, error, delay, silence, …."""
        self.control_call("POST", "/trouble", {"operation": operation, "kind": kind, **how})
        try:
            yield
        finally:
            self.control_call("DELETE", "/trouble")

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """Let the sandbox believe that it is later for the block."""
        self.control_call("POST", "/clock", {"offset": seconds})
        try:
            yield
        finally:
            self.control_call("POST", "/clock", {"offset": 0})


@cache
def _admin(api: str) -> Any:
    """One for all: a client is slow to build and safe to share."""
    return boto3.client("cognito-idp", endpoint_url=api, region_name="eu-central-1")


@contextmanager
def running_sandbox(*options: str) -> Iterator[Sandbox]:
    """Start a sandbox with the demo scene on free ports, its answers checked; end it after."""
    ports = ["--port", "0", "--control-port", "0", "--smtp-port", "0", "--check-output"]
    command = [sys.executable, "-m", "sandbox", *ports, "--scene", "demo", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        lines = [server.stdout.readline().strip() for _ in range(3)]
        try:
            yield Sandbox(*lines)
        finally:
            server.terminate()
            server.wait(timeout=10)


def seconds_left_in_step() -> float:
    return 30 - time.time() % 30

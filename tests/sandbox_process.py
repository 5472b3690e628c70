"""A real sandbox, started for the tests, and what a test may ask of it from outside."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3

from sandbox import running
from sandbox.running import RunningSandbox


class Sandbox(RunningSandbox):
    """A sandbox with the demo scene."""

    def admin(self) -> Any:
        """A boto3 client with IAM rights, as an operator's script would build it."""
        return _admin(self.api)

    def control_call(self, method: str, path: str, body: Any = None) -> Any:
        return self.ask(method, path, body)

    def count_calls(self) -> dict[str, int]:
        """Calls of each operation since the last `forget_calls`."""
        return self.calls()

    @contextmanager
    def later(self, seconds: float) -> Iterator[None]:
        """Let the sandbox believe that it is later for the block."""
        with self.clock.later(seconds):
            yield


@cache
def _admin(api: str) -> Any:
    """One for all: a client is slow to build and safe to share."""
    return boto3.client("cognito-idp", endpoint_url=api, region_name="eu-central-1")


@contextmanager
def running_sandbox(*options: str) -> Iterator[Sandbox]:
    """Start a sandbox with the demo scene on free ports, its answers checked; end it after."""
    with running.running_sandbox("--scene", "demo", "--check-output", *options) as started:
        yield Sandbox(**vars(started))


def seconds_left_in_step() -> float:
    return 30 - time.time() % 30

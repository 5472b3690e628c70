"""Cuts a portal off in the middle of a request, at one of its calls of Cognito, as a death would.

The process of the tests lives on, so what a dead process leaves is made so: nothing after the cut
runs but what unwinds the stack, no answer is sent, no session saved, and an open transaction of
the database is rolled back. The lock of the person is free at once, which a dead process keeps
for half a minute; `test_races.py` also kills a real one.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.httpsession import URLLib3Session

from accounts.cognito import breaker
from tests.sandbox_process import Sandbox

# They change nothing in the pool, whatever was answered; a sign-in's first call only asks.
READS = ("Get", "List", "Describe", "AdminGet", "AdminList", "InitiateAuth")


class Killed(BaseException):
    """No `except Exception` of the portal catches it."""


@dataclass(frozen=True)
class Cut:
    """Which call of a flow, counted from 0, and whether the pool has made it before the death."""

    call: int
    operation: str
    after: bool

    def __str__(self) -> str:
        return f"{self.call}-{'after' if self.after else 'before'}-{self.operation}"


@dataclass
class Calls:
    """What the portal asked of Cognito while it was watched. writes: calls that were granted."""

    cut: Cut | None = None
    made: list[str] = field(default_factory=list)
    writes: set[int] = field(default_factory=set)

    def send(self, really: Callable[[], Any], operation: str) -> Any:
        at = len(self.made)
        self.made.append(operation)
        if self._dies(at, after=False):
            raise Killed
        answer = really()
        if self._dies(at, after=True):
            raise Killed
        if answer.status_code == 200 and not operation.startswith(READS):
            self.writes.add(at)
        return answer

    def _dies(self, at: int, *, after: bool) -> bool:
        return self.cut is not None and (self.cut.call, self.cut.after) == (at, after)

    def cuts(self, *, every: bool) -> list[Cut]:
        """Before each write, and after the last; where `every`, around each, and before all calls.

        What a call that writes nothing was answered is lost with the process: as before it.
        """
        around = self.writes if every else {max(self.writes)}
        return [
            Cut(at, operation, after)
            for at, operation in enumerate(self.made)
            for after in (False, True)
            if at in around or (not after and (every or at in self.writes))
        ]


@contextmanager
def watched(monkeypatch: pytest.MonkeyPatch, cut: Cut | None = None) -> Iterator[Calls]:
    """Watch every call in the block; where there is a cut, the block ends there."""
    calls, real = Calls(cut), URLLib3Session.send

    def send(session: Any, request: Any) -> Any:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        return calls.send(lambda: real(session, request), operation)

    with monkeypatch.context() as patch:
        patch.setattr(URLLib3Session, "send", send)
        try:
            yield calls
        except Killed:
            assert cut is not None
            assert calls.made[cut.call] == cut.operation
        else:
            assert cut is None, f"no call {cut} in {calls.made}"


@contextmanager
def dying_after(monkeypatch: pytest.MonkeyPatch, operation: str) -> Iterator[None]:
    """The block ends where the pool has made a call of this name, and nobody heard it."""
    real = URLLib3Session.send

    def send(session: Any, request: Any) -> Any:
        answer = real(session, request)
        is_it = request.headers["X-Amz-Target"].decode().endswith(f".{operation}")
        if is_it and answer.status_code == 200:
            raise Killed
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(URLLib3Session, "send", send)
        with pytest.raises(Killed):
            yield


@contextmanager
def silent_from(
    monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox, operation: str
) -> Iterator[None]:
    """The pool makes a call of this name, and answers neither it nor any other in the block."""
    real, silence = URLLib3Session.send, ExitStack()

    def send(session: Any, request: Any) -> Any:
        if request.headers["X-Amz-Target"].decode().endswith(f".{operation}"):
            silence.enter_context(sandbox.trouble("*", "silence", seconds=0.05))
        return real(session, request)

    with silence, monkeypatch.context() as patch:
        patch.setattr(URLLib3Session, "send", send)
        yield
        assert sandbox.control_call("GET", "/trouble"), f"no {operation}"
    # Those who come next are not kept from asking by what happened here.
    breaker.forget_all()

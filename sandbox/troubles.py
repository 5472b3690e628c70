"""Trouble on demand: what a client must live with when the service or the network fails."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from typing import Any

KINDS = ("throttle", "error", "delay", "silence", "half", "reset", "status", "garbage")
EVERY_OPERATION = "*"
CODE = re.compile(r"[\w.#:-]+", re.ASCII)  # it travels in a header
LONGEST_WAIT = 3600


@dataclass
class Trouble:
    """One kind of trouble for one operation (or `*`), a number of times or until removed.

    seconds: how long `delay` waits before handling, and `silence` holds the connection after it.
    code, message, http_status: what `error` answers; body: what `status` answers with 200.
    """

    kind: str
    operation: str = EVERY_OPERATION
    times: int | None = None
    seconds: float = 1.0
    code: str = "InternalErrorException"
    message: str = "Internal error."
    http_status: int = 400
    body: dict[str, Any] = field(default_factory=dict)


class Troubles:
    """The troubles that wait for their operations, oldest first."""

    def __init__(self) -> None:
        self._waiting: list[Trouble] = []

    def add(self, given: dict[str, Any]) -> Trouble:
        """Plan trouble. Raises ValueError or TypeError for what cannot be understood."""
        given = dict(given)
        if "status" in given:
            given["http_status"] = given.pop("status")
        trouble = Trouble(**given)
        _refuse_nonsense(trouble)
        if trouble.kind == "error" and "http_status" not in given:
            trouble.http_status = 500 if trouble.code == "InternalErrorException" else 400
        self._waiting.append(trouble)
        return trouble

    def take(self, operation: str, *, by_name: bool = False) -> Trouble | None:
        """The trouble that meets this call, used up once. by_name: not what meets them all."""
        for trouble in self._waiting:
            if trouble.operation == operation or (
                trouble.operation == EVERY_OPERATION and not by_name
            ):
                self._use(trouble)
                return trouble
        return None

    def listed(self) -> list[dict[str, Any]]:
        """What is still waiting."""
        return [asdict(trouble) for trouble in self._waiting]

    def clear(self) -> None:
        """No more trouble."""
        self._waiting.clear()

    def _use(self, trouble: Trouble) -> None:
        if trouble.times is None:
            return
        trouble.times -= 1
        if trouble.times <= 0:
            self._waiting.remove(trouble)


def _refuse_nonsense(trouble: Trouble) -> None:
    """Now, to whoever plans it, and not later, to whoever meets it."""
    if trouble.kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}")
    if not isinstance(trouble.operation, str) or not isinstance(trouble.message, str):
        raise TypeError("operation and message must be texts")
    if not CODE.fullmatch(trouble.code):
        raise ValueError("code must be one word, such as TooManyRequestsException")
    if trouble.times is not None and not (isinstance(trouble.times, int) and trouble.times > 0):
        raise ValueError("times must be a positive number, or left out")
    if not 0 <= trouble.seconds <= LONGEST_WAIT:
        raise ValueError(f"seconds must be from 0 to {LONGEST_WAIT}")
    if not isinstance(trouble.http_status, int) or trouble.http_status not in range(200, 600):
        raise ValueError("status must be from 200 to 599")
    if not isinstance(trouble.body, dict):
        raise TypeError("body must be a JSON object")

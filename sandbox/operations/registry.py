"""Which function answers which operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sandbox.core import Call

Answer = dict[str, Any]
Operation = Callable[[Call], Answer | None]

OPERATIONS: dict[str, Operation] = {}


def operation(name: str) -> Callable[[Operation], Operation]:
    """Register a function as the operation of that name."""

    def register(function: Operation) -> Operation:
        OPERATIONS[name] = function
        return function

    return register

"""How a refusal looks on the wire, and a server protocol that can drop a connection."""

from __future__ import annotations

from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from sandbox.switches import SAYINGS

TRANSPORT = "sandbox.transport"


class Refusal(Exception):
    """Cognito says no: a code, its words and an HTTP status.

    counts: the failed try itself is remembered (a wrong code, a wrong password), so what the
    operation stored before it refused is kept; otherwise everything is rolled back.
    """

    def __init__(self, code: str, words: str, status: int = 400, *, counts: bool = False) -> None:
        super().__init__(f"{code}: {words}")
        self.code = code
        self.words = words
        self.status = status
        self.counts = counts


def refusal(name: str, /, *, counts: bool = False, **details: object) -> Refusal:
    """Make the refusal of that name from the table of sayings."""
    saying = SAYINGS[name]
    words = saying.words.format(**details) if details else saying.words
    return Refusal(saying.code, words, saying.status, counts=counts)


class DroppableProtocol(HttpToolsProtocol):
    """Uvicorn's own HTTP protocol, which lets an application cut its connection."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        scope: dict[str, Any] = cast(dict[str, Any], self.scope)
        scope[TRANSPORT] = self.transport


def drop(scope: dict[str, Any]) -> None:
    """Close the connection of a request at once, with nothing sent."""
    scope[TRANSPORT].abort()

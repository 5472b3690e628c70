"""The little of HTTP that both ports share."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any, NoReturn

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

LARGEST_BODY = 1024 * 1024


class BodyTooLarge(Exception):
    """More than any operation could need."""


async def read_body(receive: Receive, largest: int = LARGEST_BODY) -> bytes:
    """The whole body of a request; raises BodyTooLarge."""
    body = bytearray()
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > largest:
            raise BodyTooLarge
        more = message.get("more_body", False)
    return bytes(body)


def read_json(body: bytes) -> Any:
    """What a body says; ValueError for what is no JSON, NaN and nesting without end among it."""
    try:
        return json.loads(body or b"{}", parse_constant=_no_number)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


async def answer(send: Send, status: int, headers: Headers, body: bytes) -> None:
    """Send a whole response."""
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
    await send(start)
    await send({"type": "http.response.body", "body": body})


def header(scope: Scope, name: bytes) -> str | None:
    """The first header of that (lower-case) name."""
    for known, value in scope["headers"]:
        if known == name:
            return str(value, "latin-1")
    return None


async def gone(receive: Receive) -> None:
    """Wait until the client has closed its end."""
    while (await receive())["type"] != "http.disconnect":
        pass

"""A load generator: a few connections that ask again as soon as they are answered."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

CREDENTIAL = "any/20260101/eu-central-1/cognito-idp/aws4_request"
AUTHORIZATION = f"AWS4-HMAC-SHA256 Credential={CREDENTIAL}, SignedHeaders=host, Signature=0"
END_OF_HEADERS = b"\r\n\r\n"
WARM_UP_SECONDS = 0.2
SLOW = 20.0

Body = dict[str, Any]


def headers(operation: str) -> dict[str, str]:
    """What an SDK sends; the signature has the right form and nothing more."""
    return {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
        "Authorization": AUTHORIZATION,
    }


def ask(url: str, operation: str, body: Body) -> Body:
    """One call; an error status raises."""
    data = json.dumps(body).encode()
    request = Request(url + "/", data, headers(operation))  # noqa: S310 - our own servers
    with urlopen(request, timeout=60) as reply:  # noqa: S310
        answer: Body = json.loads(reply.read() or b"{}")
    return answer


def rate(url: str, operation: str, bodies: list[Body], connections: int, seconds: float) -> float:
    """Answers a second. Every answer must be a 200."""
    return asyncio.run(_rate(url, _on_the_wire(url, operation, bodies), connections, seconds))


@dataclass(frozen=True)
class Visits:
    """seconds: how long each answer took, in the order in which they came."""

    a_second: float
    seconds: list[float]


def visit(url: str, path: str, cookies: list[str], connections: int, seconds: float) -> Visits:
    """Open one page again and again as these visitors, each named by a Cookie header."""
    host = urlsplit(url).netloc
    requests = [
        f"GET {path} HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}".encode() + END_OF_HEADERS
        for cookie in cookies
    ]
    run = _Run(url, itertools.cycle(requests))
    return Visits(asyncio.run(run.go(connections, seconds)), run.took)


def _on_the_wire(url: str, operation: str, bodies: list[Body]) -> Iterator[bytes]:
    requests = []
    for body in bodies:
        data = json.dumps(body).encode()
        head = headers(operation) | {"Host": urlsplit(url).netloc, "Content-Length": str(len(data))}
        lines = ["POST / HTTP/1.1", *(f"{name}: {value}" for name, value in head.items())]
        requests.append("\r\n".join(lines).encode() + END_OF_HEADERS + data)
    return itertools.cycle(requests)


async def _rate(url: str, requests: Iterator[bytes], connections: int, seconds: float) -> float:
    run = _Run(url, requests)
    # Whoever needs long for one answer is not made to give more of them than it must.
    alone = await run.go(1, WARM_UP_SECONDS)
    if connections == 1 and alone < SLOW:
        return alone
    return await run.go(connections, seconds)


class _Run:
    """One measurement; all its connections share the requests."""

    def __init__(self, url: str, requests: Iterator[bytes]) -> None:
        parts = urlsplit(url)
        self.host, self.port = str(parts.hostname), int(parts.port or 80)
        self.requests = requests
        self.answered = 0
        self.took: list[float] = []
        self.until = 0.0

    async def go(self, connections: int, seconds: float) -> float:
        """Ask for that long, wait for what is still under way; answers a second."""
        self.answered = 0
        began = time.perf_counter()
        self.until = began + seconds
        async with asyncio.TaskGroup() as group:
            for _ in range(connections):
                group.create_task(self._connection())
        return self.answered / (time.perf_counter() - began)

    async def _connection(self) -> None:
        loop = asyncio.get_running_loop()
        while time.perf_counter() < self.until:
            closed = loop.create_future()
            transport, _ = await loop.create_connection(
                lambda closed=closed: _Connection(self, closed), self.host, self.port
            )
            await closed
            transport.close()


class _Connection(asyncio.Protocol):
    """Keeps one request under way; moto's server closes after each, so that may begin anew."""

    def __init__(self, run: _Run, closed: asyncio.Future[None]) -> None:
        self._run = run
        self._closed = closed
        self._received = b""
        self._wanted: int | None = None
        self._closing = False
        self._asked_at = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def _ask(self) -> None:
        self._asked_at = time.perf_counter()
        self._transport.write(next(self._run.requests))

    def data_received(self, data: bytes) -> None:
        self._received += data
        if self._wanted is None:
            self._read_head()
        if self._wanted is not None and len(self._received) >= self._wanted:
            self._next()

    def _read_head(self) -> None:
        head, end, _ = self._received.partition(END_OF_HEADERS)
        if end:
            if b" 200 " not in head[:16]:
                self._fail(RuntimeError(self._received[:2000].decode("utf-8", "replace")))
            head = head.lower()
            length = head.partition(b"content-length:")[2].split(b"\r\n", 1)[0]
            self._closing = b"connection: close" in head
            self._wanted = len(head) + len(end) + int(length)

    def _next(self) -> None:
        now = time.perf_counter()
        self._run.answered += 1
        self._run.took.append(now - self._asked_at)
        self._received, self._wanted = b"", None
        if now < self._run.until and not self._closing:
            self._ask()
        else:
            self._finish()

    def _fail(self, problem: Exception) -> None:
        if not self._closed.done():
            self._closed.set_exception(problem)

    def _finish(self) -> None:
        if not self._closed.done():
            self._closed.set_result(None)

    def connection_lost(self, _problem: Exception | None) -> None:
        self._finish()

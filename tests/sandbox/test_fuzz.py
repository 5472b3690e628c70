"""Whatever comes over the wire, the answer is one of Cognito's, and the process lives on.

A slice runs with every suite; `make fuzz-sandbox` sends 50,000.
"""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sandbox.fuzz import (
    ANYTHING,
    JSON_1_1,
    ODD_METHODS,
    ODD_TEXT,
    OPERATIONS,
    SIGNED,
    TARGET,
    Request,
    Scene,
    encoded,
    requests,
    spoil,
)
from tests.sandbox.kit import UUID, Answer, Server, start, stop

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1500"))
SCENE_LASTS = 400
# Cognito's own refusals are 400, 403 (no signature), 404 and 413; 501 names what is not here yet.
EXPECTED = {200, 400, 403, 404, 413, 501}
TROUBLE = ("Traceback", "failed with", "outside the service model", "Exception in ASGI")
QUIETLY = settings(
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)


class Wire:
    """A sandbox under fire: one connection that is kept alive, and a scene that is made anew."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.scene = Scene(server)
        self.sent = 0
        self.answers: Counter[tuple[str, int]] = Counter()
        self._connection = self._connect()

    def ask(self, request: Request) -> Answer:
        """Send a request; its answer, which must be one of Cognito's."""
        self.sent += 1
        if self.sent % SCENE_LASTS == 0:
            self.scene.begin()
        body = encoded(self.scene, request)
        answer = self._exchange(request, body)
        shown = f"{request.method} {request.path} {request.operation} {body[:2000]!r}: {answer}"
        self.answers[request.operation, answer.status] += 1
        assert answer.status in EXPECTED, shown
        if request.method not in ("HEAD", "OPTIONS"):
            self._check(request, answer, shown)
        return answer

    def close(self) -> None:
        self._connection.close()

    def _check(self, request: Request, answer: Answer, shown: str) -> None:
        if answer.status != 200:
            assert set(answer.json) == {"__type", "message"}, shown
        if request.method != "GET":
            assert UUID.fullmatch(answer.headers["x-amzn-requestid"]), shown
            assert answer.headers["content-type"] == JSON_1_1, shown
            assert (answer.status == 200) == ("x-amzn-errortype" not in answer.headers), shown
        if answer.status == 200 and answer.body:
            self.scene.learn(answer.json)

    def _exchange(self, request: Request, body: bytes) -> Answer:
        headers = {
            "Content-Type": JSON_1_1,
            "X-Amz-Target": TARGET + request.operation,
            **request.headers,
        }
        if request.signed:
            headers["Authorization"] = request.signed
        raw = {name: value.encode("latin-1") for name, value in headers.items()}
        self._connection.request(request.method, quote(request.path, "/?=%."), body, raw)
        reply = self._connection.getresponse()
        lower = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, lower, reply.read())

    def _connect(self) -> HTTPConnection:
        host, port = self.server.api.removeprefix("http://").split(":")
        return HTTPConnection(host, int(port), timeout=60)


@pytest.fixture(scope="module")
def wire(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    """A sandbox of its own, whose last words are read when all is over."""
    log: Path = tmp_path_factory.mktemp("fuzz") / "stderr"
    with log.open("w") as stderr:
        server = start("--scene", "empty", stderr=stderr)
        try:
            with closing(Wire(server)) as wire:
                yield wire
            assert server.process.poll() is None
        finally:
            status = stop(server)
        assert status == 0
    words = log.read_text()
    assert not any(each in words for each in TROUBLE), words[-5000:]


@settings(QUIETLY, max_examples=REQUESTS)
@given(request=requests())
def test_no_request_breaks_the_sandbox(wire: Wire, request: Request) -> None:
    wire.ask(request)


def test_stat(wire):
    c=Counter()
    for (o,s),n in wire.answers.items(): c[s]+=n
    print(c, len({o for o,s in wire.answers if s==200}))

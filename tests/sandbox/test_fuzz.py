"""Whatever comes over the wire, the answer is one of Cognito's, and the process lives on.

A slice runs with every suite; `make fuzz-sandbox` sends 50,000.
"""

from __future__ import annotations

import json
import os
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.control.app import ROUTES
from tests.sandbox.fuzz import (
    ANYTHING,
    JSON_1_1,
    ODD_METHODS,
    SPOILT,
    TARGET,
    Known,
    Request,
    Scene,
    encoded,
    requests,
    spoil,
)
from tests.sandbox.kit import UUID, Answer, Server, fetch, start, stop

LONG = "FUZZ_REQUESTS" in os.environ
REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "1500"))
SCENE_LASTS = 400
# Cognito's own refusals are 400, 403 (no signature), 404 and 413; 501 names what is not here yet.
EXPECTED = {200, 400, 403, 404, 413, 501}
TROUBLE = ("Traceback", "failed with", "outside the service model", "Exception in ASGI")
QUIETLY = settings(
    deadline=None,
    database=None,
    derandomize=not LONG,  # the slice of the suite is always the same, a long run never
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
        """Send a request; its answer, which must be one of Cognito's (C002, C005, C007)."""
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
        path = quote(request.path, "/?=%.")
        try:
            reply = self._reply(request.method, path, body, raw)
        except ConnectionError:  # it was idle for so long that the sandbox hung up
            self._connection.close()
            reply = self._reply(request.method, path, body, raw)
        lower = {name.lower(): value for name, value in reply.getheaders()}
        return Answer(reply.status, lower, reply.read())

    def _reply(
        self, method: str, path: str, body: bytes, headers: dict[str, bytes]
    ) -> HTTPResponse:
        self._connection.request(method, path, body, headers)
        return self._connection.getresponse()

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


def test_no_request_breaks_the_sandbox(wire: Wire) -> None:
    """Nor is the fuzz a blind one: it gets into the operations, and many requests succeed."""

    @settings(QUIETLY, max_examples=REQUESTS)
    @given(request=requests())
    def send(request: Request) -> None:
        wire.ask(request)

    send()
    succeeded = {name for name, status in wire.answers if status == 200}
    # Usually 48. Which ones they are depends on what an earlier request left behind.
    assert len(succeeded) >= 30


ACCIDENT = b"\r\nInternal Server Error"  # what uvicorn says when an application raises
REQUEST_LINES = [b"POST / HTTP/1.1", b"POST / HTTP/1.0", b"GET / HTTP/1.1", b"BREW / HTTP/1.1"]
HEADER_LINES = [
    b"Host: x",
    b"X-Amz-Target: AWSCognitoIdentityProviderService.GetUser",
    b"Content-Length: 2",
    b"Content-Length: 5",
    b"Content-Length: -1",
    b"Content-Length: 99999999999999999999",
    b"Transfer-Encoding: chunked",
    b"Connection: close",
    b"Upgrade: websocket",
    b"Expect: 100-continue",
    b"No colon here",
    b"X: \x00\xff",
    b"X-Long: LONG",
]
BODIES = [b"{}", b"2\r\n{}\r\n0\r\n\r\n", b"zz\r\n{}\r\n", b"ffffffffffffffffff\r\n", b"", b"{"]


@st.composite
def streams(draw: st.DrawFn) -> bytes:
    """Bytes on a connection: requests one after another, some cut short, some no HTTP at all."""
    made = st.builds(
        lambda line, headers, body: b"\r\n".join([line, *headers, b"", body]),
        st.sampled_from(REQUEST_LINES),
        st.lists(st.sampled_from(HEADER_LINES), max_size=5, unique=True),
        st.sampled_from(BODIES),
    )
    garbage = st.binary(max_size=40) | st.just(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
    stream = b"".join(draw(st.lists(st.one_of(made, made, garbage), min_size=1, max_size=4)))
    return stream[: draw(st.integers(0, len(stream)))] if draw(st.booleans()) else stream


HUNG_UP = OSError  # the sandbox need not listen to the end of nonsense


def talk(url: str, stream: bytes) -> bytes:
    """Send a stream and no more; all that comes back until the sandbox hangs up."""
    host, port = url.removeprefix("http://").split(":")
    heard = b""
    address = (host, int(port))
    with socket.create_connection(address, timeout=60) as connection, suppress(HUNG_UP):
        connection.sendall(stream.replace(b"LONG", b"a" * 70_000))
        connection.shutdown(socket.SHUT_WR)
        while heard_now := connection.recv(65536):
            heard += heard_now
    return heard


@settings(QUIETLY, max_examples=max(200, REQUESTS // 10))
@given(stream=streams())
def test_no_stream_of_bytes_breaks_the_sandbox(wire: Wire, stream: bytes) -> None:
    for url in (wire.server.api, wire.server.control):
        heard = talk(url, stream)
        assert heard == b"" or heard.startswith(b"HTTP/1."), (stream, heard)
        assert ACCIDENT not in heard, (stream, heard)
    assert wire.ask(Request("GetUser", {})).json["__type"] == "InvalidParameterException"


CONTROL_PATHS = [*sorted(ROUTES), "/nothing", "//", "/clock/", "/?destination=%ff%00", "/%2e%2e/x"]
CONTROL_METHODS = ["GET", "POST", "DELETE", *ODD_METHODS]
CONTROL_MEMBERS = {
    "advance": [1, -5, "x", None, 1e300, 10**400],
    "offset": [0, "0", [], float("nan"), -1e308],
    "runs": [True, False, "no", 5],
    "operation": ["GetUser", "*", 5, None],
    "kind": ["throttle", "error", "delay", "reset", "status", "nonsense", 5],
    "times": [1, 0, -1, "x", 1.5],
    "seconds": [0, 0.001, "x", None],
    "code": ["ForbiddenException", "", "a\r\nb", 5, "\ud800"],
    "message": ["any", "\n", 5, None],
    "status": [400, 500, 99, "x", None],
    "body": [{}, [], "x", {"a": float("nan")}],
    "rights": [{"AKIA": ["AdminGetUser"]}, {"AKIA": "x"}, {"": []}, {"\ud800": [5]}, [], "x"],
    "scene": ["demo", "empty", "nonsense", 5, []],
    "client": [Known("client", 0), "x", 5],
    "username": [Known("username", 0), "x", 5],
    "scope": ["openid", "", 5, None],
    "auth_time": [0, "0", -1, "x", 1e300, float("nan"), float("inf")],
    "destination": ["u0@example.com", "", 5],
}


@st.composite
def control_bodies(draw: st.DrawFn) -> object:
    """Members that a route takes, with values it takes and others."""
    names = draw(st.lists(st.sampled_from(sorted(CONTROL_MEMBERS)), max_size=6, unique=True))
    return {name: draw(st.sampled_from(CONTROL_MEMBERS[name])) for name in names}


@settings(QUIETLY, max_examples=max(400, REQUESTS // 10))
@given(
    method=st.sampled_from(CONTROL_METHODS),
    path=st.sampled_from(CONTROL_PATHS),
    body=st.one_of(control_bodies(), control_bodies(), ANYTHING),
    how=st.sampled_from(["", "", "", *SPOILT]),
)
def test_the_control_port_explains_what_it_cannot_do(
    wire: Wire, method: str, path: str, body: object, how: str
) -> None:
    data = spoil(how, json.dumps(wire.scene.filled(body)).encode())
    answer = fetch(method, wire.server.control + path, data, {"Content-Type": "application/json"})
    shown = f"{method} {path} {data[:500]!r}: {answer}"
    assert answer.status in {200, 400, 403, 404, 405}, shown
    if answer.status != 200 and method != "HEAD":
        assert set(answer.json) == {"error"}, shown
    _still_sane(wire, shown)


def _still_sane(wire: Wire, shown: str) -> None:
    """Trouble and clock as they were asked for do no harm to the API but what they say."""
    asked = b"POST / HTTP/1.0\r\nX-Amz-Target: " + (TARGET + "GetUser\r\n\r\n").encode()
    assert ACCIDENT not in talk(wire.server.api, asked), shown
    wire.server.ask("DELETE", "/trouble")
    person = {"client": wire.scene.known["client"][0], "username": "u0"}
    assert fetch("POST", wire.server.control + "/tokens", json.dumps(person).encode(), {}).status
    wire.server.ask("POST", "/clock", {"offset": 0, "runs": True})

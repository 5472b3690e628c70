"""Traces: what reaches a collector over HTTP, and that nothing is there where they are off."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from django.conf import settings as portal
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from accounts.cognito import calls
from accounts.watch import tracing
from tests.journeys.steps import session_id
from tests.people import People
from tests.sandbox_process import Sandbox
from tests.walker import Walker

FORGED = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Collector:
    """Takes spans as OpenTelemetry's own collector does: protobuf over HTTP."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                collector.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def spans(self) -> list[Span]:
        tracing.provider().force_flush()
        return [
            span
            for body in self.bodies
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans
            for scope in resource.scope_spans
            for span in scope.spans
        ]


def as_a_server_has_it(name: str) -> Any:
    """A setting, of a process that starts with tracing on."""
    script = f"import json, tests.settings; print(json.dumps(tests.settings.{name}))"
    variables = {**os.environ, "PORTAL_TRACING": "true"}
    command = [sys.executable, "-c", script]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, env=variables)
    return json.loads(ran.stdout)


@pytest.fixture
def collector(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    """A portal with tracing on, as its settings would turn it on."""
    made = Collector()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", made.url)
    tracing.provider.cache_clear()
    settings.MIDDLEWARE = as_a_server_has_it("MIDDLEWARE")
    calls.observers.append(tracing.observe)
    yield made
    calls.observers.remove(tracing.observe)
    tracing.provider().shutdown()
    tracing.provider.cache_clear()
    made.server.shutdown()
    made.server.server_close()


def test_a_page_is_a_span_with_its_calls_below(
    walker: Walker, pool: People, sandbox: Sandbox, collector: Collector, settings: Any
):
    """(AUD-03) names and numbers, nothing of anybody; a stranger's trace is not taken up."""
    nora = pool.make()
    walker.sign_in(nora)
    response = walker.client.get("/?canary=1", headers={"traceparent": FORGED})
    with sandbox.trouble("GetUser", "reset"):
        walker.open("/preference/")
    walker.client.get("/health/live")
    spans = collector.spans()
    pages = {span.name: span for span in spans if span.kind == Span.SPAN_KIND_SERVER}
    page = pages["GET factors:overview"]
    assert response["X-Request-Id"] in str(page.attributes)
    assert page.trace_id.hex() not in FORGED
    below = [span.name for span in spans if span.parent_span_id == page.span_id]
    assert set(below) == {"Cognito GetUser", "Cognito GetUserAuthFactors"}
    failed = [span for span in spans if span.status.code == span.status.STATUS_CODE_ERROR]
    assert {span.name for span in failed} == {"GET factors:preference", "Cognito GetUser"}
    assert "GET watch:live" not in pages
    told = b"".join(collector.bodies)
    for canary in (nora.username, nora.password, nora.email, session_id(walker), "canary"):
        assert canary.encode() not in told
    settings.TRUSTED_PROXIES = 1
    walker.client.get("/", headers={"traceparent": FORGED})
    assert any(span.trace_id.hex() in FORGED for span in collector.spans())


def test_lines_of_a_request_name_its_trace(
    walker: Walker, pool: People, collector: Collector, caplog: pytest.LogCaptureFixture
):
    """(AUD-01) so that one leads to the other: its own line, and those of its calls."""
    walker.sign_in(pool.make())
    caplog.clear()
    with caplog.at_level(logging.INFO):
        walker.open("/")
    lines = [record.msg for record in caplog.records if isinstance(record.msg, dict)]
    told = {line["event"]: line["trace_id"] for line in lines}
    assert {"request", "cognito"} <= told.keys()
    *_, page = (each for each in collector.spans() if each.name == "GET factors:overview")
    assert set(told.values()) == {page.trace_id.hex()}


def test_the_proxy_takes_no_visitors_word_for_a_trace():
    """As for where somebody comes from: what is believed of a proxy, ours sets or removes."""
    says = Path(portal.BASE_DIR, "deploy/nginx/portal.conf").read_text()
    for name in tracing._propagator.fields:
        assert f'proxy_set_header {name} "";' in says


@pytest.mark.parametrize("on", [False, True])
def test_off_is_not_even_imported(on: bool):
    """(SUP-05) a server as it starts, with and without the setting."""
    script = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.settings';"
        f"os.environ['PORTAL_TRACING'] = '{on}';"
        "import portal.wsgi; from django.conf import settings;"
        # The client of Redis takes a look at opentelemetry.sdk.metrics wherever that is installed.
        "print('opentelemetry.sdk.trace' in sys.modules,"
        " 'accounts.watch.tracing.TracingMiddleware' in settings.MIDDLEWARE)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [str(on), str(on)]

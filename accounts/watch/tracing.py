"""Traces by OpenTelemetry: a span for each request, and one below it for each call to Cognito.

Imported only where PORTAL_TRACING is on. Where they go, and how many, is said by OpenTelemetry's
own variables (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_TRACES_SAMPLER, …; docs/operations.md). A span
holds names and numbers, never an address, a person, or what an error says.
"""

import time
from collections.abc import Callable
from functools import cache

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from accounts import logs
from accounts.cognito.calls import NOT_SENT, OK, UNREACHABLE, Call
from accounts.watch.middleware import PROBES, route_of

SERVICE = "cognito-mfa-portal"
BAD = frozenset({UNREACHABLE, NOT_SENT, "InternalErrorException"})


@cache
def provider() -> TracerProvider:
    """One for the process. OTEL_SERVICE_NAME, where it is set, is the name."""
    made = TracerProvider(resource=Resource({SERVICE_NAME: SERVICE}).merge(Resource.create()))
    made.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return made


def observe(call: Call) -> None:
    """One call to Cognito that is over, as a span of the request it belongs to."""
    ended = time.time_ns()
    span = (
        provider()
        .get_tracer(SERVICE)
        .start_span(
            f"Cognito {call.operation}",
            kind=SpanKind.CLIENT,
            start_time=ended - int(call.seconds * 1e9),
            attributes={
                "rpc.system": "aws-api",
                "rpc.service": "CognitoIdentityProvider",
                "rpc.method": call.operation,
                "portal.outcome": call.outcome,
                "portal.throttles": call.throttles,
            },
        )
    )
    if call.outcome != OK:
        span.set_status(Status(StatusCode.ERROR if call.outcome in BAD else StatusCode.UNSET))
    span.end(ended)


class TracingMiddleware:
    """The span of a request; below a proxy that we trust, a part of the proxy's own trace."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._tracer = provider().get_tracer(SERVICE)

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in PROBES:
            return self.get_response(request)
        # What anybody may send would let anybody choose what is traced.
        context = _propagator.extract(request.headers) if settings.TRUSTED_PROXIES else None
        with self._tracer.start_as_current_span(
            "request",
            context=context,
            kind=SpanKind.SERVER,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            trace_id = f"{span.get_span_context().trace_id:032x}"
            logs.also(trace_id=trace_id)
            response = self.get_response(request)
            _describe(span, request, response)
            return response


_propagator = TraceContextTextMapPropagator()


def _describe(span: Span, request: HttpRequest, response: HttpResponseBase) -> None:
    route = route_of(request)
    span.update_name(f"{request.method} {route}")
    span.set_attribute("http.request.method", request.method or "")
    span.set_attribute("http.route", route)
    span.set_attribute("http.response.status_code", response.status_code)
    span.set_attribute("portal.request_id", getattr(request, "request_id", ""))
    if response.status_code >= 500:
        span.set_status(Status(StatusCode.ERROR))

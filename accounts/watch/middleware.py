"""Each request as it is watched: one line of log, its count and duration, its trace."""

from collections.abc import Callable
from time import perf_counter

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from accounts.watch import metrics

log = structlog.get_logger(__name__)
# In the environment of a request that the server makes itself: no visit, so it is not counted.
NOBODY_ASKED = "portal.nobody_asked"
PROBES = frozenset({"/health/live", "/health/ready", "/metrics"})


class WatchMiddleware:
    """Count, time and log each request; take a probe as it comes.

    Probes come by an address of the machine, without the portal's name: whatever host they ask
    for, it is ours. They lead nowhere and show nothing of anybody, so a forged host gains nothing.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if NOBODY_ASKED in request.META:
            return self.get_response(request)
        is_probe = request.path in PROBES
        if is_probe:
            request.META["HTTP_HOST"] = settings.PORTAL_HOST
        began = perf_counter()
        response = self.get_response(request)
        seconds = perf_counter() - began
        route = route_of(request)
        metrics.count_request(route, request.method or "", response.status_code, seconds)
        if not is_probe:
            log.info(
                "request",
                route=route,
                method=request.method if request.method in metrics.METHODS else "other",
                status=response.status_code,
                milliseconds=round(seconds * 1000, 1),
            )
        return response


def route_of(request: HttpRequest) -> str:
    """Its name in the URL map; `none` for what is not there, files among them."""
    match = request.resolver_match
    return (match.view_name or match.route) if match else "none"

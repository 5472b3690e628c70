"""What machines ask: alive, ready, metrics. No session, no cookie, nothing of anybody.

Whether is open to everybody, why only to who shows PORTAL_WATCH_TOKEN.
"""

from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.http import require_safe

from accounts import bearer, envelope
from accounts.guards import public
from accounts.watch import health
from accounts.watch.exposition import CONTENT_TYPE
from accounts.watch.exposition import exposition as all_metrics


@public
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """This process answers. Asks nothing else, so that a database away restarts no process."""
    return envelope.success({"status": "live"})


@public
@require_safe
def ready(request: HttpRequest) -> HttpResponse:
    """Whether requests should come here; 503 where not."""
    found = health.checks()
    is_ready = health.is_ready(found)
    status = HTTPStatus.OK if is_ready else HTTPStatus.SERVICE_UNAVAILABLE
    data: dict[str, object] = {"status": "ready" if is_ready else "not ready"}
    if _may_see(request):
        data["checks"] = {
            each.name: {"state": each.state.value, "says": each.says} for each in found
        }
    if is_ready:
        return envelope.success(data)
    return envelope.failure("NOT_READY", "This process cannot serve just now.", status, data)


@public
@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """All metrics, as Prometheus reads them; nothing is here for anybody else."""
    if not _may_see(request):
        raise Http404
    response = HttpResponse(all_metrics(), content_type=CONTENT_TYPE)
    response["Cache-Control"] = "no-store"
    return response


def _may_see(request: HttpRequest) -> bool:
    shown = bearer.presented(request)
    token = settings.WATCH_TOKEN
    return bool(token and shown) and constant_time_compare(shown or "", token)

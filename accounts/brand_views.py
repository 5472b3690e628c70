"""The brand's colours and logo, kept by browsers until they change."""

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from accounts import brand, guards

FOR_EVER = "public, max-age=31536000, immutable"


@guards.public
@require_safe
def colours(request: HttpRequest, version: str) -> HttpResponse:
    sheet = brand.style_sheet()
    if not sheet or version != brand.version(sheet.encode()):
        raise Http404
    return _kept(sheet.encode(), "text/css; charset=utf-8")


@guards.public
@require_safe
def logo(request: HttpRequest, version: str) -> HttpResponse:
    found = brand.logo()
    if found is None or version != brand.version(found[0]):
        raise Http404
    return _kept(*found)


def _kept(contents: bytes, kind: str) -> HttpResponse:
    """A drawing may carry styles of its own; opened by itself it can run and load nothing."""
    response = HttpResponse(contents, content_type=kind, headers={"Cache-Control": FOR_EVER})
    response._csp_replace = {"style-src": ["'unsafe-inline'"]}  # type: ignore[attr-defined]
    return response

"""What the pages of a frame know beside what every page knows."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from portal.embed import changes, frames

# Said, since a template looks long for a name that nobody said.
OUTSIDE = {"base_page": "", "plain_base": "", "home_url": "", "is_framed": False}


def page(request: HttpRequest) -> dict[str, Any]:
    """The slim base in place of the full one, and whose account it is; nothing outside a frame."""
    if not frames.is_framed_path(request.path):
        return OUTSIDE
    embed = frames.embed_of(request) if hasattr(request, "session") else None
    person = getattr(request, "person", None)
    client = getattr(request, "embed_client", None)
    return {
        "base_page": "embed/base.html",
        "plain_base": "embed/base_plain.html",
        "is_framed": True,
        "is_window": bool(embed and embed["window"]),
        "frame_pages": client.pages if client else [],
        "over_url": reverse("embed:over"),
        "home_url": frames.home_of(request.path),
        "signed_in_as": embed["who"] if embed and person else "",
        "frame_locale": embed["locale"] if embed else "",
        "is_answer": request.method == "POST",
        "has_theme": bool(embed and embed["theme"]),
        "frame_events": changes.told(request) if person else [],
    }

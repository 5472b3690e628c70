"""Where a passkey's ceremony took place: a browser says whose page framed it (PKY-06).

`topOrigin` stands in the client data of a ceremony in a frame of another site (Web Authentication
level 3, 5.8.1). The pool does not look at it, so the portal does, before the pool sees the answer.
"""

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.http import urlsafe_base64_decode

# What may show the portal in a frame, each source asked anew: rooms add theirs.
SOURCES: list[Callable[[], Collection[str]]] = []


def is_framed_by_a_stranger(answer: Mapping[str, Any]) -> bool:
    """Whether the browser names a page around ours that may not show us.

    answer: a RegistrationResponseJSON or AuthenticationResponseJSON; what cannot be read names
    nobody, and is refused by whoever reads the rest.
    """
    top = _top_origin(answer)
    if not top or top == _origin(settings.PORTAL_URL):
        return False
    return not any(top in source() for source in SOURCES)


def _top_origin(answer: Mapping[str, Any]) -> str:
    try:
        client = json.loads(urlsafe_base64_decode(answer["response"]["clientDataJSON"]))
        return str(client.get("topOrigin") or "")
    except (AttributeError, KeyError, TypeError, ValueError):
        return ""


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"

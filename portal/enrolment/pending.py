"""An enrolment that has begun and is not proved yet, kept sealed in the session.

Reload and back meet the same secret or number again; an abandoned one leaves nothing active.
"""

import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts import vault


def _key(factor: str) -> str:
    return f"enrolment:{factor}"


def keep(request: HttpRequest, factor: str, value: dict[str, Any]) -> None:
    request.session[_key(factor)] = vault.seal({**value, "kept_at": int(time.time())})


def find(request: HttpRequest, factor: str) -> dict[str, Any] | None:
    """Return what was kept, unless it has grown too old to be continued."""
    sealed = request.session.get(_key(factor))
    if sealed is None:
        return None
    try:
        value: dict[str, Any] = vault.unseal(sealed)
    except vault.SealBroken:
        return None
    fresh = time.time() - value["kept_at"] < settings.ENROLMENT_MAX_AGE.total_seconds()
    return value if fresh else None


def drop(request: HttpRequest, factor: str) -> None:
    request.session.pop(_key(factor), None)

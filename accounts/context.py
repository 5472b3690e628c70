"""What every page knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from accounts.masking import show_username
from accounts.sessions import SignedInPerson


def page(request: HttpRequest) -> dict[str, Any]:
    """Names for base.html; `signed_in_as` and `changes_until` only where a guard let one in."""
    person: SignedInPerson | None = getattr(request, "person", None)
    shared: dict[str, Any] = {
        "portal_name": settings.PORTAL_NAME,
        "support_url": settings.SUPPORT_URL,
        "is_signed_in": person is not None,
    }
    if person is not None:
        shared["signed_in_as"] = show_username(person.username) or "your account"
        shared["changes_until"] = person.changes_until if person.proved_recently else None
    return shared

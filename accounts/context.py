"""What every page knows."""

from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.middleware.csrf import get_token
from django.utils.translation import gettext as _

from accounts import devices, recovery_rights, undelivered
from accounts.masking import show_username
from accounts.sessions import SignedInPerson

# Where Django's middleware notes the secret of this browser, and that it has to be told to it.
CSRF_COOKIE, CSRF_COOKIE_IS_NEW = "CSRF_COOKIE", "CSRF_COOKIE_NEEDS_UPDATE"


class FormToken:
    """Django's token against forged forms, made where the first form of a page asks for it.

    Django masks it anew each time a form asks; one a page hides it as well. It is made of letters
    and digits, so nothing of it has to be escaped.

    Django also sets its cookie with every page again, so that a year begins anew: ours is new with
    each sign-in, and stays as it is between them.
    """

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def _token(self) -> str:
        meta = self._request.META
        # Which Django sets where the browser came without one, and where the one it had is over.
        has_it = CSRF_COOKIE in meta and not meta.get(CSRF_COOKIE_IS_NEW)
        token = get_token(self._request)
        if has_it:
            meta[CSRF_COOKIE_IS_NEW] = False
        return token

    def __str__(self) -> str:
        return self._token

    __html__ = __str__


def page(request: HttpRequest) -> dict[str, Any]:
    """Names for base.html; those about the person only where a guard let one in."""
    person: SignedInPerson | None = getattr(request, "person", None)
    shared: dict[str, Any] = {
        "csrf_token": FormToken(request),
        "portal_name": settings.PORTAL_NAME,
        "support_url": settings.SUPPORT_URL,
        "is_signed_in": person is not None,
        "has_helpdesk": settings.HELPDESK,
        "recovery_offered": recovery_rights.is_open(),
        # Called where a template asks.
        "undelivered": undelivered.banner,
        "browsers_trusted": devices.remembered,
    }
    if person is not None:
        shared["signed_in_as"] = show_username(person.username) or _("your account")
        shared["changes_until"] = person.changes_until if person.proved_recently else None
        shared["session"] = _session_of(person)
    return shared


def _session_of(person: SignedInPerson) -> dict[str, Any] | None:
    """Until when one stays signed in, and whether that can be extended (SES-03)."""
    until, at_most = person.signed_in_until, person.signed_in_at_most_until
    if until is None or at_most is None:
        return None
    left = until - datetime.now(UTC)
    return {
        "until": until,
        "at_most": at_most,
        "is_final": until == at_most,
        # Words: a number would be written as its language writes it.
        "seconds_left": str(int(left.total_seconds())),
    }

"""A form that waits while its sender proves again who they are.

The POST passed its CSRF check when it came. It is kept sealed on the server, for one page and
one use, without its secrets, and carried out by the request that completes the proof.
"""

import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import resolve

from accounts import vault

HELD = "held_form"
KEPT_SECONDS = 600
SECRETS = frozenset({"csrfmiddlewaretoken", "code", "password", "new_password", "codes"})


def page_of(request: HttpRequest) -> str:
    """The page to come back to: this one, or for a form the one it stands on.

    A form may be sent to an address that opens no page; Referer names the page, and whoever
    follows it checks it like any `next` (WEB-10).
    """
    if request.method != "POST":
        return request.get_full_path()
    try:
        return urlsplit(request.headers.get("Referer", "")).path or request.path
    except ValueError:
        return request.path


def hold(request: HttpRequest) -> None:
    """Keep what was posted, secrets excepted; a newer form replaces an older one."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in SECRETS
        for value in values
    ]
    request.session[HELD] = vault.seal(
        {"path": request.path, "page": page_of(request), "fields": fields, "at": int(time.time())}
    )


def release(request: HttpRequest) -> dict[str, Any] | None:
    """Take the held form out of the session: it is carried out once or not at all."""
    sealed = request.session.pop(HELD, None)
    if sealed is None:
        return None
    try:
        held: dict[str, Any] = vault.unseal(sealed)
    except vault.SealBroken:
        return None
    return held if time.time() - held["at"] < KEPT_SECONDS else None


def carry_out(request: HttpRequest, held: dict[str, Any]) -> HttpResponseBase:
    """Let the view that the form was meant for answer it now, in this request."""
    match = resolve(held["path"])
    request.path = request.path_info = held["path"]
    request.resolver_match = match
    request.method = "POST"
    # The seal is JSON, which makes lists of pairs; urlencode takes none but pairs.
    request.POST = QueryDict(urlencode([(name, value) for name, value in held["fields"]]))
    response: HttpResponseBase = match.func(request, *match.args, **match.kwargs)
    return response

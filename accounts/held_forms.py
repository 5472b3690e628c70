"""A form that waits while its sender proves again who they are, or signs in again.

The POST passed its CSRF check when it came. It is kept sealed on the server, for one page and
one use, without its secrets, and carried out by the request that completes the proof. Where the
pool ended the sign-in meanwhile it waits in the session of nobody that follows, for the same
person alone, with the set-ups that were under way and the errand they came on.
"""

import time
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.urls import resolve

from accounts import vault

HELD = "held_form"
# In the session of nobody, until the same person is back.
KEPT = "kept_for_somebody"
# Names of what an enrolment that is not proved yet keeps (portal/enrolment/pending.py).
UNDER_WAY = "enrolment:"
# And of what another application sent them here for (portal/golinks/errands.py).
ERRAND = "golinks"
FORMS = frozenset({"application/x-www-form-urlencoded", "multipart/form-data"})
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


def keep_for(request: HttpRequest, who: str) -> str:
    """Seal what the person was at, before their session goes. who: the id they have here."""
    is_form = request.method == "POST" and request.content_type in FORMS
    if is_form:
        hold(request)
    form = request.session[HELD] if is_form else ""
    return _kept(who, _under_way(request, UNDER_WAY, ERRAND), form)


def keep_errand(request: HttpRequest, who: str) -> str:
    """The same where nobody may have been at the browser: only where they came from."""
    return _kept(who, _under_way(request, ERRAND), "")


def _under_way(request: HttpRequest, *beginnings: str) -> dict[str, Any]:
    return {name: kept for name, kept in request.session.items() if name.startswith(beginnings)}


def _kept(who: str, under_way: dict[str, Any], form: str) -> str:
    if not under_way and not form:
        return ""
    return vault.seal({"who": who, "form": form, "under_way": under_way, "at": int(time.time())})


def take_up(request: HttpRequest, who: str) -> None:
    """Give the same person back what they were at; anybody else's is thrown away."""
    sealed = request.session.pop(KEPT, None)
    if sealed is None:
        return
    try:
        kept = vault.unseal(sealed)
    except vault.SealBroken:
        return
    if kept["who"] == who and time.time() - kept["at"] < KEPT_SECONDS:
        request.session.update(kept["under_way"])
        if kept["form"]:
            request.session[HELD] = kept["form"]


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

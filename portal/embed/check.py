"""A page for engineers who embed us: what is missing, and how to mend it.

In their frame a script looks at what only a browser knows (static/js/embed-check.js); opened by
itself it judges an origin against those that are registered, as the browser will.
"""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts import envelope, guards
from portal.embed import clients, origins

LONGEST_ADDRESS = 2000
PERMISSIONS = (
    "publickey-credentials-create",
    "publickey-credentials-get",
    "clipboard-write",
    "otp-credentials",
)


@dataclass(frozen=True)
class Verdict:
    """What is said of an origin: good or not, what is so, and what to do."""

    is_good: bool
    sentence: str
    remedy: str = ""


def judge(origin: str, registered: list[str], client: str) -> Verdict:
    """Whether a browser would show us on a page of this origin, as one typed it; and why not."""
    if origin in registered:
        said = _("{origin} is registered for {client}.").format(origin=origin, client=client)
        return Verdict(is_good=True, sentence=said)
    sentence, remedy = _against(origin, _bare(origin), registered, client)
    return Verdict(is_good=False, sentence=sentence, remedy=remedy)


def _against(origin: str, bare: str, registered: list[str], client: str) -> tuple[str, str]:
    """What speaks against this origin, and what to do."""
    near = _near(bare, registered)
    names = {"origin": origin, "bare": bare, "client": client, "near": near}
    if bare in registered:
        said = _("{origin} is an address. Its origin, {bare}, is registered.")
        remedy = _("Send “origin”: “{bare}” when you ask for a ticket: no path, no slash.")
    elif near:
        said = _("{bare} is not registered for {client}, but {near} is: they differ.")
        remedy = _("Scheme, name and port must all be the same, letter by letter.")
    elif refused := _refusal_of(origin):
        return refused, _("https, a name, at most a port.")
    else:
        said = _("{origin} is not registered for {client}.")
        remedy = _("Register it: manage.py embed client add NAME --origin {origin}")
    return said.format(**names), remedy.format(**names)


def _refusal_of(origin: str) -> str:
    try:
        origins.exact(origin)
    except origins.NotAnOrigin as refused:
        return str(refused)
    return ""


def _bare(text: str) -> str:
    """The origin of an address, as browsers write it; what is no address stays as it is."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return text
    if not parts.scheme or not parts.hostname:
        return text
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    return f"{parts.scheme}://{parts.hostname}" + (f":{port}" if port and port != usual else "")


def _near(origin: str, registered: list[str]) -> str:
    """One that is registered and differs in scheme, port or `www.` alone."""
    name = _name(origin)
    return next((each for each in registered if name and _name(each) == name), "")


def _name(origin: str) -> str:
    try:
        return (urlsplit(origin).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


@guards.public
@require_GET
def check(request: HttpRequest) -> HttpResponse:
    """The page; it says nothing that frame-ancestors does not say to everybody."""
    if not settings.EMBED:
        raise Http404
    name, origin = request.GET.get("client", ""), request.GET.get("origin", "")[:LONGEST_ADDRESS]
    client = clients.find(name)
    # A cookie that is set as a frame's own are: whether it comes back is asked by the script.
    get_token(request)
    context: dict[str, Any] = {
        "client": client,
        "origins": client.origins if client else [],
        "verdict": judge(origin, client.origins, client.name) if client and origin else None,
        "permissions": PERMISSIONS,
        "origin": origin,
        "portal": settings.PORTAL_URL,
        "now": timezone.now(),
    }
    return render(request, "embed/check.html", context, status=200 if client else 404)


@guards.public
@require_GET
def check_cookie(request: HttpRequest) -> HttpResponse:
    """Whether the cookie of the page before came back."""
    return envelope.success({"came_back": settings.CSRF_COOKIE_NAME in request.COOKIES})

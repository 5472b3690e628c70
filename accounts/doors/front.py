"""The front of the house: which doors are open, and the page to choose among several.

A door is a module that holds a DOOR: what a choice calls it, and its first page. To build one
more, write its module and name it in settings.KNOWN_DOORS; PORTAL_DOORS opens it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts import guards
from accounts.choices import Choice
from accounts.doors import flow as flows
from accounts.doors.pages import draw

FORM_METHODS = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True)
class Door:
    """One way in. page: its first page, which also takes what is typed there.

    takes_passkeys: whether a passkey opens it, as the settings are. takes_passwords: whether its
    pages ask for the password, and so can replace one.
    """

    choice: Choice
    page: Callable[[HttpRequest], HttpResponseBase]
    takes_passkeys: Callable[[], bool] = lambda: False
    takes_passwords: bool = False


def open_doors() -> dict[str, Door]:
    """The doors of PORTAL_DOORS, in that order."""
    return {name: import_module(settings.KNOWN_DOORS[name]).DOOR for name in settings.DOORS}


def takes_passkeys() -> bool:
    """Whether an open door takes a passkey. Which ones, and whose, the pool decides."""
    return any(door.takes_passkeys() for door in open_doors().values())


def takes_passwords() -> bool:
    """Whether an open door asks for the password on these pages, and not on the pool's own."""
    return any(door.takes_passwords for door in open_doors().values())


@guards.public
@FORM_METHODS
def sign_in_page(request: HttpRequest) -> HttpResponseBase:
    """The only door's own page; a choice where there are several."""
    doors = open_doors()
    if len(doors) == 1:
        return next(iter(doors.values())).page(request)
    return _choice(request, doors)


@never_cache
def _choice(request: HttpRequest, doors: dict[str, Door]) -> HttpResponseBase:
    if request.user.is_authenticated:
        return HttpResponseRedirect(flows.safe_next(request))
    flow = flows.current(request)
    if flow is not None:
        return redirect(flows.page_of(flow.challenge))
    return draw(request, "doors/doors.html", doors=doors, next=flows.wanted_next(request))


@guards.public
@FORM_METHODS
def through(request: HttpRequest, name: str) -> HttpResponseBase:
    """One of several doors; one that is shut looks like one that does not exist."""
    doors = open_doors()
    if name not in doors:
        raise Http404
    if len(doors) == 1:
        return flows.to_page("account_login", flows.wanted_next(request))
    return doors[name].page(request)

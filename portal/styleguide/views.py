"""The pages of the design system: nobody's data, and only where the setting opens them."""

from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts import guards, languages
from accounts.totp import TotpKey
from portal.factors import words
from portal.factors.domain import Factor, Next, NextChallenge
from portal.styleguide import forms, palette, rooms, rows, states

# Whose words are in the helpdesk's languages alone.
OF_OPERATORS = ("helpdesk/", "embed/clients/")
View = Callable[..., HttpResponseBase]


def of_a_demo(view: View) -> View:
    """A page that is there only where PORTAL_STYLEGUIDE says so."""

    @wraps(view)
    def shown(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not settings.STYLEGUIDE:
            raise Http404
        return view(request, *args, **kwargs)

    return guards.public(never_cache(require_safe(shown)))


@of_a_demo
def components(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "styleguide/components.html",
        {
            "colours": palette.names(),
            "pairs": {scheme: palette.pairs(scheme) for scheme in ("light", "dark")},
            "icons": rows.icons(),
            "empty": forms.filled(),
            "refused": forms.refused(),
            "rows": rows.methods(),
            "calm": words.next_sign_in(NextChallenge(Next.ONE, (Factor.TOTP,))),
            "warning": words.next_sign_in(NextChallenge(Next.NOTHING, ())),
            "key": TotpKey("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "nobody"),
            "soon": timezone.now() + timedelta(hours=24),
            "entries": rows.entries(),
        },
    )


@of_a_demo
def pages(request: HttpRequest) -> HttpResponse:
    """Every page in every state, by the room it belongs to."""
    return render(request, "styleguide/pages.html", {"rooms": states.by_room(rooms.NAMES)})


@of_a_demo
def page(request: HttpRequest, room: str, state: str) -> HttpResponse:
    """One of them, as the portal draws it, with sample values."""
    found = states.find(room, state)
    if found is None:
        raise Http404
    if found.template.startswith(OF_OPERATORS):
        languages.speak_at_helpdesk(request)
    return render(request, found.template, found.context(request))

"""`/w/<one-time id>`: a window of ours that stands in for a frame."""

from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_GET, require_http_methods

from accounts import audit, guards, languages, sessions
from accounts.cognito.errors import SignInExpired
from portal.embed import frames, tickets, windows
from portal.embed.models import PortalWindow


@guards.public
@require_http_methods(["GET", "HEAD", "POST"])
def open_window(request: HttpRequest, token: str) -> HttpResponseBase:
    """Show whose account it is, and open it on a press: looking changes nothing (AUZ-06)."""
    row = windows.find(token)
    if row is None:
        return render(request, "embed/window_gone.html", status=404)
    kept = windows.opened(row)
    languages.speak(request, kept["embed"]["locale"])
    if request.method != "POST":
        context = {"who": kept["embed"]["who"], "host": kept["embed"]["origin"]}
        return render(request, "embed/window.html", context)
    if not windows.use(row):
        return render(request, "embed/window_gone.html", status=404)
    return _open(request, row, kept)


def _open(request: HttpRequest, row: PortalWindow, kept: dict[str, object]) -> HttpResponse:
    embed, reason = kept["embed"], kept["reason"]
    assert isinstance(embed, dict)  # noqa: S101  (as it was sealed)
    try:
        token, account = tickets.living(row.client, str(kept["access"]))
    except tickets.Refused as refused:
        raise SignInExpired("GetUser", refused.code) from refused
    proves_for = str(row.id) if reason == "password" else ""
    same = {name: embed[name] for name in ("origin", "theme", "locale")}
    frames.open_session(
        request, row.client, token, account, window=True, proves_for=proves_for, **same
    )
    person = sessions.person_of(request)
    if person is not None:
        audit.embed_opened(person, window=True)
    return HttpResponseRedirect(windows.first_page(kept))


@guards.public
@require_GET
def done(request: HttpRequest) -> HttpResponse:
    """The proof is with its frame; there is nothing more to do here."""
    languages.speak(request, request.GET.get("locale", ""))
    return render(request, "embed/window_done.html")

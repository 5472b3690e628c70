"""The frame's own pages: the lobby, the session in it, how it looks, and its end."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts import audit, bearer, envelope, guards, languages, limits, noted, refusals, sessions
from accounts.cognito.errors import CognitoError
from accounts.doors import flow as flows
from accounts.doors import password
from accounts.limits import LimiterAway, LimitReached
from accounts.sessions import PersonRequest, origin_of
from accounts.subjects import Visitor
from portal.embed import clients, frames, themes, tickets, windows
from portal.embed.errors import REFUSED
from portal.embed.models import EmbedClient
from portal.embed.pages import PAGES

LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}", re.ASCII)
TICKET = re.compile(r"[\w-]{43}", re.ASCII)
# Why somebody may be sent to a window, and the page it begins with.
WINDOW_PAGES = {"password": "doors:reauthenticate", "passkey": "enrolment:passkey_add"}
JsonView = Callable[[HttpRequest, Any], HttpResponse]


def _failure(code: str) -> HttpResponse:
    status, sentence = REFUSED[code]
    return envelope.failure(code, sentence, status)


def _takes_json(view: JsonView) -> Callable[[HttpRequest], HttpResponse]:
    """Read a body of JSON, and answer every refusal in the envelope."""

    @wraps(view)
    def reading(request: HttpRequest) -> HttpResponse:
        try:
            return view(request, json.loads(request.body or b"null"))
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
            return _failure("VALIDATION_ERROR")
        except tickets.Refused as refused:
            return _failure(refused.code)
        except LimitReached as reached:
            response = _failure("TOO_MANY_ATTEMPTS")
            response["Retry-After"] = str(reached.seconds or 1)
            return response
        except (CognitoError, LimiterAway):
            response = _failure("TRY_LATER")
            response["Retry-After"] = str(refusals.RETRY_SECONDS)
            return response

    return reading


@guards.public
@csrf_exempt
@require_POST
@sensitive_post_parameters()
def issue_ticket(request: HttpRequest) -> HttpResponse:
    """A host's server asks for a ticket with its key; no browser may (EMB-05)."""
    if {"Origin", "Sec-Fetch-Site"} & set(request.headers):
        noted.refused("foreign_request", "embed ticket")
        return refusals.of_elsewhere(request)
    return _issue(request)


@_takes_json
def _issue(request: HttpRequest, body: Any) -> HttpResponse:
    client = clients.of_key(bearer.presented(request) or "")
    if client is None:
        noted.refused("guard_refused", "embed key")
        raise tickets.Refused("UNAUTHENTICATED")
    limits.spend(limits.EMBED_CLIENT, client.name)
    try:
        asked = tickets.wanted(client, body)
    except tickets.Refused as refused:
        noted.refused("guard_refused", f"embed ticket: {refused.code}")
        raise
    limits.spend(limits.EMBED_PERSON, client.name, asked.token.sub)
    origin = replace(origin_of(request), embed_client=client.name)
    # A ticket that cannot be recorded is not issued (AUD-06).
    audit.embed_ticket_issued(Visitor(client.pool_id, asked.token.sub, origin), asked.page)
    ticket = tickets.issue(client, asked)
    seconds = int(settings.EMBED_TICKET_AGE.total_seconds())
    return envelope.success({"ticket": ticket, "expires_in": seconds}, HTTPStatus.CREATED)


@guards.public
@require_GET
def lobby(request: HttpRequest) -> HttpResponse:
    """The frame's first page: empty, until its parent has shown that it is the host (EMB-02).

    Whose session there was before says nothing of this host's language: its script asks again
    with the `locale` that the host names.
    """
    client = _client(request)
    if client is None:
        raise Http404
    languages.speak(request, request.GET.get("locale", ""))
    context = {"origins": client.origins, "lobby": frames.lobby_token(client), "client": client}
    return render(request, "embed/lobby.html", context)


def _client(request: HttpRequest) -> EmbedClient | None:
    client: EmbedClient | None = getattr(request, "embed_client", None)
    return client


@guards.public
@csrf_exempt
@require_POST
@sensitive_post_parameters()
def open_session(request: HttpRequest) -> HttpResponse:
    """Exchange a ticket for the frame's session (EMB-04).

    No cookie is needed yet, since none may ever come back: what shows that the request comes from
    a lobby of ours is the signed token of its page, and its own origin.
    """
    name = frames.client_of_lobby(_read(request).get("lobby"))
    if not name:
        noted.refused("csrf_refused", "lobby")
        return refusals.of_elsewhere(request)
    return _exchange(request)


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        body = json.loads(request.body or b"null")
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}


@_takes_json
def _exchange(request: HttpRequest, body: Any) -> HttpResponse:
    limits.spend(limits.EMBED_ADDRESS, limits.network_of(sessions.client_address(request)))
    client = clients.find(frames.client_of_lobby(body["lobby"]))
    texts = [body.get(name) for name in ("ticket", "origin")]
    if client is None or not all(isinstance(each, str) for each in texts):
        raise tickets.Refused("TICKET_REFUSED")
    limits.spend(limits.EMBED_CLIENT, client.name)
    used = None
    if texts[1] in client.origins and TICKET.fullmatch(texts[0]):
        used = tickets.redeem(client, texts[0], texts[1])
    if used is None:
        noted.refused("guard_refused", "embed ticket")
        raise tickets.Refused("TICKET_REFUSED")
    return _opened(request, client, used, body)


def _opened(request: HttpRequest, client: EmbedClient, used: Any, body: Any) -> HttpResponse:
    text = tickets.token_of(used)
    token, account = tickets.living(client, text)
    theme, is_refused = themes.accepted(body.get("theme"))
    embed = frames.open_session(
        request,
        client,
        token,
        account,
        origin=used.origin,
        theme=theme,
        locale=_locale(body.get("locale")),
    )
    person = sessions.person_of(request)
    if person is None:
        raise tickets.Refused("TOKEN_NOT_ACCEPTED")
    audit.embed_opened(person, window=False)
    start = reverse(PAGES[used.page].start)
    window, _ = windows.prepare(client, embed, text, token.sub, page=start, reason="cookies")
    return envelope.success(
        {
            "start": start,
            "window": reverse("windows:open", args=[window]),
            "csrf": get_token(request),
            "theme_refused": is_refused,
        }
    )


def _locale(given: Any) -> str:
    is_tag = isinstance(given, str) and LOCALE.fullmatch(given)
    return given if is_tag else ""


@guards.embedded
@require_GET
def probe(request: HttpRequest) -> HttpResponse:
    """Whether the cookie came back (EMB-11)."""
    return envelope.success({})


@guards.embedded
@require_POST
@_takes_json
def appearance(request: HttpRequest, body: Any) -> HttpResponse:
    """Take another theme or language from the host while the frame is open."""
    embed, given = frames.embed_of(request), body if isinstance(body, dict) else {}
    if embed is None or not given or set(given) - {"theme", "locale"}:
        raise tickets.Refused("VALIDATION_ERROR")
    is_refused = False
    if "theme" in given:
        embed["theme"], is_refused = themes.accepted(given["theme"])
    if "locale" in given:
        embed["locale"] = _locale(given["locale"])
    frames.keep(request, embed)
    return envelope.success({"theme_refused": is_refused})


@guards.embedded
@require_GET
def theme_css(request: HttpRequest) -> HttpResponse:
    embed = frames.embed_of(request)
    sheet = themes.style_sheet(themes.parsed(embed["theme"] if embed and embed["theme"] else {}))
    return HttpResponse(sheet, content_type="text/css; charset=utf-8")


@guards.embedded
@require_POST
@_takes_json
def prepare_window(request: HttpRequest, body: Any) -> HttpResponse:
    """The address of a window of ours, for what cannot be done in this frame (EMB-16)."""
    embed, client = frames.embed_of(request), _client(request)
    reason = body.get("reason") if isinstance(body, dict) else None
    if embed is None or client is None or reason not in WINDOW_PAGES:
        raise tickets.Refused("VALIDATION_ERROR")
    person = request.person  # type: ignore[attr-defined]
    page = reverse(WINDOW_PAGES[reason])
    access = frames.access_token_of(request)
    token, row = windows.prepare(client, embed, access, person.sub, page=page, reason=reason)
    if reason == "password":
        windows.wait_for(request, row)
    return envelope.success({"window": reverse("windows:open", args=[token])})


@guards.embedded
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    """The host ends the frame's session, as when its own person signs out."""
    audit.embed_closed(request.person)  # type: ignore[attr-defined]
    sessions.end(request)
    return envelope.success({})


@guards.public
@require_GET
def over(request: HttpRequest) -> HttpResponseBase:
    """The session of this frame is over; the lobby around it tells the host (EMB-13)."""
    person = sessions.person_of(request)
    if person is not None and person.kind in guards.OPEN_TO["embedded"]:
        return redirect(settings.LOGIN_REDIRECT_URL)
    return render(request, "embed/over.html")


@guards.in_session
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def prove(request: PersonRequest) -> HttpResponseBase:
    """Ask again who somebody is: in the frame on our own site, else in a window of ours (EMB-16).

    On another site's page nobody can see whose field it is that asks for a password, so none is
    taken there either.
    """
    embed, destination = frames.embed_of(request), flows.safe_next(request)
    if request.person.proved_recently:
        return HttpResponseRedirect(destination)
    by_password = "password" in settings.DOORS
    if embed is not None and by_password and frames.is_first_party(embed):
        return password.reauthenticate(request)
    context = {"by_password": by_password, "next": destination}
    return render(request, "embed/prove.html", context)

"""What a frame is: whose, how its cookies are set, and the session in it."""

import secrets
import time
from enum import StrEnum
from typing import Any, TypedDict, cast

from django.conf import settings
from django.contrib.auth import login
from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

from accounts import languages, sessions, vault
from accounts.cognito.self_service import Account
from accounts.cognito.tokens import AccessToken
from accounts.masking import mask_email, mask_phone, show_username
from accounts.models import Person
from portal.embed import clients, origins
from portal.embed.models import EmbedClient

ROOM, WINDOWS = "/embed/", "/w/"
LOBBY = ROOM
# They lie in the host's page itself, and their address names the client.
OUTERMOST = frozenset({LOBBY, f"{ROOM}check"})
BACKEND = "accounts.doors.backend.PersonBackend"
# Proves that a request comes from a lobby of ours, of that client, without any cookie.
LOBBY_SALT = "portal.embed.lobby"
LOBBY_LASTS_SECONDS = 12 * 3600


class Mode(StrEnum):
    """How a browser must keep the cookies of a frame, so that it sends them (EMB-09)."""

    LAX = "lax"
    PARTITIONED = "partitioned"


class Embed(TypedDict):
    """What a frame's session knows of its frame.

    window: it stands in for one, as a window of ours; proves_for: the id of that window, where
    all it is there for is a proof. until: seconds since 1970. who: masked.
    """

    client: str
    clients: list[str]
    origin: str
    until: int
    who: str
    window: bool
    proves_for: str
    theme: dict[str, Any] | None
    locale: str


def is_framed_path(path: str) -> bool:
    return path.startswith((ROOM, WINDOWS))


def is_window_path(path: str) -> bool:
    return path.startswith(WINDOWS)


def home_of(path: str) -> str:
    """Under which address the pages lie, of a frame or of a window."""
    return (WINDOWS if is_window_path(path) else ROOM) + "in/"


def embed_of(request: HttpRequest) -> Embed | None:
    return cast("Embed | None", request.session.get(sessions.EMBED))


def keep(request: HttpRequest, embed: Embed) -> None:
    request.session[sessions.EMBED] = embed


def client_of(request: HttpRequest) -> EmbedClient | None:
    """The client that this request's frame belongs to, if it may still have one (EMB-23)."""
    if request.path in OUTERMOST:
        return clients.find(request.GET.get("client", ""))
    embed = embed_of(request)
    # A window's session opens no frame, nor a frame's a window (SES-13).
    if embed is None or embed["window"] is not is_window_path(request.path):
        return None
    found = clients.find(embed["client"])
    return found if found and embed["origin"] in found.origins else None


def is_first_party(embed: Embed) -> bool:
    """Whether a password may be asked for here: our own window, or our own site (EMB-16)."""
    return embed["window"] or origins.is_same_site(embed["origin"], settings.PORTAL_URL)


def mode_of(request: HttpRequest, client: EmbedClient | None) -> Mode:
    """Partitioned, unless it is certain that the frame is of our own site."""
    embed = embed_of(request)
    if not settings.HTTPS or is_window_path(request.path):
        return Mode.LAX
    if embed and request.path not in OUTERMOST:
        return Mode.LAX if is_first_party(embed) else Mode.PARTITIONED
    return Mode.LAX if client and clients.is_same_site(client) else Mode.PARTITIONED


def lobby_token(client: EmbedClient) -> str:
    return signing.dumps({"client": client.name, "id": secrets.token_urlsafe(9)}, salt=LOBBY_SALT)


def client_of_lobby(token: object) -> str:
    """Which client's lobby of ours gave this token; empty where none did."""
    try:
        said = signing.loads(str(token), salt=LOBBY_SALT, max_age=LOBBY_LASTS_SECONDS)
    except signing.BadSignature:
        return ""
    return str(said["client"])


def open_session(
    request: HttpRequest, client: EmbedClient, token: AccessToken, account: Account, **embed: Any
) -> Embed:
    """Open a frame's session in place of whatever was there; embed: origin, window and the like."""
    person = Person.objects.known_as(settings.COGNITO_USER_POOL_ID, token.sub)
    request.session.flush()
    login(request, person, backend=BACKEND)
    request.session[languages.LANGUAGE] = person.language
    # As the frame will speak: what is composed below is kept.
    languages.speak(request, embed.get("locale", ""), person.language)
    longest = time.time() + settings.EMBED_ABSOLUTE_LIMIT.total_seconds()
    whose = Embed(
        client=client.name,
        clients=client.app_clients,
        origin=embed["origin"],
        until=int(min(longest, token.expires_at.timestamp())),
        who=who(token, account),
        window=embed.get("window", False),
        proves_for=embed.get("proves_for", ""),
        theme=embed.get("theme"),
        locale=embed.get("locale", ""),
    )
    sessions.open_embedded(request, token, cast("dict[str, Any]", whose))
    return whose


def who(token: AccessToken, account: Account) -> str:
    """Whose account it is, masked; there is always something to recognise (EMB-29)."""
    shown = show_username(token.username) or mask_email(account.email) or mask_phone(account.phone)
    return shown or _("account ••• {last}").format(last=token.sub[-4:])


def credentials_of(request: HttpRequest) -> str:
    return str(request.session[sessions.CREDENTIALS])


def access_token_of(request: HttpRequest) -> str:
    return str(vault.unseal(credentials_of(request))["access"])

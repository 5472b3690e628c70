"""Windows of the portal that stand in for a frame: where cookies are blocked, or for a password.

Frame and window never speak with each other: what is proved in the window waits on the server,
and the frame takes it with its next request.
"""

import secrets
from typing import Any, cast
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone

from accounts import sessions, vault
from portal.embed import clients, frames
from portal.embed.frames import Embed
from portal.embed.models import EmbedClient, PortalWindow

WAITS_FOR = "embed_windows"
# Of those that a frame has opened and heard nothing from, it asks for the newest.
MOST_WAITED_FOR = 5


def prepare(
    client: EmbedClient, embed: Embed, access: str, sub: str, *, page: str, reason: str
) -> tuple[str, PortalWindow]:
    """Make the id of a window, good once for ten minutes, and the record behind it."""
    token = secrets.token_urlsafe(32)
    row = PortalWindow.objects.create(
        client=client,
        window_hash=clients.hashed(token),
        sub=sub,
        sealed=vault.seal({"access": access, "embed": embed, "page": page, "reason": reason}),
        ends_at=timezone.now() + settings.EMBED_WINDOW_AGE,
    )
    return token, row


def wait_for(request: HttpRequest, row: PortalWindow) -> None:
    waiting = [*request.session.get(WAITS_FOR, []), str(row.id)]
    request.session[WAITS_FOR] = waiting[-MOST_WAITED_FOR:]


def find(token: str) -> PortalWindow | None:
    """One that may still be opened, of a client of this pool that is still there."""
    if not settings.EMBED:
        return None
    rows = PortalWindow.objects.select_related("client").filter(
        window_hash=clients.hashed(token),
        used_at=None,
        ends_at__gt=timezone.now(),
        client__pool_id=settings.COGNITO_USER_POOL_ID,
    )
    return rows.first()


def use(row: PortalWindow) -> bool:
    """Use it up: one statement decides."""
    unused = PortalWindow.objects.filter(pk=row.pk, used_at=None, ends_at__gt=timezone.now())
    return unused.update(used_at=timezone.now()) == 1


def opened(row: PortalWindow) -> dict[str, Any]:
    return cast("dict[str, Any]", vault.unseal(row.sealed))


def first_page(kept: dict[str, Any]) -> str:
    """The window's own address of the frame's page that it begins with."""
    return frames.WINDOWS + str(kept["page"]).removeprefix(frames.ROOM)


def hand_back(request: HttpRequest, **_: Any) -> str | None:
    """A window that was there for a proof gives it to its frame, and is done (EMB-16)."""
    embed = frames.embed_of(request)
    if embed is None or not embed["proves_for"]:
        return None
    waiting = PortalWindow.objects.filter(pk=embed["proves_for"], ends_at__gt=timezone.now())
    if waiting.update(proof=frames.credentials_of(request)) != 1:
        return None
    # Not `end`, which would revoke what the frame is about to use.
    request.session.flush()
    # The session that knew the language is gone.
    return f"{reverse('windows:done')}?{urlencode({'locale': embed['locale']})}"


def take(request: HttpRequest) -> None:
    """Take over, once, what was proved in a window that this frame opened."""
    waiting = request.session.get(WAITS_FOR)
    if not waiting:
        return
    for row in PortalWindow.objects.filter(pk__in=waiting).exclude(proof=""):
        request.session[WAITS_FOR] = [each for each in waiting if each != str(row.pk)]
        taken = PortalWindow.objects.filter(pk=row.pk, proof=row.proof).update(proof="")
        if taken == 1:
            sessions.take_proof(request, row.proof)


def purge() -> int:
    """A proof is taken within the hour that a frame lasts; what nobody took is worth nothing."""
    before = timezone.now() - settings.EMBED_ABSOLUTE_LIMIT
    return PortalWindow.objects.filter(ends_at__lte=before).delete()[0]

"""Embed clients as administrators and the command manage them, each act with its row in the audit.

Client and row stand together or not at all (AUD-06): both are of our own database.
by: an administrator, or None for the command: whoever has a shell on the portal's machine.
"""

from collections.abc import Collection
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.guards import require_recent_operator
from accounts.sessions import SignedInPerson
from portal.embed import clients
from portal.embed.clients import NotRegistered
from portal.embed.models import EmbedClient

By = SignedInPerson | None


class Outdated(Exception):
    """Meanwhile the client is another one, or gone: the page showed something else."""


def add(
    by: By,
    name: str,
    *,
    origins: Collection[str],
    app_clients: Collection[str],
    pages: Collection[str],
) -> str:
    """Register a client; return its key, which is shown once. Errors: NotRegistered."""
    _require_recent(by)
    with transaction.atomic():
        key = clients.add(name, allowed=origins, app_clients=app_clients, pages=pages)
        added = clients.registered_as(name)
        assert added is not None  # noqa: S101  (this transaction made it)
        audit.embed_client_added(by, {**_told(added), "app_clients": added.app_clients})
    return key


def change(
    by: By,
    client: EmbedClient,
    *,
    origins: Collection[str],
    pages: Collection[str],
) -> None:
    """Let it embed us on these origins and these pages from now on.

    client: as it was read when the page was shown. Errors: NotRegistered, Outdated.
    """
    _require_recent(by)
    with transaction.atomic():
        held = _held(client)
        before = {"origins": held.origins, "pages": held.pages}
        if before != {"origins": client.origins, "pages": client.pages}:
            raise Outdated
        clients.change(held, allowed=origins, pages=pages)
        audit.embed_client_changed(by, {**_told(held), "before": before})


def remove_origin(by: By, client: EmbedClient, origin: str) -> None:
    """Errors: NotRegistered, where it has no such origin, or no other one; Outdated."""
    left = [each for each in client.origins if each != origin]
    if len(left) == len(client.origins):
        raise NotRegistered(f"{client.name} has no origin {origin}.")
    if not left:
        raise NotRegistered(f"{origin} is the only one: remove the client instead.")
    change(by, client, origins=left, pages=client.pages)


def make_key(by: By, client: EmbedClient, newest: int | None = None) -> str:
    """Return a new key; the one of before works on. Errors: Outdated.

    newest: the id of the newest key that the page knew, so that a form sent twice makes one key.
    """
    _require_recent(by)
    with transaction.atomic():
        held = _held(client, newest)
        key = clients.rotate(held)
        audit.embed_key_made(by, held.name)
    return key


def end_older_keys(by: By, client: EmbedClient, newest: int | None = None) -> int:
    """Only the newest key works from now on; how many ended. Errors: Outdated."""
    _require_recent(by)
    with transaction.atomic():
        ended = clients.end_older_keys(_held(client, newest))
        audit.embed_keys_ended(by, client.name)
    return ended


def remove(by: By, client: EmbedClient) -> None:
    _require_recent(by)
    with transaction.atomic():
        clients.remove(client)
        audit.embed_client_removed(by, client.name)


def _require_recent(by: By) -> None:
    if by is not None:
        require_recent_operator(by)


def _told(client: EmbedClient) -> dict[str, Any]:
    return {"client": client.name, "origins": client.origins, "pages": client.pages}


def _held(client: EmbedClient, newest: int | None = None) -> EmbedClient:
    """Hold the client, so that it and its keys stay as they are until this is done."""
    held = EmbedClient.objects.select_for_update().filter(pk=client.pk).first()
    key = held.keys.order_by("-pk").first() if held else None
    if held is None or (newest is not None and (key is None or key.pk != newest)):
        raise Outdated
    return held

"""Embed clients as administrators manage them: what the command does, with its row in the audit.

Client and row stand together or not at all (AUD-06): both are of our own database.
"""

from collections.abc import Collection

from django.db import transaction

from accounts import audit
from accounts.guards import require_recent_operator
from accounts.sessions import SignedInPerson
from portal.embed import clients
from portal.embed.models import EmbedClient


class Outdated(Exception):
    """Meanwhile the client has another newest key, or is gone: the page showed something else."""


def add(
    person: SignedInPerson,
    name: str,
    *,
    origins: Collection[str],
    app_clients: Collection[str],
    pages: Collection[str],
) -> str:
    """Register a client; return its key, which is shown once. Errors: NotRegistered."""
    require_recent_operator(person)
    with transaction.atomic():
        key = clients.add(name, allowed=origins, app_clients=app_clients, pages=pages)
        detail = {"client": name, "origins": sorted(origins), "pages": list(pages)}
        audit.embed_client_added(person, detail)
    return key


def make_key(person: SignedInPerson, client: EmbedClient, newest: int) -> str:
    """Return a new key; the one of before works on. Errors: Outdated.

    newest: the id of the newest key that the page knew, so that a form sent twice makes one key.
    """
    require_recent_operator(person)
    with transaction.atomic():
        _held(client, newest)
        key = clients.rotate(client)
        audit.embed_key_made(person, client.name)
    return key


def end_older_keys(person: SignedInPerson, client: EmbedClient, newest: int) -> None:
    """Only the newest key works from now on. Errors: Outdated."""
    require_recent_operator(person)
    with transaction.atomic():
        _held(client, newest)
        clients.end_older_keys(client)
        audit.embed_keys_ended(person, client.name)


def remove(person: SignedInPerson, client: EmbedClient) -> None:
    require_recent_operator(person)
    with transaction.atomic():
        clients.remove(client)
        audit.embed_client_removed(person, client.name)


def _held(client: EmbedClient, newest: int) -> None:
    """Hold the client, so that its keys stay as they are until this is done."""
    held = EmbedClient.objects.select_for_update().filter(pk=client.pk).first()
    key = held.keys.order_by("-pk").first() if held else None
    if key is None or key.pk != newest:
        raise Outdated

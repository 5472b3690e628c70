"""Embed clients: registered, given keys, and gone."""

import hashlib
import json
import re
import secrets
from collections.abc import Collection, Iterable
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.embed import origins
from portal.embed.models import EmbedClient, EmbedKey
from portal.embed.pages import FIRST, PAGES

NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?", re.ASCII)
APP_CLIENT = re.compile(r"[\w+]{1,128}", re.ASCII)
KEY = "mfa-embed_"
# While servers change over from one key to the next, both work.
KEYS_AT_ONCE = 2
MOST_ORIGINS = 20
# Tickets within this time after a noted use of their key write nothing.
USE_IS_NOTED_EVERY = timedelta(minutes=5)


class NotRegistered(ValueError):
    """What was given does not describe a client; the sentence says why."""


def hashed(secret: str) -> str:
    """For secrets of 256 random bits, which nobody guesses: a plain hash is enough."""
    return hashlib.sha256(secret.encode()).hexdigest()


def registered() -> Iterable[EmbedClient]:
    """All of this portal's pool, by name; the keys of each the newest first."""
    newest_first = Prefetch("keys", EmbedKey.objects.order_by("-pk"))
    of_pool = EmbedClient.objects.filter(pool_id=settings.COGNITO_USER_POOL_ID)
    return of_pool.prefetch_related(newest_first).order_by("name")


def registered_as(name: str) -> EmbedClient | None:
    """For who manages clients, also while the room is off."""
    return next((each for each in registered() if each.name == name), None)


def every_origin() -> frozenset[str]:
    """The origins of all pages that may show the portal in a frame; none where the room is off."""
    if not settings.EMBED:
        return frozenset()
    return frozenset(origin for client in registered() for origin in client.origins)


def find(name: str) -> EmbedClient | None:
    """A client of this portal's pool (AUZ-03); none where the room is off (EMB-01)."""
    if not settings.EMBED or NAME.fullmatch(name) is None:
        return None
    return EmbedClient.objects.filter(pool_id=settings.COGNITO_USER_POOL_ID, name=name).first()


def of_key(key: str) -> EmbedClient | None:
    """Whose key this is. The index finds it by its hash, which tells nothing by its time."""
    if not settings.EMBED or not key.startswith(KEY):
        return None
    found = EmbedKey.objects.filter(
        key_hash=hashed(key), client__pool_id=settings.COGNITO_USER_POOL_ID
    )
    first = found.select_related("client").first()
    if first is None:
        return None
    _note_use(first)
    return first.client


def _note_use(key: EmbedKey) -> None:
    now = timezone.now()
    if key.last_used_at is None or key.last_used_at < now - USE_IS_NOTED_EVERY:
        EmbedKey.objects.filter(pk=key.pk).update(last_used_at=now)


def add(
    name: str,
    *,
    allowed: Collection[str],
    app_clients: Collection[str],
    pages: Collection[str] = (),
) -> str:
    """Register a client; return its first key, which nobody is shown again.

    allowed: its origins. pages: all, where none is named. Errors: NotRegistered.
    """
    if NAME.fullmatch(name) is None:
        raise NotRegistered(f"{name}: a name is small letters, digits and hyphens, at most 40.")
    _refuse_unless_fitting(allowed, pages)
    if not app_clients:
        raise NotRegistered("Name an app client of the pool.")
    if any(APP_CLIENT.fullmatch(each) is None for each in app_clients):
        raise NotRegistered("An app client is given by its id.")
    exact = _exact(allowed)
    with transaction.atomic():
        client, is_new = EmbedClient.objects.get_or_create(
            pool_id=settings.COGNITO_USER_POOL_ID,
            name=name,
            defaults={
                "origins": exact,
                "pages": _in_order(pages),
                "app_clients": sorted(set(app_clients)),
            },
        )
        if not is_new:
            raise NotRegistered(_("{name} is registered already.").format(name=name))
        return _new_key(client)


def _exact(allowed: Collection[str]) -> list[str]:
    try:
        return sorted({origins.exact(each) for each in allowed})
    except origins.NotAnOrigin as refused:
        raise NotRegistered(str(refused)) from refused


def _new_key(client: EmbedClient) -> str:
    key = KEY + secrets.token_urlsafe(32)
    EmbedKey.objects.create(client=client, key_hash=hashed(key))
    return key


def rotate(client: EmbedClient) -> str:
    """Return a new key; the newest one of before works on, all older ones end."""
    with transaction.atomic():
        EmbedClient.objects.select_for_update().get(pk=client.pk)
        key = _new_key(client)
        live = client.keys.order_by("-pk").values_list("pk", flat=True)[:KEYS_AT_ONCE]
        client.keys.exclude(pk__in=list(live)).delete()
    return key


def end_older_keys(client: EmbedClient) -> int:
    """Only the newest key works from now on; how many ended."""
    newest = client.keys.order_by("-pk").values_list("pk", flat=True)[:1]
    return client.keys.exclude(pk__in=list(newest)).delete()[0]


def remove(client: EmbedClient) -> None:
    """Its keys, tickets and windows go with it; its frames end with their next request."""
    client.delete()


def change(client: EmbedClient, *, allowed: Collection[str], pages: Collection[str]) -> None:
    """Let it embed us on these origins, and these pages. Errors: NotRegistered.

    Frames on an origin that is not among them end with their next request.
    """
    _refuse_unless_fitting(allowed, pages)
    client.origins, client.pages = _exact(allowed), _in_order(pages)
    client.save(update_fields=["origins", "pages"])


def state_of(client: EmbedClient) -> str:
    """Tells whether its origins and pages are still those that a page showed."""
    return hashed(json.dumps([client.origins, client.pages]))


def _refuse_unless_fitting(allowed: Collection[str], pages: Collection[str]) -> None:
    if not 0 < len(allowed) <= MOST_ORIGINS:
        raise NotRegistered(f"Name 1 to {MOST_ORIGINS} origins.")
    if not set(pages) <= set(PAGES):
        raise NotRegistered(f"Pages are: {', '.join(PAGES)}.")
    if pages and not set(pages) & set(FIRST):
        raise NotRegistered("No frame begins with turn-off: allow another page beside it.")


def _in_order(pages: Collection[str]) -> list[str]:
    """As they are listed; all, where none is named."""
    return [page for page in PAGES if page in (pages or PAGES)]


def is_same_site(client: EmbedClient) -> bool:
    """Whether all its pages are of the portal's own site."""
    return all(origins.is_same_site(each, settings.PORTAL_URL) for each in client.origins)

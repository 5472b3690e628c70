"""Where messages go, as the settings name it."""

import base64
import binascii
from dataclasses import dataclass, field

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from standardwebhooks import Webhook

from accounts.webhooks.events import Event

# Bytes of a secret: what the specification asks for.
SHORTEST, LONGEST = 24, 64
PREFIX = "whsec_"


@dataclass(frozen=True)
class Endpoint:
    """One receiver. secrets: one or two that count, the newest first. events: what it is told."""

    name: str
    url: str
    secrets: tuple[str, ...] = field(repr=False)
    events: frozenset[Event]

    def signers(self) -> list[Webhook]:
        return [Webhook(secret) for secret in self.secrets]


def known() -> list[Endpoint]:
    """Every endpoint. Errors: ImproperlyConfigured, naming what is wrong."""
    return [_endpoint(name, url) for name, url in settings.WEBHOOKS.items()]


def named(name: str) -> Endpoint | None:
    url = settings.WEBHOOKS.get(name)
    return _endpoint(name, url) if url else None


def told(event: Event) -> list[Endpoint]:
    """Who wants to know of it."""
    return [each for each in known() if event in each.events]


def _endpoint(name: str, url: str) -> Endpoint:
    return Endpoint(name, url, _secrets(name), _events(name))


def _secrets(name: str) -> tuple[str, ...]:
    secrets = tuple(settings.WEBHOOK_SECRETS.get(name, ()))
    if not 1 <= len(secrets) <= 2 or not all(_is_secret(each) for each in secrets):
        raise ImproperlyConfigured(
            f"PORTAL_WEBHOOK_SECRETS: {name} needs one secret, or two while they change, each "
            f"{PREFIX} and {SHORTEST} to {LONGEST} bytes in base64."
        )
    return secrets


def _is_secret(secret: str) -> bool:
    try:
        size = len(base64.b64decode(secret.removeprefix(PREFIX), validate=True))
    except binascii.Error:
        return False
    return secret.startswith(PREFIX) and SHORTEST <= size <= LONGEST


def _events(name: str) -> frozenset[Event]:
    """Everything, where nothing is chosen."""
    chosen = settings.WEBHOOK_EVENTS.get(name)
    if chosen is None:
        return frozenset(Event) - {Event.TEST}
    if not chosen or not set(chosen) <= set(Event):
        raise ImproperlyConfigured(
            f"PORTAL_WEBHOOK_EVENTS: {name} has something other than {', '.join(Event)}."
        )
    return frozenset(Event(each) for each in chosen)

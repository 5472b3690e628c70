"""What is wrong with the settings, said at start (`manage.py check`)."""

from typing import Any
from urllib.parse import urlsplit

import phonenumbers
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register
from django.utils.module_loading import import_string

from accounts import brand
from accounts.messages import Webhook


@register()
def token_keys(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Each key of PORTAL_TOKEN_KEYS must be a Fernet key."""
    for position, key in enumerate(settings.TOKEN_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            return [
                Error(
                    f"PORTAL_TOKEN_KEYS: key {position} is not a Fernet key.",
                    hint="Make one with: make secrets",
                    id="accounts.E001",
                )
            ]
    return []


@register()
def text_messages(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A sender that cannot be loaded, or a webhook in the open, would fail on the phone."""
    if not settings.SMS_BACKEND:
        return []
    try:
        sender = import_string(settings.SMS_BACKEND)
    except ImportError:
        return [Error("PORTAL_SMS_BACKEND names no class.", id="accounts.E003")]
    if sender is not Webhook or (
        _is_safe(settings.SMS_WEBHOOK_URL) and settings.SMS_WEBHOOK_SECRET
    ):
        return []
    return [
        Error(
            "PORTAL_SMS_WEBHOOK_URL must begin with https://, and needs PORTAL_SMS_WEBHOOK_SECRET.",
            id="accounts.E004",
        )
    ]


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
    return parts.scheme == "https" or (parts.scheme == "http" and is_here)


@register()
def the_brand(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """A colour that nobody can read, or a logo that is none, would be on every page."""
    return [Error(problem, id="accounts.E010") for problem in brand.problems()]


@register(Tags.security, deploy=True)
def styleguide(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """It holds nothing of anybody, but is a map of every page; plain http is a demo's alone."""
    if not (settings.STYLEGUIDE and settings.HTTPS):
        return []
    return [
        Warning(
            "PORTAL_STYLEGUIDE is on: everybody can see every page in every state.",
            hint="Leave it out, but on machines of those who work on the pages.",
            id="accounts.W001",
        )
    ]


@register()
def default_country(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.DEFAULT_COUNTRY in phonenumbers.SUPPORTED_REGIONS:
        return []
    return [
        Error(
            "PORTAL_DEFAULT_COUNTRY is no country that has telephone numbers.",
            hint="Two letters of ISO 3166, such as US, DE or IN.",
            id="accounts.E002",
        )
    ]

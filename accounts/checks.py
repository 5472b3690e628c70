"""What is wrong with the settings, said at start (`manage.py check`)."""

from typing import Any

import phonenumbers
from cryptography.fernet import Fernet
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


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

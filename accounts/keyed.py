"""Hashes under PORTAL_SECRET_KEY by which something is found again, also after a new key came."""

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac


def digest(salt: str, value: str) -> str:
    """To be kept: under the key of now. SHA-256, in hexadecimal digits."""
    return _under(settings.SECRET_KEY, salt, value)


def digests(salt: str, value: str) -> list[str]:
    """To be looked for: under the key of now, and under each that is still a fallback."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [_under(key, salt, value) for key in keys]


def is_one_of(kept: str, wanted: list[str]) -> bool:
    """Whether what is kept is one of these."""
    return any(constant_time_compare(kept, each) for each in wanted)


def _under(key: str, salt: str, value: str) -> str:
    return salted_hmac(salt, value, secret=key, algorithm="sha256").hexdigest()

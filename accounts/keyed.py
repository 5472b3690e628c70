"""Hashes under PORTAL_SECRET_KEY by which something is found again, also after a new key came."""

from functools import lru_cache
from hmac import HMAC

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

# More than there are salts, with a key of now and a few former ones.
MOST_BEGUN = 64


def digest(salt: str, value: str) -> str:
    """To be kept: under the key of now. SHA-256, in hexadecimal digits."""
    return under(settings.SECRET_KEY, salt, value)


def digests(salt: str, value: str) -> list[str]:
    """To be looked for: under the key of now, and under each that is still a fallback."""
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return [under(key, salt, value) for key in keys]


def is_one_of(kept: str, wanted: list[str]) -> bool:
    """Whether what is kept is one of these."""
    return any(constant_time_compare(kept, each) for each in wanted)


def under(key: str, salt: str, value: str) -> str:
    """Django's `salted_hmac` with SHA-256, gone on with where it is the same for every value."""
    begun = _begun(key, salt).copy()
    begun.update(value.encode())
    return begun.hexdigest()


@lru_cache(MOST_BEGUN)
def _begun(key: str, salt: str) -> HMAC:
    """Of nothing yet: to derive the key takes three times what a short value takes."""
    return salted_hmac(salt, "", secret=key, algorithm="sha256")

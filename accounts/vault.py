"""Sealing of what must not lie in the open: authenticated encryption with rotatable keys.

Keys come from PORTAL_TOKEN_KEYS, newest first: the first seals, all of them open (DAT-02).
"""

import json
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class SealBroken(Exception):
    """The sealed text was changed, or its key is gone: treat what it held as lost."""


@cache
def _fernet(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def seal(value: Any) -> str:
    """Encrypt a JSON value into text that is safe to store."""
    keys = tuple(settings.TOKEN_KEYS)
    return _fernet(keys).encrypt(json.dumps(value).encode()).decode()


def unseal(sealed: str) -> Any:
    """Return what `seal` was given. Errors: SealBroken."""
    try:
        opened = _fernet(tuple(settings.TOKEN_KEYS)).decrypt(sealed.encode())
    except InvalidToken as broken:
        raise SealBroken from broken
    return json.loads(opened)


def sealed_anew(sealed: str) -> str | None:
    """The same, sealed with the first key; None where it is so already. Errors: SealBroken."""
    keys = tuple(settings.TOKEN_KEYS)
    try:
        _fernet(keys[:1]).decrypt(sealed.encode())
    except InvalidToken:
        pass
    else:
        return None
    try:
        return _fernet(keys).rotate(sealed.encode()).decode()
    except InvalidToken as broken:
        raise SealBroken from broken

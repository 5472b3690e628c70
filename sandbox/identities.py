"""Who signs which operation, and what they may: IAM, as far as a client meets it.

An access key stands for its identity. Until rights are set, every one may do everything and
nothing is counted; then those named may do what is listed, and all others still everything.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from sandbox import model
from sandbox.protocol import refusal

MOST_KEYS = 100
ACCESS_KEY = re.compile(r"[A-Za-z0-9_]{1,128}", re.ASCII)
SIGNED_BY = re.compile(r"Credential=([^/,\s]*)/")


class Identities:
    """The rights of access keys, and how often each was used for what."""

    def __init__(self) -> None:
        self._may: dict[str, frozenset[str]] = {}
        self._calls: dict[str, Counter[str]] = {}

    def set(self, rights: object) -> None:
        """Name what some access keys may do, and count from zero; nobody's: off.

        rights: a list of operations for each key. Raises ValueError or TypeError for anything else.
        """
        if not isinstance(rights, dict) or len(rights) > MOST_KEYS:
            raise TypeError(f"rights must be an object of at most {MOST_KEYS} access keys")
        self._may = {_key(key): _operations(listed) for key, listed in rights.items()}
        self._calls = {key: Counter() for key in self._may}

    def admit(self, authorization: str, operation: str, resource: str) -> None:
        """Count one signed call; refuse it where its identity has no such right."""
        found = SIGNED_BY.search(authorization)
        key = found[1] if found else ""
        if key not in self._may:
            return
        self._calls[key][operation] += 1
        if operation not in self._may[key]:
            raise refusal("not_allowed", key=key, operation=operation, resource=resource)

    def described(self) -> dict[str, Any]:
        """Each named key: what it may, and how often it was used for which operation."""
        return {
            key: {"may": sorted(self._may[key]), "calls": dict(self._calls[key])}
            for key in self._may
        }


def _key(given: object) -> str:
    if not isinstance(given, str) or not ACCESS_KEY.fullmatch(given):
        raise ValueError("an access key has letters, digits and underscores")
    return given


def _operations(given: object) -> frozenset[str]:
    if not isinstance(given, list) or not all(isinstance(each, str) for each in given):
        raise TypeError("what a key may is a list of operations")
    unknown = set(given) - set(model.service_model()["operations"])
    if unknown:
        raise ValueError(f"no operation of Cognito: {', '.join(sorted(unknown))}")
    return frozenset(given)

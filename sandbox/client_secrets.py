"""Proof that a caller knows a client secret; a client may have two. Source: contract 5.8."""

from __future__ import annotations

import base64
import hmac

from sandbox.pools import Client
from sandbox.protocol import refusal


def check_secret_hash(client: Client, username: str, given: str | None) -> None:
    """Refuse a missing or wrong SECRET_HASH of a sign-in."""
    if not _expected(client, given):
        return
    if not _proves(client, [username], given or ""):
        raise refusal("secret_wrong", client=client.id)


def check_secret_hash_at_refresh(client: Client, names: list[str], given: str | None) -> None:
    """The same at refresh, where only real names of the person count."""
    if not _expected(client, given):
        return
    if not _proves(client, names, given or ""):
        raise refusal("secret_wrong_at_refresh", client=client.id)


def right_secret(client: Client, given: str | None) -> bool:
    """Whether a secret sent in clear is one of the client's (or none is, where none is needed)."""
    return any(_same(given or "", secret) for secret in client.secrets or ("",))


def _proves(client: Client, names: list[str], given: str) -> bool:
    return any(
        _same(given, _secret_hash(secret, name + client.id))
        for secret in client.secrets
        for name in names
    )


def _secret_hash(secret: str, text: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()


def _expected(client: Client, given: str | None) -> bool:
    if client.secrets and given is None:
        raise refusal("secret_missing", client=client.id)
    return bool(client.secrets)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())

"""Proof that a caller knows the client secret. Source: contract 5.8."""

from __future__ import annotations

import base64
import hmac

from sandbox.pools import Client
from sandbox.protocol import refusal


def secret_hash(client: Client, username: str) -> str:
    """What SECRET_HASH must be for that username."""
    digest = hmac.digest((client.secret or "").encode(), (username + client.id).encode(), "sha256")
    return base64.b64encode(digest).decode()


def check_secret_hash(client: Client, username: str, given: str | None) -> None:
    """Refuse a missing or wrong SECRET_HASH of a sign-in."""
    if not _expected(client, given):
        return
    if not _same(given or "", secret_hash(client, username)):
        raise refusal("secret_wrong", client=client.id)


def check_secret_hash_at_refresh(client: Client, names: list[str], given: str | None) -> None:
    """The same at refresh, where only real names of the person count."""
    if not _expected(client, given):
        return
    if not any(_same(given or "", secret_hash(client, name)) for name in names):
        raise refusal("secret_wrong_at_refresh", client=client.id)


def right_secret(client: Client, given: str | None) -> bool:
    """Whether a secret sent in clear is the client's (or none is, where none is needed)."""
    return _same(given or "", client.secret or "")


def _expected(client: Client, given: str | None) -> bool:
    if client.secret and given is None:
        raise refusal("secret_missing", client=client.id)
    return client.secret is not None


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())

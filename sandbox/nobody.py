"""Somebody made up for a name that nobody has, so that a client cannot tell.

Source: contract 5.6, PreventUserExistenceErrors.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable
from uuid import UUID

from sandbox import srp
from sandbox.core import Sandbox
from sandbox.passkeys import Passkey
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.schema import E164, EMAIL

LETTERS = "abcdefghijklmnoprstw"


def made_up_person(sandbox: Sandbox, pool: Pool, username: str) -> Person:
    """The same salt, id, address and number every time that name is tried; never stored.

    App and passkey setting let a made-up passkey stand for two factors wherever a real one may.
    """
    invented = _inventor(sandbox, pool, username)
    identity = str(UUID(bytes=invented("sub")[:16], version=4))
    salt = int.from_bytes(invented("salt")[:16], "big")
    verifier = srp.power_of_g(int.from_bytes(invented("verifier"), "big"))
    attributes = _reachable(username, invented("attributes"))
    return Person(
        pool.id,
        identity,
        identity,
        0,
        0,
        attributes=attributes,
        salt=f"{salt:x}",
        verifier=f"{verifier:x}",
        totp={},
        passkey_mfa=True,
    )


def made_up_passkeys(
    sandbox: Sandbox, pool: Pool, username: str, relying_party: str
) -> list[Passkey]:
    """Every other name seems to have a passkey, always the same one; nobody can use it."""
    chance = _inventor(sandbox, pool, username)("passkey")
    if chance[0] % 2:
        return []
    credential_id = base64.urlsafe_b64encode(chance[1:21]).decode().rstrip("=")
    transports = ["hybrid", "internal"] if chance[21] % 2 else ["internal"]
    return [Passkey(credential_id, pool.id, "", relying_party, name="", transports=transports)]


def _inventor(sandbox: Sandbox, pool: Pool, username: str) -> Callable[[str], bytes]:
    """Makes up bytes for a name: always the same, and never foreseeable."""
    seed = sandbox.fake_seed()

    def invented(what: str) -> bytes:
        return hmac.digest(seed, f"{what}|{pool.id}|{pool.folded(username)}".encode(), "sha256")

    return invented


def _reachable(username: str, chance: bytes) -> dict[str, str]:
    """An address and a number to pretend to send to: the typed one, if it is one."""
    local, domain = (LETTERS[each % len(LETTERS)] for each in chance[:2])
    number = int.from_bytes(chance[2:6], "big") % 10**4
    return {
        "email": username if EMAIL.fullmatch(username) else f"{local}@{domain}.example",
        "phone_number": username if E164.fullmatch(username) else f"+1555555{number:04}",
    }

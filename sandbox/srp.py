"""The server's side of SRP-6a as Cognito speaks it. Source: contract 5.9."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from functools import lru_cache

N = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E34"
    "04DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6"
    "F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A6916"
    "3FA8FD24CF5F83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C"
    "32905E462E36CE3BE39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA95"
    "6AE515D2261898FA051015728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA7157"
    "5D060C7DB3970F85A6E1E4C7ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D876"
    "02733EC86A64521F2B18177B200CBBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E"
    "4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2
SALT_BYTES = 16
SECRET_BITS = 256
DERIVED_KEY_LABEL = b"Caldera Derived Key\x01"
WINDOW = 4


def pad(number: int) -> bytes:
    """Big-endian, with a zero byte in front when the top bit is set."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def hashed(*parts: bytes) -> int:
    """SHA-256 of the parts, as a number."""
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


K = hashed(pad(N), pad(G))


def private_key(group: str, identity: str, password: str, salt: int) -> int:
    """x: what the password becomes. group: pool name or device group key."""
    secret = hashlib.sha256(f"{group}{identity}:{password}".encode()).digest()
    return hashed(pad(salt), secret)


def verifier(group: str, identity: str, password: str, salt: int) -> int:
    """v = g^x: what a server stores instead of the password."""
    return power_of_g(private_key(group, identity, password, salt))


def new_salt() -> int:
    """A fresh random salt."""
    return secrets.randbits(SALT_BYTES * 8)


def server_secret() -> int:
    """b: the server's random exponent of one attempt."""
    return secrets.randbits(SECRET_BITS) | 1


def server_public(b: int, v: int) -> int:
    """B = k*v + g^b."""
    return (K * v + power_of_g(b)) % N


def signing_key(a_public: int, b: int, b_public: int, v: int) -> bytes | None:
    """The 16-byte key both sides end with, or None when the exchange must be aborted."""
    u = hashed(pad(a_public), pad(b_public))
    if u == 0 or a_public % N == 0:
        return None
    shared = pow(a_public * pow(v, u, N) % N, b, N)
    prk = hmac.digest(pad(u), pad(shared), "sha256")
    return hmac.digest(prk, DERIVED_KEY_LABEL, "sha256")[:16]


def signature(key: bytes, group: str, identity: str, block: bytes, timestamp: str) -> bytes:
    """What the client signs to prove that it ended with the same key."""
    text = group.encode() + identity.encode() + block + timestamp.encode()
    return hmac.digest(key, text, "sha256")


def power_of_g(exponent: int) -> int:
    """g^exponent mod N from a table of powers: four times quicker than pow()."""
    result = 1
    for row in _powers():
        digit = exponent & (2**WINDOW - 1)
        if digit:
            result = result * row[digit] % N
        exponent >>= WINDOW
    return result


@lru_cache(maxsize=1)
def _powers() -> list[list[int]]:
    """Row i holds g^(digit * 16^i) for every digit."""
    rows = []
    base = G
    for _ in range(SECRET_BITS // WINDOW):
        row = [1]
        for _ in range(2**WINDOW - 1):
            row.append(row[-1] * base % N)
        rows.append(row)
        base = row[-1] * base % N
    return rows

"""Judging what a client signed at the end of an SRP exchange. Source: contract 5.9."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
import secrets
import time
from calendar import timegm
from typing import Any

from sandbox import srp
from sandbox.protocol import refusal
from sandbox.switches import Switches

SECRET_BLOCK_BYTES = 768
TIMESTAMP = re.compile(r"[A-Z][a-z]{2} [A-Z][a-z]{2} \d{1,2} \d\d:\d\d:\d\d UTC \d{4}")
TIMESTAMP_FORMAT = "%a %b %d %H:%M:%S UTC %Y"


def client_public(text: str) -> int:
    """A as the client sent it; refuses what would make the shared secret predictable."""
    try:
        a_public = int(text, 16) if text.isalnum() and text.isascii() else 0
    except ValueError:
        a_public = 0
    if a_public % srp.N == 0 or a_public > srp.N:
        raise refusal("srp_a_invalid")
    return a_public


def new_secret_block() -> str:
    """A fresh opaque block, which stands for the exchange."""
    return base64.b64encode(secrets.token_bytes(SECRET_BLOCK_BYTES)).decode()


def exchange(identity: str, verifier: str, a_public: int) -> dict[str, str]:
    """The server's side of a new exchange; all numbers in hex."""
    b = srp.server_secret()
    b_public = srp.server_public(b, int(verifier, 16))
    return {
        "identity": identity,
        "verifier": verifier,
        "a_public": f"{a_public:x}",
        "b": f"{b:x}",
        "b_public": f"{b_public:x}",
    }


def right_signature(
    group: str, flow: dict[str, Any], block: str, timestamp: str, claimed: str
) -> bool:
    """Whether the client ended with the same key. group: pool name or device group key."""
    numbers = (int(flow[name], 16) for name in ("a_public", "b", "b_public", "verifier"))
    key = srp.signing_key(*numbers)
    if key is None:
        return False
    try:
        signature = base64.b64decode(claimed, validate=True)
    except (binascii.Error, ValueError):
        return False
    decoded = base64.b64decode(block)
    expected = srp.signature(key, group, flow["identity"], decoded, timestamp)
    return hmac.compare_digest(expected, signature)


def check_timestamp(switches: Switches, timestamp: str) -> None:
    """Clients write their own real time, which does not follow the sandbox's clock."""
    try:
        if not TIMESTAMP.fullmatch(timestamp):
            raise ValueError(timestamp)
        written = timegm(time.strptime(timestamp, TIMESTAMP_FORMAT))
    except ValueError:
        raise refusal("timestamp_format") from None
    if abs(time.time() - written) > switches.srp_timestamp_tolerance_seconds:
        raise refusal("incorrect_password")

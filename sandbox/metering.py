"""Counts a request against the quotas: which pool it names and whom it is about."""

from __future__ import annotations

from sandbox.core import Call
from sandbox.protocol import Refusal


def meter(call: Call) -> None:
    """Refuse a request that is one too many; costs nothing while quotas are off."""
    quotas = call.sandbox.quotas
    if not quotas.on:
        return
    pool, person = _about(call)
    quotas.spend(call.operation, pool, person, call.input.get("ChallengeName", ""))


def _about(call: Call) -> tuple[str | None, str | None]:
    """The ids of pool and person; what cannot be told is refused by the operation itself."""
    sandbox, given = call.sandbox, call.input
    try:
        if "AccessToken" in given:
            claims = sandbox.tokens.verified(given["AccessToken"])
            return str(claims["pool"]), str(claims["sub"])
        if "UserPoolId" not in given:
            return None, None
        pool = sandbox.pools.get(given["UserPoolId"])
    except Refusal:
        return None, None
    person = sandbox.people.find(pool, given["Username"]) if "Username" in given else None
    return pool.id, person.sub if person else None

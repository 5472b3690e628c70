"""The Session that leads from sign-up over its confirmation into the first sign-in.

Only for clients with USER_AUTH and for the login pages, so that a newcomer types one code and not
two. Source: contract 5.1.
"""

from __future__ import annotations

from sandbox.core import Call
from sandbox.people import Person
from sandbox.pools import Client
from sandbox.protocol import refusal

SIGNED_UP = "signed up"
CONFIRMED = "confirmed"


def arrival(call: Call, client: Client, person: Person, stage: str) -> dict[str, str]:
    """The Session member of an answer; none for a client without USER_AUTH."""
    if "USER_AUTH" not in client.flows and not call.managed:
        return {}
    flow = {"challenge": stage, "pool": person.pool_id, "client": client.id, "sub": person.sub}
    return {"Session": call.sandbox.flows.open(flow, call.session_seconds(client))}


def use_arrival(call: Call, client: Client, person: Person, stage: str) -> bool:
    """Use the given Session up; False when none was given, refuses one that does not fit."""
    session = call.input.get("Session")
    if session is None:
        return False
    flow = call.sandbox.flows.read(session)
    if (flow["challenge"], flow["client"], flow["sub"]) != (stage, client.id, person.sub):
        raise refusal("session_invalid")
    call.sandbox.flows.consume(session)
    return True

"""Listing and ending sessions, and whether a pool tracks them. Source: contract 8.7."""

from __future__ import annotations

from typing import Any

from sandbox import sessions
from sandbox.core import Call, without_empty
from sandbox.operations.registry import Answer, operation
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import refusal
from sandbox.tokens import SignIn


@operation("SetUserPoolSessionConfiguration")
def set_user_pool_session_configuration(call: Call) -> Answer:
    """Replace how a pool tracks sessions."""
    pool = call.pool()
    _require_plan(pool)
    given = {name: call.input[name] for name in ("UserSessionTracking", "TokenSession")}
    return _pool_answer(_stored(call, pool, sessions=given))


@operation("GetUserPoolSessionConfiguration")
def get_user_pool_session_configuration(call: Call) -> Answer:
    """How a pool tracks sessions."""
    return _pool_answer(call.pool())


@operation("SetUserPoolClientSessionConfiguration")
def set_user_pool_client_session_configuration(call: Call) -> Answer:
    """Replace how long a client reuses an SSO session."""
    pool = call.pool()
    client = call.sandbox.pools.client(call.input["ClientId"], pool.id)
    _require_plan(pool)
    sessions.require_tracking(pool)
    known = pool.document.get("client_sessions", {})
    pool = _stored(call, pool, client_sessions={**known, client.id: call.input["SSOSession"]})
    return _client_answer(pool, client.id)


@operation("GetUserPoolClientSessionConfiguration")
def get_user_pool_client_session_configuration(call: Call) -> Answer:
    """How long a client reuses an SSO session."""
    pool = call.pool()
    return _client_answer(pool, call.sandbox.pools.client(call.input["ClientId"], pool.id).id)


@operation("ListUserSessions")
def list_user_sessions(call: Call) -> Answer:
    """One's active sessions through every client, the one that asks marked."""
    bearer = call.bearer()
    return _listed(call, bearer.pool, bearer.person, bearer.sign_in)


@operation("AdminListUserSessions")
def admin_list_user_sessions(call: Call) -> Answer:
    """Somebody's active sessions."""
    return _listed(call, *call.person())


@operation("RevokeUserSession")
def revoke_user_session(call: Call) -> Answer:
    """End another one of one's sessions."""
    bearer = call.bearer()
    sessions.require_tracking(bearer.pool)
    if call.input["SessionId"] == sessions.session_id(bearer.sign_in):
        raise refusal("own_session")
    return _revoked(call, bearer.person)


@operation("AdminRevokeUserSession")
def admin_revoke_user_session(call: Call) -> Answer:
    """End a session of somebody."""
    pool, person = call.person()
    sessions.require_tracking(pool)
    return _revoked(call, person)


def _revoked(call: Call, person: Person) -> Answer:
    found = sessions.active_session(call, person, call.input["SessionId"])
    linked = call.input.get("RevokeAssociatedSessions") == "LINKED"
    sessions.revoke(call, found, linked=linked)
    return {}


def _listed(call: Call, pool: Pool, person: Person, current: SignIn | None = None) -> Answer:
    sessions.require_tracking(pool)
    if "NextToken" in call.input:  # everything is on the first page, so none was ever given
        raise refusal("bad_next_token")
    own = current.id if current else None
    found = sessions.active_sessions(call, person)
    listed = [sessions.described(each, current=each.id == own) for each in reversed(found)]
    return without_empty({"Sessions": listed})


def _require_plan(pool: Pool) -> None:
    if pool.tier == "LITE":
        raise refusal("tier_too_low", feature="Session tracking", tier=pool.tier)


def _stored(call: Call, pool: Pool, **changes: Any) -> Pool:
    document = {**pool.document, **changes, "modified": call.sandbox.clock.stamp()}
    return call.sandbox.pools.save(pool.id, document)


def _pool_answer(pool: Pool) -> Answer:
    return {"UserPoolId": pool.id, **pool.session_settings}


def _client_answer(pool: Pool, client_id: str) -> Answer:
    known = pool.document.get("client_sessions", {})
    validity = known.get(client_id, sessions.DEFAULT_SSO)
    return {"UserPoolId": pool.id, "ClientId": client_id, "SSOSession": validity}

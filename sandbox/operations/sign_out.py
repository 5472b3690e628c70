"""Ending sign-ins. Source: contract 8.5."""

from __future__ import annotations

from sandbox import sessions
from sandbox.client_secrets import right_secret
from sandbox.core import Call
from sandbox.operations.registry import Answer, operation
from sandbox.protocol import Refusal, refusal


@operation("GlobalSignOut")
def global_sign_out(call: Call) -> Answer:
    """End every sign-in of one's own."""
    call.sandbox.tokens.revoke_all(call.bearer().person)
    return {}


@operation("AdminUserGlobalSignOut")
def admin_user_global_sign_out(call: Call) -> Answer:
    """End every sign-in of somebody."""
    _, person = call.person()
    call.sandbox.tokens.revoke_all(person)
    return {}


@operation("RevokeToken")
def revoke_token(call: Call) -> Answer:
    """End the one sign-in that a refresh token belongs to; twice is as good as once.

    RevokeAssociatedSessions ends the SSO session it came through, where the pool tracks sessions.
    """
    try:
        client = call.sandbox.pools.client(call.input["ClientId"])
    except Refusal:
        raise refusal("revoke_unauthorized") from None
    if not right_secret(client, call.input.get("ClientSecret")):
        raise refusal("revoke_unauthorized")
    if not client.revocation:
        raise refusal("revoke_off")
    if call.sandbox.tokens.looks_like_ours(call.input["Token"]):
        raise refusal("revoke_wrong_kind")
    found = call.sandbox.tokens.refreshed(call.input["Token"])
    if found is None or found[0].client_id != client.id:
        raise refusal("refresh_invalid")
    tracked = call.sandbox.pools.get(client.pool_id).tracks_sessions
    linked = tracked and call.input.get("RevokeAssociatedSessions") == "LINKED"
    sessions.revoke(call, found[0], linked=linked)
    return {}

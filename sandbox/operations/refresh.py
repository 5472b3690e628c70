"""Renewing tokens, with rotation where a client has it. Source: contract 8.6."""

from __future__ import annotations

from sandbox.client_secrets import check_secret_hash_at_refresh, right_secret
from sandbox.core import Call
from sandbox.operations.registry import Answer, operation
from sandbox.pools import Client
from sandbox.protocol import refusal
from sandbox.tokens import Bearer


def refresh(call: Call, client: Client) -> Answer:
    """InitiateAuth with REFRESH_TOKEN_AUTH: new access and ID tokens, never a challenge."""
    if "REFRESH_TOKEN_AUTH" not in client.flows:
        raise refusal("flow_not_enabled", flow="REFRESH_TOKEN_AUTH")
    parameters = call.input.get("AuthParameters", {})
    token = parameters.get("REFRESH_TOKEN")
    if not token:
        raise refusal("missing_parameter", name="REFRESH_TOKEN")
    if client.rotation_grace_seconds is not None:
        raise refusal("refresh_flow_with_rotation")
    bearer = renewable(call, client, token, parameters.get("DEVICE_KEY"))
    names = [bearer.person.username, bearer.person.sub]
    check_secret_hash_at_refresh(client, names, parameters.get("SECRET_HASH"))
    result = call.sandbox.tokens.result(bearer)
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


@operation("GetTokensFromRefreshToken")
def get_tokens_from_refresh_token(call: Call) -> Answer:
    """The same with the client secret in clear, and the only way when tokens rotate."""
    client = call.sandbox.pools.client(call.input["ClientId"])
    if not right_secret(client, call.input.get("ClientSecret")):
        raise refusal("secret_wrong", client=client.id)
    token = call.input["RefreshToken"]
    bearer = renewable(call, client, token, call.input.get("DeviceKey"))
    result = call.sandbox.tokens.result(bearer, rotated(call, bearer, token))
    return {"AuthenticationResult": result}


def renewable(call: Call, client: Client, token: str, device_key: str | None) -> Bearer:
    """The sign-in of a refresh token that is still good for this client."""
    found = call.sandbox.tokens.refreshed(token)
    if found is None or found[0].client_id != client.id:
        raise refusal("refresh_invalid")
    sign_in, replaced_at = found
    if sign_in.revoked:
        raise refusal("refresh_revoked")
    if call.now >= sign_in.refresh_until:
        raise refusal("refresh_expired")
    _refuse_rotated_out(call, client, replaced_at)
    pool = call.sandbox.pools.get(sign_in.pool_id)
    person = call.sandbox.people.by_sub(pool.id, sign_in.sub)
    if person is None or not person.enabled:
        raise refusal("refresh_revoked")
    bearer = Bearer(pool, client, person, sign_in)
    _refuse_other_device(call, bearer, device_key)
    call.sandbox.tokens.note_activity(sign_in, call.visit)
    if sign_in.sso:
        call.sandbox.sso.note_activity(sign_in.sso, call.visit)
    return bearer


def _refuse_other_device(call: Call, bearer: Bearer, presented: str | None) -> None:
    """Where devices are tracked, only the confirmed device of a sign-in renews it."""
    bound = bearer.sign_in.device_key
    if not bearer.pool.tracks_devices or bound is None:
        return
    if not call.sandbox.devices.can_renew(bearer.person, bound, presented):
        raise refusal("refresh_invalid")


def _refuse_rotated_out(call: Call, client: Client, replaced_at: float | None) -> None:
    if replaced_at is None:
        return
    if call.now > replaced_at + (client.rotation_grace_seconds or 0):
        raise refusal("refresh_reused")


def rotated(call: Call, bearer: Bearer, token: str) -> str | None:
    """The next refresh token where the client rotates them; it inherits the lifetime."""
    if bearer.client.rotation_grace_seconds is None:
        return None
    call.sandbox.tokens.replace(token)
    return call.sandbox.tokens.new_refresh_token(bearer.sign_in)

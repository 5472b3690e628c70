"""App clients of a pool: made, changed, described, listed, deleted."""

from __future__ import annotations

from typing import Any

from sandbox.core import Call
from sandbox.oauth_rules import check_oauth
from sandbox.operations.pools import paged
from sandbox.operations.registry import Answer, operation
from sandbox.pools import (
    DEFAULT_FLOWS,
    SECONDS,
    SECRETS,
    Client,
    new_client_id,
    new_client_secret,
)
from sandbox.protocol import refusal

Document = dict[str, Any]
DEFAULTS: Document = {
    "RefreshTokenValidity": 30,
    "TokenValidityUnits": {},
    "ExplicitAuthFlows": DEFAULT_FLOWS,
    "AllowedOAuthFlowsUserPoolClient": False,
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
}
LEAST_AND_MOST = {
    "AccessToken": (300, 86400, "hours"),
    "IdToken": (300, 86400, "hours"),
    "RefreshToken": (3600, 315360000, "days"),
}


@operation("CreateUserPoolClient")
def create_user_pool_client(call: Call) -> Answer:
    """Make a client, with a secret if asked."""
    return {"UserPoolClient": described(make_client(call, new_client_id()))}


def make_client(call: Call, client_id: str) -> Client:
    """Make a client with an id of one's choice, from the input of CreateUserPoolClient."""
    pool, given = call.pool(), call.input
    if given.get("GenerateSecret") and "ClientSecret" in given:
        raise refusal("secret_conflict")
    settings = DEFAULTS | _settings(given)
    _check(settings)
    if given.get("GenerateSecret"):
        settings["ClientSecret"] = new_client_secret()
    _check_oauth(call, pool.id, settings)
    settings["CreationDate"] = settings["LastModifiedDate"] = call.sandbox.clock.stamp()
    return call.sandbox.pools.save_client(client_id, pool.id, settings)


@operation("UpdateUserPoolClient")
def update_user_pool_client(call: Call) -> Answer:
    """Change a client; what is omitted goes back to its default, but for name and secret."""
    pool = call.pool()
    client = call.sandbox.pools.client(call.input["ClientId"], pool.id)
    kept = {
        name: client.settings[name]
        for name in ("ClientName", "ClientSecret", SECRETS, "CreationDate")
        if name in client.settings
    }
    settings = DEFAULTS | kept | _settings(call.input)
    _check(settings)
    _check_oauth(call, pool.id, settings)
    settings["LastModifiedDate"] = call.sandbox.clock.stamp()
    changed = call.sandbox.pools.save_client(client.id, pool.id, settings)
    return {"UserPoolClient": described(changed)}


@operation("DescribeUserPoolClient")
def describe_user_pool_client(call: Call) -> Answer:
    """Everything about a client, its secret too."""
    pool = call.pool()
    return {"UserPoolClient": described(call.sandbox.pools.client(call.input["ClientId"], pool.id))}


@operation("ListUserPoolClients")
def list_user_pool_clients(call: Call) -> Answer:
    """Names and ids of a pool's clients."""
    page, following = paged(call, call.sandbox.pools.clients_of(call.pool().id))
    listed = [
        {
            "ClientId": client.id,
            "UserPoolId": client.pool_id,
            "ClientName": client.settings["ClientName"],
        }
        for client in page
    ]
    return {"UserPoolClients": listed, **following}


@operation("DeleteUserPoolClient")
def delete_user_pool_client(call: Call) -> None:
    """Delete a client; its tokens end with it."""
    pool = call.pool()
    call.sandbox.pools.remove_client(call.sandbox.pools.client(call.input["ClientId"], pool.id))


def described(client: Client) -> Document:
    """A UserPoolClientType."""
    shown = {name: each for name, each in client.settings.items() if name != SECRETS}
    return {"UserPoolId": client.pool_id, "ClientId": client.id, **shown}


def _settings(given: Document) -> Document:
    ignored = ("UserPoolId", "ClientId", "GenerateSecret")
    return {name: value for name, value in given.items() if name not in ignored}


def _check_oauth(call: Call, pool_id: str, settings: Document) -> None:
    scopes = call.sandbox.resource_servers.scopes(pool_id)
    check_oauth(settings, scopes, has_secret="ClientSecret" in settings)


def _check(settings: Document) -> None:
    flows = settings["ExplicitAuthFlows"]
    if len({flow.startswith("ALLOW_") for flow in flows}) > 1:
        raise refusal("mixed_flows")
    for token, (least, most, default_unit) in LEAST_AND_MOST.items():
        unit = settings["TokenValidityUnits"].get(token, default_unit)
        value = settings.get(f"{token}Validity") or None
        if value is not None and not least <= value * SECONDS[unit] <= most:
            raise refusal("bad_validity")

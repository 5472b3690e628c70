"""Resource servers: made, changed, described, listed, deleted. Source: the service model."""

from __future__ import annotations

from typing import Any

from sandbox.core import Call
from sandbox.operations.pools import paged
from sandbox.operations.registry import Answer, operation
from sandbox.protocol import refusal

Document = dict[str, Any]


@operation("CreateResourceServer")
def create_resource_server(call: Call) -> Answer:
    """Make a resource server with its scopes."""
    pool = call.pool()
    if call.sandbox.resource_servers.get(pool.id, call.input["Identifier"]):
        raise refusal("resource_server_exists", identifier=call.input["Identifier"])
    return {"ResourceServer": _saved(call)}


@operation("UpdateResourceServer")
def update_resource_server(call: Call) -> Answer:
    """Replace name and scopes; scopes that are omitted are gone."""
    _named(call)
    return {"ResourceServer": _saved(call)}


@operation("DescribeResourceServer")
def describe_resource_server(call: Call) -> Answer:
    """One resource server."""
    return {"ResourceServer": _named(call)}


@operation("ListResourceServers")
def list_resource_servers(call: Call) -> Answer:
    """Every resource server of a pool."""
    page, following = paged(call, call.sandbox.resource_servers.of(call.pool().id))
    return {"ResourceServers": page, **following}


@operation("DeleteResourceServer")
def delete_resource_server(call: Call) -> None:
    """Delete a resource server."""
    call.sandbox.resource_servers.remove(_named(call))


def _named(call: Call) -> Document:
    pool, identifier = call.pool(), call.input["Identifier"]
    server = call.sandbox.resource_servers.get(pool.id, identifier)
    if server is None:
        raise refusal("unknown_resource_server", identifier=identifier)
    return server


def _saved(call: Call) -> Document:
    server = {name: call.input[name] for name in ("UserPoolId", "Identifier", "Name")}
    server["Scopes"] = call.input.get("Scopes", [])
    call.sandbox.resource_servers.save(server)
    return server

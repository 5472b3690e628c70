"""A second secret of a client, so that one can be replaced while both work.

Source: the service model's own words on these operations; contract 5.8.
"""

from __future__ import annotations

from typing import Any

from sandbox.core import Call
from sandbox.operations.registry import Answer, operation
from sandbox.pools import SECRETS, Client, Document, new_client_secret
from sandbox.protocol import refusal

MOST = 2


@operation("AddUserPoolClientSecret")
def add_user_pool_client_secret(call: Call) -> Answer:
    """Give a client a second secret; it is shown once, and only if it was made here."""
    client, given = _client(call), call.input.get("ClientSecret")
    if not client.secret_list:
        raise refusal("client_without_secret", client=client.id)
    if len(client.secret_list) >= MOST:
        raise refusal("too_many_secrets")
    made = {
        "ClientSecretId": _new_id(client, int(call.now)),
        "ClientSecretValue": given or new_client_secret(),
        "ClientSecretCreateDate": call.sandbox.clock.stamp(),
    }
    _store(call, client, [*client.secret_list, made])
    return {"ClientSecretDescriptor": _shown(made) if given else made}


@operation("ListUserPoolClientSecrets")
def list_user_pool_client_secrets(call: Call) -> Answer:
    """Ids and dates of a client's secrets, oldest first, never their values."""
    return {"ClientSecrets": [_shown(each) for each in _client(call).secret_list]}


@operation("DeleteUserPoolClientSecret")
def delete_user_pool_client_secret(call: Call) -> Answer:
    """Take one of two secrets away; what was signed with it is refused from now on."""
    client, wanted = _client(call), call.input["ClientSecretId"]
    left = [each for each in client.secret_list if each["ClientSecretId"] != wanted]
    if len(left) == len(client.secret_list):
        raise refusal("unknown_secret")
    if not left:
        raise refusal("last_secret")
    _store(call, client, left)
    return {}


def _client(call: Call) -> Client:
    return call.sandbox.pools.client(call.input["ClientId"], call.pool().id)


def _store(call: Call, client: Client, secrets: list[Document]) -> None:
    settings = {
        **client.settings,
        SECRETS: secrets,
        "ClientSecret": secrets[0]["ClientSecretValue"],
        "LastModifiedDate": call.sandbox.clock.stamp(),
    }
    call.sandbox.pools.save_client(client.id, client.pool_id, settings)


def _new_id(client: Client, seconds: int) -> str:
    """`<client id>--<second of its making>`, a second later where that is taken."""
    known = [each["ClientSecretId"] for each in client.secret_list]
    while f"{client.id}--{seconds}" in known:
        seconds += 1
    return f"{client.id}--{seconds}"


def _shown(secret: Document) -> dict[str, Any]:
    return {name: value for name, value in secret.items() if name != "ClientSecretValue"}

"""One's own passkeys: registered, listed, deleted. Source: contract 7."""

from __future__ import annotations

from sandbox.core import Call
from sandbox.operations.registry import Answer, operation
from sandbox.page_tokens import position_of, token_of
from sandbox.passkey_registration import begin_registration, finish_registration
from sandbox.passkeys import MOST


@operation("StartWebAuthnRegistration")
def start_web_authn_registration(call: Call) -> Answer:
    """A challenge, and what a browser needs to make a passkey for this account."""
    bearer = call.bearer()
    options = begin_registration(call.sandbox, bearer.pool, bearer.client.id, bearer.person)
    return {"CredentialCreationOptions": options}


@operation("CompleteWebAuthnRegistration")
def complete_web_authn_registration(call: Call) -> Answer:
    """Keep the passkey that a browser made."""
    bearer, answer = call.bearer(), call.input["Credential"]
    finish_registration(call.sandbox, bearer.pool, bearer.client.id, bearer.person, answer)
    return {}


@operation("ListWebAuthnCredentials")
def list_web_authn_credentials(call: Call) -> Answer:
    """One's passkeys, oldest first; they stay listed where the pool no longer allows them."""
    bearer = call.bearer()
    most = call.input.get("MaxResults") or MOST
    after = position_of(call.input.get("NextToken"))
    found = call.sandbox.passkeys.page(bearer.person, after, most + 1)
    listed = [passkey.described() for _, passkey in found[:most]]
    following = {"NextToken": token_of(found[most - 1][0])} if len(found) > most else {}
    return {"Credentials": listed, **following}


@operation("DeleteWebAuthnCredential")
def delete_web_authn_credential(call: Call) -> Answer:
    """Delete one of one's own passkeys, be it the last."""
    bearer = call.bearer()
    call.sandbox.passkeys.remove(bearer.person, call.input["CredentialId"])
    return {}

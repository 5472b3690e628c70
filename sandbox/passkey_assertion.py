"""Proving that one holds a passkey. The `webauthn` library checks the signature.

Nothing here knows of the JSON API: managed login asks and judges with the same functions.
Source: contract 7.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webauthn import generate_authentication_options, verify_authentication_response
from webauthn.authentication.verify_authentication_response import VerifiedAuthentication
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
)
from webauthn.helpers.structs import AuthenticationCredential, UserVerificationRequirement

from sandbox.core import Sandbox
from sandbox.nobody import made_up_passkeys
from sandbox.passkeys import Passkey, reading, user_handle
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import Refusal, refusal
from sandbox.relying_party import allowed_origin, relying_party_id, user_verification

CHALLENGE_BYTES = 16


@dataclass
class Question:
    """A challenge, and the options by which a browser is asked to answer it."""

    challenge: str
    options: dict[str, Any]


def usable_passkeys(
    sandbox: Sandbox, pool: Pool, person: Person, nobody: str | None = None
) -> list[Passkey]:
    """Passkeys of the pool's present domain; one of another domain no browser would offer.

    nobody: the name that was typed, when the person was made up for it.
    """
    relying_party = relying_party_id(sandbox, pool)
    if relying_party is None:
        return []
    if nobody:
        return made_up_passkeys(sandbox, pool, nobody, relying_party)
    return [each for each in sandbox.passkeys.of(person) if each.relying_party == relying_party]


def begin_assertion(pool: Pool, passkeys: Sequence[Passkey], seconds: int) -> Question:
    """What `navigator.credentials.get()` needs to choose one of these passkeys.

    seconds: how long the answer may take. There is at least one passkey.
    """
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    options = generate_authentication_options(
        rp_id=passkeys[0].relying_party,
        challenge=challenge,
        timeout=seconds * 1000,
        user_verification=UserVerificationRequirement(user_verification(pool)),
    )
    allowed = [passkey.allowed() for passkey in passkeys]
    written = options_to_json_dict(options) | {"allowCredentials": allowed}
    return Question(bytes_to_base64url(challenge), written)


def read_assertion(answer: str) -> AuthenticationCredential:
    """An AuthenticationResponseJSON; refuses any other text."""
    with reading("passkey_unreadable"):
        return parse_authentication_credential_json(answer)


def right_assertion(
    sandbox: Sandbox,
    pool: Pool,
    person: Person,
    passkeys: Sequence[Passkey],
    challenge: str,
    given: AuthenticationCredential,
) -> bool:
    """Whether one of these passkeys of the person answered; its counter moves on.

    challenge: that of the Question, which the caller lets nobody answer twice.
    """
    passkey = next((each for each in passkeys if each.credential_id == given.id), None)
    if passkey is None or not _fits(given.response.user_handle, person):
        return False
    try:
        with reading("wrong_passkey"):
            used = _verified(sandbox, pool, passkey, challenge, given)
    except Refusal:
        return False
    passkey.sign_count = used.new_sign_count
    sandbox.passkeys.save(passkey)
    return True


def _fits(handle: bytes | None, person: Person) -> bool:
    """Whether the authenticator keeps this passkey for this person; it may leave that out."""
    return handle is None or hmac.compare_digest(handle, user_handle(person))


def _verified(
    sandbox: Sandbox,
    pool: Pool,
    passkey: Passkey,
    challenge: str,
    given: AuthenticationCredential,
) -> VerifiedAuthentication:
    origin = parse_client_data_json(given.response.client_data_json).origin
    if not allowed_origin(origin, passkey.relying_party, sandbox.switches):
        raise refusal("wrong_passkey")
    return verify_authentication_response(
        credential=given,
        expected_challenge=base64url_to_bytes(challenge),
        expected_rp_id=passkey.relying_party,
        expected_origin=origin,
        credential_public_key=base64url_to_bytes(passkey.public_key),
        credential_current_sign_count=passkey.sign_count,
        require_user_verification=user_verification(pool) == "required",
    )

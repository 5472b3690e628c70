"""Registering a passkey. The `webauthn` library checks what the authenticator made.

Nothing here knows of the JSON API: managed login may register passkeys with the same functions.
Source: contract 7.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from webauthn import generate_registration_options, verify_registration_response
from webauthn.helpers import (
    base64url_to_bytes,
    bytes_to_base64url,
    decode_credential_public_key,
    options_to_json_dict,
    parse_attestation_object,
    parse_cbor,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.cose import COSEAlgorithmIdentifier
from webauthn.helpers.structs import (
    AttestationFormat,
    AttestationObject,
    AuthenticatorAttachment,
    AuthenticatorSelectionCriteria,
    RegistrationCredential,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)
from webauthn.registration.verify_registration_response import VerifiedRegistration

from sandbox.core import Sandbox
from sandbox.factors import WEB_AUTHN
from sandbox.passkeys import MOST, Passkey, reading, user_handle
from sandbox.people import Person
from sandbox.pools import Pool
from sandbox.protocol import Refusal, refusal
from sandbox.relying_party import allowed_origin, relying_party_id, user_verification
from sandbox.switches import Switches

ALGORITHMS = [
    COSEAlgorithmIdentifier.ECDSA_SHA_256,
    COSEAlgorithmIdentifier.RSASSA_PKCS1_v1_5_SHA_256,
]
FORMATS = [each.value for each in AttestationFormat]
CHALLENGE_BYTES = 16
LONGEST_ID = 1023  # WebAuthn level 3, 7.1
DIALOG_MILLISECONDS = 60_000
Options = dict[str, Any]


def begin_registration(sandbox: Sandbox, pool: Pool, client_id: str, person: Person) -> Options:
    """What `navigator.credentials.create()` needs; an earlier challenge is superseded."""
    _refuse_where_off(pool)
    relying_party = relying_party_id(sandbox, pool)
    if relying_party is None:
        raise refusal("passkey_domain_missing")
    passkeys = sandbox.passkeys.of(person)
    if len(passkeys) >= MOST:
        raise refusal("too_many_passkeys")
    challenge = secrets.token_bytes(CHALLENGE_BYTES)
    person.passkey_pending = {
        "challenge": bytes_to_base64url(challenge),
        "client": client_id,
        "expires": sandbox.clock.now() + sandbox.switches.passkey_challenge_seconds,
    }
    sandbox.people.touch(person)
    options = generate_registration_options(
        rp_id=relying_party,
        rp_name=relying_party,
        user_id=user_handle(person),
        user_name=_shown_name(pool, person),
        challenge=challenge,
        timeout=DIALOG_MILLISECONDS,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement(user_verification(pool)),
        ),
        supported_pub_key_algs=ALGORITHMS,
    )
    excluded = [passkey.excluded() for passkey in passkeys]
    return options_to_json_dict(options) | {"excludeCredentials": excluded}


def finish_registration(
    sandbox: Sandbox, pool: Pool, client_id: str, person: Person, answer: Any
) -> Passkey:
    """Check a RegistrationResponseJSON and keep its passkey; the challenge is used up."""
    _refuse_where_off(pool)
    challenge = _pending_challenge(sandbox, client_id, person)
    try:
        passkey = _checked(sandbox, pool, person, challenge, answer)
        if not sandbox.passkeys.add(passkey):
            raise refusal("passkey_unreadable")
    except Refusal as no:
        _after_refusal(sandbox, person, no)
        raise
    _use_up(sandbox, person)
    return passkey


def _refuse_where_off(pool: Pool) -> None:
    if WEB_AUTHN not in pool.first_factors or pool.tier == "LITE":
        raise refusal("passkeys_off")


def _shown_name(pool: Pool, person: Person) -> str:
    """The name a person signs in with: where usernames are made up, an attribute."""
    names = (person.attributes.get(attribute) for attribute in pool.username_attributes)
    return next((name for name in names if name), person.username)


def _pending_challenge(sandbox: Sandbox, client_id: str, person: Person) -> bytes:
    pending = person.passkey_pending
    if pending is None or sandbox.clock.now() >= pending["expires"]:
        raise refusal("passkey_challenge_gone")
    if pending["client"] != client_id:
        raise refusal("passkey_other_client")
    return base64url_to_bytes(pending["challenge"])


def _checked(
    sandbox: Sandbox, pool: Pool, person: Person, challenge: bytes, answer: Any
) -> Passkey:
    """The passkey an authenticator made, if it fits challenge, domain and pool."""
    relying_party = relying_party_id(sandbox, pool) or ""
    with reading("passkey_unreadable"):
        given = parse_registration_credential_json(answer)
        client = parse_client_data_json(given.response.client_data_json)
        attestation = _attestation(given.response.attestation_object)
    if client.challenge != challenge:
        raise refusal("passkey_challenge_gone")
    if not allowed_origin(client.origin, relying_party, sandbox.switches):
        raise refusal("passkey_origin")
    if attestation.auth_data.rp_id_hash != hashlib.sha256(relying_party.encode()).digest():
        raise refusal("passkey_other_domain")
    verified_user = user_verification(pool) == "required"
    _refuse_unsupported(attestation, verified_user)
    with reading("passkey_unreadable"):
        made = verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=relying_party,
            expected_origin=client.origin,
            require_user_verification=verified_user,
            supported_pub_key_algs=ALGORITHMS,
        )
    if given.raw_id != made.credential_id or len(made.credential_id) > LONGEST_ID:
        raise refusal("passkey_unreadable")
    return _passkey(sandbox, person, relying_party, given, made)


def _attestation(told: bytes) -> AttestationObject:
    """Of a number in place of its data the library would make as many bytes as it says."""
    if not isinstance(parse_cbor(told)["authData"], bytes):
        raise refusal("passkey_unreadable")
    return parse_attestation_object(told)


def _refuse_unsupported(attestation: AttestationObject, verified_user: bool) -> None:
    made = attestation.auth_data.attested_credential_data
    with reading("passkey_unreadable"):
        key = decode_credential_public_key(made.credential_public_key) if made else None
    if key is None:
        raise refusal("passkey_unreadable")
    if key.alg not in ALGORITHMS or attestation.fmt not in FORMATS:
        raise refusal("passkey_unsupported")
    if verified_user and not attestation.auth_data.flags.uv:
        raise refusal("passkey_unsupported")


def _passkey(
    sandbox: Sandbox,
    person: Person,
    relying_party: str,
    given: RegistrationCredential,
    made: VerifiedRegistration,
) -> Passkey:
    return Passkey(
        credential_id=bytes_to_base64url(made.credential_id),
        pool_id=person.pool_id,
        sub=person.sub,
        relying_party=relying_party,
        name=_friendly_name(given, sandbox.switches),
        public_key=bytes_to_base64url(made.credential_public_key),
        sign_count=made.sign_count,
        created=sandbox.clock.stamp(),
        attachment=given.authenticator_attachment and given.authenticator_attachment.value,
        transports=[each.value for each in given.response.transports or ()],
    )


def _friendly_name(given: RegistrationCredential, switches: Switches) -> str:
    if given.authenticator_attachment == AuthenticatorAttachment.CROSS_PLATFORM:
        return switches.roaming_passkey_name
    return switches.platform_passkey_name


def _after_refusal(sandbox: Sandbox, person: Person, no: Refusal) -> None:
    if not sandbox.switches.refused_passkey_keeps_challenge:
        _use_up(sandbox, person)
        no.counts = True


def _use_up(sandbox: Sandbox, person: Person) -> None:
    person.passkey_pending = None
    sandbox.people.touch(person)

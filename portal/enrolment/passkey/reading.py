"""What a browser's answer says of the passkey it made: read for display, judged by Cognito."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from webauthn.helpers.structs import RegistrationCredential

# How the library says no where CBOR is odd: by exceptions of what it stands on.
ODD = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class Unreadable(Exception):
    """This is no RegistrationResponseJSON."""


@dataclass(frozen=True)
class Made:
    """A passkey just made. id and challenge are base64url, as browsers write them.

    aaguid: the model of the authenticator, by its own word; None where it says none.
    is_verified: whether the authenticator checked who holds it.
    """

    id: str = field(repr=False)
    challenge: str = field(repr=False)
    aaguid: UUID | None
    is_synchronised: bool
    is_verified: bool


def read(answer: Mapping[str, Any]) -> Made:
    """Read a RegistrationResponseJSON (Web Authentication level 3, 5.1). Errors: Unreadable."""
    # Loaded with the first passkey: it judges attestations, too, which the pool does, and for that
    # loads three more libraries, a thirtieth of the start and of the memory.
    from webauthn import helpers  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        given = helpers.parse_registration_credential_json(dict(answer))
        client = helpers.parse_client_data_json(given.response.client_data_json)
        data = helpers.parse_authenticator_data(_authenticator_data(given))
    except (WebAuthnException, *ODD) as problem:
        raise Unreadable from problem
    if data.attested_credential_data is None:
        raise Unreadable
    aaguid = UUID(bytes=data.attested_credential_data.aaguid)
    return Made(
        id=given.id,
        challenge=helpers.bytes_to_base64url(client.challenge),
        aaguid=aaguid if aaguid.int else None,
        is_synchronised=data.flags.bs,
        is_verified=data.flags.uv,
    )


def _authenticator_data(given: "RegistrationCredential") -> bytes:
    """The member `authData` of the attestation object. Errors: Unreadable, and those of ODD.

    Of a number the library would make as many bytes as it says: a machine full for a few letters.
    """
    from webauthn import helpers  # noqa: PLC0415

    told = helpers.parse_cbor(given.response.attestation_object)["authData"]
    if not isinstance(told, bytes):
        raise Unreadable
    return told

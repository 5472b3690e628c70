"""What a browser's answer says of the passkey it made: read for display, judged by Cognito."""

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

# How the library says no to what is odd: by exceptions of what it stands on.
ODD = (
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
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
    # Loaded with the first passkey.
    from fido2.utils import websafe_encode  # noqa: PLC0415
    from fido2.webauthn import RegistrationResponse  # noqa: PLC0415

    try:
        given = RegistrationResponse.from_dict(answer)
        response = given.response
        data = response.attestation_object.auth_data
    except ODD as problem:
        raise Unreadable from problem
    if data.credential_data is None:
        raise Unreadable
    aaguid = UUID(bytes=bytes(data.credential_data.aaguid))
    return Made(
        id=given.id,
        challenge=websafe_encode(response.client_data.challenge),
        aaguid=aaguid if aaguid.int else None,
        is_synchronised=data.is_backed_up(),
        is_verified=data.is_user_verified(),
    )

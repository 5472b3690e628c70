"""The arithmetic of a password proof, by pycognito: typed here, written there."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from pycognito.aws_srp import AWSSRP

from accounts.cognito import client
from accounts.cognito.errors import CognitoFailed


def secret_hash(username: str, client_id: str, client_secret: str) -> str:
    """Base64 of HMAC-SHA256 over name and client id (contract 5.8)."""
    digest: str = AWSSRP.get_secret_hash(username, client_id, client_secret)  # type: ignore[no-untyped-call]
    return digest


class Exchange:
    """One SRP exchange: our public value, then the proof for the server's answer."""

    def __init__(self, username: str, password: str) -> None:
        self._srp: Any = AWSSRP(  # type: ignore[no-untyped-call]
            username,
            password,
            settings.COGNITO_USER_POOL_ID,
            settings.COGNITO_CLIENT_ID,
            client=client.self_service(),
            client_secret=settings.COGNITO_CLIENT_SECRET or None,
        )

    @property
    def public_value(self) -> str:
        """SRP_A in hexadecimal."""
        return str(self._srp.get_auth_params()["SRP_A"])

    def proof(self, parameters: Mapping[str, str], username: str) -> dict[str, str]:
        """The responses to PASSWORD_VERIFIER. Errors: CognitoFailed. Source: contract 5.9."""
        try:
            answers: dict[str, str] = self._srp.process_challenge(
                parameters, {"USERNAME": username}
            )
        except (KeyError, ValueError) as surprise:
            raise CognitoFailed("InitiateAuth", "UnknownAnswer") from surprise
        return answers

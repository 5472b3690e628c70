"""The arithmetic of a password's and a device's proof, by pycognito: typed here, written there."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from pycognito.aws_srp import AWSSRP, generate_hash_device

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


def device_secret(key: str, group_key: str) -> tuple[str, dict[str, str]]:
    """Invent a device's secret: the secret, and its DeviceSecretVerifierConfig (contract 5.9)."""
    secret, verifier = generate_hash_device(group_key, key)  # type: ignore[no-untyped-call]
    return str(secret), dict(verifier)


class DeviceExchange:
    """The same exchange for a device: its key for a name, its secret for a password."""

    def __init__(self, username: str, *, key: str, group_key: str, secret: str) -> None:
        self._srp: Any = AWSSRP(  # type: ignore[no-untyped-call]
            username,
            "",
            settings.COGNITO_USER_POOL_ID,
            settings.COGNITO_CLIENT_ID,
            client=client.self_service(),
            client_secret=settings.COGNITO_CLIENT_SECRET or None,
            device_key=key,
            device_group_key=group_key,
            device_password=secret,
        )

    @property
    def opening(self) -> dict[str, str]:
        """The responses to DEVICE_SRP_AUTH."""
        parameters = self._srp.get_auth_params()
        return {"DEVICE_KEY": parameters["DEVICE_KEY"], "SRP_A": parameters["SRP_A"]}

    def proof(self, parameters: Mapping[str, str]) -> dict[str, str]:
        """The responses to DEVICE_PASSWORD_VERIFIER (contract 5.9). Errors: CognitoFailed."""
        try:
            answers: dict[str, str] = self._srp.process_device_challenge(parameters)
        except (KeyError, ValueError) as surprise:
            raise CognitoFailed("RespondToAuthChallenge", "UnknownAnswer") from surprise
        return answers

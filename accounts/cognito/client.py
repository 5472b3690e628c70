"""The connections to Cognito, one per purpose and process.

`self_service` checks and sends codes, so it never repeats a call: a proof is never sent twice,
and botocore would count LimitExceededException as a throttle (contract 1.7). `reads` may repeat
once. `administration` reads signed with IAM, and `administration_once` changes so, without
repeating: a reset may send a code. The unsigned ones never look for credentials.
"""

from collections.abc import Callable
from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import boto3
from botocore import UNSIGNED
from botocore.config import Config
from django.conf import settings

from accounts.cognito import calls

if TYPE_CHECKING:
    from mypy_boto3_cognito_idp import CognitoIdentityProviderClient

_building = Lock()


def _config(*, attempts: int, signed: bool = False) -> Config:
    config = Config(
        connect_timeout=settings.COGNITO_CONNECT_TIMEOUT.total_seconds(),
        read_timeout=settings.COGNITO_READ_TIMEOUT.total_seconds(),
        retries={"total_max_attempts": attempts, "mode": "standard"},
        max_pool_connections=settings.COGNITO_CONNECTIONS,
        # botocore otherwise composes its own for every single call.
        user_agent="cognito-mfa-portal",
        # The portal validates at its own edge; Cognito does at its.
        parameter_validation=True,
    )
    return config if signed else config.merge(Config(signature_version=UNSIGNED))


@cache
def _session() -> boto3.session.Session:
    """One for all clients: what it knows of AWS is read and kept once instead of four times."""
    return boto3.session.Session(region_name=settings.COGNITO_REGION)


def _build(config: Config) -> "CognitoIdentityProviderClient":
    # boto3's sessions are not safe to share while they build a client.
    with _building:
        client = _session().client("cognito-idp", config=config)
    calls.watch(client.meta.events)
    return client


@cache
def self_service() -> "CognitoIdentityProviderClient":
    return _build(_config(attempts=1))


@cache
def reads() -> "CognitoIdentityProviderClient":
    return _build(_config(attempts=2))


@cache
def administration() -> "CognitoIdentityProviderClient":
    return _build(_config(attempts=2, signed=True))


@cache
def administration_once() -> "CognitoIdentityProviderClient":
    return _build(_config(attempts=1, signed=True))


PURPOSES: tuple[Callable[[], "CognitoIdentityProviderClient"], ...] = (
    self_service,
    reads,
    administration,
    administration_once,
)


def build_all() -> None:
    """Build every client now: called once where a server starts."""
    for purpose in PURPOSES:
        purpose()

"""Everything a pool and its clients say of themselves, for `manage.py doctor` alone."""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings

from accounts.cognito import client, identities, people, sign_in, tokens
from accounts.cognito.errors import (
    CognitoError,
    Misconfigured,
    PasswordRejected,
    cognito_errors,
)
from accounts.cognito.identities import Identity

PAGE = 60
Reply = Mapping[str, Any]


@dataclass(frozen=True)
class Configuration:
    """Cognito's own replies, as far as they could be read; unread: operation and reason."""

    pool: Mapping[str, Any] | None = None
    mfa: Mapping[str, Any] | None = None
    client: Mapping[str, Any] | None = None
    others: tuple[Mapping[str, Any], ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    # Without the client's settings: what happened when its flow was tried.
    flow_refused: str = ""
    keys_readable: bool = True
    # Operations that the way back in needs and may not call.
    rights_missing: tuple[str, ...] = ()
    # Those of the profiles, and the portal's own, where any profile is set.
    identities: tuple[Identity, ...] = ()


def read_configuration() -> Configuration:
    """Read what may be read; what is refused is named, and its part tried where it can be."""
    unread: dict[str, str] = {}

    def read(operation: str, ask: Callable[[], Reply]) -> Reply | None:
        try:
            return ask()
        except CognitoError as refusal:
            unread[operation] = refusal.code
            return None

    pool = read("DescribeUserPool", _pool)
    mfa = read("GetUserPoolMfaConfig", _mfa)
    own = read("DescribeUserPoolClient", lambda: _client(settings.COGNITO_CLIENT_ID))
    others = read("ListUserPoolClients", _others)
    return Configuration(
        pool=pool,
        mfa=mfa,
        client=own,
        others=tuple((others or {}).get("clients", ())),
        unread=unread,
        flow_refused="" if own is not None else _try_flow(),
        keys_readable=tokens.keys_readable(),
        rights_missing=people.rights_missing() if settings.RECOVERY else (),
        identities=identities.look(),
    )


def _pool() -> Reply:
    pool_id = settings.COGNITO_USER_POOL_ID
    with cognito_errors("DescribeUserPool", NotAuthorizedException=Misconfigured):
        return client.administration().describe_user_pool(UserPoolId=pool_id)["UserPool"]


def _mfa() -> Reply:
    pool_id = settings.COGNITO_USER_POOL_ID
    with cognito_errors("GetUserPoolMfaConfig", NotAuthorizedException=Misconfigured):
        return client.administration().get_user_pool_mfa_config(UserPoolId=pool_id)


def _client(client_id: str) -> Reply:
    with cognito_errors("DescribeUserPoolClient", NotAuthorizedException=Misconfigured):
        reply = client.administration().describe_user_pool_client(
            UserPoolId=settings.COGNITO_USER_POOL_ID, ClientId=client_id
        )
        return reply["UserPoolClient"]


def _others() -> Reply:
    return {"clients": [_client(each) for each in _ids() if each != settings.COGNITO_CLIENT_ID]}


def _ids() -> list[str]:
    with cognito_errors("ListUserPoolClients", NotAuthorizedException=Misconfigured):
        found: list[str] = []
        following: dict[str, Any] = {}
        while True:
            reply = client.administration().list_user_pool_clients(
                UserPoolId=settings.COGNITO_USER_POOL_ID, MaxResults=PAGE, **following
            )
            found += [each["ClientId"] for each in reply["UserPoolClients"]]
            if not reply.get("NextToken"):
                return found
            following = {"NextToken": reply["NextToken"]}


def _try_flow() -> str:
    """Try to sign in as nobody: a wrong password is the right answer. Returns what else came."""
    try:
        sign_in.start(f"doctor-{uuid.uuid4().hex}", uuid.uuid4().hex)
    except PasswordRejected:
        return ""
    except CognitoError as refusal:
        return refusal.code
    return ""

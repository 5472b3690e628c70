"""What Cognito issues: tokens, verified before anybody relies on them (TOK-01, TOK-02)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from json import JSONDecodeError
from typing import Any

import jwt
from django.conf import settings

from accounts.cognito.errors import CognitoUnreachable, SignInExpired

# Clocks of pool and portal may differ a little; `exp` is nevertheless never stretched by more.
CLOCK_SKEW_SECONDS = 10
# No list of keys, or one that cannot be read: that says nothing about the token.
NO_KEYS = (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError, JSONDecodeError, OSError)
REQUIRED = ["exp", "iat", "iss", "sub", "username", "token_use", "client_id", "auth_time"]


@dataclass(frozen=True)
class AccessToken:
    """A verified access token of our pool and client. Its text is never shown or logged."""

    value: str = field(repr=False)
    sub: str
    username: str
    issued_at: datetime
    authenticated_at: datetime
    expires_at: datetime
    groups: tuple[str, ...] = ()


@dataclass(frozen=True)
class Tokens:
    """What one sign-in or one refresh brought."""

    access: AccessToken
    # Absent where a refresh did not rotate: keep the one you have.
    refresh: str | None = field(repr=False, default=None)


@cache
def _keys(issuer: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(
        f"{issuer}/.well-known/jwks.json", cache_keys=True, lifespan=3600, timeout=5
    )


def keys_readable() -> bool:
    """Whether the pool's keys can be fetched now: without them no token is believed."""
    try:
        return bool(_keys(settings.COGNITO_ISSUER).get_signing_keys(refresh=True))
    except (*NO_KEYS, jwt.PyJWKClientError):
        return False


def _claims(text: str) -> dict[str, Any]:
    key = _keys(settings.COGNITO_ISSUER).get_signing_key_from_jwt(text)
    return jwt.decode(
        text,
        key.key,
        algorithms=["RS256"],
        issuer=settings.COGNITO_ISSUER,
        leeway=CLOCK_SKEW_SECONDS,
        options={
            "require": REQUIRED,
            "verify_aud": False,  # an access token of an API sign-in has none (contract 8.1)
        },
    )


def verified(text: str) -> AccessToken:
    """Check an access token against the pool's own keys.

    RS256 only, key by `kid` from the pool's JWKS, exact issuer, our client, `token_use` access,
    not expired. Errors: SignInExpired, CognitoUnreachable. Source: contract 8.1; TOK-01.
    """
    try:
        claims = _claims(text)
    except NO_KEYS as silence:
        raise CognitoUnreachable("JWKS", type(silence).__name__) from silence
    except jwt.PyJWTError as refusal:
        raise SignInExpired("AccessToken", type(refusal).__name__) from refusal
    is_access = claims["token_use"] == "access"  # noqa: S105  (a kind of token, no password)
    is_ours = claims["client_id"] == settings.COGNITO_CLIENT_ID
    if not (is_access and is_ours and isinstance(claims["auth_time"], int)):
        raise SignInExpired("AccessToken", "ForeignToken")
    return AccessToken(
        value=text,
        sub=str(claims["sub"]),
        username=str(claims["username"]),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        authenticated_at=datetime.fromtimestamp(claims["auth_time"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        groups=tuple(claims.get("cognito:groups", ())),
    )

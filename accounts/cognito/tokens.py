"""What Cognito issues: tokens, verified before anybody relies on them (TOK-01, TOK-02)."""

import base64
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from json import JSONDecodeError
from typing import Any

import jwt
from django.conf import settings

from accounts.cognito.errors import CognitoUnreachable, NotTheSameSignIn, SignInExpired

# Clocks of pool and portal may differ a little; `exp` is nevertheless never stretched by more.
CLOCK_SKEW_SECONDS = 10
# No list of keys, or one that cannot be read: that says nothing about the token.
NO_KEYS = (jwt.PyJWKClientConnectionError, jwt.PyJWKSetError, JSONDecodeError, OSError)
REQUIRED = ["exp", "iat", "iss", "sub", "username", "token_use", "client_id", "auth_time"]
REQUIRED_OF_ID = ["exp", "iat", "iss", "sub", "aud", "token_use", "auth_time", "nonce"]


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
    scopes: frozenset[str] = frozenset()
    # Which device this sign-in came from, where the pool tracks devices.
    device_key: str = field(repr=False, default="")

    @property
    def fresh_until(self) -> datetime:
        """Until when it counts as a proof just given: the pool's own auth_time decides (REA-05)."""
        return self.authenticated_at + settings.REAUTHENTICATION_MAX_AGE

    @property
    def is_fresh(self) -> bool:
        return datetime.now(UTC) < self.fresh_until


@dataclass(frozen=True)
class NewDevice:
    """A device that the pool has just seen for the first time; it still has to be confirmed."""

    key: str = field(repr=False)
    group_key: str = field(repr=False)


@dataclass(frozen=True)
class Tokens:
    """What one sign-in or one refresh brought."""

    access: AccessToken
    # Absent where a refresh did not rotate: keep the one you have.
    refresh: str | None = field(repr=False, default=None)
    new_device: NewDevice | None = None
    # A device that the pool remembers proved itself, and no second step was asked for.
    by_device: bool = False
    # The last question that was answered, by Cognito's name; empty where it asked none.
    proof: str = ""


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


def verified(text: str, *, clients: Collection[str] = ()) -> AccessToken:
    """Check an access token against the pool's own keys.

    RS256 only, key by `kid` from the pool's JWKS, exact issuer, one of these clients (our own
    where none is named), `token_use` access, not expired; where the token is bound to a resource,
    that is this portal. Errors: SignInExpired, CognitoUnreachable. Source: contract 8.1; TOK-01.
    """
    try:
        claims = _claims(text)
    except NO_KEYS as silence:
        raise CognitoUnreachable("JWKS", type(silence).__name__) from silence
    except jwt.PyJWTError as refusal:
        raise SignInExpired("AccessToken", type(refusal).__name__) from refusal
    is_access = claims["token_use"] == "access"  # noqa: S105  (a kind of token, no password)
    is_ours = claims["client_id"] in [*(clients or (settings.COGNITO_CLIENT_ID,))]
    is_meant = claims.get("aud", settings.API_AUDIENCE) == settings.API_AUDIENCE
    if not (is_access and is_ours and is_meant and isinstance(claims["auth_time"], int)):
        raise SignInExpired("AccessToken", "ForeignToken")
    return AccessToken(
        value=text,
        sub=str(claims["sub"]),
        username=str(claims["username"]),
        issued_at=datetime.fromtimestamp(claims["iat"], UTC),
        authenticated_at=datetime.fromtimestamp(claims["auth_time"], UTC),
        expires_at=datetime.fromtimestamp(claims["exp"], UTC),
        groups=tuple(claims.get("cognito:groups", ())),
        scopes=frozenset(str(claims.get("scope", "")).split()),
        device_key=str(claims.get("device_key", "")),
    )


def check_id_token(text: str, access: AccessToken, *, nonce: str) -> None:
    """Check that an ID token was issued for our sign-in, by our pool, to our client.

    RS256, key from the JWKS, exact issuer and audience, `token_use` id, not expired; the nonce we
    sent, the person of the access token and, where given, its hash. It authorises nothing.
    Errors: NotTheSameSignIn, CognitoUnreachable. Source: OpenID Connect Core 3.1.3.7, 3.1.3.8;
    contract 8.1; TOK-01, TOK-02, TOK-05.
    """
    try:
        decoded = jwt.decode_complete(
            text,
            _keys(settings.COGNITO_ISSUER).get_signing_key_from_jwt(text).key,
            algorithms=["RS256"],
            issuer=settings.COGNITO_ISSUER,
            audience=settings.COGNITO_CLIENT_ID,
            leeway=CLOCK_SKEW_SECONDS,
            options={"require": REQUIRED_OF_ID, "strict_aud": True},
        )
    except NO_KEYS as silence:
        raise CognitoUnreachable("JWKS", type(silence).__name__) from silence
    except jwt.PyJWTError as refusal:
        raise NotTheSameSignIn("IdToken", type(refusal).__name__) from refusal
    claims = decoded["payload"]
    wrong = [
        name
        for name, expected in {
            "token_use": "id",
            "nonce": nonce,
            "sub": access.sub,
            "at_hash": claims.get("at_hash") and _hash_of(access.value),
        }.items()
        if not _same(claims.get(name), expected)
    ]
    if wrong:
        raise NotTheSameSignIn("IdToken", f"Foreign {wrong[0]}")


def _same(given: object, expected: str | None) -> bool:
    return given is expected is None or hmac.compare_digest(
        str(given).encode(), str(expected).encode()
    )


def _hash_of(token: str) -> str:
    """The left half of the token's SHA-256 (OpenID Connect Core 3.1.3.6)."""
    digest = jwt.get_algorithm_by_name("RS256").compute_hash_digest(token.encode())
    return base64.urlsafe_b64encode(digest[: len(digest) // 2]).rstrip(b"=").decode()

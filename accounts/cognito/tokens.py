"""What Cognito issues: tokens, verified before anybody relies on them (TOK-01, TOK-02)."""

import base64
import hashlib
import hmac
import time
from collections import OrderedDict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from http.client import HTTPException
from threading import Lock
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt
from django.conf import settings

from accounts.cognito import breaker, calls
from accounts.cognito.errors import (
    CognitoAway,
    CognitoError,
    CognitoFailed,
    CognitoUnreachable,
    Misconfigured,
    NotTheSameSignIn,
    SignInExpired,
)

# Clocks of pool and portal may differ a little; `exp` is nevertheless never stretched by more.
CLOCK_SKEW_SECONDS = 10
JWKS = "JWKS"
KEYS_SECONDS = 5
LONGEST_TO_TELL_THE_TIME = timedelta(seconds=2)
# An answer that is no list of keys: that says nothing about the token.
NO_LIST = (jwt.PyJWKClientError, jwt.PyJWKSetError, ValueError)
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


# A signature that was found right is not checked again for so long, nor are more kept in mind.
FOUND_RIGHT_FOR = timedelta(minutes=5)
MOST_FOUND_RIGHT = 4096


class FoundRight:
    """Claims of tokens whose signature was checked a moment ago, by the hash of their whole text.

    One bit another is another token. When a token counts is asked anew each time, by the caller:
    only between its `iat` and its `exp`, without any leeway, is anything found here.
    """

    def __init__(self) -> None:
        self._claims: OrderedDict[bytes, tuple[float, dict[str, Any]]] = OrderedDict()
        self._lock = Lock()

    def find(self, text: str) -> dict[str, Any] | None:
        found = self._claims.get(_digest(text))
        if found is None or time.monotonic() > found[0]:
            return None
        claims = found[1]
        begins = max(claims["iat"], claims.get("nbf", 0))
        return claims if begins <= time.time() < claims["exp"] else None

    def keep(self, text: str, claims: dict[str, Any]) -> None:
        until = time.monotonic() + FOUND_RIGHT_FOR.total_seconds()
        with self._lock:
            self._claims[_digest(text)] = (until, claims)
            if len(self._claims) > MOST_FOUND_RIGHT:
                self._claims.popitem(last=False)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


class PublishedKeys(jwt.PyJWKClient):
    """The pool's keys, asked for like everything else of it: in time, behind a breaker (RES-03)."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.found_right = FoundRight()

    def fetch_data(self) -> Any:
        """Errors: CognitoUnreachable and its kinds."""
        try:
            with calls.by_hand(JWKS, breaker.keys, _no_answer):
                found = super().fetch_data()
                # Looked at here, so that a list which cannot be read is never kept for an hour.
                jwt.PyJWKSet.from_dict(found)
        except breaker.CircuitOpen as circuit:
            raise CognitoAway(JWKS, circuit.seconds) from circuit
        except (jwt.PyJWKClientConnectionError, OSError) as silence:
            raise CognitoUnreachable(JWKS, type(silence).__name__) from silence
        except NO_LIST as nonsense:
            raise CognitoFailed(JWKS, type(nonsense).__name__) from nonsense
        return found


def _no_answer(trouble: Exception) -> bool:
    """An error status is an answer; half of one is none."""
    cause = trouble.__cause__ if isinstance(trouble, jwt.PyJWKClientConnectionError) else trouble
    is_connection = isinstance(trouble, jwt.PyJWKClientConnectionError | OSError)
    return is_connection and not isinstance(cause, HTTPError)


@cache
def _keys(issuer: str) -> PublishedKeys:
    return PublishedKeys(
        f"{issuer}/.well-known/jwks.json", cache_keys=True, lifespan=3600, timeout=KEYS_SECONDS
    )


def keys_readable() -> bool:
    """Whether the pool's keys can be fetched now: without them no token is believed."""
    try:
        return bool(_keys(settings.COGNITO_ISSUER).get_signing_keys(refresh=True))
    except (CognitoError, jwt.PyJWKClientError):
        return False


def seconds_behind() -> float | None:
    """How much later it is for the pool than here, to a second or two.

    None where it does not say, or takes so long to say so that nothing is known.
    """
    url = _keys(settings.COGNITO_ISSUER).uri
    began = datetime.now(UTC)
    try:
        with urlopen(Request(url), timeout=KEYS_SECONDS) as reply:  # noqa: S310  (our own issuer)
            said = parsedate_to_datetime(reply.headers["Date"])
    except (OSError, HTTPException, TypeError, ValueError):
        return None
    took = datetime.now(UTC) - began
    if took > LONGEST_TO_TELL_THE_TIME:
        return None
    return (said - began - took / 2).total_seconds()


def _claims(text: str) -> dict[str, Any]:
    keys = _keys(settings.COGNITO_ISSUER)
    known = keys.found_right.find(text)
    if known is None:
        known = _decoded(text, keys)
        keys.found_right.keep(text, known)
    return known


def _decoded(text: str, keys: PublishedKeys) -> dict[str, Any]:
    key = keys.get_signing_key_from_jwt(text)
    claims: dict[str, Any] = jwt.decode(
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
    return claims


def verified(text: str, *, clients: Collection[str] = ()) -> AccessToken:
    """Check an access token against the pool's own keys.

    RS256 only, key by `kid` from the pool's JWKS, exact issuer, one of these clients (our own
    where none is named), `token_use` access, not expired; where the token is bound to a resource,
    that is this portal. Errors: SignInExpired, CognitoUnreachable, Misconfigured where our clock
    is behind the pool's: then no sign-in is over, nor does another one help.
    Source: contract 8.1; TOK-01.
    """
    try:
        claims = _claims(text)
    except jwt.ImmatureSignatureError as early:
        raise Misconfigured("AccessToken", "ClockBehind") from early
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
    except jwt.ImmatureSignatureError as early:
        raise Misconfigured("IdToken", "ClockBehind") from early
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

"""Access, ID and refresh tokens: issued, checked, refreshed and revoked. Source: contract 8."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import uuid4

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from sandbox.clock import Clock
from sandbox.database import Database, marks
from sandbox.groups import Group, Groups, group_claim, role_claims
from sandbox.people import Person
from sandbox.pools import Client, Pool
from sandbox.protocol import refusal

API_SCOPE = "aws.cognito.signin.user.admin"
ALGORITHM = "RS256"
KEY_BITS = 2048
KEPT_VERDICTS = 4096
JWE_HEADER = {"cty": "JWT", "enc": "A256GCM", "alg": "RSA-OAEP"}

ATTRIBUTES_OF_SCOPE = {
    "email": ("email", "email_verified"),
    "phone": ("phone_number", "phone_number_verified"),
}

Claims = dict[str, Any]


@dataclass(frozen=True)
class Visit:
    """Where a request came from."""

    address: str = ""
    agent: str = ""


class Origin(NamedTuple):
    """Of a sign-in through managed login: its SSO session, and what its tokens are bound to."""

    sso: str = ""
    resource: str = ""


BY_API = Origin()


@dataclass
class SignIn:
    """One sign-in: all tokens that came from it share its id (claim `event_id`)."""

    id: str
    pool_id: str
    sub: str
    client_id: str
    auth_time: int
    origin_jti: str
    refresh_until: float
    revoked: bool = False
    device_key: str | None = None
    created: float = 0.0
    last_active: float = 0.0
    address: str = ""
    agent: str = ""
    scope: str = API_SCOPE
    sso: str = ""
    resource: str = ""

    @property
    def scopes(self) -> list[str]:
        """The scopes its access tokens carry."""
        return self.scope.split()


@dataclass
class Bearer:
    """Whom tokens stand for, and through which client of which pool."""

    pool: Pool
    client: Client
    person: Person
    sign_in: SignIn


class Keys:
    """Two signing keys per pool, made when first needed."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._signing: dict[tuple[str, str], RSAKey] = {}
        database.after_rollback.append(self.forget)

    def forget(self) -> None:
        """Drop what is cached."""
        self._signing.clear()

    def signing(self, pool_id: str, use: str) -> RSAKey:
        """The key that signs a pool's tokens; use: access or id."""
        key = self._signing.get((pool_id, use)) or self._stored(pool_id, use)
        return self._signing.setdefault((pool_id, use), key)

    def _stored(self, pool_id: str, use: str) -> RSAKey:
        row = self._database.row(
            "SELECT kid, pem FROM signing_keys WHERE pool = ? AND use = ?", pool_id, use
        )
        return _parsed_key(*row) if row else self._make(pool_id, use)

    def by_kid(self, kid: str) -> tuple[str, RSAKey] | None:
        """The pool and key of a `kid`."""
        row = self._database.row("SELECT pool, pem FROM signing_keys WHERE kid = ?", kid)
        return (row[0], _parsed_key(kid, row[1])) if row else None

    def published(self, pool_id: str) -> dict[str, Any]:
        """The JWKS document of a pool."""
        keys = [self.signing(pool_id, use) for use in ("id", "access")]
        extra = {"alg": ALGORITHM, "use": "sig"}
        return {"keys": [key.as_dict(private=False) | extra for key in keys]}

    def _make(self, pool_id: str, use: str) -> RSAKey:
        kid = base64.b64encode(secrets.token_bytes(32)).decode()
        pem = RSAKey.generate_key(KEY_BITS).as_pem(private=True).decode()
        self._database.write(
            "INSERT INTO signing_keys (kid, pool, use, pem) VALUES (?, ?, ?, ?)",
            kid,
            pool_id,
            use,
            pem,
        )
        return _parsed_key(kid, pem)


class Tokens:
    """Everything that carries a signature or stands for a sign-in."""

    def __init__(self, database: Database, clock: Clock, groups: Groups, issuer_base: str) -> None:
        self._database = database
        self._clock = clock
        self._groups = groups
        self.issuer_base = issuer_base
        self.keys = Keys(database)
        self._verdicts: dict[str, Claims] = {}
        self._second_pen = ThreadPoolExecutor(1, "signature")

    def issuer(self, pool_id: str) -> str:
        """The `iss` of a pool's tokens."""
        return f"{self.issuer_base}/{pool_id}"

    def open_sign_in(
        self,
        client: Client,
        person: Person,
        auth_time: int | None = None,
        device_key: str | None = None,
        visit: Visit = Visit(),
        scope: str = API_SCOPE,
        origin: Origin = BY_API,
    ) -> tuple[SignIn, str]:
        """Begin a sign-in; returns it with its refresh token."""
        now = self._clock.now()
        sign_in = SignIn(
            id=str(uuid4()),
            pool_id=person.pool_id,
            sub=person.sub,
            client_id=client.id,
            auth_time=auth_time or int(now),
            origin_jti=str(uuid4()),
            refresh_until=now + client.refresh_seconds,
            device_key=device_key,
            created=now,
            last_active=now,
            address=visit.address,
            agent=visit.agent,
            scope=scope,
            sso=origin.sso,
            resource=origin.resource,
        )
        values = tuple(vars(sign_in).values())
        self._database.write(
            f"INSERT INTO sign_ins VALUES ({marks(values)})",  # noqa: S608
            *values,
        )
        return sign_in, self.new_refresh_token(sign_in)

    def new_refresh_token(self, sign_in: SignIn) -> str:
        """Another refresh token of the same sign-in."""
        token = _opaque_token()
        self._database.write(
            "INSERT INTO refresh_tokens (key, sign_in) VALUES (?, ?)", _digest(token), sign_in.id
        )
        return token

    def result(self, bearer: Bearer, refresh_token: str | None = None) -> dict[str, Any]:
        """An AuthenticationResultType.

        OpenSSL lets go of the interpreter while it signs, so both tokens are signed at once.
        """
        groups, pool_id = self._groups.of(bearer.person), bearer.pool.id
        id_key, id_claims = self.keys.signing(pool_id, "id"), self._id_claims(bearer, groups)
        id_token = self._second_pen.submit(_signed, id_key, id_claims)
        access_key = self.keys.signing(pool_id, "access")
        result = {
            "AccessToken": _signed(access_key, self._access_claims(bearer, groups)),
            "ExpiresIn": bearer.client.access_seconds,
            "TokenType": "Bearer",
            "IdToken": id_token.result(),
        }
        return result | ({"RefreshToken": refresh_token} if refresh_token else {})

    def access_token(self, bearer: Bearer) -> str:
        """A signed access token."""
        claims = self._access_claims(bearer, self._groups.of(bearer.person))
        return _signed(self.keys.signing(bearer.pool.id, "access"), claims)

    def machine_token(self, client: Client, scope: str) -> str:
        """A signed access token of a client of its own accord: it stands for nobody."""
        now = int(self._clock.now())
        claims = {
            "sub": client.id,
            "token_use": "access",
            "scope": scope,
            "auth_time": now,
            "iss": self.issuer(client.pool_id),
            "exp": now + client.access_seconds,
            "iat": now,
            "version": 2,
            "jti": str(uuid4()),
            "client_id": client.id,
        }
        return _signed(self.keys.signing(client.pool_id, "access"), claims)

    def id_token(self, bearer: Bearer, **more: object) -> str:
        """A signed ID token with the attributes that client and scopes let it read.

        more: claims of OpenID Connect that belong to one authorization.
        """
        claims = self._id_claims(bearer, self._groups.of(bearer.person)) | more
        return _signed(self.keys.signing(bearer.pool.id, "id"), claims)

    def verified(self, token: str) -> Claims:
        """Claims of one of our access tokens, signature checked, unexpired; refuses others."""
        claims = self._verdicts.get(token)
        if claims is None:
            claims = self._checked(token)
            if len(self._verdicts) >= KEPT_VERDICTS:
                self._verdicts.clear()
            self._verdicts[token] = claims
        if self._clock.now() >= claims["exp"]:
            raise refusal("token_expired")
        return claims

    def forget(self) -> None:
        """Drop what is cached."""
        self._verdicts.clear()
        self.keys.forget()

    def sign_in(self, sign_in_id: str) -> SignIn | None:
        """The sign-in of that id."""
        row = self._database.row("SELECT * FROM sign_ins WHERE id = ?", sign_in_id)
        return SignIn(*row) if row else None

    def active(self, person: Person) -> list[SignIn]:
        """Sign-ins of a person that still go on, the least recently used one first."""
        rows = self._database.rows(
            "SELECT * FROM sign_ins WHERE pool = ? AND sub = ? AND NOT revoked"
            " AND refresh_until > ? ORDER BY last_active, rowid",
            person.pool_id,
            person.sub,
            self._clock.now(),
        )
        return [SignIn(*row) for row in rows]

    def note_activity(self, sign_in: SignIn, visit: Visit) -> None:
        """A sign-in was renewed from there."""
        self._database.write(
            "UPDATE sign_ins SET last_active = ?, address = ?, agent = ? WHERE id = ?",
            self._clock.now(),
            visit.address,
            visit.agent,
            sign_in.id,
        )

    def refreshed(self, token: str) -> tuple[SignIn, float | None] | None:
        """The sign-in of a refresh token, and when that token was rotated out (if it was)."""
        row = self._database.row(
            "SELECT sign_in, replaced_at FROM refresh_tokens WHERE key = ?", _digest(token)
        )
        sign_in = self.sign_in(row[0]) if row else None
        return (sign_in, row[1]) if row and sign_in else None

    def replace(self, token: str) -> None:
        """Rotate a refresh token out; from now on only its grace period counts."""
        self._database.write(
            "UPDATE refresh_tokens SET replaced_at = ? WHERE key = ? AND replaced_at IS NULL",
            self._clock.now(),
            _digest(token),
        )

    def revoke(self, sign_in: SignIn) -> None:
        """End one sign-in: its refresh, access and ID tokens."""
        self._database.write("UPDATE sign_ins SET revoked = 1 WHERE id = ?", sign_in.id)

    def revoke_all(self, person: Person) -> None:
        """End every sign-in of a person."""
        self._database.write(
            "UPDATE sign_ins SET revoked = 1 WHERE pool = ? AND sub = ?", person.pool_id, person.sub
        )

    def looks_like_ours(self, token: str) -> bool:
        """Whether this is a signed token rather than a refresh token."""
        return token.count(".") == 2

    def _access_claims(self, bearer: Bearer, groups: list[Group]) -> Claims:
        claims = self._common(bearer, bearer.client.access_seconds) | {
            **group_claim(groups),
            "token_use": "access",
            "scope": bearer.sign_in.scope,
            "client_id": bearer.client.id,
            "username": bearer.person.username,
            "version": 2,
        }
        if bearer.pool.tracks_devices and bearer.sign_in.device_key:
            claims["device_key"] = bearer.sign_in.device_key
        if bearer.sign_in.resource:
            claims["aud"] = bearer.sign_in.resource
        return claims

    def _id_claims(self, bearer: Bearer, groups: list[Group]) -> Claims:
        return (
            readable(bearer)
            | self._common(bearer, bearer.client.id_seconds)
            | {
                **group_claim(groups),
                **role_claims(groups),
                "token_use": "id",
                "aud": bearer.client.id,
                "cognito:username": bearer.person.username,
            }
        )

    def _common(self, bearer: Bearer, seconds: int) -> Claims:
        now, client = int(self._clock.now()), bearer.client
        claims = {
            "sub": bearer.person.sub,
            "iss": self.issuer(bearer.pool.id),
            "event_id": bearer.sign_in.id,
            "auth_time": bearer.sign_in.auth_time,
            "iat": now,
            "exp": now + seconds,
        }
        if client.revocation or client.rotation_grace_seconds is not None:
            claims |= {"origin_jti": bearer.sign_in.origin_jti, "jti": str(uuid4())}
        return claims

    def _checked(self, token: str) -> Claims:
        kid = _unverified_kid(token)
        found = self.keys.by_kid(kid) if kid else None
        if found is None:
            raise refusal("token_invalid")
        pool_id, key = found
        try:
            claims = jwt.decode(token, key, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError):
            raise refusal("token_signature") from None
        if claims.get("token_use") != "access":
            raise refusal("token_invalid")
        return {**claims, "pool": pool_id}


def _signed(key: RSAKey, claims: Claims) -> str:
    return jwt.encode({"kid": key.kid, "alg": ALGORITHM}, claims, key, algorithms=[ALGORITHM])


def readable(bearer: Bearer) -> Claims:
    """The person's attributes that client and scopes let an application read."""
    claims: Claims = {}
    for name, value in bearer.person.attributes.items():
        if bearer.client.reads(name) and covered(name, bearer.sign_in.scopes):
            claims[name] = _as_claim(name, value)
    return claims


def covered(attribute: str, scopes: list[str]) -> bool:
    """Whether scopes let an attribute be read: `openid` alone or `profile` all of them."""
    narrow = [scope for scope in scopes if scope in ATTRIBUTES_OF_SCOPE]
    if not narrow or "profile" in scopes:
        return True
    return any(attribute in ATTRIBUTES_OF_SCOPE[scope] for scope in narrow)


def _as_claim(name: str, value: str) -> object:
    """Attributes are text; flags and identities are not in a token. Source: contract 8.1."""
    if name == "identities":
        return json.loads(value)
    return value == "true" if name.endswith("_verified") else value


def _unverified_kid(token: str) -> str | None:
    """The `kid` a token claims, or None when it is no signed token."""
    try:
        header, _, _ = token.split(".")
        decoded = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
        kid = decoded["kid"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return kid if isinstance(kid, str) else None


def _opaque_token() -> str:
    """Five parts like the encrypted token of the service; nobody can look inside."""
    header = base64.urlsafe_b64encode(json.dumps(JWE_HEADER).encode()).decode().rstrip("=")
    return ".".join([header, *(secrets.token_urlsafe(size) for size in (256, 12, 600, 16))])


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@lru_cache(maxsize=256)
def _parsed_key(kid: str, pem: str) -> RSAKey:
    return RSAKey.import_key(pem, {"kid": kid})

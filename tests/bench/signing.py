"""A pool's signing key and the access tokens it signs, for portals that check them."""

import json
import time
import uuid
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

KID = "bench"
LASTS = 24 * 60 * 60


def write_keys(folder: Path) -> None:
    """`key.pem`, and `jwks.json` as the pool publishes it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    public: dict[str, Any] = json.loads(jwt.get_algorithm_by_name("RS256").to_jwk(key.public_key()))
    described = {**public, "kid": KID, "alg": "RS256", "use": "sig"}
    (folder / "jwks.json").write_text(json.dumps({"keys": [described]}))


def access_token(key: str, *, issuer: str, client: str, kind: str, lasting: int = 0) -> str:
    """An access token of somebody new, given for a proof of this very moment.

    kind: "settled" for somebody with an app and a phone, "new" for somebody with a phone alone.
    lasting: seconds for which the proof counts as given this moment.
    """
    sub, now = str(uuid.uuid4()), int(time.time())
    claims = {
        "sub": sub,
        "iss": issuer,
        "client_id": client,
        "origin_jti": str(uuid.uuid4()),
        "event_id": str(uuid.uuid4()),
        "token_use": "access",
        "scope": "aws.cognito.signin.user.admin",
        "auth_time": now + lasting,
        "iat": now,
        "exp": now + LASTS,
        "jti": str(uuid.uuid4()),
        "username": f"{kind}-{sub[:8]}",
    }
    return jwt.encode(claims, key, algorithm="RS256", headers={"kid": KID})

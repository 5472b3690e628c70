"""A pool's signing keys on a tiny local server, and tokens made with them."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

NONCE = "a-nonce-of-our-own"
CLIENT_ID = "unitportal0000000000000001"
ACCESS_KEY_ID, ID_KEY_ID = "key-of-access-tokens", "key-of-id-tokens"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def as_jwk(key: rsa.RSAPrivateKey, kid: str) -> dict[str, Any]:
    public: dict[str, Any] = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {**public, "kid": kid, "alg": "RS256", "use": "sig"}


@dataclass
class Mint:
    """Issues tokens; `paths` holds what was fetched from its server."""

    server: ThreadingHTTPServer
    keys: dict[str, rsa.RSAPrivateKey]
    paths: list[str] = field(default_factory=list)
    client_id: str = CLIENT_ID

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    @property
    def issuer(self) -> str:
        return f"{self.address}/eu-central-1_Unit00001"

    def jwks(self) -> bytes:
        return json.dumps({"keys": [as_jwk(key, kid) for kid, key in self.keys.items()]}).encode()

    def claims(self, **changed: Any) -> dict[str, Any]:
        """The claims of an access token by an API sign-in (contract 8.1); None leaves one out."""
        now = int(time.time())
        usual = {
            "sub": "5f3c9c1e-0000-4000-8000-000000000001",
            "iss": self.issuer,
            "client_id": self.client_id,
            "token_use": "access",
            "scope": "aws.cognito.signin.user.admin",
            "username": "nora",
            "auth_time": now,
            "iat": now,
            "exp": now + 3600,
            "jti": "2c7e5a1f-0000-4000-8000-000000000002",
            "version": 2,
        }
        return {name: value for name, value in (usual | changed).items() if value is not None}

    def access_token(self, **changed: Any) -> str:
        return self.sign(self.claims(**changed))

    def id_token(self) -> str:
        """What the same sign-in brings beside the access token."""
        own = {"aud": self.client_id, "token_use": "id", "cognito:username": "nora"}
        claims = self.claims(client_id=None, scope=None, username=None, **own)
        return self.sign(claims, kid=ID_KEY_ID)

    def hosted_id_token(self, access: str, **changed: Any) -> str:
        """What a sign-in on the pool's own pages brings beside this access token."""
        digest = hashlib.sha256(access.encode()).digest()[:16]
        own = {
            "aud": self.client_id,
            "token_use": "id",
            "cognito:username": "nora",
            "nonce": NONCE,
            "at_hash": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        }
        claims = self.claims(client_id=None, scope=None, username=None, **(own | changed))
        return self.sign(claims, kid=ID_KEY_ID)

    def sign(self, claims: dict[str, Any], *, kid: str = ACCESS_KEY_ID, **header: Any) -> str:
        """Sign anything, also claims that no library would put into a token."""
        payload = json.dumps(claims).encode()
        headers = {"kid": kid, **header}
        return jwt.PyJWS().encode(payload, self.keys[kid], "RS256", headers=headers)


@contextmanager
def running_mint() -> Iterator[Mint]:
    class Jwks(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mint.paths.append(self.path)
            body = mint.jwks()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            """Stay silent."""

    keys = {ACCESS_KEY_ID: new_key(), ID_KEY_ID: new_key()}
    mint = Mint(ThreadingHTTPServer(("127.0.0.1", 0), Jwks), keys)
    threading.Thread(target=mint.server.serve_forever, daemon=True).start()
    try:
        yield mint
    finally:
        mint.server.shutdown()
        mint.server.server_close()

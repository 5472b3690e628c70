"""A browser with an authenticator, in software: it makes real keys and signs what browsers sign.

Formats: Web Authentication level 3, 5.8.1 (client data), 6.1 (authenticator data), 6.5.4
(attestation object); CTAP 2 for the keys in COSE.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, CAN_BE_BACKED_UP, BACKED_UP, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40
ES256, RS256, EDDSA = -7, -257, -8
Json = dict[str, Any]


def encoded(raw: bytes) -> str:
    """Base64url without padding, as browsers write it in JSON."""
    return urlsafe_b64encode(raw).decode().rstrip("=")


def decoded(text: str) -> bytes:
    """The bytes of base64url without padding."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Authenticator:
    """One device, and the page that asks it. It does as it is told, also what browsers refuse.

    counts: passkeys that are synchronised do not count; their counter stays zero. framed_by: the
    origin of a page that shows the one that asks, where it is another's.
    """

    origin: str = "http://localhost:8000"
    verifies: bool = True
    synchronised: bool = True
    counts: bool = False
    algorithm: int = ES256
    attachment: str | None = "platform"
    transports: tuple[str, ...] = ("internal",)
    keeps_user: bool = True
    keys: dict[str, Any] = field(default_factory=dict)
    user: str = ""
    counter: int = 0
    framed_by: str = ""

    def create(self, options: Json, **changes: Any) -> Json:
        """navigator.credentials.create(): a RegistrationResponseJSON.

        changes: party, challenge, kind or format that differ from what was asked.
        """
        self.user = options["user"]["id"]
        credential_id = secrets.token_bytes(32)
        self.keys[encoded(credential_id)] = key = _new_key(self.algorithm)
        made = bytes(16) + len(credential_id).to_bytes(2, "big") + credential_id
        data = self._data(changes.get("party", options["rp"]["id"]), HAS_KEY) + made
        attestation = {
            "fmt": changes.get("format", "none"),
            "attStmt": {},
            "authData": data + cbor2.dumps(_cose(key)),
        }
        client = self._client("create", changes.get("challenge", options["challenge"]))
        response = {
            "clientDataJSON": encoded(client),
            "attestationObject": encoded(cbor2.dumps(attestation)),
            "transports": list(self.transports),
        }
        return self._credential(encoded(credential_id), response)

    def get(self, options: Json, **changes: Any) -> Json:
        """navigator.credentials.get(): an AuthenticationResponseJSON."""
        allowed = [each["id"] for each in options["allowCredentials"] if each["id"] in self.keys]
        credential_id = changes.get("credential", allowed[0])
        data = self._data(changes.get("party", options["rpId"]), 0)
        client = self._client("get", changes.get("challenge", options["challenge"]))
        signature = _signed(self.keys[credential_id], data + hashlib.sha256(client).digest())
        response = {
            "clientDataJSON": encoded(client),
            "authenticatorData": encoded(data),
            "signature": encoded(signature),
        }
        if self.keeps_user:
            response["userHandle"] = changes.get("user", self.user)
        return self._credential(credential_id, response)

    def _data(self, relying_party: str, flags: int) -> bytes:
        """Authenticator data up to the counter, which moves on."""
        self.counter += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        flags |= CAN_BE_BACKED_UP | BACKED_UP if self.synchronised else 0
        party = hashlib.sha256(relying_party.encode()).digest()
        return party + bytes([flags]) + self.counter.to_bytes(4, "big")

    def _client(self, ceremony: str, challenge: str) -> bytes:
        data = {
            "type": f"webauthn.{ceremony}",
            "challenge": challenge,
            "origin": self.origin,
            "crossOrigin": bool(self.framed_by),
        }
        if self.framed_by:
            data["topOrigin"] = self.framed_by
        return json.dumps(data, separators=(",", ":")).encode()

    def _credential(self, credential_id: str, response: Json) -> Json:
        credential = {
            "id": credential_id,
            "rawId": credential_id,
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }
        if self.attachment:
            credential["authenticatorAttachment"] = self.attachment
        return credential


def _new_key(algorithm: int) -> Any:
    if algorithm == ES256:
        return ec.generate_private_key(ec.SECP256R1())
    if algorithm == RS256:
        return rsa.generate_private_key(65537, 2048)
    return ed25519.Ed25519PrivateKey.generate()


def _cose(key: Any) -> dict[int, Any]:
    """The public half as a COSE key."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        x, y = point.x.to_bytes(32, "big"), point.y.to_bytes(32, "big")
        return {1: 2, 3: ES256, -1: 1, -2: x, -3: y}
    if isinstance(key, rsa.RSAPrivateKey):
        numbers = key.public_key().public_numbers()
        return {1: 3, 3: RS256, -1: numbers.n.to_bytes(256, "big"), -2: b"\x01\x00\x01"}
    return {1: 1, 3: EDDSA, -1: 6, -2: key.public_key().public_bytes_raw()}


def _signed(key: Any, text: bytes) -> bytes:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(text, ec.ECDSA(SHA256()))
    signature: bytes = key.sign(text, padding.PKCS1v15(), SHA256())
    return signature


def with_attestation(credential: Json, **changes: Any) -> Json:
    """The same credential with another attestation object; None leaves a member out."""
    given = cbor2.loads(decoded(credential["response"]["attestationObject"]))
    changed = {name: value for name, value in {**given, **changes}.items() if value is not None}
    response = {**credential["response"], "attestationObject": encoded(cbor2.dumps(changed))}
    return {**credential, "response": response}


def with_public_key(credential: Json, **changes: Any) -> Json:
    """The same credential with another COSE key; its labels are k1, k3, k-1 and so on."""
    data = cbor2.loads(decoded(credential["response"]["attestationObject"]))["authData"]
    end = 55 + int.from_bytes(data[53:55], "big")
    named = {int(name.removeprefix("k").replace("_", "-")): changes[name] for name in changes}
    key = {**cbor2.loads(data[end:]), **named}
    return with_attestation(credential, authData=data[:end] + cbor2.dumps(key))


def with_id(credential: Json, credential_id: str) -> Json:
    """The same credential under another id."""
    attestation = decoded(credential["response"]["attestationObject"])
    attestation = attestation.replace(decoded(credential["id"]), decoded(credential_id))
    response = {**credential["response"], "attestationObject": encoded(attestation)}
    return {**credential, "id": credential_id, "rawId": credential_id, "response": response}

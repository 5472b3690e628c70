"""A Cognito that always answers, after a fixed time: what is left is what a portal itself costs.

It believes every token and every code, and remembers of each token whether an app was proved and
turned on.
`python -m tests.bench.cognito_stub PORT KEY`, the key being what `signing.py` writes; how many
milliseconds an answer takes is set while it runs, by `POST /latency/25`, and `GET /calls` tells
how many calls there were of each operation since it was asked last.
"""

import asyncio
import base64
import json
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import uvloop

Body = dict[str, Any]
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXPJBSW"
END_OF_HEADERS = b"\r\n\r\n"
POOL = {
    "UserPool": {
        "Id": "eu-central-1_Bench1",
        "Name": "bench",
        "UserPoolTier": "ESSENTIALS",
        "MfaConfiguration": "OPTIONAL",
        "Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]}},
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [{"Priority": 1, "Name": "verified_email"}]
        },
    }
}
MFA = {
    "MfaConfiguration": "OPTIONAL",
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
    "SmsMfaConfiguration": {"SmsAuthenticationMessage": "{####}"},
}
ATTRIBUTES = {
    "email": "somebody@example.com",
    "email_verified": "true",
    "phone_number": "+447400123456",
    "phone_number_verified": "true",
}


APP = "SOFTWARE_TOKEN_MFA"
FACTORS = {APP: "SoftwareTokenMfaSettings", "SMS_MFA": "SMSMfaSettings"}


class Pool:
    """What is remembered between the calls: which tokens' people have proved an app."""

    def __init__(self) -> None:
        self.latency = 0.0
        self.calls: Counter[str] = Counter()
        self.proved: set[str] = set()
        # What a token's person turned on or off, and which comes first.
        self.on: dict[str, dict[str, bool]] = {}
        self.first: dict[str, str] = {}

    def answer(self, operation: str, body: Body) -> Body:
        self.calls[operation] += 1
        known: dict[str, Callable[[str], Body]] = {
            "GetUser": self._user,
            "GetUserAuthFactors": self._factors,
            "AssociateSoftwareToken": lambda _: {"SecretCode": SECRET},
            "VerifySoftwareToken": self._prove,
            "SetUserMFAPreference": lambda token: self._prefer(token, body),
            "DescribeUserPool": lambda _: POOL,
            "GetUserPoolMfaConfig": lambda _: MFA,
        }
        return known[operation](body.get("AccessToken", ""))

    def _user(self, token: str) -> Body:
        claims = _claims(token)
        attributes = {**ATTRIBUTES, "sub": claims["sub"]}
        settled = _is_settled(claims)
        on = dict.fromkeys(FACTORS, settled) | self.on.get(token, {})
        reply: Body = {
            "Username": claims["username"],
            "UserAttributes": [{"Name": k, "Value": v} for k, v in attributes.items()],
            "UserMFASettingList": [name for name, is_on in on.items() if is_on],
        }
        first = self.first.get(token, APP if settled else "")
        return reply | ({"PreferredMfaSetting": first} if first else {})

    def _factors(self, token: str) -> Body:
        has_app = token in self.proved or _is_settled(_claims(token))
        return {"ConfiguredUserAuthFactors": ["PASSWORD", *["SOFTWARE_TOKEN"] * has_app]}

    def _prove(self, token: str) -> Body:
        self.proved.add(token)
        return {"Status": "SUCCESS"}

    def _prefer(self, token: str, body: Body) -> Body:
        for name, block in FACTORS.items():
            if block not in body:
                continue
            self.on.setdefault(token, {})[name] = body[block]["Enabled"]
            if body[block].get("PreferredMfa"):
                self.first[token] = name
            elif self.first.get(token, APP) == name:
                self.first[token] = ""
        return {}


def _is_settled(claims: Body) -> bool:
    """Somebody with an app and a phone from the beginning."""
    return str(claims["username"]).startswith("settled")


_read: dict[str, Body] = {}


def _claims(token: str) -> Body:
    if token not in _read:
        payload = token.split(".")[1]
        _read[token] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return _read[token]


class Connection(asyncio.Protocol):
    """One connection, kept open; a request comes whole or in parts."""

    def __init__(self, pool: Pool, keys: bytes) -> None:
        self._pool, self._keys, self._received = pool, keys, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(END_OF_HEADERS)
        length = int(_header(head, b"content-length") or 0)
        if end and len(rest) >= length:
            self._received = b""
            self._take(head, rest)

    def _take(self, head: bytes, body: bytes) -> None:
        target = _header(head, b"x-amz-target")
        if not target:
            self._write(self._aside(head.split(b" ", 2)[1].decode()))
            return
        operation = target.rpartition(b".")[2].decode()
        answer = json.dumps(self._pool.answer(operation, json.loads(body))).encode()
        if self._pool.latency:
            asyncio.get_running_loop().call_later(self._pool.latency, self._write, answer)
        else:
            self._write(answer)

    def _aside(self, path: str) -> bytes:
        """The pool's keys, and what the bench itself asks for."""
        if path.startswith("/latency/"):
            self._pool.latency = float(path.rpartition("/")[2]) / 1000
            return b"{}"
        if path == "/calls":
            told, self._pool.calls = self._pool.calls, Counter()
            return json.dumps(told).encode()
        return self._keys

    def _write(self, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/x-amz-json-1.1\r\n"
                b"x-amzn-RequestId: 00000000-0000-4000-8000-000000000000\r\n"
                b"Content-Length: %d\r\n\r\n" % len(body) + body
            )


def _header(head: bytes, name: bytes) -> bytes:
    at = head.lower().find(b"\r\n" + name + b":")
    return head[at + len(name) + 3 :].split(b"\r\n", 1)[0].strip() if at >= 0 else b""


async def serve(port: int, keys: bytes) -> None:
    pool = Pool()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(pool, keys), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes()))

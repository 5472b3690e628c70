"""The API port: Cognito's JSON 1.1 protocol, and the keys that verify its tokens.

Sources: contract 1 and 8.1.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import traceback
from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import uuid4

from sandbox import model
from sandbox.answers import BrokenAnswer, refuse_broken
from sandbox.asgi import (
    BodyTooLarge,
    Headers,
    Receive,
    Scope,
    Send,
    answer,
    gone,
    header,
    read_body,
    read_json,
)
from sandbox.core import ACCOUNT, Call, Sandbox
from sandbox.domains import Domain
from sandbox.managed_login.site import Site
from sandbox.metering import meter
from sandbox.operations import OPERATIONS
from sandbox.protocol import Refusal, drop, refusal
from sandbox.tokens import Visit
from sandbox.troubles import Trouble, Troubles
from sandbox.validation import validator

LOG = logging.getLogger("sandbox")
TARGET = b"x-amz-target"
SERVICE = "AWSCognitoIdentityProviderService."
SIGNED = "AWS4-HMAC-SHA256 "
SIGNATURE_PARTS = ("Credential=", "SignedHeaders=", "Signature=")
CONTENT_TYPE = "application/x-amz-json-1.1"
JSON_1_1 = (b"content-type", CONTENT_TYPE.encode())
CORS: Headers = [
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"x-amzn-RequestId, x-amzn-ErrorType, x-amzn-ErrorMessage, Date",
    ),
]
PREFLIGHT: Headers = [
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (
        b"access-control-allow-headers",
        b"authorization, cache-control, content-type, x-amz-target, x-amz-user-agent, x-amz-date,"
        b" x-amz-security-token, x-amz-content-sha256, amz-sdk-invocation-id, amz-sdk-request,"
        b" x-amzn-*",
    ),
    (b"access-control-max-age", b"172800"),
]
LONGEST_HEADER = 1024
HALF_SENT_SECONDS = 0.02
# What a proxy in between might say in the service's place.
GARBAGE = b"<html><body>Please accept the terms of this network.</body></html>"
Response = tuple[int, Headers, bytes]


class Request:
    """One request for an operation, as it came in."""

    def __init__(self, scope: Scope, body: bytes) -> None:
        self.scope = scope
        self.body = body
        target = header(scope, TARGET) or ""
        at_the_door = scope["method"] == "POST" and scope["path"] == "/"
        named = at_the_door and target.startswith(SERVICE)
        self.name = target.removeprefix(SERVICE) if named else ""
        address = (scope.get("client") or ("",))[0]
        self.visit = Visit(address, header(scope, b"user-agent") or "")


class Api:
    """An ASGI application; every operation runs to its end in one go, so each is atomic."""

    def __init__(
        self,
        sandbox: Sandbox,
        troubles: Troubles,
        calls: Counter[str],
        *,
        checks_output: bool = False,
    ) -> None:
        self._sandbox = sandbox
        self._troubles = troubles
        self._calls = calls
        self._site = Site(sandbox)
        self._checks_output = checks_output
        self._validators: dict[str, Any] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        at_the_door = scope["path"] == "/" and scope["method"] != "GET"
        place = None if at_the_door else self._site.place(scope)
        if place:
            await self._at_domain(place, scope, receive, send)
        elif scope["method"] == "OPTIONS":
            await answer(send, 200, PREFLIGHT, b"")
        elif scope["method"] == "GET":
            await self._document_at(scope["path"], scope, receive, send)
        else:
            await self._operation(scope, receive, send)

    async def _at_domain(
        self, place: tuple[Domain, str], scope: Scope, receive: Receive, send: Send
    ) -> None:
        try:
            body = await read_body(receive)
        except BodyTooLarge:
            await answer(send, *_refused(refusal("too_large")))
            return

        def respond() -> Response:
            return self._page(place, scope, body)

        trouble = self._troubles.take(scope["path"].removeprefix(place[1]))
        if trouble is None:
            await answer(send, *respond())
        else:
            await _with_trouble(trouble, respond, scope, receive, send)

    def _page(self, place: tuple[Domain, str], scope: Scope, body: bytes) -> Response:
        try:
            return self._site.respond(scope, place, body)
        except Exception as error:  # noqa: BLE001 - as with an operation
            _log_failure(scope["path"], error)
            return _refused(refusal("internal"))

    async def _document_at(self, path: str, scope: Scope, receive: Receive, send: Send) -> None:
        """What is published below a pool's address; its trouble is planned without the pool."""
        trouble = self._troubles.take(path[path.find("/", 1) :], by_name=True)
        if trouble is None:
            await answer(send, *self._published(path))
        else:
            await _with_trouble(trouble, partial(self._published, path), scope, receive, send)

    async def _operation(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            request = Request(scope, await read_body(receive))
        except BodyTooLarge:
            await answer(send, *_refused(refusal("too_large")))
            return
        if request.name in model.service_model()["operations"]:
            self._calls[request.name] += 1
        trouble = self._troubles.take(request.name)
        if trouble is None:
            await answer(send, *self.respond(request))
        else:
            run = partial(self.respond, request)
            await _with_trouble(trouble, run, request.scope, receive, send)

    def respond(self, request: Request) -> Response:
        """Run an operation in its transaction; only then is there an answer to send."""
        try:
            with self._sandbox.database.transaction():
                response = _answered(request.name, self._run(request))
                if self._checks_output:
                    refuse_broken(request.name, response[2])
        except Refusal as no:
            return _refused(no)
        except BrokenAnswer as broken:
            LOG.error("%s", broken)
            return _refused(Refusal("InternalErrorException", str(broken), 500))
        except Exception as error:  # noqa: BLE001 - the client gets Cognito's words for it
            _log_failure(request.name, error)
            return _refused(refusal("internal"))
        return response

    def _run(self, request: Request) -> dict[str, Any] | None:
        name = request.name
        if name not in model.service_model()["operations"] or not self._is_understood(request):
            raise refusal("unknown_operation")
        signature = header(request.scope, b"authorization")
        if model.needs_signature(name):
            _require_signature(signature)
        if name not in OPERATIONS:
            raise refusal("not_in_sandbox", operation=name)
        given = self._valid(name, request.body)
        call = Call(self._sandbox, name, given, request.visit)
        if model.needs_signature(name):
            self._sandbox.identities.admit(signature or "", name, _resource(call))
        meter(call)
        return OPERATIONS[name](call)

    def _is_understood(self, request: Request) -> bool:
        if not self._sandbox.switches.content_type_is_required:
            return True
        given = header(request.scope, b"content-type") or ""
        return given.partition(";")[0].strip().lower() == CONTENT_TYPE

    def _valid(self, name: str, body: bytes) -> dict[str, Any]:
        try:
            given = read_json(body)
        except ValueError:
            raise refusal("unreadable_body") from None
        if name not in self._validators:
            self._validators[name] = validator(name)
        clean: dict[str, Any] = self._validators[name](given)
        return clean

    def _published(self, path: str) -> Response:
        """The two documents below `/{pool}/.well-known/`."""
        pool_id, _, document = path.removeprefix("/").partition("/.well-known/")
        try:
            with self._sandbox.database.transaction():
                return self._document(pool_id, document)
        except Refusal as no:
            return 404, [*CORS, (b"content-type", b"application/json")], _encoded(no)

    def _document(self, pool_id: str, document: str) -> Response:
        headers = [*CORS, (b"content-type", b"application/json")]
        tokens = self._sandbox.tokens
        if document == "jwks.json":
            pool = self._sandbox.pools.get(pool_id)
            return 200, headers, json.dumps(tokens.keys.published(pool.id)).encode()
        if document == "openid-configuration":
            pool = self._sandbox.pools.get(pool_id)
            domains = self._sandbox.domains
            base = next((domains.url(domain) for domain in domains.of(pool.id)), None)
            return 200, headers, json.dumps(discovery(tokens.issuer(pool.id), base)).encode()
        raise refusal("unknown_operation")


def discovery(issuer: str, domain: str | None) -> dict[str, Any]:
    """OpenID discovery; a pool without a domain has no endpoints to tell. Source: contract 13.3."""
    endpoints = {
        "authorization_endpoint": f"{domain}/oauth2/authorize",
        "end_session_endpoint": f"{domain}/logout",
        "revocation_endpoint": f"{domain}/oauth2/revoke",
        "token_endpoint": f"{domain}/oauth2/token",
        "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
        "userinfo_endpoint": f"{domain}/oauth2/userInfo",
    }
    return {
        **(endpoints if domain else {}),
        "issuer": issuer,
        "jwks_uri": f"{issuer}/.well-known/jwks.json",
        "id_token_signing_alg_values_supported": ["RS256"],
        "response_types_supported": ["code", "token"],
        "scopes_supported": ["openid", "email", "phone", "profile"],
        "subject_types_supported": ["public"],
    }


async def _with_trouble(
    trouble: Trouble, respond: Callable[[], Response], scope: Scope, receive: Receive, send: Send
) -> None:
    if trouble.kind == "reset":
        drop(scope)
    elif trouble.kind == "silence":
        respond()
        await _held(receive, trouble.seconds)
        drop(scope)
    elif trouble.kind == "half":
        await _half(respond(), scope, send)
    elif trouble.kind == "delay":
        await asyncio.sleep(trouble.seconds)
        await answer(send, *respond())
    else:
        await answer(send, *_instead(trouble))


async def _half(response: Response, scope: Scope, send: Send) -> None:
    """Promise the whole answer, send a half of it, and close the connection."""
    status, headers, body = response
    length = (b"content-length", str(len(body) + 1).encode())
    start = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
    await send(start)
    half = body[: len(body) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    # What was sent has to be on its way before the connection is cut.
    await asyncio.sleep(HALF_SENT_SECONDS)
    drop(scope)
    # And the server has to learn of that, before it looks for the other half.
    await asyncio.sleep(HALF_SENT_SECONDS)


async def _held(receive: Receive, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(gone(receive), seconds)


def _instead(trouble: Trouble) -> Response:
    """What is answered instead of running the operation."""
    if trouble.kind == "throttle":
        return _refused(refusal("throttled"))
    if trouble.kind == "garbage":
        return 200, [(b"content-type", b"text/html")], GARBAGE
    if trouble.kind == "status":
        return 200, _headers(), json.dumps(trouble.body).encode()
    return _refused(Refusal(trouble.code, trouble.message, trouble.http_status))


def _require_signature(authorization: str | None) -> None:
    """Any credential will do, but a request must be signed in form: it catches wiring errors."""
    if authorization is None:
        raise refusal("unsigned")
    if not authorization.startswith(SIGNED):
        raise refusal("bad_signature_form")
    if any(part not in authorization for part in SIGNATURE_PARTS):
        raise refusal("bad_signature_form")


def _resource(call: Call) -> str:
    """What IAM is asked about; operations that name no pool are about all of them."""
    pool = call.input.get("UserPoolId", "*")
    return f"arn:aws:cognito-idp:{call.sandbox.region}:{ACCOUNT}:userpool/{pool}"


def _answered(name: str, result: dict[str, Any] | None) -> Response:
    if result is None and not model.has_output(name):
        return 200, _headers(), b""
    return 200, _headers(), json.dumps(result or {}).encode()


def _refused(no: Refusal) -> Response:
    message = no.words.replace("\n", " ").encode("ascii", "replace")[:LONGEST_HEADER]
    printable = bytes(byte if 32 <= byte < 127 else 63 for byte in message)
    errors: Headers = [
        (b"x-amzn-errortype", f"{no.code}:".encode()),
        (b"x-amzn-errormessage", printable.strip()),
    ]
    return no.status, _headers() + errors, _encoded(no)


def _encoded(no: Refusal) -> bytes:
    return json.dumps({"__type": no.code, "message": no.words}).encode()


def _headers() -> Headers:
    return [JSON_1_1, *CORS, (b"x-amzn-requestid", str(uuid4()).encode())]


def _log_failure(name: str, error: Exception) -> None:
    """Where it happened and of what kind; no values, which may be secret."""
    places = "".join(traceback.format_tb(error.__traceback__))
    LOG.error("%s failed with %s\n%s", name, type(error).__name__, places)

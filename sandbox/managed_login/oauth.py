"""The OAuth 2.0 authorization server of a pool: Authlib's grants over the sandbox's tokens.

Authlib judges requests (client authentication, grants, PKCE, redirect addresses); what Cognito
does differently stands here and in `grants`. Sources: contract 13.2 and 13.3.
"""

from __future__ import annotations

from typing import Any

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error, rfc6749
from authlib.oauth2.rfc6749.errors import InvalidClientError, InvalidGrantError, InvalidScopeError
from authlib.oidc.core.util import create_half_hash

from sandbox.core import Call, Sandbox
from sandbox.managed_login.grants import (
    CodeGrant,
    Granted,
    ImplicitGrant,
    MachineGrant,
    OnlyS256,
    RefreshGrant,
    Renewed,
    Revocation,
)
from sandbox.managed_login.oauth_client import OAuthClient, OAuthRequest
from sandbox.managed_login.web import Request, Response, as_json, redirect
from sandbox.operations.refresh import rotated
from sandbox.pools import Client, Pool
from sandbox.protocol import Refusal
from sandbox.resource_servers import SYSTEM_SCOPES
from sandbox.tokens import ALGORITHM, Bearer, Origin

UNAUTHORIZED = 401


class AuthorizationServer(rfc6749.AuthorizationServer):
    """One pool's server, for one request."""

    def __init__(self, sandbox: Sandbox, pool: Pool, request: Request) -> None:
        super().__init__()
        self.sandbox = sandbox
        self.pool = pool
        self.request = request
        self.call = Call(sandbox, "", {}, request.visit, managed=True)
        for grant in (CodeGrant, ImplicitGrant, RefreshGrant, MachineGrant):
            self.register_grant(grant, [OnlyS256()] if grant is CodeGrant else None)
        self.register_endpoint(Revocation)

    def query_client(self, client_id: str) -> OAuthClient | None:
        """The client of that id, if it is one of this pool."""
        try:
            return OAuthClient(self.sandbox.pools.client(client_id, self.pool.id))
        except Refusal:
            return None

    def create_oauth2_request(self, request: Any) -> OAuthRequest:
        return request if isinstance(request, OAuthRequest) else self.asked()

    def asked(self) -> OAuthRequest:
        """The request in Authlib's form."""
        return OAuthRequest(self.request, self.sandbox.region)

    def send_signal(self, *_arguments: Any, **_named: Any) -> None:
        """Nobody listens."""

    def save_token(self, *_arguments: Any) -> None:
        """A token is stored when it is made."""

    def handle_response(self, status: int, body: Any, headers: list[tuple[str, str]]) -> Response:
        location = dict(headers).get("Location")
        if location:
            return redirect(location)
        return as_json(body, status) if body else Response(status)

    def handle_error_response(self, _request: OAuthRequest, error: OAuth2Error) -> Response:
        """Cognito says what is wrong in one word, without description."""
        if error.redirect_uri:
            said = [("error", error.error), *([("state", error.state)] if error.state else [])]
            return redirect(
                add_params_to_uri(error.redirect_uri, said, fragment=error.redirect_fragment)
            )
        at_revoke = self.request.path == "/oauth2/revoke"
        refused = at_revoke and isinstance(error, InvalidClientError)
        return as_json({"error": error.error}, UNAUTHORIZED if refused else 400)

    def generate_token(
        self,
        grant_type: str,
        client: OAuthClient,
        user: Any = None,
        scope: str | None = None,
        expires_in: int | None = None,
        include_refresh_token: bool = True,
    ) -> dict[str, Any]:
        """Sign in, renew, or let a client act for itself."""
        if isinstance(user, Granted):
            return self._signed_in(client.client, user, scope or "", refresh=include_refresh_token)
        if isinstance(user, Renewed):
            return self._answer(user.bearer, rotated(self.call, user.bearer, user.token))
        return self._for_itself(client, scope)

    def _signed_in(
        self, client: Client, granted: Granted, scope: str, *, refresh: bool
    ) -> dict[str, Any]:
        sign_in, refresh_token = self.sandbox.open_sign_in(
            self.pool,
            client,
            granted.person,
            auth_time=granted.auth_time,
            visit=self.request.visit,
            scope=scope,
            origin=Origin(granted.sso, granted.resource),
        )
        self.sandbox.sso.note_activity(granted.sso, self.request.visit)
        bearer = Bearer(self.pool, client, granted.person, sign_in)
        more = {"nonce": granted.nonce} if granted.nonce else {}
        return self._answer(bearer, refresh_token if refresh else None, **more)

    def _answer(self, bearer: Bearer, refresh_token: str | None, **more: object) -> dict[str, Any]:
        tokens = self.sandbox.tokens
        access_token = tokens.access_token(bearer)
        answer: dict[str, Any] = {"access_token": access_token}
        if "openid" in bearer.sign_in.scopes:
            half = create_half_hash(access_token, ALGORITHM).decode()
            answer["id_token"] = tokens.id_token(bearer, at_hash=half, **more)
        if refresh_token:
            answer["refresh_token"] = refresh_token
        return answer | {"expires_in": bearer.client.access_seconds, "token_type": "Bearer"}

    def _for_itself(self, client: OAuthClient, scope: str | None) -> dict[str, Any]:
        known = self.sandbox.resource_servers.scopes(self.pool.id) - set(SYSTEM_SCOPES)
        if not set((scope or "").split()) <= known:
            raise InvalidScopeError
        allowed = client.get_allowed_scope(scope)
        if allowed is None:
            raise InvalidGrantError
        token = self.sandbox.tokens.machine_token(client.client, allowed)
        seconds = client.client.access_seconds
        return {"access_token": token, "expires_in": seconds, "token_type": "Bearer"}

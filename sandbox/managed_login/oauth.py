"""The OAuth 2.0 authorization server of a pool: Authlib's grants over the sandbox's tokens.

Authlib judges requests (client authentication, grants, PKCE, redirect addresses); what Cognito
does differently stands here. Sources: contract 13.2 and 13.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from authlib.common.urls import add_params_to_uri
from authlib.oauth2 import OAuth2Error, rfc6749, rfc7009, rfc7636
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnsupportedTokenTypeError,
)
from authlib.oidc.core.util import create_half_hash

from sandbox.client_secrets import right_secret
from sandbox.core import Call, Sandbox
from sandbox.managed_login.web import Request, Response, as_json, redirect
from sandbox.operations.refresh import renewable, rotated
from sandbox.people import Person
from sandbox.pools import Client, Pool
from sandbox.protocol import Refusal
from sandbox.resource_servers import SYSTEM_SCOPES
from sandbox.tokens import ALGORITHM, Bearer

AUTHORIZATION_CODE = "AUTHORIZATION_CODE"
RESPONSE_FLOW = {"code": "code", "token": "implicit"}
GRANT_FLOW = {
    "authorization_code": "code",
    "refresh_token": "code",
    "client_credentials": "client_credentials",
}
NEED_OPENID = frozenset({"email", "phone", "profile"})
WITH_SECRET = ("client_secret_basic", "client_secret_post")
TOKEN_AUTHENTICATION = (*WITH_SECRET, "none")
UNAUTHORIZED = 401


@dataclass(frozen=True)
class Granted:
    """Who agreed, when they proved who they are and in which SSO session, and the nonce sent."""

    person: Person
    auth_time: int
    sso: str
    nonce: str


class Payload(rfc6749.requests.OAuth2Payload):
    """Parameters of a request, and whether any was given twice."""

    def __init__(self, values: dict[str, str], lists: dict[str, list[str]]) -> None:
        self._values = values
        self._lists = lists

    @property
    def data(self) -> dict[str, str]:
        return self._values

    @property
    def datalist(self) -> dict[str, list[str]]:
        return self._lists


class OAuthRequest(rfc6749.OAuth2Request):
    """A request as Authlib wants it; its address is the one the domain has in the service."""

    def __init__(self, request: Request, region: str) -> None:
        host = request.domain.service_host(region)
        super().__init__(request.method, f"https://{host}{request.path}", headers=request.headers)
        values, lists = request.query, request.lists
        if request.method == "POST" and request.path.startswith("/oauth2/"):
            values, lists = request.form, request.form_lists
        self.payload = Payload(values, lists)

    @property
    def form(self) -> dict[str, str]:
        """The parameters, for the endpoints that are sent a form."""
        return self.payload.data


class OAuthClient(rfc6749.ClientMixin):
    """An app client as Authlib asks about it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.id

    def get_default_redirect_uri(self) -> str | None:
        return self.client.settings.get("DefaultRedirectURI")

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """What is granted of the scopes asked for, all if none is; None if one is not allowed."""
        asked = (scope or "").split() or list(self.client.oauth_scopes)
        if not asked or not set(asked) <= set(self.client.oauth_scopes):
            return None
        if NEED_OPENID & set(asked) and "openid" not in asked:
            return None
        return " ".join(dict.fromkeys(asked))

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return redirect_uri in self.client.settings.get("CallbackURLs", ())

    def check_client_secret(self, client_secret: str) -> bool:
        return right_secret(self.client, client_secret)

    def check_endpoint_auth_method(self, method: str, _endpoint: str) -> bool:
        return (method == "none") == (self.client.secret is None)

    def check_response_type(self, response_type: str) -> bool:
        return RESPONSE_FLOW.get(response_type) in self.client.oauth_flows

    def check_grant_type(self, grant_type: str) -> bool:
        return GRANT_FLOW.get(grant_type) in self.client.oauth_flows


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
            sso=granted.sso,
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


class OnlyS256(rfc7636.CodeChallenge):
    """PKCE as Cognito has it: never demanded, and never plain."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def __init__(self) -> None:
        super().__init__(required=False)

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        given = grant.request.payload.data
        if given.get("code_challenge") and not given.get("code_challenge_method"):
            raise InvalidRequestError(redirect_uri=redirect_uri)
        super().validate_code_challenge(grant, redirect_uri)


@dataclass(frozen=True)
class Code(rfc6749.AuthorizationCodeMixin):
    """An authorization code that waits to be exchanged."""

    code: str
    flow: dict[str, Any]

    @property
    def code_challenge(self) -> str:
        return str(self.flow["code_challenge"])

    @property
    def code_challenge_method(self) -> str:
        return "S256"

    def get_redirect_uri(self) -> str:
        return str(self.flow["redirect_uri"])

    def get_scope(self) -> str:
        return str(self.flow["scope"])


class CodeGrant(grants.AuthorizationCodeGrant):
    """Codes are UUIDs, good once and for five minutes."""

    TOKEN_ENDPOINT_AUTH_METHODS = TOKEN_AUTHENTICATION

    def generate_authorization_code(self) -> str:
        return str(uuid4())

    def save_authorization_code(self, code: str, request: OAuthRequest) -> None:
        granted: Granted = request.user
        flow = {
            "challenge": AUTHORIZATION_CODE,
            "pool": granted.person.pool_id,
            "client": request.client.get_client_id(),
            "sub": granted.person.sub,
            "redirect_uri": self.redirect_uri,
            "scope": request.scope,
            "nonce": granted.nonce,
            "auth_time": granted.auth_time,
            "sso": granted.sso,
            "code_challenge": request.payload.data.get("code_challenge", ""),
        }
        sandbox = self.server.sandbox
        sandbox.flows.open(flow, sandbox.switches.authorization_code_seconds, code)

    def query_authorization_code(self, code: str, client: OAuthClient) -> Code | None:
        if not self.request.form.get("redirect_uri"):
            raise InvalidRequestError
        try:
            flow = self.server.sandbox.flows.read(code)
        except Refusal:
            return None
        fits = flow["challenge"] == AUTHORIZATION_CODE and flow["client"] == client.get_client_id()
        return Code(code, flow) if fits else None

    def delete_authorization_code(self, authorization_code: Code) -> None:
        self.server.sandbox.flows.consume(authorization_code.code)

    def authenticate_user(self, authorization_code: Code) -> Granted | None:
        flow = authorization_code.flow
        person = self.server.sandbox.people.by_sub(flow["pool"], flow["sub"])
        if person is None or not person.enabled:
            return None
        return Granted(person, flow["auth_time"], flow["sso"], flow["nonce"])


class ImplicitGrant(grants.ImplicitGrant):
    """Tokens straight to the browser; a client with a secret may have that too."""

    def authenticate_token_endpoint_client(self) -> OAuthClient:
        client: OAuthClient | None = self.server.query_client(self.request.payload.client_id)
        if client is None:
            raise InvalidClientError
        return client


@dataclass(frozen=True)
class Renewed(rfc6749.TokenMixin):
    """A refresh token that is still good, and whom it stands for."""

    bearer: Bearer
    token: str

    def check_client(self, client: OAuthClient) -> bool:
        return client.get_client_id() == self.bearer.client.id

    def get_scope(self) -> str:
        return self.bearer.sign_in.scope


class RefreshGrant(grants.RefreshTokenGrant):
    """Renewal by the rules of the API; tokens rotate where the client has it."""

    TOKEN_ENDPOINT_AUTH_METHODS = TOKEN_AUTHENTICATION

    def authenticate_refresh_token(self, refresh_token: str) -> Renewed | None:
        client = self.request.client.client
        try:
            bearer = renewable(self.server.call, client, refresh_token, None)
        except Refusal:
            return None
        return Renewed(bearer, refresh_token)

    def authenticate_user(self, refresh_token: Renewed) -> Renewed:
        return refresh_token

    def revoke_old_credential(self, refresh_token: Renewed) -> None:
        """Rotation has seen to it."""


class MachineGrant(grants.ClientCredentialsGrant):
    """A client acts for itself, with scopes of resource servers."""

    TOKEN_ENDPOINT_AUTH_METHODS = WITH_SECRET


class Revocation(rfc7009.RevocationEndpoint):
    """Ends the sign-in of a refresh token; only those can be revoked."""

    CLIENT_AUTH_METHODS = TOKEN_AUTHENTICATION

    def authenticate_token(self, request: OAuthRequest, client: OAuthClient) -> Any:
        token = request.form.get("token")
        if not token or not client.client.revocation:
            raise InvalidRequestError
        if self.server.sandbox.tokens.looks_like_ours(token):
            raise UnsupportedTokenTypeError
        found = self.server.sandbox.tokens.refreshed(token)
        return found[0] if found and found[0].client_id == client.get_client_id() else None

    def revoke_token(self, token: Any, _request: OAuthRequest) -> None:
        self.server.sandbox.tokens.revoke(token)

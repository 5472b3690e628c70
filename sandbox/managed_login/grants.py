"""What Authlib's grants ask of the sandbox, and where Cognito's differ from the standard's.

Sources: contract 13.2 and 13.3.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from authlib.oauth2 import rfc6749, rfc7009, rfc7636
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import (
    InvalidClientError,
    InvalidRequestError,
    UnsupportedTokenTypeError,
)

from sandbox.managed_login.oauth_client import OAuthClient, OAuthRequest
from sandbox.operations.refresh import renewable
from sandbox.people import Person
from sandbox.protocol import Refusal
from sandbox.tokens import Bearer

AUTHORIZATION_CODE = "AUTHORIZATION_CODE"
WITH_SECRET = ("client_secret_basic", "client_secret_post")
TOKEN_AUTHENTICATION = (*WITH_SECRET, "none")


@dataclass(frozen=True)
class Granted:
    """Who agreed, when they proved who they are and in which SSO session.

    nonce, resource: as the application sent them, or empty.
    """

    person: Person
    auth_time: int
    sso: str
    nonce: str
    resource: str


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
            "resource": granted.resource,
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
        return Granted(person, flow["auth_time"], flow["sso"], flow["nonce"], flow["resource"])


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

"""The endpoints that applications call: token, userInfo, revoke. Source: contract 13.3."""

from __future__ import annotations

import json
from typing import Any

from authlib.oauth2 import OAuth2Error, rfc6749
from authlib.oauth2.rfc6749.errors import MissingAuthorizationError, UnsupportedTokenTypeError
from authlib.oauth2.rfc6750 import InvalidTokenError

from sandbox.core import Call
from sandbox.managed_login.oauth import AuthorizationServer
from sandbox.managed_login.oauth_client import OAuthRequest
from sandbox.managed_login.turn import Turn
from sandbox.managed_login.web import FORM, Response, as_json
from sandbox.protocol import Refusal
from sandbox.tokens import Bearer, readable

CORS = ("access-control-allow-origin", "*")
BAD_TOKEN = "Access token is expired, disabled, or deleted, or the user has globally signed out."  # noqa: S105
BAD_REQUEST = "Bad OAuth2 request at UserInfo Endpoint"


def token(turn: Turn) -> Response:
    """`/oauth2/token`."""
    if not _sent_form(turn):
        return as_json({"error": "invalid_request"}, 400)
    if not turn.request.form.get("grant_type"):
        return as_json({"error": "invalid_request"}, 400)
    response: Response = _server(turn).create_token_response(turn.request)
    return response


def revoke(turn: Turn) -> Response:
    """`/oauth2/revoke`."""
    if not _sent_form(turn):
        return as_json({"error": "invalid_request"}, 400)
    response: Response = _server(turn).create_endpoint_response("revocation", turn.request)
    return response


def user_info(turn: Turn) -> Response:
    """`/oauth2/userInfo`: the attributes that the token's scopes cover; flags are strings."""
    guard = rfc6749.ResourceProtector()
    guard.register_token_validator(_Validator(turn))
    try:
        bearer: Bearer = guard.validate_request(["openid"], _asked(turn))
    except (MissingAuthorizationError, UnsupportedTokenTypeError):
        return _unauthorized(400, "invalid_request", BAD_REQUEST)
    except OAuth2Error:
        return _unauthorized(401, "invalid_token", BAD_TOKEN)
    known = {name: _as_text(value) for name, value in readable(bearer).items()}
    return as_json({"sub": bearer.person.sub, **known, "username": bearer.person.username})


class _Validator(rfc6749.TokenValidator):
    """Access tokens of this pool, with `openid`; tokens of an API sign-in never have it."""

    TOKEN_TYPE = "bearer"  # noqa: S105 - the name of a kind

    def __init__(self, turn: Turn) -> None:
        super().__init__()
        self._turn = turn

    def authenticate_token(self, token_string: str) -> Bearer:
        call = Call(self._turn.sandbox, "", {}, self._turn.request.visit)
        try:
            bearer = call.bearer_of(token_string, "openid")
        except Refusal:
            raise InvalidTokenError from None
        if bearer.pool.id != self._turn.pool.id:
            raise InvalidTokenError
        return bearer

    def validate_token(self, token: Any, scopes: list[str], request: OAuthRequest) -> None:
        """It was judged when it was read."""


def _unauthorized(status: int, error: str, words: str) -> Response:
    response = as_json({"error": error, "error_description": words}, status)
    told = f'error="{error}", error_description="{words}"'
    response.headers.append(("www-authenticate", told))
    return response


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _sent_form(turn: Turn) -> bool:
    kind = turn.request.headers.get("Content-Type", "")
    return kind.partition(";")[0].strip().lower() == FORM


def _server(turn: Turn) -> AuthorizationServer:
    return AuthorizationServer(turn.sandbox, turn.pool, turn.request)


def _asked(turn: Turn) -> OAuthRequest:
    return OAuthRequest(turn.request, turn.sandbox.region)

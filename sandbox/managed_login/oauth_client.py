"""Requests and clients in the form in which Authlib asks about them. Source: contract 13.2."""

from __future__ import annotations

from authlib.oauth2 import rfc6749

from sandbox.client_secrets import right_secret
from sandbox.managed_login.web import Request
from sandbox.pools import Client

RESPONSE_FLOW = {"code": "code", "token": "implicit"}
GRANT_FLOW = {
    "authorization_code": "code",
    "refresh_token": "code",
    "client_credentials": "client_credentials",
}
NEED_OPENID = frozenset({"email", "phone", "profile"})


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
        return (method == "none") == right_secret(self.client, None)

    def check_response_type(self, response_type: str) -> bool:
        return RESPONSE_FLOW.get(response_type) in self.client.oauth_flows

    def check_grant_type(self, grant_type: str) -> bool:
        return GRANT_FLOW.get(grant_type) in self.client.oauth_flows

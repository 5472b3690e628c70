"""What the redirect door has allauth do: the request there, and the code that comes back.

allauth's `amazon_cognito` provider makes the request (code flow, PKCE, `state`) and redeems the
code by requests, both of which a portal without this door does not load. It would then believe
the userInfo answer alone; `hosted` verifies both tokens instead.
"""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Never, cast

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.amazon_cognito.provider import AmazonCognitoProvider
from allauth.socialaccount.providers.amazon_cognito.views import AmazonCognitoOAuth2Adapter
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from requests import JSONDecodeError, RequestException, Response, Session

from accounts.cognito import breaker, calls
from accounts.cognito.errors import (
    CognitoAway,
    CognitoFailed,
    CognitoUnreachable,
    Misconfigured,
    TryLater,
)
from accounts.doors import hosted

# The one request that is made there by us: a code is redeemed.
TOKENS = "TokenEndpoint"
# What only the operator can mend, by OAuth's names (RFC 6749, 5.2).
OURS_TO_MEND = frozenset({"invalid_client", "unauthorized_client"})


class ManagedLoginSession(Session):
    """Requests to the pool's domain: bounded in time, never redirected elsewhere (RES-03).

    Its troubles leave by our names, so that people are told the truth about them. A code is never
    redeemed twice (LIM-06).
    """

    def request(self, *args: Any, **kwargs: Any) -> Any:
        connect, read = settings.COGNITO_CONNECT_TIMEOUT, settings.COGNITO_READ_TIMEOUT
        kwargs["timeout"] = (connect.total_seconds(), read.total_seconds())
        kwargs["allow_redirects"] = False
        try:
            # Whatever requests raises while it sends and reads: no answer, or half of one.
            with calls.by_hand(TOKENS, breaker.managed_login, lambda _reply: True):
                reply = super().request(*args, **kwargs)
        except breaker.CircuitOpen as circuit:
            raise CognitoAway(TOKENS, circuit.seconds) from circuit
        except RequestException as silence:
            raise CognitoUnreachable(TOKENS, type(silence).__name__) from silence
        _refuse_trouble(reply)
        return reply


def _refuse_trouble(reply: Response) -> None:
    """What is neither tokens nor a refusal of the code: busy, broken, or a matter of settings."""
    if reply.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        raise TryLater(TOKENS, str(reply.status_code))
    if reply.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise CognitoFailed(TOKENS, str(reply.status_code))
    try:
        said = reply.json()
    except JSONDecodeError as nonsense:
        raise CognitoFailed(TOKENS, "no JSON") from nonsense
    error = said.get("error") if isinstance(said, dict) else "no object"
    if error in OURS_TO_MEND:
        raise Misconfigured(TOKENS, error)
    if reply.ok and not (isinstance(said, dict) and "access_token" in said):
        raise CognitoFailed(TOKENS, "no tokens")


class ManagedLoginAdapter(AmazonCognitoOAuth2Adapter):
    """allauth's provider, with our address, and with both tokens verified."""

    # What was remembered when the person left, of this one round trip.
    state: Mapping[str, Any]

    @property
    def domain(self) -> str:
        return str(settings.COGNITO_DOMAIN)

    def get_provider(self) -> "ManagedLoginProvider":
        return provider(self.request)

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Built from settings, never from the Host header: the pool compares it exactly."""
        return settings.PORTAL_URL + reverse("doors:managed_callback")

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> Never:
        """Answer at once: no account of allauth's own is made for anybody."""
        arrived = hosted.arrive(request, kwargs["response"], self.state["data"])
        raise ImmediateHttpResponse(cast(HttpResponse, arrived))


class ManagedLoginProvider(AmazonCognitoProvider):
    oauth2_adapter_class = ManagedLoginAdapter


class ManagedLoginCallback(OAuth2CallbackView):
    adapter: ManagedLoginAdapter

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, Any]:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, response


def provider(request: HttpRequest) -> ManagedLoginProvider:
    app = hosted.PortalSocialAdapter(request).get_app(request, provider=hosted.PROVIDER)
    return ManagedLoginProvider(request, app=app)


callback: Callable[[HttpRequest], HttpResponseBase] = ManagedLoginCallback.adapter_view(  # type: ignore[no-untyped-call]
    ManagedLoginAdapter
)

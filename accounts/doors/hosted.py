"""The redirect door: people sign in on the pool's own pages and come back.

allauth's `amazon_cognito` provider makes the request (code flow, PKCE, `state`) and redeems the
code. It would then believe the userInfo answer alone; our adapter verifies both tokens instead
(TOK-01, TOK-02, TOK-05), and takes the person from the access token (TOK-03).
"""

import secrets
from collections.abc import Callable, Mapping
from functools import wraps
from http import HTTPStatus
from typing import Any, Never, TypeVar, cast

import structlog
from allauth.account.internal.flows.login import perform_login
from allauth.account.models import Login
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialApp
from allauth.socialaccount.providers.amazon_cognito.provider import AmazonCognitoProvider
from allauth.socialaccount.providers.amazon_cognito.views import AmazonCognitoOAuth2Adapter
from allauth.socialaccount.providers.base.constants import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, gettext_noop
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET
from requests import JSONDecodeError, RequestException, Response, Session

from accounts import guards, refusals, sessions
from accounts.choices import Choice
from accounts.cognito import breaker, calls, managed_login, tokens
from accounts.cognito.errors import (
    CognitoAway,
    CognitoError,
    CognitoFailed,
    CognitoUnreachable,
    Misconfigured,
    NotTheSameSignIn,
    SignInExpired,
    TryLater,
)
from accounts.cognito.tokens import Tokens
from accounts.doors import flow as flows
from accounts.doors.front import Door
from accounts.doors.pages import proof_refused
from accounts.sessions import PersonRequest

log = structlog.get_logger(__name__)

CAME_BY = "door"
MANAGED = "managed"
SIGN_IN, PROVE_AGAIN = "sign_in", "prove_again"
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


class PortalSocialAdapter(DefaultSocialAccountAdapter):
    """One provider, from settings alone; and problems get our page."""

    def list_apps(
        self, request: HttpRequest, provider: Any = None, client_id: Any = None
    ) -> list[SocialApp]:
        return [
            SocialApp(
                provider=AmazonCognitoProvider.id,
                client_id=settings.COGNITO_CLIENT_ID,
                secret=settings.COGNITO_CLIENT_SECRET,
            )
        ]

    def get_requests_session(self) -> Session:
        return ManagedLoginSession()

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Exception | None = None,
        extra_context: Any = None,
    ) -> Never:
        raise ImmediateHttpResponse(_problem(request, error, exception))


class ManagedLoginAdapter(AmazonCognitoOAuth2Adapter):
    """allauth's provider, with our address, and with both tokens verified."""

    # What was remembered when the person left, of this one round trip.
    state: Mapping[str, Any]

    @property
    def domain(self) -> str:
        return str(settings.COGNITO_DOMAIN)

    def get_provider(self) -> "ManagedLoginProvider":
        return _provider(self.request)

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        """Built from settings, never from the Host header: the pool compares it exactly."""
        return settings.PORTAL_URL + reverse("doors:managed_callback")

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: Any, **kwargs: Any
    ) -> Never:
        """Answer at once: no account of allauth's own is made for anybody."""
        arrived = _arrive(request, kwargs["response"], self.state["data"])
        raise ImmediateHttpResponse(cast(HttpResponse, arrived))


class ManagedLoginProvider(AmazonCognitoProvider):
    oauth2_adapter_class = ManagedLoginAdapter


class ManagedLoginCallback(OAuth2CallbackView):
    adapter: ManagedLoginAdapter

    def _get_state(self, request: HttpRequest, provider: Any) -> tuple[Any, Any]:
        state, response = super()._get_state(request, provider)
        self.adapter.state = state or {}
        return state, response


def _provider(request: HttpRequest) -> ManagedLoginProvider:
    app = PortalSocialAdapter(request).get_app(request, provider=AmazonCognitoProvider.id)
    return ManagedLoginProvider(request, app=app)


R = TypeVar("R", bound=HttpRequest)


def when_open(view: Callable[[R], HttpResponseBase]) -> Callable[[R], HttpResponseBase]:
    """Nothing is here while PORTAL_DOORS does not name this door (AUZ-09)."""

    @wraps(view)
    def opened(request: R) -> HttpResponseBase:
        if MANAGED not in settings.DOORS:
            raise Http404
        return view(request)

    return opened


# --- there ------------------------------------------------------------------------------------


@never_cache
def sign_in(request: HttpRequest) -> HttpResponseBase:
    """Off to the pool's pages; `next` travels in our own session, not in an address."""
    if request.user.is_authenticated:
        return HttpResponseRedirect(flows.safe_next(request))
    return leave(request, flows.safe_next(request), SIGN_IN)


DOOR = Door(
    Choice(gettext_lazy("On the sign‑in page I know from other apps")),
    sign_in,
    takes_passkeys=lambda: True,
)


@guards.in_session
@when_open
@require_GET
def prove_again(request: PersonRequest) -> HttpResponseBase:
    """Off to prove it again: the pool must ask, whatever session its pages still have (REA-03)."""
    return leave(request, flows.safe_next(request), PROVE_AGAIN)


def ask_to_prove_again(request: PersonRequest, destination: str) -> HttpResponse:
    """The page that says why one is sent away once more; `destination` has been checked."""
    return render(request, "doors/reauthenticate_managed.html", {"next": destination})


def leave(request: HttpRequest, destination: str, purpose: str) -> HttpResponseBase:
    nonce = secrets.token_urlsafe(32)
    asked = {"nonce": nonce, **({"prompt": "login"} if purpose == PROVE_AGAIN else {})}
    response: HttpResponseBase = _provider(request).redirect(
        request,
        process=AuthProcess.LOGIN,
        next_url=destination,
        data={"nonce": nonce, "purpose": purpose, "next": destination},
        scope=list(managed_login.SCOPES),
        auth_params=asked,
    )
    return response


# --- and back ---------------------------------------------------------------------------------


_callback = ManagedLoginCallback.adapter_view(ManagedLoginAdapter)  # type: ignore[no-untyped-call]


@guards.public
@when_open
@require_GET
@never_cache
def callback(request: HttpRequest) -> HttpResponseBase:
    """The way back. Whoever opens it a second time by "back" or reload is simply in.

    Where the pool is in trouble one begins again: the code is used up, and it stands in this very
    address, which therefore leads nowhere from the page that says so (TOK-04).
    """
    try:
        response: HttpResponseBase = _callback(request)
    except CognitoError as trouble:
        log.warning("cognito_trouble", kind=type(trouble).__name__, reason=str(trouble))
        return refusals.cognito_trouble(request, trouble, again=reverse("account_login"))
    return response


def _arrive(
    request: HttpRequest, answer: Mapping[str, Any], left_with: Mapping[str, Any]
) -> HttpResponseBase:
    """Verify what the code was redeemed for; then in, or the proof is given."""
    try:
        brought = _verified(answer, left_with["nonce"])
    except (SignInExpired, NotTheSameSignIn) as refusal:
        return _problem(request, AuthError.UNKNOWN, refusal)
    if managed_login.API_SCOPE not in brought.access.scopes:
        return _problem(request, AuthError.UNKNOWN, MissingScope())
    if left_with["purpose"] == PROVE_AGAIN:
        return _proved(request, brought, left_with["next"])
    login = Login(user=flows.person_for(brought), redirect_url=left_with["next"])
    response = flows.open_session(request, perform_login(request, login), brought, login)
    request.session[CAME_BY] = MANAGED
    return response


class MissingScope(CognitoError):
    """The app client does not grant the scope that changes need."""

    def __init__(self) -> None:
        super().__init__("Authorize", managed_login.API_SCOPE)


def _verified(answer: Mapping[str, Any], nonce: str) -> Tokens:
    access = tokens.verified(str(answer.get("access_token", "")))
    tokens.check_id_token(str(answer.get("id_token", "")), access, nonce=nonce)
    return Tokens(access, answer.get("refresh_token"), proof=sessions.MANAGED_LOGIN)


def _proved(request: HttpRequest, brought: Tokens, destination: str) -> HttpResponseBase:
    if not brought.access.is_fresh:
        # The pool did not ask again: its answer proves nothing, and asking for ever helps nobody.
        return _problem(request, AuthError.UNKNOWN, SignInExpired("Authorize", "StaleAuthTime"))
    response = flows.complete_reauthentication(request, brought, destination)
    # It was somebody else, whom the pool's own session would now sign in without a question.
    return response if request.user.is_authenticated else after_sign_out()


WORDS = {
    AuthError.CANCELLED: (
        gettext_noop("You came back without signing in"),
        gettext_noop("Nothing was changed. You can try again whenever you like."),
    ),
    MissingScope: (
        gettext_noop("This portal is not set up completely"),
        gettext_noop(
            "Signing in worked, but the portal was not given the right to show your sign-in "
            "methods. Please tell the people who run it."
        ),
    ),
}
USUAL = (
    gettext_noop("We could not sign you in"),
    gettext_noop(
        "The sign-in took too long, or its page was opened twice. Nothing was changed. Start again."
    ),
)


def _problem(request: HttpRequest, error: str | None, exception: Exception | None) -> HttpResponse:
    """What happened, and the way on. Nothing of the address is repeated on the page."""
    if request.user.is_authenticated and exception is None and error != AuthError.CANCELLED:
        return redirect(settings.LOGIN_REDIRECT_URL)
    reason = f"{type(exception).__name__}" if exception else str(error)
    proof_refused(request, f"managed login: {reason}")
    log.warning("managed_login_refused", reason=reason)
    title, text = WORDS.get(type(exception), WORDS.get(error, USUAL))
    context = {
        "title": _(title),
        "text": _(text),
        "may_try_again": not isinstance(exception, MissingScope),
    }
    return render(request, "doors/managed_problem.html", context, status=HTTPStatus.FORBIDDEN)


# --- out --------------------------------------------------------------------------------------


def came_by(request: HttpRequest) -> bool:
    """Whether this session was opened on the pool's own pages."""
    return request.session.get(CAME_BY) == MANAGED


def after_sign_out() -> HttpResponse:
    """End the pool's own session too, else the next click signs in without a question."""
    return HttpResponseRedirect(
        managed_login.sign_out_address(settings.PORTAL_URL + reverse("doors:signed_out"))
    )


@guards.public
@when_open
@require_GET
@never_cache
def signed_out(request: HttpRequest) -> HttpResponse:
    return render(request, "doors/signed_out.html")

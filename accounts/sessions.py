"""What is kept of a signed-in person, and how long.

The session lives on the server; the cookie only names it. Cognito's tokens lie in it sealed,
and never leave it for a page, script, URL or log (TOK-04).
"""

import hashlib
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from uuid import UUID

from allauth.core.internal.httpkit import get_client_ip
from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from accounts import vault
from accounts.cognito import sign_in, tokens
from accounts.cognito.errors import CognitoError, SignInExpired
from accounts.cognito.self_service import SelfService
from accounts.cognito.tokens import AccessToken, Tokens
from accounts.locks import locked

CREDENTIALS = "credentials"
OPENED_AT = "opened_at"
SEEN_AT = "seen_at"
# The idle clock is written at most this often: a page view should not cost a write.
SEEN_EVERY_SECONDS = 60
# Refresh a little early, so that a token does not die between two calls of one page.
REFRESH_EARLY = timedelta(seconds=60)


@dataclass(frozen=True)
class Origin:
    """Where a request came from, as far as the audit needs it."""

    client_address: str = ""
    session_hash: str = ""
    request_id: str = ""


@dataclass(frozen=True)
class SignedInPerson:
    """The person of this request: (pool, sub), their verified token, and when they proved it."""

    id: UUID
    pool_id: str
    token: AccessToken = field(repr=False)
    origin: Origin = field(default_factory=Origin)

    @property
    def sub(self) -> str:
        return self.token.sub

    @property
    def username(self) -> str:
        return self.token.username

    @property
    def changes_until(self) -> datetime:
        """Until when changes need no further proof (REA-05)."""
        return self.token.fresh_until

    @property
    def proved_recently(self) -> bool:
        return self.token.is_fresh

    @cached_property
    def self_service(self) -> SelfService:
        return SelfService(self.token)


class PersonRequest(HttpRequest):
    """A request that passed `@signed_in`."""

    person: SignedInPerson


def origin_of(request: HttpRequest) -> Origin:
    key = request.session.session_key or ""
    return Origin(
        client_address=client_address(request),
        session_hash=hashlib.sha256(key.encode()).hexdigest() if key else "",
        request_id=getattr(request, "request_id", ""),
    )


def client_address(request: HttpRequest) -> str:
    """Nonsense in X-Forwarded-For is "unknown", never an error and never a pass (LIM-02)."""
    try:
        return get_client_ip(request) or "unknown"
    except (ImproperlyConfigured, ValueError):  # fewer addresses than proxies; no address
        return "unknown"


def keep(request: HttpRequest, fresh: Tokens) -> None:
    """Keep the tokens of a new sign-in or re-authentication, under a new session id (SES-02)."""
    request.session.cycle_key()
    now = int(time.time())
    request.session[OPENED_AT] = now
    request.session[SEEN_AT] = now
    _store(request, fresh.access.value, fresh.refresh or "")


def _store(request: HttpRequest, access: str, refresh: str) -> None:
    request.session[CREDENTIALS] = vault.seal({"access": access, "refresh": refresh})


def person_of(request: HttpRequest) -> SignedInPerson | None:
    """Return the signed-in person, refreshed where needed; None where the session has ended.

    Errors: CognitoUnreachable, TryLater while refreshing.
    """
    if CREDENTIALS not in request.session or SESSION_KEY not in request.session:
        return None
    if not _within_limits(request):
        end(request)
        return None
    try:
        token = _living_token(request)
    except (SignInExpired, vault.SealBroken):
        end(request)
        return None
    return SignedInPerson(
        id=UUID(request.session[SESSION_KEY]),
        pool_id=settings.COGNITO_USER_POOL_ID,
        token=token,
        origin=origin_of(request),
    )


def _within_limits(request: HttpRequest) -> bool:
    """Idle and absolute limits, enforced here and not by the cookie (SES-03)."""
    now = int(time.time())
    idle = now - request.session.get(SEEN_AT, 0)
    age = now - request.session.get(OPENED_AT, 0)
    if idle > settings.SESSION_IDLE_LIMIT.total_seconds():
        return False
    if age > settings.SESSION_ABSOLUTE_LIMIT.total_seconds():
        return False
    if idle > SEEN_EVERY_SECONDS:
        request.session[SEEN_AT] = now
    return True


def _living_token(request: HttpRequest) -> AccessToken:
    kept = vault.unseal(request.session[CREDENTIALS])
    try:
        token = tokens.verified(kept["access"])
    except SignInExpired:
        return _refreshed(request)
    if token.expires_at - datetime.now(UTC) < REFRESH_EARLY:
        return _refreshed(request)
    return token


def _refreshed(request: HttpRequest) -> AccessToken:
    """Refresh under a lock: two tabs must not spend one refresh token twice."""
    key = request.session.session_key or ""
    mine = request.session[CREDENTIALS]
    with locked(f"refresh:{key}"):
        latest = type(request.session)(key).get(CREDENTIALS, mine)
        kept = vault.unseal(latest)
        if latest != mine:
            request.session[CREDENTIALS] = latest
            return tokens.verified(kept["access"])
        fresh = sign_in.refresh(kept["refresh"])
        _store(request, fresh.access.value, fresh.refresh or kept["refresh"])
        request.session.save()
    return fresh.access


def end(request: HttpRequest) -> None:
    """Sign out here: revoke at the pool, destroy the server's record (TOK-07, SES-05).

    A pool that cannot be reached does not keep anybody signed in.
    """
    sealed = request.session.get(CREDENTIALS)
    logout(request)
    if not sealed:
        return
    try:
        sign_in.revoke(vault.unseal(sealed)["refresh"])
    except (CognitoError, vault.SealBroken):
        return


def forget_refresh_token(sealed: str) -> None:
    """Revoke the sign-in that a re-authentication replaced; failing to is harmless."""
    try:
        sign_in.revoke(vault.unseal(sealed)["refresh"])
    except (CognitoError, vault.SealBroken):
        return

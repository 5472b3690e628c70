"""What is kept of a signed-in person, and how long.

The session lives on the server; the cookie only names it. Cognito's tokens lie in it sealed,
and never leave it for a page, script, URL or log (TOK-04).
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any
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
    # They came by a trusted browser, without the second step: that opens pages, and no changes.
    came_by_device: bool = False

    @property
    def sub(self) -> str:
        return self.token.sub

    @property
    def username(self) -> str:
        return self.token.username

    @property
    def changes_until(self) -> datetime:
        """Until when changes need no further proof: the pool's own auth_time decides (REA-05)."""
        return self.token.authenticated_at + settings.REAUTHENTICATION_MAX_AGE

    @property
    def proved_recently(self) -> bool:
        return not self.came_by_device and datetime.now(UTC) < self.changes_until

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


def keep(request: HttpRequest, fresh: Tokens, *, passing: bool = False) -> None:
    """Keep the tokens of a new sign-in or re-authentication, under a new session id (SES-02).

    passing: the pool tracks devices, and the one of this sign-in ends with the session.
    """
    request.session.cycle_key()
    now = int(time.time())
    request.session[OPENED_AT] = now
    request.session[SEEN_AT] = now
    key = fresh.access.device_key
    device = {"key": key, "passing": passing, "proved": fresh.by_device} if key else {}
    _store(request, fresh.access.value, fresh.refresh or "", device)


def _store(request: HttpRequest, access: str, refresh: str, device: Mapping[str, Any]) -> None:
    kept: dict[str, Any] = {"access": access, "refresh": refresh}
    if device:
        kept["device"] = dict(device)
    request.session[CREDENTIALS] = vault.seal(kept)


def _device_of(kept: Mapping[str, Any]) -> Mapping[str, Any]:
    """The device of a session: its key, whether it ends with it, whether it proved itself."""
    device: Mapping[str, Any] = kept.get("device", {})
    return device


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
        came_by_device=_device_of(vault.unseal(request.session[CREDENTIALS])).get("proved", False),
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
        device = _device_of(kept)
        fresh = sign_in.refresh(kept["refresh"], device.get("key", ""))
        _store(request, fresh.access.value, fresh.refresh or kept["refresh"], device)
        request.session.save()
    return fresh.access


def end(request: HttpRequest) -> None:
    """Sign out here: revoke at the pool, destroy the server's record (TOK-07, SES-05).

    A pool that cannot be reached does not keep anybody signed in.
    """
    sealed = request.session.get(CREDENTIALS)
    logout(request)
    if sealed:
        forget_refresh_token(sealed)


def forget_refresh_token(sealed: str) -> None:
    """Revoke a sign-in that is over or replaced; failing to is harmless.

    A device that came with it and is not kept goes first, while the token still allows that.
    """
    try:
        kept = vault.unseal(sealed)
        device = _device_of(kept)
        if device.get("passing"):
            SelfService(tokens.verified(kept["access"])).forget_device(device["key"])
    except (CognitoError, vault.SealBroken):
        pass
    try:
        sign_in.revoke(vault.unseal(sealed)["refresh"])
    except (CognitoError, vault.SealBroken):
        return

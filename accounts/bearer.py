"""A person by the access token of their own app, in place of a session of ours.

What is checked: signature, issuer, kind, client of the list, audience where the token names one,
scope, expiry (TOK-01), and at most a minute ago whether the pool still honours it (TOK-09). For a
change: `auth_time` not older than five minutes, and no sign-in by a remembered device, which may
have skipped the second step. What no token shows (contract 8.1) is that a second step was taken:
the pool asks whoever has one on, and that is as much as can be known.
"""

import hashlib
import time
from dataclasses import replace

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from accounts import logs
from accounts.cognito import tokens
from accounts.cognito.errors import CognitoError, DevicesNotTracked, SignInExpired
from accounts.cognito.self_service import Account, SelfService
from accounts.models import Person
from accounts.sessions import ALIVE_FOR_SECONDS, SignedInPerson, origin_of

SCHEME = "bearer"
SCOPE = "aws.cognito.signin.user.admin"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


def presented(request: HttpRequest) -> str | None:
    """The token of this request's Authorization header; None where there is no such header."""
    header = request.headers.get("Authorization", "")
    scheme, _, token = header.partition(" ")
    return token.strip() if scheme.lower() == SCHEME else None


def person_of(request: HttpRequest) -> SignedInPerson | None:
    """The person whose token this request carries; None where it opens nothing.

    Errors: CognitoUnreachable, TryLater.
    """
    text = presented(request)
    if not text or not settings.API_CLIENTS:
        return None
    try:
        token = tokens.verified(text, clients=settings.API_CLIENTS)
        if SCOPE not in token.scopes:
            return None
        logs.about(settings.COGNITO_USER_POOL_ID, token.sub)
        read = _alive(request, token)
        by_device = request.method not in SAFE and _came_by_device(token)
    except SignInExpired:
        return None
    person = Person.objects.known_as(settings.COGNITO_USER_POOL_ID, token.sub)
    return SignedInPerson(
        id=person.id,
        pool_id=person.pool_id,
        token=token,
        origin=replace(origin_of(request), session_hash=_hashed(text)),
        came_by_device=by_device,
        just_read=read,
    )


def _alive(request: HttpRequest, token: tokens.AccessToken) -> Account | None:
    """Ask the pool once a minute; the reply serves the read that most requests are about."""
    key = f"bearer:{_hashed(token.value)}"
    # The time is kept beside the entry: a store's own clock is not ours, and may run late.
    if time.time() - cache.get(key, 0) < ALIVE_FOR_SECONDS:
        return None
    account = SelfService(token).get_user()
    cache.set(key, time.time(), ALIVE_FOR_SECONDS)
    return account if request.method in SAFE else None


def _came_by_device(token: tokens.AccessToken) -> bool:
    """Whether this sign-in came from a device that the pool remembers. One call, where any."""
    if not token.device_key:
        return False
    try:
        known = SelfService(token).devices()
    except DevicesNotTracked:
        return False
    except SignInExpired:
        raise
    except CognitoError:
        return True  # nobody can tell, so it is no proof
    return any(each.key == token.device_key and each.is_remembered for each in known)


def _hashed(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

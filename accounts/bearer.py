"""A person by the access token of their own app, in place of a session of ours.

What is checked: signature, issuer, kind, client of the list, audience where the token names one,
scope, expiry (TOK-01), and at most a minute ago whether the pool still honours it (TOK-09). For a
change: `auth_time` not older than five minutes, and no sign-in by a remembered device, which may
have skipped the second step. What no token shows (contract 8.1) is that a second step was taken:
the pool asks whoever has one on, and that is as much as can be known.

An operator of the helpdesk is asked for more (HLP-01): a client of another list, a role, and a
second step as far as the pool shows one: it asks everybody, or they have a method on; and never by
a remembered device, not even to look.
"""

import hashlib
import time
from collections.abc import Collection
from dataclasses import replace

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from accounts import logs
from accounts.cognito import administration, tokens
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
    return _somebody(request, settings.API_CLIENTS)


def operator_of(request: HttpRequest) -> SignedInPerson | None:
    """The same for a client of the helpdesk's own list; which role they have is asked elsewhere.

    Errors: Misconfigured, CognitoUnreachable, TryLater.
    """
    person = _somebody(request, settings.HELPDESK_API_CLIENTS)
    if person is None:
        return None
    try:
        passed = _passed_second_step(person)
    except SignInExpired:
        return None
    return replace(person, is_operator=True, passed_second_step=passed)


def _somebody(request: HttpRequest, clients: Collection[str]) -> SignedInPerson | None:
    text = presented(request)
    if not text or not clients:
        return None
    try:
        token = tokens.verified(text, clients=clients)
        if SCOPE not in token.scopes:
            return None
        logs.about(settings.COGNITO_USER_POOL_ID, token.sub)
        read = _alive(request, token)
        by_device = request.method not in SAFE and came_by_device(token)
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


def _passed_second_step(person: SignedInPerson) -> bool:
    """Whether the pool must have asked for one at this sign-in. Asked once a minute."""
    key = f"bearer-step:{_hashed(person.token.value)}"
    kept: tuple[float, bool] | None = cache.get(key)
    if kept is None or time.time() - kept[0] >= ALIVE_FOR_SECONDS:
        kept = (time.time(), not came_by_device(person.token) and _is_asked(person))
        cache.set(key, kept, ALIVE_FOR_SECONDS)
    return kept[1]


def _is_asked(person: SignedInPerson) -> bool:
    if administration.pool_facts().mfa == "ON":
        return True
    account = person.just_read or SelfService(person.token).get_user()
    return bool(account.listed)


def _alive(request: HttpRequest, token: tokens.AccessToken) -> Account | None:
    """Ask the pool once a minute; the reply serves the read that most requests are about."""
    key = f"bearer:{_hashed(token.value)}"
    # The time is kept beside the entry: a store's own clock is not ours, and may run late.
    if time.time() - cache.get(key, 0) < ALIVE_FOR_SECONDS:
        return None
    account = SelfService(token).get_user()
    cache.set(key, time.time(), ALIVE_FOR_SECONDS)
    return account if request.method in SAFE else None


def came_by_device(token: tokens.AccessToken) -> bool:
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

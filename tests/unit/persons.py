"""Signed-in persons made by hand, and sessions as a sign-in leaves them."""

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.http import HttpRequest

from accounts import sessions
from accounts.cognito import tokens
from accounts.cognito.tokens import AccessToken, Tokens
from accounts.sessions import Origin, SignedInPerson
from tests.unit.mint import Mint

ORIGIN = Origin("203.0.113.7", "5e55", "2c7e5a1f-0000-4000-8000-000000000002")


def somebody(
    *,
    sub: str = "nora",
    pool_id: str = "eu-central-1_Unit00001",
    proved_ago: timedelta | None = None,
) -> SignedInPerson:
    """A person who proved who they are that long ago: just now, where nothing is said."""
    now = datetime.now(UTC)
    proved = now - (proved_ago or timedelta())
    token = AccessToken("a.b.c", sub, "nora", proved, proved, now + timedelta(hours=1))
    return SignedInPerson(uuid.uuid4(), pool_id, token, ORIGIN)


def sign_in(
    request: HttpRequest, mint: Mint, *, refresh: str = "refresh", **claims: Any
) -> HttpRequest:
    """Leave the request's session as a sign-in does."""
    text = mint.access_token(**claims)
    request.session[SESSION_KEY] = str(uuid.uuid4())
    sessions.keep(request, Tokens(tokens.verified(text), refresh))
    return request

"""Tickets: asked for by a host's server, handed to its frame, good once for a minute (EMB-04)."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.utils import timezone

from accounts import vault
from accounts.bearer import SCOPE
from accounts.cognito import tokens
from accounts.cognito.errors import SignInExpired
from accounts.cognito.self_service import Account, SelfService
from accounts.cognito.tokens import AccessToken
from portal.embed import clients
from portal.embed.models import EmbedClient, EmbedTicket
from portal.embed.pages import FIRST

# Tokens of Cognito stay below this, however many groups they name.
LONGEST_TOKEN = 16 * 1024


class Refused(Exception):
    """What was asked for is not possible. code: one of the list in docs/embedding.md."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Wanted:
    """What a host asks a ticket for: whose, by their access token, for which of its pages."""

    token: AccessToken = field(repr=False)
    origin: str
    page: str


def wanted(client: EmbedClient, body: Any) -> Wanted:
    """Read and check what a host sent (EMB-06, TOK-01, TOK-02).

    The token is one of the client's own app clients, has the scope to change sign-in methods, and
    the pool honours it now. Errors: Refused, CognitoUnreachable, TryLater.
    """
    given = body if isinstance(body, Mapping) else {}
    fields = {"access_token": LONGEST_TOKEN, "origin": 300, "page": 40}
    if set(given) != set(fields):
        raise Refused("VALIDATION_ERROR")
    if any(
        not isinstance(given[name], str) or len(given[name]) > most for name, most in fields.items()
    ):
        raise Refused("VALIDATION_ERROR")
    if given["origin"] not in client.origins:
        raise Refused("ORIGIN_NOT_ALLOWED")
    if given["page"] not in FIRST or given["page"] not in client.pages:
        raise Refused("PAGE_NOT_ALLOWED")
    token = living(client, given["access_token"])[0]
    return Wanted(token, given["origin"], given["page"])


def living(client: EmbedClient, text: str) -> tuple[AccessToken, Account]:
    """The verified token, and what the pool says now of its person. One call.

    Errors: Refused, CognitoUnreachable, TryLater.
    """
    try:
        token = tokens.verified(text, clients=client.app_clients)
        if SCOPE not in token.scopes:
            raise Refused("TOKEN_NOT_ACCEPTED")
        return token, SelfService(token).get_user()
    except SignInExpired as over:
        raise Refused("TOKEN_NOT_ACCEPTED") from over


def issue(client: EmbedClient, asked: Wanted) -> str:
    """Make a ticket of 256 random bits; only its hash is kept."""
    ticket = secrets.token_urlsafe(32)
    EmbedTicket.objects.create(
        client=client,
        ticket_hash=clients.hashed(ticket),
        origin=asked.origin,
        sub=asked.token.sub,
        page=asked.page,
        sealed=vault.seal(asked.token.value),
        ends_at=timezone.now() + settings.EMBED_TICKET_AGE,
    )
    return ticket


def redeem(client: EmbedClient, ticket: str, origin: str) -> EmbedTicket | None:
    """Use a ticket up: one statement decides, so that of twenty at once one wins.

    None where it is unknown, used, late, or of another client or origin: all look alike.
    """
    now = timezone.now()
    mine = EmbedTicket.objects.filter(
        client=client, ticket_hash=clients.hashed(ticket), origin=origin
    )
    if mine.filter(used_at=None, ends_at__gt=now).update(used_at=now) != 1:
        return None
    return mine.get()


def purge() -> int:
    """A ticket is kept no longer than it could have worked."""
    return EmbedTicket.objects.filter(ends_at__lte=timezone.now()).delete()[0]


def token_of(ticket: EmbedTicket) -> str:
    return str(vault.unseal(ticket.sealed))

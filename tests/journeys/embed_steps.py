"""What an application does that embeds the portal: its server, its page, and the frame in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.test import Client

from portal.embed import clients
from portal.embed.models import EmbedClient
from tests.people import People, Somebody
from tests.walker import OWN_ORIGIN, Page, Walker

HOST = "https://app.acme.example"
LOBBY = "/embed/?client=acme"


@dataclass
class Host:
    """An application that is registered as an embed client, and its server."""

    key: str
    name: str = "acme"
    origin: str = HOST
    server: Client = field(default_factory=Client)

    @property
    def client(self) -> EmbedClient:
        return EmbedClient.objects.get(name=self.name)

    def ask(self, token: str, page: str = "overview", **more: Any) -> Any:
        """Ask for a ticket, as a server does. more: headers, and fields that differ."""
        headers = {"authorization": f"Bearer {self.key}", **more.pop("headers", {})}
        body = {"access_token": token, "origin": self.origin, "page": page, **more}
        return self.server.post(
            "/embed/tickets", json.dumps(body), content_type="application/json", headers=headers
        )

    def ticket(self, token: str, page: str = "overview") -> str:
        answer = self.ask(token, page)
        assert answer.status_code == 201, answer.content
        return str(answer.json()["data"]["ticket"])


Register = Callable[..., Host]


def register(pool: People, name: str = "acme", *, origin: str = HOST, **more: Any) -> Host:
    wanted = {"allowed": [origin], "app_clients": [pool.client_id()], **more}
    return Host(clients.add(name, **wanted), name, origin)


def lobby_of(walker: Walker, name: str = "acme") -> Page:
    return walker.open(f"/embed/?client={name}")


def exchange(walker: Walker, ticket: str, host: Host, **more: Any) -> Any:
    """What the lobby's script sends once its parent has shown that it is the host."""
    lobby = lobby_of(walker, host.name).soup.select("[data-lobby]")[0]["data-lobby"]
    body = {"lobby": lobby, "ticket": ticket, "origin": host.origin, "theme": None, "locale": None}
    return walker.client.post(
        "/embed/session",
        json.dumps({**body, **more}),
        content_type="application/json",
        headers={"origin": OWN_ORIGIN, "accept": "application/json"},
    )


def framed(
    walker: Walker,
    pool: People,
    host: Host,
    somebody: Somebody,
    page: str = "overview",
    **more: Any,
) -> dict[str, Any]:
    """Open a frame for somebody and its first page; what the lobby was told."""
    answer = exchange(walker, host.ticket(pool.access_token(somebody), page), host, **more)
    assert answer.status_code == 200, answer.content
    told: dict[str, Any] = answer.json()["data"]
    walker.open(told["start"])
    return told


def send_json(walker: Walker, told: dict[str, Any], url: str, body: Any) -> Any:
    return walker.client.post(
        url,
        json.dumps(body),
        content_type="application/json",
        headers={"x-csrftoken": told["csrf"], "accept": "application/json"},
    )

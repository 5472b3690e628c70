"""Register applications that embed the portal, and print what they paste into their pages."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from portal.embed import client_services as services
from portal.embed import clients, snippet
from portal.embed.client_services import Outdated
from portal.embed.clients import NotRegistered
from portal.embed.models import EmbedClient, EmbedKey
from portal.embed.pages import PAGES

ONCE = "Its key, shown this once:"


class Command(BaseCommand):
    help = "Embed clients: client add, list, rotate, remove; snippet (docs/embedding.md)."

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        client = what.add_parser("client", help="applications that embed the portal")
        acts = client.add_subparsers(dest="act", required=True)
        acts.add_parser("list")
        _add(acts.add_parser("add"))
        _named(acts.add_parser("rotate")).add_argument(
            "--end-older", action="store_true", help="no new key: end all but the newest"
        )
        _named(acts.add_parser("remove")).add_argument("--origin", help="only this origin")
        printed = what.add_parser("snippet", help="what an application pastes to embed the portal")
        _named(printed).add_argument(
            "--html", action="store_true", help="only the page's two lines"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            parts = filter(None, (options["what"], options.get("act")))
            said = getattr(self, "_" + "_".join(parts))(**options)
        except NotRegistered as refused:
            raise CommandError(str(refused)) from refused
        except Outdated as refused:
            raise CommandError("Meanwhile somebody changed it. Try again.") from refused
        self.stdout.write(said)

    def _snippet(self, name: str, *, html: bool, **_: Any) -> str:
        client = _client(name)
        return snippet.html(client) if html else snippet.text(client)

    def _client_list(self, **_: Any) -> str:
        return "\n\n".join(map(_described, clients.registered())) or "No client is registered."

    def _client_add(
        self, name: str, origin: list[str], app_client: list[str], page: list[str], **_: Any
    ) -> str:
        key = services.add(None, name, origins=origin, app_clients=app_client, pages=page)
        return f"{name} is registered. {ONCE}\n{key}"

    def _client_rotate(self, name: str, *, end_older: bool, **_: Any) -> str:
        client = _client(name)
        if end_older:
            ended = services.end_older_keys(None, client)
            return f"{ended} older key{'' if ended == 1 else 's'} of {name} ended."
        return f"The key of before works on. {ONCE}\n{services.make_key(None, client)}"

    def _client_remove(self, name: str, origin: str | None, **_: Any) -> str:
        client = _client(name)
        if origin is None:
            services.remove(None, client)
            return f"{name} is removed. Its frames end with their next request."
        services.remove_origin(None, client, origin)
        return f"{origin} is removed from {name}."


def _add(parser: ArgumentParser) -> None:
    _named(parser)
    parser.add_argument("--origin", action="append", default=[], help="https://app.example.com")
    parser.add_argument(
        "--app-client", action="append", default=[], help="whose access tokens it hands over"
    )
    parser.add_argument("--page", action="append", default=[], choices=list(PAGES))


def _named(parser: ArgumentParser) -> ArgumentParser:
    parser.add_argument("name")
    return parser


def _client(name: str) -> EmbedClient:
    found = clients.registered_as(name)
    if found is None:
        raise NotRegistered(f"{name} is not registered.")
    return found


def _described(client: EmbedClient) -> str:
    keys = ", ".join(map(_aged, client.keys.all())) or "none"
    return "\n".join(
        (
            client.name,
            f"  origins: {', '.join(client.origins)}",
            f"  app clients: {', '.join(client.app_clients)}",
            f"  pages: {', '.join(client.pages)}",
            f"  keys of: {keys}",
        )
    )


def _aged(key: EmbedKey) -> str:
    used = f"last used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
    return f"{key.created_at:%Y-%m-%d} ({used})"

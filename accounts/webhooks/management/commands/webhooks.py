"""See where messages go and how they fare; try an endpoint; send again what was given up."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q, QuerySet

from accounts.webhooks import delivery, endpoints, events, jobs, outbox
from accounts.webhooks.endpoints import Endpoint
from accounts.webhooks.models import Message


class Command(BaseCommand):
    help = "Webhooks: list, test NAME, redeliver NAME [ID], events."

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_subparsers(dest="what", required=True)
        what.add_parser("list", help="endpoints, and how many messages wait or were given up")
        what.add_parser("test", help="one message now").add_argument("name")
        again = what.add_parser("redeliver", help="what was given up, or one message, once more")
        again.add_argument("name")
        again.add_argument("id", nargs="?", help="of any message of this endpoint")
        what.add_parser("events", help="the closed list, as the document has it")

    def handle(self, *args: Any, what: str, **options: Any) -> None:
        if what == "events":
            self.stdout.write(events.table())
        elif what == "list":
            for each in endpoints.known():
                self.stdout.write(_line(each))
        else:
            endpoint = endpoints.named(options["name"])
            if endpoint is None:
                raise CommandError(f"PORTAL_WEBHOOKS names no {options['name']}.")
            told = self._test(endpoint) if what == "test" else self._again(endpoint, options["id"])
            self.stdout.write(told)

    def _test(self, endpoint: Endpoint) -> str:
        """Past the queue, to see at once what becomes of it."""
        message = outbox.sample(endpoint)
        try:
            delivery.post(endpoint, str(message.id), message.body)
        except delivery.NotDelivered as trouble:
            raise CommandError(f"{endpoint.name}: {trouble}") from trouble
        return f"{endpoint.name} took {message.id}"

    def _again(self, endpoint: Endpoint, message_id: str | None) -> str:
        found = _of(endpoint)
        found = found.filter(pk=message_id) if message_id else found.filter(_GIVEN_UP)
        again = list(found.order_by("created_at"))
        if message_id and not again:
            raise CommandError(f"{endpoint.name} has no message {message_id}.")
        for each in again:
            jobs.send_again(each)
        return f"{len(again)} messages to {endpoint.name} are on their way again."


_GIVEN_UP = Q(given_up_at__isnull=False)


def _of(endpoint: Endpoint) -> QuerySet[Message]:
    return Message.objects.filter(endpoint=endpoint.name)


def _line(endpoint: Endpoint) -> str:
    own = _of(endpoint)
    waiting = own.filter(delivered_at__isnull=True, given_up_at__isnull=True).count()
    taken = own.filter(delivered_at__isnull=False).order_by("-delivered_at").first()
    last = taken.delivered_at.isoformat(timespec="seconds") if taken and taken.delivered_at else "-"
    return (
        f"{endpoint.name} {endpoint.url} secrets={len(endpoint.secrets)} waiting={waiting} "
        f"given_up={own.filter(_GIVEN_UP).count()} last_taken={last} "
        f"events={','.join(sorted(endpoint.events))}"
    )

"""Messages on their way: tried again for three days, longer apart each time, by any worker."""

from datetime import datetime, timedelta

import structlog
from django.core.cache import cache
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django_tasks import task

from accounts.webhooks import delivery, endpoints
from accounts.webhooks.delivery import NotDelivered
from accounts.webhooks.endpoints import Endpoint
from accounts.webhooks.models import Message

log = structlog.get_logger(__name__)
# After each try that failed; after the last one it is given up, and can be sent again by hand.
WAITS = (
    timedelta(seconds=10),
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
# Longer than one try may last: whoever was sending died, and somebody else may.
LEASE = timedelta(minutes=2)
# Where nobody answers, the next messages wait a little before they ask again.
AWAY = timedelta(seconds=30)


@task()
def deliver(message_id: str, tries: int) -> None:
    """Send a message, if it is due; set the next try where it was not taken.

    tries: how many there were when this job was set. Another number now means that a later job
    sees to it. Each moment in `opens_at` has a job of its own, set in the same transaction.
    """
    now = timezone.now()
    message = _due(message_id, tries).filter(opens_at__lte=now).first()
    if message is None:
        return
    endpoint = endpoints.named(message.endpoint)
    if endpoint is None:
        _give_up(message, "no such endpoint")
    elif cache.get(_away(endpoint.name)):
        _next(message, now + AWAY)
    elif _claim(message, now):
        _try(message, endpoint)


def _due(message_id: str, tries: int) -> QuerySet[Message]:
    return Message.objects.filter(
        pk=message_id, tries=tries, delivered_at__isnull=True, given_up_at__isnull=True
    )


def _claim(message: Message, now: datetime) -> bool:
    """In one statement: of many workers, one sends; and if it dies, another one comes after it."""
    with transaction.atomic():
        mine = _due(str(message.pk), message.tries).filter(opens_at__lte=now)
        if not mine.update(opens_at=now + LEASE):
            return False
        deliver.using(run_after=now + LEASE).enqueue(str(message.pk), message.tries)
    return True


def _try(message: Message, endpoint: Endpoint) -> None:
    try:
        delivery.post(endpoint, str(message.id), message.body)
    except NotDelivered as trouble:
        _failed(message, endpoint, trouble)
    else:
        now, tries = timezone.now(), message.tries + 1
        Message.objects.filter(pk=message.pk).update(delivered_at=now, tries=tries, trouble="")


def _failed(message: Message, endpoint: Endpoint, trouble: NotDelivered) -> None:
    if trouble.is_away:
        cache.set(_away(endpoint.name), True, AWAY.total_seconds())
    message.tries += 1
    log.warning(
        "webhook_not_delivered", endpoint=endpoint.name, tries=message.tries, why=str(trouble)
    )
    if message.tries > len(WAITS):
        _give_up(message, str(trouble))
    else:
        message.trouble = str(trouble)[:100]
        _next(message, timezone.now() + WAITS[message.tries - 1])


def _next(message: Message, when: datetime) -> None:
    with transaction.atomic():
        message.opens_at = when
        message.save(update_fields=["opens_at", "tries", "trouble"])
        deliver.using(run_after=when).enqueue(str(message.pk), message.tries)


def _give_up(message: Message, why: str) -> None:
    message.given_up_at, message.trouble = timezone.now(), why[:100]
    message.save(update_fields=["given_up_at", "tries", "trouble"])
    log.error("webhook_given_up", endpoint=message.endpoint, type=message.type, why=why)


def send_again(message: Message) -> None:
    """By hand: at once, under its own id, with all its tries before it."""
    cache.delete(_away(message.endpoint))
    message.delivered_at = message.given_up_at = None
    message.tries, message.opens_at = 0, timezone.now()
    with transaction.atomic():
        message.save()
        deliver.enqueue(str(message.pk), 0)


def _away(name: str) -> str:
    return f"webhook-away:{name}"

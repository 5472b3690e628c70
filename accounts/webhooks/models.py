"""The outbox: what is to be told, written together with what it tells of."""

import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone


class Message(models.Model):
    """One event for one endpoint. `id` is what its receiver tells a repetition by.

    body: the very bytes that are signed and sent, however often. endpoint: its name in the
    settings; its address and its secrets are kept nowhere but there.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.CharField(max_length=64)
    type = models.CharField(max_length=64)
    body = models.TextField()
    created_at = models.DateTimeField(default=timezone.now)
    tries = models.PositiveSmallIntegerField(default=0)
    # Not before it; moved on by whoever is sending, so that no two do at once.
    opens_at = models.DateTimeField(default=timezone.now)
    delivered_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    # What the last try ended with, in our words: never what the receiver said.
    trouble = models.CharField(max_length=100, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["endpoint", "-created_at"], name="webhook_by_endpoint")
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"

"""Applications that embed the portal, and what each frame is opened by."""

import uuid
from typing import ClassVar

from django.db import models

# SHA-256, in hexadecimal digits.
HASH_LENGTH = 64


class EmbedClient(models.Model):
    """One application: who it is, where its pages are, and which of ours it may show.

    origins: exact, as browsers write them. app_clients: whose access tokens it may hand over.
    """

    pool_id = models.CharField(max_length=55)
    name = models.SlugField(max_length=40)
    origins = models.JSONField(default=list)
    pages = models.JSONField(default=list)
    app_clients = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["EmbedClient"]] = models.Manager()

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pool_id", "name"], name="one_embed_client_per_name")
        ]

    def __str__(self) -> str:
        return self.name


class EmbedKey(models.Model):
    """A key of a client, hashed: its servers show it when they ask for a ticket.

    last_used_at: to within some minutes, so that not every ticket writes it; None where never.
    """

    client = models.ForeignKey(EmbedClient, on_delete=models.CASCADE, related_name="keys")
    key_hash = models.CharField(max_length=HASH_LENGTH, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    last_used_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["EmbedKey"]] = models.Manager()

    def __str__(self) -> str:
        return f"key {self.pk} of {self.client_id}"


class EmbedTicket(models.Model):
    """What a host hands to its frame: for one client, origin, person and page, good once.

    sealed: the person's access token.
    """

    client = models.ForeignKey(EmbedClient, on_delete=models.CASCADE)
    ticket_hash = models.CharField(max_length=HASH_LENGTH, unique=True)
    origin = models.CharField(max_length=270)
    sub = models.CharField(max_length=64)
    page = models.CharField(max_length=20)
    sealed = models.TextField()
    ends_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    objects: ClassVar[models.Manager["EmbedTicket"]] = models.Manager()

    def __str__(self) -> str:
        return f"embed ticket {self.pk}"


class PortalWindow(models.Model):
    """A window of the portal that stands in for a frame, by the id in its address.

    sealed: the access token, whose frame it is, and where to begin. proof: the sign-in that was
    proved there, sealed, until the frame takes it.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    client = models.ForeignKey(EmbedClient, on_delete=models.CASCADE)
    window_hash = models.CharField(max_length=HASH_LENGTH, unique=True)
    sub = models.CharField(max_length=64)
    sealed = models.TextField()
    ends_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    proof = models.TextField(default="")

    objects: ClassVar[models.Manager["PortalWindow"]] = models.Manager()

    def __str__(self) -> str:
        return f"portal window {self.pk}"

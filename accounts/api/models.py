"""What the JSON room must remember: which change was already made for which key."""

import uuid
from typing import ClassVar

from django.db import models


class KeyedChange(models.Model):
    """A change that a program asked for with an Idempotency-Key (RES-05).

    fingerprint: SHA-256 of method, path and body, so that a key serves one request only.
    sealed: the answer; empty while the change is being made, and where the answer held a secret.
    sealed_etag: the ETag that went with it; empty where there was none.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    key_hash = models.CharField(max_length=64)
    fingerprint = models.CharField(max_length=64)
    claimed_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(default=0)
    sealed = models.TextField(blank=True)
    # By the database: the version before writes rows without it.
    sealed_etag = models.TextField(blank=True, default="", db_default="")

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["pool_id", "sub", "key_hash"], name="one_change_per_person_and_key"
            )
        ]

    def __str__(self) -> str:
        return f"keyed change {self.pk}"

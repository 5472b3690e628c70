"""Names of passkeys, and what they said of themselves when they were made."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from portal.factors.models import LONGEST_NAME


class NamedPasskey(models.Model):
    """What the portal remembers of one passkey, because Cognito cannot.

    A row whose passkey is gone from the pool means nothing; the list is always the pool's.
    """

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    # Stands for the id that the authenticator chose, which may be over a thousand signs long.
    handle = models.UUIDField()
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    # The model of the authenticator, by its own word: shown, never trusted.
    aaguid = models.UUIDField(null=True)
    is_synchronised = models.BooleanField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "handle"], name="one_name_a_passkey")
        ]

    def __str__(self) -> str:
        return f"passkey of {self.person_id}"

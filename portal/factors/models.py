"""Names and dates of authenticators: what Cognito has no place for."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from portal.factors.domain import Factor

LONGEST_NAME = 64


class EnrolledAuthenticator(models.Model):
    """An authenticator that was enrolled through this portal, one per person and factor."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    factor = models.CharField(max_length=32, choices=[(each.value, each.name) for each in Factor])
    name = models.CharField(max_length=LONGEST_NAME, blank=True)
    # Unknown where it was only tried here.
    added_at = models.DateTimeField(null=True)
    # When a code of it was last tried here, without any change.
    tried_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "factor"], name="one_authenticator_a_factor")
        ]

    def __str__(self) -> str:
        return f"{self.factor} of {self.person_id}"


class PasskeySwitch(models.Model):
    """Whether a person lets passkeys stand for the code, too; Cognito takes it and never tells."""

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    is_on = models.BooleanField()
    set_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"passkeys of {self.person_id}"


class Dismissal(models.Model):
    """A reminder that a person has answered. what: a method's own name, or "codes"."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    what = models.CharField(max_length=32)
    dismissed_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["person", "what"], name="one_answer_a_reminder")
        ]

    def __str__(self) -> str:
        return f"{self.what} of {self.person_id}"

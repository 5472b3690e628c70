"""Names and dates of authenticators: what Cognito has no place for."""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import audit
from portal.factors.domain import Factor

if TYPE_CHECKING:
    from accounts.sessions import SignedInPerson

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


class LastKnown(models.Model):
    """What was last read of a person's methods, to find what was changed elsewhere since.

    known: as `drift` writes it, numbers and addresses as fingerprints alone. through: the newest
    audit record of a change of ours that was there before that reading. found: what was found
    elsewhere last and not answered yet.
    """

    person = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    known = models.JSONField()
    through = models.PositiveBigIntegerField(default=0)
    read_at = models.DateTimeField()
    version = models.PositiveBigIntegerField(default=0)
    found = models.JSONField(default=dict)

    # Of our own changes, the newest that was there before the reading at hand; see `read`.
    newest = 0

    objects: ClassVar[models.Manager["LastKnown"]] = models.Manager()

    def __str__(self) -> str:
        return f"last known of {self.person_id}"

    @classmethod
    def read(
        cls, person: "SignedInPerson", read_at: datetime, events: Collection[str]
    ) -> "LastKnown | None":
        """The row of a person, with the newest of these events before a reading. One query."""
        number = models.Subquery(audit.newest_before(person, events, read_at))
        row = cls.objects.filter(person_id=person.id).annotate(last=Coalesce(number, 0)).first()
        if row is not None:
            row.newest = row.last
        return row

    @classmethod
    def begin(
        cls,
        person: "SignedInPerson",
        read_at: datetime,
        events: Collection[str],
        known: dict[str, Any],
    ) -> None:
        """Keep a first reading; of two at once, one is kept."""
        newest = audit.newest_before(person, events, read_at).first()
        first = cls(
            person_id=person.id,
            known=known,
            through=newest["number"] if newest else 0,
            read_at=read_at,
        )
        cls.objects.bulk_create([first], ignore_conflicts=True)

    def move_on(self, known: dict[str, Any], read_at: datetime) -> bool:
        """Keep a newer reading; false where somebody was quicker."""
        unmoved = LastKnown.objects.filter(pk=self.pk, version=self.version)
        return bool(
            unmoved.update(
                known=known,
                through=max(self.newest, self.through),
                read_at=read_at,
                version=models.F("version") + 1,
            )
        )

    def note(self, receipt: UUID, detail: dict[str, Any]) -> None:
        self.found = {
            "receipt": str(receipt),
            "detail": detail,
            "at": timezone.now().isoformat(),
        }
        LastKnown.objects.filter(pk=self.pk).update(found=self.found)

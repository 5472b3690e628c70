"""Names and dates of authenticators: what Cognito has no place for."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, cast
from uuid import UUID

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts import audit, freezes
from accounts.prepared import Prepared, PreparedInsert, PreparedUpdate
from portal.factors.domain import Factor

if TYPE_CHECKING:
    from accounts.subjects import Known

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
        cls,
        whose: "Known",
        person_id: UUID,
        read_at: datetime,
        events: Collection[str],
        asked_by: Collection[str] = (),
    ) -> "Remembered":
        """The row of a person, and what else is kept of them. One query.

        The row knows the newest of these events before a reading; asked_by: those that leave a
        word about what is wanted.
        """
        ask = _known(tuple(events), tuple(asked_by))
        rows = ask(whose.pool_id, whose.sub, read_at, person_id)
        if not rows:
            return Remembered(None, [])
        own = len(COLUMNS)
        newest, frozen_until, told = rows[0][own : own + 3]
        row = None
        # Where nothing was read before, its columns are empty.
        if rows[0][0] is not None:
            row = cls.from_db("default", COLUMNS, rows[0][:own])
            row.newest = newest
        kept = [each[own + 3 :] for each in rows if each[own + 3] is not None]
        standing = Standing(frozen_until, audit.last_word(told, whose.sub))
        return Remembered(row, kept, standing, newest)

    @classmethod
    def begin(cls, person_id: UUID, known: dict[str, Any], through: int, read_at: datetime) -> None:
        """Keep a first reading; of two at once, one is kept."""
        _begin(cls(person_id=person_id, known=known, through=through, read_at=read_at))

    def move_on(self, known: dict[str, Any], read_at: datetime) -> bool:
        """Keep a newer reading; false where somebody was quicker."""
        through = max(self.newest, self.through)
        return bool(_move_on(self.pk, self.version, known, through, read_at))

    def note(self, receipt: UUID, detail: dict[str, Any]) -> None:
        self.found = {
            "receipt": str(receipt),
            "detail": detail,
            "at": timezone.now().isoformat(),
        }
        LastKnown.objects.filter(pk=self.pk).update(found=self.found)


_begin = PreparedInsert(ignoring=True)
_move_on = PreparedUpdate(
    lambda pk, version, known, through, read_at: (
        LastKnown.objects.filter(pk=pk, version=version),
        {
            "known": known,
            "through": through,
            "read_at": read_at,
            "version": models.F("version") + 1,
        },
    ),
    int,
    int,
    dict,
    int,
    datetime,
)


# Of one authenticator: its factor, its name, when it was added, and when it was last tried.
Kept = tuple[str, str, datetime | None, datetime | None]
KEPT = ("factor", "name", "added_at", "tried_at")
COLUMNS = tuple(field.attname for field in LastKnown._meta.concrete_fields)

_kept = Prepared(
    lambda person_id: EnrolledAuthenticator.objects.filter(person_id=person_id).values_list(*KEPT),
    UUID,
)


def kept_of(person_id: UUID) -> list[Kept]:
    return cast(list[Kept], _kept(person_id))


@dataclass(frozen=True)
class Standing:
    """Of an account, at one reading: until when it is frozen, and what was last asked for it."""

    frozen_until: datetime | None
    last_word: audit.LastWord | None


@dataclass(frozen=True)
class Remembered:
    """What is kept of somebody. row: None where nothing was read of them before.

    newest: of our own changes, the last that was there before the reading at hand.
    """

    row: LastKnown | None
    kept: list[Kept]
    standing: Standing | None = None
    newest: int = 0


@cache
def _known(events: tuple[str, ...], asked_by: tuple[str, ...]) -> Prepared:
    def build(pool_id: str, sub: str, read_at: datetime, person_id: UUID) -> Any:
        beside = (
            Coalesce(models.Subquery(audit.newest_before(pool_id, sub, events, read_at)), 0),
            models.Subquery(freezes.ends(pool_id, sub, read_at)),
            models.Subquery(audit.last_changes(pool_id, sub, asked_by)),
        )
        # From the person on, who is there before anything was read of them.
        known = (f"lastknown__{name}" for name in COLUMNS)
        kept = (f"enrolledauthenticator__{name}" for name in KEPT)
        person = get_user_model().objects.filter(pk=person_id)
        return person.values_list(*known, *beside, *kept)

    return Prepared(build, str, str, datetime, UUID)

"""What the portal must remember itself, because Cognito cannot.

Nothing here identifies a person beyond the pair (pool, sub): no name, address or number.
"""

import uuid
from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any, ClassVar, Never

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import IntegrityError, connection, models, transaction
from django.utils import timezone

from accounts import chain
from accounts.prepared import Prepared, PreparedInsert, PreparedUpdate, Ready, both, together, told


class PersonManager(BaseUserManager["Person"]):
    def known_as(self, pool_id: str, sub: str) -> "Person":
        """Return the person, remembering them at their first visit."""
        person, _ = self.get_or_create(pool_id=pool_id, sub=sub)
        return person


class Person(AbstractBaseUser):
    """Somebody whose account lives in a user pool: the pair (pool, sub) and nothing else."""

    # Passwords and last sign-ins are the pool's business.
    password = None  # type: ignore[assignment]
    last_login = None

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    # What they chose to be spoken to in; empty until they choose.
    language = models.CharField(max_length=12, blank=True, default="", db_default="")

    objects: ClassVar[PersonManager] = PersonManager()

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["pool_id", "sub"]

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pool_id", "sub"], name="one_person_per_pool_and_sub")
        ]

    def __str__(self) -> str:
        return f"person {self.pk}"


class TrustedBrowser(models.Model):
    """A browser that somebody trusts, which the pool asks instead of a second step.

    browser_hash: SHA-256 of the cookie, which itself is kept nowhere; a browser may be trusted
    by several people. sealed: the device's key, group and secret, and the names it is found by.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="trusted_browsers")
    browser_hash = models.CharField(max_length=64, db_index=True)
    sealed = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)
    used_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["person", "browser_hash"], name="one_device_per_person_and_browser"
            )
        ]

    def __str__(self) -> str:
        return f"trusted browser {self.pk}"


class Tally(models.Model):
    """One count of `accounts.limits`; who it is about cannot be read from its key."""

    key = models.CharField(max_length=100, primary_key=True)
    count = models.PositiveIntegerField()
    # Before it, no further try; after `ends_at`, nothing of it counts any more.
    opens_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class SetUpBegun(models.Model):
    """A method that a sign-in is setting up, until that is recorded (`accounts.set_ups`).

    name_hash: of the account's name, by a key. factor: by Cognito's name.
    """

    name_hash = models.CharField(max_length=64)
    factor = models.CharField(max_length=32)
    begun_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["name_hash", "factor"], name="one_set_up_a_factor")
        ]

    def __str__(self) -> str:
        return f"set-up {self.pk}"


class Colleague(models.Model):
    """What an operator is called, sealed; seen_at: when they last came to work."""

    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    sealed = models.TextField()
    seen_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pool_id", "sub"], name="one_name_a_colleague")
        ]

    def __str__(self) -> str:
        return f"colleague {self.pk}"


class Freeze(models.Model):
    """A time in which nobody changes how this account signs in, its owner included.

    Begun by "this was not me" or by an operator; over by itself, or lifted.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    begun_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=32)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool_id", "sub", "-ends_at"], name="freeze_by_person")
        ]

    def __str__(self) -> str:
        return f"freeze {self.pk}"


class NotMeLink(models.Model):
    """The "this was not me" of one notice: whose account it secures, once, and until when.

    about: the audit record that the notice told of.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    about = models.UUIDField(null=True)
    ends_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"link {self.pk}"


class Case(models.Model):
    """Something the helpdesk must look at: who it is about, why, and how it ended.

    number: what people say on the phone. about: the audit record that somebody says was not
    theirs. opened_by: a `sub`, or "portal".
    """

    class Kind(models.TextChoices):
        NOT_ME = "not_me"
        LOST = "lost"
        TAKEOVER = "takeover"
        LEAVER = "leaver"
        HELP = "help"
        # Rung by the portal itself: see accounts/alarms.py.
        ALARM = "alarm"

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    number = models.CharField(max_length=16, unique=True)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    kind = models.CharField(max_length=16, choices=Kind.choices)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField(auto_now_add=True, db_index=True)
    opened_by = models.CharField(max_length=64)
    about = models.UUIDField(null=True)
    ticket = models.CharField(max_length=64, blank=True)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=64, blank=True)
    closing_words = models.CharField(max_length=500, blank=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool_id", "sub", "-opened_at"], name="case_by_person")
        ]

    def __str__(self) -> str:
        return f"case {self.number}"


class RecoveryPass(models.Model):
    """Leave to set up a new sign-in method without the old one, given once, after a check.

    It opens in the browser of its pairing alone, and replaces no password. issued_by: a `sub`,
    or "portal" after a wait.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    issued_at = models.DateTimeField(auto_now_add=True)
    issued_by = models.CharField(max_length=64)
    opens_at = models.DateTimeField()
    ends_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="passes")

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool_id", "sub", "-issued_at"], name="pass_by_person")
        ]

    def __str__(self) -> str:
        return f"recovery pass {self.pk}"


class PairingRequest(models.Model):
    """A browser whose owner gave the right password and shows a short code to an operator.

    An operator who types the code lets a pass open in that browser and in no other, and so
    never sees anything that opens the account. session_hash: SHA-256 of the browser's cookie.
    code_hash: empty where the portal itself paired it, after a wait.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    code_hash = models.CharField(max_length=200, blank=True)
    session_hash = models.CharField(max_length=64)
    asked_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(db_index=True)
    paired_with = models.ForeignKey(
        RecoveryPass, null=True, on_delete=models.SET_NULL, related_name="pairings"
    )

    def __str__(self) -> str:
        return f"pairing {self.pk}"


class AuditHead(models.Model):
    """The newest row of a pool's chain, and the one lock that keeps the chain from forking."""

    pool_id = models.CharField(max_length=55, primary_key=True)
    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True, default=chain.BEGINNING)

    objects: ClassVar[models.Manager["AuditHead"]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.pool_id} {self.number}:{self.hash}"

    @classmethod
    def held(cls, pool_id: str) -> "AuditHead":
        """The head, which is this transaction's alone until it ends."""
        rows = _held_head(pool_id)
        if rows:
            return cls.from_db("default", HEAD, rows[0])
        head, _ = cls.objects.select_for_update().get_or_create(pool_id=pool_id)
        return head


HEAD = ("pool_id", "number", "hash")
_held_head = Prepared(
    lambda pool_id: (
        AuditHead.objects.select_for_update().filter(pool_id=pool_id).values_list(*HEAD)
    ),
    str,
)
_seen_head = Prepared(
    lambda pool_id: AuditHead.objects.filter(pool_id=pool_id).values_list("number", "hash"), str
)
_move_head = PreparedUpdate(
    lambda pool_id, number, its_hash, to, new_hash: (
        AuditHead.objects.filter(pool_id=pool_id, number=number, hash=its_hash),
        {"number": to, "hash": new_hash},
    ),
    str,
    int,
    str,
    int,
    str,
)
# Of each pool the number and hash that this process saw last at the head of its chain.
_last_seen: dict[str, tuple[int, str]] = {}


def together_before_a_row(*steps: Ready) -> list[int]:
    """As `together`, for what is written just before a row of the audit.

    The head is read at the same moment where that costs nothing: another process may have moved it
    since this one saw it, and the row would find out by a statement of its own.
    """
    if connection.vendor != "postgresql":
        return together(*steps)
    pool_id = settings.COGNITO_USER_POOL_ID
    *counts, seen = told(*steps, reading=_seen_head.ready(pool_id))
    if seen is not None:
        _last_seen[pool_id] = seen
    return counts


def together_standing_before_a_row(
    standing: Ready, *steps: Ready
) -> tuple[list[int], tuple[Any, ...] | None]:
    """The same, and a row that is read with the head; on PostgreSQL alone."""
    pool_id = settings.COGNITO_USER_POOL_ID
    *counts, seen = told(*steps, reading=both(standing, _seen_head.ready(pool_id)))
    if seen is None:
        return counts, None
    *row, number, its_hash = seen
    if number is not None:
        _last_seen[pool_id] = number, its_hash
    return counts, tuple(row)


class AuditRows(models.QuerySet["AuditRecord"]):
    """Rows to read: writing goes through the chain, one at a time."""

    def update(self, **kwargs: Any) -> Never:
        raise TypeError("An audit record is never changed.")

    def delete(self) -> Never:
        raise TypeError("An audit record is never deleted.")

    def bulk_create(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("Audit records are written one by one.")


class RecoveryCodeSet(models.Model):
    """The recovery codes that somebody was shown together. kept_at: they said they kept them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    made_at = models.DateTimeField(auto_now_add=True)
    kept_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pool_id", "sub"], name="one_set_of_codes_per_person")
        ]

    def __str__(self) -> str:
        return f"recovery codes {self.pk}"


class RecoveryCode(models.Model):
    """One code of a set: salted and hashed, good once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    of = models.ForeignKey(RecoveryCodeSet, on_delete=models.CASCADE, related_name="codes")
    code_hash = models.CharField(max_length=200)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class Recovery(models.Model):
    """One way back in, from its second proof until a new method is on (docs/recovery.md).

    way: what proved it beside the password. Each time says that a step is done: freed_at, the old
    methods are gone and everything signed in has ended; closed_at, the sitting was cut and the
    account is closed to a password alone; done_at, a new method is on.
    """

    class Way(models.TextChoices):
        CODE = "code"
        PASS = "pass"  # noqa: S105  (a way, no password)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    way = models.CharField(max_length=8, choices=Way.choices)
    # SHA-256 of the cookie of the browser it was begun in, where it goes on without another proof.
    browser_hash = models.CharField(max_length=64, default="")
    begun_at = models.DateTimeField()
    # Until when the account may be left with a password alone; begun anew by who continues.
    ends_at = models.DateTimeField(db_index=True)
    freed_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(
                fields=["pool_id", "sub"],
                condition=models.Q(done_at__isnull=True),
                name="one_way_back_at_a_time",
            )
        ]

    def __str__(self) -> str:
        return f"recovery {self.pk}"


class AuditRecord(models.Model):
    """One thing that happened. Written once, never changed; an outcome is a row of its own.

    `id` is the receipt a person, the helpdesk and the logs can quote. `number`, `previous`,
    `hash` and `seal` chain the rows of a pool: `accounts.chain`.
    """

    class Outcome(models.TextChoices):
        INTENDED = "intended"
        DONE = "done"
        REFUSED = "refused"
        UNKNOWN = "unknown"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    event = models.CharField(max_length=64)
    outcome = models.CharField(max_length=16, choices=Outcome.choices)
    # The row this one completes: an outcome names its intention.
    completes = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="completed_by"
    )
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    actor = models.CharField(max_length=64)
    factor = models.CharField(max_length=32, blank=True)
    client_address = models.CharField(max_length=45, blank=True)
    session_hash = models.CharField(max_length=64, blank=True)
    embed_client = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    # Of an operator's act: in their words, where their helpdesk keeps the rest, by which check
    # of the caller, and with whose agreement.
    reason = models.CharField(max_length=500, blank=True)
    ticket = models.CharField(max_length=64, blank=True)
    caller_check = models.CharField(max_length=64, blank=True)
    approval = models.CharField(max_length=64, blank=True)
    detail = models.JSONField(default=dict)
    number = models.PositiveBigIntegerField(editable=False)
    previous = models.CharField(max_length=64, blank=True, editable=False)
    hash = models.CharField(max_length=64, editable=False)
    seal = models.CharField(max_length=64, editable=False)

    objects: ClassVar[models.Manager["AuditRecord"]] = AuditRows.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["created_at", "number"]
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["pool_id", "number"], name="one_row_per_number")
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool_id", "sub", "-created_at"], name="audit_by_person"),
            # The auditor's page is in the order of the numbers. An index without them is left
            # aside by SQLite, which then walks through all rows in that order.
            models.Index(fields=["pool_id", "sub", "number"], name="audit_of_person"),
            models.Index(fields=["pool_id", "created_at"], name="audit_by_time"),
            models.Index(fields=["pool_id", "request_id", "number"], name="audit_by_request"),
            models.Index(fields=["pool_id", "ticket", "number"], name="audit_by_ticket"),
            models.Index(fields=["pool_id", "actor", "number"], name="audit_by_actor"),
            models.Index(fields=["pool_id", "event", "number"], name="audit_by_event"),
            models.Index(fields=["pool_id", "outcome", "number"], name="audit_by_outcome"),
        ]

    def __str__(self) -> str:
        return f"{self.event} {self.outcome} {self.pk}"

    def save(self, *args: Any, also: Sequence[Ready] = (), **kwargs: Any) -> None:
        """Write the row behind the newest one of its pool; both stand, or neither.

        also: rows that stand with it.
        """
        if not self._state.adding:
            raise TypeError("An audit record is never changed.")
        if not self._follows_last_seen(also):
            self._follows_held(also)
        _last_seen[self.pool_id] = (self.number, self.hash)
        self._state.adding, self._state.db = False, "default"

    def _follows_last_seen(self, also: Sequence[Ready]) -> bool:
        """Move the head and write the row in one statement, if the head is as it was seen last.

        Nobody waits then while this process thinks. False where others write at this moment, and
        where a database must be asked first (SQLite): then the head is to be held.
        """
        if connection.vendor != "postgresql":
            return False
        reading = _seen_head.ready(self.pool_id)
        # What fails within somebody's transaction must not end theirs.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            for _ in range(2):
                before = _last_seen.get(self.pool_id, (0, chain.BEGINNING))
                self._follow(*before)
                moved, *_, seen = told(*self._steps(), *also, reading=reading)
                if moved:
                    return True
                if seen is None or seen == before:
                    return False
                _last_seen[self.pool_id] = seen
        return False

    def _follows_held(self, also: Sequence[Ready]) -> None:
        """The same under the lock. Errors: IntegrityError where the head moved all the same."""
        with transaction.atomic():
            head = AuditHead.held(self.pool_id)
            self._follow(head.number, head.hash)
            if together(*self._steps(), *also, savepoint=False)[0] != 1:
                raise IntegrityError(f"The audit of {self.pool_id} was written by somebody else.")

    def _follow(self, number: int, its_hash: str) -> None:
        self.number, self.previous = number + 1, its_hash
        self.hash = chain.digest(self.said())
        self.seal = chain.seal(self.hash)

    def _steps(self) -> tuple[Ready, Ready]:
        """The head moves on from the row before, or there is no row."""
        before, own = (self.number - 1, self.previous), (self.number, self.hash)
        return _move_head.ready(self.pool_id, *before, *own), _write_record.ready(self)

    def said(self) -> dict[str, Any]:
        """All its columns, as `values()` reads them."""
        return {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields}

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise TypeError("An audit record is never deleted.")


_write_record = PreparedInsert()


class AuditCursor(models.Model):
    """How far the rows of a pool were delivered to one target, and when the next try may be."""

    target = models.CharField(max_length=16)
    pool_id = models.CharField(max_length=55)
    number = models.PositiveBigIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    opens_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["target", "pool_id"], name="one_cursor_per_target")
        ]

    def __str__(self) -> str:
        return f"{self.target} {self.pool_id} {self.number}"

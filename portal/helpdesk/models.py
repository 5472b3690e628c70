"""What the helpdesk must remember: checks of callers, and what second operators agree to."""

import uuid
from typing import ClassVar

from django.db import models


class CallerCheck(models.Model):
    """One call: which operator helps whom, under which ticket, and since when.

    number_hash: of the short code by which the caller can look the operator up. sealed: that code,
    and the operator's name and roles as the person may see them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    operator = models.CharField(max_length=64)
    ticket = models.CharField(max_length=64)
    number_hash = models.CharField(max_length=64, unique=True)
    sealed = models.TextField()
    opened_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField(db_index=True)
    # Ended before its time, by the operator or by the person; nothing proved in it counts then.
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool_id", "sub", "-ends_at"], name="check_by_person")
        ]

    def __str__(self) -> str:
        return f"check {self.pk}"


class CallerProof(models.Model):
    """One proof asked of a caller: by which way, until when, and whether it was given.

    secret_hash: of what the caller must say, bound to operator, person, ticket and destination.
    sealed: only what a page shows again: the phrase to the person, the number for a voucher.
    """

    class Way(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"
        PHRASE = "phrase"
        VOUCH = "vouch"
        IN_PERSON = "in_person"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    check_of = models.ForeignKey(CallerCheck, on_delete=models.CASCADE, related_name="proofs")
    way = models.CharField(max_length=16, choices=Way.choices)
    secret_hash = models.CharField(max_length=64, blank=True, db_index=True)
    sealed = models.TextField(blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    asked_at = models.DateTimeField(auto_now_add=True)
    ends_at = models.DateTimeField()
    passed_at = models.DateTimeField(null=True)
    # Until when the operator may act on it.
    counts_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"proof {self.pk}"


class Approval(models.Model):
    """An act that a second operator is asked to agree to, and what became of it.

    evidence: what the second one sees: how the caller proved it, and what will change. names:
    sealed; the operator's and the person's, masked.
    """

    class State(models.TextChoices):
        OPEN = "open"
        GRANTED = "granted"
        REFUSED = "refused"
        WITHDRAWN = "withdrawn"
        SPENT = "spent"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    act = models.CharField(max_length=32)
    operator = models.CharField(max_length=64)
    names = models.TextField()
    reason = models.CharField(max_length=500)
    ticket = models.CharField(max_length=64)
    evidence = models.JSONField(default=dict)
    state = models.CharField(max_length=16, choices=State.choices, default=State.OPEN)
    asked_at = models.DateTimeField(auto_now_add=True)
    decided_at = models.DateTimeField(null=True)
    # A `sub`; empty where there is only a hold, or the glass was broken.
    decided_by = models.CharField(max_length=64, blank=True)
    words = models.CharField(max_length=500, blank=True)
    broke_glass = models.BooleanField(default=False)
    # Not before it, and not after `ends_at`; while it is open, `ends_at` is when it expires.
    opens_at = models.DateTimeField(null=True)
    ends_at = models.DateTimeField(db_index=True)
    spent_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool_id", "operator", "sub", "act"], name="approval_by_asker")
        ]

    def __str__(self) -> str:
        return f"approval {self.pk}"


class Compound(models.Model):
    """An act of several steps on one account, and how far it came: a cut one can go on.

    id: of the audit record that says that it began. steps: the name of each step that was taken,
    and whether it was done or skipped.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    sub = models.CharField(max_length=64)
    act = models.CharField(max_length=32)
    begun_by = models.CharField(max_length=64)
    begun_at = models.DateTimeField(auto_now_add=True)
    reason = models.CharField(max_length=500)
    ticket = models.CharField(max_length=64)
    # Of what a second operator agreed to; empty where nobody had to.
    approval = models.CharField(max_length=64, blank=True)
    steps = models.JSONField(default=dict)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["pool_id", "sub", "-begun_at"], name="compound_by_person")
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.pk}"

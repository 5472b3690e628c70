"""What is kept of changes for many people. Whoever is named in them is kept sealed, or by `sub`."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone


class BulkChange(models.Model):
    """One change for many people: what, why, who planned it, who agreed, and how far it is.

    factor: for a change of one method. group: whose people are meant, where it is no list; status:
    only those of this status. page: where the next page of the group begins. note: why it stands
    still. request_id: of the approval.
    """

    class State(models.TextChoices):
        DRAFT = "draft"
        # Each account is read and judged; nothing is changed.
        LOOKING = "looking"
        # For a second operator.
        WAITING = "waiting"
        RUNNING = "running"
        PAUSED = "paused"
        FINISHED = "finished"
        REFUSED = "refused"
        CANCELLED = "cancelled"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    pool_id = models.CharField(max_length=55)
    kind = models.CharField(max_length=32)
    factor = models.CharField(max_length=32, blank=True)
    group = models.CharField(max_length=128, blank=True)
    status = models.CharField(max_length=32, blank=True)
    page = models.TextField(blank=True)
    gathered = models.BooleanField(default=True)
    reason = models.CharField(max_length=500)
    ticket = models.CharField(max_length=64)
    state = models.CharField(max_length=16, choices=State.choices, default=State.DRAFT)
    note = models.CharField(max_length=32, blank=True)
    planned_by = models.CharField(max_length=64)
    planned_at = models.DateTimeField(auto_now_add=True, db_index=True)
    expires_at = models.DateTimeField(null=True)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_words = models.CharField(max_length=500, blank=True)
    request_id = models.CharField(max_length=36, blank=True)
    ended_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"change for many {self.pk}"


class BulkRow(models.Model):
    """One account of a change. line: of the list it came in.

    sealed: as it was typed, until it is known who that is. plan: the preference before and after.
    writes: calls that the change takes. opens_at: nobody touches the row before; a worker that
    takes it moves this on. receipt: the audit record of the change, written before the call.
    """

    class State(models.TextChoices):
        GIVEN = "given"
        PLANNED = "planned"
        # Said that it will be done, and nothing is known since: read before acting again.
        INTENDED = "intended"
        DONE = "done"
        SKIPPED = "skipped"
        REFUSED = "refused"
        UNKNOWN = "unknown"

    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField()
    sealed = models.TextField(blank=True)
    sub = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.GIVEN)
    reason = models.CharField(max_length=32, blank=True)
    plan = models.JSONField(default=dict)
    writes = models.PositiveSmallIntegerField(default=0)
    tries = models.PositiveSmallIntegerField(default=0)
    opens_at = models.DateTimeField(default=timezone.now)
    receipt = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["change", "line"], name="one_row_per_line"),
            models.UniqueConstraint(
                fields=["change", "sub"], condition=~Q(sub=""), name="nobody_twice_in_one_change"
            ),
        ]
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["change", "state", "opens_at"], name="bulk_rows_to_do")
        ]

    def __str__(self) -> str:
        return f"line {self.line}"


class BulkLane(models.Model):
    """One chain of jobs of a change; each job takes its turn once, however often it is queued."""

    change = models.ForeignKey(BulkChange, on_delete=models.CASCADE, related_name="lanes")
    number = models.PositiveSmallIntegerField()
    turn = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["change", "number"], name="one_lane_per_number")
        ]

    def __str__(self) -> str:
        return f"lane {self.number}"


class Pace(models.Model):
    """When the next call of one quota of Cognito's may be made, in microseconds since the epoch."""

    quota = models.CharField(max_length=32, primary_key=True)
    free_at = models.BigIntegerField()

    def __str__(self) -> str:
        return self.quota

"""What a migration may do while the version before still runs beside it (docs/upgrades.md).

During a roll-out both versions use the tables of the new one. So a release adds; what it no longer
uses is removed by the release after it.
"""

from collections.abc import Iterable, Iterator

from django.db.migrations import Migration
from django.db.migrations import operations as made
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

GONE = (made.RemoveField, made.DeleteModel)
RENAMED = (made.RenameField, made.RenameModel, made.AlterModelTable)
NO_WAY_BACK = (made.RunPython, made.RunSQL)


def broken(migration: Migration) -> list[str]:
    """Each rule that a migration breaks, in words."""
    created = {
        operation.name_lower
        for operation in migration.operations
        if isinstance(operation, made.CreateModel)
    }
    return [
        f"{migration.app_label}.{migration.name}: {operation.describe()}: {why}"
        for operation in _flat(migration.operations)
        if getattr(operation, "model_name_lower", None) not in created
        for why in _why_not(operation)
    ]


def _flat(operations: Iterable[Operation]) -> Iterator[Operation]:
    """State alone, with nothing done to the database, breaks nobody."""
    for operation in operations:
        if isinstance(operation, made.SeparateDatabaseAndState):
            yield from _flat(operation.database_operations)
        else:
            yield operation


def _why_not(operation: Operation) -> Iterator[str]:
    if isinstance(operation, GONE):
        yield "the version before still reads it: stop using it now, remove it a release later"
    elif isinstance(operation, RENAMED):
        yield "the version before knows the former name: add, copy, and remove a release later"
    elif isinstance(operation, made.AddField) and not _may_be_left_out(operation):
        yield "the version before writes rows without it: give it db_default, or null=True"
    elif isinstance(operation, NO_WAY_BACK) and not operation.reversible:
        yield "there is no way back: give it a reverse, if only noop"


def _may_be_left_out(operation: made.AddField) -> bool:
    field = operation.field
    is_filled = getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED
    return bool(field.null or field.many_to_many or is_filled)

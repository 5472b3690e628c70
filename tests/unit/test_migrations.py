"""A release's migrations leave the version before it running (docs/upgrades.md)."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import migrations, models

from deploy.migration_rules import broken
from deploy.released_migrations import ours, released


@pytest.mark.django_db
def test_what_came_since_the_last_release_breaks_no_rule() -> None:
    """(RES-08) two versions during a roll-out."""
    before = released()
    assert before <= set(ours()), "a migration that was released is never removed"
    since = {name: each for name, each in ours().items() if before and name not in before}
    assert [why for each in since.values() for why in broken(each)] == []


@pytest.mark.django_db
def test_every_change_of_a_model_has_its_migration() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


ADDED = {"model_name": "case", "name": "new"}


@pytest.mark.parametrize(
    ("operation", "why"),
    [
        (migrations.RemoveField("case", "ticket"), "still reads it"),
        (migrations.DeleteModel("case"), "still reads it"),
        (migrations.RenameField("case", "ticket", "number"), "former name"),
        (migrations.RenameModel("case", "affair"), "former name"),
        (migrations.AlterModelTable("case", "affairs"), "former name"),
        (migrations.AddField(**ADDED, field=models.TextField(default="")), "without it"),
        (migrations.RunSQL("DELETE FROM gone"), "no way back"),
        (migrations.AddField(**ADDED, field=models.TextField(null=True)), ""),
        (migrations.AddField(**ADDED, field=models.TextField(db_default="")), ""),
        (migrations.RunSQL("SELECT 1", migrations.RunSQL.noop), ""),
        (migrations.SeparateDatabaseAndState([], [migrations.DeleteModel("case")]), ""),
        (migrations.SeparateDatabaseAndState([migrations.DeleteModel("case")]), "still reads it"),
    ],
)
def test_the_rules(operation: Any, why: str) -> None:
    migration = migrations.Migration("0099_next", "accounts")
    migration.operations = [operation]
    found = broken(migration)
    assert len(found) == bool(why)
    assert all(why in words for words in found)


def test_a_table_made_here_is_known_to_nobody_yet() -> None:
    migration = migrations.Migration("0099_next", "accounts")
    added = migrations.AddField(**ADDED, field=models.TextField())
    migration.operations = [migrations.CreateModel("Case", []), added]
    assert broken(migration) == []

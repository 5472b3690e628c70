"""Columns of the chain, and the rows of before chained in the order in which they were written."""

from itertools import islice
from typing import Any

import django.utils.timezone
from django.db import migrations, models

from accounts import chain

BATCH = 500


def chain_rows(apps: Any, schema_editor: Any) -> None:
    """Begin a chain for each pool. A second run goes on where the first one ended."""
    records = apps.get_model("accounts", "AuditRecord").objects
    pools = records.filter(number=None).order_by().values_list("pool_id", flat=True)
    for pool_id in pools.distinct():
        _chain_pool(apps, pool_id)


def _chain_pool(apps: Any, pool_id: str) -> None:
    records = apps.get_model("accounts", "AuditRecord").objects
    head, _ = apps.get_model("accounts", "AuditHead").objects.get_or_create(pool_id=pool_id)
    attnames = [field.attname for field in records.model._meta.concrete_fields]
    unchained = records.filter(pool_id=pool_id, number=None).order_by("created_at", "id")
    ids = iter(list(unchained.values_list("id", flat=True)))
    while batch := list(islice(ids, BATCH)):
        found = records.in_bulk(batch)
        rows = [found[each] for each in batch]
        for row in rows:
            row.number, row.previous = head.number + 1, head.hash
            row.hash = chain.digest({name: getattr(row, name) for name in attnames})
            row.seal = chain.seal(row.hash)
            head.number, head.hash = row.number, row.hash
        records.bulk_update(rows, ["number", "previous", "hash", "seal"])
        head.save()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_case_alarm"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditHead",
            fields=[
                ("pool_id", models.CharField(max_length=55, primary_key=True, serialize=False)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("hash", models.CharField(blank=True, default="", max_length=64)),
            ],
        ),
        migrations.AlterField(
            model_name="auditrecord",
            name="created_at",
            field=models.DateTimeField(
                db_index=True, default=django.utils.timezone.now, editable=False
            ),
        ),
        # The index over pool and person serves both.
        migrations.AlterField(
            model_name="auditrecord",
            name="sub",
            field=models.CharField(max_length=64),
        ),
        migrations.AlterField(
            model_name="auditrecord",
            name="request_id",
            field=models.CharField(blank=True, db_index=True, max_length=36),
        ),
        migrations.AddField(
            model_name="auditrecord",
            name="caller_check",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditrecord",
            name="approval",
            field=models.CharField(blank=True, default="", max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditrecord",
            name="number",
            field=models.PositiveBigIntegerField(editable=False, null=True),
        ),
        migrations.AddField(
            model_name="auditrecord",
            name="previous",
            field=models.CharField(blank=True, default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditrecord",
            name="hash",
            field=models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="auditrecord",
            name="seal",
            field=models.CharField(default="", editable=False, max_length=64),
            preserve_default=False,
        ),
        migrations.RunPython(chain_rows, migrations.RunPython.noop),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_audit_chain"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="auditrecord",
            options={"ordering": ["created_at", "number"]},
        ),
        migrations.AlterField(
            model_name="auditrecord",
            name="number",
            field=models.PositiveBigIntegerField(editable=False),
        ),
        migrations.AddConstraint(
            model_name="auditrecord",
            constraint=models.UniqueConstraint(
                fields=("pool_id", "number"), name="one_row_per_number"
            ),
        ),
        migrations.AddIndex(
            model_name="auditrecord",
            index=models.Index(fields=["pool_id", "actor", "number"], name="audit_by_actor"),
        ),
        migrations.AddIndex(
            model_name="auditrecord",
            index=models.Index(fields=["pool_id", "event", "number"], name="audit_by_event"),
        ),
        migrations.AddIndex(
            model_name="auditrecord",
            index=models.Index(fields=["pool_id", "outcome", "number"], name="audit_by_outcome"),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_recovery_browser"),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditCursor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("target", models.CharField(max_length=16)),
                ("pool_id", models.CharField(max_length=55)),
                ("number", models.PositiveBigIntegerField(default=0)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("opens_at", models.DateTimeField(null=True)),
            ],
        ),
        migrations.AddConstraint(
            model_name="auditcursor",
            constraint=models.UniqueConstraint(
                fields=("target", "pool_id"), name="one_cursor_per_target"
            ),
        ),
    ]

from django.apps import AppConfig

from accounts import purging


class HelpdeskBulkConfig(AppConfig):
    name = "portal.helpdesk.bulk"
    label = "helpdesk_bulk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.helpdesk.bulk import progress  # noqa: PLC0415  (models are loaded by now)

        purging.register("changes for many people", progress.purge)

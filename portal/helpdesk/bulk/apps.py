from django.apps import AppConfig


class HelpdeskBulkConfig(AppConfig):
    name = "portal.helpdesk.bulk"
    label = "helpdesk_bulk"
    default_auto_field = "django.db.models.BigAutoField"

    def purge(self) -> dict[str, int]:
        """What `manage.py purge` deletes here."""
        # Loaded when the application is.
        from portal.helpdesk.bulk import progress

        return {"changes for many people": progress.purge()}

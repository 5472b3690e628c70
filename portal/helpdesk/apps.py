from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "portal.helpdesk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.helpdesk import start_checks  # noqa: F401  (registers the system checks)

    def purge(self) -> dict[str, int]:
        """What is over, deleted; how many rows of each kind went (`manage.py purge`)."""
        from portal.helpdesk import purging

        return {
            "checks of callers": purging.checks(),
            "approvals": purging.approvals(),
            "acts of several steps": purging.compounds(),
        }

from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "portal.helpdesk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import unseen
        from portal.helpdesk import start_checks, telling  # noqa: F401  (registers system checks)

        unseen.voice.of_helpdesk = telling.tell_late

    def purge(self) -> dict[str, int]:
        """What is over, deleted; how many rows of each kind went (`manage.py purge`)."""
        from portal.helpdesk import purging

        return {
            "checks of callers": purging.checks(),
            "approvals": purging.approvals(),
            "acts of several steps": purging.compounds(),
        }

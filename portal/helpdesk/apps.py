from django.apps import AppConfig


class HelpdeskConfig(AppConfig):
    name = "portal.helpdesk"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from portal.helpdesk import purging  # noqa: PLC0415  (its models are there only now)

        purging.register()

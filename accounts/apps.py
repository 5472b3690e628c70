from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import checks, logs, undelivered  # noqa: F401  (registers the system checks)
        from accounts.cognito import errors
        from accounts.watch import listening

        logs.configure()
        listening.begin()
        errors.undelivered.connect(undelivered.note)

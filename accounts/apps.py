from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        # `checks` registers the system checks.
        from accounts import checks, form_letters, logs, undelivered  # noqa: F401
        from accounts.cognito import errors
        from accounts.watch import listening

        logs.configure()
        form_letters.use()
        listening.begin()
        errors.undelivered.connect(undelivered.note)

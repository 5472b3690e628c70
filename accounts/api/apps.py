from django.apps import AppConfig
from django.utils import timezone


class ApiConfig(AppConfig):
    name = "accounts.api"
    label = "api"
    default_auto_field = "django.db.models.BigAutoField"

    def purge(self) -> dict[str, int]:
        """Delete what the daily purge need not keep of this room (DAT-01)."""
        over = self.get_model("KeyedChange")._default_manager.filter(ends_at__lte=timezone.now())
        return {"keyed changes": over.delete()[0]}

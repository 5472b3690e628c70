from datetime import timedelta

from django.apps import AppConfig
from django.db.models import Q
from django.utils import timezone

# Delivered ones are looked at where a receiver asks; what was given up may be sent again.
DELIVERED_KEPT, GIVEN_UP_KEPT = timedelta(days=7), timedelta(days=30)


class WebhooksConfig(AppConfig):
    name = "accounts.webhooks"
    default_auto_field = "django.db.models.BigAutoField"

    def purge(self) -> dict[str, int]:
        """Delete what the daily purge need not keep (DAT-01); what is still to be sent stays."""
        now = timezone.now()
        over = Q(delivered_at__lte=now - DELIVERED_KEPT) | Q(given_up_at__lte=now - GIVEN_UP_KEPT)
        return {"webhooks": self.get_model("Message")._default_manager.filter(over).delete()[0]}

from datetime import timedelta

from django.apps import AppConfig
from django.utils import timezone

# Then it is asked once more whether a method is still theirs.
ANSWERS_KEPT = timedelta(days=365)


class FactorsConfig(AppConfig):
    name = "portal.factors"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import jobs, unseen
        from portal.factors import services, settling

        jobs.looked.connect(settling.look)
        changed = ("preference_changed", "preference_repaired")
        unseen.voice.done |= dict.fromkeys(changed, services.CHANGED)
        unseen.voice.kept = settling.kept_addresses

    def purge(self) -> dict[str, int]:
        """Delete what the daily purge need not keep of this room (DAT-01)."""
        old = timezone.now() - ANSWERS_KEPT
        dismissals = self.get_model("Dismissal")._default_manager.filter(dismissed_at__lte=old)
        return {"answered reminders": dismissals.delete()[0]}

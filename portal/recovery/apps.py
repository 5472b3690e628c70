from django.apps import AppConfig


class RecoveryConfig(AppConfig):
    name = "portal.recovery"

    def ready(self) -> None:
        from accounts import recoveries
        from portal.recovery import jobs

        recoveries.sat_down.connect(jobs.watch)

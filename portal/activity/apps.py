from django.apps import AppConfig


class ActivityConfig(AppConfig):
    name = "portal.activity"

    def ready(self) -> None:
        from accounts import unseen
        from portal.activity import said

        unseen.voice.says = said.late

from django.apps import AppConfig


class EmbedConfig(AppConfig):
    name = "portal.embed"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from accounts import ceremonies
        from accounts.doors.flow import proved_again
        from portal.embed import clients, windows

        if clients.every_origin not in ceremonies.SOURCES:
            ceremonies.SOURCES.append(clients.every_origin)
        proved_again.connect(windows.hand_back, dispatch_uid="portal.embed")

    def purge(self) -> dict[str, int]:
        """What is over, deleted; how many rows of each kind went (`manage.py purge`)."""
        from portal.embed import tickets, windows

        return {"embed tickets": tickets.purge(), "portal windows": windows.purge()}

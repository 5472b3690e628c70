"""What self-service offers to programs, by where it is mounted."""

from portal.api import activity, enrolments, passkeys, problems, views

# Its refusals are known once it is imported.
__all__ = ["ROUTERS", "problems"]

ROUTERS = (
    ("/mfa", views.router),
    ("/enrolments", enrolments.router),
    ("/passkeys", passkeys.router),
    ("/devices", activity.devices_router),
    ("/sessions", activity.sessions_router),
    ("/history", activity.history_router),
)

"""The JSON room: its operations, its ways in, its one form of refusal."""

from ninja import NinjaAPI

from portal.api import activity, enrolments, passkeys, views
from portal.api.gate import ENTRANCES, tells_what_is_left
from portal.api.problems import answer_with

api = NinjaAPI(
    title="Cognito MFA Portal",
    version="1",
    description="The pages of the portal, for programs: see and change how a person signs in.",
    urls_namespace="api",
    auth=ENTRANCES,
    docs_url=None,
    openapi_url=None,
)
api.add_decorator(tells_what_is_left, mode="view")
api.add_router("/mfa", views.router)
api.add_router("/enrolments", enrolments.router)
api.add_router("/passkeys", passkeys.router)
api.add_router("/devices", activity.devices_router)
api.add_router("/sessions", activity.sessions_router)
api.add_router("/history", activity.history_router)
answer_with(api)

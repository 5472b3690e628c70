"""Every operation, its ways in, its one form of refusal."""

from ninja import NinjaAPI

from accounts.api.gate import ENTRANCES, tells_what_is_left
from accounts.api.problems import answer_with
from portal.api.urls import ROUTERS as SELF_SERVICE
from portal.helpdesk.api.callers import router as calls
from portal.helpdesk.api.urls import router as helpdesk
from portal.recovery.api import router as recovery_codes

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
for prefix, router in (*SELF_SERVICE, ("/recovery-codes", recovery_codes)):
    api.add_router(prefix, router)
api.add_router("/calls", calls)
api.add_router("/helpdesk", helpdesk)
answer_with(api)
urlpatterns, app_name, _ = api.urls

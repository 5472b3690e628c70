"""The front gate: lists rooms, decides nothing."""

from django.conf import settings
from django.urls import include, path

from accounts.doors.front import sign_in_page
from accounts.doors.password import sign_out
from portal.later import later, room
from portal.v1.docs import docs, openapi_json

handler400 = "accounts.refusals.unreadable"
handler404 = "accounts.refusals.not_found"
handler500 = "accounts.refusals.our_mistake"

urlpatterns = [
    path("", include("portal.factors.urls")),
    # People's rooms before the rest: Django tries each address in turn.
    path("enrolment/", include("portal.enrolment.urls")),
    path("activity/", include("portal.activity.urls")),
    path("", include("accounts.doors.urls")),
    path("", include("accounts.session_urls")),
    path("", include("accounts.watch.urls")),
    path("brand/", include("accounts.brand_urls")),
    later("styleguide/", "portal.styleguide.urls", app_name="styleguide", namespace="styleguide"),
    path("sign-in/", sign_in_page, name="account_login"),
    path("sign-out/", sign_out, name="account_logout"),
    path("go/", include("portal.golinks.urls")),
    path("not-me/", include("portal.activity.not_me_urls")),
    room("helpdesk/bulk/", "portal.helpdesk.bulk.urls", "helpdesk_bulk", settings.HELPDESK),
    room("helpdesk/embed-clients/", "portal.embed.client_urls", "embed_clients", settings.HELPDESK),
    room("embed/", "portal.embed.urls", "embed", settings.EMBED),
    room("w/", "portal.embed.window_urls", "windows", settings.EMBED),
    path("recovery/", include("portal.recovery.urls")),
    room("helpdesk/", "portal.helpdesk.urls", "helpdesk", settings.HELPDESK),
    path("api/v1/openapi.json", openapi_json, name="api_openapi"),
    path("api/v1/docs", docs, name="api_docs"),
    path("", include("portal.helpdesk.caller_urls")),
    later("api/v1/", "portal.v1.urls", app_name="ninja", namespace="api"),
]

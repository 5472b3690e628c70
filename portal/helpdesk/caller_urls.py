"""The doors for whoever is called; outside the helpdesk's own address."""

from django.urls import path

from portal.helpdesk import caller_views

app_name = "callers"

urlpatterns = [
    path("helpdesk-check/", caller_views.my_call, name="my_call"),
    path("helpdesk-check/deny/", caller_views.deny, name="deny"),
    path("who-is-calling/", caller_views.who_is_calling, name="who"),
    path("vouch/", caller_views.vouch, name="vouch"),
]

"""The doors of changes for many people."""

from django.urls import path

from portal.helpdesk.bulk import views

app_name = "helpdesk_bulk"

urlpatterns = [
    path("", views.index, name="list"),
    path("new/", views.plan, name="plan"),
    path("<uuid:bulk>/", views.change, name="change"),
    path("<uuid:bulk>/add/", views.add, name="add"),
    path("<uuid:bulk>/decide/", views.decide, name="decide"),
    path("<uuid:bulk>/steer/", views.steer, name="steer"),
    path("<uuid:bulk>/report.csv", views.report, name="report"),
]

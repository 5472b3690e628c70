"""The doors of the helpdesk."""

from django.urls import path

from portal.helpdesk import views

app_name = "helpdesk"

urlpatterns = [
    path("", views.home, name="home"),
    path("enter/", views.enter, name="enter"),
    path("leave/", views.leave, name="leave"),
]

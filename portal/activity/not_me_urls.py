"""The pages behind the link of a notice; they work signed out."""

from django.urls import path

from portal.activity import not_me_views

app_name = "not_me"

urlpatterns = [
    path("done/", not_me_views.done, name="done"),
    path("<str:token>/", not_me_views.link, name="link"),
]

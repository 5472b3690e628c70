"""Windows of the portal that stand in for a frame."""

from django.urls import path

from portal.embed import window_views

app_name = "windows"

urlpatterns = [
    path("done/", window_views.done, name="done"),
    path("<str:token>/", window_views.open_window, name="open"),
]

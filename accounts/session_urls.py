"""Staying signed in, and ending more than this one sign-in."""

from django.urls import path

from accounts import language_views, session_views

app_name = "session"

urlpatterns = [
    path("session/stay/", session_views.stay, name="stay"),
    path("session/close-changes/", session_views.close_changes, name="close_changes"),
    path("language/", language_views.choose, name="language"),
    path("sign-out/everywhere/", session_views.sign_out_everywhere, name="sign_out_everywhere"),
]

"""The ways in and out."""

from django.urls import path

from accounts.doors import hosted, password

app_name = "doors"

urlpatterns = [
    path("sign-in/code/", password.code, name="code"),
    path("sign-in/choose/", password.choose, name="choose"),
    path("sign-in/new-password/", password.new_password, name="new_password"),
    path("sign-in/set-up/", password.set_up, name="set_up"),
    path("sign-in/set-up/app/", password.set_up_app, name="set_up_app"),
    path("sign-in/set-up/email/", password.set_up_email, name="set_up_email"),
    path("sign-in/unsupported/", password.unsupported, name="unsupported"),
    path("sign-in/again/", password.begin_again, name="begin_again"),
    path("sign-in/managed/", hosted.sign_in, name="managed"),
    path("sign-in/managed/callback/", hosted.callback, name="managed_callback"),
    path("signed-out/", hosted.signed_out, name="signed_out"),
    path("confirm/managed/", hosted.prove_again, name="managed_again"),
    path("confirm/", password.reauthenticate, name="reauthenticate"),
]

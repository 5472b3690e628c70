"""The ways in and out."""

from django.urls import path

from accounts.doors import (
    challenges,
    confirmation,
    first,
    forgotten,
    front,
    hosted,
    passkey,
    password,
)

app_name = "doors"

urlpatterns = [
    path("sign-in/by/<slug:name>/", front.through, name="through"),
    path("sign-in/ways/", first.ways, name="ways"),
    path("sign-in/ways/again/", first.other_ways, name="other_ways"),
    path("sign-in/password/", first.password, name="password"),
    path("sign-in/passkey/", passkey.passkey, name="passkey"),
    path("sign-in/code/resend/", first.resend, name="code_resend"),
    path("sign-in/code/", challenges.code, name="code"),
    path("sign-in/choose/", challenges.choose, name="choose"),
    path("sign-in/new-password/", challenges.new_password, name="new_password"),
    path("sign-in/set-up/", challenges.set_up, name="set_up"),
    path("sign-in/set-up/app/", challenges.set_up_app, name="set_up_app"),
    path("sign-in/set-up/email/", challenges.set_up_email, name="set_up_email"),
    path("sign-in/unsupported/", challenges.unsupported, name="unsupported"),
    path("sign-in/again/", challenges.begin_again, name="begin_again"),
    path("sign-in/forgotten/", forgotten.begin, name="forgotten"),
    path("sign-in/forgotten/code/", forgotten.finish, name="forgotten_code"),
    path("sign-in/forgotten/resend/", forgotten.resend, name="forgotten_resend"),
    path("sign-in/activate/", confirmation.confirm, name="activate"),
    path("sign-in/activate/resend/", confirmation.resend, name="activate_resend"),
    path("sign-in/managed/callback/", hosted.callback, name="managed_callback"),
    path("signed-out/", hosted.signed_out, name="signed_out"),
    path("confirm/managed/", hosted.prove_again, name="managed_again"),
    path("confirm/", password.reauthenticate, name="reauthenticate"),
]

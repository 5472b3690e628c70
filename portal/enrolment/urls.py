from collections.abc import Callable
from typing import Any

from django.urls import URLPattern, path

from accounts.guards import signed_in
from portal.enrolment import channel_views, views
from portal.enrolment.channel import Channel
from portal.enrolment.contact import EMAIL_ADDRESS, PHONE_NUMBER
from portal.enrolment.email.channel import EMAIL
from portal.enrolment.passkey import views as passkey
from portal.enrolment.sms.channel import SMS
from portal.enrolment.totp.views import enrol
from portal.enrolment.trial import views as trial

app_name = "enrolment"


def of_channel(channel: Channel, place: str = "") -> list[URLPattern]:
    """The same doors for a phone and for a mailbox; only a method can be turned on."""
    slug, extra = channel.slug, {"channel": channel}
    doors: list[tuple[str, Any, str]] = [
        ("", channel_views.start, slug),
        ("on/", channel_views.turn_on, f"{slug}_on"),
        ("confirm/", channel_views.confirm_stored, f"{slug}_confirm"),
        ("code/", channel_views.code, f"{slug}_code"),
        ("resend/", channel_views.resend, f"{slug}_resend"),
        ("undo/", channel_views.undo, f"{slug}_undo"),
    ]
    # On the way back in a method may be set up; contact details stay as they are.
    guarded: Callable[[Any], Any] = (lambda view: view) if channel.activates else signed_in
    return [
        path(f"{place}{slug}/{tail}", guarded(view), extra, name=name)
        for tail, view, name in doors
        if channel.activates or tail != "on/"
    ]


urlpatterns = [
    path("totp/", enrol, name="totp"),
    path("ready/<uuid:receipt>/", views.ready, name="ready"),
    path("ready/<uuid:receipt>/name/", views.name, name="name"),
    *of_channel(SMS),
    *of_channel(EMAIL),
    *of_channel(PHONE_NUMBER, "contact/"),
    *of_channel(EMAIL_ADDRESS, "contact/"),
    path("try/<factor:slug>/", trial.begin, name="try"),
    path("try/<factor:slug>/code/", trial.code, name="try_code"),
    path("tried/<uuid:receipt>/", trial.done, name="tried"),
    path("passkeys/", passkey.passkeys, name="passkeys"),
    path("passkeys/add/", passkey.add, name="passkey_add"),
    path("passkeys/add/options/", passkey.options, name="passkey_options"),
    path("passkeys/add/finish/", passkey.finish, name="passkey_finish"),
    path("passkeys/added/<uuid:receipt>/", passkey.added, name="passkey_added"),
    path("passkeys/instead-of-code/", passkey.instead_of_code, name="passkey_instead_of_code"),
    path("passkeys/<uuid:passkey>/name/", passkey.name, name="passkey_name"),
    path("passkeys/<uuid:passkey>/delete/", passkey.delete, name="passkey_delete"),
]

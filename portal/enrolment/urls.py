from typing import Any

from django.urls import URLPattern, path

from portal.enrolment import channel_views, views
from portal.enrolment.channel import Channel
from portal.enrolment.email.channel import EMAIL
from portal.enrolment.sms.channel import SMS
from portal.enrolment.totp.views import enrol

app_name = "enrolment"


def of_channel(channel: Channel) -> list[URLPattern]:
    """The same six doors for a phone and for a mailbox."""
    slug, extra = channel.slug, {"channel": channel}
    doors: list[tuple[str, Any, str]] = [
        ("", channel_views.start, slug),
        ("on/", channel_views.turn_on, f"{slug}_on"),
        ("confirm/", channel_views.confirm_stored, f"{slug}_confirm"),
        ("code/", channel_views.code, f"{slug}_code"),
        ("resend/", channel_views.resend, f"{slug}_resend"),
        ("undo/", channel_views.undo, f"{slug}_undo"),
    ]
    return [path(f"{slug}/{tail}", view, extra, name=name) for tail, view, name in doors]


urlpatterns = [
    path("totp/", enrol, name="totp"),
    *of_channel(SMS),
    *of_channel(EMAIL),
    path("ready/<uuid:receipt>/", views.ready, name="ready"),
    path("ready/<uuid:receipt>/name/", views.name, name="name"),
]

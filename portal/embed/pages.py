"""The pages that a client may be allowed, and the addresses that belong to each."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class FramedPage:
    """start: the name of its first address. others: what belongs to it, `*` for any letters."""

    start: str
    others: tuple[str, ...] = ()


PAGES: Mapping[str, FramedPage] = {
    "overview": FramedPage("factors:overview", ("factors:answer_reminder", "factors:repair")),
    "add-app": FramedPage("enrolment:totp"),
    "add-text": FramedPage("enrolment:sms", ("enrolment:sms_*",)),
    "add-email": FramedPage("enrolment:email", ("enrolment:email_*",)),
    "passkeys": FramedPage("enrolment:passkeys", ("enrolment:passkey_*",)),
    "preference": FramedPage("factors:preference", ("factors:prefer", "factors:repair")),
    "turn-off": FramedPage("factors:turn_off"),
    "devices": FramedPage("activity:devices", ("activity:*device*",)),
    "history": FramedPage("activity:history", ("activity:export", "activity:not_me")),
}
# A ticket names the page that is shown first: these need nothing more than their name.
FIRST = tuple(name for name in PAGES if name != "turn-off")
# What any of them ends with, or goes through.
SHARED = (
    "factors:change",
    "enrolment:ready",
    "enrolment:name",
    "doors:*",
    "session:stay",
)

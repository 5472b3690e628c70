"""The e-mail that tells somebody of a risky sign-in. Source: contract 9.

Where the service puts links, this puts the feedback token, which is also the message's code.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sandbox.auth_events import Event
from sandbox.inbox import EMAIL, Inbox
from sandbox.people import Person

SUBJECT = "New sign-in attempt"
TEXT = (
    "A sign-in to the account {username} from {ip-address} at {login-time} looked unusual. "
    "It was me: {one-click-link-valid} It was not me: {one-click-link-invalid}"
)


def send_notice(
    box: Inbox, person: Person, event: Event, words: dict[str, Any], now: float
) -> None:
    """Send the notice of an event; words: Subject and TextBody, where the pool has its own."""
    values = {
        "username": person.username,
        "ip-address": event["EventContextData"].get("IpAddress", ""),
        "login-time": datetime.fromtimestamp(now, UTC).strftime("%d %b %Y %H:%M UTC"),
        "one-click-link-valid": event["token"],
        "one-click-link-invalid": event["token"],
    }
    text = words.get("TextBody", TEXT)
    for name, value in values.items():
        text = text.replace(f"{{{name}}}", value)
    address, subject = person.attributes["email"], words.get("Subject", SUBJECT)
    box.deliver(EMAIL, address, text, code=event["token"], subject=subject)

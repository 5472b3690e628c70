"""Numbers and addresses that fail by themselves, so that failures can be walked by hand.

The numbers are of the range that North America keeps for fiction, the addresses of example.com.
An address is known by its local part, or by what follows the last plus in it, so that many
people can have one: `late@example.com`, `ann+late@example.com`. Source: contract 4.6.
"""

from __future__ import annotations

from typing import NamedTuple

from sandbox.inbox import EMAIL, SMS, Inbox
from sandbox.protocol import refusal

DOMAIN = "example.com"
LATE_SECONDS = 60.0


class Fate(NamedTuple):
    """What becomes of a message; saying: the refusal that is answered instead of sending."""

    meaning: str
    number: str | None = None
    tag: str | None = None
    lost: bool = False
    late: float = 0.0
    saying: str | None = None


FATES = (
    Fate("accepted, never arrives: its owner has opted out", "+12025550101", "opted-out", True),
    Fate("accepted, never arrives: undeliverable", "+12025550102", "undeliverable", True),
    Fate("arrives 60 seconds late", "+12025550103", "late", late=LATE_SECONDS),
    Fate(
        "CodeDeliveryFailureException; at sign-in, which does not know it, accepted and lost",
        "+12025550104",
        "delivery-failure",
        saying="delivery_failed",
    ),
    Fate("InvalidSmsRoleAccessPolicyException", "+12025550105", saying="sms_role_policy"),
    Fate("InvalidSmsRoleTrustRelationshipException", "+12025550106", saying="sms_role_trust"),
    Fate("InvalidEmailRoleAccessPolicyException", tag="email-role", saying="email_role"),
)
ORDINARY = Fate("arrives")
BY_NUMBER = {fate.number: fate for fate in FATES if fate.number}
BY_TAG = {fate.tag: fate for fate in FATES if fate.tag}
# Modelled for no operation of a sign-in.
NOT_AT_SIGN_IN = ("delivery_failed",)


def fate_of(medium: str, destination: str) -> Fate:
    """What becomes of a message to there."""
    if medium == SMS:
        return BY_NUMBER.get(destination, ORDINARY)
    local, _, domain = destination.lower().rpartition("@")
    if medium != EMAIL or domain != DOMAIN:
        return ORDINARY
    return BY_TAG.get(local.rpartition("+")[2], ORDINARY)


def send(
    box: Inbox,
    medium: str,
    destination: str,
    text: str,
    *,
    code: str,
    subject: str | None,
    at_sign_in: bool = False,
) -> None:
    """Send a message, if it can be sent. A refusal keeps what was stored before it."""
    fate = fate_of(medium, destination)
    if fate.saying and not (at_sign_in and fate.saying in NOT_AT_SIGN_IN):
        raise refusal(fate.saying, counts=True)
    if not fate.lost and not fate.saying:
        box.deliver(medium, destination, text, code=code, subject=subject, late=fate.late)
